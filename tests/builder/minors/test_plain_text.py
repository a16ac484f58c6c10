"""One normalisation for the judge and the storyboard's reader: no dash, mark or look-alike hides a child from one."""

from __future__ import annotations

import pytest

from svta.builder.minors.judgement import depicts_minor, judge
from svta.builder.minors.plain_text import plain
from svta.generation.storyboard.parsing.sentences.parser import read
from svta.generation.storyboard.scene import MINORS

DASHES = ("-", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212", "_", ".", "-\n", "\u00ad-")
HIDDEN = (
    "b\u014dy", "g\u00edrl", "ch\u012bld", "b\u00f8y", "chiId", "b0y", "ch1ld", "chi1d", "b@by", "k!d", "b*y",
    "b o y", "b-o-y", "chi-ld", "tod-\ndler", "c h i l d", "\uff43\uff48\uff49\uff4c\uff44",
    "\u0441h\u0456ld", "chi\u217cd", "\U0001d41b\U0001d428\U0001d432", "\u24d1\u24de\u24e8", "b\u200boy", "b\u20e0oy",
    "b\u034foy", "b\u03bfy", "\u0581irl", "\u0261irl", "\u0299\u1d0f\u028f", "\u0253oy", "b\ufe0foy",
    "todler", "toddlr", "gril", "chlid", "childd", "kidd", "boyy", "childs", "gurl", "BOY", "bOy",
)  # fmt: skip


@pytest.mark.parametrize("dash", DASHES)
def test_every_dash_makes_an_age(dash: str) -> None:
    assert judge(f"A man rapes a nine{dash}year{dash}old.").reason == "minor_sexual"
    assert judge(f"A man beats a first{dash}grader.").reason == "minor_violence"


@pytest.mark.parametrize("word", HIDDEN)
def test_a_hidden_child_is_seen_by_both(word: str) -> None:
    assert judge(f"A man beats a {word} in a street.").reason == "minor_violence"
    assert depicts_minor(f"A {word} waves.")
    assert any(mention.kind in MINORS for mention in read(f"A {word} waves.").mentions)


@pytest.mark.parametrize(
    "caption",
    [
        "A van stops in the bay.", "Ten people wait.", "A man named Sonny Childs waves.", "The U.S.A. wins.",
        "A woman reads a text in a 7-seater.", "A man sings a b c.", "A café serves a man.", "A *man* waves.",
    ],
)  # fmt: skip
def test_other_words_are_not_taken_for_children(caption: str) -> None:
    assert not depicts_minor(caption)


def test_the_text_that_both_read() -> None:
    assert plain("A  Caf\u00e9\u2019s \u201cT\u00f3dler\u201d\u2014sign") == "a cafe's \u201ctoddler\u201d-sign"
    assert plain("one.two 3.5 a.m. Mr. X") == "one-two 3.5 a.m. mr. x"


@pytest.mark.parametrize(
    "caption",
    [
        "A man drags a minor into a car.", "A man throws a minor off a bridge.", "A man hits a minor with a belt.",
        "A man drowns a minor.", "A man stuffs a minor into a bag.", "A man loads a minor into a van.",
        "A naked minor stands in a room.", "A man photographs a nude minor.",
    ],
)  # fmt: skip
def test_a_minor_is_a_person(caption: str) -> None:
    assert judge(caption).minor
    assert judge(caption).reason in ("minor_violence", "minor_sexual")


@pytest.mark.parametrize(
    "caption",
    ["A man has a minor injury.", "A car has a minor dent after a minor crash.", "A pianist plays in a minor key.",
     "A minor earthquake shakes a room.", "A minor road is empty.", "Minor damage is seen."],
)  # fmt: skip
def test_what_is_minor_is_no_minor(caption: str) -> None:
    assert not depicts_minor(caption)


def test_who_watches_a_minor_is_drawn() -> None:
    assert judge("A man watches a minor.").reason is None
