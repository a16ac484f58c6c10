"""A bounded number of files, and nothing of footage that is gone: small segments are joined, others written again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .layout import SegmentEntry
from .segments import Content, open_segment, write_segment
from .state import IndexState

SMALL: Final = 65_536  # windows of a segment that may be joined with others
MOST_SMALL: Final = 8  # small segments that may be side by side
LARGEST: Final = 262_144


def compact(state: IndexState) -> None:
    """Rewrite what holds windows of files that are gone; join small segments where there are many."""
    kept = {row.sha256 for row in state.rows if row.is_indexed}
    dim = state.manifest.encoder.dim
    old = state.manifest.segments
    contents: dict[int, Content] = {}
    for entry in old:
        content = open_segment(state.folder, entry, dim)
        dropped = frozenset(content.windows.videos) - kept
        if dropped:
            contents[entry.number] = content.without(dropped)
    small = [entry for entry in old if entry.windows < SMALL]
    if not contents and len(small) <= MOST_SMALL:
        return
    number, segments = state.manifest.next_segment, list[SegmentEntry]()
    for group in _groups(old, len(small) > MOST_SMALL, contents):
        if len(group) == 1 and group[0].number not in contents:
            segments.append(group[0])
            continue
        parts = [
            contents[entry.number] if entry.number in contents else open_segment(state.folder, entry, dim)
            for entry in group
        ]
        parts = [part for part in parts if len(part.vectors)]
        if parts:
            segments.append(write_segment(state.folder, number, Content.joined(parts)))
            number += 1
    state.put(segments, number)


def _groups(
    entries: tuple[SegmentEntry, ...], join: bool, rewritten: dict[int, Content]
) -> Iterator[list[SegmentEntry]]:
    """Segments that become one: neighbours that are small, if the joined one stays below LARGEST."""
    group: list[SegmentEntry] = []
    for entry in entries:
        size = sum(other.windows for other in group) + entry.windows
        fits = join and all(other.windows < SMALL for other in (*group, entry)) and size <= LARGEST
        if group and not fits:
            yield group
            group = []
        group.append(entry)
    if group:
        yield group
