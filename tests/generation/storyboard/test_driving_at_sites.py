"""Parking spaces, roundabouts, level crossings, driveways; towing, swerving, skidding with a rider."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import fidelity, read_scene
from svta.generation.storyboard.parsing.sentences.parser import read
from svta.generation.storyboard.scene import Beat


def _beats(caption: str, who: str) -> list[Beat]:
    return [beat for beat in read_scene(caption).beats if beat.who == who]


@pytest.mark.parametrize(
    ("caption", "place"),
    [
        ("A train passes behind a closed level crossing", "level crossing"),
        ("A taxi drives around the roundabout", "roundabout"),
        ("A van backs into a parking space", "parking space"),
        ("A car rolls down a driveway", "driveway"),
        ("A small boat sails under a bridge", "river bridge"),
        ("A ferry docks at the pier", "pier"),
    ],
)
def test_where_it_happens(caption: str, place: str) -> None:
    assert read_scene(caption).place == place


def test_into_a_parking_space_and_out_of_it() -> None:
    into, out = _beats("A van backs into a parking space", "van"), _beats("A car drives out of a parking space", "car")
    assert [beat.verb for beat in (*into, *out)] == ["reverse", "drive"]
    assert into[0].to is not None and into[0].to < 0.4 and out[0].to is not None and out[0].to > 1.0


def test_round_the_island_and_off() -> None:
    scene = read_scene("A truck goes round a roundabout and turns right")
    assert [(beat.verb, beat.target) for beat in scene.beats] == [("circle", "island"), ("turn right", None)]


@pytest.mark.parametrize(
    ("caption", "verb"),
    [
        ("A car rolls down a driveway into the street", "come closer"),
        ("A car backs out of a driveway", "back closer"),
        ("A ship sails away towards the horizon", "go away"),
    ],
)
def test_along_the_view(caption: str, verb: str) -> None:
    assert [beat.verb for beat in read_scene(caption).beats] == [verb]


def test_a_rider_is_taken_along() -> None:
    scene = read_scene("A girl on a bicycle rides towards the camera")
    assert {(beat.who, beat.verb) for beat in scene.beats} == {("person", "ride"), ("bicycle", "come closer")}


def test_a_tow_truck_has_the_front_on_its_hook_others_a_rope() -> None:
    hooked, roped = read_scene("A tow truck pulls a car"), read_scene("A tugboat pulls a cargo ship")
    assert ("car", "trail") in {(beat.who, beat.verb) for beat in hooked.beats} and not hooked.props
    assert {prop.kind for prop in roped.props} == {"tow rope"}


def test_what_slides_and_falls_has_a_rider() -> None:
    slides, falls = (
        read_scene("A scooter slides across an intersection"),
        read_scene("A motorcycle skids and falls over"),
    )
    for scene in (slides, falls):
        rider = next(actor.id for actor in scene.actors if actor.id.endswith("_rider"))
        verbs = [beat.verb for beat in scene.beats if beat.who == rider]
        assert (verbs[0], verbs[-1]) == ("ride", "trip")


def test_round_a_car_door_that_opens() -> None:
    scene = read_scene("A cyclist swerves around an opening car door")
    assert {("bicycle", "swerve"), ("car", "open")} <= {(beat.who, beat.verb) for beat in scene.beats}


def test_two_lanes_of_cars_and_a_cyclist_between_them() -> None:
    scene = read_scene("A cyclist rides between two lanes of stopped cars")
    lanes = [actor for actor in scene.actors if actor.kind == "car"]
    bicycle = next(actor for actor in scene.actors if actor.kind == "bicycle")
    assert len(lanes) == 2 and min(a.y for a in lanes) < bicycle.y < max(a.y for a in lanes)


def test_a_trailer_is_left_behind() -> None:
    scene = read_scene("A trailer comes loose from a truck on the highway")
    last = {beat.who: beat.to for beat in scene.beats}
    assert (last["flatbed_truck"] or 0) > 1 > (last["trailer"] or 1)


def test_on_a_roof_that_is_seen() -> None:
    scene = read_scene("A helicopter lands on the roof of a hospital")
    assert ("land", "hospital") in {(beat.verb, beat.target) for beat in scene.beats}


def test_water_over_people_from_what_drives_past_them() -> None:
    scene = read_scene("A bus splashes water over people at the stop")
    assert {("bus", "splash over"), ("person", "startle")} == {(beat.who, beat.verb) for beat in scene.beats}


def test_vehicles_that_are_on_their_way_move() -> None:
    for caption, who in (
        ("Two cyclists ride next to a moving tram", "tram"),
        ("A woman runs towards a departing bus", "bus"),
    ):
        assert [beat.to is not None for beat in _beats(caption, who)] == [True], caption


def test_a_skateboarder_has_a_board() -> None:
    scene = read_scene("A skateboarder rolls past a fountain")
    assert [(beat.verb, beat.target) for beat in scene.beats] == [("ride", "skateboard")]


def test_from_one_edge_to_the_other_and_away_along_a_platform() -> None:
    run, _ = read_scene("A dog runs from right to left across the road").beats  # and the gait
    assert read_scene("A dog runs from right to left across the road").actors[0].x > 0.9
    assert run.to is not None and run.to < 0.1
    assert [b.verb for b in read_scene("A woman walks away down the platform").beats] == ["go away"]


def test_the_foremost_of_a_group_stops_before_the_light() -> None:
    scene = read_scene("Three motorcycles stop at a red traffic light")
    light, bikes = scene.props[0], scene.actors[0]
    (stop,) = scene.beats
    assert bikes.count == 3 and stop.to is not None and light.x - stop.to > 0.35


def test_up_to_the_barriers_seen_from_behind_and_over_the_rails() -> None:
    stops, drives = (
        read_scene("A school bus stops at a level crossing"),
        read_scene("A car drives over a level crossing"),
    )
    assert (stops.place, [beat.verb for beat in stops.beats]) == ("level crossing", ["draw up"])
    assert (drives.place, [beat.verb for beat in drives.beats]) == ("open level crossing", ["go away"])


def test_on_a_bicycle_from_the_first_frame_on() -> None:
    scene = read_scene("A girl on a bicycle waves")
    assert {(beat.who, beat.verb) for beat in scene.beats} == {("person", "ride"), ("person", "wave")}
    scene = read_scene("A man on a motorcycle stops at a traffic light")
    assert ("person", "ride") in {(beat.who, beat.verb) for beat in scene.beats}


def test_the_back_of_a_taxi_is_the_taxi() -> None:
    (clause,) = read("A car hits the back of a taxi").clauses
    assert clause.objects == [1] and not clause.obliques


@pytest.mark.parametrize(
    ("caption", "place", "comes"),
    [
        ("A van drives into a tunnel", "tunnel road", False),
        ("A train enters a tunnel", "tunnel railway", False),
        ("A bus comes out of a tunnel", "tunnel road", True),
    ],
)
def test_a_tunnel_that_is_driven_into_is_seen_from_outside(caption: str, place: str, comes: bool) -> None:
    scene = read_scene(caption)
    (beat,) = scene.beats
    assert (scene.place, beat.verb) == (place, "drive")
    assert beat.to is not None and (beat.to < 0) == comes


def test_ships_that_return_stay_in_the_harbour() -> None:
    (beat,) = read_scene("A fishing boat returns to the harbour").beats
    assert beat.verb == "pull up" and beat.to is not None and 0 < beat.to < 1


def test_a_bin_is_lifted_and_turned_over_behind_a_garbage_truck() -> None:
    scene = read_scene("A garbage truck lifts a bin and empties it")
    assert [(beat.who, beat.verb) for beat in scene.beats] == [("trash_can", "tip up"), ("trash_can", "tip in")]
    assert fidelity("A garbage truck lifts a bin and empties it", scene).score == 1


def test_a_load_that_is_lost_falls_off_an_open_bed() -> None:
    scene = read_scene("A truck loses its load on the highway")
    assert {thing.kind for thing in (*scene.actors, *scene.props)} == {"flatbed truck", "load"}


def test_a_skateboard_is_stood_on_and_fallen_off() -> None:
    scene = read_scene("A boy on a skateboard falls off the curb")
    assert [(beat.verb, beat.target) for beat in scene.beats][:1] == [("ride", "skateboard")]


def test_two_side_by_side_are_equally_quick() -> None:
    one, other = read_scene("Two lorries drive side by side on the motorway").beats
    assert one.verb == other.verb == "drive" and (one.start, one.end) == (other.start, other.end)


def test_a_coach_that_stops_is_a_bus() -> None:
    kinds = [read(caption).mentions[0].kind for caption in ("A coach stops", "A coach shouts at the players")]
    assert kinds == ["bus", "person"]
