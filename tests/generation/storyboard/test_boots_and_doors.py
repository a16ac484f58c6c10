"""The boot of a car and the door of an elevator: they open, things and people go in and come out; carts are pushed."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import fidelity, read_scene
from svta.generation.storyboard.parsing.sentences.parser import read
from svta.generation.storyboard.scene import Scene


def beats(scene: Scene, verb: str) -> list[tuple[str, str | None]]:
    return [(beat.who, beat.target) for beat in scene.beats if beat.verb == verb]


@pytest.mark.parametrize("into", ["into the trunk of a taxi", "in the boot of a taxi", "into a taxi"])
def test_into_the_boot(into: str) -> None:
    scene = read_scene(f"A man puts a suitcase {into}.")
    assert beats(scene, "open boot") == [("taxi", None)] and beats(scene, "close") == [("taxi", None)]
    (load,) = (beat for beat in scene.beats if beat.verb == "load")
    man, taxi = scene.actors
    walk = next(beat for beat in scene.beats if beat.verb == "walk")
    assert walk.to is not None and (taxi.x - walk.to) * taxi.facing > 0, "behind the taxi, not before it"
    assert load.target == "suitcase" and man.holds == "suitcase"


def test_out_of_the_boot() -> None:
    (clause,) = read("A man takes a box out of the trunk of a car.").clauses
    assert clause.obliques == [("from", 2)]
    scene = read_scene("A man takes a box out of the trunk of a car.")
    opened, grabbed = (next(beat for beat in scene.beats if beat.verb == verb) for verb in ("open boot", "grab"))
    assert opened.end <= grabbed.start and beats(scene, "grab") == [("person", "box")]
    on_top = read_scene("A man puts a box on a car.")
    assert not beats(on_top, "open boot")


@pytest.mark.parametrize(("part", "beat"), [("trunk", "open boot"), ("hood", "open bonnet")])
def test_the_part_of_the_car_that_was_named(part: str, beat: str) -> None:
    for caption in (f"A man opens the {part} of a car.", f"A man gets out of his car and opens the {part}."):
        assert beats(read_scene(caption), beat) == [("person", "car")], caption
    shut = read_scene(f"A man closes the {part} of his car.")
    assert shut.beats[0].verb == beat and beats(shut, "close") == [("person", "car")], "it is open before"
    assert fidelity(shut.caption, shut, by_eye=False).score == 1


def test_the_trunk_of_no_car_that_was_named() -> None:
    caption = "A woman puts a bag into the trunk."
    assert [mention.kind for mention in read(caption).mentions] == ["woman", "bag", "car"]
    assert beats(read_scene(caption), "open boot") == [("car", None)]
    assert {mention.group for mention in read("A squirrel runs up a tree trunk.").mentions} <= {"animal", "prop"}
    assert len(read("An elephant lifts a log with its trunk.").mentions) == 2


@pytest.mark.parametrize("cart", ["stroller", "shopping cart", "bicycle"])
def test_who_walks_with_a_cart_pushes_it(cart: str) -> None:
    (clause,) = read(f"A woman with a {cart} crosses the street.").clauses
    assert (clause.verb, clause.subjects, clause.objects) == ("push", [0], [1])
    (waiting,) = read(f"A woman with a {cart} waits at a corner.").clauses
    assert waiting.verb != "push"


def test_who_comes_out_of_an_elevator_is_not_seen_before() -> None:
    scene = read_scene("The elevator doors open and three people step out.")
    assert [(beat.who, beat.verb, beat.target) for beat in scene.beats][:2] == [
        ("elevator", "open", None),
        ("person", "leave", "elevator"),
    ]
    assert [prop.kind for prop in scene.props] == ["elevator"]


def test_a_cyclist_turns_off_to_that_side() -> None:
    for side, sign in (("left", -1), ("right", 1)):
        *_, last = read_scene(f"A cyclist turns {side} at the corner.").beats
        assert last.verb == "ride" and last.to is not None and (last.to - 0.5) * sign > 0.5


def test_the_light_goes_out_in_a_room() -> None:
    for caption in ("A man turns off the lights.", "First the lights go on, then a cleaner comes in."):
        assert read_scene(caption).place == "room"
    assert read_scene("A man turns off the lights of his car.").place != "room"


def test_birds_that_scatter_fly_up_and_a_television_leaves_the_room_as_it_is() -> None:
    (birds, *_) = read_scene("Pigeons scatter as a man walks through the square.").beats
    assert birds.verb == "rise"
    assert not {beat.verb for beat in read_scene("A woman turns off the television.").beats} & {"darken", "brighten"}


def test_what_is_thrown_through_a_window_breaks_it() -> None:
    assert beats(read_scene("A man throws a brick through a window."), "shatter") == [("window", None)]


def test_round_a_fountain_on_a_bicycle() -> None:
    assert beats(read_scene("A girl rides a bicycle around a fountain."), "circle") == [("bicycle", "fountain")]
