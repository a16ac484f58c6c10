"""One video -> the vectors of its units, part by part: a run that is killed goes on with the part it was at.

Frames are decoded and prepared by a thread of their own while others are embedded. A picture that differs from the one
before it by less than an encoder's noise is not embedded again.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from svta.builder.io.files import atomic_write
from svta.builder.io.parallel import cpu_count, prefetched
from svta.builder.video.stream_frames import OnScreen, frames_on_screen
from svta.eval.embeddings.batching import FittingBatch
from svta.eval.embeddings.part import read_arrays
from svta.eval.encoders.base import Encoder
from svta.eval.search.store.layout import Sampling
from svta.eval.search.store.segments import Vectors

from .units import Rows, UnitPlan

PART_UNITS: Final = 512
BATCH: Final = 64  # units embedded at a time
BATCH_BYTES: Final = 128_000_000
STILL_LEVELS: Final = 2.0  # of 255, in the mean of a block: encoders leave that much between equal frames
_BLOCKS: Final = 32  # a side
_AHEAD: Final = 128  # pictures that are ready before they are wanted: those of a batch, lest the decoder wait for it
_FEW_AHEAD: Final = 16  # of whole frames, which are large
_MOST_THREADS: Final = 8

Pixels = NDArray[np.uint8]
Shades = NDArray[np.float32]


class Units(NamedTuple):
    """units int64 [U]: the row of each unit; rows float16 [R, D]; damage: what was lost of the video."""

    units: Rows
    rows: Vectors
    damage: str | None


class _Picture(NamedTuple):
    """What is on screen at points first to stop - 1: prepared for the encoder, and its shades for comparing."""

    first: int
    stop: int
    pixels: Pixels
    shades: Shades
    damage: str | None


@dataclass
class _Still:
    """The picture that others are compared with: its number, its shades and its pixels."""

    number: int
    shades: Shades
    pixels: Pixels


@dataclass(frozen=True)
class _Part:
    """Some units of a video on disk, and what comparing needs to go on after them."""

    units: Rows
    rows: Vectors
    still: _Still
    last: tuple[int, int]  # (picture, row) of the last unit that showed one picture alone
    damage: str

    def write(self, path: Path) -> None:
        buffer = io.BytesIO()
        numbers = np.array([self.still.number, *self.last], np.int64)
        np.savez(
            buffer, units=self.units, rows=self.rows, shades=self.still.shades, pixels=self.still.pixels,
            numbers=numbers, damage=np.array(self.damage),
        )  # fmt: skip
        with atomic_write(path, sync=False) as file:
            file.write(buffer.getbuffer())

    @classmethod
    def read(cls, path: Path) -> _Part | None:
        """None if there is no complete one."""
        try:
            arrays = read_arrays(path)
            number, picture, row = map(int, arrays["numbers"])
            still = _Still(number, arrays["shades"], arrays["pixels"])
            return cls(arrays["units"], arrays["rows"], still, (picture, row), str(arrays["damage"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


class VideoEmbedder:
    """Embeds the units of videos with one encoder. threads: of the decoder; default: a core is left to the encoder."""

    def __init__(self, encoder: Encoder, sampling: Sampling, threads: int | None = None):
        self.encoder, self.sampling = encoder, sampling
        self.threads = threads or max(1, cpu_count(_MOST_THREADS) - 1)
        self._batch = FittingBatch(BATCH)

    def units(
        self, source: BinaryIO, plan: UnitPlan, part_path: Callable[[int], Path], on_part: Callable[[float], object]
    ) -> Units:
        """All units of a video; finished parts are at part_path(0), part_path(1), ... on_part(seconds done).

        Raises VideoError.
        """
        parts: list[_Part] = []
        count = -(-plan.count // PART_UNITS)
        while len(parts) < count and (part := _Part.read(part_path(len(parts)))) is not None:
            parts.append(part)
        if len(parts) < count:
            run = _VideoRun(self, plan, parts)
            for part in run.parts(source):
                part.write(part_path(len(parts)))
                parts.append(part)
                on_part(plan.points.seconds(plan.span(min(len(parts) * PART_UNITS, plan.count) - 1)[1]))
        damage = next((part.damage for part in parts if part.damage), None)
        return Units(
            np.concatenate([part.units for part in parts]),
            np.concatenate([part.rows for part in parts if len(part.rows)]),
            damage,
        )

    def embed(self, clips: list[Pixels]) -> Vectors:
        """float16 [N, D] of clips uint8 [f, 3, h, w], shorter ones than the encoder takes are padded."""
        import torch

        most = max(len(clip) for clip in clips)
        if not self.sampling.pools_frames:
            most = self.sampling.frames["num_frames"]
            clips = [_thinned(clip, most) for clip in clips]
        mask = torch.tensor([[i < len(clip) for i in range(most)] for clip in clips])
        padded = np.stack([np.pad(clip, [(0, most - len(clip)), (0, 0), (0, 0), (0, 0)]) for clip in clips])
        with _torch_threads(self.encoder.cpu_threads):
            return self._batch(self.encoder.encode_video, torch.from_numpy(padded), mask).astype(np.float16)

    def picture(self, run: OnScreen) -> _Picture:
        """A frame prepared."""
        pixels = self.encoder.prepare(run.picture[None])[0]
        return _Picture(run.first, run.stop, pixels, shades(run.picture), run.damage)


@contextmanager
def _torch_threads(count: int | None) -> Iterator[None]:
    """At most so many threads within operations."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(min(before, count or before))
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _thinned(clip: Pixels, most: int) -> Pixels:
    return clip if len(clip) <= most else clip[np.linspace(0, len(clip) - 1, most, dtype=int)]


