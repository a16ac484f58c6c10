"""Second stages by hand: pair scores on top of the first stage, dual softmax with its flag."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from svta.builder.video.decoder import FrameTimes
from svta.eval.baselines.gram import top_pairs
from svta.eval.embeddings.frame_store import Block
from svta.eval.encoders import Encoder
from svta.eval.metrics.retrieval import MetricsError, retrieval_metrics
from svta.eval.retrieval.reranking import (
    best_candidates,
    dual_softmax,
    dual_softmax_metrics,
    raise_candidates,
    rerank_both_ways,
    score_pairs,
)

SCORES = np.array([[3.0, 2.0, 1.0], [1.0, 2.0, 3.0], [2.0, 3.0, 1.0]])


class Pairs:
    """Scores text t with video v by a table; counts how many pairs it saw."""

    def __init__(self, table):
        self.table, self.seen = np.asarray(table, dtype=float), 0

    def pair_scores(self, texts, pixel_values, frame_mask):
        self.seen += len(texts)
        return torch.tensor([self.table[int(text), int(v)] for text, v in zip(texts, pixel_values)])


def rerank_pairs(encoder, texts, frames_of, scores, *, k, direction="t2v", on_pairs=None):
    """The matrix that rerank_both_ways ranks, one way."""
    chosen = best_candidates(scores, k, direction)
    return raise_candidates(scores, chosen, score_pairs(encoder, texts, frames_of, chosen, on_pairs))


def frames_of(number):
    return Block([number], torch.tensor([number]), torch.ones(1, 1), [FrameTimes(np.arange(1), 1, 1.0)], [])


@pytest.mark.parametrize("direction", ["t2v", "v2t"])
def test_candidates_are_those_of_the_official_code(direction):
    for k in (1, 2, 9) if direction == "t2v" else (1, 9):
        found = best_candidates(SCORES, k, direction)
        assert np.array_equal(found, top_pairs(torch.tensor(SCORES), k, direction).numpy())
    with pytest.raises(MetricsError, match="t2v or v2t"):
        best_candidates(SCORES, 1, "both")


def test_a_tie_at_the_cut_is_not_cut_by_place():
    column = best_candidates(SCORES, 2, "v2t")[:, 1]  # scores 2, 2, 3: the second place is a tie of two
    assert column.tolist() == [True, True, True]
    for n, chosen in ((4, 4), (5, 0)):  # all that tie up to 2k candidates, else none: never the first by place
        assert (best_candidates(np.ones((n, n)), 2).sum(axis=1) == chosen).all()
    one = np.array([[0.9] + [0.5] * 9])
    assert best_candidates(one, 3).tolist() == [[True] + [False] * 9]
    assert best_candidates(np.array([[np.nan, 0.1, np.nan]]), 2).tolist() == [[False, True, False]]


def test_a_constant_first_stage_stays_at_chance_whatever_the_order():
    table = np.eye(40)
    for order in (range(40), range(39, -1, -1)):
        encoder = Pairs(table[list(order)])
        found = rerank_both_ways(encoder, [str(i) for i in range(40)], frames_of, np.ones((40, 40)), k=5)
        assert (found.kept["t2v"], found.t2v["R@1"], found.v2t["R@10"]) == (0, 2.5, 25) and encoder.seen == 0


def test_captions_of_one_video_are_reranked_together():
    """Two videos, two captions each: text-to-video by caption, video-to-text by the best caption."""
    scores = np.array([[0.9, 0.8], [0.3, 0.4], [0.6, 0.5], [0.1, 0.7]])
    encoder = Pairs([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.2, 0.9]])
    found = rerank_both_ways(encoder, ["0", "1", "2", "3"], frames_of, scores, k=2, groups=[0, 0, 1, 1])
    assert (found.t2v["R@1"], found.v2t["R@1"], found.kept) == (100, 100, {"t2v": 100, "v2t": 100})
    assert retrieval_metrics(scores, groups=[0, 0, 1, 1]).t2v.recall(1) == 50
    first = rerank_both_ways(encoder, ["0", "1", "2", "3"], frames_of, scores, k=1, groups=[0, 0, 1, 1])
    # best video of the captions: 0, 1, 0, 1; best caption of the videos: 0 and 0
    assert first.kept == {"t2v": 50, "v2t": 50}


def test_pairs_reorder_the_top_and_leave_the_rest():
    encoder = Pairs([[0.1, 0.9, 0.5], [0.9, 0.8, 0.1], [0.2, 0.1, 0.3]])
    calls = []
    found = rerank_pairs(encoder, ["0", "1", "2"], frames_of, SCORES, k=2, on_pairs=lambda *c: calls.append(c))
    assert encoder.seen == 6 and calls[-1] == (6, 6)
    assert np.argsort(-found, axis=1).tolist() == [[1, 0, 2], [1, 2, 0], [0, 1, 2]]
    assert found[0, 2] == SCORES[0, 2]
    back = rerank_pairs(encoder, ["0", "1", "2"], frames_of, SCORES, k=1, direction="v2t")
    assert (back > 3).sum(axis=0).tolist() == [1, 1, 1]


def test_a_nan_pair_is_never_found():
    encoder = Pairs([[np.nan, 0.2, 0.1]] * 3)
    found = rerank_pairs(encoder, ["0", "1", "2"], frames_of, SCORES, k=2)
    assert np.isnan(found[0, 0]) and found[0, 1] > found[0, 2]
    nothing = rerank_both_ways(Pairs(np.full((3, 3), np.nan)), ["0", "1", "2"], frames_of, SCORES, k=3)
    assert (nothing.t2v["R@1"], nothing.t2v["R@5"], nothing.v2t["R@10"], nothing.num_nan) == (0, 0, 0, 9)
    with pytest.raises(MetricsError, match="does not score pairs"):
        rerank_pairs(Encoder(), ["0"], frames_of, SCORES, k=1)


def test_both_ways_score_a_pair_once_and_count_what_was_kept():
    encoder = Pairs([[0.1, 0.9, 0.5], [0.9, 0.8, 0.1], [0.2, 0.1, 0.3]])
    found = rerank_both_ways(encoder, ["0", "1", "2"], frames_of, SCORES, model="pairs", k=1)
    # best videos of the texts: 0, 2, 1; best texts of the videos: 0, 2, 1: three pairs, text 0 with video 0 among them
    assert (found.model, found.top, found.pairs, encoder.seen, found.num_nan) == ("pairs", 1, 3, 3, 0)
    assert found.kept == {"t2v": pytest.approx(100 / 3, abs=1e-4), "v2t": pytest.approx(100 / 3, abs=1e-4)}
    assert found.t2v["R@1"] == pytest.approx(100 / 3, abs=1e-4)
    # video 0 is the best of both texts, text 1 that of video 0, text 0 that of video 1
    uneven = rerank_both_ways(encoder, ["0", "1"], frames_of, np.array([[0.9, 0.8], [0.95, 0.1]]), k=1)
    assert uneven.kept == {"t2v": 50, "v2t": 0} and uneven.pairs == 3


def test_dual_softmax_is_flagged_and_helps_a_hub():
    hub = np.array([[0.9, 0.5, 0.1], [0.8, 0.79, 0.1], [0.8, 0.1, 0.79]])  # video 0 is close to everything
    assert retrieval_metrics(hub).t2v.recall(1) == pytest.approx(100 / 3)
    found = dual_softmax_metrics(hub)
    assert found.transductive is True and found.t2v["R@1"] == 100
    alone = dual_softmax(np.array([[0.5, np.nan]]))
    assert alone[0, 0] == 0.5 and np.isnan(alone[0, 1])


def test_dual_softmax_is_scipys_over_the_queries():
    softmax = pytest.importorskip("scipy.special").softmax
    scores = np.random.default_rng(6).uniform(-1, 1, (5, 3))
    assert dual_softmax(scores, 0.1) == pytest.approx(scores * softmax(scores / 0.1, axis=0))
