"""Does rank on one dataset predict rank on another? Kendall's tau over models, with intervals, and which pairs differ.

Reads figures of the same models on two test sets: runs of ours, a JSON file of tables, or the paper's seven models;
writes nothing; `svta report --validity [FILE or RUNS]` prints it. Published figures carry no ranks, so their intervals
draw from a binomial; runs of ours are drawn query by query, in whole groups, the same for all models.

    paper_validity().t2v.tau     # 0.78: SVTA test against zero-shot UCFCrime-AR, 7 models
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from svta.eval.metrics.figures import ABSENT, to_json
from svta.eval.metrics.rank_agreement import DRAWS, Z_95, interval_of_taus, kendall_tau, tau_interval
from svta.eval.metrics.ranks import Ranks, recall_of
from svta.eval.metrics.retrieval import COLUMNS, WAY_NAMES, WAYS, MetricsError, Way
from svta.eval.metrics.significance import compare_runs, drawn_means, group_codes, holm, paired_rows
from svta.eval.retrieval.result import EvalResult, Json
from svta.eval.retrieval.results_folder import read_results

from .published import Published, PublishedRow, paper, read_published

Floats = npt.NDArray[np.float64]
TestSet = tuple[str, ...]  # the split and the keys of its clips


@dataclass(frozen=True)
class Separation:
    """Which pairs of models one test set tells apart at 95 %."""

    queries: int
    pairs: int
    told_apart: list[list[str]]
    half_width_95: list[float] | None = field(default=None, metadata=ABSENT)


@dataclass(frozen=True)
class LeakedRow:
    """A model's figure on the queries that the smaller set leaves out, and on those it keeps."""

    model: str
    left_out: float
    kept: float


@dataclass(frozen=True)
class LeakedQueries:
    """Figures of the queries that the smaller set leaves out (leaked) and keeps, ranked in the same larger gallery."""

    left_out: int
    kept: int
    rows: list[LeakedRow]


@dataclass(frozen=True)
class Agreement:
    """How far two test sets order the same models alike, one way by one figure. tau: NaN without an order."""

    statistic: str
    models: list[str]
    tau: float
    figures: dict[str, list[float]] | None = field(default=None, metadata=ABSENT)
    interval_95_models: list[float] = field(default_factory=list)
    interval_95_models_and_queries: list[float] | None = field(default=None, metadata=ABSENT)
    first: Separation | None = field(default=None, metadata=ABSENT)
    second: Separation | None = field(default=None, metadata=ABSENT)
    leak: LeakedQueries | None = field(default=None, metadata=ABSENT)


@dataclass(frozen=True)
class Validity:
    """The agreement of two test sets in both directions; `of` says whose figures these are."""

    sets: list[str]
    of: str
    t2v: Agreement
    v2t: Agreement

    def to_dict(self) -> Json:
        """What `svta report --validity --json` prints."""
        values: Json = to_json(self)
        return values


def separable_pairs(names: Sequence[str], figures: Sequence[float], queries: int) -> Separation:
    """Which pairs of models R@K percentages over `queries` queries tell apart at 95 %, Bonferroni over the pairs.

    Unpaired, for published figures: runs with ranks are compared in pairs and more sharply by significance.compare.
    """
    pairs = list(combinations(range(len(names)), 2))
    limit = NormalDist().inv_cdf(1 - 0.05 / (2 * max(len(pairs), 1)))
    shares = np.asarray(figures, dtype=np.float64) / 100
    if not ((shares >= 0) & (shares <= 1)).all():
        raise MetricsError(f"R@K of {', '.join(names)}: percentages from 0 to 100 are needed")
    apart = []
    for i, j in pairs:
        spread = math.sqrt((shares[i] * (1 - shares[i]) + shares[j] * (1 - shares[j])) / queries)
        if abs(shares[i] - shares[j]) > limit * spread:
            apart.append([names[i], names[j]])
    half = [100 * Z_95 * math.sqrt(p * (1 - p) / queries) for p in shares]
    return Separation(queries, len(pairs), apart, [round(h, 2) for h in half])


def agreement(
    rows_a: Sequence[PublishedRow],
    rows_b: Sequence[PublishedRow],
    *,
    way: Way,
    queries: tuple[int, int] | None = None,
    statistic: str = "R@1",
    columns: Sequence[str] = COLUMNS,
    seed: int = 0,
) -> Agreement:
    """Agreement of two published tables over the methods that both hold.

    tau with two intervals (over models; over models and queries) and, for recalls, which pairs each set tells apart.
    """
    if statistic not in columns:
        raise MetricsError(f"these tables have no {statistic}, only {', '.join(columns)}")
    column = list(columns).index(statistic)
    other = {row.method: _figure(row, way, column) for row in rows_b}
    shared = [row for row in rows_a if row.method in other]
    if len(shared) < 2:
        raise MetricsError(f"{len(shared)} methods are in both tables: at least 2 are needed")
    names = [row.method for row in shared]
    a, b = [_figure(row, way, column) for row in shared], [other[name] for name in names]
    if not np.isfinite([a, b]).all():
        raise MetricsError(f"{way} {statistic} of {', '.join(names)}: a figure that is not a number cannot be compared")
    with_queries = queries is not None and statistic.startswith("R@")
    separations = [separable_pairs(names, *side) for side in zip((a, b), queries)] if queries and with_queries else []
    return Agreement(
        statistic,
        names,
        kendall_tau(a, b),
        interval_95_models=tau_interval(a, b, seed=seed),
        interval_95_models_and_queries=tau_interval(a, b, queries, seed=seed) if with_queries else None,
        first=separations[0] if separations else None,
        second=separations[1] if separations else None,
    )


