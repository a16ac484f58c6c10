"""Scores of windows -> moments: neighbouring and nested windows of one event become one, with bounds finer than theirs.

The window that scores highest is a moment's seed. Around it, the finest scores there are (of frames, else of the parts
that windows share) are followed down to half the height of the peak over the level of the surroundings: the full width
at half maximum, as peaks are measured elsewhere, so that no threshold on a cosine is needed. Windows that are in a
moment by half or more belong to it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .scan import Floats
from .store.segments import Seconds

CONTEXT_SECONDS: Final = 300.0  # on both sides of a peak: what its height is measured over
SHORTEST_CONTEXT: Final = 60.0  # a shorter recording may be the event and nothing else
LEVEL: Final = 0.5  # quantile of the surroundings that counts as their level: an event of minutes does not lift it
HEIGHT: Final = 0.5
GAP_SECONDS: Final = 2.0  # below half height for no longer is not an end
SMOOTH_SECONDS: Final = 2.0
_SEEDS: Final = 1_024
_SAMPLE: Final = 100_000


@dataclass(frozen=True)
class Moment:
    """A stretch of a file that fits a query. start and end in seconds, score: cosine of its best window.

    alarms_per_hour: how often moments of normal footage reach the score, with a 95 % interval of that rate; None
    without normal footage. copies: other files with the same content. time: when it happened, where that is known.
    """

    file: str
    start: float
    end: float
    score: float
    alarms_per_hour: float | None = None
    alarms_per_hour_95: tuple[float, float] | None = None
    copies: tuple[str, ...] = ()
    time: str | None = None


@dataclass(frozen=True)
class Peak:
    """A moment by numbers: which video, where, the score, and the window that scored it."""

    video: int
    start: float
    end: float
    score: float
    window: int


@dataclass(frozen=True)
class Signal:
    """Scores of stretches in order of time: of frames, or of windows. start, end float64 [n]; score float32 [n]."""

    start: Seconds
    end: Seconds
    score: Floats


@dataclass(frozen=True)
class Scored:
    """All windows of an index with their scores; windows of one video are together, `rows[video]` says where."""

    video: NDArray[np.int32]
    start: Seconds
    end: Seconds
    score: Floats
    rows: list[tuple[int, int]]
    exact: Callable[[NDArray[np.int64]], Floats] | None = None

    @property
    def floor(self) -> float:
        """The median of the scores (of a sample where there are many): what is usual for this query."""
        some = self.score[:: max(1, len(self.score) // _SAMPLE)]
        some = some[np.isfinite(some)]
        return float(np.median(some)) if len(some) else 0.0


def peaks(scored: Scored, allowed: NDArray[np.bool_], fine: FineSignal, least: float = -np.inf) -> Iterator[Peak]:
    """Moments of the allowed windows, bool [N], by descending score down to `least`; each event once."""
    floor = scored.floor
    taken: dict[int, list[tuple[float, float]]] = {}
    for row, score in _descending(np.where(allowed, scored.score, -np.inf), scored.exact, least):
        video, start, end = int(scored.video[row]), float(scored.start[row]), float(scored.end[row])
        spans = taken.setdefault(video, [])
        if any(belongs(start, end, span) for span in spans):
            continue
        bounds = outside(event_bounds(fine, video, start, end, floor), (start, end), spans)
        if bounds is not None:
            spans.append(bounds)
            yield Peak(video, *bounds, score, row)


def _descending(
    scores: Floats, exact: Callable[[NDArray[np.int64]], Floats] | None, least: float
) -> Iterator[tuple[int, float]]:
    """(row, score) above -inf, highest first, equal ones in order; sorted piece by piece, on demand."""
    known, count = np.zeros(0, np.int64), _SEEDS
    while len(known) < len(scores):
        if count < len(scores):
            border = np.partition(scores, len(scores) - count)[len(scores) - count]
            some = np.flatnonzero(scores >= border)
        else:
            some = np.arange(len(scores))
        piece = np.setdiff1d(some, known, assume_unique=True)
        piece = piece[scores[piece] > -np.inf]
        values = scores[piece] if exact is None else exact(piece)
        for at in np.argsort(-values, kind="stable"):
            if values[at] < least:
                return
            yield int(piece[at]), float(values[at])
        if len(piece) < len(some) - len(known):
            return  # what is left is not allowed
        known, count = some, count * 8


def belongs(start: float, end: float, span: tuple[float, float]) -> bool:
    """Whether a window is in a moment, or a moment in a window, by half of the shorter one or more."""
    common = min(end, span[1]) - max(start, span[0])
    return common > 0 and 2 * common >= min(end - start, span[1] - span[0])


def outside(
    bounds: tuple[float, float], window: tuple[float, float], spans: Sequence[tuple[float, float]]
) -> tuple[float, float] | None:
    """Bounds that end where moments found before begin; None if the peak is in one of these.

    A window beside an event holds some of it, and its slopes lead into the event. It belongs to none of the spans.
    """
    middle = sum(window) / 2
    low = max([bounds[0], *(stop for _, stop in spans if stop <= middle)])
    high = min([bounds[1], *(begin for begin, _ in spans if begin >= middle)])
    return (low, high) if low < high else None


def event_bounds(fine: FineSignal, video: int, begin: float, stop: float, floor: float) -> tuple[float, float]:
    """Where the event begins and ends that has its peak between `begin` and `stop`; floor: the score that is usual."""
    signal = fine.of(video, begin - CONTEXT_SECONDS, stop + CONTEXT_SECONDS)
    inside = np.flatnonzero((signal.end > begin) & (signal.start < stop))
    if len(signal.score) < 2 or not len(inside):
        return begin, stop
    top = int(inside[np.argmax(signal.score[inside])])
    level = floor
    if signal.end[-1] - signal.start[0] >= SHORTEST_CONTEXT:
        level = max(floor, float(np.quantile(signal.score, LEVEL)))
    if signal.score[top] <= level:
        return begin, stop
    high = signal.score >= level + HEIGHT * (float(signal.score[top]) - level)
    low, last = _followed(signal, high, top, -1), _followed(signal, high, top, 1)
    return float(signal.start[low]), float(signal.end[last])


def _followed(signal: Signal, high: NDArray[np.bool_], at: int, step: int) -> int:
    """The last stretch from `at` on that is high, with gaps of at most GAP_SECONDS on the way."""
    last = at
    at += step
    while 0 <= at < len(high):
        gap = signal.start[last] - signal.end[at] if step < 0 else signal.start[at] - signal.end[last]
        if high[at]:
            if gap > GAP_SECONDS:
                break
            last = at
        elif gap >= GAP_SECONDS:
            break
        at += step
    return last


class FineSignal(ABC):
    """The finest scores of a video between two times; subclasses say where they come from."""

    @abstractmethod
    def of(self, video: int, start: float, end: float) -> Signal:
        """The signal of the stretches that overlap start to end."""


class SharedParts(FineSignal):
    """Scores of the parts that neighbouring windows share: the mean of the windows that cover each."""

    def __init__(self, scored: Scored):
        self._scored = scored

    def of(self, video: int, start: float, end: float) -> Signal:
        """Between any two times at which a window begins or ends."""
        low, high = self._scored.rows[video]
        begin, stop = self._scored.start[low:high], self._scored.end[low:high]
        near = np.flatnonzero((stop > start) & (begin < end) & np.isfinite(self._scored.score[low:high]))
        begin, stop, score = begin[near], stop[near], self._scored.score[low:high][near]
        edges = np.unique(np.concatenate([begin, stop]))
        edges = edges[np.r_[True, np.diff(edges) > 1e-6]] if len(edges) else edges
        if len(edges) < 2:
            return Signal(begin, stop, score)
        first = np.searchsorted(edges, begin - 1e-6)
        last = np.searchsorted(edges, stop - 1e-6)
        sums, counts = np.zeros(len(edges)), np.zeros(len(edges))
        for numbers, weight in ((first, 1.0), (last, -1.0)):
            np.add.at(sums, np.minimum(numbers, len(edges) - 1), weight * score)
            np.add.at(counts, np.minimum(numbers, len(edges) - 1), weight)
        covered, total = np.cumsum(counts)[:-1], np.cumsum(sums)[:-1]
        there = covered > 0.5
        mean = (total[there] / covered[there]).astype(np.float32)
        return Signal(edges[:-1][there], edges[1:][there], mean)


class FrameScores(FineSignal):
    """Scores of frames, smoothed over SMOOTH_SECONDS; `read(video)` gives them as they are, once per video."""

    def __init__(self, read: Callable[[int], Signal]):
        self._read = read
        self._known: dict[int, Signal] = {}

    def of(self, video: int, start: float, end: float) -> Signal:
        """The frames on screen then."""
        if video not in self._known:
            self._known[video] = smoothed(self._read(video))
        whole = self._known[video]
        first, last = int(np.searchsorted(whole.end, start, "right")), int(np.searchsorted(whole.start, end))
        return Signal(whole.start[first:last], whole.end[first:last], whole.score[first:last])


def smoothed(signal: Signal) -> Signal:
    """A running mean over SMOOTH_SECONDS of the usual length of a stretch."""
    if len(signal.score) < 3:
        return signal
    step = float(np.median(signal.end - signal.start))
    width = min(max(1, round(SMOOTH_SECONDS / max(step, 1e-6))), len(signal.score)) | 1
    padded = np.pad(signal.score, width // 2, mode="edge")
    mean = np.convolve(padded, np.full(width, 1 / width), mode="valid")[: len(signal.score)]
    return Signal(signal.start, signal.end, mean.astype(np.float32))
