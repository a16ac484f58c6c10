"""What animals do with their own bodies, and how they go: staging/animals, animation/beasts."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import read_scene
from svta.generation.storyboard.animation.world import World
from svta.generation.storyboard.drawing.animals import GALLOP


def _at(caption: str, t: float) -> World:
    world = World(read_scene(caption), 16 / 9, 1.0, 0)
    for k in range(round(t * 16) + 1):
        world.step(k / 16)
    return world


@pytest.mark.parametrize(
    "caption",
    ["A hedgehog crosses a driveway.", "A dog runs across a forest road.", "A cow crosses a country road."],
)
def test_who_crosses_a_road_goes_from_its_far_side_to_the_near_one(caption: str) -> None:
    who = read_scene(caption).actors[0].id
    first, last = (_at(caption, t).bodies[who] for t in (0.0, 1.0))
    assert first.y < 0.8 < last.y
    assert first.height < last.height


def test_a_galloping_horse_is_no_walking_one() -> None:
    assert _at("A horse gallops through a field.", 0.5).bodies["horse"].gait == GALLOP
    assert _at("A horse walks through a field.", 0.5).bodies["horse"].gait < GALLOP


@pytest.mark.parametrize(
    ("caption", "verb"),
    [
        ("Two goats butt heads on a hillside.", "butt"),
        ("A brown bear scratches its back against a pine tree.", "rub back"),
        ("A dog chases its own tail.", "chase tail"),
        ("A horse shakes its mane in the paddock.", "toss head"),
        ("A penguin slides on its belly across the ice.", "belly slide"),
        ("A dog rolls over on the grass.", "wallow"),
        ("A sheepdog herds five sheep through a gate.", "file through"),
        ("Bats fly out of a cave.", "swarm out"),
        ("A hummingbird hovers beside a red flower.", "hover"),
    ],
)
def test_habits_have_acts_of_their_own(caption: str, verb: str) -> None:
    assert verb in {beat.verb for beat in read_scene(caption).beats}


def test_a_mouse_is_small_beside_a_cat_alone() -> None:
    alone, beside = (read_scene(caption) for caption in ("A mouse runs.", "A mouse runs past a cat."))
    assert next(a for a in beside.actors if a.kind == "mouse").scale < alone.actors[0].scale


def test_a_fox_comes_through_the_gap_of_a_fence() -> None:
    scene = read_scene("A fox slips through a gap in the garden fence.")
    fox = next(actor for actor in scene.actors if actor.kind == "fox")
    boards = [prop.x for prop in scene.props if prop.kind == "fence"]
    assert max(x for x in boards if x < fox.x) + 0.1 < fox.x < min(x for x in boards if x > fox.x) - 0.1


def test_the_bat_of_a_player_is_no_animal() -> None:
    assert not any(actor.kind == "bat" for actor in read_scene("A boy swings a bat.").actors)


def test_an_elephant_sprays_out_of_its_trunk_at_whom_it_is_told_to() -> None:
    own = _at("An elephant sprays water over its own back.", 0.5)
    jet = next(e for e in own.effects if e.kind == "jet")
    assert own.bodies["elephant"].state > 0.5  # the trunk is up
    assert jet.x > own.bodies["elephant"].x > jet.x + jet.size - 0.2
    both = read_scene("Two elephants spray each other with muddy water.")
    assert [a.facing for a in both.actors] == [1, -1]
    assert {(b.who, b.target) for b in both.beats} == {("elephant", "elephant_other"), ("elephant_other", "elephant")}


@pytest.mark.parametrize("caption", ["A cow kicks over a bucket of milk.", "A horse kicks over a bucket."])
def test_what_an_animal_kicks_over_lies_before_it(caption: str) -> None:
    world = _at(caption, 1.0)
    animal, bucket = world.bodies.values()
    assert abs(bucket.turn) > 80
    assert bucket.y > animal.y
