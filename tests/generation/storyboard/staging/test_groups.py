"""Groups: as many as the caption says, all of them in the picture, in the shape that it names."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import fidelity, read_scene


@pytest.mark.parametrize(
    ("caption", "count"),
    [
        ("Seven ducks swim on a pond.", 7),
        ("Eight people wait in a queue in front of a bank.", 8),
        ("Ten bicycles stand in a row.", 10),
        ("A pair of swans swims on a lake.", 2),
        ("Dozens of sheep walk along a road.", 12),
        ("Hundreds of fans cheer in a stadium.", 42),
    ],
)
def test_as_many_as_it_says(caption: str, count: int) -> None:
    scene = read_scene(caption)
    assert sum(actor.count for actor in scene.actors) == count
    assert fidelity(caption, scene, by_eye=False).undrawn == ()


@pytest.mark.parametrize(
    ("caption", "kind", "count"),
    [("Six bottles stand side by side on a shelf.", "bottle", 6), ("Nine balls lie in a basket.", "ball", 9)],
)
def test_several_things_on_one_lie_beside_each_other(caption: str, kind: str, count: int) -> None:
    things = [prop for prop in read_scene(caption).props if prop.kind == kind]
    assert len(things) == count == len({prop.x for prop in things}) and len({prop.y for prop in things}) == 1


def test_on_both_sides_and_in_a_circle() -> None:
    scene = read_scene("Two chairs stand on both sides of a table.")
    table = next(prop.x for prop in scene.props if prop.kind == "table")
    chairs = [prop.x for prop in scene.props if prop.kind == "chair"]
    assert min(chairs) < table < max(chairs)
    women = read_scene("Four women stand in a circle in a park.").actors
    assert len(women) == 4 and {woman.facing for woman in women if woman.x < 0.49} == {1}
    assert {woman.facing for woman in women if woman.x > 0.51} == {-1}


def test_one_after_another() -> None:
    scene = read_scene("One after another, three men jump into a lake.")
    dives = sorted((beat.start, beat.who) for beat in scene.beats if beat.verb == "dive")
    assert len({who for _, who in dives}) == 3 == len({start for start, _ in dives})


def test_each_has_one_in_hand() -> None:
    scene = read_scene("Each of the three women carries a bag.")
    assert [(actor.count, actor.holds) for actor in scene.actors] == [(3, "bag")] and not scene.props


@pytest.mark.parametrize("caption", ["A queue of eight people waits.", "A group of four men walks along a beach."])
def test_a_group_of_so_many_is_one_group(caption: str) -> None:
    (actor,) = read_scene(caption).actors
    assert actor.count == (8 if "eight" in caption else 4)
