"""Is one run better than another? Bootstrap intervals and paired tests over whole groups of clips. Pure numpy.

Reads ranks (a RankTable, or Direction.ranked) and the group of each query; writes nothing. Connected queries (of one
source video, or with the same caption) are one group and are drawn together: they are not independent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from svta.builder.errors import quantity

from .rank_table import RankTable
from .ranks import Floats, Ints, MetricsError, Ranks, as_ranks
from .retrieval import Way

DRAWS: Final = 2_000  # of a paired test
BOOTSTRAPS: Final = 1_000  # of the interval of one figure


@dataclass(frozen=True)
class PairedTest:
    """Run b against run a on the same queries. difference = b - a; p: how often chance alone differs as much.

    low, high: the ends of the 95 % interval of the difference; None if it would say nothing.
    """

    statistic: str
    value_a: float
    value_b: float
    difference: float
    low: float | None
    high: float | None
    p: float
    queries: int
    groups: int


def group_codes(groups: Sequence[object] | None, count: int) -> Ints:
    """Numbers of the groups [count]; every query by itself if there are none, or if its group is None."""
    if groups is None:
        return np.arange(count)
    if len(groups) != count:
        raise MetricsError(f"{len(groups)} groups for {count} queries")
    names = [f"query {i}" if group is None else f"group {group}" for i, group in enumerate(groups)]
    return np.unique(names, return_inverse=True)[1]


def bootstrap(
    ranks: Ranks | npt.ArrayLike,
    *,
    statistic: str = "R@1",
    groups: Sequence[object] | None = None,
    query_of_rank: Ints | None = None,
    draws: int = BOOTSTRAPS,
    seed: int = 0,
) -> tuple[float, float] | None:
    """The ends of the 95 % percentile bootstrap interval of one figure; whole groups are drawn with replacement.

    None if an interval says nothing: one group alone, or every query adds the same (all right, none right).
    query_of_rank: the query that each rank belongs to, where a query has several ranks or none (ties "official", see
    Direction); `groups` are then those of the queries. Raises MetricsError for no ranks.
    """
    ranks = as_ranks(ranks)
    if not len(ranks):
        raise MetricsError("no ranks to draw from")
    codes = group_codes(groups, len(ranks) if query_of_rank is None or groups is None else len(groups))
    num_groups = int(codes.max()) + 1
    codes = codes if query_of_rank is None else codes[query_of_rank]
    rng = np.random.default_rng(seed)
    if (points := ranks.points(statistic)) is not None:
        drawn = drawn_means(points, codes, draws, rng, num_groups)
    else:
        drawn = np.array([np.median(ranks.rank[chosen]) for chosen in _drawn(codes, draws, rng)])
    return interval_ends(drawn[np.isfinite(drawn)])


def compare(
    a: Ranks | npt.ArrayLike,
    b: Ranks | npt.ArrayLike,
    *,
    statistic: str = "R@1",
    groups: Sequence[object] | None = None,
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> PairedTest:
    """Paired test of two runs' ranks of the same queries, in the same order.

    The interval is a bootstrap over groups (none over one group alone, or where every query differs by the same); p is
    a randomisation test that swaps the two runs in whole groups. Both are repeatable by seed. Raises MetricsError when
    the runs do not pair.
    """
    a, b = as_ranks(a), as_ranks(b)
    if len(a) != len(b) or not len(a):
        raise MetricsError(f"runs of {len(a)} and {len(b)} ranks do not pair")
    if not (np.isfinite(a.rank).all() and np.isfinite(b.rank).all()):
        raise MetricsError("ranks that are not numbers cannot be compared")
    codes = group_codes(groups, len(a))
    num_groups = int(codes.max()) + 1
    value_a, value_b = a.figure(statistic), b.figure(statistic)
    first, second = a.points(statistic), b.points(statistic)
    if first is None or second is None:
        drawn, swapped = _resampled_medians(a.rank, b.rank, codes, draws, seed)
    else:
        drawn, swapped = _resampled_means(second - first, codes, draws, seed)
    low, high = interval_ends(drawn, level) or (None, None)
    extreme = int(np.count_nonzero(np.abs(swapped) >= abs(value_b - value_a) - 1e-9))
    p = (extreme + 1) / (draws + 1)
    return PairedTest(statistic, value_a, value_b, value_b - value_a, low, high, p, len(a), num_groups)


def interval_ends(drawn: Floats, level: float = 0.95) -> tuple[float, float] | None:
    """The ends of a percentile interval; None if it has no width and says nothing."""
    low, high = (float(end) for end in np.quantile(drawn, ((1 - level) / 2, (1 + level) / 2)))
    return (low, high) if high - low > 1e-9 * max(1.0, abs(high)) else None


def wilson(share: float, count: float, z: float = 1.959964) -> tuple[float, float]:
    """The 95 % interval of a share of `count` trials, in percent (Wilson 1927); 0 to 100 if there is none."""
    if count < 1:
        return 0.0, 100.0
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return round(100 * max(0.0, middle - half), 1), round(100 * min(1.0, middle + half), 1)


def _resampled_means(gain: Floats, codes: Ints, draws: int, seed: int) -> tuple[Floats, Floats]:
    """Mean gains (when groups are drawn with replacement, when the two runs are swapped group by group)."""
    resample, swaps = np.random.default_rng([seed, 0]), np.random.default_rng([seed, 1])
    num_groups = int(codes.max()) + 1
    by_group = np.bincount(codes, weights=gain)
    signs = (np.where(swaps.random((few, num_groups)) < 0.5, -1.0, 1.0) for few in _portions(draws, num_groups))
    swapped = np.concatenate([sign @ by_group for sign in signs]) / len(gain)
    return drawn_means(gain, codes, draws, resample, num_groups), swapped


def _resampled_medians(first: Floats, second: Floats, codes: Ints, draws: int, seed: int) -> tuple[Floats, Floats]:
    """As _resampled_means, for differences of medians."""
    resample, swaps = np.random.default_rng([seed, 0]), np.random.default_rng([seed, 1])
    drawn = [np.median(second[chosen]) - np.median(first[chosen]) for chosen in _drawn(codes, draws, resample)]
    masks = (swaps.random(int(codes.max()) + 1)[codes] < 0.5 for _ in range(draws))
    swapped = [np.median(np.where(o, first, second)) - np.median(np.where(o, second, first)) for o in masks]
    return np.array(drawn), np.array(swapped)


def compare_runs(
    a: RankTable, b: RankTable, *, way: Way = "t2v", statistic: str = "R@1", draws: int = DRAWS
) -> PairedTest:
    """`compare` on the ranks of two runs, paired by key; connected queries (RankTable.components) are drawn together.

    Raises MetricsError when the two galleries or captions differ: ranks in other galleries cannot be compared.
    """
    order = paired_rows(a, b)
    queries = a.queries(way)
    if len(b.queries(way)) != len(queries):
        raise MetricsError(f"the two runs have different {way} queries")
    first, second = a.ranked(way).take(queries), b.ranked(way).take(order[queries])
    return compare(first, second, statistic=statistic, groups=a.components[queries].tolist(), draws=draws)


def paired_rows(a: RankTable, b: RankTable) -> Ints:
    """The rows of `b` in the order of `a`'s keys. Raises MetricsError when galleries or captions differ."""
    if sorted(a.key) != sorted(b.key):
        only = sorted(set(a.key) ^ set(b.key))
        reason = (
            f"{quantity(len(only), 'caption', 'is')} in only one, e.g. that of {only[0]}" if only else "keys repeat"
        )
        raise MetricsError(f"the two runs ranked different captions: {reason}")
    row_of = {key: i for i, key in enumerate(b.key)}
    order = [row_of[key] for key in a.key]
    if a.caption is not None and b.caption is not None and a.caption != [b.caption[i] for i in order]:
        raise MetricsError("the two runs have different queries: captions of the same clips differ")
    return np.array(order, np.int64)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's correction for testing several pairs at once."""
    order = np.argsort(p_values)
    corrected, worst = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        worst = max(worst, min(1.0, float(p_values[index]) * (len(p_values) - rank)))
        corrected[index] = worst
    return corrected


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
