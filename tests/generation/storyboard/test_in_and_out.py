"""Into buildings and out of them, seen from the street; out of boxes and bins; crowds that pour, stream and spill."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import fidelity, read_scene
from svta.generation.storyboard.animation.world import World
from svta.generation.storyboard.drawing.people import look_of, slot_between, undressed


@pytest.mark.parametrize(
    ("caption", "building", "verb"),
    [
        ("Shoppers stream into a supermarket.", "supermarket", "enter"),
        ("A man runs into a church.", "church", "enter"),
        ("Two women go into a bakery.", "bakery", "enter"),
        ("A dog runs into a store.", "shop", "enter"),
        ("A cow walks into a barn.", "barn", "enter"),
        ("People come out of a church.", "church", "leave"),
        ("People spill onto the street from a bar.", "bar", "leave"),
        ("A woman leaves a cafe.", "cafe", "leave"),
    ],
)
def test_a_building_is_seen_from_outside(caption: str, building: str, verb: str) -> None:
    scene = read_scene(caption)
    assert [prop.kind for prop in scene.props] == [building] and scene.place in ("street", "field")
    assert any(beat.verb == verb and beat.target == scene.props[0].id for beat in scene.beats)


def test_who_does_more_in_there_is_seen_inside() -> None:
    assert read_scene("A man walks into a bar and sits down.").place == "bar"


@pytest.mark.parametrize(
    "caption",
    ["Commuters pour out of a train.", "Passengers stream off a bus.", "Protesters flood the square."],
)
def test_many_who_pour_are_no_liquid(caption: str) -> None:
    scene = read_scene(caption)
    assert not scene.props and {beat.verb for beat in scene.beats} <= {"walk", "leave"}
    assert max(actor.count for actor in scene.actors) >= 6


def test_one_who_pours_has_a_liquid() -> None:
    assert any(beat.verb == "pour" for beat in read_scene("A waiter pours water into a glass.").beats)


@pytest.mark.parametrize("caption", ["A cat jumps out of a box.", "A raccoon climbs out of a bin."])
def test_who_gets_out_of_a_box_is_in_it_first(caption: str) -> None:
    scene = read_scene(caption)
    animal, box = scene.actors[0], scene.props[0]
    assert animal.x == box.x and animal.y < box.y
    assert scene.beats[-1].verb == "jump" and abs((scene.beats[-1].to or 0) - box.x) > 0.2


def test_a_balloon_that_is_let_go_of_rises_and_a_ball_rolls() -> None:
    for caption, way in (("A girl lets go of a red balloon.", "rise"), ("A woman lets go of a ball.", "roll")):
        scene = read_scene(caption)
        thing = scene.props[0].id
        assert [beat.verb for beat in scene.beats if beat.who == thing] == [way]


@pytest.mark.parametrize(
    "caption", ["A man puts his phone into his pocket.", "A thief hides a bottle inside his jacket."]
)
def test_what_goes_into_the_pocket_is_in_hand_and_gone(caption: str) -> None:
    scene = read_scene(caption)
    assert scene.actors[0].holds == scene.props[0].kind and [beat.verb for beat in scene.beats] == ["hide"]


def test_gloves_leave_the_hat_on() -> None:
    look = look_of("worker", None, None, False, 0, "a", worn="gloves")
    bare = undressed(look, coat=False)
    assert bare.hat == look.hat == "hard hat" and slot_between(look, bare) == "hands"


def test_what_is_overturned_lies_from_the_first_frame_on() -> None:
    scene = read_scene("A man walks past an overturned bin.")
    world = World(scene, 16 / 9, 1.0, 0)
    assert world.bodies[scene.props[0].id].turn > 80


def test_a_bag_is_taken_from_the_seat_of_a_cafe_chair() -> None:
    scene = read_scene("A thief grabs a handbag from a cafe chair.")
    bag, chair = (next(prop for prop in scene.props if prop.kind == kind) for kind in ("hand bag", "chair"))
    assert scene.place == "restaurant" and abs(bag.x - chair.x) < 0.05 and 0.6 < bag.y < chair.y - 0.05


def test_two_things_that_are_picked_up_are_both_taken() -> None:
    scene = read_scene("A woman picks up a bag and an umbrella.")
    both = {prop.id for prop in scene.props} <= {beat.target for beat in scene.beats}
    assert both or fidelity(scene.caption, scene).score < 1


@pytest.mark.parametrize(
    ("caption", "building"),
    [
        ("A man parks his car, then walks into a shop.", "shop"),
        ("A woman locks her bicycle and then enters a bakery.", "bakery"),
        ("A boy drops his bag and runs into the school.", "school"),
        ("A worker puts on a helmet and enters the warehouse.", "warehouse"),
    ],
)
def test_who_goes_into_a_building_after_all_else_is_seen_before_it(caption: str, building: str) -> None:
    scene = read_scene(caption)
    house = next(prop for prop in scene.props if prop.kind == building)
    assert scene.place == "street" and any(b.verb == "enter" and b.target == house.id for b in scene.beats)


@pytest.mark.parametrize(
    ("caption", "ship"),
    [
        ("A boat docks, and then passengers step onto the pier.", "boat"),
        ("A ship ties up at the quay, then two men walk off.", "ship"),
        ("After the bus stops, an old woman gets off.", "bus"),
    ],
)
def test_passengers_come_out_of_what_has_stopped(caption: str, ship: str) -> None:
    scene = read_scene(caption)
    stops = next(beat for beat in scene.beats if beat.verb == "pull up")
    out = next(beat for beat in scene.beats if beat.verb == "leave")
    kinds = {actor.id: actor.kind for actor in scene.actors}
    assert kinds[stops.who] == ship and out.target == stops.who and out.start >= stops.end
    assert World(scene, 1.6, 0.9, 0).bodies[out.who].hidden


@pytest.mark.parametrize(
    "caption", ["A farmer opens the gate, then sheep run out.", "A man opens a gate and walks in."]
)
def test_an_opened_gate_is_passed(caption: str) -> None:
    scene = read_scene(caption)
    gate = next(prop for prop in scene.props if prop.kind == "gate")
    way = [beat for beat in scene.beats if beat.verb != "gallop"][-1]
    first = next(actor.x for actor in scene.actors if actor.id == way.who)
    assert first < gate.x < (way.to or 0)


def test_who_is_let_out_comes_through_the_door() -> None:
    scene = read_scene("A woman opens the door and lets the dog out.")
    assert any(beat.verb == "leave" and beat.who == "dog" and beat.target == "door" for beat in scene.beats)
    assert World(scene, 1.6, 0.9, 0).bodies["dog"].hidden


def test_a_window_out_of_doors_is_in_a_wall_and_the_ball_flies_into_it() -> None:
    scene = read_scene("A boy kicks a ball and then the window breaks.")
    window, wall = (next(p for p in scene.props if p.kind == kind) for kind in ("window", "house wall"))
    assert wall.y < window.y and abs(wall.x - window.x) < 0.1
    broken = next(beat for beat in scene.beats if beat.verb == "shatter")
    assert any(b.verb == "fly" and b.start < broken.start < b.end for b in scene.beats)
    assert [
        p.kind for p in read_scene("The ball hits the window, and the glass breaks.").props if p.kind == "glass"
    ] == []


@pytest.mark.parametrize(
    ("caption", "load"),
    [("A woman pushes a cart up a ramp.", "shopping cart"), ("A woman with a stroller walks up a ramp.", "pram")],
)
def test_what_is_pushed_goes_up_the_ramp_ahead_of_who_pushes(caption: str, load: str) -> None:
    scene = read_scene(caption)
    things = {thing.id: thing for thing in (*scene.actors, *scene.props)}
    ways = [beat for beat in scene.beats if beat.verb == "uphill"]
    kinds = {things[beat.who].kind: beat for beat in ways}
    assert {*kinds} == {"woman", load} and (kinds["woman"].to or 0) < (kinds[load].to or 0)


def test_who_slides_down_a_slide_sits_on_it() -> None:
    scene = read_scene("A boy slides down a slide.")
    assert [(beat.verb, beat.target) for beat in scene.beats] == [("downhill", "slide")]
    world = World(scene, 1.6, 0.9, 0)
    heights = []
    for t in (0.0, 0.25, 0.5, 0.75, 1.0):
        world.step(t)
        heights.append(world.bodies["person"].y)
    assert heights == sorted(heights) and heights[0] < heights[-1] - 0.2


@pytest.mark.parametrize(
    "caption", ["A man unlocks the door, then walks inside.", "A man opens the door and goes inside."]
)
def test_a_closed_door_opens_for_who_goes_in_and_he_is_gone(caption: str) -> None:
    world = World(read_scene(caption), 1.6, 0.9, 0)
    world.step(0.0)
    assert world.bodies["door"].state == 0.0 and not world.bodies["person"].hidden
    world.step(0.9)
    assert world.bodies["door"].state > 0.5
    world.step(1.0)
    assert world.bodies["person"].inside == "door" and world.bodies["person"].hidden


def test_the_doors_of_an_elevator_open_and_close() -> None:
    scene = read_scene("The doors of the empty elevator open and close.")
    assert [(beat.verb, beat.who) for beat in scene.beats] == [("open", "elevator"), ("close", "elevator")]


def test_two_people_stand_within_the_cab_of_an_elevator() -> None:
    world = World(read_scene("An elevator goes up with two people inside."), 1.6, 0.9, 0)
    world.step(0.5)
    cab, people = world.bodies["elevator"], world.bodies["person"]
    for dx in (0.0, *(one.dx * people.spread for one in people.copies)):
        assert abs(people.x + dx - cab.x) < 0.5 * cab.half


def test_candles_that_are_blown_out_stay_out() -> None:
    world = World(read_scene("A girl blows out the candles, then cuts the cake."), 1.6, 0.9, 0)
    kinds = []
    for t in (0.0, 0.6, 1.0):
        world.step(t)
        kinds.append(world.bodies["birthday_cake"].kind)
    assert kinds == ["birthday cake", "blown out cake", "blown out cake"]


@pytest.mark.parametrize(
    ("caption", "thing", "who"),
    [
        ("The dog does not catch the frisbee.", "frisbee", "dog"),
        ("The goalkeeper does not catch the ball.", "ball", "person"),
        ("Nobody catches the ball.", "ball", None),
        ("A man next to a box does not catch a ball.", "ball", "person"),
    ],
)
def test_what_is_not_caught_flies_past(caption: str, thing: str, who: str | None) -> None:
    world = World(read_scene(caption), 1.6, 0.9, 0)
    world.step(0.3)
    assert world.bodies[thing].lift > 0.2
    first = world.bodies[thing].x
    world.step(1.0)
    body = world.bodies[thing]
    assert body.lift == 0.0 and body.x < first and not body.hidden
    assert who is None or body.x < world.bodies[who].x
