"""QVHighlights: what the public script prints, what it should, and average precision against a slow second count."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from golden_figures import differences, golden
from hypothesis import given, settings
from hypothesis import strategies as st

from svta.builder.errors import SvtaError
from svta.eval.moments import MomentsError, score_qvhighlights
from svta.eval.moments.highlights import clip_precision
from svta.eval.moments.qvhighlights import IOU_THRESHOLDS, query_precision


def truth(qid: int, *windows: list[float], **more: Any) -> dict[str, Any]:
    return {"qid": qid, "query": "a man falls", "vid": "v", "duration": 60, "relevant_windows": list(windows), **more}


def line(qid: int, *rows: list[float], **more: Any) -> dict[str, Any]:
    return {"qid": qid, "pred_relevant_windows": list(rows), **more}


def test_golden_figures_of_the_public_script(shared: Path) -> None:
    cases = golden(shared / "reference" / "moments_qvhighlights.json")["cases"]
    assert len(cases) > 40
    for case in cases:
        official = case["expected"]["official"]
        official = official.get("scalar", official)  # equal IoUs: the reference depends on the machine
        got = score_qvhighlights(case["ground_truth"], case["predictions"], mode="official")
        assert not list(differences(official, got)), case["name"]
        honest = case["expected"]["honest"]
        if "error" in honest:
            with pytest.raises(MomentsError, match=honest["error"].split()[-1]):
                score_qvhighlights(case["ground_truth"], case["predictions"], mode="honest")
            continue
        got = score_qvhighlights(case["ground_truth"], case["predictions"], mode="honest")
        assert not list(differences(honest, got)), case["name"]


def test_figures_by_hand() -> None:
    # query 1: row 1 misses, row 2 is exact; query 2: IoU 20/25 = .8
    truths = [truth(1, [10, 20]), truth(2, [0, 20])]
    rows = [line(1, [30, 40, 0.9], [10, 20, 0.5]), line(2, [0, 25, 0.1])]
    for mode in ("official", "honest"):
        full: Any = score_qvhighlights(truths, rows, mode=mode)["full"]
        assert full["MR-mAP"]["0.5"] == pytest.approx(75.0)  # (1/2 + 1) / 2
        assert full["MR-mAP"]["0.8"] == pytest.approx(75.0)
        assert full["MR-mAP"]["0.85"] == pytest.approx(25.0)
        assert full["MR-R1"]["0.8"] == 50.0
        assert full["MR-R1"]["0.85"] == 0.0


def test_official_counts_nan_as_a_hit_and_honest_does_not() -> None:
    truths, rows = [truth(1, [10, 20])], [line(1, [float("nan"), 20, 0.9])]
    official: Any = score_qvhighlights(truths, rows, mode="official")
    honest: Any = score_qvhighlights(truths, rows, mode="honest")
    assert official["full"]["MR-mAP"]["0.95"] == 100.0
    assert honest["full"]["MR-mAP"]["0.95"] == 0.0
    assert honest["num_malformed_rows"] == 1


def test_missing_predictions_stay_in_the_denominator() -> None:
    truths, rows = [truth(1, [10, 20]), truth(2, [10, 20])], [line(1, [10, 20, 1.0])]
    official: Any = score_qvhighlights(truths, rows, mode="official")
    honest: Any = score_qvhighlights(truths, rows, mode="honest")
    assert (official["full"]["queries"], official["full"]["MR-mAP"]["average"]) == (1, 100.0)
    assert (honest["full"]["queries"], honest["full"]["MR-mAP"]["average"]) == (2, 50.0)
    assert honest["num_missing"] == 1
    nothing: Any = score_qvhighlights(truths, [], mode="honest")
    assert nothing["full"]["MR-R1"]["0.3"] == 0.0 and nothing["num_missing"] == 2
    assert score_qvhighlights(truths, [], mode="official")["full"] == {"queries": 0, "MR-mAP": None, "MR-R1": None}


def test_a_query_without_answer_is_in_no_figure_of_moments() -> None:
    honest: Any = score_qvhighlights([truth(1), truth(2, [1, 9])], [line(1, [1, 9, 1.0]), line(2, [1, 9, 1.0])])
    assert honest["num_no_answer"] == 1
    assert honest["full"]["MR-R1"]["0.95"] == honest["short"]["MR-mIoU"] == 100.0
    assert honest["long"] is None


@pytest.mark.parametrize(
    ("truths", "rows", "message"),
    [
        ([truth(1, [1, 9]), truth(1, [2, 9])], [], "duplicate ground truth qid 1"),
        ([truth(1, [1, 9])], [line(1), line(1)], "duplicate prediction qid 1"),
        ([truth(1, [1, 9])], [line(7)], "unknown qid 7"),
        ([truth(3, [9, 1])], [], "qid 3"),
        ([truth(3, [1, float("inf")])], [], "qid 3"),
        ([truth(4, [1, 9])], [line(4, [1, 9])], "without a score, qid 4"),
        ([truth(5, [1, 9])], [line(5, [1])], "qid 5"),
        ([truth(5, [1, 9])], [{"qid": 5, "pred_relevant_windows": [["1", 9, 0.5]]}], "qid 5.*not a number"),
        ([{"qid": 6}], [], "qid 6"),
        ([{"qid": [1], "relevant_windows": []}], [], "line 1"),
        ("nothing", [], "a list is needed"),
        ([truth(8, [1, 9], relevant_clip_ids=[99], saliency_scores=[[4, 4, 4]])],
         [line(8, [1, 9, 1.0], pred_saliency_scores=[1.0])], "qid 8"),
    ],
)  # fmt: skip
def test_what_honest_mode_refuses(truths: Any, rows: Any, message: str) -> None:
    with pytest.raises(MomentsError, match=message) as caught:
        score_qvhighlights(truths, rows, mode="honest")
    assert isinstance(caught.value, ValueError) and isinstance(caught.value, SvtaError)
    assert "\n" not in str(caught.value)


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(MomentsError, match="official or honest"):
        score_qvhighlights([], [], mode="lenient")  # type: ignore[arg-type]


def test_highlights_by_hand() -> None:
    # scores .9 .5 .5 .1; positives: the first and the third: groups hold 1/1 and then 2/3
    assert clip_precision(np.array([True, False, True, False]), [0.9, 0.5, 0.5, 0.1]) == pytest.approx((1 + 2 / 3) / 2)
    assert clip_precision(np.array([True, True]), [0.1, 0.9]) == 1.0
    assert clip_precision(np.array([False, False]), [0.1, 0.9]) == 0.0
    rated = truth(1, [0, 4], duration=8, relevant_clip_ids=[0, 1], saliency_scores=[[4, 2, 0], [3, 0, 0]])
    got: Any = score_qvhighlights([rated], [line(1, [0, 4, 1.0], pred_saliency_scores=[0.1, 0.9, 0.2, float("nan")])])
    assert got["HL-min-Good"] == {"HL-mAP": pytest.approx(100 * ((1 + 2 / 3) / 2) / 3), "HL-Hit1": 100.0}
    assert got["HL-min-VeryGood"]["HL-Hit1"] == 0.0
    silent: Any = score_qvhighlights(
        [rated, {**rated, "qid": 2}],
        [line(1, [0, 4, 1.0], pred_saliency_scores=[0.1, 0.9, 0.2, 0.0]), line(2, pred_saliency_scores=[float("nan")])],
    )
    assert silent["HL-min-Good"]["HL-Hit1"] == 50.0  # no score at all finds nothing


times = st.integers(0, 40).map(lambda tenth: tenth / 2)
windows = st.tuples(times, times).filter(lambda w: w[0] < w[1])
scores = st.integers(0, 4).map(lambda tenth: tenth / 4)


@settings(max_examples=80, deadline=None)
@given(st.lists(windows, min_size=1, max_size=4), st.lists(st.tuples(times, times, scores), max_size=13))
def test_precision_equals_a_slow_count(
    truths: list[tuple[float, float]], rows: list[tuple[float, float, float]]
) -> None:
    got = query_precision(truths, list(rows))
    for threshold, value in zip(IOU_THRESHOLDS, got, strict=True):
        assert value == pytest.approx(slow_precision(truths, rows, threshold), abs=1e-12)


def slow_precision(truths: list[tuple[float, float]], rows: list[Any], threshold: float) -> float:
    """Average precision from its definition: the best precision from each right row on, over all truths."""
    ranked = sorted(rows[:10], key=lambda row: -row[2])
    free = list(range(len(truths)))
    right = []
    for start, end, _ in ranked:
        best, chosen = -1.0, None
        for i in free:
            a, b = truths[i]
            shared = max(0.0, min(end, b) - max(start, a))
            iou = shared / ((end - start) + (b - a) - shared) if start < end else -1.0
            if iou >= threshold and iou >= best:  # >=: the later truth among equals
                best, chosen = iou, i
        if chosen is not None:
            free.remove(chosen)
        right.append(chosen is not None)
    total = 0.0
    for rank, hit in enumerate(right):
        if hit:
            total += max(sum(right[: end + 1]) / (end + 1) for end in range(rank, len(right)))
    return total / len(truths)
