"""Is one run better than another? Bootstrap intervals and paired tests over whole groups of clips. Pure numpy.

Reads ranks (of ranks.parquet, or Direction.ranks) and the group of each query; writes nothing. Clips of one group (the
same source video, the same caption) are drawn together: they are not independent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from .metrics import MetricsError, recall_at

Floats = npt.NDArray[np.float64]
Statistic = Callable[[Floats], float]
DRAWS: Final = 2_000


@dataclass(frozen=True)
class Interval:
    """A figure with the ends of its bootstrap interval."""

    value: float
    low: float
    high: float

    def as_list(self) -> list[float]:
        """[low, high], as metrics.json holds it."""
        return [self.low, self.high]


@dataclass(frozen=True)
class Comparison:
    """Run b against run a on the same queries. difference = b - a; p: how often chance alone differs as much."""

    statistic: str
    a: float
    b: float
    difference: float
    low: float
    high: float
    p: float
    queries: int
    groups: int

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


def statistic_of(name: str) -> Statistic:
    """`R@K`, MdR or MnR as a function of ranks. Raises MetricsError."""
    if name.startswith("R@") and name[2:].isdigit():
        k = int(name[2:])
        return lambda ranks: recall_at(ranks, k)
    if name not in ("MdR", "MnR"):
        raise MetricsError(f"statistic {name!r}: R@1, R@5, ..., MdR or MnR")
    return lambda ranks: float(np.median(ranks) if name == "MdR" else np.mean(ranks))


def group_codes(groups: Sequence[Any] | None, count: int) -> npt.NDArray[np.int64]:
    """Numbers of the groups [count]; every query by itself where there are none, or where its group is None."""
    if groups is None:
        return np.arange(count)
    if len(groups) != count:
        raise MetricsError(f"{len(groups)} groups for {count} queries")
    names = [f"query {i}" if group is None else f"group {group}" for i, group in enumerate(groups)]
    return np.unique(names, return_inverse=True)[1]


def bootstrap(
    ranks: npt.ArrayLike,
    *,
    statistic: str = "R@1",
    groups: Sequence[Any] | None = None,
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> Interval:
    """Percentile bootstrap of one figure; whole groups are drawn with replacement. Raises MetricsError for no ranks."""
    values = np.asarray(ranks, dtype=np.float64)
    figure = statistic_of(statistic)
    if not len(values):
        raise MetricsError("no ranks to draw from")
    found = [figure(values[chosen]) for chosen in _drawn(group_codes(groups, len(values)), draws, seed)]
    low, high = np.quantile(found, ((1 - level) / 2, (1 + level) / 2))
    return Interval(figure(values), float(low), float(high))


def compare(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    *,
    statistic: str = "R@1",
    groups: Sequence[Any] | None = None,
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> Comparison:
    """Paired comparison of two runs' ranks of the same queries, in the same order.

    The interval is a bootstrap over groups; p is a randomisation test that swaps the two runs in whole groups. Both are
    repeatable by seed. Raises MetricsError when the runs do not pair.
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.shape != second.shape or first.ndim != 1 or not len(first):
        raise MetricsError(f"runs of {first.shape} and {second.shape} ranks do not pair")
    figure, codes = statistic_of(statistic), group_codes(groups, len(first))
    observed = figure(second) - figure(first)
    drawn = [figure(second[chosen]) - figure(first[chosen]) for chosen in _drawn(codes, draws, seed)]
    low, high = np.quantile(drawn, ((1 - level) / 2, (1 + level) / 2))
    swaps = np.random.default_rng([seed, 1]).random((draws, codes.max() + 1)) < 0.5
    extreme = 0
    for swap in swaps:
        other = swap[codes]
        swapped = figure(np.where(other, first, second)) - figure(np.where(other, second, first))
        extreme += abs(swapped) >= abs(observed) - 1e-12
    p = (extreme + 1) / (draws + 1)
    ends = float(low), float(high)
    return Comparison(statistic, figure(first), figure(second), observed, *ends, p, len(first), int(codes.max()) + 1)


def compare_runs(
    a: dict[str, list[Any]], b: dict[str, list[Any]], *, way: str = "t2v", statistic: str = "R@1", **options: Any
) -> Comparison:
    """`compare` on two ranks.parquet as columns (results.Results.ranks), paired by key.

    Raises MetricsError when the two galleries differ: ranks in other galleries cannot be compared.
    """
    if sorted(a["key"]) != sorted(b["key"]):
        only = sorted(set(a["key"]) ^ set(b["key"]))
        raise MetricsError(f"the two runs ranked other galleries: {len(only)} clips are in one alone, e.g. {only[0]}")
    place = {key: i for i, key in enumerate(b["key"])}
    order = [place[key] for key in a["key"]]
    ranks = np.asarray(b[f"{way}_rank"], dtype=np.float64)[order]
    return compare(a[f"{way}_rank"], ranks, statistic=statistic, groups=a.get("group"), **options)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's correction for testing several pairs at once."""
    order = np.argsort(p_values)
    corrected, worst = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        worst = max(worst, min(1.0, float(p_values[index]) * (len(p_values) - rank)))
        corrected[index] = worst
    return corrected


def _drawn(codes: npt.NDArray[np.int64], draws: int, seed: int) -> Any:
    rng = np.random.default_rng([seed, 0])
    order = np.argsort(codes, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
    plain = len(members) == len(codes)
    for _ in range(draws):
        chosen = rng.integers(len(members), size=len(members))
        yield order[chosen] if plain else np.concatenate([members[i] for i in chosen])
