"""Items and answers -> the figures of an audit. No file is read and nothing is asked here.

result = summarise(Sampled("demo", "", 1600), items, ratings, AuditConfig("demo"))
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from svta.eval.metrics.significance import wilson

from .agreement import Level, krippendorff_alpha
from .config import AuditConfig
from .correction import corrected_rate
from .questions import AXES, Rating
from .result import FIDELITY, AuditResult, Confusion, JudgeFigures, People, Rate
from .sample import CONTROLS, Item, Kind, sample_hash

JUDGE: Final = "judge:"  # before the name of a model, as a rater
Scores = dict[str, dict[str, float]]  # of items by id: the mean score on each axis
_LEVELS: Final[tuple[Level, ...]] = ("ordinal", "interval")
_NO_CATEGORY: Final = "(no category)"


@dataclass(frozen=True)
class Sampled:
    """What items were drawn from: its name, its fingerprint, how many clips, and those left out by reason."""

    name: str
    fingerprint: str
    population: int
    left_out: Mapping[str, int] = field(default_factory=dict)


def summarise(source: Sampled, items: Sequence[Item], ratings: Iterable[Rating], config: AuditConfig) -> AuditResult:
    """The figures of these answers. Ratings of items that are not in the sample are not counted."""
    by_rater: dict[str, list[Rating]] = defaultdict(list)
    ids = {item.id for item in items}
    for rating in ratings:
        if rating.item in ids:
            by_rater[rating.rater].append(rating)
    judge_name = next((name for name in by_rater if name.startswith(JUDGE)), None)
    own = [ratings for name, ratings in by_rater.items() if not name.startswith(JUDGE)]
    of_people = [rating for ratings in own for rating in ratings]
    people = _people(items, of_people, config) if any(rating.scores for rating in of_people) else None
    judge = None if judge_name is None else _judge(items, by_rater[judge_name], config)
    confusion = None
    if judge_name is not None and people is not None:
        confusion = _confusion(mean_scores(of_people), mean_scores(by_rater[judge_name]), config.threshold)
    shown, shown_by = (None, "nobody yet") if judge is None else (judge.corrected, "the judge, corrected")
    if people is not None:
        shown, shown_by = people.rate, "people"
    own_items = [item for item in items if item.kind == "own"]
    return AuditResult(
        source.name, source.fingerprint, sample_hash(item.id for item in items if item.kind in ("own", "swapped")),
        source.population, len(own_items), sum(item.kind == "swapped" for item in items), config.seed, config.threshold,
        config.interval, shown, shown_by, people, judge, confusion, dict(source.left_out),
    )  # fmt: skip


def mean_scores(ratings: Iterable[Rating]) -> Scores:
    """The mean of all answers about an item, axis by axis: of several people, of the two forms of a question."""
    values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for rating in ratings:
        for axis, score in rating.scores.items():
            values[rating.item][axis].append(score)
    return {item: {axis: sum(v) / len(v) for axis, v in axes.items()} for item, axes in values.items()}


def is_shown(scores: Mapping[str, float] | None, threshold: float) -> bool | None:
    """Whether the score of prompt fidelity reaches the threshold; None if there is none."""
    value = None if scores is None else scores.get(FIDELITY)
    return None if value is None else value >= threshold - 1e-9


def rate_of(
    items: Iterable[Item], scores: Scores, threshold: float, kinds: Sequence[Kind], *, shown: bool = True
) -> Rate:
    """Of the items of these kinds that have a score, how many are shown (or, for `shown` False, are not).

    Clips stand for others of their category: the share is weighted, and its interval that of as many clips as the
    weights are worth (Kish).
    """
    judged = [(is_shown(scores.get(item.id), threshold), item.weight) for item in items if item.kind in kinds]
    weighted = [(verdict is shown, weight) for verdict, weight in judged if verdict is not None]
    if not weighted:
        return Rate(0, None)
    share, worth = _weighted(weighted)
    return Rate(len(weighted), round(100 * share, 2), *wilson(share, worth))


def _weighted(verdicts: Sequence[tuple[bool, float]]) -> tuple[float, float]:
    """(the weighted share, how many clips of equal weight it is worth)."""
    total = sum(weight for _, weight in verdicts)
    share = sum(weight for verdict, weight in verdicts if verdict) / total
    return share, total**2 / sum(weight**2 for _, weight in verdicts)


def _by_category(items: Iterable[Item], measure: Callable[[list[Item]], Rate | None]) -> dict[str, Rate]:
    members: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item.kind == "own":
            members[item.category or _NO_CATEGORY].append(item)
    rates = {name: measure(members[name]) for name in sorted(members)}
    return {name: rate for name, rate in rates.items() if rate is not None and rate.percent is not None}


def _means(items: Iterable[Item], scores: Scores) -> dict[str, float | None]:
    """The mean score of the clips' own captions on each axis."""
    own = [item.id for item in items if item.kind == "own"]
    found = {axis: [scores[i][axis] for i in own if axis in scores.get(i, {})] for axis in AXES}
    return {axis: round(sum(values) / len(values), 3) if values else None for axis, values in found.items()}


def _people(items: Sequence[Item], ratings: Sequence[Rating], config: AuditConfig) -> People:
    scores, threshold = mean_scores(ratings), config.threshold
    raters = Counter(rating.rater for rating in ratings if rating.scores)
    own = {item.id for item in items if item.kind == "own"}
    return People(
        raters=dict(sorted(raters.items())),
        rate=rate_of(items, scores, threshold, ("own",)),
        found_out=rate_of(items, scores, threshold, CONTROLS, shown=False),
        alpha={
            axis: {level: _alpha(ratings, axis, level) for level in _LEVELS}
            | {"own": _alpha((rating for rating in ratings if rating.item in own), axis, "ordinal")}
            for axis in AXES
        },
        means=_means(items, scores),
        by_category=_by_category(items, lambda some: rate_of(some, scores, threshold, ("own",))),
    )


