"""ProbesResult: figures of minimal sets by factor and category beside chance and controls, and their text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from svta.eval.metrics.significance import wilson

from .grids import chance_of, score_grids

SCORES: Final = ("text", "video", "group")
RULE: Final = (
    "text: each clip scores highest with its own caption; video: each caption scores highest with its own clip; "
    "group: both. Strict: a tie is wrong, and so is a set that could not be run"
)
Figures = Mapping[str, float | None]


@dataclass(frozen=True)
class ProbeFigures:
    """Sets of one kind. strict: as Vinoground counts; expected: ties in random order; intervals: Wilson, 95 %."""

    num_groups: int
    num_failed: int
    strict: Figures
    expected: Figures
    interval_95: Mapping[str, tuple[float, float]]
    chance: Figures

    @property
    def choices(self) -> float | None:
        """Right single choices, of a caption for a clip or of a clip for a caption, percent; ties count in parts.

        What cannot see the factor gets exactly chance here, while equal clips can never be right as a set.
        """
        text, video = self.expected["text_item"], self.expected["video_item"]
        return None if text is None or video is None else (text + video) / 2

    @classmethod
    def of(cls, grids: Sequence[object]) -> ProbeFigures:
        """The figures of grids S[text][video]; None for one that could not be run."""
        scored = score_grids(grids)
        strict, expected = (dict(scored[name]) for name in ("strict", "expected"))  # type: ignore[call-overload]
        ends = {name: wilson((strict[name] or 0.0) / 100, len(grids)) for name in SCORES}
        failed = sum(grid is None for grid in grids)
        return cls(len(grids), failed, strict, expected, ends, chance_of(grids))


@dataclass(frozen=True)
class ProbesResult:
    """One evaluation of probes. parts: "factor order", "category arson", "dose order size 0.4" -> figures.

    controls: name -> part -> figures. entailment: VELOCITI's classic and strict, of each clip's own caption against
    each other one. unaudited: sets whose videos were not checked. failed: names of the sets that could not be run.
    """

    name: str
    data: str
    overall: ProbeFigures
    parts: Mapping[str, ProbeFigures]
    controls: Mapping[str, Mapping[str, ProbeFigures]]
    entailment: Mapping[str, Mapping[str, float | int | None]]
    failed: Sequence[str] = ()
    unaudited: int = 0
    seed: int = 0
    rule: str = RULE
    notes: Sequence[str] = field(default=())

    def of(self, kind: str) -> dict[str, ProbeFigures]:
        """The parts of one kind (factor, category, dose) by their names."""
        start = f"{kind} "
        return {name.removeprefix(start): part for name, part in self.parts.items() if name.startswith(start)}

    def text(self) -> str:
        """The figures for a terminal."""
        failed = f", {self.overall.num_failed:,} could not be run" if self.overall.num_failed else ""
        lines = [f"{self.name} on {self.data}: {self.overall.num_groups:,} minimal sets{failed}", self.rule, ""]
        head = f"{'sets':>6}{'text':>7}{'video':>7}{'group':>7}  {'95 %':13}{'chance':>7}"
        lines.append(f"{'':14}{head}  single choices: {', '.join(('model', *self.controls, 'chance'))}")
        for name, part in {"all": self.overall, **self.of("factor")}.items():
            low, high = part.interval_95["group"]
            own = [figures.get("all" if name == "all" else f"factor {name}") for figures in self.controls.values()]
            choices = [part.choices, *(None if one is None else one.choices for one in own), part.chance["item"]]
            three = "".join(f"{shown(part.strict[score]):>7}" for score in SCORES)
            ends = f"[{low:.1f} {high:.1f}]"
            line = f"{name:14}{part.num_groups:6,}{three}  {ends:13}{shown(part.chance['group']):>7}"
            lines.append(f"{line}  {', '.join(map(shown, choices))}")
        if (entailment := self.entailment.get("all")) is not None:
            classic, strict = shown(entailment["classic"]), shown(entailment["strict"])
            lines.append(f"\nown caption above another: {classic} (VELOCITI's classic), strict at .5: {strict}")
        lines.append("by category and by dose: metrics.json (--out) and --json; single choices: ties count in parts")
        if self.unaudited:
            lines.append(
                f"{self.unaudited:,} sets are generated, and no audit found that their clips show their captions"
            )
        return "\n".join([*lines, *self.notes])


def shown(value: float | int | None) -> str:
    """One decimal, or a dash."""
    return "-" if value is None else f"{value:.1f}"
