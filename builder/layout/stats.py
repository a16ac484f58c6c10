"""What a dataset holds, counted from its index: clips by split and category, sizes, sources, models.

Reads DIR/clips.parquet; the card, build.json and `svta verify` tell these numbers.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from svta.builder.errors import DatasetError
from svta.builder.io.safe_path import Root
from svta.builder.paths import INDEX
from svta.builder.rights import parts_of
from svta.builder.shards.index import read_tables
from svta.builder.splits import SPLITS

WITHHELD: Final = "dehydrated"  # the flag of a clip whose caption is a hash: see hydration.py
_ROWS_AT_A_TIME: Final = 4_096  # as Python objects
_COLUMNS: Final = (
    "category", "is_anomaly", "source", "generator", "provenance", "synthetic", "num_frames", "duration", "width",
    "height", "flags", "split", "shard", "caption",
)  # fmt: skip


@dataclass
class Facts:
    """Counts of a dataset. `bytes`: of the shards; `made_of`: (kind, name) of sources and models.

    `footage`: sources of real videos; `words`: how many captions have so many words, withheld ones left out.
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
    synthetic: Counter[bool | None] = field(default_factory=Counter)
    num_frames: int = 0
    seconds: float = 0.0
    made_of: set[tuple[str, str]] = field(default_factory=set)
    footage: set[str] = field(default_factory=set)
    words: Counter[int] = field(default_factory=Counter)

    @property
    def clips(self) -> int:
        """All clips of all splits."""
        return sum(self.splits.values())

    def as_dict(self) -> dict[str, Any]:
        """The part that build.json and --json tell."""
        return {
            "clips": self.clips,
            "splits": self.splits,
            "shards": sum(self.shards.values()),
            "num_bytes": sum(self.bytes.values()),
            "num_frames": self.num_frames,
            "made_of": sorted(list(pair) for pair in self.made_of),
        }


@dataclass
class _Row:
    """The columns that parts_of looks at; set anew for each clip."""

    source: str | None = None
    generator: str | None = None
    provenance: str | None = None
    synthetic: bool | None = None
    seen: dict[tuple[Any, ...], list[tuple[str, str]]] = field(default_factory=dict)

    def parts(self) -> list[tuple[str, str]]:
        """parts_of, parsed once for equal columns: a run's clips share their provenance."""
        key = (self.source, self.generator, self.provenance, self.synthetic)
        if key not in self.seen:
            if len(self.seen) > 10_000:
                self.seen.clear()
            self.seen[key] = list(parts_of(self))
        return self.seen[key]


def gather(dataset: str | Path) -> Facts:
    """Count a dataset folder's index, some rows at a time. Raises DatasetError."""
    dataset = Path(dataset)
    facts, row = Facts(), _Row()
    shards: dict[str, set[str]] = {}
    splits: Counter[str] = Counter()
    for table in read_tables(dataset / INDEX, _COLUMNS):
        for start in range(0, table.num_rows, _ROWS_AT_A_TIME):
            columns = table.slice(start, _ROWS_AT_A_TIME).to_pydict()
            if None in columns["split"] or None in columns["shard"]:
                raise DatasetError(f"{dataset / INDEX}: damaged index: a row without split or shard")
            splits.update(columns["split"])
            for split, shard in {*zip(columns["split"], columns["shard"])}:
                shards.setdefault(split, set()).add(shard)
            _count(facts, columns)
            _count_parts(facts, columns, row)
    root = Root(dataset)
    for split in (name for name in SPLITS if name in splits):
        facts.splits[split], facts.shards[split] = splits[split], len(shards[split])
        paths = [root.path(name, str(dataset / INDEX)) for name in shards[split]]
        facts.bytes[split] = sum(path.stat().st_size for path in paths)
    return facts


def _count(facts: Facts, columns: dict[str, list[Any]]) -> None:
    for category, split in zip(columns["category"], columns["split"]):
        facts.categories.setdefault(category, Counter())[split] += 1
    facts.anomalies.update(columns["is_anomaly"])
    facts.synthetic.update(columns["synthetic"])
    facts.sizes.update(zip(columns["width"], columns["height"]))
    facts.makers.update(name or "not told" for name in columns["generator"])
    facts.sources.update(name or "not told" for name in columns["source"])
    facts.flags.update(flag for flags in columns["flags"] for flag in flags or () if flag is not None)
    shown = (c for c, flags in zip(columns["caption"], columns["flags"]) if WITHHELD not in (flags or ()))
    facts.words.update(len((caption or "").split()) for caption in shown)
    facts.num_frames += sum(n or 0 for n in columns["num_frames"])
    facts.seconds += sum(s or 0.0 for s in columns["duration"])


def _count_parts(facts: Facts, columns: dict[str, list[Any]], row: _Row) -> None:
    for values in zip(*(columns[name] for name in ("source", "generator", "provenance", "synthetic"))):
        row.source, row.generator, row.provenance, row.synthetic = values
        facts.made_of.update(parts := row.parts())
        if row.synthetic is False:
            facts.footage.update(name for kind, name in parts if kind == "source")
