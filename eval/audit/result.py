"""AuditResult: what an audit found, as metrics.json, as text, and as the lines of a dataset's card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from svta.builder.errors import quantity

FIDELITY: Final = "prompt_fidelity"  # the axis that decides
METRICS: Final = "metrics.json"
KIND: Final = "audit"


@dataclass(frozen=True)
class Rate:
    """A share of `clips` in percent with its 95 % interval (Wilson's, unless it says otherwise); None over no clip."""

    clips: int
    percent: float | None
    low: float = 0.0
    high: float = 100.0

    def text(self) -> str:
        """`79.3 % [74.4 83.5] of 300`."""
        if self.percent is None:
            return "-"
        return f"{self.percent:.1f} % [{self.low:.1f} {self.high:.1f}] of {self.clips:,}"


@dataclass(frozen=True)
class People:
    """Answers of people. alpha: by axis, "ordinal" and "interval" over all answers, "own" (ordinal) without controls,
    on which raters agree easily; None: too few answers. rate: clips whose mean score reaches the threshold.
    found_out: controls (another caption of the category) that are below it.
    """

    raters: Mapping[str, int]
    rate: Rate
    found_out: Rate
    alpha: Mapping[str, Mapping[str, float | None]]
    means: Mapping[str, float | None]
    by_category: Mapping[str, Rate] = field(default_factory=dict)


@dataclass(frozen=True)
class JudgeFigures:
    """Answers of a vision model. raw: as it says; corrected: by its own error (Rogan-Gladen), None if `why_not`.

    sensitivity: right captions of known clips that it accepts; specificity: wrong ones that it refuses; measured_on
    says of which clips. found_out: controls of the audited clips. leaning: how far its graded answers are above its
    reversed ones, in points of the scale (0: no bias to yes or to one end). unanswered: questions without a score.
    """

    model: str
    rate: Rate
    corrected: Rate | None
    sensitivity: Rate
    specificity: Rate
    measured_on: str
    found_out: Rate
    leaning: float | None
    questions: int
    unanswered: Mapping[str, int]
    unjudged: int
    means: Mapping[str, float | None]
    by_category: Mapping[str, Rate] = field(default_factory=dict)
    corrected_by_category: Mapping[str, Rate] = field(default_factory=dict)
    why_not: str = ""


@dataclass(frozen=True)
class Confusion:
    """The judge against people, on items that both scored: people's verdict first. exact: same score when rounded."""

    both: int
    people_alone: int
    judge_alone: int
    neither: int
    agreement: Rate
    exact: Rate
    alpha: float | None


@dataclass(frozen=True)
class AuditResult:
    """One audit of a dataset. shown: the share of clips that show their caption: people's where there are people, else
    the judge's, corrected. left_out: clips that were not drawn from, by reason.
    """

    data: str
    dataset: str
    sample: str
    population: int
    sampled: int
    controls: int
    seed: int
    threshold: float
    interval: float
    shown: Rate | None
    shown_by: str
    people: People | None = None
    judge: JudgeFigures | None = None
    confusion: Confusion | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    kind: str = KIND

    def text(self) -> str:
        """For a terminal."""
        lines = [
            f"{self.data}: {quantity(self.sampled, 'clip')} of {self.population:,} audited, and "
            f"{quantity(self.controls, 'control')}: clips with another caption of their category"
        ]
        if self.left_out:
            lines.append("not drawn from: " + ", ".join(f"{n:,} {reason}" for reason, n in self.left_out.items()))
        lines.append(f"show their caption (score >= {self.threshold:g}), by {self.shown_by}: {_rate(self.shown)}")
        lines += _people_lines(self.people) + _judge_lines(self.judge) + _confusion_lines(self.confusion)
        return "\n".join(lines)

    def card(self) -> dict[str, object]:
        """What build.json and the card keep: figures without a rater's name."""
        record: dict[str, object] = {
            "sampled": self.sampled, "population": self.population, "threshold": self.threshold,
            "by": self.shown_by, "shown": _plain(self.shown),
        }  # fmt: skip
        if self.people is not None:
            found, alpha = self.people.found_out, self.people.alpha
            fidelity = alpha.get(FIDELITY, {})
            record["people"] = {
                "raters": len(self.people.raters), "alpha": fidelity.get("own"), "found_out": _plain(found)
            }  # fmt: skip
        if self.judge is not None:
            names = ("sensitivity", "specificity", "found_out")
            record["judge"] = {"model": self.judge.model, "raw": _plain(self.judge.rate)} | {
                name: _plain(getattr(self.judge, name)) for name in names
            }
        return record


def _plain(rate: Rate | None) -> list[float | int] | None:
    """[percent, low, high, clips]."""
    return None if rate is None or rate.percent is None else [rate.percent, rate.low, rate.high, rate.clips]


def _rate(rate: Rate | None) -> str:
    return "not known" if rate is None else rate.text()


def _people_lines(people: People | None) -> list[str]:
    if people is None:
        return []
    raters = ", ".join(f"{name} {count:,}" for name, count in people.raters.items())
    alphas = ", ".join(
        f"{axis} {_figure(one['ordinal'])} ({_figure(one['own'])})" for axis, one in people.alpha.items()
    )
    lines = [f"people: {people.rate.text()}; answers: {raters}; controls found out: {people.found_out.text()}"]
    if len(people.raters) > 1:
        lines.append(f"Krippendorff's alpha, ordinal (without controls): {alphas}")
    return lines


def _judge_lines(judge: JudgeFigures | None) -> list[str]:
    if judge is None:
        return []
    unanswered = ", ".join(f"{n:,} {reason}" for reason, n in judge.unanswered.items())
    of_all = f" of {judge.questions:,} questions"
    lines = [
        f"judge {judge.model}: {judge.rate.text()} as it says; controls found out: {judge.found_out.text()}",
        f"its sensitivity {judge.sensitivity.text()}, specificity {judge.specificity.text()} ({judge.measured_on})",
        f"corrected by that error: {_rate(judge.corrected)}" + (f" ({judge.why_not})" if judge.why_not else ""),
    ]
    if judge.leaning is not None:
        lines.append(f"graded answers are {judge.leaning:+.2f} above reversed ones (yes-bias; their mean is taken)")
    if unanswered:
        lines.append(f"no score: {unanswered}{of_all}; {quantity(judge.unjudged, 'clip', 'has')} none at all")
    return lines


def _confusion_lines(found: Confusion | None) -> list[str]:
    if found is None:
        return []
    return [
        f"judge and people agree on {found.agreement.text()} (both shown {found.both}, people alone "
        f"{found.people_alone}, judge alone {found.judge_alone}, neither {found.neither}); same score: "
        f"{found.exact.text()}"
    ]


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
