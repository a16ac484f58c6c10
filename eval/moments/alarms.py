"""False alarms: recall against alarms an hour of merged moments, event F1 and delay.

In: seconds of each video, standing queries, true events, scored moments; out: a curve over every threshold, the points
at asked rates and recalls, F1 over temporal IoU .1 to .7. A moment is one merged alarm, not a window.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .event_matching import Event, EventIndex, Matching, ScoredMoment
from .windows import TOLERANCE, MomentsError, as_list, as_number, as_numbers, as_object, as_options, well_formed

F1_IOUS: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
SECONDS_AN_HOUR: Final = 3600.0
RATES: Final = (0.5, 1, 2, 10)
RECALLS: Final = (0.5, 0.7, 0.9)


@dataclass(frozen=True)
class Level:
    """What has fired at one threshold: counts, and the best finder of each event so far."""

    threshold: float
    alarms: int
    found: int
    false_alarms: int
    true_positives: tuple[int, ...]  # at each of F1_IOUS


def score_alarms(
    videos: Mapping[str, float],
    queries: Sequence[str],
    events: Sequence[Mapping[str, object]],
    moments: Sequence[Mapping[str, object]],
    *,
    collar_s: float = 0.0,
    min_tiou: float = 0.0,
    rates: Sequence[float] = RATES,
    recalls: Sequence[float] = RECALLS,
    f1_thresholds: Sequence[float] = (),
    delay_thresholds: Sequence[float] = (),
) -> dict[str, object]:
    """Counts, curve, at_rate, at_recall, event_f1, best_f1 and delay; rates an hour, times in seconds, shares 0-1.

    videos {name: seconds}; events {query, video, start, end}; moments {query, video, start, end, score, optional
    raised}. An event of one query is normal footage for another: hours are query-hours. Events within collar_s of a
    moment make it neither false nor a find; min_tiou: the least temporal IoU of a find. Raises MomentsError for an
    unknown video or query and for an event outside its video.
    """
    seconds = {str(name): as_number(value, f"video {name}") for name, value in as_object(videos, "videos").items()}
    if bad := [name for name, value in seconds.items() if not 0 <= value < math.inf]:
        raise MomentsError(f"video {bad[0]}: {seconds[bad[0]]} seconds")
    known = list(dict.fromkeys(str(query) for query in as_list(queries, "queries")))
    true = [_read_event(item, f"event {i}", seconds, known) for i, item in enumerate(as_list(events, "events"))]
    scored = [_read_moment(item, f"moment {i}", seconds, known) for i, item in enumerate(as_list(moments, "moments"))]
    collar, least_iou = as_number(collar_s, "collar_s"), as_number(min_tiou, "min_tiou")
    if not 0 <= collar < math.inf or not 0 <= least_iou <= 1:
        raise MomentsError(f"collar_s {collar:g} and min_tiou {least_iou:g}: seconds from 0, and a share from 0 to 1")
    index = EventIndex(true, collar)
    normal = math.fsum(index.normal_seconds((q, v), length) for q in known for v, length in seconds.items())
    levels = curve(scored, index, least_iou)
    scale = _Scale(len(true), normal / SECONDS_AN_HOUR)
    return {
        "num_events": len(true),
        "num_moments": len(scored),
        "num_without_score": sum(not math.isfinite(moment.score) for moment in scored),
        "num_malformed": sum(moment.malformed for moment in scored),
        "normal_seconds": normal,
        "curve": {
            "threshold": [level.threshold for level in levels],
            "alarms": [level.alarms for level in levels],
            "found": [level.found for level in levels],
            "false_alarms": [level.false_alarms for level in levels],
        },
        "at_rate": {key: scale.at_rate(levels, rate) for key, rate in as_options(rates, "rates").items()},
        "at_recall": {key: scale.at_recall(levels, share) for key, share in as_options(recalls, "recalls").items()},
        "event_f1": [scale.event_f1(_at(levels, t), t) for t in as_numbers(f1_thresholds, 0, "f1_thresholds")],
        "best_f1": scale.best_f1(levels),
        "delay": [
            delays(scored, true, index, least_iou, t) for t in as_numbers(delay_thresholds, 0, "delay_thresholds")
        ],
    }


def _read_event(item: object, where: str, seconds: Mapping[str, float], queries: Sequence[str]) -> Event:
    pair, start, end = _read_window(item, where, seconds, queries)
    if not (well_formed(start, end) and start >= -TOLERANCE and end <= seconds[pair[1]] + TOLERANCE):
        raise MomentsError(f"{where}: malformed or outside its video {pair[1]}")
    return Event(pair, start, end)


def _read_moment(item: object, where: str, seconds: Mapping[str, float], queries: Sequence[str]) -> ScoredMoment:
    pair, start, end = _read_window(item, where, seconds, queries)
    row = as_object(item, where)
    raised = as_number(row.get("raised"), where)
    score = as_number(row.get("score"), where)
    return ScoredMoment(pair, start, end, score, raised if math.isfinite(raised) else start)


def _read_window(
    item: object, where: str, seconds: Mapping[str, float], queries: Sequence[str]
) -> tuple[tuple[str, str], float, float]:
    row = as_object(item, where)
    query, video = str(row.get("query", "")), str(row.get("video"))
    if query not in queries:
        raise MomentsError(f"{where}: unknown query {query!r}")
    if video not in seconds:
        raise MomentsError(f"{where}: unknown video {video!r}")
    return (query, video), as_number(row.get("start"), where), as_number(row.get("end"), where)


def curve(moments: Sequence[ScoredMoment], index: EventIndex, min_tiou: float) -> list[Level]:
    """What has fired at every distinct finite score, from the highest down; equal scores fire together."""
    firing = sorted((moment for moment in moments if math.isfinite(moment.score)), key=lambda m: -m.score)
    matchings = [Matching() for _ in F1_IOUS]
    found: set[int] = set()
    levels: list[Level] = []
    false_alarms = 0
    for number, moment in enumerate(firing):
        near = index.near(moment)
        found.update(event for event, iou in near if finds(iou, min_tiou))
        false_alarms += index.is_false_alarm(moment)
        for least, matching in zip(F1_IOUS, matchings, strict=True):
            matching.add(number, [event for event, iou in near if iou >= least - TOLERANCE])
        if number + 1 == len(firing) or firing[number + 1].score != moment.score:
            matched = tuple(matching.size for matching in matchings)
            levels.append(Level(moment.score, number + 1, len(found), false_alarms, matched))
    return levels


def finds(iou: float, min_tiou: float) -> bool:
    """Whether a moment that overlaps an event with this IoU finds it."""
    return min_tiou <= 0 or iou >= min_tiou - TOLERANCE


def _at(levels: Sequence[Level], threshold: float) -> Level:
    """The level whose moments are those that reach the threshold."""
    reached = [level for level in levels if level.threshold >= threshold]
    return reached[-1] if reached else _nothing(threshold)


def _nothing(threshold: float) -> Level:
    return Level(threshold, 0, 0, 0, (0,) * len(F1_IOUS))


@dataclass(frozen=True)
class _Scale:
    """What counts become shares and rates of: true events, and hours of normal footage."""

    events: int
    hours: float

    def at_rate(self, levels: Sequence[Level], rate: float) -> dict[str, object] | None:
        """The lowest threshold with at most `rate` false alarms an hour; None without normal footage."""
        if not self.hours:
            return None
        fits = [level for level in levels if level.false_alarms / self.hours <= rate * (1 + TOLERANCE)]
        return self._point(fits[-1]) if fits else {**self._point(_nothing(math.inf)), "threshold": None}

    def at_recall(self, levels: Sequence[Level], recall: float) -> dict[str, object] | None:
        """The highest threshold that finds at least this share of the events; None if none does."""
        fits = [level for level in levels if self.events and level.found / self.events >= recall * (1 - TOLERANCE)]
        return self._point(fits[0]) if fits else None

    def _point(self, level: Level) -> dict[str, object]:
        low, high = poisson_interval(level.false_alarms)
        return {
            "threshold": level.threshold,
            "found": level.found,
            "recall": level.found / self.events if self.events else None,
            "false_alarms": level.false_alarms,
            "per_hour": level.false_alarms / self.hours if self.hours else None,
            "per_hour_95": [low / self.hours, high / self.hours] if self.hours else None,
        }

    def event_f1(self, level: Level, threshold: float) -> dict[str, object]:
        """Precision, recall and F1 of the largest one-to-one matching at each temporal IoU, and their mean."""
        matched = level.true_positives
        total = level.alarms + self.events
        return {
            "threshold": threshold,
            "alarms": level.alarms,
            "tp": list(matched),
            "precision": [tp / level.alarms if level.alarms else None for tp in matched],
            "recall": [tp / self.events if self.events else None for tp in matched],
            "f1": [2 * tp / total if total else None for tp in matched],
            "mean_f1": self._mean_f1(level),
        }

    def _mean_f1(self, level: Level) -> float | None:
        total = level.alarms + self.events
        return math.fsum(2 * tp / total for tp in level.true_positives) / len(F1_IOUS) if total else None

    def best_f1(self, levels: Sequence[Level]) -> dict[str, object] | None:
        """The threshold of the highest mean F1, the higher one among equals."""
        if not levels:
            return None
        best = max(levels, key=lambda level: sum(level.true_positives) / (level.alarms + self.events))
        return {"threshold": best.threshold, "mean_f1": self._mean_f1(best)}


def delays(
    moments: Sequence[ScoredMoment], events: Sequence[Event], index: EventIndex, min_tiou: float, threshold: float
) -> dict[str, object]:
    """Seconds from the start of each event to the first alarm that finds it; None if it is missed.

    mean, median, p90 (nearest rank) and max are over found events: `missed` is beside them.
    """
    raised: dict[int, float] = {}
    for moment in moments:
        if not (math.isfinite(moment.score) and moment.score >= threshold):
            continue
        for event, iou in index.near(moment):
            if finds(iou, min_tiou):
                raised[event] = min(raised.get(event, math.inf), moment.raised)
    waits = [max(0.0, raised[i] - event.start) if i in raised else None for i, event in enumerate(events)]
    known = sorted(wait for wait in waits if wait is not None)
    return {
        "threshold": threshold,
        "per_event": waits,
        "found": len(known),
        "missed": len(waits) - len(known),
        "mean": math.fsum(known) / len(known) if known else None,
        "median": statistics.median(known) if known else None,
        "p90": known[math.ceil(0.9 * len(known) - TOLERANCE) - 1] if known else None,
        "max": known[-1] if known else None,
    }


def poisson_interval(count: int, level: float = 0.95) -> tuple[float, float]:
    """The exact (Garwood) interval of the mean of a Poisson count; of 0 it is (0, 3.689) at 95 %."""
    tail = (1 - level) / 2
    low = 0.0 if count == 0 else _solve(lambda mean: 1 - _poisson_cdf(count - 1, mean), tail, count)
    return low, _solve(lambda mean: 1 - _poisson_cdf(count, mean), 1 - tail, count)


def _solve(rising: Callable[[float], float], target: float, count: int) -> float:
    """Where a rising function of the mean reaches the target, by bisection to the last digit."""
    low, high = 0.0, count + 10 * math.sqrt(count + 1) + 10
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if rising(middle) < target:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _poisson_cdf(count: int, mean: float) -> float:
    """P(X <= count) of a Poisson variable, to some 1e-13: from the largest term both ways until terms add nothing."""
    if mean == 0:
        return 1.0
    largest = min(count, int(mean))
    first = math.exp(largest * math.log(mean) - mean - math.lgamma(largest + 1))
    total = term = first
    for k in range(largest, 0, -1):
        term *= k / mean
        total += term
        if term < 1e-18 * total:
            break
    term = first
    for k in range(largest + 1, count + 1):
        term *= mean / k
        total += term
        if term < 1e-18 * total:
            break
    return min(1.0, total)