def shades(picture: Pixels) -> Shades:
    """float32 [n, n, 3]: the means of n x n blocks of a picture uint8 [H, W, 3]."""
    n = min(_BLOCKS, *picture.shape[:2])
    height, width = (side // n for side in picture.shape[:2])
    blocks = picture[: n * height, : n * width].reshape(n, height, n, width, 3)
    return blocks.mean(axis=(1, 3), dtype=np.float32)


class _VideoRun:
    """One pass over a video from the first part that is missing."""

    def __init__(self, embedder: VideoEmbedder, plan: UnitPlan, before: list[_Part]):
        self.embedder, self.plan = embedder, plan
        self.unit = len(before) * PART_UNITS  # the next one
        self.num_rows = sum(len(part.rows) for part in before)
        self.still = before[-1].still if before else None
        self.last = before[-1].last if before else (-1, -1)
        self.first_point = plan.span(self.unit)[0]
        self.numbers: list[int] = []  # of the pictures at the points from first_point on
        self.pixels = {} if self.still is None else {self.still.number: self.still.pixels}
        self.rows: list[Vectors] = []
        self.units: list[int] = []
        self.waiting: list[Pixels] = []
        self.damage = ""
        self.at_edge: _Still | None = None  # the still when the next part's first point came

    def parts(self, source: BinaryIO) -> Iterator[_Part]:
        """The parts that were missing, in order."""
        plan, embedder = self.plan, self.embedder
        spec = embedder.sampling.spec
        runs = frames_on_screen(source, plan.points, spec, first=self.first_point, threads=embedder.threads)
        ahead = _AHEAD if spec.size else _FEW_AHEAD
        for picture in prefetched((embedder.picture(run) for run in runs), ahead):
            self._see(picture)
            while self.unit < plan.count and plan.span(self.unit)[1] <= picture.stop:
                self._add_unit()
                self.unit += 1
                if self.unit % PART_UNITS == 0 or self.unit == plan.count:
                    yield self._finished()

    def _see(self, picture: _Picture) -> None:
        self.damage = self.damage or picture.damage or ""
        edge = self._edge()
        if picture.first == edge:
            self.at_edge = self.still
        if self.still is None or float(np.abs(picture.shades - self.still.shades).max()) > STILL_LEVELS:
            number = 0 if self.still is None else self.still.number + 1
            self.still = _Still(number, picture.shades, picture.pixels)
            self.pixels[number] = picture.pixels
        if picture.first < edge < picture.stop:
            self.at_edge = self.still
        self.numbers += [self.still.number] * (picture.stop - picture.first)

    def _edge(self) -> int:
        """The first point of the next part."""
        following = (self.unit // PART_UNITS + 1) * PART_UNITS
        return self.plan.span(following)[0] if following < self.plan.count else -1

    def _add_unit(self) -> None:
        first, stop = self.plan.span(self.unit)
        numbers = self.numbers[first - self.first_point : stop - self.first_point]
        if len(set(numbers)) == 1 and numbers[0] == self.last[0]:
            self.units.append(self.last[1])
            return
        row = self.num_rows + sum(map(len, self.rows)) + len(self.waiting)
        self.waiting.append(np.stack([self.pixels[number] for number in numbers]))
        self.units.append(row)
        if len(set(numbers)) == 1:
            self.last = numbers[0], row
        if len(self.waiting) == BATCH or len(self.waiting) * self.waiting[0].nbytes >= BATCH_BYTES:
            self._flush()
            self._forget(first)

    def _flush(self) -> None:
        if self.waiting:
            self.rows.append(self.embedder.embed(self.waiting))
            self.waiting.clear()

    def _forget(self, point: int) -> None:
        """Drop the points before this one, and the pictures that no later unit shows."""
        self.numbers = self.numbers[point - self.first_point :]
        self.first_point = point
        for number in [number for number in self.pixels if number < self.numbers[0]]:
            del self.pixels[number]

    def _finished(self) -> _Part:
        self._flush()
        still = self.at_edge or self.still
        assert still is not None
        rows = np.concatenate(self.rows) if self.rows else np.zeros((0, 0), np.float16)
        part = _Part(np.array(self.units, np.int64), rows, still, self.last, self.damage)
        self.num_rows += len(rows)
        self.rows, self.units, self.damage = [], [], ""
        seen = self.first_point + len(self.numbers)
        self.at_edge = self.still if self._edge() < seen else None  # one picture may last for several parts
        return part
