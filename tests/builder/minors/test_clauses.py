"""clauses.py: how far a negation and an object reach, nouns and verbs of one spelling."""

from __future__ import annotations

import pytest

from svta.builder.minors.clauses import Clause, words_of
from svta.builder.minors.judgement import judge, judge_clip
from svta.builder.minors.plain_text import plain, unmasked
from svta.builder.minors.roles import is_passive
from svta.builder.record import Clip
from svta.builder.taxonomy import load_taxonomy


def clause(text: str, word: str) -> Clause:
    words = words_of(text)
    return Clause(words, [each.text for each in words].index(word))


@pytest.mark.parametrize(
    ("text", "word", "negated"),
    [
        ("nobody in the big quiet yard slaps a boy", "slaps", True),
        ("nobody waits, a man slaps a boy", "slaps", False),
        ("a man never stops slapping a boy", "slapping", False),
        ("a man never slaps a boy", "slaps", True),
        ("they part before anyone gets hurt", "hurt", True),
        ("a boy no taller than a rifle waits", "rifle", False),
        ("a boy no more than a rifle away waits", "rifle", False),
        ("a boy with no rifle waits", "rifle", True),
    ],
)
def test_how_far_a_negation_reaches(text: str, word: str, negated: bool) -> None:
    assert clause(text, word).is_negated() is negated


@pytest.mark.parametrize(
    ("text", "word", "kind"),
    [
        ("a man strikes the poor little red haired boy", "strikes", "person"),
        ("a man throws a brick over the old garden fence at a boy", "throws", "person"),
        ("a man strikes the boy's hand", "strikes", "body"),
        ("a man strikes the ball", "strikes", "thing"),
        ("a man strikes", "strikes", "none"),
        ("a man strikes and then kicks the boy", "strikes", "person"),
        ("a man strikes her", "strikes", "person"),
        ("a man strikes her car", "strikes", "thing"),
        ("a man strikes the ball hand of a boy", "strikes", "person"),
        ("a man strikes the door of a boy", "strikes", "thing"),
    ],
)
def test_what_a_verb_acts_on(text: str, word: str, kind: str) -> None:
    assert clause(text, word).acts_on() == kind


@pytest.mark.parametrize(
    ("text", "word", "noun"),
    [
        ("gas leaks from a barrel", "gas", True),
        ("at night, gas leaks from a barrel", "gas", True),
        ("boxes fall onto a man", "boxes", True),
        ("at night, boxes fall onto a man", "boxes", True),
        ("a man waits, boxes a friend", "boxes", False),
        ("a man waits, beats runners", "beats", False),
        ("a man waits, robs stores and leaves", "robs", False),  # a plural noun has no verb in -s
        ("geese attack a man", "attack", False),
        ("the attack ends", "attack", True),
        ("cadets paddle a boy", "paddle", False),
        ("zorbs paddle a boy", "paddle", False),  # a plural that stands in no list
    ],
)
def test_nouns_that_look_like_verbs(text: str, word: str, noun: bool) -> None:
    assert clause(text, word).is_noun() is noun


def test_a_kind_of_animal_is_no_minor() -> None:
    assert not judge("A baby elephant bumps a man.").minor
    assert not judge("A juvenile seal bites a man.").minor


def test_a_passive_needs_no_auxiliary() -> None:
    assert is_passive(clause("a boy kicked by a man waits", "kicked"))
    assert not is_passive(clause("a ball kicked by a man rolls", "kicked"))
    assert not is_passive(clause("a man kicked a boy", "kicked"))


def test_quotes_and_pictures_of_children_are_read() -> None:
    assert plain("The boy\u2019s  `hand`") == "the boy's 'hand'"
    assert judge("A \U0001f467 waves.").minor
    assert not judge("A \U0001f469 waves.").minor


def test_digits_that_stand_for_letters_are_read() -> None:
    masked = {"b0y": "boy", "g1rl": "girl", "childr3n": "children", "b4by": "baby", "pre5chooler": "preschooler"}
    for word, meant in masked.items():
        assert unmasked(f"A {word} waves, 5 men wait.") == f"A {meant} waves, 5 men wait."
        assert judge(f"A man slaps a {word}.").reason == "minor_violence", word


def test_phrases_that_only_sound_sexual_and_weak_signs_in_german() -> None:
    assert judge("A boy walks through a field of rape seed.").reason is None
    assert judge("A boy walks past a rape.").reason == "minor_sexual"
    assert judge("Ein Mann schlägt eine Frau neben einem Kinderwagen.").reason == "minor_violence"
    assert judge("Ein Mann schlägt eine Frau neben einem Auto.").reason is None


def test_a_verb_behind_a_hyphen_is_a_verb() -> None:
    assert judge("A man sucker-punches another man.").violence
    assert judge("A man back-slaps another man.").violence
    assert not judge("A man half-waves to another man.").violence


@pytest.mark.parametrize(
    ("violent", "harmless"),
    [
        ("A man wraps a baby in a plastic bag.", "A mother wraps a baby in a blanket."),
        ("A woman puts a baby on the railway track.", "A woman puts a baby on the sofa."),
        ("A man digs a hole and puts a child in it.", "A man digs a hole and puts a tree in it while a child watches."),
        ("A man buries a small child in the sand.", "Children bury their father in the sand."),
        ("A girl is buried alive by a man.", "A dog buries a bone beside a child."),
        ("A man shoots a ball boy.", "A ball boy kicks the ball."),
        ("A man drives a tractor over a child.", "A girl drives a toy tractor over a bridge."),
    ],
)
def test_what_is_done_with_a_child_as_with_a_thing(violent: str, harmless: str) -> None:
    judged = [judge_clip(Clip(key="k", caption=caption), load_taxonomy()) for caption in (violent, harmless)]
    assert [judgement.reason for judgement in judged] == ["minor_violence", None]
