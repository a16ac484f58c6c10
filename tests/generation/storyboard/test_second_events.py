"""What the second event of a caption does with the first: who is up on a thing, at the wheel, fallen, told of later."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import fidelity, read_scene
from svta.generation.storyboard.parsing.sentences.parser import read


def beats(caption: str) -> list[tuple[str, str, str | None]]:
    return [(beat.who, beat.verb, beat.target) for beat in read_scene(caption).beats]


@pytest.mark.parametrize(
    "caption, fall",
    [
        ("A painter climbs a ladder, and the ladder slips.", "plunge"),
        ("A man climbs a tree and the branch breaks.", "plunge"),
        ("A man sits on a chair and the chair breaks.", "fall"),
    ],
)
def test_who_is_up_on_what_gives_way_comes_down(caption, fall):
    assert ("person", fall, None) in beats(caption)


def test_no_child_falls_with_a_branch():
    assert not any(
        verb in ("plunge", "fall")
        for who, verb, _ in beats("A boy climbs a tree and the branch snaps.")
        if who == "person"
    )


def test_the_driver_sits_at_the_wheel_until_he_gets_out():
    told = beats("A bulldozer stops, then the driver climbs down.")
    assert ("person", "enter", "bulldozer") in told and ("person", "leave", "bulldozer") in told


def test_who_mounts_a_horse_goes_away_on_it():
    assert beats("A rider mounts a horse and then trots away.")[-1][1:] == ("ride", "horse")


def test_one_person_told_of_by_a_pronoun_first():
    assert len(read_scene("Before she crosses the street, a woman looks both ways.").actors) == 1
    assert len(read_scene("Before he leaves, a woman looks at a man.").actors) > 1


def test_things_are_unloaded_from_the_van_that_was_parked():
    assert ("crate", "enter", "van") in beats("A man parks his van, then unloads three crates.")


@pytest.mark.parametrize(
    "caption, verb",
    [
        ("The barrier lifts, then a car leaves the garage.", "lift"),
        ("A woman picks an apple, wipes it and takes a bite.", "wipe"),
        ("A woman feeds the geese and afterwards locks the coop.", "lock"),
        ("The tyre bursts, then the lorry hits the wall.", "burst tyre"),
    ],
)
def test_what_is_a_verb_in_a_row_of_events(caption, verb):
    assert verb in [clause.verb for clause in read(caption).clauses]


def test_a_direction_is_that_of_its_own_event():
    caption = "A man steals a bag from a woman and runs away to the left."
    assert fidelity(caption, read_scene(caption)).score == 1.0
    assert fidelity(caption, read_scene(caption.replace("left", "right")), by_eye=False).score < 1.0


def test_two_swap_what_they_have():
    scene = read_scene("Two men shake hands and then swap briefcases.")
    held = [(actor.holds, actor.held_colour) for actor in scene.actors]
    assert len(set(held)) == 2 and {kind for kind, _ in held} == {"briefcase"}
    assert scene.beats[-1].verb == "swap"


@pytest.mark.parametrize(
    "caption, beat",
    [
        ("The barrier comes down, then a freight train passes.", ("barrier", "close", None)),
        ("A guard checks a badge, then lifts the barrier.", ("barrier", "open", None)),
        ("A guard unlocks a gate, then a lorry drives through.", ("gate", "open", None)),
        ("A cyclist waits at the light, then rides on.", ("traffic_light", "open", None)),
        ("A woman pours a coffee before she opens her laptop.", ("person", "put", "kettle")),
        ("A jogger stumbles, sits down and holds his ankle.", ("person", "tie shoes", None)),
        ("A thief breaks the car window and then grabs a laptop.", ("laptop", "enter", "car")),
        ("A man lights a grill, then a flame shoots up.", ("flame", "burn", None)),
    ],
)
def test_what_the_second_event_needs(caption, beat):
    assert beat in beats(caption)


def test_mail_and_plants_are_where_they_belong():
    assert ("person", "load", "sheet_of_paper") in beats("A postman delivers a letter.")
    assert ("person", "set down", "parcel") in beats("A courier brings a parcel to a house.")
    told = beats("A man digs a hole, then plants a young tree.")
    assert ("tree", "appear", None) in told and ("person", "plant", "tree") in told
    assert sum(verb == "plant" for _, verb, _ in beats("A gardener plants two trees.")) == 2


def test_a_branch_that_cracks_is_on_a_tree():
    scene = read_scene("A branch cracks and then drops onto a picnic table.")
    branch = next(prop for prop in scene.props if prop.kind == "branch")
    assert branch.y < 0.6 and "tree" in {prop.kind for prop in scene.props}


def test_who_hides_peeks_out_and_milk_runs_out_of_the_glass():
    scene = read_scene("A man hides behind a tree and then peeks out.")
    tree = next(prop for prop in scene.props if prop.kind == "tree")
    ways = [beat.to for beat in scene.beats if beat.who == "person" and beat.to is not None]
    assert abs(ways[0] - tree.x) < 0.02 < abs(ways[-1] - tree.x)
    assert ("milk_glass", "run out", None) in beats("First a glass tips over, then the milk runs off the table.")
