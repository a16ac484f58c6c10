"""TVR: recalls of moments in a corpus, in the right video, and of videos, as the public script and honestly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from golden_figures import differences, golden

from svta.eval.moments import MomentsError, score_tvr

NAN = float("nan")


def case(ts: Any, *rows: list[float], task: str = "VCMR", **more: Any) -> dict[str, Any]:
    truth = {"desc_id": 1, "desc": "a man falls", "type": "v", "vid_name": "a", "ts": ts}
    lines = [{"desc_id": 1, "desc": "a man falls", "predictions": list(rows)}]
    return {"video2idx": {"a": 0, "b": 1}, "ground_truth": [truth], task: lines, **more}


def test_golden_figures_of_the_public_script(shared: Path) -> None:
    cases = golden(shared / "reference" / "moments_tvr.json")["cases"]
    assert len(cases) > 20
    for one in cases:
        expected = one.pop("expected")
        got = score_tvr(one, mode="official")
        assert not list(differences(expected["official"], got)), one["name"]
        if "error" in expected["honest"]:
            with pytest.raises(MomentsError, match=expected["honest"]["error"].split()[-1]):
                score_tvr(one, mode="honest")
            continue
        assert not list(differences(expected["honest"], score_tvr(one, mode="honest"))), one["name"]


@pytest.mark.parametrize("mode", ["official", "honest"])
def test_recalls_by_hand(mode: Any) -> None:
    rows = [[1, 10, 20, 0.9], [0, 50, 60, 0.8], [0, 10, 24, 0.7], [0, 11, 20, 0.6]]  # IoU 10/14, then 9/10
    corpus: Any = score_tvr(case([10, 20], *rows), mode=mode)
    assert (corpus["VCMR"]["0.7-r1"], corpus["VCMR"]["0.7-r5"]) == (0.0, 100.0)
    single: Any = score_tvr(case([10, 20], *rows, task="SVMR"), mode=mode)
    assert (single["SVMR"]["0.7-r1"], single["SVMR"]["0.7-r5"]) == (0.0, 100.0)
    single = score_tvr(case([10, 20], *rows[:1], *rows[2:], task="SVMR"), mode=mode)
    assert single["SVMR"]["0.7-r1"] == 100.0  # the row of the other video is taken out first
    video: Any = score_tvr(case([10, 20], *rows, task="VR"), mode=mode)
    assert (video["VR"]["r1"], video["VR"]["r5"]) == (0.0, 100.0)
    assert video["VR_by_type"]["v-r5"] == 100.0


def test_several_spans() -> None:
    many = [[0, 5], [10, 15], [20, 25], [30, 35]]
    one_reached: Any = score_tvr(case(many, [0, 10, 15, 1.0], use_desc_type=False))
    assert one_reached["VCMR"]["0.5-r1"] == 0.0  # four spans or more: two must be reached
    twice: Any = score_tvr(case([*many[:3], [10, 16]], [0, 10, 15, 1.0], use_desc_type=False))
    assert twice["VCMR"]["0.5-r1"] == 100.0
    any_of: Any = score_tvr(case(many[:3], [0, 20, 25, 1.0], use_desc_type=False))
    assert any_of["VCMR"]["0.7-r1"] == 100.0
    assert score_tvr(case(many[:3], [0, 20, 25, 1.0], use_desc_type=False), mode="official")["VCMR"] is None


def test_malformed_rows_keep_their_place_and_never_hit() -> None:
    got: Any = score_tvr(case([10, 20], [0, 20, 10, 1.0], [NAN, 10, 20, 1.0], [0, 10, NAN, 1.0]))
    assert got["VCMR"]["0.5-r100"] == 0.0
    assert got["VCMR_counts"] == {"num_queries": 1, "num_missing": 0, "num_malformed_rows": 3}
    video: Any = score_tvr(case([10, 20], [0, 20, 10, 1.0], task="VR"))
    assert video["VR"]["r1"] == 100.0 and video["VR_counts"]["num_malformed_rows"] == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ground_truth": [{"desc_id": 2, "type": "v", "vid_name": "a", "ts": [1, 2]}]}, "unknown desc_id 1"),
        ({"ground_truth": [{"desc_id": 1, "type": "v", "vid_name": "a", "ts": [2, 2]}]}, "desc_id 1"),
        ({"ground_truth": [{"desc_id": 1, "type": "w", "vid_name": "a", "ts": [1, 2]}]}, "type"),
        ({"ground_truth": [{"desc_id": 1, "type": "v", "ts": [1, 2]}]}, "vid_name"),
        ({"ground_truth": [{"desc_id": 1, "type": "v", "vid_name": "a", "ts": []}]}, "desc_id 1"),
        ({"ground_truth": None}, "ground truth: a list is needed"),
        ({"video2idx": []}, "video2idx"),
        ({"video2idx": {"a": "0", "b": 1}}, "'a' has the index 0; a whole number"),
        ({"video2idx": {"a": True, "b": 1}}, "a whole number"),
        ({"video2idx": {"a": float("inf")}}, "a whole number"),
        ({"video2idx": {"val": {"a": [12.5, 0, 1]}}}, "a whole number"),
        ({"VCMR": [{"desc_id": 1, "predictions": []}] * 2}, "duplicate desc_id 1"),
        ({"VCMR": [{"desc_id": 1, "predictions": [[0, "x", 2]]}]}, "not a number"),
    ],
)
def test_what_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(MomentsError, match=message):
        score_tvr(case([1, 2]) | change)


@pytest.mark.parametrize("video2idx", [{"val": {"a": [12.5, 0]}, "test": {"b": [9, 1]}}, {"a": 0.0, "b": 1}])
def test_the_indices_of_tvrs_own_table(video2idx: dict[str, Any]) -> None:
    """{split: {name: [seconds, index]}}, as the authors publish it, counts as the flat table of a submission does."""
    assert score_tvr(case([1, 2]) | {"video2idx": video2idx}) == score_tvr(case([1, 2]))


def test_a_row_without_times_is_malformed() -> None:
    got: Any = score_tvr(case([1, 2], [0], []))
    assert got["VCMR_counts"]["num_malformed_rows"] == 2


def test_no_task_is_refused() -> None:
    with pytest.raises(MomentsError, match="no predictions"):
        score_tvr({"video2idx": {}, "ground_truth": []})
