"""Vehicles among what is in their way, and towards us or away from us: the right verbs, places and sides."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import fidelity, read_scene
from svta.generation.storyboard.drawing.vehicles import VEHICLES
from svta.generation.storyboard.scene import Scene


def _verbs(scene: Scene, kind: str) -> list[str]:
    ids = {actor.id for actor in scene.actors if actor.kind == kind}
    return [beat.verb for beat in scene.beats if beat.who in ids]


@pytest.mark.parametrize(
    ("caption", "place", "verb"),
    [
        ("A green car drives away from the camera down a long road.", "road ahead", "go away"),
        ("A truck drives toward the viewer on the highway.", "highway ahead", "come closer"),
        ("A motorcycle drives away from us down a desert road.", "desert road ahead", "go away"),
        ("A jogger comes towards us along a path.", "path ahead", "come closer"),
        ("A man walks away from the camera down a long corridor.", "corridor", "go away"),
    ],
)
def test_the_road_is_seen_along(caption: str, place: str, verb: str) -> None:
    scene = read_scene(caption)
    assert scene.place == place and verb in {beat.verb for beat in scene.beats}


def test_skiers_come_down_on_skis() -> None:
    scene = read_scene("A skier glides down a slope towards the camera.")
    assert scene.place == "ski slope" and {beat.verb for beat in scene.beats} == {"ski", "come closer"}
    assert {"downhill", "ski"} == {beat.verb for beat in read_scene("A skier races downhill.").beats}


def test_parts_of_a_vehicle_are_no_things() -> None:
    scene = read_scene("A jeep gets stuck in deep mud and its wheels spin.")
    assert _verbs(scene, "jeep") == ["spin wheels"] and [prop.kind for prop in scene.props] == ["mud"]
    smoke = read_scene("Smoke pours from the truck's engine.")
    assert _verbs(smoke, "truck") == ["smoke"] and not smoke.props
    siren = read_scene("A fire engine drives past with its siren on.")
    assert [actor.kind for actor in siren.actors] == ["fire truck"] and not siren.props
    tyre = read_scene("A mechanic rolls a tyre to a car.")
    assert any("wheel" in prop.kind or "tyre" in prop.kind for prop in tyre.props)


def test_parked_and_stalled_vehicles_stand_still() -> None:
    past = read_scene("A cyclist overtakes a parked delivery truck.")
    truck = next(actor for actor in past.actors if actor.kind == "truck")
    assert truck.facing == 1 and not _verbs(past, "truck")
    through = read_scene("An ambulance squeezes through stalled traffic.")
    rows = [actor for actor in through.actors if actor.kind == "car"]
    own = next(actor for actor in through.actors if actor.kind == "ambulance")
    assert len(rows) == 2 and rows[0].y < own.y < rows[1].y and not _verbs(through, "car")


def test_short_of_and_out_of() -> None:
    short = read_scene("A tram stops short of a cyclist.")
    tram, cyclist = (next(a for a in short.actors if a.kind == kind) for kind in ("tram", "cyclist"))
    end = next(beat.to for beat in short.beats if beat.who == tram.id)
    assert end is not None and end + 0.15 * VEHICLES["tram"].width < cyclist.x
    out = read_scene("A bus pulls out from the stop.")
    bus, shelter = out.actors[0], out.props[0]
    assert abs(bus.x - shelter.x) < 0.2 and shelter.y < bus.y
    assert [(beat.verb, beat.to is not None and beat.to > 1) for beat in out.beats] == [("speed up", True)]


def test_over_a_red_light_and_along_a_bollard() -> None:
    scene = read_scene("A white van runs a red light and clips a scooter.")
    assert _verbs(scene, "van")[0] == "drive"
    scrape = read_scene("A silver car scrapes a bollard in the parking garage.")
    assert [(beat.verb, beat.target) for beat in scrape.beats] == [("scrape", "bollard")]


def test_up_and_down_slopes_and_shafts() -> None:
    down = read_scene("A silver car rolls backwards down a steep street.")
    assert {"reverse", "downhill"} == {beat.verb for beat in down.beats} and down.actors[0].facing == 1
    tyre = read_scene("A boy rolls a tire down a grassy hill.")
    assert ("spare_wheel", "downhill") in {(beat.who, beat.verb) for beat in tyre.beats}
    lift = read_scene("A lift descends inside a glass shaft.")
    assert [beat.verb for beat in lift.beats] == ["descend"]
    assert [prop.kind for prop in lift.props].count("lift shaft") == 1
    balloon = read_scene("A hot-air balloon sinks behind a row of trees.")
    assert [beat.verb for beat in balloon.beats] == ["land"] and balloon.actors[0].y < balloon.props[0].y


def test_round_a_track_and_into_a_bay() -> None:
    runner = read_scene("A runner goes round a track in a stadium.")
    assert runner.place == "oval track" and [beat.verb for beat in runner.beats] == ["circle"]
    van = read_scene("A white van reverses into a loading bay.")
    assert [beat.verb for beat in van.beats] == ["back away"]
    right, left = (
        read_scene("A taxi turns right into a side street."),
        read_scene("A taxi turns left into a side street."),
    )
    assert right.actors[0].x > 1 and left.actors[0].x < 0


def test_a_door_of_a_taxi_and_cars_on_a_deck() -> None:
    taxi = read_scene("A motorcyclist brakes as a taxi door swings open.")
    assert ("taxi", "open") in {(beat.who, beat.verb) for beat in taxi.beats}
    assert not any(prop.kind == "door" for prop in taxi.props)
    ferry = read_scene("A ferry leaves the dock with cars on its deck.")
    assert [actor.kind for actor in ferry.actors] == ["car ferry"]
    hit = read_scene("A cyclist is knocked over by an opening car door.")
    car = next(actor.id for actor in hit.actors if actor.kind == "car")
    assert {beat.verb for beat in hit.beats if beat.who == car} == {"open"}


def test_down_to_the_ground_and_across_the_water() -> None:
    bird = read_scene("A bird flies down from a roof to the ground.")
    assert [beat.verb for beat in bird.beats] == ["land"]
    boat = read_scene("A toy boat drifts to the right across a pond.")
    assert [(beat.verb, beat.to is not None and beat.to > boat.props[0].x) for beat in boat.beats] == [("float", True)]
    sled = read_scene("A child slides down a snowy hill on a sled.")
    assert ("sled", "downhill") in {(beat.who, beat.verb) for beat in sled.beats}
    rider = read_scene("A woman rides her horse toward the camera along the beach.")
    assert {("person", "ride"), ("horse", "come closer")} == {(beat.who, beat.verb) for beat in rider.beats}
    assert read_scene("A coal train crosses a river bridge.").place == "bridge"


def test_from_one_thing_to_another_and_backwards_into_a_barn() -> None:
    boy = read_scene("A boy runs from the house to the gate.")
    gate = next(prop for prop in boy.props if prop.kind == "gate")
    assert [beat.verb for beat in boy.beats] == ["leave", "run"]
    assert boy.beats[-1].to is not None and abs(boy.beats[-1].to - gate.x) < 0.15
    barn = read_scene("A green tractor drives backwards into a barn.")
    assert [beat.verb for beat in barn.beats] == ["reverse", "enter"]
    assert "uphill" in {beat.verb for beat in read_scene("A lorry climbs a steep country road.").beats}


def test_blue_lights_are_no_blue_car() -> None:
    assert read_scene("A police car flashes its blue lights.").actors[0].colour is None
    assert read_scene("A red car with yellow headlights passes.").actors[0].colour == "red"


@pytest.mark.parametrize(
    ("caption", "beats"),
    [
        ("A hiker climbs a hill.", [("uphill", "hill")]),
        ("Two hikers climb up a steep mountain.", [("uphill", "hill")]),
        ("A jeep climbs a steep hill.", [("uphill", "hill")]),
        ("A dog runs down the hillside.", [("downhill", "hill")]),
        ("A boy climbs a tree.", [("walk", None), ("climb", "tree")]),
        ("A cat jumps on a wall.", [("jump", "wall")]),
        ("A goat jumps on a car.", [("jump", "car")]),
        ("A child jumps on the bed.", [("jump", "bed")] * 3),
    ],
)
def test_up_hills_and_onto_things(caption: str, beats: list[tuple[str, str | None]]) -> None:
    scene = read_scene(caption)
    assert [(beat.verb, beat.target) for beat in scene.beats] == beats
    assert not [item for item in fidelity(caption, scene, by_eye=False).items if not item.drawn]


@pytest.mark.parametrize(
    ("caption", "verb"),
    [("A taxi picks up a woman.", "enter"), ("A bus drops off two children.", "leave"),
     ("A truck drops a woman's suitcase.", None)],
)  # fmt: skip
def test_passengers_get_in_and_out(caption: str, verb: str | None) -> None:
    scene = read_scene(caption)
    people = {actor.id for actor in scene.actors if actor.kind in ("woman", "boy")}
    done = {beat.verb for beat in scene.beats if beat.who in people}
    assert verb in done if verb else not done & {"enter", "leave"}
    assert not {beat.verb for beat in scene.beats if beat.who not in people} & {"grab", "plunge"}
