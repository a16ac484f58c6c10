"""Counts, for every query, the candidates above and equal to its true pair, block by block, both ways at once.

Reads blocks of scores (slices of a matrix, or products of embeddings computed on demand); writes nothing.
Embedding rows that repeat bit by bit are multiplied once and counted with their number: BLAS gives equal rows
different last bits by position (OpenBLAS 0.3.31: 41% of 300 x 1,000 entries), which would break their ties.
Several one-thread products beside each other, each counted by its own thread, instead of one product on all
threads: BLAS threads that wait for each other while a block is counted burn more time than the counting takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from svta.builder.io.parallel import thread_pool

Floats = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Places = slice | Ints
Block = Callable[[Places, Places], Floats]  # of a matrix, numpy's indexing: two lists of places are pairs

BLOCK_ROWS: Final = 992  # a thread's product; more than two threads share the memory of two
MOST_THREADS: Final = 8
BLOCK_COLUMNS: Final = 8448
GROUPED_COLUMNS: Final = 256  # grouped video-to-text holds all rows of a block of columns
PAIR_BLOCK: Final = 64  # true pairs are scored beforehand: so many rows and their columns at a time
COUNTED_ROWS: Final = 248  # at a time: column counts fit uint8, the block stays in the cache
EXPANDED_ROWS: Final = 2048


@dataclass(frozen=True)
class Rows:
    """Rows of a matrix without repetitions: `first` [U] where each is, `inverse` [N] which of them row n equals."""

    first: Ints
    inverse: Ints

    @cached_property
    def weight(self) -> Floats | None:
        """How often each row is [U], float64; None if no row repeats another."""
        if len(self.first) == len(self.inverse):
            return None
        return np.bincount(self.inverse, minlength=len(self.first)).astype(np.float64)

    @cached_property
    def places(self) -> Ints:
        """Sorted numbers u * N + n for every row n that equals u: where they are tells how many are before n."""
        return np.sort(self.inverse * len(self.inverse) + np.arange(len(self.inverse)))


def plain_rows(count: int) -> Rows:
    """Rows that are all taken as different."""
    return Rows(np.arange(count), np.arange(count))


def distinct_rows(matrix: Floats) -> Rows:
    """Group the rows of a [N, D] matrix that are equal bit by bit, in order of first occurrence."""
    _, lead, count = np.unique(matrix[:, 0].copy().view(f"u{matrix.itemsize}"), return_inverse=True, return_counts=True)
    suspects = np.flatnonzero(count[lead] > 1)  # only rows that share their first number can be equal
    same_as = np.arange(len(matrix))
    by_hash: dict[int, list[int]] = {}  # hashes instead of bytes: no copy of the matrix is held
    for n in suspects:
        data = matrix[n].tobytes()
        alike = by_hash.setdefault(hash(data), [])
        same_as[n] = next((m for m in alike if matrix[m].tobytes() == data), n)
        if same_as[n] == n:
            alike.append(int(n))
    first, inverse = np.unique(same_as, return_inverse=True)
    return Rows(first, inverse)


@dataclass
class CandidateSet:
    """The counts of one direction, filled block by block.

    row, own: int [Q], the query's row and its true item's column among the distinct rows and columns of the blocks.
    true: [Q], the true pair's score, NaN included. items: the gallery. position: int [Q], the true item's place in it,
    given where ties go by place. Results, int [Q]: greater, equal (the true item too), before (equal, placed lower).
    """

    row: Ints
    own: Ints
    true: Floats
    items: Rows
    position: Ints | None = None
    greater: Ints = field(init=False)
    equal: Ints = field(init=False)
    before: Ints = field(init=False)

    def __post_init__(self) -> None:
        weight = self.items.weight
        self.greater, self.before = np.zeros_like(self.row), np.zeros_like(self.row)
        self.equal = np.ones_like(self.row) if weight is None else weight[self.own].astype(np.int64)
        self.equal[np.isnan(self.true)] = 0
        self._repeated = np.zeros(0, np.int64) if weight is None else np.flatnonzero(weight > 1)
        self._lead, lead = np.unique(
            self.row, return_index=True
        )  # a query of every row; the others of a row come after
        if len(self._lead) and len(self._lead) == self._lead[-1] + 1:
            self._lead, rest = lead, np.delete(np.arange(len(self.row)), lead)
        else:  # rows without a query
            self._lead, rest = lead[:0], np.arange(len(self.row))
        self._rest = rest[np.argsort(self.row[rest], kind="stable")]
        self._rest_rows = self.row[self._rest]
        self._lock = Lock()  # counts of several blocks are added from several threads

    def add(self, scores: Floats, rows: slice, columns: slice) -> None:
        """Count in a block [rows, columns] whose rows are queries."""
        for queries, local in self._queries(rows):
            self._count(scores if local is None else scores[local], queries, columns, axis=1)

    def add_columns(self, scores: Floats, rows: slice, columns: slice) -> None:
        """Count in a block [rows, columns] whose columns are queries."""
        for queries, local in self._queries(columns):
            self._count(scores if local is None else scores[:, local], queries, rows, axis=0)

    def _queries(self, rows: slice) -> Iterator[tuple[Ints, Ints | None]]:
        """(queries, their places among `rows`): one per row (None: all, in order), then the others that share a row."""
        if len(lead := self._lead[rows]):
            yield lead, None if len(lead) == rows.stop - rows.start else np.arange(len(lead))
        begin, end = np.searchsorted(self._rest_rows, (rows.start, rows.stop))
        for at in range(begin, end, EXPANDED_ROWS):
            queries = self._rest[at : min(at + EXPANDED_ROWS, end)]
            yield queries, self.row[queries] - rows.start

    def _count(self, scores: Floats, queries: Ints, items: slice, axis: int) -> None:
        """Add a block's counts; axis 1: a row per query, axis 0: a column per query."""
        true = self.true[queries, None] if axis else self.true[queries]
        self._add(self.greater, queries, self._weighted(compared(np.greater, scores, true), items, axis, len(queries)))
        equal, own = compared(np.equal, scores, true), self.own[queries]
        inside = (own >= items.start) & (own < items.stop) & ~np.isnan(self.true[queries])
        if self.position is not None:
            self._add_before(equal, queries, items)
        if np.count_nonzero(equal) > np.count_nonzero(inside):  # else only the true items
            times = 1 if self.items.weight is None else self.items.weight[own].astype(np.int64)
            self._add(self.equal, queries, self._weighted(equal, items, axis, len(queries)) - inside * times)

    def _weighted(self, chosen: Bools, items: slice, axis: int, count: int) -> Ints:
        """Chosen items of each of `count` queries; those that repeat (few) count as often as they occur."""
        counts = count_rows(chosen) if axis else count_columns(chosen)
        begin, end = np.searchsorted(self._repeated, (items.start, items.stop))
        if begin < end and self.items.weight is not None:
            repeated = self._repeated[begin:end]
            again = np.take(chosen, repeated - items.start, axis=axis).astype(np.float32)  # exact: less than 2^24 items
            more = (self.items.weight[repeated] - 1).astype(np.float32)
            counts += (again @ more if axis else more @ again).astype(np.int64)
        return counts[:count]

    def _add(self, counts: Ints, queries: Ints, more: Ints) -> None:
        with self._lock:
            counts[queries] += more

    def _add_before(self, equal: Bools, queries: Ints, columns: slice) -> None:
        assert self.position is not None
        query, item = np.nonzero(equal)
        base = (item + columns.start) * len(self.items.inverse)
        places = self.items.places
        before = np.searchsorted(places, base + self.position[queries[query]]) - np.searchsorted(places, base)
        with self._lock:
            np.add.at(self.before, queries[query], before)


