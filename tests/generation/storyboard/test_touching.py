"""Who works touches what it works on, stands where it is used from, and keeps the tool to the last picture."""

from __future__ import annotations

import math

import pytest

from svta.generation.storyboard import read_scene
from svta.generation.storyboard.animation.world import World
from svta.generation.storyboard.drawing.poses import joints
from svta.generation.storyboard.drawing.touching import place_of, tip_in

TIMES = [n / 32 for n in range(33)]


def _worlds(caption: str, times: list[float] = TIMES):
    scene = read_scene(caption)
    world = World(scene, 16 / 9, 1.0, scene.seed)
    for t in times:
        world.step(t)
        yield world


@pytest.mark.parametrize(
    ("caption", "tool", "thing"),
    [
        ("A woman irons a shirt in a bedroom.", "iron", "laid_shirt"),
        ("A worker welds a steel beam in a factory.", "welding torch", "beam"),
        ("A man saws a plank.", "saw", "plank"),
        ("A woman paints a fence.", "paint roller", "fence"),
    ],
)
def test_the_tool_is_where_the_work_is_from_the_first_picture_to_the_last(caption: str, tool: str, thing: str) -> None:
    for world in _worlds(caption):
        who = world.bodies["person"]
        assert who.held == tool
        x, y = who.at(*tip_in(who))
        there = place_of(who, world.bodies[thing])
        assert math.dist((x, y), there) < 0.16, "never far from it"


def test_a_toothbrush_reaches_the_mouth() -> None:
    for world in _worlds("A girl brushes her teeth in the bathroom."):
        who = world.bodies["person"]
        assert who.held == "toothbrush"
        assert math.dist(tip_in(who), joints(who.pose, child=True).head) < 0.2


def test_a_vacuum_cleaner_is_on_the_carpet_all_the_time() -> None:
    for world in _worlds("A man vacuums the carpet."):
        who, carpet = world.bodies["person"], world.bodies["carpet"]
        x, y = who.at(*tip_in(who))
        assert abs(x - carpet.x) < carpet.half
        assert y == pytest.approx(who.y, abs=0.02)


def test_one_plays_a_piano_where_its_keys_are_and_two_play_chess_face_to_face() -> None:
    for caption in ("A boy plays the piano in the living room.", "A woman plays the piano."):
        scene = read_scene(caption)
        (piano,) = scene.props
        assert scene.actors[0].x > piano.x
        assert scene.actors[0].facing == -1
    scene = read_scene("Two men play chess in a library.")
    board = next(prop for prop in scene.props if prop.kind == "chess")
    one, other = sorted(scene.actors, key=lambda a: a.x)
    assert one.x < board.x < other.x
    assert (one.facing, other.facing) == (1, -1)


def test_a_cat_lands_on_the_board_of_a_window_sill() -> None:
    *_, world = _worlds("A cat jumps from the sofa onto the window sill and looks out.")
    cat, sill = world.bodies["cat"], world.bodies["window_sill"]
    assert cat.y == pytest.approx(sill.y - 0.46 * sill.size, abs=0.03)
    assert cat.top > 0.1, "all of it is in the picture"


def test_who_trips_over_a_cable_has_come_up_to_it_before_the_laptop_falls() -> None:
    seen = []
    for world in _worlds("A man trips over a cable in the office and drops his laptop."):
        who, cable = world.bodies["person"], world.bodies["cable"]
        seen.append((who.held, abs(who.x - cable.x) <= cable.half + 0.12, who.down))
    assert seen[0] == ("laptop", False, False)
    let_go = next(n for n, one in enumerate(seen) if one[0] is None)
    assert seen[let_go - 1][1], "his feet are at the cable"
    assert seen[-1][2], "he lies there in the end"


def test_pigeons_stand_among_what_they_peck() -> None:
    *_, world = _worlds("Pigeons peck crumbs on the platform.")
    birds, crumbs = world.bodies["pigeon"], world.bodies["crumbs"]
    places = [birds.x, *(birds.x + one.dx * birds.spread for one in birds.copies)]
    assert min(places) < crumbs.x < max(places)


def test_on_the_hood_is_before_the_windscreen_and_on_the_roof_is_above_it() -> None:
    for part, ahead in (("hood", True), ("bonnet", True), ("roof", False)):
        scene = read_scene(f"A cat is sleeping on the {part} of a parked car.")
        cat, car = (next(a for a in scene.actors if a.kind == kind) for kind in ("cat", "car"))
        assert ((cat.x - car.x) * car.facing > 0.08) == ahead
        assert (cat.y > 0.62) == ahead, "lower than the roof"


def test_a_garage_hides_what_drives_or_backs_into_it() -> None:
    for caption, facing in (("A truck drives backwards into a garage.", 1), ("A car drives into a garage.", -1)):
        (world,) = _worlds(caption, [0.0])
        garage, who = world.bodies["garage"], world.bodies[world.scene.actors[0].id]
        assert who.x > garage.x + 0.8 * garage.half, "it stands outside"
        assert who.facing == facing
        *_, world = _worlds(caption)
        garage, who = world.bodies["garage"], world.bodies[world.scene.actors[0].id]
        assert abs(who.x - garage.x) < 0.1, "and goes in"
        assert world.by_depth().index(garage) > world.by_depth().index(who), "behind the wall"


def test_a_verb_with_its_own_object_is_no_compound() -> None:
    kinds = {actor.kind for actor in read_scene("A girl pets a dog in the park.").actors}
    assert kinds == {"girl", "dog"}
    assert "car" in {actor.kind for actor in read_scene("A man washes his car in the yard.").actors}
