"""Replies of language models to A-or-B questions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from golden_figures import differences, golden

from svta.eval.probes import ProbesError, score_choices, score_replies
from svta.eval.probes.replies import choice_of


def test_golden_figures(shared: Path) -> None:
    cases = golden(shared / "reference" / "probes.json")
    for case in cases["mcq_cases"]:
        got = score_choices(case["gt_A"], case["gt_B"])
        assert not list(differences(case["expected"]["honest"], got)), case["name"]
    for case in cases["reply_cases"]:
        replies: Any = score_replies(case["categories"], case["text"], case["video"])
        assert not list(differences(case["expected"]["honest"], replies)), case["name"]


@pytest.mark.parametrize(
    ("reply", "choice"),
    [("A", "A"), (" (b) because", "B"), ("'A.'", "A"), (["B"], "B"), ("Apparently", None), ("", None), (None, None)],
)
def test_choice_of_a_reply(reply: object, choice: str | None) -> None:
    assert choice_of(reply) == choice


def test_an_item_in_two_replies_is_refused() -> None:
    reply = {"idx": 0, "GT": "A", "response": "A"}
    with pytest.raises(ProbesError, match="item 0 twice"):
        score_replies([["action"]], [reply, reply], [])
    with pytest.raises(ProbesError, match="reply 0"):
        score_replies([["action"]], [{"GT": "A"}], [])