def _figure(row: PublishedRow, way: Way, column: int) -> float:
    if len(row.of(way)) <= column:
        raise MetricsError(f"{row.method}: {len(row.of(way))} {way} figures, fewer than there are columns")
    return row.of(way)[column]


def paper_validity(statistic: str = "R@1") -> Validity:
    """The paper's seven models: SVTA test (8,263 queries by the stated ratio) against zero-shot UCFCrime-AR (290)."""
    return _of_tables(paper(), ["SVTA test", "UCFCrime-AR, zero-shot"], "the paper", statistic)


def validity(places: Sequence[str | Path], statistic: str = "R@1") -> Validity:
    """Of run folders, of one JSON file of tables, or (without either) of the paper.

    Raises MetricsError if there are not two test sets with two models in common.
    """
    recall_of(statistic)
    paths = [Path(place) for place in places]
    if not paths:
        return paper_validity(statistic)
    if len(paths) == 1 and paths[0].is_file():
        published = read_published(paths[0])
        if len(published.tables) != 2:
            raise MetricsError(f"{paths[0]}: two tables are needed, these are {len(published.tables)}")
        return _of_tables(published, [table.name for table in published.tables], paths[0].name, statistic)
    return _of_runs([read_results(path) for path in paths], statistic)


def validity_text(checked: Validity) -> str:
    """The same for a person."""
    first, second = checked.sets
    lines = [f"does rank on {first} predict rank on {second}? ({checked.of})"]
    for way, side in zip(WAYS, (checked.t2v, checked.v2t)):
        lines += _agreement_lines(WAY_NAMES[way], side, first, second)
    if len(checked.t2v.models) < 10:
        lines.append("few models: an interval this wide says little; tau alone says less")
    return "\n".join(lines)


def _agreement_lines(direction: str, agreed: Agreement, first: str, second: str) -> list[str]:
    narrow, wide = agreed.interval_95_models, agreed.interval_95_models_and_queries
    tau = "not defined: no order among them" if math.isnan(agreed.tau) else f"{agreed.tau:.2f}"
    lines = [f"{direction}, {agreed.statistic}, {len(agreed.models)} models: Kendall tau {tau}"]
    named = (("over models", narrow), ("over models and queries", wide))
    if spans := [f"{ends[0]:.2f} to {ends[1]:.2f} {over}" for over, ends in named if ends and ends[0] < ends[1]]:
        lines.append(f"  95 % interval {', '.join(spans)}")
    for name, side in ((first, agreed.first), (second, agreed.second)):
        if side is not None:
            apart = ", ".join(f"{a} / {b}" for a, b in side.told_apart[:12]) or "none"
            more = ", ..." if len(side.told_apart) > 12 else ""
            lines.append(
                f"  {name} ({side.queries:,} queries) tells {len(side.told_apart)} of {side.pairs} pairs "
                f"apart: {apart}{more}"
            )
    if (leak := agreed.leak) is not None:
        lines.append(f"  {second} is part of {first}; {agreed.statistic} on what it leaves out / on what it keeps:")
        lines += [f"    {row.model}: {row.left_out:.1f} / {row.kept:.1f}" for row in leak.rows]
    return lines


def _of_tables(published: Published, names: list[str], of: str, statistic: str) -> Validity:
    first, second = published.tables
    queries = (first.queries, second.queries) if first.queries and second.queries else None
    ways = (
        agreement(first.rows, second.rows, way=way, queries=queries, statistic=statistic, columns=published.columns)
        for way in WAYS
    )
    return Validity(names, of, *ways)