def compared(operator: np.ufunc, scores: Floats, true: Floats) -> Bools:
    """operator(scores, true) [N, M], with columns of False up to a multiple of eight: what count_rows takes."""
    width = scores.shape[1]
    chosen = np.empty((len(scores), -(-width // 8) * 8), bool)
    operator(scores, true, out=chosen[:, :width])
    chosen[:, width:] = False
    return chosen


def count_rows(chosen: Bools) -> Ints:
    """True entries of each row [N] of a contiguous [N, M] whose M is a multiple of eight."""
    words = chosen.view(np.uint64)  # a byte an entry, eight added at once: 10 times faster than row by row
    starts = np.arange(0, words.shape[1], 255)  # so many fill no byte
    eight_counts = np.add.reduceat(words, starts, axis=1)
    return eight_counts.view(np.uint8).sum(axis=1, dtype=np.int64)


def count_columns(chosen: Bools) -> Ints:
    """True entries of each column."""
    kind = np.uint8 if len(chosen) <= 255 else np.int64
    return np.add.reduce(chosen.view(np.uint8), axis=0, dtype=kind).astype(np.int64)


@contextmanager
def product_threads() -> Iterator[int]:
    """How many threads may make products beside each other; inside, BLAS itself uses one.

    1, and BLAS as it is, where it has one thread anyway or threadpoolctl is not installed (svta[eval] brings it).
    """
    try:
        from threadpoolctl import ThreadpoolController
    except ModuleNotFoundError:
        yield 1
        return
    controller = ThreadpoolController().select(user_api="blas")
    threads = max((library["num_threads"] for library in controller.info()), default=1)
    if threads == 1:
        yield 1
        return
    with controller.limit(limits=1):
        yield min(threads, MOST_THREADS)


class BlockGrid:
    """Scores of distinct texts and videos, block by block, and the true pairs' scores, the same in every place.

    computed: blocks are products on demand, whose last bits depend on their shape: the true pairs are scored once, in
    small products, and those scores put in place. `num_nan`: NaN entries of the whole T x V matrix, after `count`.
    """

    def __init__(
        self, block: Block, texts: Rows, videos: Rows, *, may_hold_nan: bool, computed: bool, rows: int, columns: int
    ):
        self.texts, self.videos, self.may_hold_nan, self.num_nan = texts, videos, may_hold_nan, 0
        self._block, self._computed, self._rows, self._columns = block, computed, rows, columns
        self._lock = Lock()

    def true_scores(self, row: Ints, column: Ints) -> Floats:
        """Scores of the pairs (row [Q], column [Q]), NaN included; a pair that comes twice is scored once."""
        codes, inverse = np.unique(row * len(self.videos.first) + column, return_inverse=True)
        rows, columns = np.divmod(codes, len(self.videos.first))
        if self._computed:
            parts = [slice(at, at + PAIR_BLOCK) for at in range(0, len(codes), PAIR_BLOCK)]
            true = np.concatenate([np.diagonal(self._block(rows[some], columns[some])) for some in parts])
        else:
            true = self._block(rows, columns)
        self._pairs = rows, columns, true
        return true[inverse]

    def _cells(self, rows: int) -> Iterator[tuple[slice, slice]]:
        num_rows, num_columns = len(self.texts.first), len(self.videos.first)
        for left in range(0, num_columns, self._columns):
            for top in range(0, num_rows, rows):
                yield (
                    slice(top, min(top + rows, num_rows)),
                    slice(left, min(left + self._columns, num_columns)),
                )

    def _scores(self, rows: slice, columns: slice) -> Floats:
        scores = self._block(rows, columns)
        if self._computed:
            row, column, true = self._pairs
            inside = (row >= rows.start) & (row < rows.stop) & (column >= columns.start) & (column < columns.stop)
            scores[row[inside] - rows.start, column[inside] - columns.start] = true[inside]
        return scores

    def count(
        self,
        t2v: CandidateSet,
        v2t: CandidateSet | None,
        panel: Callable[[Floats, slice], None] | None,
        high: bool,
        threads: int,
    ) -> None:
        """Fill both directions after true_scores. NaN candidates score -inf, and +inf for `t2v` if `high`.

        `panel` gets all rows of a block of columns, [U, columns], where video-to-text needs groups of texts; it runs on
        one thread.
        """
        panel_rows: list[Floats] = []

        def add(cell: tuple[slice, slice]) -> None:
            rows, columns = cell
            scores = self._scores(rows, columns)
            for top in range(0, len(scores), COUNTED_ROWS):
                few = slice(rows.start + top, min(rows.start + top + COUNTED_ROWS, rows.stop))
                self._count_few(scores[top : top + COUNTED_ROWS], few, columns, t2v, v2t, high)
            if panel is not None:
                panel_rows.append(np.where(np.isnan(scores), -np.inf, scores) if self.may_hold_nan else scores)
                if rows.stop == len(self.texts.first):
                    panel(np.concatenate(panel_rows), columns)
                    panel_rows.clear()

        if threads == 1 or panel is not None:
            for cell in self._cells(self._rows):
                add(cell)
            return
        rows = max(min(self._rows, 2 * BLOCK_ROWS // threads // 8 * 8), 8)
        with thread_pool(threads, name="svta-ranks") as pool:
            for _ in pool.map(add, self._cells(rows)):  # raises what a thread raised
                pass

    def _count_few(
        self, scores: Floats, rows: slice, columns: slice, t2v: CandidateSet, v2t: CandidateSet | None, high: bool
    ) -> None:
        for_texts = scores
        if self.may_hold_nan and (nan := np.isnan(scores)).any():
            entries = self._nan_entries(nan, rows, columns)
            with self._lock:
                self.num_nan += entries
            for_texts = np.where(nan, np.inf if high else -np.inf, scores)
            scores = np.where(nan, -np.inf, scores)
        t2v.add(for_texts, rows, columns)
        if v2t is not None:
            v2t.add_columns(scores, rows, columns)

    def _nan_entries(self, nan: Bools, rows: slice, columns: slice) -> int:
        by_row = nan.sum(axis=1) if self.videos.weight is None else nan @ self.videos.weight[columns]
        return int(by_row.sum() if self.texts.weight is None else by_row @ self.texts.weight[rows])
