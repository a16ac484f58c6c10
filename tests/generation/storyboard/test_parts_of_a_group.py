"""One ... the other, another, the others; who of a scene is seen, and whom the figures of a caption are."""

from __future__ import annotations

import dataclasses
from functools import partial

import pytest

from svta.generation.storyboard import Prop, read_scene
from svta.generation.storyboard import fidelity as fidelity_by_eye
from svta.generation.storyboard.parsing.sentences.parser import read

fidelity = partial(fidelity_by_eye, by_eye=False)  # by what the scene holds alone


def test_one_hits_the_other() -> None:
    scene = read_scene("Two men argue at a gas station, then one hits the other.")
    assert [actor.count for actor in scene.actors] == [1, 1]
    blow = next(beat for beat in scene.beats if beat.verb == "hit")
    assert {blow.who, blow.target} == {actor.id for actor in scene.actors}
    assert fidelity(scene.caption, scene).score == 1


def test_another_is_one_more() -> None:
    reading = read("One man lifts a box and another sweeps the floor.")
    assert [clause.verb for clause in reading.clauses] == ["lift", "clean"]
    assert reading.clauses[0].subjects != reading.clauses[1].subjects


def test_the_others_are_the_rest_of_the_group() -> None:
    reading = read("Four women wait at a door until one faints and the others run away.")
    fallen, rest = (reading.mentions[clause.subjects[0]] for clause in reading.clauses[1:])
    assert (fallen.count, rest.count) == (1, 3)
    assert reading.clauses[0].subjects == [*reading.clauses[2].subjects, *reading.clauses[1].subjects]


def test_two_events_are_no_sentence_of_a_contrast() -> None:
    scene = read_scene("A skateboarder jumps over a bin and lands on the pavement.")
    assert {actor.kind for actor in scene.actors} == {"cyclist"}


def test_who_is_outside_the_picture_is_not_drawn() -> None:
    scene = read_scene("A dog barks and a man waves in a park.")
    away = tuple(dataclasses.replace(a, x=4.0) if a.kind == "man" else a for a in scene.actors)
    assert "man" not in fidelity(scene.caption, scene).undrawn
    assert "man" in fidelity(scene.caption, dataclasses.replace(scene, actors=away)).undrawn


def test_who_is_behind_a_bus_is_not_drawn() -> None:
    scene = read_scene("A bus stands in a street and a man waves.")
    bus = next(a for a in scene.actors if a.kind == "bus")
    small = {a.id: dataclasses.replace(a, x=bus.x, y=0.7, scale=0.5) for a in scene.actors if a.kind == "man"}
    hidden = tuple(small.get(a.id, dataclasses.replace(a, y=0.82)) for a in scene.actors)
    behind = tuple(dataclasses.replace(b, to=None) for b in scene.beats)
    assert "man" in fidelity(scene.caption, dataclasses.replace(scene, actors=hidden, beats=behind)).undrawn


def beats(caption: str) -> set[tuple[str, str | None]]:
    scene = read_scene(caption)
    kinds = {thing.id: thing.kind for thing in (*scene.actors, *scene.props)}
    return {(beat.verb, kinds.get(beat.target or "")) for beat in scene.beats}


@pytest.mark.parametrize(
    ("caption", "shown"),
    [
        ("A man puts on a helmet before he gets on his bicycle.", {("put on", None), ("ride", "bicycle")}),
        ("A woman takes off her coat and sits down.", {("take off coat", None)}),
        ("A man gives a woman a ring in a park.", {("hand over", "woman")}),
        ("Two women sit at a table in a cafe and laugh.", {("sit at", "table"), ("laugh", None)}),
        ("A man films a fight between two women with his phone.", {("film", None), ("punch", "woman")}),
        ("A bus passes a stop where three people are waiting.", {("drive", None), ("stand", None)}),
        ("Spectators in a stadium stand up and wave.", {("wave", None)}),
    ],
)
def test_everyday_acts_have_beats_of_their_own(caption: str, shown: set[tuple[str, str | None]]) -> None:
    assert shown <= beats(caption)
    assert fidelity(caption, read_scene(caption)).score == 1


@pytest.mark.parametrize(
    ("caption", "kind"),
    [
        ("A man with a beard reads a newspaper on a bench.", "newspaper"),
        ("A man yawns in a park and looks at his watch.", "watch"),
        ("A couple walks through the rain under an umbrella.", "umbrella"),
    ],
)
def test_what_belongs_in_a_hand_is_in_it(caption: str, kind: str) -> None:
    scene = read_scene(caption)
    assert kind in {actor.holds for actor in scene.actors} and kind not in {prop.kind for prop in scene.props}


def test_a_crowd_comes_from_both_sides_and_leaves_to_both() -> None:
    gathers, scatters = (
        read_scene(text) for text in ("A crowd gathers around a street musician.", "The crowd scatters in a square.")
    )
    assert {actor.x < 0.5 for actor in gathers.actors if actor.count > 1} == {True, False}
    assert {(beat.to or 0.5) < 0.5 for beat in scatters.beats} == {True, False}


def test_the_servant_is_not_the_guest() -> None:
    reading = read("A waiter brings soup and the guest eats it.")
    assert reading.clauses[0].subjects != reading.clauses[1].subjects


def test_what_lies_on_the_ground_or_is_left_behind_is_not_drawn() -> None:
    scene = read_scene("A man yawns in a park and looks at his watch.")
    lost = dataclasses.replace(
        scene,
        actors=tuple(dataclasses.replace(a, holds=None) for a in scene.actors),
        props=(Prop("watch", "watch", x=0.6),),
    )
    assert fidelity(scene.caption, scene).score == 1
    assert "watch" in fidelity(scene.caption, lost).undrawn
