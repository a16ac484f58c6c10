"""Figures of ranks under ties: by hand, and against every order that ties may come in."""

from __future__ import annotations

from itertools import permutations
from math import comb

import numpy as np
import pytest

from svta.eval.metrics.ranks import MetricsError, Ranks, as_ranks, found_any
from svta.eval.metrics.retrieval import retrieval_metrics, retrieval_metrics_from_embeddings


def test_statistics_by_name():
    ranks = as_ranks([1.0, 2, 2, 10])
    assert [ranks.figure(name) for name in ("R@1", "R@2", "MdR", "MnR")] == [25, 75, 2, 3.75]
    for wrong in ("MRR", "R@0", "R@", "R@1.5"):
        with pytest.raises(MetricsError, match=wrong):
            ranks.figure(wrong)
    assert np.isnan([Ranks(np.zeros(0)).figure(name) for name in ("R@1", "MdR", "MnR")]).all()
    with pytest.raises(MetricsError, match="dimensions"):
        as_ranks([[1.0]])


def test_a_constant_model_is_at_chance_and_a_tie_on_top_counts_half():
    for n in (1, 4, 7, 50):
        constant = retrieval_metrics(np.ones((n, n)))
        rows = np.full((n, 3), 0.25, np.float32)
        for metrics in (constant, retrieval_metrics_from_embeddings(rows, rows)):
            for way in (metrics.t2v, metrics.v2t):
                assert [way.recall(k) for k in (1, 5, 10)] == pytest.approx([100 * min(k, n) / n for k in (1, 5, 10)])
                assert way.mean_rank == (n + 1) / 2
    two = retrieval_metrics([[0.9, 0.9, 0.1], [0.2, 0.9, 0.1], [0.1, 0.2, 0.9]])
    assert two.t2v.recall(1) == pytest.approx(100 * (0.5 + 1 + 1) / 3) and two.t2v.recall(2) == 100
    assert two.with_ties("optimistic").t2v.recall(1) == 100
    assert two.with_ties("pessimistic").t2v.recall(1) == pytest.approx(200 / 3)


def in_every_order(scores: np.ndarray, right: set[int], k: int) -> float:
    """Share of all orders of the items, sorted stably by score, with a right one among the first k."""
    orders = list(permutations(range(len(scores))))
    hits = sum(bool(right & set(sorted(order, key=lambda i: -scores[i])[:k])) for order in orders)
    return hits / len(orders)


@pytest.mark.parametrize("seed", range(6))
def test_recall_is_the_mean_over_every_order_of_the_ties(seed):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 3, (6, 6)).astype(float)
    metrics = retrieval_metrics(scores)
    for k in range(1, 7):
        exact = [100 * np.mean([in_every_order(m[i], {i}, k) for i in range(6)]) for m in (scores, scores.T)]
        assert [metrics.t2v.recall(k), metrics.v2t.recall(k)] == pytest.approx(exact)


@pytest.mark.parametrize("seed", range(4))
def test_several_right_answers_are_counted_over_every_order(seed):
    rng = np.random.default_rng(seed)
    scores, right = rng.integers(0, 3, 6).astype(float), set(rng.permutation(6)[: 1 + seed % 3].tolist())
    best = max(scores[i] for i in right)
    counts = (scores > best).sum(), (scores == best).sum(), sum(scores[i] == best for i in right)
    for k in range(1, 7):
        found = found_any(*(np.array([count]) for count in counts), k)
        assert found[0] == pytest.approx(in_every_order(scores, right, k))


def test_several_right_answers_by_hand():
    """50 items that tie, 5 of them right: one of ten drawn is right with probability 1 - C(45, 10) / C(50, 10)."""
    counts = np.array([0]), np.array([50]), np.array([5])
    assert found_any(*counts, 10)[0] == pytest.approx(1 - comb(45, 10) / comb(50, 10))
    assert found_any(*counts, 1)[0] == pytest.approx(0.1)
    assert found_any(np.array([10]), np.array([1]), np.array([1]), 10)[0] == 0
    assert found_any(np.array([0]), np.array([3]), np.array([0]), 10)[0] == 0


def test_nan_is_never_found_not_even_in_a_gallery_smaller_than_k():
    nothing = retrieval_metrics(np.full((4, 4), np.nan))
    for ties in ("expected", "optimistic", "pessimistic"):
        for way in (nothing.with_ties(ties).t2v, nothing.with_ties(ties).v2t):
            assert [way.recall(k) for k in (1, 5, 10)] == [0, 0, 0] and way.mean_rank == 4
    one = np.eye(20)
    one[3, 3] = np.nan
    assert retrieval_metrics(one).t2v.recall(10) == 95 and retrieval_metrics(one).t2v.num_ranked == 20


def test_grouped_figures_share_the_rule():
    """Five captions of two videos under a constant model: 1/2 both ways."""
    metrics = retrieval_metrics(np.ones((5, 2)), groups=[0, 0, 0, 1, 1])
    assert metrics.t2v.recall(1) == metrics.v2t.recall(1) == 50 and metrics.v2t.num_ranked == 2


def test_some_queries():
    ranks = Ranks(np.array([1.5, 3.0, 2.0]), np.array([2, 1, 0]))
    assert ranks.found(1).tolist() == [0.5, 0, 0] and ranks.found(3).tolist() == [1, 1, 0]
    assert ranks.take([0, 1]).figure("R@1") == 25 and ranks.take(np.array([False, True, False])).figure("R@3") == 100
