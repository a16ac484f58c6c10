"""A model's scores as the Hub reads them: .eval_results/<dataset>.yaml in a model folder, one value per entry (R@1).

Reads what `svta eval --out` left, writes MODEL/.eval_results/NAME.yaml; the tasks are those of the dataset's eval.yaml.

    svta report results --eval-results MODEL --dataset ns/name
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from svta.builder.io.files import write_text
from svta.builder.io.safe_path import Root
from svta.builder.project.yaml_text import write_yaml
from svta.eval.metrics.figures import ResultsError
from svta.eval.metrics.retrieval import Way
from svta.eval.retrieval.result import EvalResult, SeenClips

FOLDER: Final = ".eval_results"
TASKS: Final[dict[str, Way]] = {"text-to-video": "t2v", "video-to-text": "v2t"}
_DATASET: Final = re.compile(r"([\w.-]+/([\w.-]+))(?:@(\w+))?")


def write_scores(model: str | Path, result: EvalResult, dataset: str) -> Path:
    """Write MODEL/.eval_results/<name>.yaml for the benchmark `dataset`, ns/name[@commit]; returns its path.

    R@1 in percent, both directions; how it was measured is in the notes. Raises ResultsError for an evaluation on
    clips the model was trained or chosen on or without an R@1, and for a dataset that is not a repo id.
    """
    from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml

    matched = _DATASET.fullmatch(dataset)
    if matched is None:
        raise ResultsError(f"--dataset {dataset[:80]!r}: a repo id is needed, ns/name or ns/name@commit")
    if not Path(model).is_dir():
        raise ResultsError(f"{model}: no such model folder")
    if result.metrics.trained_on_gallery or (result.metrics.seen_in_training or SeenClips()).validation_videos:
        raise ResultsError(f"{result.folder}: {result.metrics.seen_sentences[0]}; no score to publish")
    values = {way: result.metrics.of(way).get("R@1") for way in TASKS.values()}
    if missing := [way for way, value in values.items() if value is None]:
        raise ResultsError(f"{result.folder}: no R@1 {missing[0]} in it; no score to publish")
    repo_id, name, revision = matched.groups()
    entries = [
        EvalResultEntry(
            dataset_id=repo_id,
            task_id=task,
            value=round(values[way] or 0.0, 2),
            dataset_revision=revision,
            notes=_notes(result),
        )
        for task, way in TASKS.items()
    ]
    path = Root(model).path(f"{FOLDER}/{name}.yaml", "--dataset")
    write_text(path, write_yaml(eval_result_entries_to_yaml(entries)))
    return path


def _notes(result: EvalResult) -> str:
    metrics, config = result.metrics, result.config
    parts = [f"R@1 in percent; split {config.split or 'not stated'}, {metrics.gallery} clips"]
    parts += ["a drawn part of it"] if config.gallery else []
    parts += [f"without what leaks from {config.disjoint_from}"] if config.disjoint_from else []
    return f"{', '.join(parts)}, ties {metrics.ties}; measured by svta eval"
