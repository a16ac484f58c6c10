"""Second stages by hand: pair scores on top of the first stage, dual softmax with its flag."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from svta.eval.baselines.gram import top_pairs
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


def frames_of(numbers):
    return torch.tensor(numbers), torch.ones(len(numbers), 1)


@pytest.mark.parametrize("direction", ["t2v", "v2t"])
def test_candidates_are_those_of_the_official_code(direction):
    for k in (1, 2, 9):
        found = best_candidates(SCORES, k, direction)
        assert np.array_equal(found, top_pairs(torch.tensor(SCORES), k, direction).numpy())
    with pytest.raises(MetricsError, match="t2v or v2t"):
        best_candidates(SCORES, 1, "both")


def test_pairs_reorder_the_top_and_leave_the_rest():
    encoder = Pairs([[0.1, 0.9, 0.5], [0.9, 0.8, 0.1], [0.2, 0.1, 0.3]])
    calls = []
    found = rerank_pairs(encoder, ["0", "1", "2"], frames_of, SCORES, k=2, on_pairs=lambda *c: calls.append(c))
    assert encoder.seen == 6 and calls[-1] == (6, 6)
    assert np.argsort(-found, axis=1).tolist() == [[1, 0, 2], [1, 2, 0], [0, 1, 2]]
    assert found[0, 2] == SCORES[0, 2]
    back = rerank_pairs(encoder, ["0", "1", "2"], frames_of, SCORES, k=1, direction="v2t")
    assert (back > 3).sum(axis=0).tolist() == [1, 1, 1]


def test_a_nan_pair_is_the_last_candidate():
    encoder = Pairs([[np.nan, 0.2, 0.1]] * 3)
    found = rerank_pairs(encoder, ["0", "1", "2"], frames_of, SCORES, k=2)
    assert np.isfinite(found).all() and np.argsort(-found[0]).tolist() == [1, 0, 2]
    with pytest.raises(MetricsError, match="scores no pairs"):
        rerank_pairs(Encoder(), ["0"], frames_of, SCORES, k=1)


def test_both_ways_score_a_pair_once_and_count_what_was_kept():
    encoder = Pairs([[0.1, 0.9, 0.5], [0.9, 0.8, 0.1], [0.2, 0.1, 0.3]])
    found = rerank_both_ways(encoder, ["0", "1", "2"], frames_of, SCORES, model="pairs", k=1)
    # best videos of the texts: 0, 2, 1; best texts of the videos: 0, 2, 1: three pairs, text 0 with video 0 among them
    assert (found.model, found.top, found.pairs, encoder.seen, found.num_nan) == ("pairs", 1, 3, 3, 0)
    assert found.kept == {"t2v": pytest.approx(100 / 3, abs=1e-4), "v2t": pytest.approx(100 / 3, abs=1e-4)}
    assert found.t2v["R@1"] == pytest.approx(100 / 3, abs=1e-4)


def test_dual_softmax_is_flagged_and_helps_a_hub():
    hub = np.array([[0.9, 0.5, 0.1], [0.8, 0.79, 0.1], [0.8, 0.1, 0.79]])  # video 0 is close to everything
    assert retrieval_metrics(hub).t2v.recall(1) == pytest.approx(100 / 3)
    found = dual_softmax_metrics(hub)
    assert found.transductive is True and found.t2v["R@1"] == 100
    alone = dual_softmax(np.array([[0.5, np.nan]]))
    assert alone[0, 0] == 0.5 and np.isnan(alone[0, 1])