def _of_runs(runs: Sequence[EvalResult], statistic: str) -> Validity:
    sets = _by_test_set(runs, lambda run: run.config.model or run.name) or _by_test_set(runs, lambda run: run.name)
    if sets is None:
        raise MetricsError("two of the runs are of the same model, by config.json and by name, on the same clips")
    if len(sets) != 2:
        raise MetricsError(
            f"the runs are of {len(sets)} test sets: evaluate the same models on two, then name all runs"
        )
    (keys_a, first), (keys_b, second) = sets.items()
    if set(keys_a[1:]) < set(keys_b[1:]):
        (keys_a, first), (keys_b, second) = (keys_b, second), (keys_a, first)
    models = [model for model in first if model in second]
    if len(models) < 2:
        raise MetricsError(f"{len(models)} models are evaluated on both test sets: at least 2 are needed")
    names = [_set_name(side[models[0]]) for side in (first, second)]
    if names[0] == names[1]:
        names = [f"{name}, {len(keys) - 1:,} clips" for name, keys in zip(names, (keys_a, keys_b))]
    sides = [[side[model] for model in models] for side in (first, second)]
    kept = set(keys_b[1:]) if set(keys_b[1:]) < set(keys_a[1:]) else None
    return Validity(
        names, f"{len(models)} models of ours", *(_of_sides(sides, models, way, statistic, kept) for way in WAYS)
    )


def _by_test_set(
    runs: Sequence[EvalResult], model: Callable[[EvalResult], str]
) -> dict[TestSet, dict[str, EvalResult]] | None:
    """Runs by test set, then by model; None if two runs of a set are of one model."""
    sets: dict[TestSet, dict[str, EvalResult]] = {}
    for run in runs:
        known = sets.setdefault((str(run.config.split), *sorted(run.ranks.key)), {})
        if known.setdefault(model(run), run) is not run:
            return None
    return sets


def _of_sides(
    sides: Sequence[Sequence[EvalResult]], models: list[str], way: Way, statistic: str, kept: set[str] | None
) -> Agreement:
    """Agreement of the same models' runs on two test sets; kept: keys of the smaller where it is part of the larger."""
    ranks = [[_aligned(run, runs[0], way) for run in runs] for runs in sides]
    a, b = ([run.figure(statistic) for run in side] for side in ranks)  # of lower ranks both orders are turned round
    drawn = [_drawn(side, runs[0], way, statistic, seed) for seed, (side, runs) in enumerate(zip(ranks, sides))]
    with_queries = (
        interval_of_taus(drawn[0], drawn[1], rng=np.random.default_rng([0, 2]))  # [0, 0] and 0 are one stream
        if drawn[0] is not None and drawn[1] is not None
        else None
    )
    first, second = (_separation(runs, models, way, statistic) for runs in sides)
    left_out = None if kept is None else _left_out(sides[0], models, kept, way, statistic)
    figures = {"first": a, "second": b}
    return Agreement(
        statistic, models, kendall_tau(a, b), figures, tau_interval(a, b), with_queries, first, second, left_out
    )


def _drawn(ranks: Sequence[Ranks], like: EvalResult, way: Way, statistic: str, seed: int) -> Floats | None:
    """Figures [draws, models] when whole components of queries are drawn; None if the figure is not a mean."""
    codes = group_codes(like.ranks.components[like.ranks.queries(way)].tolist(), len(ranks[0]))
    columns = []
    for run in ranks:
        if (points := run.points(statistic)) is None:
            return None
        rng = np.random.default_rng([seed, 0])  # the same queries for all models
        columns.append(drawn_means(points, codes, DRAWS // 2, rng, int(codes.max()) + 1))
    return np.stack(columns, axis=1)


def _separation(runs: Sequence[EvalResult], models: Sequence[str], way: Way, statistic: str) -> Separation:
    """The pairs that paired tests tell apart, with Holm's correction."""
    pairs = list(combinations(range(len(models)), 2))
    tests = [compare_runs(runs[i].ranks, runs[j].ranks, way=way, statistic=statistic, draws=1_000) for i, j in pairs]
    corrected = holm([test.p for test in tests])
    apart = [[models[i], models[j]] for (i, j), p in zip(pairs, corrected) if p < 0.05]
    return Separation(len(runs[0].ranks), len(pairs), apart)


def _aligned(run: EvalResult, like: EvalResult, way: Way) -> Ranks:
    """The run's ranks of one direction's queries, in the order of another run's. Raises MetricsError."""
    order = paired_rows(like.ranks, run.ranks)
    ranks = run.ranks.ranked(way).take(order[like.ranks.queries(way)])
    if not np.isfinite(ranks.rank).all():
        raise MetricsError(f"{run.folder}: ranks that are not numbers cannot be compared")
    return ranks


def _left_out(
    runs: Sequence[EvalResult], models: Sequence[str], kept: set[str], way: Way, statistic: str
) -> LeakedQueries:
    rows, table = [], runs[0].ranks
    inside = np.array([table.key[row] in kept for row in table.queries(way)])
    for model, run in zip(models, runs):
        ranks = _aligned(run, runs[0], way)
        left_out, remaining = (ranks.take(mask).figure(statistic) for mask in (~inside, inside))
        rows.append(LeakedRow(model, left_out, remaining))
    return LeakedQueries(int((~inside).sum()), int(inside.sum()), rows)


def _set_name(run: EvalResult) -> str:
    return f"{run.config.data or '?'} {run.config.split or ''}".strip()
