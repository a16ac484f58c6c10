"""The boot of a car: it opens, things go in and come out at the rear, and it closes."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import fidelity, read_scene
from svta.generation.storyboard.parsing.parser import read
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
