"""Second stages: pairs scored together for the best candidates, and dual softmax.

Reads similarity matrices and, for pairs, frames on demand; writes nothing. Dual softmax looks at all test queries at
once (transductive): its figures carry that flag and belong in no headline table.

    rerank_pairs(encoder, texts, frames_of, similarity, k=50)      # [T, V], the official GRAM second stage
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from .metrics import MetricsError, RetrievalMetrics, Ties, as_floats, retrieval_metrics

Floats = npt.NDArray[Any]
FramesOf = Callable[[Sequence[int]], tuple[Any, Any]]
PAIRS_AT_A_TIME: Final = 64


def best_candidates(similarity: Floats, k: int, direction: Literal["t2v", "v2t"] = "t2v") -> npt.NDArray[np.bool_]:
    """bool [T, V]: the k best videos of each text (t2v) or texts of each video (v2t); NaN is never best."""
    if direction not in ("t2v", "v2t"):
        raise MetricsError(f"direction {direction!r}: t2v or v2t")
    axis = 1 if direction == "t2v" else 0
    scores = np.nan_to_num(as_floats(similarity, "similarity"), nan=-np.inf, posinf=np.inf, neginf=-np.inf)
    best = np.argsort(-scores, axis=axis, kind="stable")
    chosen = np.zeros(scores.shape, bool)
    np.put_along_axis(chosen, best[:, :k] if axis else best[:k], True, axis=axis)
    return chosen


def rerank_pairs(
    encoder: Any,
    texts: Sequence[str],
    frames_of: FramesOf,
    similarity: Any,
    *,
    k: int = 50,
    direction: Literal["t2v", "v2t"] = "t2v",
    on_pairs: Callable[[int, int], None] | None = None,
) -> Floats:
    """`encoder.pair_scores` for the k best candidates of every query, their scores above everything else, [T, V].

    frames_of(video numbers) -> (uint8 [P, F, 3, H, W], bool [P, F]). Candidates are ordered by their pair score; below
    them the first stage's order stands (the official matrix with zeros is baselines.gram.rerank). A NaN pair score
    ranks last among the candidates. on_pairs(done, total) is called as it goes.
    """
    if not hasattr(encoder, "pair_scores"):
        raise MetricsError(f"{type(encoder).__name__} scores no pairs: re-ranking needs an encoder with pair_scores")
    scores = as_floats(similarity, "similarity").astype(np.float64)
    chosen = best_candidates(scores, k, direction)
    rows, columns = np.nonzero(chosen)
    pair = np.empty(len(rows))
    for start in range(0, len(rows), PAIRS_AT_A_TIME):
        some = slice(start, start + PAIRS_AT_A_TIME)
        frames, mask = frames_of(columns[some].tolist())
        pair[some] = np.asarray(encoder.pair_scores([texts[row] for row in rows[some]], frames, mask))
        if on_pairs is not None:
            on_pairs(min(start + PAIRS_AT_A_TIME, len(rows)), len(rows))
    known = pair[~np.isnan(pair)]
    low = known.min() if len(known) else 0.0
    ceiling = np.nanmax(scores) if not np.isnan(scores).all() else 0.0
    result = scores.copy()
    result[rows, columns] = ceiling + 1.0 + np.nan_to_num(pair - low + 1.0, nan=0.0)
    return result


def dual_softmax(similarity: Any, temperature: float = 0.01) -> Floats:
    """softmax over the queries times the similarity, [T, V]; NaN stays NaN and takes no part. TRANSDUCTIVE.

    Every score depends on all other test queries, which a search engine never sees. For text-to-video; transpose for
    the other direction.
    """
    scores = as_floats(similarity, "similarity").astype(np.float64)
    known = np.where(np.isnan(scores), -np.inf, scores)
    top = known.max(axis=0, keepdims=True)
    weight = np.exp((known - np.where(np.isfinite(top), top, 0.0)) / temperature)
    return scores * weight / np.maximum(weight.sum(axis=0, keepdims=True), np.finfo(np.float64).tiny)


def dual_softmax_metrics(
    similarity: Any, *, temperature: float = 0.01, ties: Ties = "expected", groups: npt.ArrayLike | None = None
) -> dict[str, Any]:
    """Both directions after dual softmax, with the flag that keeps them out of headline tables."""
    scores = as_floats(similarity, "similarity")
    forward = retrieval_metrics(dual_softmax(scores, temperature), ties=ties, groups=groups)
    back = retrieval_metrics(dual_softmax(scores.T, temperature).T, ties=ties, groups=groups)
    both = RetrievalMetrics(forward.t2v, back.v2t, forward.num_nan)
    return {"transductive": True, "method": "dual softmax", "temperature": temperature, **both.as_dict()}
