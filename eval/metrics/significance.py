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

from .retrieval import MetricsError, recall_at

Floats = npt.NDArray[np.float64]
Statistic = Callable[[Floats], float]
DRAWS: Final = 2_000


@dataclass(frozen=True)
class Interval:
    """A figure with the ends of its bootstrap interval."""

    value: float
    low: float
    high: float


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
    if name.startswith("R@") and name[2:].isdecimal() and int(name[2:]) > 0:
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
    figure, codes = statistic_of(statistic), group_codes(groups, len(values))
    if not len(values):
        raise MetricsError("no ranks to draw from")
    if (points := points_of(statistic, values)) is not None:
        found = drawn_means(points, codes, draws, seed)
    else:
        found = np.array([figure(values[chosen]) for chosen in _drawn(codes, draws, seed)])
    low, high = np.quantile(found, ((1 - level) / 2, (1 + level) / 2))
    return Interval(float(figure(values)), float(low), float(high))


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
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise MetricsError("ranks that are no numbers cannot be compared")
    figure, codes = statistic_of(statistic), group_codes(groups, len(first))
    observed = figure(second) - figure(first)
    points = points_of(statistic, first), points_of(statistic, second)
    swaps = np.random.default_rng([seed, 1])
    if points[0] is not None and points[1] is not None:
        gain = points[1] - points[0]
        drawn = drawn_means(gain, codes, draws, seed)
        by_group = np.bincount(codes, weights=gain)
        signs = (np.where(swaps.random((few, len(by_group))) < 0.5, -1.0, 1.0) for few in _portions(draws, codes))
        swapped = np.concatenate([sign @ by_group for sign in signs]) / len(gain)
    else:
        drawn = np.array([figure(second[chosen]) - figure(first[chosen]) for chosen in _drawn(codes, draws, seed)])
        others = (swaps.random(codes.max() + 1)[codes] < 0.5 for _ in range(draws))
        swapped = np.array([figure(np.where(o, first, second)) - figure(np.where(o, second, first)) for o in others])
    low, high = np.quantile(drawn, ((1 - level) / 2, (1 + level) / 2))
    extreme = int(np.count_nonzero(np.abs(swapped) >= abs(observed) - 1e-9))
    p = (extreme + 1) / (draws + 1)
    ends = float(low), float(high)
    return Comparison(
        statistic,
        float(figure(first)),
        float(figure(second)),
        float(observed),
        *ends,
        p,
        len(first),
        int(codes.max()) + 1,
    )


def compare_runs(
    a: dict[str, list[Any]], b: dict[str, list[Any]], *, way: str = "t2v", statistic: str = "R@1", **options: Any
) -> Comparison:
    """`compare` on two ranks.parquet as columns (results.Results.ranks), paired by key.

    Raises MetricsError when the two galleries or captions differ: ranks in other galleries cannot be compared.
    """
    if sorted(a["key"]) != sorted(b["key"]):
        only = sorted(set(a["key"]) ^ set(b["key"]))
        told = f"{len(only)} clips are in one alone, e.g. {only[0]}" if only else "keys repeat"
        raise MetricsError(f"the two runs ranked other galleries: {told}")
    place = {key: i for i, key in enumerate(b["key"])}
    order = [place[key] for key in a["key"]]
    if "caption" in a and "caption" in b and a["caption"] != [b["caption"][i] for i in order]:
        raise MetricsError("the two runs asked other questions: captions of the same clips differ")
    if f"{way}_rank" not in a or f"{way}_rank" not in b:
        raise MetricsError(f"one of the two runs holds no {way} ranks: it is of an older version, run svta eval again")
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


def points_of(statistic: str, ranks: Floats) -> Floats | None:
    """What each query adds to a figure that is a mean over queries (R@K in percent, MnR); None for a median."""
    if statistic == "MnR":
        return ranks
    return np.multiply(100.0, ranks <= int(statistic[2:])) if statistic.startswith("R@") else None


def _portions(draws: int, codes: npt.NDArray[np.int64]) -> list[int]:
    """Draws in portions of about 8 MB each, however many groups there are."""
    most = max(1, 1_000_000 // (int(codes.max()) + 1))
    return [min(most, draws - start) for start in range(0, draws, most)]


def drawn_means(points: Floats, codes: npt.NDArray[np.int64], draws: int, seed: int) -> Floats:
    """Means over queries when whole groups are drawn with replacement: as _drawn, 50 times faster."""
    rng = np.random.default_rng([seed, 0])
    sums, sizes = np.bincount(codes, weights=points), np.bincount(codes).astype(np.float64)
    even = np.full(len(sums), 1 / len(sums))
    times = (rng.multinomial(len(sums), even, few).astype(np.float64) for few in _portions(draws, codes))
    return np.concatenate([(drawn @ sums) / (drawn @ sizes) for drawn in times])


def _drawn(codes: npt.NDArray[np.int64], draws: int, seed: int) -> Any:
    rng = np.random.default_rng([seed, 0])
    order = np.argsort(codes, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
    plain = len(members) == len(codes)
    for _ in range(draws):
        chosen = rng.integers(len(members), size=len(members))
        yield order[chosen] if plain else np.concatenate([members[i] for i in chosen])
