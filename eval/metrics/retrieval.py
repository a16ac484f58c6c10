"""Ranks with stated ties, then R@K, MdR and MnR, both ways, from scores or straight from embeddings. Pure numpy.

Reads a [T, V] similarity (numpy or torch), or text and video embeddings without ever holding T x V; writes nothing.
`svta eval` calls it. Figures against the official code: tests/eval/metrics/test_metrics.py; speed: benchmarks/.

    retrieval_metrics(np.eye(3)).t2v.as_dict()  # {"R@1": 100.0, "R@5": 100.0, "R@10": 100.0, "MdR": 1.0, "MnR": 1.0}
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, Literal, get_args

import numpy as np
import numpy.typing as npt

from .rank_counts import (
    BLOCK_COLUMNS,
    BLOCK_ROWS,
    GROUPED_COLUMNS,
    BlockGrid,
    CandidateSet,
    Floats,
    Ints,
    Places,
    distinct_rows,
    plain_rows,
    product_threads,
)
from .ranks import COLUMNS, RECALLS, MetricsError, Ranks, lower_median

Ties = Literal["expected", "optimistic", "pessimistic", "official"]
Way = Literal["t2v", "v2t"]
Matrix = Any  # two dimensions of numbers: numpy, torch or nested lists
WAYS: Final[tuple[Way, Way]] = ("t2v", "v2t")
WAY_NAMES: Final[dict[Way, str]] = {"t2v": "text to video", "v2t": "video to text"}


@dataclass(frozen=True)
class Direction:
    """Where the true item of every query came out, one way (text-to-video or video-to-text).

    `greater`, `equal` and `before` (int64 [Q]) count the gallery items scored above the true one, equal to it (itself
    included) and equal with a lower index. `true` [Q] is the true pair's score; `queries` [Q] its text or video number.
    `num_nan`: queries whose true pair is NaN.
    """

    ties: Ties
    gallery: int
    queries: Ints
    greater: Ints
    equal: Ints
    before: Ints
    true: Floats
    one_entry_a_query: bool = False  # the official multi-sentence rule

    @cached_property
    def ranks(self) -> Floats:
        """Ranks from 1. One float per query, in order; in mode official int entries, where a row of k ties makes k."""
        if self.ties == "official":
            ranked = np.isfinite(self.true)
            if self.one_entry_a_query:
                return (self.greater + self.before + 1)[ranked]
            return tied_entries(self.greater[ranked], self.equal[ranked])
        others = np.maximum(self.equal - 1, 0)
        share = {"expected": 0.5, "optimistic": 0.0, "pessimistic": 1.0}[self.ties]
        return np.where(np.isnan(self.true), float(self.gallery), self.greater + others * share + 1.0)

    @cached_property
    def ranked(self) -> Ranks:
        """`ranks` with the ties that each holds: what R@K, intervals and tests are made of."""
        if self.ties == "official":
            return Ranks(self.ranks)
        return Ranks(self.ranks, self.equal if self.ties == "expected" else np.minimum(self.equal, 1))

    @property
    def query_of_rank(self) -> Ints:
        """The position of the query that each of `ranks` belongs to; in mode official one may come often or never."""
        places = np.arange(len(self.queries))
        if self.ties != "official":
            return places
        ranked = np.isfinite(self.true)
        return places[ranked] if self.one_entry_a_query else np.repeat(places[ranked], self.equal[ranked])

    @property
    def num_ranked(self) -> int:
        """How many entries the figures are over; in mode official duplicates count again and NaN rows not at all."""
        return len(self.ranks)

    @property
    def num_nan(self) -> int:
        """Queries whose true pair is NaN (ranked last; dropped in mode official)."""
        return int(np.isnan(self.true).sum())

    def recall(self, k: int) -> float:
        """Percent of queries found among the first k, a query that ties across k in part (mode expected); NaN for none.

        A query whose true pair is NaN is never found.
        """
        return self.ranked.figure(f"R@{k}")

    @property
    def median_rank(self) -> float:
        """Median rank; of an even count the mean of the middle two, in official multi-sentence T2V the lower one."""
        if self.ties == "official" and self.one_entry_a_query:
            return lower_median(self.ranks)
        return self.ranked.figure("MdR")

    @property
    def mean_rank(self) -> float:
        """Mean rank."""
        return self.ranked.figure("MnR")

    def as_dict(self) -> dict[str, float]:
        """R@1 R@5 R@10 (percent), MdR, MnR."""
        return dict(zip(COLUMNS, (*map(self.recall, RECALLS), self.median_rank, self.mean_rank)))

    def with_ties(self, ties: Ties) -> Direction:
        """The same counts under another tie rule, e.g. the optimistic and pessimistic bounds."""
        return replace(self, ties=check_ties(ties))

    def subset(self, chosen: npt.ArrayLike) -> Direction:
        """Only some queries, against the same gallery; `chosen` is a mask or positions over `queries`."""
        chosen = np.asarray(chosen)
        index = np.arange(len(self.queries))[chosen if chosen.size else slice(0)]
        names = ("queries", "greater", "equal", "before", "true")
        return replace(self, **{name: getattr(self, name)[index] for name in names})


@dataclass(frozen=True)
class RetrievalMetrics:
    """Both directions of one evaluation; `num_nan` counts NaN entries in the whole T x V matrix."""

    t2v: Direction
    v2t: Direction
    num_nan: int

    @property
    def ties(self) -> Ties:
        """The tie rule the figures follow."""
        return self.t2v.ties

    def with_ties(self, ties: Ties) -> RetrievalMetrics:
        """The same evaluation under another tie rule."""
        return replace(self, t2v=self.t2v.with_ties(ties), v2t=self.v2t.with_ties(ties))

    def as_dict(self) -> dict[str, dict[str, float]]:
        """{"t2v": {...}, "v2t": {...}} with the keys of Direction.as_dict."""
        return {"t2v": self.t2v.as_dict(), "v2t": self.v2t.as_dict()}


def tied_entries(greater: Ints, equal: Ints) -> Ints:
    """The official CLIP4Clip rule: a query with r items above and k equal contributes the ranks r+1 .. r+k."""
    starts = np.cumsum(equal) - equal
    return np.repeat(greater - starts, equal) + np.arange(int(equal.sum())) + 1


def check_ties(ties: str) -> Ties:
    """`ties` if it names a rule; MetricsError otherwise."""
    if ties not in get_args(Ties):
        raise MetricsError(f"ties {ties!r}: one of {', '.join(get_args(Ties))}")
    return ties  # type: ignore[return-value]


def retrieval_metrics(
    similarity: Matrix, *, ties: Ties = "expected", groups: npt.ArrayLike | None = None
) -> RetrievalMetrics:
    """Rank a similarity matrix both ways.

    similarity: float [T, V], numpy or torch, higher is better; without `groups` square, text i belongs to video i.
    groups: int [T], the video of each text; video-to-text then ranks the best caption of each video.
    ties: expected, the expectation under a random order of ties (ranks #greater + (#equal - 1)/2 + 1, R@K the mean of
    P(rank <= K)) | optimistic | pessimistic | official, which repeats CLIP4Clip's code: tied rows count k times, rows
    with a NaN or infinite true pair vanish. Outside official a NaN true pair ranks last and is never found, any other
    NaN counts as -inf, nothing is dropped. Raises MetricsError.
    """
    scores = as_floats(similarity, "similarity")
    owner = _check_groups(groups, *scores.shape)
    grid = BlockGrid(
        lambda rows, columns: scores[rows, columns],
        plain_rows(scores.shape[0]),
        plain_rows(scores.shape[1]),
        may_hold_nan=bool(np.isnan(scores.min())),
        computed=False,
        rows=BLOCK_ROWS,
        columns=GROUPED_COLUMNS if groups is not None else BLOCK_COLUMNS,
    )
    return _rank(grid, scores.shape, check_ties(ties), owner, groups is not None)


def retrieval_metrics_from_embeddings(
    text: Matrix,
    video: Matrix,
    *,
    ties: Ties = "expected",
    groups: npt.ArrayLike | None = None,
    block_rows: int | None = None,
) -> RetrievalMetrics:
    """`retrieval_metrics(text @ video.T)` in blocks, without the T x V matrix; nothing is normalised.

    text [T, D], video [V, D]. Equal embeddings tie exactly; a true pair has one score in every comparison.
    8,263 x 512: 1.1 x the CPU time of the bare one-way product (benchmarks/).
    """
    text, video = as_floats(text, "text embeddings"), as_floats(video, "video embeddings")
    if not text.shape[1]:
        raise MetricsError("embeddings without dimensions")
    if text.shape[1] != video.shape[1]:
        raise MetricsError(f"text embeddings have {text.shape[1]} dimensions, video embeddings {video.shape[1]}")
    if block_rows is not None and block_rows < 1:
        raise MetricsError(f"block_rows {block_rows}: at least 1")
    owner = _check_groups(groups, len(text), len(video))
    dtype = np.result_type(text, video)
    text, video = np.ascontiguousarray(text, dtype), np.ascontiguousarray(video, dtype)
    texts, videos = distinct_rows(text), distinct_rows(video)
    if texts.weight is not None or videos.weight is not None:
        text, video = text[texts.first], video[videos.first]

    def block(rows: Places, columns: Places) -> Floats:
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(text[rows] @ video[columns].T)

    # a partial sum is never longer than the product of the lengths: below this bound no score can overflow to NaN
    bound = _longest(text) * _longest(video)
    grid = BlockGrid(
        block,
        texts,
        videos,
        may_hold_nan=not bound < float(np.finfo(dtype).max) / 2,
        computed=True,
        rows=min(block_rows or BLOCK_ROWS, BLOCK_ROWS),
        columns=GROUPED_COLUMNS if groups is not None else BLOCK_COLUMNS,
    )
    return _rank(grid, (len(texts.inverse), len(videos.inverse)), check_ties(ties), owner, groups is not None)


def as_floats(values: Matrix, what: str) -> Floats:
    """A 2-D float32 or float64 array of numpy, torch or nested lists; MetricsError if it is not."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        values = (values if values.dtype.itemsize >= 4 else values.float()).numpy()
    array = np.asarray(values)
    if array.ndim != 2:
        raise MetricsError(f"{what}: two dimensions are needed, these are {array.ndim}")
    if array.dtype.kind not in "fiub":
        raise MetricsError(f"{what}: numbers are needed, this is {array.dtype}")
    return (
        array if array.dtype in (np.float32, np.float64) else array.astype(np.float32 if array.itemsize < 4 else float)
    )


