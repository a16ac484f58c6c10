"""k x k grids of similarities S[text][video] with the truth on the diagonal: text, video and group accuracy, percent.

Strict as Vinoground counts (k = 2): a tie is wrong, a grid that could not be run stays in the denominator. `expected`:
the same with equal scores ordered at random, exactly, so that a model that tells nothing apart gets chance and not 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from svta.builder.errors import SvtaError

Grid = npt.NDArray[np.float64]
MAX_SIZE: Final = 20  # texts of a grid: the exact expectation takes 2 ** size steps
FAILED_SIZE: Final = 2  # a grid that could not be run counts as one of two


class ProbesError(SvtaError, ValueError):
    """Probe scores of another shape; names the group or the item."""


@dataclass(frozen=True)
class GridScore:
    """One grid, 0-1: all columns right, all rows right, both; and how many columns and rows are right."""

    text: float
    video: float
    group: float
    text_items: float
    video_items: float


def check_lists(**lists: object) -> None:
    """Raise ProbesError for what is not a list."""
    for name, value in lists.items():
        if not isinstance(value, (list, tuple)):
            raise ProbesError(f"{name}: a list is needed, not {type(value).__name__}")


def chance(size: int) -> dict[str, float]:
    """What independent continuous scores get on a size x size grid, percent.

    chance(2)      # {"text": 25.0, "video": 25.0, "group": 16.666666666666668, "item": 50.0}
    """
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise ProbesError(f"a grid of size {size!r}: a whole number from 1")
    one_way = float(Fraction(100, size**size))
    group = Fraction(100 * math.factorial(size - 1), math.factorial(2 * size - 1))
    return {"text": one_way, "video": one_way, "group": float(group), "item": 100 / size}


def chance_of(groups: Sequence[object]) -> dict[str, float | None]:
    """Chance over grids of these sizes: the mean over grids, and for items grids / sum of sizes."""
    sizes = [FAILED_SIZE if grid is None else len(grid) for grid in _read(groups)]
    if not sizes:
        return dict.fromkeys(("text", "video", "group", "item"))
    each = [chance(size) for size in sizes]
    figures: dict[str, float | None] = {
        name: math.fsum(one[name] for one in each) / len(each) for name in ("text", "video", "group")
    }
    return figures | {"item": 100 * len(sizes) / sum(sizes)}


def score_grids(groups: Sequence[object]) -> dict[str, object]:
    """Accuracy over grids [[S[text][video]]] of any size; None for a grid that could not be run. Percent.

    text: in every column (video) the diagonal is strictly the highest; video: in every row (text); group: both;
    text_item, video_item: right columns and rows over all. NaN is wrong in every comparison. Raises ProbesError.
    """
    grids = _read(groups)
    sizes = [FAILED_SIZE if grid is None else len(grid) for grid in grids]
    known = [grid for grid in grids if grid is not None]
    return {
        "num_groups": len(grids),
        "num_items": sum(sizes),
        "num_nan": sum(int(np.isnan(grid).sum()) for grid in known),
        "num_failed": len(grids) - len(known),
        "strict": _percent([strict_score(grid) for grid in known], len(grids), sum(sizes)),
        "expected": _percent([expected_score(grid) for grid in known], len(grids), sum(sizes)),
    }


def _read(groups: Sequence[object]) -> list[Grid | None]:
    check_lists(groups=groups)
    return [None if group is None else _read_grid(group, number) for number, group in enumerate(groups)]


def _read_grid(group: object, number: int) -> Grid:
    try:
        grid = np.array([[math.nan if cell is None else float(cell) for cell in row] for row in group], np.float64)  # type: ignore[attr-defined]
    except (TypeError, ValueError, OverflowError):
        raise ProbesError(f"group {number}: not a grid of numbers") from None
    if grid.ndim != 2 or grid.shape[0] != grid.shape[1] or not 1 <= len(grid) <= MAX_SIZE:
        raise ProbesError(f"group {number}: as many texts as videos are needed, 1 to {MAX_SIZE}")
    return grid


def _percent(scores: Sequence[GridScore], groups: int, items: int) -> dict[str, float | None]:
    def mean(values: Iterable[float], total: int) -> float | None:
        return 100 * math.fsum(values) / total if total else None

    return {
        "text": mean((score.text for score in scores), groups),
        "video": mean((score.video for score in scores), groups),
        "group": mean((score.group for score in scores), groups),
        "text_item": mean((score.text_items for score in scores), items),
        "video_item": mean((score.video_items for score in scores), items),
    }


def strict_score(grid: Grid) -> GridScore:
    """A grid where a tie is wrong."""
    off = ~np.eye(len(grid), dtype=bool)
    above = np.diag(grid)[None, :] > grid  # against the other texts of each video
    beside = np.diag(grid)[:, None] > grid  # against the other videos of each text
    alone = ~np.isnan(np.diag(grid))
    columns, rows = (above | ~off).all(0) & alone, (beside | ~off).all(1) & alone
    text, video = columns.all(), rows.all()
    return GridScore(float(text), float(video), float(text and video), float(columns.sum()), float(rows.sum()))


def expected_score(grid: Grid) -> GridScore:
    """A grid with equal scores ordered at random: the exact expectation."""
    columns = [_first_alone(line, i) for i, line in enumerate(grid.T)]
    rows = [_first_alone(line, i) for i, line in enumerate(grid)]
    return GridScore(math.prod(columns), math.prod(rows), _group_expectation(grid), sum(columns), sum(rows))


def _first_alone(line: npt.NDArray[np.float64], true: int) -> float:
    """How often the true score of a line comes first: 1 / its ties, 0 below another or beside NaN."""
    if np.isnan(line).any() or (line > line[true]).any():
        return 0.0
    return 1 / int((line == line[true]).sum())


def _group_expectation(grid: Grid) -> float:
    """How often every diagonal score is the first of its row and of its column.

    A cell must be below the diagonals of its row and of its column; those it ties with are the only open question, and
    sets of different scores are independent of each other.
    """
    diagonal = np.diag(grid)
    off = ~np.eye(len(grid), dtype=bool)
    if np.isnan(grid).any() or (off & (grid > np.minimum(diagonal[:, None], diagonal[None, :]))).any():
        return 0.0
    share = 1.0
    for score in np.unique(diagonal):
        tied = np.flatnonzero(diagonal == score).tolist()
        cells = [
            frozenset(i for i in cell if diagonal[i] == score) for cell in np.argwhere(off & (grid == score)).tolist()
        ]
        share *= float(_all_above(frozenset(tied), cells))
    return share


def _all_above(diagonals: frozenset[int], cells: Sequence[frozenset[int]]) -> Fraction:
    """How often each cell is below all its diagonals when all are in random order.

    The highest must be a diagonal; without it, cells below that one alone are free, and the rest is in random order.
    """
    counts: Mapping[frozenset[int], int] = {cell: cells.count(cell) for cell in set(cells)}

    @cache
    def share(left: frozenset[int]) -> Fraction:
        if not left:
            return Fraction(1)
        bound = sum(count for cell, count in counts.items() if cell & left)
        return sum((share(left - {one}) for one in left), Fraction(0)) / (len(left) + bound)

    involved = frozenset().union(*cells) if cells else frozenset()
    return share(diagonals & involved)
