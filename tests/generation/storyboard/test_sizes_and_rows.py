"""How tall, how slow, how many in a row: what an adjective, an adverb and "a row of" change in a scene."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import fidelity, read_scene
from svta.generation.storyboard.animation.spawn import row_of
from svta.generation.storyboard.parsing.sentences.parser import read
from svta.generation.storyboard.scene import Scene


def prop_scale(scene: Scene, kind: str) -> float:
    return next(prop.scale for prop in scene.props if prop.kind == kind)


@pytest.mark.parametrize(("word", "larger"), [("tall", True), ("high", True), ("long", True), ("low", False)])
def test_the_extent_of_a_thing(word: str, larger: bool) -> None:
    plain = prop_scale(read_scene("A boy jumps over a fence."), "fence")
    told = prop_scale(read_scene(f"A boy jumps over a {word} fence."), "fence")
    assert (told > plain) if larger else (told < plain)
    house = prop_scale(read_scene("A dog sleeps in front of a small house."), "house")
    assert house < prop_scale(read_scene("A dog sleeps in front of a house."), "house")


@pytest.mark.parametrize(
    "caption", ["A car drives slowly through a village.", "A car slowly drives through a village."]
)
def test_slowly_stands_before_or_after_its_verb(caption: str) -> None:
    scene = read_scene(caption)
    (drive,) = (beat for beat in scene.beats if beat.verb == "drive")
    assert drive.to is not None and abs(drive.to - scene.actors[0].x) <= 0.3
    assert fidelity(caption, scene, by_eye=False).score == 1
    leaving = read_scene("A train slowly leaves the station.")
    assert not 0 < (leaving.beats[0].to or 0.5) < 1, "out of the picture, slowly or not"


def test_vehicles_of_a_row_stand_one_behind_the_other() -> None:
    assert [row_of(count, vehicles=True) for count in (2, 5, 6, 9)] == [2, 5, 6, row_of(9)]
    scene = read_scene("Cars queue at a gas station.")
    assert [actor.count for actor in scene.actors] == [4]
    assert {beat.verb for beat in scene.beats} <= {"stand"}, "nobody drives off"
    (convoy,) = read_scene("A convoy of trucks crosses a bridge.").actors
    assert (convoy.kind, convoy.count) == ("truck", 5)


def test_past_a_row_of_things_is_past_them() -> None:
    caption = "A cyclist rides past a row of waiting cars."
    (clause,) = read(caption).clauses
    assert [preposition for preposition, _ in clause.obliques] == ["past"]
    scene = read_scene(caption)
    assert next(beat for beat in scene.beats if beat.verb == "ride").target != "car"


def test_a_number_before_who_waits_counts_them() -> None:
    reading = read("A bus drives past three waiting women.")
    assert [(mention.kind, mention.count) for mention in reading.mentions] == [("bus", 1), ("woman", 3)]
    assert [(m.kind, m.count) for m in read("A bomb explodes and two ran out.").mentions if m.group == "person"]


def test_a_noun_that_is_a_verb_after_an_adjective() -> None:
    """A HUGE rock blocks the road: no toy blocks."""
    for caption in ("A huge rock blocks the road.", "A heavy black container blocks the gate."):
        assert [clause.verb for clause in read(caption).clauses] == ["stand"], caption


def test_a_cane_reaches_the_ground() -> None:
    (person,) = read_scene("A man with a cane crosses the street.").actors
    assert person.holds == "cane"


def test_without_a_helmet_whatever_stands_between() -> None:
    rider, _ = read("A cyclist rides through traffic without a helmet.").mentions
    assert rider.bareheaded


def test_a_train_that_rolls_passes_and_a_rock_rolls_down() -> None:
    assert [beat.verb for beat in read_scene("A freight train rolls through a level crossing.").beats] == ["drive"]
    (rock,) = read_scene("A rock rolls down a hillside onto the road.").beats
    assert rock.verb == "downhill"


def test_a_lamp_that_swings_is_no_playground() -> None:
    reading = read("A ceiling lamp swings over an empty table.")
    assert [clause.lemma for clause in reading.clauses] == ["swing"] and len(reading.mentions) == 2


def test_who_wears_white_and_smokes() -> None:
    woman, *_ = read("A woman in white smokes a cigarette next to a sign.").mentions
    assert (woman.kind, woman.colour) == ("woman", "white")
    assert "smoke" in {mention.kind for mention in read("White smoke rises from a chimney.").mentions}


def test_who_falls_asleep_is_awake_first_and_dozens_are_many() -> None:
    sit, sleep = read_scene("A man falls asleep on a bench.").beats
    assert (sit.verb, sleep.verb) == ("sit", "sleep") and sit.end <= sleep.start
    assert [beat.verb for beat in read_scene("A man sleeps in an armchair.").beats] == ["sleep"]
    assert [actor.count for actor in read_scene("Dozens of people run across a square.").actors] == [24]
