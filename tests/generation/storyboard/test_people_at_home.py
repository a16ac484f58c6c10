"""What people do every day: at the stove and the table, with doors and drawers, on horses, with what they put on."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import fidelity, read_scene
from svta.generation.storyboard.animation.world import World
from svta.generation.storyboard.scene import Scene


def at(caption: str, share: float = 1.0) -> tuple[Scene, World]:
    scene = read_scene(caption)
    world = World(scene, 5 / 3, 1.0, 0)
    for step in range(int(32 * share) + 1):
        world.step(step / 32)
    return scene, world


def acts(caption: str) -> set[tuple[str, str | None]]:
    """Verb and kind of what it is done to."""
    scene = read_scene(caption)
    kinds = {thing.id: thing.kind for thing in (*scene.actors, *scene.props)}
    return {(beat.verb, kinds.get(beat.target or "")) for beat in scene.beats}


@pytest.mark.parametrize(
    ("caption", "act"),
    [
        ("A woman rides a horse.", ("ride", "horse")),
        ("A man rides a camel in the desert.", ("ride", "camel")),
        ("A man cooks in the kitchen.", ("fry", "stove")),
        ("A woman cooks soup in the kitchen.", ("stir", "soup")),
        ("A couple eats dinner in a restaurant.", ("sit at", "table")),
        ("A man watches television.", ("sit", "sofa")),
        ("A woman washes the dishes.", ("wash", "dishes")),
        ("A man takes a shower.", ("shower", "shower head")),
        ("A woman takes a bath.", ("sit", "bathtub")),
        ("A band plays on the stage.", ("strum", None)),
        ("A doctor examines a patient.", ("listen", "person")),
        ("A man drinks wine at a table.", ("sit at", "table")),
        ("A man types on a laptop.", ("sit at", "table")),
        ("A man sits at a desk and types on a laptop.", ("key", None)),
        ("A girl rides a skateboard.", ("ride", "skateboard")),
        ("A woman walks her dog in the park.", ("walk", None)),
        ("A man plays the trumpet.", ("blow trumpet", None)),
        ("A woman gets up from the chair.", ("sit", "chair")),
    ],
)
def test_what_is_done_and_to_what(caption: str, act: tuple[str, str | None]) -> None:
    assert act in acts(caption) and fidelity(caption, read_scene(caption)).score == 1


@pytest.mark.parametrize(
    ("caption", "place"),
    [
        ("A woman opens the window.", "living room without window"),
        ("A man opens the fridge.", "kitchen without fridge"),
        ("A teacher writes on the blackboard.", "classroom without blackboard"),
        ("A woman washes her hands.", "bathroom"),
        ("A man lies on the floor.", "room"),
        ("A man waits for a train at the station.", "station without train"),
    ],
)
def test_where_it_is_done(caption: str, place: str) -> None:
    assert read_scene(caption).place == place


def test_what_is_opened_is_open_at_the_end_and_what_is_closed_shut() -> None:
    assert at("A man opens the fridge.")[1].bodies["fridge"].state == 1
    assert 0 < at("A woman opens the window.")[1].bodies["window"].state < 0.5  # from there on it is broken
    assert at("A man closes the window.")[1].bodies["window"].state == 0


def test_what_is_pulled_comes_along_behind_and_what_is_pushed_before() -> None:
    for caption, sled, side in (("A boy pulls a sled.", "sled", -1), ("A man pushes a table.", "table", 1)):
        for share in (0.3, 1.0):
            _, world = at(caption, share)
            assert (world.bodies[sled].x - world.bodies["person"].x) * side > 0.05, caption


def test_a_thing_that_goes_into_a_bag_is_seen_once() -> None:
    for share in (0.0, 0.5):
        scene, world = at("A woman puts a book in the bag.", share)
        assert world.bodies["book"].hidden and world.bodies[scene.actors[0].id].held == "book"


def test_a_dropped_tray_of_glasses_is_broken() -> None:
    _, world = at("A waiter drops a tray of glasses.")
    assert world.bodies["tray_of_glasses"].state == 1 and not world.bodies["tray_of_glasses"].hidden


def test_what_one_waits_for_comes_later_and_a_dog_comes_along() -> None:
    for share, seen in ((0.2, False), (1.0, True)):
        world = at("A man waits for a bus.", share)[1]
        assert (world.bodies["bus"].x < 5 / 3) == seen, share
    starts, ends = (at("A woman walks her dog.", share)[1].bodies for share in (0.0, 1.0))
    moved = [ends[id_].x - starts[id_].x for id_ in ("person", "dog", "leash")]
    assert min(moved) > 0.5 and max(moved) - min(moved) < 0.05


def test_two_sit_side_by_side_and_walk_the_same_way() -> None:
    _, world = at("A man and a woman sit on a bench.")
    apart = world.bodies["person2"].x - world.bodies["person"].x
    assert 0.1 < apart < 0.4 and abs(world.bodies["bench"].x - 5 / 6) < 0.2
    ends = {beat.who: beat.to for beat in read_scene("A man and a woman walk along the beach.").beats}
    starts = {actor.id: actor.x for actor in read_scene("A man and a woman walk along the beach.").actors}
    assert all((to or 0) > starts[who] + 0.2 for who, to in ends.items()) and len(ends) == 2


@pytest.mark.parametrize(
    "caption", ["A man puts on socks.", "A woman puts on her glasses.", "A man spills coffee on his shirt."]
)
def test_only_garments_that_are_drawn_on_and_off_count(caption: str) -> None:
    assert fidelity(caption, read_scene(caption)).score < 1


def test_what_is_left_under_a_bench_lies_there_and_who_left_it_is_gone() -> None:
    scene = read_scene("A man leaves a backpack under a bench")
    world = World(scene, 5 / 3, 1.0, 0)
    for step in range(33):
        world.step(step / 32)
    man, bag, bench = (world.bodies[id_] for id_ in ("person", "backpack", "bench"))
    assert man.x < 0 and abs(bag.x - bench.x) < 0.03 and bag.y - bag.lift > world.ground - 0.02


def test_two_in_two_hands_are_put_down_side_by_side() -> None:
    scene = read_scene("A waiter puts two plates on the table")
    world = World(scene, 5 / 3, 1.0, 0)
    world.step(0.1)
    assert world.bodies["person"].both and world.bodies["person"].held == "plate"
    for step in range(4, 33):
        world.step(step / 32)
    one, two, table = (world.bodies[id_] for id_ in ("plate", "plate2", "table"))
    assert not (one.hidden or two.hidden) and abs(one.x - two.x) > 0.08
    assert max(one.y, two.y) < table.y - 0.1 and world.bodies["person"].held is None


def test_nobody_is_seen_before_the_lift_opens() -> None:
    scene = read_scene("A man in a suit steps out of an elevator")
    world = World(scene, 5 / 3, 1.0, 0)
    world.step(0.05)
    assert world.bodies["person"].hidden
    world.step(0.5)
    assert not world.bodies["person"].hidden and world.bodies["elevator"].state == 1.0


@pytest.mark.parametrize(("caption", "kind", "under"), [
    ("A cashier hands a bag to a customer", "cash register", "counter"),
    ("A pan catches fire on the kitchen stove", "frying pan", "stove"),
    ("A woman places a cup on top of a book", "book", "table"),
])  # fmt: skip
def test_what_an_event_needs_is_there(caption: str, kind: str, under: str) -> None:
    scene = read_scene(caption)
    above, below = (next(prop for prop in scene.props if prop.kind == name) for name in (kind, under))
    assert above.y < below.y - 0.05 and abs(above.x - below.x) < 0.2


def test_a_place_before_a_noun_keeps_the_preposition() -> None:
    scene = read_scene("A child crawls under the kitchen table")
    assert scene.place == "kitchen" and fidelity(scene.caption, scene, by_eye=False).score == 1


def test_who_pushes_a_wheelchair_stays_behind_it() -> None:
    scene = read_scene("A nurse pushes a man in a wheelchair along a corridor")
    world = World(scene, 5 / 3, 1.0, 0)
    for step in range(33):
        world.step(step / 32)
        assert 0.05 < world.bodies["wheelchair"].x - world.bodies["person"].x < 0.35


def test_what_is_in_a_bag_rolls_out_of_it() -> None:
    scene = read_scene("Oranges spill from a bag across the pavement")
    oranges = [prop.id for prop in scene.props if prop.kind == "orange fruit"]
    assert len(oranges) >= 4 and {beat.who for beat in scene.beats if beat.verb == "roll"} == set(oranges)


def test_a_pipe_is_repaired_and_no_car() -> None:
    scene = read_scene("A plumber repairs a pipe under the kitchen sink")
    assert {prop.kind for prop in scene.props} >= {"pipe", "sink"} and all(a.kind != "car" for a in scene.actors)


def test_who_is_examined_on_a_bed_lies_on_it_and_what_falls_into_a_toilet_is_gone() -> None:
    scene = read_scene("A doctor examines a patient on a hospital bed")
    assert any(beat.verb == "lie" and beat.target == "hospital_bed" for beat in scene.beats)
    scene = read_scene("A man drops his phone into the toilet")
    world = World(scene, 5 / 3, 1.0, 0)
    for step in range(33):
        world.step(step / 32)
    assert world.bodies["phone"].hidden


def test_who_is_told_of_on_a_sofa_sits_there_and_a_kicked_door_is_kicked() -> None:
    scene = read_scene("A woman throws a pillow at a man on the sofa")
    assert any(beat.verb == "sit" and beat.who == "person2" for beat in scene.beats)
    scene = read_scene("A man kicks a door open")
    assert [beat.verb for beat in scene.beats] == ["walk", "kick", "open"]


@pytest.mark.parametrize("caption", ["A cook carries two plates out of the kitchen",
                                     "Two students carry a desk out of a classroom"])  # fmt: skip
def test_who_carries_something_out_of_a_room_is_gone(caption: str) -> None:
    scene = read_scene(caption)
    assert all((beat.to or 0.0) > 1.0 for beat in scene.beats if beat.verb in ("walk", "carry"))


def test_a_hotel_bathroom_is_a_bathroom() -> None:
    assert read_scene("A cleaner wipes the floor in a hotel bathroom").place == "bathroom"


def test_who_sleeps_over_a_desk_has_closed_eyes_and_a_low_head() -> None:
    for caption in ("Three students sleep at their desks in a classroom.", "A student falls asleep over a book."):
        scene, world = at(caption, 0.8)
        for actor in scene.actors:
            body = world.bodies[actor.id]
            assert body.asleep and body.pose.bend > 30, caption
    assert world.effects
    assert not at("A student falls asleep over a book.", 0.1)[1].bodies["person"].asleep


def test_what_is_dropped_into_a_drain_is_gone() -> None:
    for caption in ("A man drops his keys into a drain.", "A mechanic drops a spanner into an engine."):
        scene, world = at(caption)
        dropped = next(beat.target for beat in scene.beats if beat.verb == "drop")
        assert world.bodies[dropped or ""].hidden, caption


@pytest.mark.parametrize("kind", ["phone", "tablet"])
def test_the_screen_that_cracks_is_the_one_of_the_device(kind: str) -> None:
    scene, world = at(f"A boy drops his {kind} and the screen cracks.")
    assert ("crack", kind) in {(beat.verb, beat.who) for beat in scene.beats}
    assert world.bodies[kind].form[0] == "cracked"


def test_who_spills_on_a_table_stands_at_it() -> None:
    _, world = at("A boy spills milk over the kitchen table.")
    boy, table = world.bodies["person"], world.bodies["table"]
    assert 0.0 < table.x - table.half - boy.x < 0.12
    assert any(mark.kind == "puddle" for mark in world.effects)


def test_a_lamp_that_is_taken_out_is_not_switched_off() -> None:
    done = acts("A woman opens a parcel and takes out a lamp.")
    assert ("grab", "night lamp") in done and "darken" not in {verb for verb, _ in done}
    assert "darken" in {verb for verb, _ in acts("A woman switches off the lamp.")}
