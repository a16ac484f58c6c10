"""Accidents and crimes in free words: who has the tool, who lies there, who falls where, what burns."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import fidelity, read_scene


def _beats(caption: str) -> set[tuple[str, str]]:
    scene = read_scene(caption)
    kinds = {thing.id: thing.kind for thing in (*scene.actors, *scene.props)}
    return {(beat.verb, kinds.get(beat.who, beat.who)) for beat in scene.beats}


@pytest.mark.parametrize(
    ("caption", "armed", "tool"),
    [
        ("A man hits a woman with a stick.", "man", "stick"),
        ("A woman threatens a man with a knife.", "woman", "knife"),
        ("A drunk man staggers along the street.", "man", "bottle"),
        ("Protesters march through the street.", "person", "sign"),
    ],
)
def test_tools_are_in_the_hand_of_who_uses_them(caption: str, armed: str, tool: str) -> None:
    held = {actor.kind: actor.holds for actor in read_scene(caption).actors}
    assert held[armed] == tool and list(held.values()).count(tool) == 1


@pytest.mark.parametrize(
    ("caption", "beat"),
    [
        ("A man falls into the swimming pool.", ("fall in", "man")),
        ("A woman pushes a man into the lake.", ("fall in", "man")),
        ("A man pushes a woman to the ground.", ("fall", "woman")),
        ("A woman kneels beside an injured man.", ("lie", "man")),
        ("A man kicks a woman on the ground.", ("lie", "woman")),
        ("An old man falls in the bathroom.", ("fall", "old man")),
        ("A house is on fire.", ("burn", "house")),
        ("A forest is on fire.", ("burn", "scene")),
        ("A police officer chases a thief.", ("chase", "police officer")),
        ("A thief steals a handbag.", ("flee", "robber")),
        ("A man steals a car.", ("drive", "car")),
        ("A fire breaks out in the kitchen.", ("flare", "fire")),
        ("Several men fight in the street.", ("punch", "man")),
        ("Police officers run into a building.", ("enter", "police officer")),
        ("Two men argue in the street.", ("shout", "man")),
        ("A helicopter crashes.", ("crash", "helicopter")),
    ],
)
def test_what_happens_to_whom(caption: str, beat: tuple[str, str]) -> None:
    assert beat in _beats(caption)


def test_nobody_and_nothing_is_added_to_what_happens_by_itself() -> None:
    for caption in ("A forest is on fire.", "A street is flooded.", "A stove is on fire.", "Two cars collide."):
        scene = read_scene(caption)
        kinds = {thing.kind for thing in (*scene.actors, *scene.props)}
        assert kinds <= {"stove", "car"}, caption


def test_a_group_that_fights_stands_on_two_sides() -> None:
    sides = {actor.facing: actor.count for actor in read_scene("A group of people fight in the street.").actors}
    assert sides == {1: 2, -1: 2}


def test_who_is_robbed_has_what_is_taken() -> None:
    held = {actor.kind: actor.holds for actor in read_scene("A robber robs a woman in the street.").actors}
    assert held["woman"] == "money"


def test_injured_people_wear_a_bandage_and_do_what_a_caption_says() -> None:
    scene = read_scene("An injured man limps across the road.")
    assert "bandage" in (scene.actors[0].worn or "") and ("limp", "man") in _beats(scene.caption)


def test_what_stands_in_the_gap_of_a_sentence_is_asked_for() -> None:
    for caption in ("A car crashes into a shop window.", "A truck crashes into a bridge."):
        assert fidelity(caption, read_scene(caption)).score < 1
    assert fidelity("A car crashes into a tree.", read_scene("A car crashes into a tree.")).score == 1


def test_boxes_that_fall_onto_somebody_land_in_turn_and_bring_no_house_into_a_warehouse() -> None:
    scene = read_scene("In a warehouse, boxes fall from above onto a man in black walking to the right.")
    assert {prop.kind for prop in scene.props} == {"box"}
    landings = sorted(beat.end for beat in scene.beats if beat.verb == "plunge")
    fall = next(beat for beat in scene.beats if beat.verb == "fall")
    assert len(set(landings)) == 3 and landings[0] < fall.start < landings[1] < fall.end


def test_goods_that_somebody_buys_go_into_the_cart() -> None:
    scene = read_scene("In a supermarket, a man in black buys goods and pushes a shopping cart to the right.")
    assert [beat.verb for beat in scene.beats] == ["push", "grab", "load", "push"]
