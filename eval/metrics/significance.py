"""Is one run better than another? Bootstrap intervals and paired tests over whole groups of clips. Pure numpy.

Reads ranks (a RankTable, or Direction.ranks) and the group of each query; writes nothing. Clips of one group (the same
source video) are drawn together: they are not independent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from .rank_table import RankTable
from .retrieval import MetricsError, Way, recall_at

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Statistic = Callable[[Floats], float]
DRAWS: Final = 2_000  # of a paired test
BOOTSTRAPS: Final = 1_000  # of the interval of one figure


@dataclass(frozen=True)
class PairedTest:
    """Run b against run a on the same queries. difference = b - a; p: how often chance alone differs as much."""

    statistic: str
    value_a: float
    value_b: float
    difference: float
    low: float
    high: float
    p: float
    queries: int
    groups: int


def statistic_of(name: str) -> Statistic:
    """`R@K`, MdR or MnR as a function of ranks. Raises MetricsError."""
    if name.startswith("R@") and name[2:].isdecimal() and int(name[2:]) > 0:
        k = int(name[2:])
        return lambda ranks: recall_at(ranks, k)
    if name not in ("MdR", "MnR"):
        raise MetricsError(f"statistic {name!r}: R@1, R@5, ..., MdR or MnR")
    return lambda ranks: float(np.median(ranks) if name == "MdR" else np.mean(ranks))


def group_codes(groups: Sequence[object] | None, count: int) -> Ints:
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
    groups: Sequence[object] | None = None,
    query_of_rank: Ints | None = None,
    draws: int = BOOTSTRAPS,
    seed: int = 0,
) -> tuple[float, float]:
    """The ends of the 95 % percentile bootstrap interval of one figure; whole groups are drawn with replacement.

    query_of_rank: the query that each rank belongs to, where a query has several ranks or none (ties "official", see
    Direction); `groups` are then those of the queries. Raises MetricsError for no ranks.
    """
    values = np.asarray(ranks, dtype=np.float64)
    if not len(values):
        raise MetricsError("no ranks to draw from")
    codes = group_codes(groups, len(values) if query_of_rank is None or groups is None else len(groups))
    num_groups = int(codes.max()) + 1
    codes = codes if query_of_rank is None else codes[query_of_rank]
    rng = np.random.default_rng(seed)
    if (points := points_of(statistic, values)) is not None:
        drawn = drawn_means(points, codes, draws, rng, num_groups)
    else:
        figure = statistic_of(statistic)
        drawn = np.array([figure(values[chosen]) for chosen in _drawn(codes, draws, rng)])
    low, high = np.quantile(drawn[np.isfinite(drawn)], (0.025, 0.975))
    return float(low), float(high)


def compare(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    *,
    statistic: str = "R@1",
    groups: Sequence[object] | None = None,
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> PairedTest:
    """Paired test of two runs' ranks of the same queries, in the same order.

    The interval is a bootstrap over groups; p is a randomisation test that swaps the two runs in whole groups. Both are
    repeatable by seed. Raises MetricsError when the runs do not pair.
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.shape != second.shape or first.ndim != 1 or not len(first):
        raise MetricsError(f"runs of {first.shape} and {second.shape} ranks do not pair")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise MetricsError("ranks that are no numbers cannot be compared")
    figure, codes = statistic_of(statistic), group_codes(groups, len(first))
    num_groups = int(codes.max()) + 1
    value_a, value_b = float(figure(first)), float(figure(second))
    drawn, swapped = _resampled(statistic, first, second, codes, draws, seed)
    low, high = np.quantile(drawn, ((1 - level) / 2, (1 + level) / 2))
    extreme = int(np.count_nonzero(np.abs(swapped) >= abs(value_b - value_a) - 1e-9))
    p = (extreme + 1) / (draws + 1)
    return PairedTest(
        statistic, value_a, value_b, value_b - value_a, float(low), float(high), p, len(first), num_groups
    )


