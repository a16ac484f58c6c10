"""What a dataset holds, counted from its index: clips by split and category, sizes, sources, models.

Reads DIR/clips.parquet; the card, build.json and `svta verify` show these numbers.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from svta.builder.errors import ClipError, DatasetError
from svta.builder.io.json_text import parse_json_object
from svta.builder.io.safe_path import Root
from svta.builder.paths import INDEX
from svta.builder.project.config import DEFAULT_PROJECT, Project
from svta.builder.record import Clip
from svta.builder.rights import ORIGIN, DatasetRights, Part, parts_of, strictest_of
from svta.builder.shards.index import Columns, read_tables
from svta.builder.splits import SPLITS, group_of, normalise_caption

WITHHELD: Final = "dehydrated"  # the flag of a clip whose caption is a hash: see hydration.py
_ROWS_AT_A_TIME: Final = 4_096  # as Python objects
_COLUMNS: Final = (
    "category", "is_anomaly", "source", "generator", "provenance", "synthetic", "num_frames", "duration", "width",
    "height", "flags", "split", "shard", "caption", "license",
)  # fmt: skip


@dataclass
class DatasetStats:
    """Counts of a dataset. `bytes`: of the shards; `made_of`: the sources and models.

    `footage`: sources of real videos; `flagged`: clips by (synthetic, flag); `words`: how many captions have so many
    words, withheld ones left out.
    """

    splits: dict[str, int] = field(default_factory=dict)
    shards: dict[str, int] = field(default_factory=dict)
    bytes: dict[str, int] = field(default_factory=dict)
    categories: dict[str | None, Counter[str]] = field(default_factory=dict)
    anomalies: Counter[bool | None] = field(default_factory=Counter)
    sizes: Counter[tuple[int | None, int | None]] = field(default_factory=Counter)
    makers: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)
    flagged: Counter[tuple[bool | None, str]] = field(default_factory=Counter)
    synthetic: Counter[bool | None] = field(default_factory=Counter)
    num_frames: int = 0
    seconds: float = 0.0
    made_of: set[Part] = field(default_factory=set)
    footage: set[Part] = field(default_factory=set)
    words: Counter[int] = field(default_factory=Counter)
    fidelity: Counter[float] = field(default_factory=Counter)  # of drawn clips: the share of a caption that is drawn

    @property
    def clips(self) -> int:
        """All clips of all splits."""
        return sum(self.splits.values())

    @property
    def is_footage(self) -> bool:
        """Whether all clips say that they are camera footage: nothing that is true of made ones is true of them."""
        return self.synthetic[False] == self.clips

    def as_dict(self) -> dict[str, object]:
        """The part that build.json and --json show."""
        return {
            "clips": self.clips,
            "splits": self.splits,
            "shards": sum(self.shards.values()),
            "num_bytes": sum(self.bytes.values()),
            "num_frames": self.num_frames,
            "made_of": sorted(
                [text for text in part if text] if part.name else list(part[:2]) for part in self.made_of
            ),
        }


def dataset_rights(stats: DatasetStats, project: Project = DEFAULT_PROJECT) -> DatasetRights:
    """What may be done with a dataset of these parts, by the table of rights and its project's own rows and licence."""
    return strictest_of(stats.made_of, stats.footage, project.own_rights, project.license)


class SplitTies(NamedTuple):
    """How many groups (source videos) and how many captions have clips in more than one split."""

    groups: int = 0
    captions: int = 0


@lru_cache(maxsize=10_000)
def _parts(**columns: Any) -> list[Part]:
    """parts_of, parsed once for equal columns: a run's clips share their provenance."""
    return list(parts_of(Clip.model_construct(**columns)))


def compute_stats(dataset: str | Path) -> DatasetStats:
    """Count a dataset folder's index. Raises DatasetError, FileNotFoundError where a shard is missing."""
    root, index = Root(dataset), Path(dataset) / INDEX
    return compute_index_stats(index, lambda name: root.path(name, str(index)).stat().st_size)


