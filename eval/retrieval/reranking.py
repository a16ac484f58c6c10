"""Second stages: pairs scored together for the best candidates, and dual softmax.

Reads similarity matrices and, for pairs, frames on demand; writes nothing. Dual softmax looks at all test queries at
once (transductive): its figures carry that flag and belong in no headline table.

    rerank_both_ways(encoder, texts, frames_of, similarity, k=50).t2v["R@1"]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from svta.eval.distributed import gather, share
from svta.eval.embeddings.batching import FittingBatch
from svta.eval.embeddings.frame_store import Block
from svta.eval.encoders.base import Encoder, as_encoder
from svta.eval.metrics.retrieval import WAYS, Floats, MetricsError, Ties, Way, as_floats, retrieval_metrics

from .result import DualSoftmax, Reranked
from .summary import rounded

if TYPE_CHECKING:
    import torch

FramesOf = Callable[[int], Block]  # of one video
PAIRS_AT_A_TIME: Final = 64


def best_candidates(similarity: npt.ArrayLike, k: int, direction: Way = "t2v") -> npt.NDArray[np.bool_]:
    """bool [T, V]: the k best videos of each text (t2v) or texts of each video (v2t); NaN is never one.

    A tie at the k-th place is not cut by place: all that tie there are candidates where that makes 2k at most, else
    none of them.
    """
    if direction not in WAYS:
        raise MetricsError(f"direction {direction!r}: t2v or v2t")
    given = as_floats(similarity, "similarity")
    scores = given if direction == "t2v" else given.T
    known = ~np.isnan(scores)
    ordered = -np.sort(np.where(known, -scores, np.inf), axis=1)
    last = ordered[:, min(k, ordered.shape[1]) - 1][:, None]
    chosen = known & (scores >= last)
    chosen &= (chosen.sum(axis=1) <= 2 * k)[:, None] | (scores > last)
    return chosen if direction == "t2v" else chosen.T


def score_pairs(
    encoder: Encoder,
    texts: Sequence[str],
    frames_of: FramesOf,
    chosen: npt.NDArray[np.bool_],
    on_pairs: Callable[[int, int], None] | None = None,
) -> Floats:
    """float64 [T, V]: `encoder.pair_scores` of the chosen pairs, NaN elsewhere.

    Video by video, so that each is decoded once however many texts want it; several processes share the videos.
    """
    encoder = as_encoder(encoder)
    if not encoder.scores_pairs:
        raise MetricsError(f"{type(encoder).__name__} does not score pairs: re-ranking needs pair_scores")
    batch = FittingBatch(PAIRS_AT_A_TIME)
    wanted = share(np.flatnonzero(chosen.any(axis=0)).tolist())
    total, done = int(chosen[:, wanted].sum()), 0
    scored: list[tuple[int, npt.NDArray[np.int64], Floats]] = []
    for video in wanted:
        rows, shown = np.flatnonzero(chosen[:, video]), frames_of(video)

        def score(numbers: list[int], shown: Block = shown) -> torch.Tensor:
            first = [0] * len(numbers)
            frames, mask = shown.pixel_values[first], shown.frame_mask[first]
            return encoder.score_clips([texts[n] for n in numbers], frames, mask, shown.times * len(numbers))

        scored.append((video, rows, batch(score, rows.tolist())))
        done += len(rows)
        if on_pairs is not None:
            on_pairs(done, total)
    pairs = np.full(chosen.shape, np.nan)
    for video, rows, scores in gather(scored):
        pairs[rows, video] = scores
    return pairs


def raise_candidates(scores: Floats, chosen: npt.NDArray[np.bool_], pairs: Floats) -> Floats:
    """float64 [T, V]: the chosen pairs above everything else, in the order of their pair scores; a NaN pair is NaN.

    Below them the first stage's order is (the official matrix with zeros is baselines.gram.rerank).
    """
    known = pairs[chosen & ~np.isnan(pairs)]
    low = known.min() if len(known) else 0.0
    finite = scores[np.isfinite(scores)]
    ceiling = float(finite.max()) if len(finite) else 0.0
    return np.where(chosen, ceiling + 1.0 + (pairs - low + 1.0), scores)


def rerank_both_ways(
    encoder: Encoder,
    texts: Sequence[str],
    frames_of: FramesOf,
    similarity: npt.ArrayLike,
    *,
    model: str = "?",
    k: int = 50,
    ties: Ties = "expected",
    groups: npt.ArrayLike | None = None,
    on_pairs: Callable[[int, int], None] | None = None,
) -> Reranked:
    """Both directions after re-ranking the k best of every text and of every video; a pair wanted twice is scored once.

    `model` is the encoder's name in the result. groups: the video of each text, where videos have several.
    """
    scores = as_floats(similarity, "similarity")
    candidates = {way: best_candidates(scores, k, way) for way in WAYS}
    both = candidates["t2v"] | candidates["v2t"]
    pairs = score_pairs(encoder, texts, frames_of, both, on_pairs)
    ranked = {
        way: retrieval_metrics(raise_candidates(scores, candidates[way], pairs), ties=ties, groups=groups)
        for way in WAYS
    }
    owner = np.arange(len(scores)) if groups is None else np.asarray(groups)
    own = {way: candidates[way][np.arange(len(owner)), owner] for way in WAYS}  # the true pairs
    videos = np.unique(owner)
    kept = {"t2v": own["t2v"].mean(), "v2t": np.mean([own["v2t"][owner == video].any() for video in videos])}
    return Reranked(
        model,
        k,
        int(both.sum()),
        int(np.isnan(pairs[both]).sum()),
        {way: round(100.0 * float(kept[way]), 4) for way in WAYS},
        rounded(ranked["t2v"].t2v.as_dict()),
        rounded(ranked["v2t"].v2t.as_dict()),
    )


def dual_softmax(similarity: npt.ArrayLike, temperature: float = 0.01) -> Floats:
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
    similarity: npt.ArrayLike,
    *,
    temperature: float = 0.01,
    ties: Ties = "expected",
    groups: npt.ArrayLike | None = None,
) -> DualSoftmax:
    """Both directions after dual softmax, with the flag that keeps them out of headline tables."""
    scores = as_floats(similarity, "similarity")
    forward = retrieval_metrics(dual_softmax(scores, temperature), ties=ties, groups=groups)
    back = retrieval_metrics(dual_softmax(scores.T, temperature).T, ties=ties, groups=groups)
    return DualSoftmax(temperature=temperature, t2v=rounded(forward.t2v.as_dict()), v2t=rounded(back.v2t.as_dict()))
