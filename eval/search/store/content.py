"""An index as a reader holds it: one generation of its files and its vectors, memory-mapped, unaffected by a writer.

stored = read_index(Path("IDX"))
stored.windows.start, stored.vectors, stored.videos[stored.windows.video[0]].paths
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .layout import FileRow, Manifest, SearchError, read_files, read_normal
from .segments import Content, Seconds, Spans, Vectors, open_segment

_TRIES: Final = 20  # a writer may replace segments while they are opened
_PAUSE: Final = 0.05


@dataclass(frozen=True)
class Video:
    """One content of the footage and the files that hold it; none: it is no longer in the footage."""

    sha256: str
    files: tuple[FileRow, ...]
    duration: float
    is_normal: bool

    @property
    def paths(self) -> tuple[str, ...]:
        """Where it is, sorted."""
        return tuple(row.path for row in self.files)


@dataclass(frozen=True)
class Stored:
    """windows of all segments as one table; vectors [n, D] of each segment; frames by video."""

    manifest: Manifest
    segments: list[Content]
    videos: list[Video]
    files: list[FileRow]

    @cached_property
    def windows(self) -> Spans:
        """Of all segments."""
        return Spans.joined([segment.windows for segment in self.segments])

    @property
    def vectors(self) -> list[Vectors]:
        """float16 [n, D] a segment."""
        return [segment.vectors for segment in self.segments]

    @cached_property
    def rows(self) -> list[tuple[int, int]]:
        """Where the windows of each video are: first row and end."""
        edges = np.searchsorted(self.windows.video, np.arange(len(self.videos) + 1))
        return [(int(first), int(end)) for first, end in pairwise(edges)]

    @cached_property
    def live(self) -> NDArray[np.bool_]:
        """bool [N]: windows of files that are in the footage."""
        return np.array([bool(video.files) for video in self.videos], bool)[self.windows.video]

    def of_videos(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """bool [N]: the windows of some videos, bool [V]."""
        return chosen[self.windows.video]

    def vectors_at(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """float32 [n, D] of some windows, in the order of `rows`."""
        edges = np.cumsum([0, *(len(segment.vectors) for segment in self.segments)])
        out = np.empty((len(rows), self.manifest.encoder.dim), np.float32)
        for segment, (first, end) in zip(self.segments, pairwise(edges)):
            there = (rows >= first) & (rows < end)
            out[there] = segment.vectors[rows[there] - first]
        return out

    def frames_of(self, video: int) -> tuple[Seconds, Seconds, Vectors]:
        """A video's frames in order of time: start and end float64 [n], vectors float16 [n, D]."""
        content, low, high = self._frames[video]
        return content.frames.start[low:high], content.frames.end[low:high], content.frame_vectors[low:high]

    @cached_property
    def _frames(self) -> list[tuple[Content, int, int]]:
        found: list[tuple[Content, int, int]] = []
        for segment in self.segments:
            edges = np.searchsorted(segment.frames.video, np.arange(len(segment.frames.videos) + 1))
            places = {name: (int(low), int(high)) for name, (low, high) in zip(segment.frames.videos, pairwise(edges))}
            found += [(segment, *places.get(name, (0, 0))) for name in segment.windows.videos]
        return found


def read_index(folder: Path) -> Stored:
    """The index as its last whole generation has it. Raises SearchError."""
    for attempt in range(_TRIES):
        manifest = Manifest.read(folder)
        try:
            files = read_files(folder, manifest.generation)
            segments = [open_segment(folder, entry, manifest.encoder.dim) for entry in manifest.segments]
        except (FileNotFoundError, SearchError) as error:
            if Manifest.read(folder).generation == manifest.generation and attempt:
                raise SearchError(f"{folder}: is damaged: {error}") from None
            time.sleep(_PAUSE)
            continue
        return _stored(folder, manifest, segments, files)
    raise SearchError(f"{folder}: is being rewritten all the time; try again")


def _stored(folder: Path, manifest: Manifest, segments: list[Content], files: list[FileRow]) -> Stored:
    normal = read_normal(folder)
    by_content: dict[str, list[FileRow]] = defaultdict(list)
    for row in files:
        if row.is_indexed:
            by_content[str(row.sha256)].append(row)
    videos = []
    for segment in segments:
        for sha256 in segment.windows.videos:
            rows = tuple(sorted(by_content.get(sha256, ()), key=lambda row: row.path))
            videos.append(Video(sha256, rows, rows[0].duration or 0.0 if rows else 0.0, sha256 in normal))
    stored = Stored(manifest, segments, videos, files)
    if (np.diff(stored.windows.video) < 0).any():
        raise SearchError(f"{folder}: is damaged: windows of one video are not adjacent")
    return stored