def _resampled(
    statistic: str, first: Floats, second: Floats, codes: Ints, draws: int, seed: int
) -> tuple[Floats, Floats]:
    """(differences when groups are drawn with replacement, differences when the runs are swapped group by group)."""
    resample, swaps = np.random.default_rng([seed, 0]), np.random.default_rng([seed, 1])
    points = points_of(statistic, first), points_of(statistic, second)
    num_groups = int(codes.max()) + 1
    if points[0] is not None and points[1] is not None:
        gain = points[1] - points[0]
        by_group = np.bincount(codes, weights=gain)
        signs = (np.where(swaps.random((few, num_groups)) < 0.5, -1.0, 1.0) for few in _portions(draws, num_groups))
        swapped = np.concatenate([sign @ by_group for sign in signs]) / len(gain)
        return drawn_means(gain, codes, draws, resample, num_groups), swapped
    figure = statistic_of(statistic)
    drawn = np.array([figure(second[chosen]) - figure(first[chosen]) for chosen in _drawn(codes, draws, resample)])
    masks = (swaps.random(num_groups)[codes] < 0.5 for _ in range(draws))
    swapped = np.array([figure(np.where(o, first, second)) - figure(np.where(o, second, first)) for o in masks])
    return drawn, swapped


def compare_runs(
    a: RankTable, b: RankTable, *, way: Way = "t2v", statistic: str = "R@1", draws: int = DRAWS
) -> PairedTest:
    """`compare` on the ranks of two runs, paired by key.

    Raises MetricsError when the two galleries or captions differ: ranks in other galleries cannot be compared.
    """
    if sorted(a.key) != sorted(b.key):
        only = sorted(set(a.key) ^ set(b.key))
        reason = f"{len(only)} clips are in one alone, e.g. {only[0]}" if only else "keys repeat"
        raise MetricsError(f"the two runs ranked other galleries: {reason}")
    row_of = {key: i for i, key in enumerate(b.key)}
    order = [row_of[key] for key in a.key]
    if a.caption is not None and b.caption is not None and a.caption != [b.caption[i] for i in order]:
        raise MetricsError("the two runs have other queries: captions of the same clips differ")
    first, second = a.ranks(way), b.ranks(way)
    if first is None or second is None:
        raise MetricsError(f"one of the two runs holds no {way} ranks: it is of an older version, run svta eval again")
    return compare(first, second[order], statistic=statistic, groups=a.group, draws=draws)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's correction for testing several pairs at once."""
    order = np.argsort(p_values)
    corrected, worst = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        worst = max(worst, min(1.0, float(p_values[index]) * (len(p_values) - rank)))
        corrected[index] = worst
    return corrected


def points_of(statistic: str, ranks: Floats) -> Floats | None:
    """What each query adds to a figure that is a mean over queries (R@K in percent, MnR); None for a median."""
    if statistic == "MnR":
        return ranks
    return np.multiply(100.0, ranks <= int(statistic[2:])) if statistic.startswith("R@") else None


def _portions(draws: int, num_groups: int) -> list[int]:
    """Draws in portions of about 8 MB each, however many groups there are."""
    most = max(1, 1_000_000 // num_groups)
    return [min(most, draws - start) for start in range(0, draws, most)]


def drawn_means(points: Floats, codes: Ints, draws: int, rng: np.random.Generator, num_groups: int) -> Floats:
    """Means over queries when whole groups are drawn with replacement: as _drawn, 50 times faster.

    A draw of groups that hold no query (num_groups may count such) has no mean: NaN.
    """
    sums = np.bincount(codes, weights=points, minlength=num_groups)
    sizes = np.bincount(codes, minlength=num_groups).astype(np.float64)
    even = np.full(num_groups, 1 / num_groups)
    times = (rng.multinomial(num_groups, even, few).astype(np.float64) for few in _portions(draws, num_groups))
    with np.errstate(invalid="ignore"):
        return np.concatenate([(drawn @ sums) / (drawn @ sizes) for drawn in times])


def _drawn(codes: Ints, draws: int, rng: np.random.Generator) -> Iterator[Ints]:
    order = np.argsort(codes, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
    plain = len(members) == len(codes)
    for _ in range(draws):
        chosen = rng.integers(len(members), size=len(members))
        yield order[chosen] if plain else np.concatenate([members[i] for i in chosen])
