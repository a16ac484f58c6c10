"""Rejected queries: accuracy beside R1, at thresholds and at rates of false answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from golden_figures import differences, golden
from hypothesis import given, settings
from hypothesis import strategies as st

from svta.eval.moments import MomentsError, score_no_answer
from svta.eval.moments.no_answer import ScoredQueries


def truth(qid: int, *windows: list[float]) -> dict[str, Any]:
    return {"qid": qid, "vid": "v", "relevant_windows": list(windows)}


def line(qid: int, *rows: list[float]) -> dict[str, Any]:
    return {"qid": qid, "pred_relevant_windows": list(rows)}


def test_golden_figures(shared: Path) -> None:
    cases = golden(shared / "reference" / "no_answer.json")["cases"]
    assert len(cases) > 10
    for case in cases:
        got = score_no_answer(case["ground_truth"], case["predictions"], **case["options"])
        assert not list(differences(case["expected"]["honest"], got)), case["name"]


def test_shares_by_hand() -> None:
    truths = [truth(1, [0, 10]), truth(2, [0, 10]), truth(3), truth(4)]
    rows = [line(1, [0, 10, 0.9]), line(2, [20, 30, 0.5]), line(3, [0, 5, 0.6])]  # 4 has no line: rejected
    got: Any = score_no_answer(truths, rows, thresholds=[0.55], false_answer_rates=[0])
    at = got["at_threshold"]["0.55"]
    assert (at["rejection_accuracy"], at["answer_rate"], at["R1"], at["answer_precision"]) == (0.5, 0.5, 0.5, 0.5)
    assert got["at_false_answer_rate"]["0"]["threshold"] == 0.9
    assert got["auroc"] == pytest.approx(3 / 4)  # .9 beats both, .5 only the one without a score


def test_refuses_what_the_protocol_refuses() -> None:
    with pytest.raises(MomentsError, match="unknown qid 9"):
        score_no_answer([truth(1)], [line(9)])
    with pytest.raises(MomentsError, match="not a number"):
        score_no_answer([truth(1)], [], thresholds=["high"])  # type: ignore[list-item]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=12))
def test_auroc_equals_all_pairs(items: list[tuple[int, bool]]) -> None:
    score = np.array([value / 5 if value else -np.inf for value, _ in items])
    answer = np.array([has for _, has in items])
    got = ScoredQueries(score, answer, answer).auroc()
    pairs = [(a > b) + (a == b) / 2 for a in score[answer] for b in score[~answer]]
    assert got == (pytest.approx(np.mean(pairs)) if pairs else None)
