"""What a report says, as data: every run with its intervals, paired tests between runs, the paper's rows apart.

Reads evaluations (EvalResult); writes nothing; `svta report` shows it as a page (page.py), as LaTeX and Markdown
(tables.py) and as JSON. Nothing in the JSON is NaN: a figure over nothing is null.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Final

from svta.eval.metrics.figures import BothWays, ResultsError, to_json
from svta.eval.metrics.retrieval import COLUMNS, WAYS, MetricsError, Way
from svta.eval.metrics.significance import PairedTest, compare_runs, holm
from svta.eval.retrieval.result import EvalResult, Json, Metrics

from .published import Published, paper
from .seeds import SeedSpread, seed_spreads

TESTED: Final = ("R@1", "R@5")
MOST_PAIRS: Final = 45  # of ten runs; more would take minutes and tell nothing after Holm's correction
_COPIED: Final = (
    *("gallery", "ties", "num_ranked", "num_nan", "bounds"),
    *("anomaly_or_normal", "category_level", "duplicates"),
)
_STAGES: Final = ("reranked", "leaks", "mteb", "zero_shot")


@dataclass(frozen=True)
class TableRow:
    """One line of a table of figures. intervals: the ends of R@1's 95 % interval, where there are any."""

    name: str
    figures: BothWays
    intervals: Mapping[Way, tuple[float, float] | None] = field(default_factory=dict)

    def figure(self, way: Way, column: str) -> float | None:
        """One figure; None if the run has none."""
        return self.figures.of(way).get(column)

    def ends(self, way: Way) -> tuple[float, float] | None:
        """The ends of R@1's interval."""
        return self.intervals.get(way)

    def to_dict(self) -> Json:
        """Plain JSON."""
        return {"name": self.name, **{way: to_json(self.figures.of(way)) for way in WAYS}}


@dataclass(frozen=True)
class Run:
    """An evaluation under the name that the report gives it."""

    name: str
    result: EvalResult

    @property
    def metrics(self) -> Metrics:
        """Its figures."""
        return self.result.metrics

    @property
    def row(self) -> TableRow:
        """Its headline figures."""
        return TableRow(self.name, self.metrics, {way: self.metrics.interval(way) for way in WAYS})

    @property
    def control_rows(self) -> list[TableRow]:
        """What it has to beat; controls that saw all test queries are kept apart."""
        controls = self.metrics.controls.items()
        return [TableRow(label, control) for label, control in controls if not control.transductive]

    @property
    def transductive_rows(self) -> list[TableRow]:
        """Every set of its figures whose scores saw all test queries."""
        dual = self.metrics.dual_softmax
        rows = [TableRow(f"{self.name}, {dual.method}", dual)] if dual is not None else []
        for label, control in self.metrics.controls.items():
            if control.transductive:
                rows.append(TableRow(f"{self.name}, {(control.method or label).replace('_', ' ')}", control))
        return rows

    def to_dict(self) -> Json:
        """Plain JSON."""
        metrics = to_json(self.metrics)
        return {
            "name": self.name,
            **{way: {column: self.metrics.of(way).get(column) for column in COLUMNS} for way in WAYS},
            "interval_95": metrics["interval_95"],
            **{key: metrics[key] for key in _COPIED if key in metrics},
            "by_category": metrics["by_category"],
            "controls": {row.name: to_json(row.figures) for row in self.control_rows},
            "trained_on_gallery": self.metrics.trained_on_gallery,
            "unreadable": len(self.metrics.unreadable),
            "config": self.result.config.to_dict(),
            **{key: metrics[key] for key in _STAGES if key in metrics},
        }


@dataclass(frozen=True)
class Pair:
    """Two runs, tested one way by one figure; or why they could not be tested. p_holm: p after Holm's correction."""

    a: str
    b: str
    way: Way = "t2v"
    test: PairedTest | None = None
    p_holm: float = 1.0
    refused: str | None = None

    @property
    def interval(self) -> str:
        """The ends of the difference's interval as text; a dash if there is none."""
        if self.test is None or self.test.low is None or self.test.high is None:
            return "–"
        return f"{self.test.low:+.1f} to {self.test.high:+.1f}"

    def to_dict(self) -> Json:
        """Plain JSON."""
        names = {"a": self.a, "b": self.b}
        if self.test is None:
            return {**names, "refused": self.refused}
        return {**names, "way": self.way, **to_json(self.test), "p_holm": self.p_holm}


