"""What goes into a dataset: the clips of a clips folder's finished parts, their splits, and what is turned away.

Reads clips/parts/*.tar (headers and records only, no video) and clips/rejected.jsonl; used by `svta pack`.
"""

from __future__ import annotations

import hashlib
import os
import resource
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple

from .errors import ClipError
from .files import sha256_file
from .parts import REJECTED, Part, PartError, finished_parts, read_plan
from .record import Clip, read_jsonl
from .splits import RATIOS, SplitError, parse_ratios, plan_splits, read_split_file, split_name
from .tape import BLOCK
from .taxonomy import Taxonomy

_RECORD_BYTES: Final = 4_096  # holds nearly every record and caption; a longer one takes a second read


class Entry(NamedTuple):
    """Where a clip's sample lies: the part's tar, its mp4's offset and size, and the end of its txt."""

    key: str
    part: Path
    offset: int
    size: int
    end: int


@dataclass
class Intake:
    """`entries`: what is kept, by split, in key order. `rejected`: rows with a reason. `read`: how many clips came."""

    entries: dict[str, list[Entry]]
    rejected: list[dict[str, Any]] = field(default_factory=list)
    read: int = 0


@dataclass(frozen=True)
class SplitRule:
    """How clips are placed: by ratios, by their source_split (`source`), or by a file of key,split."""

    name: str
    ratios: tuple[float, ...] = RATIOS
    seed: int = 0
    file: Mapping[str, str] | None = None
    digest: str = ""

    @classmethod
    def parse(cls, text: str, seed: int = 0) -> SplitRule:
        """`7:1:2`, `ratios`, `source` or the path of a file. Raises SplitError."""
        if (ratios := parse_ratios(text)) is not None:
            return cls("ratios", ratios, seed)
        if text == "source":
            return cls("source", RATIOS, seed)
        return cls("file", RATIOS, seed, read_split_file(text), sha256_file(text))

    def as_dict(self) -> dict[str, Any]:
        """What build.json records and what decides whether two runs are the same run; no path inside."""
        rule: dict[str, Any] = {"splits": self.name, "ratios": [round(r, 9) for r in self.ratios], "seed": self.seed}
        return {**rule, "split_file_sha256": self.digest} if self.digest else rule


def finished(clips_dir: str | Path, *, partial: bool = False) -> list[Part]:
    """The finished parts of a clips folder; PartError while units are missing, unless `partial`."""
    units = read_plan(clips_dir)["units"]
    wanted = units if isinstance(units, int) else len(units)
    parts = finished_parts(clips_dir)
    if len(parts) < wanted and not partial:
        raise PartError(
            f"{clips_dir}: {len(parts)} of {wanted} units are finished; run the command that made it again, "
            f"or pack what is there with --partial"
        )
    if not sum(part.num_clips for part in parts):
        raise PartError(f"{clips_dir}: holds no finished clip; make some with `svta generate` or `svta import`")
    return parts


def take_in(
    clips_dir: str | Path,
    parts: Sequence[Part],
    rule: SplitRule,
    taxonomy: Taxonomy,
    *,
    packed: Mapping[str, str] | None = None,
    packed_clips: Iterator[Clip] | None = None,
) -> Intake:
    """Decide for every clip of the parts: a split, or a reason to reject it. Memory: a few hundred bytes a clip.

    `packed` (key -> split) and `packed_clips`: what a dataset that is appended to holds already.
    """
    intake = Intake({})
    places: dict[str, Entry] = {}
    fixed: dict[str, str] = dict(packed or {})
    named = 0

    def arriving() -> Iterator[Clip]:
        nonlocal named
        yield from packed_clips or ()
        for part in parts:
            for clip, entry in scan_part(part):
                intake.read += 1
                if clip.key in places or clip.key in (packed or ()):
                    intake.rejected.append(rejection(clip, "duplicate_key", of=clip.key))
                    continue
                if clip.category is not None and taxonomy.find(clip.category) is None:
                    intake.rejected.append(rejection(clip, "unknown_category"))
                    continue
                clip = settle(clip, taxonomy)
                if rule.file is not None and clip.key not in rule.file:
                    intake.rejected.append(rejection(clip, "not_in_split_file"))
                    continue
                side = rule.file[clip.key] if rule.file is not None else None
                if rule.name == "source":
                    side = split_name(clip.source_split)
                if side is not None:
                    fixed[clip.key] = side
                    named += 1
                places[clip.key] = entry
                yield clip

    plan = plan_splits(arriving(), rule.ratios, rule.seed, existing=fixed)
    if rule.name == "source" and places and not named:
        raise SplitError(f"{clips_dir}: no clip names a source_split; use --splits 7:1:2")
    for key in sorted(plan.conflicts):
        clip = read_entry(places[key], taxonomy)[0]
        intake.rejected.append(rejection(clip, "split_conflict", detail=plan.conflicts[key]))
    for key, split in plan.splits.items():  # in key order
        if key in places and key not in (packed or ()):
            intake.entries.setdefault(split, []).append(places[key])
    return intake


