"""What a dataset folder says about itself: the card, its plots, croissant.json and eval.yaml, all from the data.

Reads the stats of the index, the rights and the taxonomy; `svta pack` writes these files, push and pull write them anew
for the datasets they derive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from svta.builder.io.files import write_text
from svta.builder.layout.stats import DatasetStats, split_ties
from svta.builder.rights import DatasetRights
from svta.builder.taxonomy import Taxonomy

from .croissant import write_croissant
from .eval_yaml import EVAL, evaluation
from .plots import write_plots
from .readme import write_card


def write_about(
    dataset: str | Path,
    stats: DatasetStats,
    rights: DatasetRights,
    taxonomy: Taxonomy,
    *,
    notice: str = "",
    results: Sequence[Mapping[str, object]] = (),
) -> None:
    """Write README.md, plots/, croissant.json and eval.yaml; clips.parquet and the shards have to be there."""
    plots = write_plots(dataset, stats)
    ties = split_ties(dataset)
    write_card(dataset, stats, rights, taxonomy, ties=ties, notice=notice, plots=plots, results=results)
    write_croissant(dataset, stats, rights, ties)
    write_text(Path(dataset) / EVAL, yaml.safe_dump(evaluation(stats), sort_keys=False, width=120))
