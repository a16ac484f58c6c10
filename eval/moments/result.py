"""MomentsConfig and MomentsResult: the settings and figures of one evaluation of moments, and their text.

RESULTS/metrics.json is the result as JSON; config.json the settings without a path of the machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from svta.builder.errors import quantity
from svta.builder.io.json_text import Json

from .submissions import PROTOCOLS
from .windows import MomentsError

MATCHING: Final = {
    "qvhighlights": "R1: the first row in file order, its best-IoU truth, IoU >= t; mAP: the first ten, by score",
    "tvr": "first 100 rows in file order, score unused; right video and IoU >= t",
    "tvr-ranking": "rows in file order take the best-IoU free truth of their video, IoU > t; gain 2^relevance - 1",
}
ALARM_RULE: Final = (
    "overlapping rows of a query are one moment (the best scored stays); a moment that touches an event finds it, "
    "one that touches none is a false alarm"
)
SHOWN_RATES: Final = ("1", "10")
Figures = Mapping[str, float | None]


@dataclass(frozen=True)
class MomentsConfig:
    """data: a STREAMS folder, an annotation file or NAME=FILE; predictions: a submission, or none for baselines alone.

    protocol: one of PROTOCOLS; by default that of the predictions' format.
    """

    data: str
    predictions: Path | None = None
    protocol: str | None = None
    seed: int = 0
    name: str | None = None

    def check(self) -> None:
        """Raise MomentsError for an unknown protocol."""
        if self.protocol not in (None, *PROTOCOLS):
            raise MomentsError(f"--protocol {self.protocol!r}: one of {', '.join(PROTOCOLS)}")


@dataclass(frozen=True)
class MomentsResult:
    """One evaluation of moments.

    official: what the public script prints, null where it raises; honest: what a truthful rule says. figures: headline
    figures of the honest rule; interval_95: their bootstrap over videos (of graded lists over queries); baselines: the
    same figures of predictions that saw no video. made_by: model and sampling of a search. no_answer and alarms are
    None if the data cannot say.
    """

    name: str
    data: str
    protocol: str
    matching: str
    gallery: str
    num_queries: int
    num_no_answer: int
    num_videos: int
    hours: float | None
    official: Mapping[str, Json] | None = None
    honest: Mapping[str, Json] | None = None
    figures: Figures = field(default_factory=dict)
    interval_95: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    baselines: Mapping[str, Figures] = field(default_factory=dict)
    no_answer: Mapping[str, Json] | None = None
    alarms: Mapping[str, Json] | None = None
    skipped: Sequence[Mapping[str, str]] = ()
    predictions_sha256: str | None = None
    made_by: Mapping[str, Json] = field(default_factory=dict)
    seed: int = 0

    def text(self) -> str:
        """The figures for a terminal."""
        hours = "" if self.hours is None else f", {self.hours:.2f} h"
        lines = [
            f"{self.name}: {self.num_queries:,} queries with an answer, {self.num_no_answer:,} without, "
            f"{quantity(self.num_videos, 'video')}{hours}",
            f"protocol {self.protocol} ({self.gallery}): {self.matching}",
        ]
        lines += self._made_by_lines()
        lines += self._table()
        if self.official is not None:
            lines.append("official figures, as the public script counts, are in metrics.json (--out) and --json")
        lines += self._no_answer_lines() + self._alarm_lines()
        if self.skipped:
            lines.append(f"{quantity(len(self.skipped), 'row')} of the annotations left out, e.g. {self.skipped[0]}")
        return "\n".join(lines)

    def _made_by_lines(self) -> list[str]:
        """Model and sampling of a search, and how many videos it could not search."""
        if not (made := self.made_by):
            return []
        lengths = ", ".join(f"{seconds:g}" for seconds in made["windows_seconds"])
        lines = [
            f"index: {made['model']} ({made['fingerprint'][:12]}), {made['frames_per_second']:g} frames a second, "
            f"windows of {lengths} s"
        ]
        if missing := made["missing_videos"]:
            lines.append(f"{quantity(len(missing), 'video')} not in the index, all misses, e.g. {missing[0]}")
        return lines

    def _table(self) -> list[str]:
        """One line a figure: predictions with their interval, then the baselines."""
        figures = list(self.figures or next(iter(self.baselines.values()), {}))
        if not figures:
            return []
        head = "".join(f"{name:>21}" for name in (*(["predictions"] if self.figures else []), *self.baselines))
        lines = ["", f"{'':18}{head}"]
        for name in figures:
            cells = [self._cell(self.figures.get(name), name)] if self.figures else []
            cells += [self._cell(values.get(name), None) for values in self.baselines.values()]
            lines.append(f"{name:18}" + "".join(f"{cell:>21}" for cell in cells))
        return [*lines, ""]

    def _cell(self, value: float | None, column: str | None) -> str:
        if value is None:
            return "-"
        ends = self.interval_95.get(column or "")
        digits = 3 if self.protocol == "tvr-ranking" else 1
        return f"{value:.{digits}f}" + (f" [{ends[0]:.{digits}f} {ends[1]:.{digits}f}]" if ends else "")

    def _no_answer_lines(self) -> list[str]:
        if self.no_answer is None:
            return []
        lines = [f"queries without answer: AUROC {_shown(self.no_answer['auroc'])}"]
        for rate, point in self.no_answer["at_false_answer_rate"].items():
            if point is not None:
                lines.append(
                    f"  at most {float(rate):.0%} answered: rejects {_shown(point['rejection_accuracy'])}, "
                    f"still answers {_shown(point['answer_rate'])} of the others, R1@0.5 {_shown(point['R1'])}"
                )
        return lines

    def _alarm_lines(self) -> list[str]:
        if self.alarms is None:
            return []
        hours = self.alarms["touching"]["normal_seconds"] / 3600
        lines = [f"alarms over {hours:.2f} query-hours without event ({ALARM_RULE}):"]
        for rate in SHOWN_RATES:
            point, close = (self.alarms[kind]["at_rate"].get(rate) for kind in ("touching", "tiou_0.5"))
            if point is not None and close is not None:
                low, high = point["per_hour_95"]
                lines.append(
                    f"  at {rate} an hour: recall {_shown(point['recall'])}, with IoU >= .5 {_shown(close['recall'])}; "
                    f"{point['false_alarms']:,} false alarms, {low:.3g} to {high:.3g} an hour"
                )
        if (best := self.alarms["touching"]["best_f1"]) is not None:
            lines.append(f"  event F1 over temporal IoU .1 to .7, at its best threshold: {_shown(best['mean_f1'])}")
        return lines


def _shown(share: float | None) -> str:
    return "-" if share is None else f"{share:.3f}"
