"""What goes wrong on the way: wheels that come off, skids that end at something, piers, wrong ways, flat tyres."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import read_scene
from svta.generation.storyboard.rendering.renderer import render
from svta.generation.storyboard.scene import Scene


def _verbs(scene: Scene, kind: str) -> list[str]:
    ids = {thing.id for thing in (*scene.actors, *scene.props) if thing.kind == kind}
    return [beat.verb for beat in scene.beats if beat.who in ids]


@pytest.mark.parametrize("caption, kind, last", [
    ("The front wheel comes off a moving pickup.", "pickup", "roll"),
    ("The wheel of a lorry comes off and bounces away.", "truck", "bounce"),
    ("A car loses a wheel.", "car", "roll"),
])  # fmt: skip
def test_a_wheel_comes_off_and_rolls_ahead(caption, kind, last):
    scene = read_scene(caption)
    assert _verbs(scene, kind)[:2] == ["drive", "lose wheel"] and _verbs(scene, "spare wheel")[-1] == last


@pytest.mark.parametrize("caption, hit", [
    ("A white van skids into a lamp post.", "lamp post"), ("A car slides into a parked van.", "van"),
])  # fmt: skip
def test_who_skids_into_something_hits_it(caption, hit):
    scene = read_scene(caption)
    kinds = {thing.id: thing.kind for thing in (*scene.actors, *scene.props)}
    skid, collide = [beat for beat in scene.beats if beat.verb in ("skid", "collide")]
    assert (skid.verb, collide.verb) == ("skid", "collide") and kinds[collide.target] == hit


def test_a_pier_is_bumped_into_from_the_water():
    scene = read_scene("A ferry bumps hard against the pier.")
    assert scene.place == "sea" and _verbs(scene, "ferry") == ["drive", "bump"]
    assert read_scene("A man walks along the pier.").place == "pier"


def test_the_wrong_way_is_against_the_arrows():
    scene = read_scene("A car drives the wrong way on a motorway.")
    assert {"road arrow", "no entry sign"} <= {prop.kind for prop in scene.props} and scene.actors[0].facing == 1


def test_a_flat_tyre_is_seen():
    flat, whole = (render(read_scene(f"A car {how}stands on the road."), num_frames=2, height=96, width=160)
                   for how in ("with a flat tyre ", ""))  # fmt: skip
    assert (flat != whole).any()


def test_a_plough_pushes_a_car_ahead_of_it():
    scene = read_scene("A snowplough pushes a parked car along the street.")
    plough, car = scene.actors
    assert plough.x < car.x and "collide" not in {beat.verb for beat in scene.beats}


def test_what_is_in_the_air_comes_down():
    assert _verbs(read_scene("A hot air balloon comes down in a cornfield."), "hot air balloon") == ["land"]


def test_water_shoots_out_of_the_hydrant_and_floods_nothing():
    verbs = [beat.verb for beat in read_scene("A car hits a fire hydrant and water shoots up.").beats]
    assert "gush" in verbs and "flood" not in verbs


def test_what_a_truck_loses_tumbles_off_its_open_bed():
    scene = read_scene("A truck loses its load of logs on a bend.")
    assert [actor.kind for actor in scene.actors] == ["flatbed truck"]
    logs = [prop.id for prop in scene.props if prop.kind == "log"]
    assert len(logs) > 1 and {beat.who for beat in scene.beats if beat.verb == "plunge"} == {*logs}


@pytest.mark.parametrize("caption, verb", [
    ("A car crashes through a wooden fence.", "break through"), ("A quad bike jumps over a ditch.", "leap over"),
    ("A bus drives through a deep puddle.", "splash over"),
])  # fmt: skip
def test_what_is_in_the_way_is_broken_jumped_over_or_splashes(caption, verb):
    scene = read_scene(caption)
    assert verb in {beat.verb for beat in scene.beats if beat.who in {actor.id for actor in scene.actors}}


def test_riders_are_on_what_they_ride_and_fall_with_it():
    scene = read_scene("A scooter rider loses balance on a wet road.")
    assert [actor.kind for actor in scene.actors] == ["cyclist", "scooter"]
    assert {beat.verb for beat in scene.beats} == {"ride", "trip", "topple"}


@pytest.mark.parametrize("caption, place", [
    ("A milk truck crosses a narrow stone bridge.", "stone bridge"), ("A train crosses a railway bridge.", "viaduct"),
    ("A lorry is wedged under a low railway bridge.", "under bridge"), ("A car crosses a bridge.", "bridge"),
    ("A white van loses a mattress from its roof on the highway.", "highway"),
    ("A pickup crashes into the window of a jewelry shop.", "street"),
])  # fmt: skip
def test_bridges_roofs_and_shop_windows_are_what_they_are(caption: str, place: str) -> None:
    assert read_scene(caption).place == place


def test_who_drives_is_a_machine_and_who_sweeps_has_a_broom() -> None:
    (machine,) = read_scene("A street sweeper drives along the street.").actors
    (sweeper,) = read_scene("A street sweeper cleans the gutter.").actors
    assert machine.kind == "road sweeper" and sweeper.holds == "broom"


def test_what_lies_on_its_side_lies_there_from_the_first_frame() -> None:
    (over,) = read_scene("A tanker lies on its side across the road.").beats
    assert (over.verb, over.end) == ("roll over", 0.01)
