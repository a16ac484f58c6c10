"""One ... the other, another, the others; who of a scene is seen, and whom the figures of a caption are."""

from __future__ import annotations

import dataclasses

from svta.generation.storyboard import fidelity, read_scene
from svta.generation.storyboard.parsing.parser import read


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
