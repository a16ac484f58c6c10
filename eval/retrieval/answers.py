"""The best answers of every caption, and whether any of several right ones is among them.

Reads scores in blocks, or embeddings; writes nothing. Rows that repeat bit by bit are scored once, so that equal videos
tie in any block. Ties count as in every other figure: the expectation under a random order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from svta.eval.embeddings.embed import Floats, score_matrix
from svta.eval.encoders.base import Encoder
from svta.eval.metrics.rank_counts import Bools, Ints, distinct_rows
from svta.eval.metrics.ranks import RECALLS, found_any

TOP: Final = 10
TOP_CAPTIONS: Final = 5  # of each video
_TEXTS: Final = 512
RightVideos = Callable[[slice], Bools]  # some captions -> bool [captions, V]: which videos are right answers


@dataclass(frozen=True)
class AnyRight:
    """Where the best of several right answers of each caption came out [T]; see metrics.ranks.found_any."""

    greater: Ints
    tied: Ints
    right: Ints

    def recalls(self, chosen: npt.ArrayLike | None = None) -> dict[str, float]:
        """R@K in percent over the captions, or over those of a mask."""
        some = slice(None) if chosen is None else np.asarray(chosen)
        greater, tied, right = self.greater[some], self.tied[some], self.right[some]
        return {f"R@{k}": round(100 * float(found_any(greater, tied, right, k).mean()), 4) for k in RECALLS}


@dataclass(frozen=True)
class Answers:
    """`top`, `top_score` [T, <=10]: the best videos of each caption; `any_right` by the names they were asked for.

    captions [V, 5]: the best captions of each video, -1 where there are fewer.
    """

    top: Ints
    top_score: Floats
    any_right: dict[str, AnyRight]
    captions: Ints


class _BestCaptions:
    """The best captions of each video, kept while blocks of captions go by; the first of equal ones stays."""

    def __init__(self, videos: int):
        self.caption = np.full((TOP_CAPTIONS, videos), -1, np.int64)
        self._score = np.full((TOP_CAPTIONS, videos), -np.inf, np.float32)
        self._video = np.arange(videos)

    def add(self, first: int, scores: Floats) -> None:
        """scores [B, V] of the captions from `first` on; -inf is NaN's and never among the best."""
        left = scores.copy()
        captions, values = [self.caption], [self._score]
        for _ in range(min(TOP_CAPTIONS, len(left))):
            best = left.argmax(axis=0)
            value = left[best, self._video]
            captions.append(np.where(value > -np.inf, best + first, -1)[None])
            values.append(value[None])
            left[best, self._video] = -np.inf
        joined = np.concatenate(values)
        order = np.argsort(-joined, axis=0, kind="stable")[:TOP_CAPTIONS]
        self.caption = np.take_along_axis(np.concatenate(captions), order, axis=0)
        self._score = np.take_along_axis(joined, order, axis=0)


def score_rows(encoder: Encoder, text: Floats, video: Floats) -> Iterator[tuple[slice, Floats]]:
    """(captions, their scores [B, V]) block by block; NaN scores are -inf."""
    if encoder.dot_product:
        rows = distinct_rows(np.ascontiguousarray(video))
        distinct, place = (video, None) if rows.weight is None else (video[rows.first], rows.inverse)
    else:
        matrix, place = score_matrix(encoder, text, video), None
    for start in range(0, len(text), _TEXTS):
        some = slice(start, min(start + _TEXTS, len(text)))
        with np.errstate(over="ignore", invalid="ignore"):
            scores = text[some] @ distinct.T if encoder.dot_product else matrix[some]
        scores = scores if place is None else scores[:, place]
        yield some, np.nan_to_num(scores, nan=-np.inf, posinf=np.inf, neginf=-np.inf)


def best_answers(encoder: Encoder, text: Floats, video: Floats, right: Mapping[str, RightVideos]) -> Answers:
    """The best videos of each caption and captions of each video; where the best right one of each kind came out."""
    tops, top_scores, captions = [], [], _BestCaptions(len(video))
    counts: dict[str, list[tuple[Ints, Ints, Ints]]] = {name: [] for name in right}
    for some, scores in score_rows(encoder, text, video):
        order = np.argsort(-scores, axis=1, kind="stable")[:, : min(TOP, scores.shape[1])]
        tops.append(order)
        top_scores.append(np.take_along_axis(scores, order, axis=1))
        captions.add(some.start, scores)
        for name, of in right.items():
            counts[name].append(count_right(scores, of(some)))
    any_right = {name: AnyRight(*(np.concatenate(part) for part in zip(*parts))) for name, parts in counts.items()}
    return Answers(np.concatenate(tops), np.concatenate(top_scores), any_right, captions.caption.T)


def count_right(scores: Floats, right: Bools) -> tuple[Ints, Ints, Ints]:
    """(items above the best right one, items that share its score, right ones among those) of each row, int [B].

    A score of -inf is NaN's (score_rows): it is never right.
    """
    right = right & (scores > -np.inf)
    best = np.where(right, scores, -np.inf).max(axis=1)[:, None]
    equal = scores == best
    return (scores > best).sum(axis=1), equal.sum(axis=1), (equal & right).sum(axis=1)
