"""Crowds: from which side a crossed street is seen, where fans stand, how pairs walk, who sits before they stand."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import read_scene
from svta.generation.storyboard.animation.world import World


@pytest.mark.parametrize(
    ("caption", "place"),
    [
        ("Pedestrians cross the road at a crosswalk.", "crosswalk"),
        ("A woman pushes a stroller across the street.", "crosswalk"),
        ("A crowd crosses the street when the light turns green.", "crosswalk"),
        ("Football fans wave scarves in the stands.", "stands"),
        ("A man stands in the street.", "street"),
        ("A man walks along the street.", "street"),
        ("A man crosses the road after the bus passes.", "street"),
    ],
)
def test_where_crowds_are(caption: str, place: str) -> None:
    assert read_scene(caption).place == place


def test_nobody_crosses_before_the_light_is_green() -> None:
    scene = read_scene("A crowd crosses the street when the light turns green.")
    walk = next(beat for beat in scene.beats if beat.verb == "walk")
    light = next(beat for beat in scene.beats if beat.who == "traffic_light")
    assert light.start < walk.start


@pytest.mark.parametrize("caption", ["Pupils walk two by two through the park.", "Schoolgirls walk in pairs."])
def test_pairs_walk_beside_each_other(caption: str) -> None:
    one, other = read_scene(caption).actors
    assert one.count == other.count >= 2 and 0 < one.y - other.y < 0.1 and abs(one.x - other.x) < 0.1


@pytest.mark.parametrize(
    ("caption", "acts"),
    [
        ("The judge enters, then everyone stands up.", ["sit at", "stand"]),
        ("The phone rings before the clerk stands.", ["sit at", "stand"]),
        ("A dog barks, then a squirrel bolts.", ["flee"]),
        ("A woman puts on her coat and then leaves the house.", ["put on coat", "enter"]),
        ("A cat drinks some milk before it lies down on the rug.", ["drink", "lie"]),
        ("A driver gets out and waves.", ["leave", "wave"]),
    ],
)
def test_what_happens_first_happens_first(caption: str, acts: list[str]) -> None:
    beats = sorted(read_scene(caption).beats, key=lambda beat: beat.start)
    told = [beat.verb for beat in beats if beat.verb in acts]
    assert list(dict.fromkeys(told)) == acts, beats


def test_the_rain_is_over_when_the_sun_comes_out() -> None:
    beats = {(beat.verb, beat.who): beat for beat in read_scene("It rains, then the sun comes out.").beats}
    assert beats["vanish", "scene"].start < beats["appear", "sun"].start


def test_a_child_comes_after_the_ball() -> None:
    scene = read_scene("A ball rolls into the road, and then a child follows.")
    child = next(actor for actor in scene.actors)
    run = next(beat for beat in scene.beats if beat.who == child.id)
    assert child.x < 0 and run.start >= 0.5


@pytest.mark.parametrize(
    ("caption", "building"),
    [
        ("Commuters pour out of the metro.", "metro entrance"),
        ("People stream out of the train station.", "station building"),
        ("A crowd runs out of the stadium.", "stadium building"),
        ("People rush out of a cinema.", "theater"),
    ],
)
def test_a_crowd_comes_out_of_a_building_one_half_after_the_other(caption: str, building: str) -> None:
    scene = read_scene(caption)
    house = next(prop for prop in scene.props if prop.kind == building)
    leaving = [beat for beat in scene.beats if (beat.verb, beat.target) == ("leave", house.id)]
    assert len(leaving) == 2 and leaving[0].start < leaving[1].start


@pytest.mark.parametrize("caption", ["A train arrives at the train station.", "A bus arrives at a station."])
def test_a_station_is_seen_from_inside_where_trains_arrive(caption: str) -> None:
    assert read_scene(caption).place.startswith("station")


def test_a_circle_of_people_is_all_around_its_middle() -> None:
    scene = read_scene("People stand in a circle around a fire.")
    fire = next(prop for prop in scene.props if prop.kind == "fire")
    people = [actor for actor in scene.actors if actor.kind == "person"]
    assert len(people) >= 5 and min(p.x for p in people) < fire.x < max(p.x for p in people)
    assert min(p.y for p in people) < fire.y < max(p.y for p in people)
    assert all((person.facing > 0) == (person.x < 0.49) for person in people)


def test_each_of_several_tosses_one() -> None:
    scene = read_scene("Graduates throw their caps into the air.")
    tossed = [beat for beat in scene.beats if beat.verb == "toss"]
    assert len({beat.who for beat in tossed}) == len({beat.target for beat in tossed}) == 3


def test_shoes_go_on_bare_feet() -> None:
    world = World(read_scene("A boy puts on his shoes."), 1.78, 1.0, 0)
    boy = next(iter(world.bodies.values()))
    assert boy.wardrobe is not None and [kind for kind, _ in boy.look.wears] == ["bare feet"]
    assert [kind for kind, _ in boy.wardrobe[0].wears] == ["shoes"]


def test_one_stands_before_a_crowd() -> None:
    one, many = read_scene("The goalkeeper dives, then the crowd cheers.").actors
    assert many.count > 12 and many.y < one.y


def test_what_nobody_knows_is_not_done_again() -> None:
    scene = read_scene("The goalkeeper dives, then the crowd groans.")
    assert [beat.who for beat in scene.beats if beat.verb == "dive"] == [scene.actors[0].id]


def test_who_puts_handcuffs_on_somebody_handcuffs_them() -> None:
    scene = read_scene("The suspect raises his hands, then an officer puts handcuffs on him.")
    assert "handcuff" in {beat.verb for beat in scene.beats} and not scene.props and scene.place != "classroom"


def test_who_waits_at_a_red_light_crosses_at_green() -> None:
    beats = read_scene("A crowd waits at a red light and then crosses.").beats
    green = next(beat for beat in beats if beat.verb == "open")
    assert green.start < next(beat for beat in beats if beat.verb == "walk").start


def test_the_audience_is_before_the_stage() -> None:
    assert read_scene("People dance in front of a stage at night.").place == "concert"
    assert read_scene("People dance on a stage.").place == "stage"
    applause = read_scene("People applaud as a choir bows on stage.")
    clapping, bowing = (next(b.who for b in applause.beats if b.verb == verb) for verb in ("clap", "bow"))
    y = {actor.id: actor.y for actor in applause.actors}
    assert applause.place == "auditorium" and y[bowing] < y[clapping]


def test_those_at_whom_it_is_thrown_stand_side_by_side() -> None:
    x = {actor.kind: actor.x for actor in read_scene("Guests throw rice at a bride and groom.").actors}
    assert x["person"] < x["woman"] < x["man"]


def test_who_runs_from_a_wave_turns_the_back_on_it() -> None:
    scene = read_scene("People on a beach run from a huge wave.")
    away = next(beat for beat in scene.beats if beat.verb == "flee")
    assert away.to is not None and (away.to - scene.props[0].x) * (scene.actors[0].x - scene.props[0].x) > 0


def test_a_cyclist_who_is_overtaken_rides() -> None:
    scene = read_scene("A red bus overtakes a cyclist on a bridge.")
    rider = next(actor for actor in scene.actors if actor.kind == "cyclist")
    bike = next(actor for actor in scene.actors if actor.kind == "bicycle")
    assert rider.x == bike.x and ("ride", rider.id, bike.id) in {(b.verb, b.who, b.target) for b in scene.beats}


def test_a_fallen_scooter_lies_and_photographs_are_taken() -> None:
    fallen = read_scene("A tram stops in front of a fallen scooter.")
    assert ("topple", "scooter") in {(beat.verb, beat.who) for beat in fallen.beats if beat.end <= 0.01}
    photos = read_scene("Many tourists take photographs of a fountain.")
    assert [prop.kind for prop in photos.props] == ["fountain"] and photos.beats[0].verb == "photograph"
