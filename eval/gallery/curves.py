"""Score curves of an index: how well each stretch of each recording fits a query, as maxima of equal columns of time.

Reads an open index. A column holds the highest score of any window that covers part of it, so that the peak of a curve
is the score of the moment found there. The page draws the maximum of the columns behind each pixel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from svta.eval.search.index import Index
    from svta.eval.search.scan import Floats

MOST_COLUMNS: Final = 4_096  # of one recording: 9 seconds each in 10 hours
FEWEST_COLUMNS: Final = 64
ALL_COLUMNS: Final = 40_000_000  # of all queries of a site
_SCALE: Final = 10_000  # scores are written as whole numbers of this fraction


@dataclass(frozen=True)
class Columns:
    """Which windows cover which columns: `windows` by column, `first` where each filled column begins among them."""

    count: int
    filled: NDArray[np.int64]
    first: NDArray[np.int64]
    windows: NDArray[np.int64]

    def maxima(self, scores: Floats) -> list[int | None]:
        """The highest score of each column as whole ten-thousandths; None if no window is."""
        values = np.full(self.count, np.nan)
        if len(self.windows):
            values[self.filled] = np.maximum.reduceat(scores[self.windows], self.first)
        return [None if np.isnan(value) else round(_SCALE * value) for value in values.tolist()]


def columns_of(start: NDArray[np.float64], end: NDArray[np.float64], seconds: float, most: int) -> Columns:
    """Columns of a recording of `seconds` whose windows are from `start` to `end`, at most `most` of them."""
    steps = np.diff(np.unique(start))
    finest = float(steps.min()) if len(steps) else seconds
    count = int(np.clip(np.ceil(seconds / max(finest, 1e-3)), 1, most)) if seconds > 0 else 1
    width = max(seconds, 1e-9) / count
    low = np.clip(np.floor(start / width + 1e-6), 0, count - 1).astype(np.int64)
    high = np.clip(np.ceil(end / width - 1e-6), low + 1, count).astype(np.int64)
    spans = high - low
    windows = np.repeat(np.arange(len(start)), spans)
    column = np.arange(int(spans.sum())) - np.repeat(np.cumsum(spans) - spans, spans) + np.repeat(low, spans)
    order = np.argsort(column, kind="stable")
    filled, first = np.unique(column[order], return_index=True)
    return Columns(count, filled, first, windows[order])


class Curves:
    """The curves of one index; `places`: recording and seconds of each of its videos; num_queries: of the site."""

    def __init__(self, index: Index, places: Mapping[int, tuple[int, float]], num_queries: int):
        windows, self._rows, self._index = index.stored.windows, index.stored.rows, index
        each = ALL_COLUMNS // max(1, num_queries * len(places))
        most = int(np.clip(each, FEWEST_COLUMNS, MOST_COLUMNS))
        self._columns: list[tuple[int, int, Columns]] = []
        for video, (place, seconds) in places.items():
            rows = slice(*self._rows[video])
            self._columns.append((video, place, columns_of(windows.start[rows], windows.end[rows], seconds, most)))

    def of(self, query: str) -> dict[str, list[int | None]]:
        """The curve of a query over each recording, by its number."""
        scores = self._index.scores(query)
        return {str(place): one.maxima(scores[slice(*self._rows[video])]) for video, place, one in self._columns}