def _longest(rows: Floats) -> float:
    return float(np.sqrt(np.einsum("nd,nd->n", rows, rows, dtype=np.float64).max()))


def _rank(grid: BlockGrid, shape: tuple[int, int], ties: Ties, owner: Ints, grouped: bool) -> RetrievalMetrics:
    row, column = grid.texts.inverse, grid.videos.inverse[owner]
    with nullcontext(1) if grouped else product_threads() as threads:  # groups of texts are counted in order
        true = grid.true_scores(row, column)
        nan_is_greatest = ties == "official" and grouped  # torch.argsort puts NaN first
        texts = CandidateSet(row, column, true, grid.videos, position=owner if nan_is_greatest else None)
        if grouped:
            captions = _Captions(owner, true, grid)
            grid.count(texts, None, captions.panel, nan_is_greatest, threads)
            videos, queries = captions.candidates, captions.queries
        else:
            videos, queries = CandidateSet(column, row, true, grid.texts), np.arange(shape[1])
            grid.count(texts, videos, None, nan_is_greatest, threads)
    return RetrievalMetrics(
        Direction(ties, shape[1], np.arange(shape[0]), *_results(texts), one_entry_a_query=grouped),
        Direction(ties, len(queries), queries, *_results(videos)),
        grid.num_nan,
    )


