"""Animals and vehicles in their own words: who rides, sits, chases, swims, and how high it flies."""

import pytest

from svta.generation.storyboard import Scene, fidelity, read_scene
from svta.generation.storyboard.animation.world import World


def acts(caption: str) -> list[tuple[str, str, str | None]]:
    gaits = ("gallop", "hop along", "cross over")  # over the beat that moves them
    return [(beat.verb, beat.who, beat.target) for beat in read_scene(caption).beats if beat.verb not in gaits]


def at_end(scene: Scene) -> World:
    world = World(scene, 16 / 9, 1.0, 0)
    for k in range(21):
        world.step(k / 20)
    return world


def test_a_horse_carries_its_rider() -> None:
    assert acts("A man rides a horse along the beach.") == [("ride", "person", "horse")]
    assert at_end(read_scene("A girl rides a donkey across a field.")).bodies["person"].on == "donkey"


def test_a_motorcycle_that_drives_has_a_rider_and_one_that_stands_has_none() -> None:
    assert at_end(read_scene("A motorcycle drives past a church.")).bodies["motorcycle"].driver is not None
    assert at_end(read_scene("A motorcycle stands in front of a church.")).bodies["motorcycle"].driver is None


def test_an_animal_sits_on_its_haunches_and_nobody_comes_to_sit_beside_it() -> None:
    scene = read_scene("A dog sits on a bench.")
    assert [actor.kind for actor in scene.actors] == ["dog"]
    assert at_end(scene).bodies["dog"].sitting == 1.0


def test_a_dog_that_sits_down_stands_before() -> None:
    world = World(read_scene("A dog sits down."), 16 / 9, 1.0, 0)
    world.step(0.1)
    assert world.bodies["dog"].sitting == 0.0
    world.step(1.0)
    assert world.bodies["dog"].sitting == 1.0


def test_two_that_chase_each_other_take_turns_to_lead() -> None:
    chases = acts("Two dogs chase each other in the park.")
    assert {who for verb, who, _ in chases if verb == "chase"} == {"dog", "dog_other"}
    assert ("circle", "dog", "tree") in acts("Two dogs chase each other around a tree.")


def test_a_ball_that_is_chased_rolls_ahead() -> None:
    assert acts("A dog chases a ball.") == [("roll", "ball", None), ("chase", "dog", "ball")]


def test_a_squirrel_that_is_chased_up_a_tree_climbs_it() -> None:
    assert ("climb", "squirrel", "tree") in acts("A dog chases a squirrel up a tree.")


@pytest.mark.parametrize(("kind", "least"), [("dog", 0.2), ("horse", 0.1), ("duck", 0.0)])
def test_what_has_legs_swims_with_its_back_above_the_water(kind: str, least: float) -> None:
    body = at_end(read_scene(f"A {kind} swims across a river.")).bodies[kind]
    assert least * body.height < body.sunk < 0.6 * body.height


@pytest.mark.parametrize("flyer", ["drone", "helicopter", "eagle"])
def test_what_flies_over_a_house_is_above_its_roof(flyer: str) -> None:
    world = World(read_scene(f"The {flyer} flies over a house."), 16 / 9, 1.0, 0)
    for k in range(11):
        world.step(k / 20)
    body, house = world.bodies[flyer], world.bodies["house"]
    assert body.y - body.lift < house.y - house.height + 0.02


def test_between_two_trucks_leads_through_the_gap() -> None:
    scene = read_scene("A motorcycle drives between two trucks.")
    lanes = {actor.id: actor.y for actor in scene.actors}
    assert lanes["truck"] < lanes["motorcycle"] < lanes["truck_other"]


def test_what_passes_drives_by_and_what_is_parked_or_moored_stays() -> None:
    assert ("drive", "car", None) in acts("A dog barks at a passing car.")
    assert acts("A car is parked in front of a house.") == acts("Two boats are moored in the harbor.") == []


def test_two_police_cars_chase_a_van_and_not_each_other() -> None:
    assert {who for verb, who, _ in acts("Two police cars chase a van.") if verb == "chase"} == {"police_car"}


@pytest.mark.parametrize(("caption", "time", "up"), [
    ("The sun rises over the sea.", "dawn", True),
    ("The sun sets over a field.", "dusk", False),
    ("A full moon rises over a lake.", "night", True),
])  # fmt: skip
def test_the_sun_comes_out_of_the_sea_and_goes_down_behind_the_fields(caption: str, time: str, up: bool) -> None:
    scene = read_scene(caption)
    world = World(scene, 16 / 9, 1.0, 0)
    world.step(0.02)
    first = next(iter(world.bodies.values())).lift
    world.step(0.98)
    assert scene.time == time and (first < next(iter(world.bodies.values())).lift) == up


