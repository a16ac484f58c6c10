"""Harm to a child that no single word tells, words for a child that are easily overlooked, and prams as targets."""

from __future__ import annotations

import pytest

from svta.builder.minors.judgement import judge

HIDDEN = [
    "A boy swims in a lake. A man holds him under.", "A man feeds a baby a pill to kill it.",
    "A man lets go of a baby above a well.", "A man sells a girl.", "A boy, held by two men, cries.",
    "A man hits a ball boy at a tennis court.", "A woman drops a baby off a bridge.",
    "A child sleeps in a bed. A man lifts it out of the window.",
    "A girl walks along a street. A man follows her and drags her away.",
    "A man whose hand holds a belt stands over a boy.", "A coach flings a boot at a young goalkeeper's face.",
    "A man shoots an arrow at a child on a horse.", "A hunter sets a trap for two children in the woods.",
    "A baby is left to die in a forest.", "A driver reverses over his own child in anger.",
    "A pirate makes a boy walk the plank.", "It is a boy that a man kicks in the yard.",
]  # fmt: skip
HARMLESS = [
    "A girl is held under an umbrella.", "A mother gives her baby a bottle to help it sleep.",
    "A man lets go of a balloon above a boy.", "A man sells a girl an ice cream.", "A baby, held by its mother, cries.",
    "A man hits a ball over a boy.", "A mother drops her son off at the school.", "A boy sleeps and a man lifts a box.",
    "A girl walks along a street and a dog follows her home.", "A teacher stands beside a boy.",
    "A boy blows on a hot cup of cocoa.", "A man shoots an arrow at a target, a boy claps.",
]  # fmt: skip
CHILDREN = (
    "somebody barely 12", "somebody not even ten", "somebody not yet ten", "a person in third grade",
    "a gymnast of eleven", "a young lady of twelve", "Tom (6)", "a U12 player", "a 7yo",
    "little Anna", "his offspring", "his firstborn",
    "a chorister", "a trick-or-treater", "a babe in arms", "a first-grade learner", "a little fellow", "a chico",
    "a garcon", "a jongen", "a meisje", "a dziecko", "a muchacho", "a stripling", "a princeling",
)  # fmt: skip
ADULTS = (
    "somebody barely 21", "somebody not even thirty", "a person in third place", "a clerk of eighty", "a lady of fifty",
    "Tom (46)", "a big fellow", "a waiter", "a jogger", "a third-rate boxer", "a person of two minds",
)  # fmt: skip
AT_A_SIGN = [
    "A man sets a pram on fire.", "A man kicks a pram.", "A man smashes a pram.", "A man shoots at a crib.",
    "A man shoots at a pram.", "A man sets a school bus on fire.", "A man throws a stone at a school bus.",
    "A man kicks a baby's cot.", "A man pushes a pram into a river.", "A man steals a pram.",
    "Masked men storm a school.",
    "A man fires at a school bus.", "A man throws a pram off a bridge.",
]  # fmt: skip
NO_HARM = [
    "A father pushes a pram down the street.", "A man lifts a pram into a bus.", "A woman folds a pram.",
    "A man paints a cot.", "A school bus stops.", "A man fires a kiln beside a school.", "A man drives a school bus.",
    "A woman pushes a stroller over a bridge.",
]  # fmt: skip


@pytest.mark.parametrize("caption", HIDDEN)
def test_harm_that_no_word_tells(caption: str) -> None:
    assert judge(caption).reason == "minor_violence"


@pytest.mark.parametrize("caption", HARMLESS)
def test_the_same_words_without_harm(caption: str) -> None:
    assert judge(caption).reason is None


@pytest.mark.parametrize("who", CHILDREN)
def test_words_for_a_child(who: str) -> None:
    assert judge(f"A man punches {who} in a street.").reason == "minor_violence"


@pytest.mark.parametrize("who", ADULTS)
def test_words_for_adults(who: str) -> None:
    assert judge(f"A man punches {who} in a street.").reason is None


@pytest.mark.parametrize("caption", AT_A_SIGN)
def test_a_pram_or_a_school_as_a_target(caption: str) -> None:
    assert judge(caption).reason == "minor_violence"


@pytest.mark.parametrize("caption", NO_HARM)
def test_a_pram_or_a_school_in_everyday_life(caption: str) -> None:
    assert judge(caption).reason is None


@pytest.mark.parametrize("caption", ["A man peers at a girl in the shower.", "A man kisses a girl on the mouth."])
def test_what_is_never_kept(caption: str) -> None:
    assert judge(caption).reason == "minor_sexual"
