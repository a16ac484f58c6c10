"""Rogan-Gladen: values by hand, and how often its interval holds the truth."""

from __future__ import annotations

import numpy as np
import pytest

from svta.eval.audit.correction import corrected_rate


def test_by_hand() -> None:
    found = corrected_rate(0.62, 300, (0.9, 200), (0.8, 200))
    assert found is not None and found.share == pytest.approx(0.42 / 0.7)
    assert found.low < 0.6 < found.high
    perfect = corrected_rate(0.8, 300, (1.0, 10**9), (1.0, 10**9))
    assert perfect is not None and perfect.share == pytest.approx(0.8)
    # with an error that is known for certain, what is left is the interval of Agresti and Coull
    n, q = 300 + 1.959964**2, (240 + 1.959964**2 / 2) / (300 + 1.959964**2)
    half = 1.959964 * (q * (1 - q) / n) ** 0.5
    assert (perfect.low, perfect.high) == (pytest.approx(q - half, abs=1e-6), pytest.approx(q + half, abs=1e-6))


def test_an_interval_counts_how_little_is_known_of_the_judge() -> None:
    few, many = (corrected_rate(0.7, 300, (0.9, n), (0.9, n)) for n in (20, 2000))
    assert few is not None and many is not None and few.high - few.low > 1.3 * (many.high - many.low)


@pytest.mark.parametrize("case", [(0.5, 300, (0.5, 60), (0.5, 60)), (0.5, 0, (0.9, 60), (0.9, 60)),
                                  (0.5, 300, (0.9, 0), (0.9, 60)), (0.2, 300, (0.3, 60), (0.6, 60))])  # fmt: skip
def test_a_judge_that_knows_nothing_is_not_corrected(case) -> None:
    assert corrected_rate(*case) is None


def test_shares_stay_shares() -> None:
    low, high = corrected_rate(0.15, 100, (0.9, 50), (0.8, 50)), corrected_rate(0.95, 100, (0.9, 50), (0.8, 50))
    assert low is not None and (low.share, low.low) == (0.0, 0.0) and low.high > 0
    assert high is not None and (high.share, high.high) == (1.0, 1.0) and high.low < 1
    # fewer yes than this judge says to wrong captions alone: it is not the judge that was measured
    assert corrected_rate(0.01, 300, (0.9, 200), (0.6, 200)) is None


@pytest.mark.parametrize(
    ("sensitivity", "specificity", "share"), [(0.85, 0.8, 0.8), (0.95, 0.6, 0.8), (0.9, 0.9, 0.97), (0.7, 0.75, 0.5)]
)
def test_the_interval_holds_the_truth_as_often_as_it_says(sensitivity, specificity, share) -> None:
    rng, held = np.random.default_rng(7), 0
    for _ in range(1000):
        yes = np.where(rng.random(300) < share, rng.random(300) < sensitivity, rng.random(300) > specificity).mean()
        errors = [(rng.binomial(60, p) / 60, 60) for p in (sensitivity, specificity)]
        found = corrected_rate(yes, 300, *errors)
        held += found is not None and found.low <= share <= found.high
    assert 930 <= held <= 1000
