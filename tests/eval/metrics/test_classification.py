"""classification.py: AUROC, average precision and top-k accuracy, counted by hand."""

from __future__ import annotations

import math

import pytest

from svta.eval.metrics.classification import auroc, average_precision, mean_over_classes, top_k_accuracy
from svta.eval.metrics.ranks import MetricsError

NAN = math.nan


@pytest.mark.parametrize(
    ("scores", "positive", "area", "precision"),
    [
        ([3, 2, 1], [1, 0, 0], 1.0, 1.0),
        ([1, 2, 3], [1, 0, 0], 0.0, 1 / 3),
        ([4, 3, 2, 1], [1, 0, 1, 0], 3 / 4, (1 + 2 / 3) / 2),
        ([2, 2, 1], [1, 0, 0], 3 / 4, 1 / 2),  # a tie counts half, and shares a threshold
        ([1, 1, 1, 1], [1, 0, 0, 0], 1 / 2, 1 / 4),
        ([1, 2], [1, 1], NAN, 1.0),
        ([1, 2], [0, 0], NAN, NAN),
        ([], [], NAN, NAN),
    ],
)
def test_areas_by_hand(scores: list[float], positive: list[int], area: float, precision: float) -> None:
    assert auroc(scores, positive) == pytest.approx(area, nan_ok=True)
    assert average_precision(scores, positive) == pytest.approx(precision, nan_ok=True)


@pytest.mark.parametrize("figure", [auroc, average_precision])
def test_scores_that_cannot_be_ordered_are_refused(figure) -> None:
    with pytest.raises(MetricsError, match=r"^\(2,\) scores for \(3,\) labels$"):
        figure([1, 2], [1, 0, 0])
    with pytest.raises(MetricsError, match=r"^\(1, 2\) scores for \(1, 2\) labels$"):
        figure([[1, 2]], [[1, 0]])
    with pytest.raises(MetricsError, match="^2 scores are NaN$"):
        figure([NAN, 1, NAN], [1, 0, 1])


@pytest.mark.parametrize(
    ("rows", "labels", "k", "percent"),
    [
        ([[3, 2, 1], [3, 2, 1]], [0, 1], 1, 50.0),
        ([[3, 2, 1], [3, 2, 1]], [0, 1], 2, 100.0),
        ([[2, 2, 1]], [0], 1, 50.0),
        ([[1, 1, 1]], [2], 2, 200 / 3),
        ([[NAN, 1, 0]], [0], 3, 0.0),  # a NaN of its own is wrong, whatever k
        ([[NAN, 1, 0]], [1], 1, 100.0),
        ([[math.inf, 1, 0]], [0], 1, 100.0),
    ],
)
def test_top_k_by_hand(rows: list[list[float]], labels: list[int], k: int, percent: float) -> None:
    assert top_k_accuracy(rows, labels, k) == pytest.approx(percent)


def test_every_class_counts_alike() -> None:
    import numpy as np

    rows = np.array([[1, 0], [1, 0], [1, 0], [1, 0]])
    assert mean_over_classes(rows, np.array([0, 0, 0, 1])) == 50.0
    assert math.isnan(mean_over_classes(rows[:0], np.array([], np.int64)))
    assert math.isnan(top_k_accuracy(rows[:0], [], 1))