def test_who_grazes_has_the_head_down_at_the_grass() -> None:
    assert at_end(read_scene("Cows graze in a meadow.")).bodies["cow"].head > 1.5


def test_the_moon_shines_at_night_and_wind_shakes_what_it_does_not_fell() -> None:
    assert read_scene("A wolf howls at the moon.").time == "night"
    assert ("sway", "tree", None) in acts("The wind shakes a tree.")
    assert ("topple", "tree", None) in acts("The wind blows a tree over.")


def test_a_boat_under_a_bridge_floats_on_the_river() -> None:
    assert read_scene("A boat sails under a bridge.").place == "river bridge"
    assert read_scene("A car drives under a bridge.").place == "under bridge"


@pytest.mark.parametrize("caption", [
    "A dog chases a cat across a yard.",
    "Snow falls on a parked car at night.",
    "A motorcycle drives between two trucks.",
    "A cat chases a dog.",
    "A bird flies across the sky at sunset.",
    "A drone flies over a container yard.",
    "A motorcycle overtakes a truck on a highway.",
])  # fmt: skip
def test_plain_captions_count_as_seen(caption: str) -> None:
    assert fidelity(caption, read_scene(caption)).score == 1.0


@pytest.mark.parametrize("place", ["lake", "village"])
def test_a_balloon_floats_in_the_air_and_is_seen_as_a_whole(place: str) -> None:
    body = at_end(read_scene(f"A hot air balloon floats over a {place}.")).bodies["hot_air_balloon"]
    assert body.y - body.lift < 0.6 and body.top > 0.0 and body.sunk == 0.0


def test_a_grazing_cow_grazes_all_the_time() -> None:
    assert ("eat", "cow", None) in acts("A cyclist rides past a grazing cow.")


def test_what_backs_into_somebody_hits_with_its_rear() -> None:
    scene = read_scene("A truck reverses into a worker at the loading dock.")
    truck, ahead = at_end(scene).bodies["truck"], at_end(read_scene("A truck crashes into a wall.")).bodies["truck"]
    assert truck.facing == 1 and truck.x > at_end(scene).bodies["person"].x and truck.crumple == 0
    assert ahead.crumple > 0 and not ahead.reversing


@pytest.mark.parametrize(("caption", "kind", "verb"), [
    ("The door of a parked car opens.", "car", "open"),
    ("A man opens a car door.", "car", "open"),
    ("A woman opens the trunk of her car.", "car", "open boot"),
    ("A mechanic opens the hood of a van.", "van", "open bonnet"),
    ("The boot of a taxi pops open.", "taxi", "open boot"),
])  # fmt: skip
def test_what_opens_of_a_vehicle_is_its_own_door_boot_or_bonnet(caption, kind, verb):
    scene = read_scene(caption)
    opened = next(beat for beat in scene.beats if beat.verb.startswith("open"))
    assert opened.verb == verb and opened.to is None
    kinds = {thing.id: thing.kind for thing in (*scene.actors, *scene.props)}
    assert kinds[opened.target or opened.who] == kind and "door" not in kinds.values()


@pytest.mark.parametrize(("caption", "beat"), [
    ("Leaves swirl across a yard.", ("swirl", "leaves", None)),
    ("Lightning strikes a barn.", ("spark", "scene", "barn")),
    ("A man lets go of a balloon.", ("rise", "balloon", None)),
    ("Snow slides off the roof of a house.", ("shed", "scene", "house_roof")),
    ("Gravel pours into a truck.", ("grow", "pile_of_gravel", None)),
    ("A helicopter goes down behind the trees.", ("land", "helicopter", None)),
    ("An excavator digs a trench.", ("work", "excavator", None)),
    ("A motorcycle slides on its side across the road.", ("slide down", "motorcycle", None)),
])  # fmt: skip
def test_what_the_wind_lightning_and_machines_do(caption: str, beat: tuple[str, str, str | None]) -> None:
    assert beat in acts(caption)


def test_who_runs_towards_a_thing_starts_far_from_it_and_a_busy_road_has_cars() -> None:
    scene = read_scene("A dog runs towards the fountain.")
    assert abs(scene.actors[0].x - scene.props[0].x) > 0.5
    kinds = [actor.kind for actor in read_scene("A herd of cows walks across a busy road.").actors]
    assert sorted(kinds) == ["car", "cow"]