@dataclass(frozen=True)
class Comparison:
    """One or several evaluations side by side.

    transductive: rows whose scores saw all test queries, kept out of every headline. pairs: paired tests of each two
    runs, or why there is none. seeds: the spread of runs that differ by seed alone.
    """

    runs: list[Run]
    pairs: list[Pair]
    paper: Published
    seeds: list[SeedSpread] = field(default_factory=list)

    @property
    def headline_rows(self) -> Iterator[TableRow]:
        """The rows of a headline table: the runs, each with its second stage below it."""
        for run in self.runs:
            yield run.row
            if (again := run.metrics.reranked) is not None:
                yield TableRow(f"{run.name}, top {again.top} re-ranked by {again.model}", again)

    @property
    def transductive_rows(self) -> list[TableRow]:
        """The rows that belong in no headline table."""
        return [row for run in self.runs for row in run.transductive_rows]

    @property
    def ties(self) -> list[str]:
        """The tie rules of the runs."""
        return sorted({run.metrics.ties for run in self.runs})

    def to_dict(self, *, with_paper: bool = False) -> Json:
        """What `svta report --json` prints."""
        return {
            "runs": [run.to_dict() for run in self.runs],
            "transductive": [row.to_dict() for row in self.transductive_rows],
            "pairs": [pair.to_dict() for pair in self.pairs],
            "seeds": to_json(self.seeds),
            **({"paper": to_json(self.paper)} if with_paper else {}),
        }


def comparison(results: Sequence[EvalResult]) -> Comparison:
    """The runs under names that differ, and their paired tests. Raises ResultsError without a run or for too many."""
    if not results:
        raise ResultsError("no evaluation to report")
    names = unique_names(results)
    rules = [result.metrics.ties for result in results]
    if len(set(rules)) > 1:  # figures counted in different ways share a table only under names that say so
        names = [f"{name} (ties: {rule})" for name, rule in zip(names, rules)]
    runs = [Run(name, result) for name, result in zip(names, results)]
    return Comparison(runs, _pairs(runs), paper(), seed_spreads(results, names))


def unique_names(results: Sequence[EvalResult]) -> list[str]:
    """The runs' names; where two are the same, with their folder, then with a number."""
    names = [result.name for result in results]
    if len(set(names)) < len(names):
        folders = [result.folder.name if result.folder is not None else "" for result in results]
        names = [f"{name} ({folder})" if names.count(name) > 1 else name for folder, name in zip(folders, names)]
    return [f"{name} #{names[: i + 1].count(name)}" if names.count(name) > 1 else name for i, name in enumerate(names)]


def _pairs(runs: Sequence[Run]) -> list[Pair]:
    """Paired tests of every two runs, figure by figure, with Holm's correction over the pairs."""
    pairs = list(combinations(runs, 2))
    if len(pairs) > MOST_PAIRS:
        raise ResultsError(f"{len(runs)} runs are {len(pairs)} pairs to test: report at most 10 at a time")
    rows: list[Pair] = []
    for first, second in pairs:
        try:
            rows += _tested(first, second)
        except MetricsError as error:
            rows.append(Pair(first.name, second.name, refused=str(error)))
    corrected: dict[int, float] = {}
    for way in WAYS:
        for statistic in TESTED:
            alike = {i: row.test.p for i, row in enumerate(rows) if row.test and _is_of(row, way, statistic)}
            corrected |= zip(alike, holm(list(alike.values())))
    return [replace(row, p_holm=corrected.get(i, 1.0)) for i, row in enumerate(rows)]


def _tested(a: Run, b: Run) -> list[Pair]:
    """Both directions by every tested figure. Raises MetricsError if the two do not pair."""
    ranks = a.result.ranks, b.result.ranks
    return [
        Pair(a.name, b.name, way, compare_runs(*ranks, way=way, statistic=statistic))
        for way in WAYS
        for statistic in TESTED
    ]


def _is_of(row: Pair, way: Way, statistic: str) -> bool:
    return row.way == way and row.test is not None and row.test.statistic == statistic
