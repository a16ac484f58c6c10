"""What goes from one to another, what two do with each other, and how vehicles, fires and liquids begin and end."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import fidelity, read_scene
from svta.generation.storyboard.animation.world import World
from svta.generation.storyboard.scene import Scene
from svta.generation.storyboard.validation import check


def is_shown(caption: str) -> bool:
    """True if nothing is missing but what nobody has looked at yet."""
    missing = [item for item in fidelity(caption, read_scene(caption)).items if not item.drawn]
    return all(item.reason.startswith("not checked") for item in missing)


def beats(caption: str) -> set[tuple[str, str]]:
    """Verb and kind of who does it."""
    scene = read_scene(caption)
    kinds = {thing.id: thing.kind for thing in (*scene.actors, *scene.props)}
    return {(beat.verb, kinds.get(beat.who, beat.who)) for beat in scene.beats}


def at_the_end(caption: str) -> tuple[Scene, World]:
    scene = read_scene(caption)
    world = World(scene, 5 / 3, 1.0, 0)
    for step in range(33):
        world.step(step / 32)
    return scene, world


def held_by(caption: str, kind: str) -> str | None:
    scene, world = at_the_end(caption)
    return next(world.bodies[actor.id].held for actor in scene.actors if actor.kind == kind)


@pytest.mark.parametrize(
    ("caption", "kind", "thing"),
    [
        ("A woman hands a parcel to a man.", "man", "parcel"),
        ("A man throws a ball to a woman.", "woman", "ball"),
        ("A man catches a ball.", "man", "ball"),
        ("A woman gives a man a flower.", "man", "flower"),
        ("A man points a knife at a woman.", "man", "knife"),
    ],
)
def test_it_is_in_the_right_hand_at_the_end(caption: str, kind: str, thing: str) -> None:
    assert held_by(caption, kind) == thing and is_shown(caption)


def test_what_is_put_down_was_in_the_hand() -> None:
    scene, world = at_the_end("A man puts down a suitcase.")
    assert scene.actors[0].holds == "suitcase" and world.bodies[scene.actors[0].id].held is None


@pytest.mark.parametrize("caption", ["Two trams pass each other.", "Two women meet on a street."])
def test_two_come_from_both_sides(caption: str) -> None:
    first, second = read_scene(caption).actors
    assert first.x < 0.5 < second.x and (first.facing, second.facing) == (1, -1)


def test_two_pull_at_one_thing_and_one_fights_back() -> None:
    assert {("tug", "dog"), ("tug", "cat")} <= beats("A dog and a cat fight over a fish.")
    assert {("punch", "man"), ("punch", "woman")} <= beats("A woman fights a man.")


@pytest.mark.parametrize(
    ("caption", "beat"),
    [
        ("A bus slows down and stops.", ("slow down", "bus")),
        ("A train stops at a station.", ("pull up", "train")),
        ("A truck breaks down.", ("smoke", "truck")),
        ("A car speeds up.", ("speed up", "car")),
        ("The flames die down.", ("die down", "fire")),
        ("The fire goes out.", ("die down", "fire")),
        ("Firefighters put out a fire.", ("die down", "fire")),
        ("The smoke clears.", ("clear", "scene")),
        ("A bucket tips over and water spills.", ("run out", "bucket")),
        ("Water gushes from a hydrant.", ("gush", "fire hydrant")),
        ("Sand pours out of a sack.", ("grow", "pile of sand")),
    ],
)
def test_how_it_begins_and_ends(caption: str, beat: tuple[str, str]) -> None:
    assert beat in beats(caption) and is_shown(caption)


@pytest.mark.parametrize(
    ("caption", "beat"),
    [
        ("A dog digs a hole.", ("grow", "hole")),
        ("A man mows the lawn.", ("push", "man")),
        ("A goat sniffs a bag.", ("sniff", "goat")),
        ("A horse rears up.", ("rear up", "horse")),
        ("A branch falls on a car.", ("drop onto", "branch")),
        ("A door slams shut.", ("close", "door")),
        ("A man steals a bike.", ("ride", "man")),
        ("A man falls into a hole.", ("fall in", "man")),
        ("A sign falls down.", ("topple", "sign")),
        ("A waiter clears a table.", ("grab", "man")),
    ],
)
def test_who_does_what_to_which_thing(caption: str, beat: tuple[str, str]) -> None:
    assert beat in beats(caption)


@pytest.mark.parametrize("caption", ["A man punches a woman.", "Leaves blow across a yard.", "A man stumbles."])
def test_nothing_happens_that_is_not_said(caption: str) -> None:
    assert not {verb for verb, _ in beats(caption)} & {"fall", "faint", "enter", "open"}


def test_what_is_carried_flies_out_of_the_hand_in_a_fall() -> None:
    scene, world = at_the_end("A man carries a box and slips.")
    box = next(world.bodies[prop.id] for prop in scene.props if prop.kind == "box")
    assert scene.actors[0].holds == "box" and not box.hidden and box.lift < 0.02


@pytest.mark.parametrize(
    "caption",
    ["The boss has a meeting with four employees.", "A man is met by three policemen.", "A man meets a crowd."],
)
def test_who_meets_many_is_drawn_with_a_verb_that_scenes_have(caption: str) -> None:
    scene = read_scene(caption)
    check(scene)
    assert all(beat.verb != "meet" for beat in scene.beats)


@pytest.mark.parametrize("caption", [
    "Two men carry a sofa out of a house", "Two movers carry a mattress down the stairs", "Two women carry a ladder",
    "Two men load a table into a van", "A man and a woman carry a bed into a house",
])  # fmt: skip
def test_two_have_one_end_each_of_what_is_too_large_for_one(caption: str) -> None:
    scene = read_scene(caption)
    bearers = [beat for beat in scene.beats if beat.verb == "carry"]
    load = next(prop for prop in scene.props if prop.id == bearers[0].target)
    assert len(bearers) == 2 and min(a.x for a in scene.actors[:2]) < load.x < max(a.x for a in scene.actors[:2])
    world = World(scene, 5 / 3, 1.0, 0)
    for step in range(17):
        world.step(step / 32)
    one, two = (world.bodies[beat.who] for beat in bearers)
    body = world.bodies[load.id]
    assert min(one.x, two.x) < body.x < max(one.x, two.x) and body.lift > 0.05
    assert scene.place not in ("living room", "bedroom") or "stairs" in caption or "ladder" in caption


def test_what_is_thrown_to_somebody_does_not_fall_to_the_ground_first() -> None:
    scene = read_scene("A girl throws a frisbee to her brother")
    assert {actor.kind for actor in scene.actors} == {"girl", "boy"}, "the brother of a child is a child"
    world = World(scene, 5 / 3, 1.0, 0)
    low = 0.0
    for step in range(33):
        world.step(step / 32)
        thing = world.bodies["frisbee"]
        low = max(low, 0.0 if thing.hidden else thing.y - thing.lift)
    assert low < world.ground - 0.15 and world.bodies["person2"].held == "frisbee"


def test_who_only_reads_does_not_stand_where_another_one_works() -> None:
    scene = read_scene("A woman vacuums the carpet while a man reads a newspaper.")
    woman, man = scene.actors
    assert abs(woman.x - man.x) > 0.15


def test_who_locks_a_bicycle_does_it_beside_it_and_goes_in_from_there() -> None:
    scene = read_scene("A man locks his bicycle and then enters a cafe.")
    man, bicycle = scene.actors
    assert abs(man.x - bicycle.x) < 0.35 and scene.beats[0].verb == "lock"


def test_who_runs_into_arms_knocks_nobody_down() -> None:
    scene = read_scene("A child runs into his mother's arms.")
    assert {beat.verb for beat in scene.beats} == {"walk", "hug"}


def test_who_walks_while_pushing_a_pram_goes_one_way_with_it() -> None:
    caption = "A woman crosses the street while pushing a stroller."
    scene = read_scene(caption)
    assert [(beat.verb, beat.target) for beat in scene.beats] == [("push", "pram")]
    assert fidelity(caption, scene, by_eye=False).score == 1
