"""What is asked, and what is read out of an answer of whatever shape."""

from __future__ import annotations

import json

import pytest

from svta.eval.audit.config import AuditError
from svta.eval.audit.questions import AXES, MINOR_NOTE, TEMPLATES, load_templates, parse_answer, question_text
from svta.eval.audit.result import FIDELITY
from svta.eval.audit.sample import Item

ALL = dict.fromkeys(AXES, 4.0)


@pytest.mark.parametrize(
    ("text", "scores"),
    [
        (json.dumps(ALL), ALL),
        (f"Here it is:\n```json\n{json.dumps(dict.fromkeys(AXES, '4'))}\n```", ALL),
        ('<think>{"action": 1}</think>{"prompt_fidelity": 3}', {FIDELITY: 3.0}),
        ('{"prompt_fidelity": "2/5", "action": 9, "attribute": true, "other": 3}', {FIDELITY: 2.0}),
        ("object_scene: 4\nPrompt_Fidelity: 5 out of 5", {"object_scene": 4.0, FIDELITY: 5.0}),
        ('{"object_scene": 4, "action": 2, "prompt_fid', {"object_scene": 4.0, "action": 2.0}),
        ('{"prompt_fidelity": 4.5}', {}),
        ('{"prompt_fidelity": NaN, "action": 1e999}', {}),
        ("prompt_fidelity: 12", {}),
        (" **4**", {FIDELITY: 4.0}),
        ("Score: 3/5.", {FIDELITY: 3.0}),
        ("4 clips, 3 of them", {}),
        ("42", {}),
        ("I cannot judge this.", {}),
        ("", {}),
        ("[5, 5]", {}),
    ],
)
def test_answers(text, scores) -> None:
    assert parse_answer(text, "graded") == scores
    assert parse_answer(text, "reversed") == {axis: 6 - score for axis, score in scores.items()}


def test_a_long_answer_costs_no_time() -> None:
    assert parse_answer('{"a":' * 50_000 + '"' * 200_000, "graded") == {}


def test_a_question_holds_the_caption_as_it_is_and_tells_no_control() -> None:
    caption = 'A man {axes} says "{example}" \\1.'
    texts = [question_text(Item("i", "k", caption, kind, "arson"), "graded", 8) for kind in ("own", "swapped")]
    assert texts[0] == texts[1] and caption in texts[0] and texts[0].startswith("These 8 frames")
    assert all(axis in texts[0] for axis in AXES)
    minor = question_text(Item("i", "k", caption, "own", minor=True), "reversed", 8)
    assert minor.startswith(MINOR_NOTE) and "missing" in minor


def test_own_questions(tmp_path) -> None:
    file = tmp_path / "own.json"
    file.write_text(json.dumps({"graded": "Ist {caption} zu sehen?"}))
    own = load_templates(file)
    assert own == {**TEMPLATES, "graded": "Ist {caption} zu sehen?"}
    for wrong in ({"graded": "no place"}, {"reversed": 3}):
        file.write_text(json.dumps(wrong))
        with pytest.raises(AuditError, match=next(iter(wrong))):
            load_templates(file)
