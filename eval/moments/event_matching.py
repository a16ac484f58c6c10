"""Which moments find which events: overlap, temporal IoU, false alarms and one-to-one matching. alarms.py counts them.

Times in seconds. Overlap is more than 1e-9 s; an IoU reaches a threshold from 1e-9 below it: sums of decimal times are
that far off.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .windows import TOLERANCE, well_formed

Pair = tuple[str, str]  # query and video


@dataclass(frozen=True)
class Event:
    """Something true: what a query is about, from start to end in a video."""

    pair: Pair
    start: float
    end: float


@dataclass(frozen=True)
class ScoredMoment:
    """One merged alarm; raised: the second at which it sounded. A score that is not finite never fires."""

    pair: Pair
    start: float
    end: float
    score: float
    raised: float

    @property
    def malformed(self) -> bool:
        """Whether it has no window: it then finds nothing and is false."""
        return not well_formed(self.start, self.end)


def overlap(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Seconds that two windows share; below 0 if they are apart."""
    return min(a[1], b[1]) - max(a[0], b[0])


def temporal_iou(a: tuple[float, float], b: tuple[float, float]) -> float:
    """inter / (a + b - inter) of two well-formed windows."""
    inter = max(0.0, overlap(a, b))
    return inter / ((a[1] - a[0]) + (b[1] - b[0]) - inter)


class EventIndex:
    """The events of each query and video, and what a moment does to them."""

    def __init__(self, events: Sequence[Event], collar: float):
        self._of_pair: dict[Pair, list[int]] = defaultdict(list)
        for number, event in enumerate(events):
            self._of_pair[event.pair].append(number)
        self._events = events
        self._collar = collar

    def near(self, moment: ScoredMoment) -> list[tuple[int, float]]:
        """(event, IoU) of those that the moment overlaps."""
        if moment.malformed:
            return []
        window = (moment.start, moment.end)
        known = ((i, (self._events[i].start, self._events[i].end)) for i in self._of_pair.get(moment.pair, ()))
        return [(i, temporal_iou(window, event)) for i, event in known if overlap(window, event) > TOLERANCE]

    def is_false_alarm(self, moment: ScoredMoment) -> bool:
        """Whether the moment overlaps no event widened by the collar."""
        if moment.malformed:
            return True
        widened = (self._widened(self._events[i]) for i in self._of_pair.get(moment.pair, ()))
        return not any(overlap((moment.start, moment.end), event) > TOLERANCE for event in widened)

    def normal_seconds(self, pair: Pair, duration: float) -> float:
        """Seconds of a video outside the widened events of a query."""
        windows = (self._widened(self._events[i]) for i in self._of_pair.get(pair, ()))
        return duration - math.fsum(end - start for start, end in merged(_cut(windows, duration)))

    def _widened(self, event: Event) -> tuple[float, float]:
        return event.start - self._collar, event.end + self._collar


def _cut(windows: Iterable[tuple[float, float]], duration: float) -> Iterable[tuple[float, float]]:
    return ((max(0.0, start), min(duration, end)) for start, end in windows)


def merged(windows: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """The union of windows as windows apart from each other, in order."""
    union: list[tuple[float, float]] = []
    for start, end in sorted(windows):
        if union and start <= union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], end))
        else:
            union.append((start, end))
    return union


class Matching:
    """A largest one-to-one matching that grows by one moment at a time (augmenting paths)."""

    def __init__(self) -> None:
        self.size = 0
        self._events_of: dict[int, list[int]] = {}
        self._moment_of: dict[int, int] = {}

    def add(self, moment: int, events: list[int]) -> None:
        """Add a moment that may be matched with any of these events."""
        self._events_of[moment] = events
        came_from: dict[int, int] = {}  # event -> the moment that wants it
        waiting = [moment]
        while waiting:
            wanting = waiting.pop()
            for event in self._events_of[wanting]:
                if event in came_from:
                    continue
                came_from[event] = wanting
                holder = self._moment_of.get(event)
                if holder is None:
                    self._reassign(event, came_from, moment)
                    self.size += 1
                    return
                waiting.append(holder)

    def _reassign(self, event: int, came_from: dict[int, int], added: int) -> None:
        held = {moment: taken for taken, moment in self._moment_of.items()}
        while True:
            moment = came_from[event]
            freed = held.get(moment)
            self._moment_of[event] = moment
            if moment == added or freed is None:
                return
            event = freed
