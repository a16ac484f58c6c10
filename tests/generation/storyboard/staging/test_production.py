"""What machines make: bottles under a nozzle, metal that is cast, logs that are sawn, loads for cranes and racks."""

import pytest

from svta.generation.storyboard import read_scene


def beats(caption):
    return {(beat.verb, beat.who, beat.target) for beat in read_scene(caption).beats}


@pytest.mark.parametrize(
    "caption",
    [
        "Green bottles pass under a filling machine one by one.",
        "Bottles move along a conveyor belt under a filling nozzle.",
    ],
)
def test_what_passes_under_a_nozzle_rides_on_a_belt_and_is_filled(caption):
    scene = read_scene(caption)
    assert {"conveyor", "filling machine"} <= {prop.kind for prop in scene.props}
    assert ("fill", "filling_machine", "bottle") in beats(caption)
    assert all(prop.y < 0.7 for prop in scene.props if prop.kind == "bottle")


def test_molten_metal_runs_out_of_a_ladle_into_a_mould():
    scene = read_scene("Molten steel pours into a mould.")
    assert scene.place == "foundry"
    assert ("discharge", "ladle", "molten_metal") in {(b.verb, b.who, b.target) for b in scene.beats}
    at = {prop.id: prop for prop in scene.props}
    assert at["mould"].x == at["molten_metal"].x and at["ladle"].y < at["mould"].y


def test_a_saw_makes_planks_of_a_log():
    scene = read_scene("A saw blade cuts a log into planks.")
    done = {(beat.verb, beat.who) for beat in scene.beats}
    assert {("vanish", "log"), ("appear", "plank"), ("drive", "plank")} <= done


def test_a_ship_that_is_loaded_with_containers_has_a_crane():
    for caption in (
        "A cargo ship is loaded with containers at the port.",
        "Containers are loaded onto a cargo ship by a crane.",
    ):
        assert ("hoist", "crane", "container") in beats(caption)


def test_who_sorts_what_a_belt_carries_stands_behind_it():
    scene = read_scene("Women sort tomatoes moving along a belt.")
    belt = next(prop for prop in scene.props if prop.kind == "conveyor")
    assert scene.actors[0].count > 2 and scene.actors[0].y < belt.y


def test_a_cart_of_bricks_is_no_shopping_cart():
    scene = read_scene("A worker pushes a cart of bricks.")
    assert [prop.kind for prop in scene.props] == ["flat cart of brick"]


def test_lights_flicker_where_nobody_is():
    assert ("flicker", "scene", None) in beats("There is no one in the hallway and the lights flicker.")


def test_who_works_on_a_scaffold_stands_there_and_lets_things_fall_to_the_ground():
    scene = read_scene("A bricklayer on a scaffold drops his trowel to the ground.")
    assert scene.actors[0].y < 0.65
    assert [beat.verb for beat in scene.beats if beat.who == scene.actors[0].id] == ["drop"]


def test_roofers_are_on_a_roof():
    scene = read_scene("A roofer works without a safety rope.")
    assert "house roof" in {prop.kind for prop in scene.props} and scene.actors[0].y < 0.6


def test_what_a_press_prints_comes_out_on_a_belt():
    scene = read_scene("A printing press prints newspapers.")
    assert not scene.actors
    assert {("work", "printing_press"), ("appear", "newspaper"), ("drive", "newspaper")} <= {
        (beat.verb, beat.who) for beat in scene.beats
    }


def test_a_smith_stands_at_an_anvil_and_a_seamstress_sits_at_her_machine():
    smith = read_scene("A blacksmith hammers a glowing piece of iron on an anvil.")
    at = {prop.kind: prop for prop in smith.props}
    assert at["hot iron"].x == at["anvil"].x and at["hot iron"].y < at["anvil"].y
    sewing = read_scene("A seamstress guides green cloth through a sewing machine.")
    assert ("sit at", sewing.actors[0].id) in {(beat.verb, beat.who) for beat in sewing.beats}


def test_boxes_are_put_onto_the_bed_of_a_truck():
    scene = read_scene("A worker loads boxes onto a truck.")
    truck = next(actor for actor in scene.actors if actor.kind == "flatbed truck")
    assert {beat.verb for beat in scene.beats if beat.target == "box"} == {"put"}
    assert all(beat.to < truck.x for beat in scene.beats if beat.verb == "put")


def test_steam_that_bursts_from_a_pipe_is_no_explosion():
    assert "explode" not in {beat.verb for beat in read_scene("Steam bursts from a pipe.").beats}


def test_who_drives_into_a_hall_does_not_crash():
    assert {beat.verb for beat in read_scene("A truck drives into a warehouse.").beats} == {"drive"}
