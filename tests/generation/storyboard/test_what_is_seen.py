"""fidelity looks at the simulated scene: where movements begin and end, who covers whom, what nobody named."""

from __future__ import annotations

from functools import partial

import pytest

from svta.generation.storyboard import Actor, Beat, Prop, Scene, read_scene
from svta.generation.storyboard import fidelity as fidelity_by_eye

fidelity = partial(fidelity_by_eye, by_eye=False)  # by what the scene holds alone

CAT, BALL = Actor("c", "cat", x=0.2), Prop("b", "ball", x=0.2)
BOX, SHELF, WALL = Prop("o", "box", x=0.6), Prop("s", "open shelf", x=0.7), Prop("w", "wall", x=0.6)
TRUCK = Actor("t", "truck", x=0.5, y=0.72)
THREE = "Three motorcyclists race along a road."


def missing(caption: str, *things: Actor | Prop, beats: tuple[Beat, ...] = (), place: str = "yard") -> list[str]:
    actors = tuple(thing for thing in things if isinstance(thing, Actor))
    props = tuple(thing for thing in things if isinstance(thing, Prop))
    scene = Scene("", place=place, actors=actors, props=props, beats=beats)
    return sorted({f"{i.kind} {i.text}" for i in fidelity(caption, scene).items if not i.drawn})


@pytest.mark.parametrize(
    ("caption", "things", "beat", "wrong"),
    [
        ("A cat jumps onto a box.", (CAT, BOX), Beat("jump", "c", "o", 0, 1, 0.6), []),
        ("A cat jumps onto a box.", (CAT, BOX), Beat("jump", "c", None, 0, 1, 0.4), ["relation onto box"]),
        ("A cat jumps over a box.", (CAT, BOX), Beat("jump", "c", None, 0, 1, 0.85), []),
        ("A cat jumps over a box.", (CAT, BOX), Beat("jump", "c", None, 0, 1, 0.55), ["relation over box"]),
        ("A cat walks past a wall.", (CAT, WALL), Beat("walk", "c", None, 0, 1, 0.9), []),
        ("A cat walks past a wall.", (CAT, WALL), Beat("walk", "c", None, 0, 1, 0.62), ["relation past wall"]),
        ("A ball rolls under a truck.", (BALL, TRUCK), Beat("roll", "b", None, 0, 1, 0.9), ["relation under truck"]),
        ("A box falls off a shelf.", (Prop("o", "box", x=0.7, y=0.35), SHELF), Beat("plunge", "o"), []),
        ("A box falls off a shelf.", (Prop("o", "box", x=0.4, y=0.35), SHELF), Beat("plunge", "o"),
         ["relation off shelf"]),
        ("A box falls from a shelf.", (Prop("o", "box", x=0.5, y=0.35), SHELF), Beat("plunge", "o"),
         ["relation from shelf"]),
        ("A cat jumps out of a truck.", (Actor("c", "cat", x=0.42, y=0.7), TRUCK), Beat("jump", "c", None, 0, 1, 0.58),
         ["relation out truck"]),
        ("Three cats jump onto a box.", (Actor("c", "cat", x=0.2, count=3), BOX), Beat("jump", "c", "o", 0, 1, 0.6),
         ["relation onto box"]),  # one of them alone
        ("A man climbs up a ladder.", (Actor("m", "man", x=0.3, y=0.6), Prop("l", "ladder", x=0.3)),
         Beat("climb", "m", "l"), []),
        ("A man with a suitcase walks past a suitcase.", (Actor("m", "man", x=0.3, holds="suitcase"),
         Prop("k", "suitcase", x=0.7, y=0.85)), Beat("walk", "m", None, 0, 1, 0.9), []),
        ("A box falls from the sky.", (Prop("o", "box", x=0.3, y=0.15),), Beat("plunge", "o"), ["place sky"]),
        ("A bird flies.", (Actor("b", "bird", x=0.3),), Beat("fly", "b", None, 0, 1, 0.31), []),  # up
    ],
)  # fmt: skip
def test_where_movements_begin_pass_and_end(
    caption: str, things: tuple[Actor | Prop, ...], beat: Beat, wrong: list[str]
) -> None:
    assert missing(caption, *things, beats=(beat,)) == wrong


def test_who_is_hidden_by_others_is_not_drawn() -> None:
    caption, hidden = "A cat and a cow stand in a yard.", Actor("h", "cow", x=0.52)
    assert missing(caption, Actor("c", "cat", x=0.3, y=0.8), hidden) == []
    assert missing(caption, Actor("c", "cat", x=0.52, y=0.8), hidden) == ["noun cat", "noun cow"]


def test_two_at_one_place_and_those_beyond_the_frame_do_not_count() -> None:
    beats = (Beat("talk", "m"), Beat("talk", "n"))
    talkers = [(Actor("m", "man", x=0.3), Actor("n", "woman", x=x)) for x in (0.5, 0.31, 1.1)]
    found = [missing("A man talks while a woman talks.", *two, beats=beats) for two in talkers]
    assert found[0] == [] and found[1] and "noun woman" in found[2]


def test_carried_plates_do_not_stay_behind() -> None:
    plates = (Prop("p", "plate", x=0.4), Prop("q", "plate", x=0.5), Prop("r", "plate", x=0.6))
    carried = Beat("carry", "m", "p", 0, 1, 0.9)
    assert "count plates" in missing("A man carries three plates.", Actor("m", "man", x=0.3), *plates, beats=(carried,))


