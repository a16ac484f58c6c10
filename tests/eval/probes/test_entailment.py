"""VELOCITI's classic and strict accuracy."""

from __future__ import annotations

from pathlib import Path

import pytest
from golden_figures import differences, golden

from svta.eval.probes import ProbesError, score_entailment


def test_golden_figures(shared: Path) -> None:
    cases = golden(shared / "reference" / "probes.json")["entailment_cases"]
    assert len(cases) > 5
    for case in cases:
        got = score_entailment(case["pos_score"], case["neg_score"])
        assert not list(differences(case["expected"]["honest"], got)), case["name"]


def test_accuracy_by_hand() -> None:
    got = score_entailment([0.9, 0.6, 0.4, float("nan"), 0.5], [0.1, 0.55, 0.4, 0.1, 0.2])
    assert got == {"num_items": 5, "num_nan": 1, "classic": 60.0, "strict": 20.0, "classic_expected": 70.0}


def test_lists_that_do_not_pair_are_refused() -> None:
    with pytest.raises(ProbesError, match="do not pair"):
        score_entailment([0.5], [])
    with pytest.raises(ProbesError, match="item 0"):
        score_entailment(["high"], [0.5])  # type: ignore[list-item]
