"""Points of a video -> units -> windows: which frames are embedded together, and which stretches have a vector.

A unit is what the encoder sees at once: one frame where it pools frames, else as many as a window has. Windows are
pooled from units that are frames, or are the units themselves. Stretches that show one still picture have one window.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from svta.builder.video.stream_frames import Points
from svta.eval.search.store.layout import Sampling
from svta.eval.search.store.segments import Content, Spans, Vectors

_BLOCK: Final = 2_048  # windows pooled at a time
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class UnitPlan:
    """The units of one video: unit u sees the points u * hop to u * hop + length - 1, fewer in a shorter video."""

    points: Points
    length: int
    hop: int

    @classmethod
    def of(cls, points: Points, sampling: Sampling) -> UnitPlan:
        """One point a unit where frames are pooled; else half overlapping windows."""
        if sampling.pools_frames:
            return cls(points, 1, 1)
        length = points_in(sampling.windows[0], sampling.fps)
        return cls(points, length, max(1, length // 2))

    @property
    def count(self) -> int:
        """How many units; the last one ends with the video."""
        return -(-self._last // self.hop) + 1

    def span(self, unit: int) -> tuple[int, int]:
        """(first point, end) of a unit."""
        first = min(unit * self.hop, self._last)
        return first, min(first + self.length, self.points.count)

    @cached_property
    def _last(self) -> int:
        """The first point of the last unit."""
        return max(0, self.points.count - self.length)


def points_in(seconds: float, fps: float) -> int:
    """How many points a window of this length has."""
    return max(1, round(seconds * fps))


def starts(count: int, length: int, hop: int) -> Rows:
    """Where windows of `length` begin among `count` points: every `hop`, and one that ends with the last point."""
    last = max(0, count - length)
    regular = np.arange(0, last + 1, hop)
    return regular if regular[-1] == last else np.append(regular, last)


def windows_of(name: str, plan: UnitPlan, sampling: Sampling, units: Rows, rows: Vectors) -> Content:
    """The windows of one video. units int64 [U]: the row of each unit, still stretches share one; rows [R, D]."""
    if not sampling.pools_frames:
        first = starts(plan.points.count, plan.length, plan.hop)
        begin, stop = _without_repeats(units)
        spans = _spans(name, plan.points, first[begin], np.minimum(first[stop - 1] + plan.length, plan.points.count))
        return Content(spans, rows[units[begin]], Spans.joined([]), np.zeros((0, rows.shape[1]), np.float16))
    firsts, stops, vectors = [], [], []
    for length in _lengths(plan, sampling):
        first = starts(plan.count, length, max(1, length // 2))
        stop = np.minimum(first + length, plan.count)
        still = units[first] == units[stop - 1]
        begin, end = _without_repeats(np.where(still, units[first], -1 - np.arange(len(first))))
        firsts.append(first[begin])
        stops.append(stop[end - 1])
        vectors += list(_pooled(units, rows, first[begin], stop[begin]))
    spans = _spans(name, plan.points, np.concatenate(firsts), np.concatenate(stops))
    begin, end = _without_repeats(units)
    return Content(spans, np.concatenate(vectors), _spans(name, plan.points, begin, end), rows[units[begin]])


def _lengths(plan: UnitPlan, sampling: Sampling) -> list[int]:
    """Window lengths in points; of those that hold the whole video only the shortest."""
    lengths = sorted({points_in(seconds, sampling.fps) for seconds in sampling.windows})
    return [length for length, shorter in zip(lengths, [0, *lengths]) if shorter < plan.count or not shorter]


def _without_repeats(keys: Rows) -> tuple[Rows, Rows]:
    """(begin, end) of the runs of equal keys."""
    begin = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    return begin, np.append(begin[1:], len(keys))


def _pooled(units: Rows, rows: Vectors, first: Rows, stop: Rows) -> Iterator[Vectors]:
    """float16 [N, D], unit vectors: the mean of the frames' vectors of each window."""
    for at in range(0, len(first), _BLOCK):
        begin, end = first[at : at + _BLOCK], stop[at : at + _BLOCK]
        low = int(begin.min())
        sums = np.cumsum(rows[units[low : int(end.max())]].astype(np.float64), axis=0)
        sums = np.concatenate([np.zeros((1, rows.shape[1])), sums])
        total = sums[end - low] - sums[begin - low]
        yield (total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)).astype(np.float16)


def _spans(name: str, points: Points, first: Rows, stop: Rows) -> Spans:
    begin, end = (np.minimum(edge * points.step, points.timeline.duration) for edge in (first, stop))
    end = np.where(stop >= points.count, points.timeline.duration, end)
    return Spans((name,), np.zeros(len(first), np.int32), begin, end)
