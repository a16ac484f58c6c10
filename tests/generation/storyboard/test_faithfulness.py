"""fidelity: one item for each thing a caption says, drawn only if the scene at hand holds it."""

from __future__ import annotations

import dataclasses
from functools import partial

import pytest

from svta.generation.captions.grammar import write_captions
from svta.generation.storyboard import Actor, Beat, Prop, Scene, read_scene
from svta.generation.storyboard import fidelity as fidelity_by_eye

fidelity = partial(fidelity_by_eye, by_eye=False)  # by what the scene holds alone

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
    for caption in ("A zorb chases a cat.", "A weasel chases a cat.", "A striped dog frobnicates."):
        shown = fidelity(caption, read_scene(caption))
        assert shown.score < 1 and shown.undrawn
    weasel = next(item for item in fidelity("A weasel sleeps.", read_scene("A weasel sleeps.")).items)
    assert (weasel.kind, weasel.text, weasel.drawn, weasel.reason) == ("noun", "weasel", False, "drawn as a otter")


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


@pytest.mark.parametrize(
    ("caption", "relation"),
    [
        ("A clerk stands behind the counter.", "behind counter"),
        ("A woman stands between two cars.", "between cars"),
        ("A cow lies under a tree.", "under tree"),
        ("A candle burns on a table.", "on table"),
        ("A kite hangs in a tree.", "in tree"),
        ("A bird sits on a fence.", "on fence"),
        ("A boy stands in front of a shop.", "in front of shop"),
        ("A red car is parked behind a truck.", "behind truck"),
        ("Boxes move on a conveyor belt.", "on conveyor belt"),
    ],
)
def test_relations_are_drawn_and_an_edit_is_seen(caption: str, relation: str) -> None:
    scene = read_scene(caption, 3)
    assert drawn(caption, scene)["relation", relation]
    first = caption.split()[1] if caption.split(maxsplit=1)[0] in ("A", "Boxes") else ""
    apart = dataclasses.replace(
        scene,
        actors=tuple(dataclasses.replace(a, x=0.02, y=0.82) for a in scene.actors[:1]) + scene.actors[1:],
        props=tuple(dataclasses.replace(p, x=0.02 if i == 0 and not scene.actors else 0.98, y=0.82)
                    for i, p in enumerate(scene.props)),
        beats=tuple(dataclasses.replace(b, to=None, target=None) for b in scene.beats),
    )  # fmt: skip
    assert first and not drawn(caption, apart)["relation", relation]


@pytest.mark.parametrize(
    ("caption", "missing"),
    [
        ("A man slowly dances in the park.", ("manner", "slowly")),
        ("A woman surfs on a wave.", ("verb", "surfs")),
        ("Two men play pool in a library.", ("verb", "play pool")),
        ("A car merges on a highway.", ("verb", "merges")),
        ("A man walks past an office.", ("relation", "past office")),  # drawn inside it
        ("A driver waits in a yard.", ("noun", "driver")),  # on foot
        ("He throws the pouch.", ("noun", "pouch")),
    ],
)
def test_what_only_looks_similar_is_not_drawn(caption: str, missing: tuple[str, str]) -> None:
    assert not drawn(caption, read_scene(caption, 1))[missing]


def test_what_comes_then_does_not_begin_at_the_same_time() -> None:
    caption, together = "A dog chases a cat, then a man waves.", (CHASE.beats[0], Beat("wave", "m"))
    assert not drawn(caption, dataclasses.replace(CHASE, beats=together))["order", "chases … waves"]


def test_adverbs_that_a_scene_shows_are_drawn() -> None:
    caption = "A man quickly runs to the left."
    assert drawn(caption, read_scene(caption, 1))["manner", "quickly"]


@pytest.mark.parametrize(
    ("caption", "kinds"),
    [
        ("A bus stops and three passengers get off.", {"bus", "person"}),  # no bus stop
        ("The lights go out and then a window breaks.", {"window", "house wall"}),  # nobody is invented
        ("A tram passes a church.", {"tram", "church"}),  # from outside
        ("It snows on an empty street.", set()),
    ],
)
def test_who_and_what_is_seen(caption: str, kinds: set[str]) -> None:
    scene = read_scene(caption, 2)
    assert {thing.kind for thing in (*scene.actors, *scene.props)} == kinds
    assert scene.place in ("street", "yard") and (scene.weather == "snow") == ("snows" in caption)


def test_towards_and_away_from_each_other() -> None:
    for caption, nearer in (
        ("Two men walk towards each other.", True),
        ("Two people walk away from each other.", False),
    ):
        scene = read_scene(caption, 4)
        start = abs(scene.actors[0].x - scene.actors[1].x)
        ends = [beat.to for beat in scene.beats if beat.to is not None]
        assert len(ends) == 2 and (abs(ends[0] - ends[1]) < start) == nearer
        assert fidelity(caption, scene).score == 1.0


def test_one_sheep_is_one() -> None:
    assert [actor.count for actor in read_scene("A sheep stands in a field.", 1).actors] == [1]


BACK = "A woman walks to the left and back, then to the right and back."


@pytest.mark.parametrize(
    ("caption", "legs", "score"),
    [
        (BACK, ((0.0, 0.2, 0.3), (0.2, 0.4, 0.5), (0.6, 0.8, 0.7), (0.8, 1.0, 0.5)), 1.0),
        (BACK, ((0.0, 0.2, 0.7), (0.2, 0.4, 0.5), (0.6, 0.8, 0.3), (0.8, 1.0, 0.5)), 1 / 2),
        ("A woman slowly walks to the right.", ((0.0, 1.0, 0.7),), 1.0),
        ("A woman slowly walks to the right.", ((0.0, 0.2, 0.7),), 3 / 4),
        ("A woman quickly walks to the right.", ((0.0, 0.1, 0.7),), 1.0),
        ("A woman quickly walks to the right.", ((0.0, 1.0, 0.7),), 3 / 4),
    ],
)
def test_ways_one_after_the_other_and_pace(
    caption: str, legs: tuple[tuple[float, float, float], ...], score: float
) -> None:
    beats = tuple(Beat("walk", "w", start=start, end=end, to=to) for start, end, to in legs)
    scene = Scene(caption, actors=(Actor("w", "woman"),), beats=beats)
    shown = fidelity(caption, scene)
    assert shown.score == pytest.approx(score), shown.items


@pytest.mark.parametrize(
    ("caption", "verb", "place"),
    [
        ("A grey pickup turns left at the crossing.", "turn left", "crossroads"),
        ("A police car makes a U-turn on the street.", "turn back", "street"),
        ("A dog runs in circles around a tree in the park.", "circle", "park"),
        ("A crocodile comes out of the river.", "wade out", "riverside"),
        ("A boy throws a ball up in the park.", "toss", "park"),
        ("A squirrel runs up a tree in the park.", "climb", "park"),
        ("A fox runs into a hole in a field.", "enter", "field"),
        ("After the rain stops, a girl waves in the park.", "vanish", "park"),
        ("It starts to snow and a man waves in the park.", "appear", "park"),
        ("A rainbow appears over a farm.", "appear", "farm"),
        ("A man slowly walks in the park.", "walk", "park"),
    ],
)
def test_ways_that_are_no_straight_line(caption: str, verb: str, place: str) -> None:
    scene = read_scene(caption, 1)
    assert verb in {beat.verb for beat in scene.beats} and scene.place == place
    assert fidelity(caption, scene).score == 1.0, fidelity(caption, scene).undrawn
