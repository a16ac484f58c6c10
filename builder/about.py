"""What a dataset folder says about itself: the card, its plots, croissant.json and eval.yaml, all from the data.

Reads the facts of the index, the rights and the taxonomy; `svta pack` writes these files, push and pull write them anew
for the datasets they derive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from .card import write_card
from .croissant import write_croissant
from .facts import Facts
from .files import write_text
from .plots import write_plots
from .rights import DatasetRights
from .taxonomy import Taxonomy

EVAL: Final = "eval.yaml"


def write_about(
    dataset: str | Path,
    facts: Facts,
    rights: DatasetRights,
    taxonomy: Taxonomy,
    *,
    notice: str = "",
    results: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Write README.md, plots/, croissant.json and eval.yaml; clips.parquet and the shards have to be there."""
    plots = write_plots(dataset, facts)
    write_card(dataset, facts, rights, taxonomy, notice=notice, plots=plots, results=results)
    write_croissant(dataset, facts, rights)
    write_text(Path(dataset) / EVAL, yaml.safe_dump(evaluation(facts), sort_keys=False, width=120))


def evaluation(facts: Facts) -> dict[str, Any]:
    """eval.yaml as plain data. Prepared: the Hub shows results only of benchmarks its staff have listed."""
    split = "test" if "test" in facts.splits else next(iter(facts.splits))
    tasks = [{"id": task, "config": "default", "split": split} for task in ("text-to-video", "video-to-text")]
    return {
        "name": "SVTA reconstruction",
        "description": "Text-video retrieval of anomalous and normal events: R@1 in percent over the split's clips.",
        "evaluation_framework": "mteb",
        "tasks": tasks,
    }
