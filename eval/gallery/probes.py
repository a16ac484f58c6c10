"""What a gallery knows of its clips beside their records: the factor of a probe, how models did on its set, the audit.

Reads probes.jsonl, the audit_* columns of clips.parquet and RESULTS of `svta eval --probes`; gives facets to filter by.
The other clips of a set are on each clip's page: they are of one group.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from svta.builder.dataset import ClipDataset
from svta.builder.dataset.collation import Sample
from svta.builder.errors import SvtaError
from svta.builder.io.json_text import read_json_object, read_jsonl
from svta.builder.io.safe_path import Root
from svta.builder.paths import INDEX
from svta.builder.shards.audit_columns import read_marks
from svta.eval.probes.evaluate import MODEL, SCORES_FILE, TASK
from svta.eval.probes.grids import ProbesError, score_grids
from svta.eval.probes.minimal_sets import PROBES
from svta.eval.retrieval.result import CONFIG

from .entries import NOT_STATED, Facet, single

_NOT_RUN: Final = "could not be run"
_VERDICTS: Final = ("right", "captions alone", "clips alone", "wrong", _NOT_RUN)


def is_probes_run(folder: str | Path) -> bool:
    """Whether RESULTS are of `svta eval --probes`."""
    try:
        return read_json_object(Root(folder).file(CONFIG), error=ProbesError).get("task") == TASK
    except (SvtaError, OSError):
        return False


def further_facets(clips: ClipDataset[Sample], runs: Sequence[str | Path]) -> list[Facet]:
    """Facets of an audited dataset and of probes. `runs`: evaluations of probes. Raises ProbesError, DatasetError."""
    facets = list(_audited(clips))
    sets = _sets(clips)
    if runs and not sets:
        raise ProbesError(f"{runs[0]}: an evaluation of probes is shown beside its dataset, which contains {PROBES}")
    if sets:
        factors = [sets[key][1] if key in sets else NOT_STATED for key in clips["key"]]
        facets.append(single("factor", "Factor of the probe", factors))
    for number, run in enumerate(runs):
        name, verdicts = _verdicts(run)
        found = [verdicts.get(sets[key][0], _NOT_RUN) if key in sets else NOT_STATED for key in clips["key"]]
        facets.append(single(f"probes-{number}", f"Set by {name}", found, _VERDICTS))
    return facets


def _audited(clips: ClipDataset[Sample]) -> Iterator[Facet]:
    index = clips.source.find(INDEX)
    marks = {} if index is None else read_marks(index)
    if marks:
        names = {True: "shows its caption", False: "does not"}
        found = [
            f"{names[marks[key].verified]} ({marks[key].by})" if key in marks else "not audited" for key in clips["key"]
        ]
        yield single("audit", "Audit", found)


def _sets(clips: ClipDataset[Sample]) -> dict[str, tuple[str, str]]:
    """(probe_id, factor) of each clip by key; none if the dataset contains no probes."""
    path = clips.source.find(PROBES)
    sets: dict[str, tuple[str, str]] = {}
    for _, line in read_jsonl(path) if path is not None else ():
        variants = line.get("variants")
        for variant in variants if isinstance(variants, list) else ():
            if isinstance(variant, dict) and isinstance(key := variant.get("key"), str):
                sets[key] = str(line.get("probe_id"))[:80], str(line.get("factor"))[:80]
    return sets


def _verdicts(run: str | Path) -> tuple[str, dict[str, str]]:
    """(the run's name, how its model did on each set by probe_id)."""
    root, verdicts = Root(run), {}
    try:
        name = str(read_json_object(root.file(CONFIG), error=ProbesError).get("name"))[:80]
        for number, line in read_jsonl(root.file(SCORES_FILE)):
            scores = line.get("scores")
            if not isinstance(scores, dict):
                raise ProbesError(f"{run}: {SCORES_FILE} line {number}: not the scores of a set")
            verdicts[str(line.get("probe_id"))[:80]] = _verdict(scores.get(MODEL))
    except FileNotFoundError:
        raise ProbesError(f"{run}: {SCORES_FILE} is missing; run `svta eval --probes` again") from None
    return name, verdicts


def _verdict(grid: object) -> str:
    if grid is None:
        return _NOT_RUN
    strict = score_grids([grid])["strict"]
    text, video = (bool(strict[name]) for name in ("text", "video"))  # type: ignore[index]
    return _VERDICTS[0] if text and video else _VERDICTS[1] if text else _VERDICTS[2] if video else _VERDICTS[3]
