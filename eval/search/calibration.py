"""How often a score comes in an hour of normal footage: a query's own false-alarm curve, of merged moments.

curve = AlarmCurve(peaks of the normal windows, hours=5.6)
curve.rate(0.31)          # Rate(per_hour=0.18, low=0.004, high=0.995)
curve.threshold(1.0)      # the lowest score whose rate is at most one an hour
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from svta.eval.moments.alarms import poisson_interval

from .merging import Peak

RULE_OF_THREE: Final = 3  # none in a time: fewer than 3 in as long again, with 95 % confidence
_ROUNDING: Final = 1e-9


@dataclass(frozen=True)
class Rate:
    """Moments of normal footage an hour that reach a score; low and high: the exact 95 % interval of the rate."""

    per_hour: float
    low: float
    high: float


class AlarmCurve:
    """Scores of the moments of normal footage, searched only as far as a question needs."""

    def __init__(self, peaks: Iterable[Peak], hours: float):
        self.hours = hours
        self._scores: list[float] = []  # descending
        self._rest: Iterator[Peak] | None = iter(peaks)

    def rate(self, score: float) -> Rate:
        """Of moments with this score or more."""
        while self._rest is not None and not (self._scores and self._scores[-1] < score):
            self._more()
        count = sum(1 for known in self._scores if known >= score)
        low, high = poisson_interval(count)
        return Rate(count / self.hours, low / self.hours, high / self.hours)

    def threshold(self, per_hour: float) -> float:
        """The lowest score that is reached at most `per_hour` times an hour of it; -inf where every score is."""
        allowed = int(per_hour * self.hours * (1 + _ROUNDING) + _ROUNDING)
        while self._rest is not None and len(self._scores) <= allowed:
            self._more()
        if len(self._scores) <= allowed:
            return -np.inf
        return float(np.nextafter(np.float32(self._scores[allowed]), np.float32(np.inf)))

    def _more(self) -> None:
        assert self._rest is not None
        peak = next(self._rest, None)
        if peak is None:
            self._rest = None
        else:
            self._scores.append(peak.score)


def too_little(alarms_per_hour: float | None, hours: float) -> str | None:
    """What to say of a limit that so much normal footage cannot measure: not even none in it means a rate below it."""
    if not alarms_per_hour or not hours or alarms_per_hour * hours >= RULE_OF_THREE:
        return None
    return (
        f"{hours:.2g} h of normal footage cannot measure {alarms_per_hour:g} alarms an hour: what is never reached in "
        f"it may come {RULE_OF_THREE / hours:,.3g} times an hour; {RULE_OF_THREE / alarms_per_hour:,.3g} h are needed"
    )


def rate_text(rate: Rate | None, hours: float) -> str:
    """A rate as a person reads it; what is never reached is said by the rule of three."""
    if rate is None:
        return ""
    if rate.per_hour == 0:
        return f"fewer than {RULE_OF_THREE} in {hours:.2g} h of normal footage (95 %)"
    per_hour, low, high = map(_two_digits, (rate.per_hour, rate.low, rate.high))
    return f"{per_hour} an hour of normal footage ({low} to {high}, 95 %)"


def _two_digits(value: float) -> str:
    """Two significant digits, and no power of ten: 1.5, 120."""
    return f"{float(f'{value:.2g}'):,.0f}" if value >= 100 else f"{value:.2g}"
