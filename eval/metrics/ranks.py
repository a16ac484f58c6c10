"""Ranks of queries, and the figures made of them: R@K under a random order of ties, median and mean rank. Pure numpy.

Reads counts or ranks; writes nothing. The lowest file of the folder: matrices are ranked in retrieval.py, intervals are
drawn in significance.py, several right answers (a category, twins) are counted by `found_any`.

    Ranks(np.array([1.5, 3.0]), np.array([2, 1])).figure("R@1")   # 25.0: a two-way tie on top is found half the time
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from svta.builder.errors import SvtaError

Floats = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
RECALLS: Final = (1, 5, 10)
COLUMNS: Final = (*(f"R@{k}" for k in RECALLS), "MdR", "MnR")  # the figures of one direction, in every output


class MetricsError(SvtaError):
    """Scores, embeddings, ranks or groups that cannot be ranked or compared."""


@dataclass(frozen=True)
class Ranks:
    """Ranks [Q] from 1, and how many items share each true item's score.

    tied [Q]: counts the true item too; `rank` is then the middle of the tie. 0: the true score is NaN and is never
    found. None: no rank is a tie.
    """

    rank: Floats
    tied: Floats | None = None

    def __len__(self) -> int:
        return len(self.rank)

    def found(self, k: int) -> Floats:
        """float64 [Q]: the probability that the true item is among the first k when ties come in random order."""
        if self.tied is None:
            return (self.rank <= k).astype(np.float64)
        greater = self.rank - (self.tied - 1) / 2 - 1
        return np.where(self.tied > 0, np.clip((k - greater) / np.maximum(self.tied, 1), 0.0, 1.0), 0.0)

    def points(self, statistic: str) -> Floats | None:
        """What each query adds to a figure that is a mean over queries (R@K in percent, MnR); None for MdR."""
        if statistic == "MnR":
            return np.asarray(self.rank, np.float64)
        k = recall_of(statistic)
        return None if k is None else 100.0 * self.found(k)

    def figure(self, statistic: str) -> float:
        """`R@K` in percent, MdR or MnR; NaN over no query. Raises MetricsError for another name."""
        points = self.points(statistic)
        if not len(self.rank):
            return float("nan")
        return float(np.median(self.rank) if points is None else np.mean(points))

    def take(self, chosen: npt.ArrayLike) -> Ranks:
        """Some of the queries, by a mask or by positions."""
        index = np.asarray(chosen)
        return Ranks(self.rank[index], None if self.tied is None else self.tied[index])


def as_ranks(values: Ranks | npt.ArrayLike) -> Ranks:
    """Plain ranks as Ranks without ties. Raises MetricsError for more than one dimension."""
    if isinstance(values, Ranks):
        return values
    ranks = np.asarray(values, dtype=np.float64)
    if ranks.ndim != 1:
        raise MetricsError(f"ranks of {ranks.ndim} dimensions: one is needed")
    return Ranks(ranks)


def recall_of(statistic: str) -> int | None:
    """K of `R@K`; None for MdR and MnR. Raises MetricsError for any other name."""
    if statistic.startswith("R@") and statistic[2:].isdecimal() and int(statistic[2:]) > 0:
        return int(statistic[2:])
    if statistic not in ("MdR", "MnR"):
        raise MetricsError(f"statistic {statistic!r}: R@1, R@5, ..., MdR or MnR")
    return None


def found_any(greater: Ints, tied: Ints, right: Ints, k: int) -> Floats:
    """float64 [Q]: the probability that one of several right answers is among the first k, ties in random order.

    greater [Q]: items above the best right one; tied [Q]: items that share its score; right [Q]: how many of those are
    right (hypergeometric). 0 right ones are never found.
    """
    missed = np.ones(len(greater))
    for drawn in range(k):
        left = np.maximum(tied - drawn, 1)
        missed *= np.where(drawn < np.minimum(k - greater, tied), np.maximum(tied - right - drawn, 0) / left, 1.0)
    return 1.0 - missed


def lower_median(ranks: Floats) -> float:
    """Median, the lower of the middle two for an even count (as torch.median); NaN for none."""
    return float(np.sort(ranks)[(len(ranks) - 1) // 2]) if len(ranks) else float("nan")