def compute_index_stats(index: Path, size_of: Callable[[str], int]) -> DatasetStats:
    """As compute_stats(), some rows at a time; size_of(shard): its bytes. Raises DatasetError."""
    stats = DatasetStats()
    shards: dict[str, set[str]] = {}
    splits: Counter[str] = Counter()
    for table in read_tables(index, _COLUMNS):
        for start in range(0, table.num_rows, _ROWS_AT_A_TIME):
            columns = table.slice(start, _ROWS_AT_A_TIME).to_pydict()
            if None in columns["split"] or None in columns["shard"]:
                raise DatasetError(f"{index}: damaged index: a row without split or shard")
            splits.update(columns["split"])
            for split, shard in {*zip(columns["split"], columns["shard"])}:
                shards.setdefault(split, set()).add(shard)
            _count(stats, columns)
            _count_parts(stats, columns)
    for split in (name for name in SPLITS if name in splits):
        stats.splits[split], stats.shards[split] = splits[split], len(shards[split])
        stats.bytes[split] = sum(map(size_of, shards[split]))
    return stats


def _count(stats: DatasetStats, columns: Columns) -> None:
    for category, split in zip(columns["category"], columns["split"]):
        stats.categories.setdefault(category, Counter())[split] += 1
    stats.anomalies.update(columns["is_anomaly"])
    stats.synthetic.update(columns["synthetic"])
    stats.sizes.update(zip(columns["width"], columns["height"]))
    stats.makers.update(name or "not stated" for name in columns["generator"])
    stats.sources.update(name or "not stated" for name in columns["source"])
    stats.flags.update(flag for flags in columns["flags"] for flag in flags or () if flag is not None)
    for synthetic, flags in zip(columns["synthetic"], columns["flags"]):
        stats.flagged.update((synthetic, flag) for flag in flags or () if flag is not None)
    shown = (c for c, flags in zip(columns["caption"], columns["flags"]) if WITHHELD not in (flags or ()))
    stats.words.update(len((caption or "").split()) for caption in shown)
    stats.num_frames += sum(n or 0 for n in columns["num_frames"])
    shares = map(fidelity_of, columns["provenance"])
    stats.fidelity.update(share for share in shares if share is not None)  # 0.0 is a measured one
    stats.seconds += sum(s or 0.0 for s in columns["duration"])


def fidelity_of(provenance: str | None) -> float | None:
    """The share of its caption that a drawn clip shows, as its provenance has it; None if it says nothing."""
    if not provenance or '"fidelity"' not in provenance:
        return None
    try:
        value = parse_json_object(provenance).get("fidelity")
    except ClipError:
        return None
    return float(value) if isinstance(value, int | float) and 0 <= value <= 1 else None


def _count_parts(stats: DatasetStats, columns: Columns) -> None:
    for origin in {*zip(*(columns[name] for name in ORIGIN))}:
        stats.made_of.update(parts := _parts(**dict(zip(ORIGIN, origin))))
        if origin[ORIGIN.index("synthetic")] is False:
            stats.footage.update(part for part in parts if part.kind == "source")


def split_ties(dataset: str | Path) -> SplitTies:
    """Groups and captions with clips in several splits, read from the index. Raises DatasetError."""
    groups, captions, sides = list[int](), list[int](), list[int]()
    for table in read_tables(Path(dataset) / INDEX, [*_Tied._fields, "split"]):
        columns = table.to_pydict()
        for row in map(_Tied, *(columns[name] for name in _Tied._fields)):
            groups.append(_hash(group_of(row)))
            captions.append(_hash(normalise_caption(row.caption)))
        sides += [SPLITS.index(split) if split in SPLITS else len(SPLITS) for split in columns["split"]]
    return SplitTies(_shared(groups, sides), _shared(captions, sides))


class _Tied(NamedTuple):
    """What of a clip ties it to others."""

    key: str
    caption: str
    group: str | None
    source: str | None
    source_id: str | None


def _hash(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _shared(hashes: Sequence[int], sides: Sequence[int]) -> int:
    """How many different names are in several splits: hashes whose first and last split differ."""
    names, place = np.unique(np.array(hashes, np.uint64), return_inverse=True)
    first, last = np.full(len(names), len(SPLITS) + 1), np.full(len(names), -1)
    np.minimum.at(first, place, sides)
    np.maximum.at(last, place, sides)
    return int((first < last).sum())
