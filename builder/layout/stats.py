"""What a dataset holds, counted from its index: clips by split and category, sizes, sources, models.

Reads DIR/clips.parquet; the card, build.json and `svta verify` tell these numbers.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from svta.builder.paths import INDEX
from svta.builder.rights import parts_of
from svta.builder.shards.index import read_tables
from svta.builder.splits import SPLITS

WITHHELD: Final = "dehydrated"  # the flag of a clip whose caption is a hash: see hydration.py
_COLUMNS: Final = (
    "category", "is_anomaly", "source", "generator", "provenance", "synthetic", "num_frames", "duration", "width",
    "height", "flags", "split", "shard", "caption",
)  # fmt: skip


class Facts(NamedTuple):
    """Counts of a dataset. `bytes`: of the shards; `made_of`: (kind, name) of sources and models.

    `footage`: sources of real videos; `words`: how many captions have so many words, withheld ones left out.
    """

    splits: dict[str, int]
    shards: dict[str, int]
    bytes: dict[str, int]
    categories: dict[str | None, Counter[str]]
    anomalies: Counter[bool | None]
    sizes: Counter[tuple[int | None, int | None]]
    makers: Counter[str]
    sources: Counter[str]
    flags: Counter[str]
    synthetic: Counter[bool | None]
    num_frames: int
    seconds: float
    made_of: set[tuple[str, str]]
    footage: set[str]
    words: Counter[int]

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
    """Count a dataset folder's index, one shard's rows at a time. Raises DatasetError."""
    dataset = Path(dataset)
    splits: Counter[str] = Counter()
    shards: dict[str, set[str]] = {}
    facts = Facts(
        {}, {}, {}, {}, Counter(), Counter(), Counter(), Counter(), Counter(), Counter(), 0, 0.0, set(), set(),
        Counter(),
    )  # fmt: skip
    num_frames, seconds, row = 0, 0.0, _Row()
    for table in read_tables(dataset / INDEX, _COLUMNS):
        columns = table.to_pydict()
        splits.update(columns["split"])
        for split, shard in {*zip(columns["split"], columns["shard"])}:
            shards.setdefault(split, set()).add(shard)
        for category, split in zip(columns["category"], columns["split"]):
            facts.categories.setdefault(category, Counter())[split] += 1
        facts.anomalies.update(columns["is_anomaly"])
        facts.synthetic.update(columns["synthetic"])
        facts.sizes.update(zip(columns["width"], columns["height"]))
        facts.makers.update(name or "not told" for name in columns["generator"])
        facts.sources.update(name or "not told" for name in columns["source"])
        facts.flags.update(flag for flags in columns["flags"] for flag in flags or ())
        shown = (c for c, flags in zip(columns["caption"], columns["flags"]) if WITHHELD not in (flags or ()))
        facts.words.update(len(caption.split()) for caption in shown)
        num_frames += sum(n or 0 for n in columns["num_frames"])
        seconds += sum(s or 0.0 for s in columns["duration"])
        for place in zip(*(columns[name] for name in ("source", "generator", "provenance", "synthetic"))):
            row.source, row.generator, row.provenance, row.synthetic = place
            facts.made_of.update(parts := row.parts())
            if row.synthetic is False:
                facts.footage.update(name for kind, name in parts if kind == "source")
    names = [split for split in SPLITS if split in splits]
    return facts._replace(
        splits={split: splits[split] for split in names},
        shards={split: len(shards[split]) for split in names},
        bytes={split: sum((dataset / name).stat().st_size for name in shards[split]) for split in names},
        num_frames=num_frames,
        seconds=seconds,
    )
