"""fidelity: one item for each thing a caption says, drawn only if the scene at hand holds it."""

from __future__ import annotations

import dataclasses

import pytest

from svta.generation.captions.grammar import write_captions
from svta.generation.storyboard import Actor, Beat, Prop, Scene, fidelity, read_scene

CHASE = Scene(
    "", place="yard", time="night",
    actors=(Actor("d", "dog", "black", x=0.2), Actor("c", "cat", x=0.4), Actor("m", "man", "red", x=0.9)),
    props=(Prop("b", "box"),),
    beats=(Beat("chase", "d", "c", 0.0, 0.5, 0.8), Beat("wave", "m", None, 0.5, 1.0)),
)  # fmt: skip


def drawn(caption: str, scene: Scene = CHASE) -> dict[tuple[str, str], bool]:
    return {(item.kind, item.text): item.drawn for item in fidelity(caption, scene).items}


def test_each_word_of_a_caption_is_looked_for_in_the_scene() -> None:
    caption = "A black dog chases a cat in the yard at night, then a man in red waves."
    assert all(drawn(caption).values()) and fidelity(caption, CHASE).score == 1.0
    assert set(drawn(caption)) == {
        ("colour", "black"), ("noun", "dog"), ("verb", "chases"), ("noun", "cat"), ("place", "yard"), ("time", "night"),
        ("noun", "man"), ("colour", "red"), ("verb", "waves"), ("order", "chases … waves"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("caption", "missing"),
    [
        ("A cat chases a dog.", {("verb", "chases")}),  # agent and patient exchanged
        ("A white dog chases a cat.", {("colour", "white")}),
        ("Two dogs chase a cat.", {("count", "Two".lower())}),
        ("A dog chases a cat in the park.", {("place", "park")}),
        ("A dog chases a cat in the morning.", {("time", "morning")}),
        ("A dog chases a cat to the left.", {("direction", "to left")}),
        ("A dog chases a cat in the rain.", {("weather", "rain")}),
        ("A man waves, then a dog chases a cat.", {("order", "waves … chases")}),
        ("A horse chases a cat.", {("noun", "horse"), ("verb", "chases")}),
        ("A man dances.", {("verb", "dances")}),
        ("There is no dog in the yard.", {("negation", "no dog")}),
        ("The dog does not chase the cat.", {("negation", "not chase")}),
        ("Nobody is in the yard.", {("negation", "nobody")}),
        ("A man with a hat waves.", {("noun", "hat")}),
    ],
)
def test_what_the_scene_does_not_hold_is_not_drawn(caption: str, missing: set[tuple[str, str]]) -> None:
    assert {key for key, value in drawn(caption).items() if not value} == missing


@pytest.mark.parametrize(
    "caption", ["There is no horse in the yard.", "The man does not dance.", "A man without a hat waves."]
)
def test_what_is_denied_and_absent_is_drawn(caption: str) -> None:
    assert fidelity(caption, CHASE).score == 1.0


def test_unknown_words_and_stand_ins_are_items_that_are_not_drawn() -> None:
    for caption in ("A zorb chases a cat.", "A tiger chases a cat.", "A striped dog frobnicates."):
        shown = fidelity(caption, read_scene(caption))
        assert shown.score < 1 and shown.undrawn
    tiger = next(item for item in fidelity("A tiger sleeps.", read_scene("A tiger sleeps.")).items)
    assert (tiger.kind, tiger.text, tiger.drawn, tiger.reason) == ("noun", "tiger", False, "drawn as a cat")


def test_an_edited_scene_counts_not_its_caption() -> None:
    caption = "A woman in blue runs in a park at night."
    scene = read_scene(caption, 3)
    assert fidelity(caption, scene).score == 1.0
    for changes, text in (
        ({"time": "day"}, "night"), ({"place": "street"}, "park"), ({"beats": ()}, "runs"),
        ({"actors": tuple(dataclasses.replace(a, colour="red") for a in scene.actors)}, "blue"),
    ):  # fmt: skip
        assert fidelity(caption, dataclasses.replace(scene, **changes)).undrawn == (text,)
    assert fidelity(caption, dataclasses.replace(scene, actors=(), beats=())).undrawn == ("woman", "blue", "runs")


def test_the_captions_of_the_grammar_are_drawn() -> None:
    scores = [fidelity(c.caption, read_scene(c.caption, 1, c.category)).score for c in write_captions(count=98, seed=2)]
    assert sum(scores) / len(scores) > 0.93


def test_a_caption_that_says_nothing_has_no_items() -> None:
    assert fidelity("", Scene("")).items == () and fidelity("", Scene("")).score == 1.0
