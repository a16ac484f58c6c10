"""Kendall's tau over models: hand-computed, against scipy's definition, and the paper's seven rows."""

from __future__ import annotations

import math

import pytest

from svta.eval.metrics import MetricsError
from svta.eval.validity import kendall_tau, leak_effect, paper_validity, tau_interval, told_apart, validity


def test_tau_by_hand():
    assert kendall_tau([1, 2, 3, 4], [1, 2, 3, 4]) == 1 and kendall_tau([1, 2, 3], [3, 2, 1]) == -1
    assert kendall_tau([1, 2, 3, 4], [1, 3, 2, 4]) == pytest.approx(4 / 6)
    assert kendall_tau([1, 1, 2], [1, 2, 3]) == pytest.approx(2 / math.sqrt(2 * 3))
    assert math.isnan(kendall_tau([1, 1], [1, 2]))
    with pytest.raises(MetricsError, match="two models"):
        kendall_tau([1], [1])


def test_the_papers_seven_rows():
    found = paper_validity()
    assert found["t2v"]["tau"] == pytest.approx(0.78, abs=0.005)
    assert found["v2t"]["tau"] == pytest.approx(0.65, abs=0.005)
    for way in found.values():
        narrow, wide = way["interval_95_models"], way["interval_95_models_and_queries"]
        assert len(way["models"]) == 7 and narrow[0] < way["tau"] <= narrow[1]
        assert wide[0] < narrow[0]  # drawing the 290 queries too leaves less certainty
    apart = found["t2v"]["second"]["told_apart"]
    close = {"CLIP4Clip-MeanP", "CLIP4Clip-seqLSTM", "CLIP4Clip-seqTransf", "X-CLIP (ViT-B/32)"}
    assert not any(set(pair) <= close for pair in apart)
    assert ["CLIP4Clip-tightTransf", "GRAM"] in apart
    assert found["t2v"]["second"]["half_width_95"][0] == pytest.approx(4.9, abs=0.05)


def test_ranks_count_downwards():
    a = [{"method": m, "t2v": [0, 0, 0, 0, v]} for m, v in (("x", 9.0), ("y", 5.0), ("z", 1.0))]
    b = [{"method": m, "t2v": [0, 0, 0, 0, v]} for m, v in (("x", 90.0), ("y", 50.0), ("z", 10.0), ("w", 0.0))]
    assert validity(a, b, way="t2v", statistic="MnR")["tau"] == 1
    with pytest.raises(MetricsError, match="1 methods"):
        validity(a[:1], b, way="t2v")


def test_more_queries_tell_more_apart():
    names, figures = ["a", "b"], [20.0, 26.0]
    assert told_apart(names, figures, 290)["told_apart"] == []
    assert told_apart(names, figures, 8_263)["told_apart"] == [["a", "b"]]


def test_interval_without_any_order_is_nan():
    assert all(math.isnan(end) for end in tau_interval([1, 1], [2, 2], draws=10))


def test_leak_effect():
    whole = {"a": [1, 1, 1, 5], "b": [1, 1, 5, 5]}
    found = leak_effect(whole, {"a": [1, 5], "b": [1, 1]})
    assert [row["change"] for row in found["rows"]] == [-25, 50] and found["tau"] == -1
