"""TVR-Ranking: NDCG of ranked moments as the public script counts, and over all queries that have an answer."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from golden_figures import differences, golden

from svta.eval.moments import MomentsError, score_tvr_ranking


def truth(video: str, start: float, end: float, relevance: float) -> dict[str, Any]:
    return {"video_name": video, "timestamp": [start, end], "relevance": relevance}


def row(video: str, start: float, end: float) -> dict[str, Any]:
    return {"video_name": video, "timestamp": [start, end], "model_scores": 0.0}


def test_golden_figures_of_the_public_script(shared: Path) -> None:
    cases = golden(shared / "reference" / "rvmr_ndcg.json")["cases"]
    assert len(cases) > 15
    for case in cases:
        got = score_tvr_ranking(case["ground_truth"], case["predictions"], mode="official")
        assert not list(differences(case["expected"]["official"], got, 1e-10)), case["name"]
        honest = case["expected"]["honest"]
        if "error" in honest:
            with pytest.raises(MomentsError, match=honest["error"].split()[-1]):
                score_tvr_ranking(case["ground_truth"], case["predictions"])
            continue
        got = score_tvr_ranking(case["ground_truth"], case["predictions"])
        assert not list(differences(honest, got, 1e-10)), case["name"]


def test_gain_by_hand() -> None:
    truths = {"q": [truth("a", 0, 10, 1), truth("b", 0, 10, 3)]}
    rows = {"q": [row("c", 0, 10), row("a", 0, 10), row("b", 0, 10)]}
    ideal = 7 + 1 / math.log2(3)
    expected = (1 / math.log2(3) + 7 / 2) / ideal
    got: Any = score_tvr_ranking(truths, rows)
    assert got["mean"]["NDCG@10 IoU=0.7"] == pytest.approx(expected, abs=1e-12)


def test_exactly_at_the_threshold_earns_nothing() -> None:
    got: Any = score_tvr_ranking({"q": [truth("a", 0, 10, 1)]}, {"q": [row("a", 0, 5)]})
    assert got["mean"]["NDCG@10 IoU=0.3"] == 1.0
    assert got["mean"]["NDCG@10 IoU=0.5"] == 0.0  # IoU .5, strictly above is asked


def test_queries_without_predictions_count_only_honestly() -> None:
    truths = {"q": [truth("a", 0, 10, 1)], "r": [truth("a", 0, 10, 2)], "s": [truth("a", 0, 10, 0)]}
    rows = {"q": [row("a", 0, 10)]}
    official: Any = score_tvr_ranking(truths, rows, mode="official")
    honest: Any = score_tvr_ranking(truths, rows)
    assert official["mean"]["NDCG@10 IoU=0.5"] == 1.0
    assert honest["mean"]["NDCG@10 IoU=0.5"] == 0.5
    assert (honest["num_queries"], honest["num_no_answer"], honest["num_missing"]) == (2, 1, 1)
    nothing: Any = score_tvr_ranking({}, {})
    assert set(nothing["mean"].values()) == {None}


@pytest.mark.parametrize(
    ("truths", "rows", "message"),
    [
        ({"q": [truth("a", 0, 10, 1)]}, {"z": []}, "unknown query z"),
        ({"q": [truth("a", 9, 1, 1)]}, {}, "query q"),
        ({"q": [truth("a", 0, 1, float("nan"))]}, {}, "relevance"),
        ({"q": [truth("a", 0, 1, 1e6)]}, {}, "relevance"),
        ({"q": {}}, {}, "query q"),
        ([], {}, "ground truth"),
        ({"q": [truth("a", 0, 1, 1)]}, {"q": [{"video_name": "a"}]}, "query q"),
    ],
)
def test_what_is_refused(truths: Any, rows: Any, message: str) -> None:
    with pytest.raises(MomentsError, match=message):
        score_tvr_ranking(truths, rows)
