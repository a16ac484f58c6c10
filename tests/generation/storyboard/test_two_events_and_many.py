"""Two events and what joins them, who catches what another throws, crowds, and what somebody holds in its colour."""

from __future__ import annotations

from functools import partial

import pytest

from svta.generation.storyboard import Scene, read_scene
from svta.generation.storyboard import fidelity as fidelity_by_eye
from svta.generation.storyboard.parsing.sentences.parser import read

fidelity = partial(fidelity_by_eye, by_eye=False)  # by what the scene holds alone


def test_what_somebody_holds_has_its_colour() -> None:
    scene = read_scene("A man with a black umbrella and a woman with a green umbrella walk in the rain.")
    assert [(actor.holds, actor.held_colour) for actor in scene.actors] == [
        ("umbrella", "black"),
        ("umbrella", "green"),
    ]
    assert fidelity(scene.caption, scene).score == 1
    assert Scene.from_json(scene.to_json()) == scene


@pytest.mark.parametrize(("caption", "turns"), [("The light turns red.", "close"), ("The light turns green.", "open")])
def test_the_light_that_turns_is_a_traffic_light(caption: str, turns: str) -> None:
    scene = read_scene(caption)
    assert [prop.kind for prop in scene.props] == ["traffic light"] and [beat.verb for beat in scene.beats] == [turns]


def test_the_rain_starts_after_what_comes_before_it() -> None:
    scene = read_scene("Before the rain starts, a man closes an umbrella.")
    rain = next(beat for beat in scene.beats if beat.verb == "appear")
    assert scene.weather == "rain" and rain.start >= max(b.end for b in scene.beats if b.verb == "close umbrella")


def test_who_follows_comes_along_at_the_same_time() -> None:
    scene = read_scene("A tall man carries a ladder, a short woman follows him.")
    man, woman = scene.actors
    assert man.scale > 1 > woman.scale and woman.x < man.x
    assert [beat.start for beat in scene.beats if beat.who == woman.id] == [0.0]


def test_the_other_is_of_the_same_kind() -> None:
    assert [actor.kind for actor in read_scene("One dog barks, the other sleeps.").actors] == ["dog", "dog"]
    assert [c.verb for c in read("One man sits and the other stands.").clauses] == ["sit", "stand"]


def test_a_dog_is_no_runner() -> None:
    scene = read_scene("A dog runs to the left.")
    assert [actor.kind for actor in scene.actors] == ["dog"] and scene.beats[0].to < scene.actors[0].x


def test_two_cars_that_crash_are_all_there_are() -> None:
    assert sum(actor.count for actor in read_scene("Two cars crash into each other.").actors) == 2


def test_who_is_pushed_falls_into_the_water() -> None:
    scene = read_scene("A man pushes another man into a swimming pool.")
    assert [(beat.who, beat.target) for beat in scene.beats][::2] == [("person", "person2")] and len(scene.beats) == 2
    assert fidelity(scene.caption, scene).score == 1


@pytest.mark.parametrize(
    ("caption", "verb"),
    [
        ("A man throws a ball and a woman catches it.", "catch"),
        ("A man throws a stick and a dog fetches it.", "grab"),
        ("A boy throws a ball, then a dog runs after it.", "chase"),
    ],
)
def test_what_is_thrown_is_caught_or_fetched(caption: str, verb: str) -> None:
    scene = read_scene(caption)
    thrower, other = scene.actors
    assert [beat.verb for beat in scene.beats if beat.who == other.id and beat.verb != "gallop"][-1] == verb
    assert abs(thrower.x - other.x) > 0.2 and not [b for b in scene.beats if b.who == thrower.id and b.verb == "walk"]


def test_who_comes_out_of_what_is_opened_leaves_it() -> None:
    scene = read_scene("A man opens the door and a cat runs out.")
    assert ("leave", "cat", "door") in {(beat.verb, beat.who, beat.target) for beat in scene.beats}


def test_crowds_are_many_and_large_ones_more() -> None:
    counts = [
        sum(a.count for a in read_scene(f"A {word} waits in a park.").actors) for word in ("crowd", "large crowd")
    ]
    assert counts == [16, 24]


def test_seven_to_twelve_stand_side_by_side() -> None:
    (row,) = read_scene("Nine people run across a field.").actors
    assert (row.count, row.scale) == (9, 0.62)


def test_birds_sit_along_a_fence() -> None:
    scene = read_scene("Six birds sit on a fence.")
    assert sum(actor.count for actor in scene.actors) == 6 and fidelity(scene.caption, scene).score == 1


@pytest.mark.parametrize(
    "caption", ["The dog does not move.", "A dog does not chase the cat.", "A man never looks back."]
)
def test_who_does_not_do_it_stays(caption: str) -> None:
    assert read_scene(caption).beats == ()


def test_who_looks_on_stands_aside() -> None:
    scene = read_scene("A man waters the flowers while a woman waits.")
    woman = next(actor for actor in scene.actors if actor.kind == "woman")
    assert min(abs(woman.x - prop.x) for prop in scene.props) > 0.2


def test_her_without_a_noun_is_she() -> None:
    assert read("A woman cries and a man hugs her.").clauses[1].objects == [0]


def test_a_verb_at_the_end_is_no_wave_of_the_sea() -> None:
    assert [clause.verb for clause in read("A woman standing at the window waves.").clauses] == ["stand", "wave"]
    assert [c.lemma for c in read("A man gets out of a car, waves and walks away.").clauses] == ["get", "wave", "walk"]


@pytest.mark.parametrize(
    ("caption", "reason"),
    [
        ("A man juggles until a bus arrives.", "not checked by eye: until, by two"),
        ("A man skids, a woman knits.", "not checked by eye: comma, by two"),
        ("Two men photograph each other.", "not checked by eye: man photograph each other"),
    ],
)
def test_what_joins_two_is_asked_for(caption: str, reason: str) -> None:
    shown = fidelity_by_eye(caption, read_scene(caption))
    assert shown.score < 1 and reason in [item.reason for item in shown.items], shown.items


def test_one_in_a_queue_has_others_about() -> None:
    for caption, drawn in (
        ("Five people wait in a queue.", True),
        ("Three ducks walk in a line.", True),
        ("A man pushes another man in a queue.", False),
        ("A woman in a queue drops her purse.", False),
    ):
        assert ("in queue" not in fidelity_by_eye(caption, read_scene(caption, 1)).undrawn) is drawn, caption