def _alpha(ratings: Iterable[Rating], axis: str, level: Level) -> float | None:
    """Krippendorff's alpha over all raters' scores on an axis; controls count as any other item."""
    given: dict[tuple[str, str], list[float]] = defaultdict(list)
    for rating in ratings:
        if axis in rating.scores:
            given[rating.rater, rating.item].append(rating.scores[axis])
    raters, items = ({name: i for i, name in enumerate(sorted({pair[n] for pair in given}))} for n in (0, 1))
    table = np.full((len(raters), len(items)), np.nan)
    for (rater, item), values in given.items():
        table[raters[rater], items[item]] = sum(values) / len(values)
    value = krippendorff_alpha(table, level)
    return None if math.isnan(value) else round(value, 4)


def _judge(items: Sequence[Item], ratings: Sequence[Rating], config: AuditConfig) -> JudgeFigures:
    scores, threshold = mean_scores(ratings), config.threshold
    raw = rate_of(items, scores, threshold, ("own",))
    sensitivity = rate_of(items, scores, threshold, ("known",))
    wrong: tuple[Kind, ...] = (
        ("known_swapped",) if any(item.kind == "known_swapped" for item in items) else ("swapped",)
    )
    specificity = rate_of(items, scores, threshold, wrong, shown=False)
    why_not = _why_not(sensitivity, specificity)

    def corrected(some: Sequence[Item]) -> Rate | None:
        return None if why_not else _corrected(some, scores, threshold, sensitivity, specificity)

    overall = corrected(items)
    if overall is None and not why_not and raw.percent is not None:
        why_not = "no rate fits its answers: it makes different errors on these clips than on the known ones"
    num_known = sum(item.kind == "known" for item in items)
    swapped = "captions swapped among them" if wrong == ("known_swapped",) else "swapped captions of the sample"
    own = [item for item in items if item.kind == "own"]
    return JudgeFigures(
        model=ratings[0].rater.removeprefix(JUDGE) if ratings else "?",
        rate=raw,
        corrected=overall,
        sensitivity=sensitivity,
        specificity=specificity,
        measured_on=f"{num_known} known drawn clips and {swapped}",
        found_out=rate_of(items, scores, threshold, ("swapped",), shown=False),
        leaning=_leaning(ratings),
        questions=len(ratings),
        unanswered=dict(Counter(rating.problem for rating in ratings if rating.problem).most_common()),
        unjudged=sum(is_shown(scores.get(item.id), threshold) is None for item in own),
        means=_means(items, scores),
        by_category=_by_category(items, lambda some: rate_of(some, scores, threshold, ("own",))),
        corrected_by_category=_by_category(items, corrected),
        why_not=why_not,
    )


def _why_not(sensitivity: Rate, specificity: Rate) -> str:
    """Why the judge's rate cannot be corrected; empty if it can."""
    if sensitivity.percent is None:
        return "no clip whose truth is known was judged"
    if specificity.percent is None:
        return "no swapped caption was judged"
    if sensitivity.percent + specificity.percent <= 100:
        return "the judge accepts wrong captions as often as right ones: its answers say nothing"
    return ""


def _corrected(
    items: Iterable[Item], scores: Scores, threshold: float, sensitivity: Rate, specificity: Rate
) -> Rate | None:
    judged = [(is_shown(scores.get(item.id), threshold), item.weight) for item in items if item.kind == "own"]
    weighted = [(verdict, weight) for verdict, weight in judged if verdict is not None]
    if not weighted or sensitivity.percent is None or specificity.percent is None:
        return None
    share, worth = _weighted(weighted)
    errors = [(rate.percent / 100, rate.clips) for rate in (sensitivity, specificity) if rate.percent is not None]
    found = corrected_rate(share, worth, *errors)
    if found is None:
        return None
    return Rate(len(weighted), *(round(100 * value, 2) for value in (found.share, found.low, found.high)))


def _leaning(ratings: Iterable[Rating]) -> float | None:
    """Mean of graded less reversed scores of fidelity, over items that have both."""
    forms: dict[str, dict[str, float]] = defaultdict(dict)
    for rating in ratings:
        if FIDELITY in rating.scores:
            forms[rating.item][rating.form] = rating.scores[FIDELITY]
    gaps = [one["graded"] - one["reversed"] for one in forms.values() if len(one) == 2]
    return round(sum(gaps) / len(gaps), 3) if gaps else None


def _confusion(people: Scores, judge: Scores, threshold: float) -> Confusion | None:
    both = [item for item in people if FIDELITY in people[item] and FIDELITY in judge.get(item, {})]
    if not both:
        return None
    pairs = [(people[item][FIDELITY], judge[item][FIDELITY]) for item in both]
    counts = Counter((a >= threshold - 1e-9, b >= threshold - 1e-9) for a, b in pairs)
    alpha = krippendorff_alpha(np.array(pairs).T, "interval")
    return Confusion(
        both=counts[True, True],
        people_alone=counts[True, False],
        judge_alone=counts[False, True],
        neither=counts[False, False],
        agreement=_share(counts[True, True] + counts[False, False], len(pairs)),
        exact=_share(sum(math.floor(a + 0.5) == math.floor(b + 0.5) for a, b in pairs), len(pairs)),
        alpha=None if math.isnan(alpha) else round(alpha, 4),
    )


def _share(count: int, total: int) -> Rate:
    return Rate(total, round(100 * count / total, 2), *wilson(count / total, total))
