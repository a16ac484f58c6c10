"""Reads clips out of the parts that generation wrote."""

from __future__ import annotations

import hashlib
import os
import resource
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple

from svta.builder.errors import ClipError
from svta.builder.io.limits import regular
from svta.builder.layout.clips_folder import Part, PartError
from svta.builder.record import Clip
from svta.builder.shards.tar import BLOCK
from svta.builder.taxonomy import Taxonomy

_RECORD_BYTES: Final = 4_096  # holds nearly every record and caption; a longer one takes a second read


class PackEntry(NamedTuple):
    """Where a clip's sample is: the part's tar, its mp4's offset and size, and the end of its txt.

    `flags`: what the clip is packed with, where the judgement of minors adds to its own.
    """

    key: str
    part: Path
    offset: int
    size: int
    end: int
    flags: tuple[str, ...] | None = None


def resolve_category(clip: Clip, taxonomy: Taxonomy) -> Clip:
    """The clip under its category's own name (not an alias), with is_anomaly set where the category decides it."""
    if clip.category is None:
        return clip
    category = taxonomy[clip.category]
    is_anomaly = category.is_anomaly if clip.is_anomaly is None else clip.is_anomaly
    if (category.name, is_anomaly) == (clip.category, clip.is_anomaly):
        return clip
    return clip.model_copy(update={"category": category.name, "is_anomaly": is_anomaly})


def scan_part(part: Part) -> Iterator[tuple[Clip, PackEntry]]:
    """(clip, entry) of every sample of a part without reading its videos. Raises PartError if it is damaged."""
    offset, key = 0, ""
    try:
        with open(part.path, "rb", buffering=0, opener=regular) as file:
            for key in part.keys:
                size = _member(os.pread(file.fileno(), BLOCK, offset), f"{key}.mp4")
                record = offset + BLOCK + size + -size % BLOCK
                data = os.pread(file.fileno(), _RECORD_BYTES, record)
                length = _member(data, f"{key}.json")
                text = BLOCK + length + -length % BLOCK
                if len(data) < text + BLOCK:
                    data = os.pread(file.fileno(), text + BLOCK, record)
                end = record + text + BLOCK + (caption := _member(data[text:], f"{key}.txt"))
                yield Clip.from_json(data[BLOCK : BLOCK + length]), PackEntry(key, part.path, offset + BLOCK, size, end)
                offset = end + -caption % BLOCK
            if offset + 2 * BLOCK != part.bytes and part.keys:
                raise ValueError("its clips do not fill the part")
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

    def read(self, entry: PackEntry, taxonomy: Taxonomy) -> tuple[Clip, bytes]:
        """As read_entry; from many threads at once."""
        descriptor = self._open.get(entry.part)
        if descriptor is None and len(self._open) < self._limit:
            with self._lock:
                descriptor = self._open.get(entry.part)
                if descriptor is None:
                    descriptor = self._open[entry.part] = regular(str(entry.part), os.O_RDONLY)
        if descriptor is None:
            return read_entry(entry, taxonomy)
        return read_entry_from(descriptor, entry, taxonomy)


def read_entry(entry: PackEntry, taxonomy: Taxonomy) -> tuple[Clip, bytes]:
    """The clip, settled, and its mp4, by one read of its part."""
    with open(entry.part, "rb", buffering=0, opener=regular) as file:
        return read_entry_from(file.fileno(), entry, taxonomy)


def read_entry_from(descriptor: int, entry: PackEntry, taxonomy: Taxonomy) -> tuple[Clip, bytes]:
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
    if entry.flags is not None:
        clip = clip.model_copy(update={"flags": entry.flags})
    return resolve_category(clip, taxonomy), video


def _remedy(part: Part) -> str:
    return f"delete {part.path.with_suffix('.json').name} and run the command that made it again"
