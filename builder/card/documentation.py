"""What a dataset folder says about itself: the card, its plots, croissant.json and eval.yaml, all from the data.

Reads the stats of the index, the rights, the taxonomy and the project; `svta pack` writes these files, push and pull
write them again for the datasets they derive. What the owner wrote on an earlier card stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from svta.builder.io.files import sha256_file, write_json, write_text
from svta.builder.io.json_text import JsonObject
from svta.builder.io.limits import read_text
from svta.builder.layout.stats import DatasetStats, split_ties
from svta.builder.paths import CARD, INDEX
from svta.builder.project.config import DEFAULT_PROJECT, Project
from svta.builder.project.yaml_text import write_yaml
from svta.builder.rights import DatasetRights
from svta.builder.taxonomy import Taxonomy

from .card_parts import CardParts, card_record, keep_edits, read_card
from .croissant import CROISSANT, croissant
from .eval_yaml import EVAL, evaluation
from .front_matter import UNNAMED_TITLE, of_the_paper
from .plots import write_plots
from .readme import card_text

MAX_CARD_BYTES: Final = 16_000_000


@dataclass(frozen=True)
class EarlierCard:
    """A card that may have been edited since it was generated; `record`: card_record() of it then, if known."""

    parts: CardParts
    record: JsonObject
    is_edited: bool = True


def earlier_card(card: Path, build: Mapping[str, object]) -> EarlierCard | None:
    """The card at this path with what its dataset's build.json says of it; None if there is none.

    Datasets of svta 0.1.0 have its checksum there, and no marks in it. Raises DatasetError if it cannot be read.
    """
    if not card.is_file():
        return None
    record, files = build.get("card"), build.get("files")
    sealed = files.get(CARD) if isinstance(files, dict) else None
    known = record if isinstance(record, dict) else {}
    is_edited = bool(known) or sealed != sha256_file(card)
    return EarlierCard(read_card(read_text(card, MAX_CARD_BYTES)), known, is_edited)


def write_about(
    dataset: str | Path,
    stats: DatasetStats,
    rights: DatasetRights,
    taxonomy: Taxonomy,
    project: Project = DEFAULT_PROJECT,
    *,
    notice: str = "",
    results: Sequence[Mapping[str, object]] = (),
    versions: Sequence[Mapping[str, object]] = (),
    audit: Mapping[str, object] | None = None,
    earlier: EarlierCard | None = None,
) -> JsonObject:
    """Write README.md, plots/, croissant.json and eval.yaml; clips.parquet and the shards have to be there.

    Returns what build.json keeps of the card.
    """
    dataset = Path(dataset)
    plots, ties = write_plots(dataset, stats), split_ties(dataset)
    text = card_text(
        stats, rights, taxonomy, project, ties=ties, has_proxy=(dataset / "proxy").is_dir(), notice=notice,
        plots=plots, results=results, versions=versions, audit=audit,
    )  # fmt: skip
    fresh = read_card(text)
    kept = fresh if earlier is None or not earlier.is_edited else keep_edits(fresh, earlier.parts, earlier.record)
    write_text(dataset / CARD, kept.text())
    of_paper = of_the_paper(stats, taxonomy, project)
    described = croissant(
        stats, rights, sha256_file(dataset / INDEX), ties, project=project, of_paper=of_paper,
        version=max(1, len(versions)),
    )  # fmt: skip
    write_json(dataset / CROISSANT, described)
    title = project.heading or ("SVTA reconstruction" if of_paper else UNNAMED_TITLE)
    write_text(dataset / EVAL, write_yaml(evaluation(stats, title), 120))
    return card_record(fresh)