def settle(clip: Clip, taxonomy: Taxonomy) -> Clip:
    """The clip under its category's own name (not an alias), with is_anomaly told where the category tells it."""
    if clip.category is None:
        return clip
    category = taxonomy[clip.category]
    is_anomaly = category.is_anomaly if clip.is_anomaly is None else clip.is_anomaly
    if (category.name, is_anomaly) == (clip.category, clip.is_anomaly):
        return clip
    return clip.model_copy(update={"category": category.name, "is_anomaly": is_anomaly})


def scan_part(part: Part) -> Iterator[tuple[Clip, Entry]]:
    """(clip, entry) of every sample of a part without reading its videos. Raises PartError where it is damaged."""
    offset, key = 0, ""
    try:
        with open(part.path, "rb", buffering=0) as file:
            for key in part.keys:
                size = _member(os.pread(file.fileno(), BLOCK, offset), f"{key}.mp4")
                record = offset + BLOCK + size + -size % BLOCK
                data = os.pread(file.fileno(), _RECORD_BYTES, record)
                length = _member(data, f"{key}.json")
                text = BLOCK + length + -length % BLOCK
                if len(data) < text + BLOCK:
                    data = os.pread(file.fileno(), text + BLOCK, record)
                end = record + text + BLOCK + (caption := _member(data[text:], f"{key}.txt"))
                yield Clip.from_json(data[BLOCK : BLOCK + length]), Entry(key, part.path, offset + BLOCK, size, end)
                offset = end + -caption % BLOCK
            if offset + 2 * BLOCK != part.bytes and part.keys:
                raise ValueError("its clips do not fill it")
    except (ValueError, ClipError) as error:
        raise PartError(f"{part.path} key {key}: {error}; {_remedy(part)}") from None


def _member(header: bytes, name: str) -> int:
    """The size of a member that our own writer put here; ValueError if the header is not that member's."""
    if header[:100] != name.encode().ljust(100, b"\0"):
        raise ValueError(f"{name} is not where its marker says")
    return int(header[124:135], 8)


class OpenParts:
    """Descriptors of parts, opened once while there is room for them: opening costs as much as reading a clip."""

    def __init__(self) -> None:
        self._limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2
        self._open: dict[Path, int] = {}
        self._lock = Lock()

    def __enter__(self) -> OpenParts:
        return self

    def __exit__(self, *_: object) -> None:
        while self._open:
            os.close(self._open.popitem()[1])

    def read(self, entry: Entry, taxonomy: Taxonomy) -> tuple[Clip, bytes]:
        """As read_entry; from many threads at once."""
        descriptor = self._open.get(entry.part)
        if descriptor is None and len(self._open) < self._limit:
            with self._lock:
                descriptor = self._open.get(entry.part)
                if descriptor is None:
                    descriptor = self._open[entry.part] = os.open(entry.part, os.O_RDONLY)
        if descriptor is None:
            return read_entry(entry, taxonomy)
        return read_entry_from(descriptor, entry, taxonomy)


def read_entry(entry: Entry, taxonomy: Taxonomy) -> tuple[Clip, bytes]:
    """The clip, settled, and its mp4, by one read of its part."""
    with open(entry.part, "rb", buffering=0) as file:
        return read_entry_from(file.fileno(), entry, taxonomy)


def read_entry_from(descriptor: int, entry: Entry, taxonomy: Taxonomy) -> tuple[Clip, bytes]:
    """As read_entry, from a part that is open: safe from many threads."""
    video = os.pread(descriptor, entry.size, entry.offset)
    record = entry.offset + entry.size + -entry.size % BLOCK
    data = os.pread(descriptor, entry.end - record, record)
    try:
        clip = Clip.from_json(data[BLOCK : BLOCK + _member(data, f"{entry.key}.json")])
    except (ValueError, ClipError) as error:
        raise PartError(f"{entry.part} key {entry.key}: changed while it was packed: {error}") from None
    if clip.key != entry.key:
        raise PartError(f"{entry.part} key {entry.key}: changed while it was packed")
    if clip.sha256 is None:
        clip = clip.model_copy(update={"sha256": hashlib.sha256(video).hexdigest()})
    return settle(clip, taxonomy), video


def read_rejected(clips_dir: str | Path, parts: Sequence[Part]) -> Iterator[dict[str, Any]]:
    """What generation or import turned away: clips/rejected.jsonl, or the parts' own lists where it is missing."""
    path = Path(clips_dir) / REJECTED
    if path.exists():
        yield from (row for _, row in read_jsonl(path))
    else:
        for part in parts:
            yield from part.rejected


def rejection(clip: Clip, reason: str, **more: str) -> dict[str, Any]:
    """A line of rejected.jsonl: the record with its reason."""
    return {**clip.to_dict(), "reason": reason, **more}


def _remedy(part: Part) -> str:
    return f"delete {part.path.with_suffix('.json').name} and run the command that made it again"