def _results(counted: CandidateSet) -> tuple[Ints, Ints, Ints, Floats]:
    return counted.greater, counted.equal, counted.before, counted.true


class _Captions:
    """Video-to-text where videos have several captions: each video's best caption stands for it.

    Videos without a caption are candidates for texts, but neither queries nor candidates in this direction.
    """

    def __init__(self, owner: Ints, true: Floats, grid: BlockGrid):
        order = np.argsort(owner, kind="stable")
        self.queries, self._starts = np.unique(owner[order], return_index=True)
        self._rows = grid.texts.inverse[order]
        best = np.fmax.reduceat(true[order], self._starts)
        itself = np.arange(len(self.queries))
        self.candidates = CandidateSet(grid.videos.inverse[self.queries], itself, best, plain_rows(len(itself)))

    def panel(self, scores: Floats, columns: slice) -> None:
        """Reduce all texts' scores [U, columns] to the videos' best captions and count."""
        best = np.maximum.reduceat(scores[self._rows], self._starts, axis=0)
        self.candidates.add(np.ascontiguousarray(best.T), columns, slice(0, len(self.queries)))


def _check_groups(groups: npt.ArrayLike | None, num_texts: int, num_videos: int) -> Ints:
    if not num_texts or not num_videos:
        raise MetricsError(f"nothing to rank: {num_texts} texts, {num_videos} videos")
    if groups is None:
        if num_texts != num_videos:
            raise MetricsError(f"{num_texts} texts, {num_videos} videos: without groups text i belongs to video i")
        return np.arange(num_texts)
    owner = np.asarray(groups.detach().cpu() if hasattr(groups, "detach") else groups)
    if owner.shape != (num_texts,) or owner.dtype.kind not in "iu":
        raise MetricsError(f"groups: {num_texts} whole numbers are needed, this is {owner.dtype} {owner.shape}")
    owner = owner.astype(np.int64)
    if owner.min() < 0 or owner.max() >= num_videos:
        raise MetricsError(f"groups: {owner.min()} to {owner.max()} given, the videos are 0 to {num_videos - 1}")
    return owner