def test_what_all_of_them_and_each_of_them_has_to_do_or_to_be() -> None:
    ways = (Beat("walk", "c", None, 0, 1, 0.1), Beat("walk", "d", None, 0, 1, 0.9))
    two = (Actor("c", "cat", x=0.4), Actor("d", "dog", x=0.6))
    assert missing("A cat and a dog walk to the left.", *two, beats=ways) == ["direction to left"]
    man = Actor("m", "man", "red", x=0.3, holds="bag", held_colour="blue")
    assert missing("A man in red with a red bag waves.", man, beats=(Beat("wave", "m"),)) == ["colour red"]


def test_what_a_state_says_is_nothing_more() -> None:
    beats = (Beat("drive", "t", None, 0, 1, 0.8), Beat("burn", "t"))
    assert missing("A burning car drives.", Actor("t", "car", x=0.3), beats=beats) == []


def test_riders_sit_on_what_they_ride() -> None:
    people, bike = Actor("m", "cyclist", x=0.2), Actor("b", "motorcycle", x=0.2)
    walks, rides = Beat("run", "m", None, 0, 1, 0.8), Beat("ride", "m", "b", 0, 1, 0.8)
    assert "noun motorcyclist" in missing("A motorcyclist races.", people, bike, beats=(walks,))
    assert "noun motorcyclist" not in missing("A motorcyclist races.", people, bike, beats=(rides,))
    assert "motorcyclists" not in fidelity(THREE, read_scene(THREE)).undrawn
    driven = (Beat("drive", "b", None, 0, 1, 0.8),)
    assert "extra motorcycle" not in missing("A motorcycle drives off.", bike, beats=driven)  # its rider is drawn


@pytest.mark.parametrize(
    ("caption", "wrong"),
    [
        ("A cook opens the door of the hut.", "noun door"),
        ("A fireman carries a woman out of a burning shop.", "relation out shop"),
        ("A toddler's stroller rolls across a yard.", "extra toddler"),
        ("A man is hit by a snowball and turns around.", "extra falls"),
        ("A man knocks over a bucket, and water runs over the floor.", "verb flood"),
        ("A man falls asleep in a cinema.", "verb falls asleep"),
        ("A girl skates on a frozen lake until the ice breaks.", "verb breaks"),
    ],
)
def test_readings_that_show_another_thing_are_called_so(caption: str, wrong: str) -> None:
    assert fidelity(caption, read_scene(caption)).score < 1
    found = {f"{i.kind} {i.text}" for i in fidelity(caption, read_scene(caption)).items if not i.drawn}
    assert wrong in found, found


@pytest.mark.parametrize(
    ("caption", "wrong"),
    [
        ("A man throws a box over a wall.", "relation over wall"),
        ("A pickpocket takes a phone out of a woman's bag on a bus.", "noun phone"),
        ("A crowd of shoppers waits outside a shop until the doors open.", "noun doors"),
        ("A thief empties the till.", "verb empties"),
        ("A man crawls under a car and comes out on the other side.", "relation other side"),
    ],
)
def test_places_of_things_and_ways(caption: str, wrong: str) -> None:
    found = {f"{i.kind} {i.text}" for i in fidelity(caption, read_scene(caption)).items if not i.drawn}
    assert wrong in found, found


def test_a_balloon_that_is_let_go_rises() -> None:
    balloon = Prop("b", "balloon", x=0.4, y=0.7)
    low, high = Beat("float", "b", None, 0, 1, 0.8), Beat("rise", "b", None, 0, 1)
    assert missing("A balloon floats away.", balloon, beats=(low,)) == ["verb floats away"]
    assert "verb rises" not in missing("A balloon rises.", balloon, beats=(high,))


@pytest.mark.parametrize(
    ("caption", "wrong"),
    [
        ("A boy runs through the rain with a newspaper over his head.", "relation over head"),
        ("A crowd watches a weightlifter in a market square.", "noun weightlifter"),
        ("A forklift lifts a barrel and drives out of the hall.", "noun oil drum"),
    ],
)
def test_other_senses(caption: str, wrong: str) -> None:
    found = {f"{i.kind} {i.text}" for i in fidelity(caption, read_scene(caption)).items if not i.drawn}
    assert wrong in found, found


def test_who_does_not_stop_walks_on() -> None:
    caption = "The man does not stop when the policeman raises his hand."
    scene = read_scene(caption)
    walk = next(beat for beat in scene.beats if (beat.who, beat.verb) == ("person", "walk"))
    assert walk.to is not None and walk.to > scene.actors[1].x and fidelity(caption, scene).score == 1


def test_a_door_of_its_own_stands_beside_an_oven() -> None:
    beside, of_it = "An oven stands next to a door.", "Smoke pours out of an oven while a cook opens the door."
    assert fidelity(beside, read_scene(beside)).score == 1
    assert [prop.kind for prop in read_scene(of_it).props] == ["oven"]  # which opens
    lid = read_scene("A boy lifts the lid of a treasure chest.")
    assert [(beat.verb, beat.target) for beat in lid.beats if beat.target] == [("open", "treasure_chest")]


def test_what_it_is_done_with_is_used() -> None:
    caption = "A man repairs a fence with a tarp."
    assert ("relation", "with tarp") in {
        (part.kind, part.text) for part in fidelity(caption, read_scene(caption)).items
    }


def test_what_was_missing_once_is_drawn_now() -> None:
    assert read_scene("People dance in front of a stage.").place == "concert"  # before it, not on it
    stairs = read_scene("A man takes the stairs.")
    assert "stairs" in {prop.kind for prop in stairs.props} and stairs.beats[-1].target == "stairs"
    worn = read_scene("A man in black pajamas runs along a river.").actors[0]
    assert (worn.worn, worn.worn_colour) == ("pajamas", "black")


def test_what_is_so_from_the_first_frame_on_takes_a_moment() -> None:
    for caption in ("A car lies on its roof.", "A lamp is off in a room.", "A car drives through a flooded street."):
        assert all(beat.start < beat.end for beat in read_scene(caption).beats), caption
