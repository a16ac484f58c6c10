"""The segments of an index: unit vectors as float16 beside a table of the windows they belong to, never changed.

write_segment(folder, 3, content)
segment = open_segment(folder, entry, dim)      # memory-mapped; segment.windows.start, segment.vectors
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from svta.builder.errors import first_line
from svta.builder.io.files import atomic_write
from svta.builder.io.limits import check_regular
from svta.builder.io.npy import read_npy_header
from svta.builder.io.safe_path import Root

from .layout import SEGMENTS, SearchError, SegmentEntry, batches, write_table

Vectors = NDArray[np.float16]
Seconds = NDArray[np.float64]
VECTORS: Final = "vectors.npy"
WINDOWS: Final = "windows.parquet"
FRAME_VECTORS: Final = "frames.npy"
FRAMES: Final = "frames.parquet"
_ENDINGS: Final = (VECTORS, WINDOWS, FRAME_VECTORS, FRAMES)
_OWN: Final = re.compile(rf"\d{{6,}}\.(?:{'|'.join(map(re.escape, _ENDINGS))})(?:\.\d+\.part)?")


@dataclass(frozen=True)
class Spans:
    """Stretches of videos. video int32 [N]: a row of `videos` (sha256); start and end float64 [N], seconds."""

    videos: tuple[str, ...]
    video: NDArray[np.int32]
    start: Seconds
    end: Seconds

    def __len__(self) -> int:
        return len(self.video)

    def of(self, kept: NDArray[np.bool_]) -> Spans:
        """The spans at `kept` [N], and only the videos that are left."""
        used = np.unique(self.video[kept])
        numbers = np.full(len(self.videos), -1, np.int32)
        numbers[used] = np.arange(len(used))
        names = tuple(self.videos[int(i)] for i in used)
        return Spans(names, numbers[self.video[kept]], self.start[kept], self.end[kept])

    @classmethod
    def joined(cls, parts: Sequence[Spans]) -> Spans:
        """Spans of several tables, one after the other; no two tables share a video."""
        shift = np.cumsum([0, *(len(part.videos) for part in parts)])
        return cls(
            tuple(name for part in parts for name in part.videos),
            np.concatenate([part.video + np.int32(by) for part, by in zip(parts, shift)] or [np.zeros(0, np.int32)]),
            np.concatenate([part.start for part in parts] or [np.zeros(0)]),
            np.concatenate([part.end for part in parts] or [np.zeros(0)]),
        )


@dataclass(frozen=True)
class Content:
    """What a segment holds: vectors float16 [N, D] of windows, and of frames where the encoder pools them."""

    windows: Spans
    vectors: Vectors
    frames: Spans
    frame_vectors: Vectors

    @classmethod
    def joined(cls, parts: Sequence[Content]) -> Content:
        """Several contents as one."""
        return cls(
            Spans.joined([part.windows for part in parts]),
            np.concatenate([part.vectors for part in parts]),
            Spans.joined([part.frames for part in parts]),
            np.concatenate([part.frame_vectors for part in parts]),
        )

    def without(self, dropped: frozenset[str]) -> Content:
        """The content without some videos."""
        windows, frames = (
            ~np.isin(spans.video, [i for i, name in enumerate(spans.videos) if name in dropped])
            for spans in (self.windows, self.frames)
        )
        return Content(
            self.windows.of(windows), self.vectors[windows], self.frames.of(frames), self.frame_vectors[frames]
        )


def segment_files(folder: Path, number: int) -> dict[str, Path]:
    """The paths of a segment's files by their endings. Raises UnsafePath if a link leads out of the index."""
    root = Root(folder)
    return {name: root.path(f"{SEGMENTS}/{number:06d}.{name}") for name in _ENDINGS}


def is_segment_file(name: str) -> bool:
    """Whether a file below IDX/segments has a name that a segment's file has, finished or not."""
    return _OWN.fullmatch(name) is not None


def write_segment(folder: Path, number: int, content: Content) -> SegmentEntry:
    """The files of a segment, each atomically; an earlier run's of the same number are replaced."""
    paths = segment_files(folder, number)
    _write_vectors(paths[VECTORS], content.vectors)
    _write_spans(paths[WINDOWS], content.windows)
    if len(content.frame_vectors):
        _write_vectors(paths[FRAME_VECTORS], content.frame_vectors)
        _write_spans(paths[FRAMES], content.frames)
    return SegmentEntry(number, len(content.vectors), len(content.frame_vectors))


def open_segment(folder: Path, entry: SegmentEntry, dim: int) -> Content:
    """A segment, its vectors memory-mapped. Raises SearchError if it is damaged; FileNotFoundError passes."""
    paths = segment_files(folder, entry.number)
    vectors = _open_vectors(paths[VECTORS], entry.windows, dim)
    windows = _read_spans(paths[WINDOWS], entry.windows)
    if not entry.frames:
        return Content(windows, vectors, Spans.joined([]), np.zeros((0, dim), np.float16))
    frame_vectors = _open_vectors(paths[FRAME_VECTORS], entry.frames, dim)
    return Content(windows, vectors, _read_spans(paths[FRAMES], entry.frames), frame_vectors)


def _write_vectors(path: Path, vectors: Vectors) -> None:
    with atomic_write(path) as file:
        np.lib.format.write_array(file, np.ascontiguousarray(vectors), version=(1, 0), allow_pickle=False)


def _open_vectors(path: Path, count: int, dim: int) -> Vectors:
    check_regular(path)
    try:
        with path.open("rb") as file:
            shape, by_columns, dtype = read_npy_header(file)
            offset = file.tell()
        size = path.stat().st_size - offset
        if (shape, by_columns, dtype) != ((count, dim), False, np.float16) or size != 2 * count * dim:
            raise ValueError(f"not {count:,} float16 vectors of {dim}")
    except ValueError as error:
        raise _damaged(path, error) from None
    return np.memmap(path, np.float16, "r", offset, (count, dim))


def _write_spans(path: Path, spans: Spans) -> None:
    import pyarrow as pa

    video = pa.DictionaryArray.from_arrays(pa.array(spans.video), pa.array(spans.videos, pa.string()))
    write_table(path, pa.table({"video": video, "start": spans.start, "end": spans.end}))


def _read_spans(path: Path, count: int) -> Spans:
    numbers: dict[str, int] = {}
    columns: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for batch in batches(path):
        try:
            names = batch.column("video").dictionary.to_pylist()
            own = np.array([numbers.setdefault(str(name), len(numbers)) for name in names], np.int32)
            index = batch.column("video").indices.to_numpy(zero_copy_only=False)
            start, end = (batch.column(name).to_numpy(zero_copy_only=False).astype(float) for name in ("start", "end"))
            columns.append((own[index], start, end))
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise _damaged(path, error) from None
    parts = [np.concatenate(some) for some in zip(*columns)]
    if len(parts) != 3 or len(parts[0]) != count:
        raise _damaged(path, f"not {count:,} rows")
    spans = Spans(tuple(numbers), parts[0].astype(np.int32), parts[1], parts[2])
    if not np.isfinite([spans.start, spans.end]).all() or not (spans.end >= spans.start).all():
        raise _damaged(path, "impossible times")
    return spans


def _damaged(path: Path, error: Exception | str) -> SearchError:
    return SearchError(f"{path}: is damaged ({first_line(error, 80)}); delete the index and make it again")
