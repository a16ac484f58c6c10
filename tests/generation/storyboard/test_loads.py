"""Loads on hooks, forks, trucks and belts; ramps, gates, wheelchairs, things with doors, piles that fall apart."""

import pytest

from svta.generation.storyboard import fidelity, read_scene, render
from svta.generation.storyboard.animation.world import World
from svta.generation.storyboard.scene import Scene


def lower_edges(scene: Scene, kind: str, times: tuple[float, ...] = (0.02, 0.5, 1.0)) -> list[float]:
    """The y of the lower edge of the first body of a kind at some times, downwards."""
    world = World(scene, 16 / 9, 1.0, 0)
    body = next(b for b in world.bodies.values() if b.kind == kind)
    edges = []
    for k in range(101):
        world.step(k / 100)
        if any(abs(k / 100 - t) < 0.004 for t in times):
            edges.append(round(body.y - body.lift, 3))
    return edges


@pytest.mark.parametrize(
    ("caption", "kind", "goes"),
    [
        ("A crane lifts a container at the quay.", "container", "up"),
        ("A crane lowers a container.", "container", "down"),
        ("A container falls from a crane.", "container", "down"),
        ("A crane drops a beam.", "beam", "down"),
        ("A forklift lifts a pallet.", "pallet", "up"),
        ("A forklift lowers a pallet to the floor.", "pallet", "down"),
        ("A box falls off a forklift.", "box", "down"),
        ("A barrel falls off a truck.", "oil drum", "down"),
    ],
)
def test_a_load_goes_up_or_down(caption: str, kind: str, goes: str) -> None:
    scene = read_scene(caption)
    first, _, last = lower_edges(scene, kind)
    assert (first - last > 0.1) if goes == "up" else (last - first > 0.1)
    assert fidelity(caption, scene).score == 1


def test_a_load_hangs_from_a_crane_all_the_time() -> None:
    edges = lower_edges(read_scene("A container hangs from a crane."), "container")
    assert max(edges) < 0.6 and max(edges) - min(edges) < 0.02


def test_a_load_comes_down_on_the_bed_of_a_truck() -> None:
    caption = "A crane lowers a container onto a truck."
    scene = read_scene(caption)
    assert [a.kind for a in scene.actors] == ["flatbed truck"]
    assert 0.6 < lower_edges(scene, "container")[-1] < 0.8 and fidelity(caption, scene).score == 1
    assert [a.kind for a in read_scene("A truck drives through the gate.").actors] == ["truck"]


@pytest.mark.parametrize(
    ("caption", "kind", "goes"),
    [
        ("A barrel rolls down the ramp.", "oil drum", "down"),
        ("A stroller rolls down a ramp.", "pram", "down"),
        ("A car drives up a ramp.", "car", "up"),
        ("A man rides up an escalator.", "man", "up"),
        ("A ball rolls down a hill.", "ball", "down"),
        ("A drone drops a package.", "parcel", "down"),
    ],
)
def test_what_is_on_a_slope_or_in_the_air_goes_up_or_down(caption: str, kind: str, goes: str) -> None:
    test_a_load_goes_up_or_down(caption, kind, goes)


def test_a_pram_rolls_on_its_wheels_and_a_barrel_over_and_over() -> None:
    for kind, word, turns in (("pram", "stroller", False), ("oil drum", "barrel", True)):
        world = World(read_scene(f"A {word} rolls across the street."), 16 / 9, 1.0, 0)
        body = next(b for b in world.bodies.values() if b.kind == kind)
        for k in range(61):
            world.step(k / 100)
        assert (abs(body.turn) > 45) == turns


def test_a_traffic_light_turns_to_the_colour_that_is_said() -> None:
    for colour, state in (("red", 0.0), ("green", 1.0)):
        world = World(read_scene(f"A traffic light turns {colour}."), 16 / 9, 1.0, 0)
        light = next(b for b in world.bodies.values() if b.kind == "traffic light")
        assert light.state == 1 - state
        for k in range(101):
            world.step(k / 100)
        assert light.state == state


def test_a_vehicle_stops_before_a_gate_that_opens_for_it_or_closes_behind_it() -> None:
    for caption in ("A car waits at a barrier.", "A truck stops at a gate.", "A gate opens for a truck."):
        scene = read_scene(caption)
        world = World(scene, 16 / 9, 1.0, 0)
        for k in range(101):
            world.step(k / 100)
        car, gate = world.bodies[scene.actors[0].id], world.bodies[scene.props[0].id]
        assert car.x + car.half < gate.x - gate.half + 0.05, caption
    scene = read_scene("A gate closes behind a truck.")
    drive, close = scene.beats
    assert (drive.verb, close.verb) == ("drive", "close") and close.start >= drive.end
    assert drive.to is not None and drive.to > scene.props[0].x + 0.2


def test_who_is_in_a_wheelchair_sits_in_it() -> None:
    for verb in ("waits at a door", "waves", "rolls down a ramp", "crosses the street"):
        caption = f"A man in a wheelchair {verb}."
        scene = read_scene(caption)
        assert any(b.verb == "ride" and b.target == "wheelchair" for b in scene.beats), caption
        assert fidelity(caption, scene, by_eye=False).score == 1


def test_what_is_put_into_a_fridge_is_gone_and_it_is_shut_again() -> None:
    scene = read_scene("A woman puts milk into the fridge.")
    world = World(scene, 16 / 9, 1.0, 0)
    for k in range(101):
        world.step(k / 100)
    assert world.bodies["milk_bottle"].hidden and world.bodies["fridge"].state < 0.5


def test_a_path_in_a_hall_is_marked_on_its_floor() -> None:
    scene = read_scene("Two workers walk along the path in the warehouse.")
    assert scene.place == "warehouse" and [p.kind for p in scene.props] == ["floor lane"]
    assert read_scene("A man walks along the path.").place == "park"


def test_a_pile_falls_apart_into_its_pieces() -> None:
    world = World(read_scene("A pallet of boxes collapses."), 16 / 9, 1.0, 0)
    for k in range(61):
        world.step(k / 100)
    kinds = [effect.kind for effect in world.effects]
    assert kinds.count("thing:box") == 3 and "thing:pallet" in kinds


def test_what_a_robot_arm_puts_on_a_belt_lies_on_it() -> None:
    caption = "A robot arm puts a box on a conveyor belt."
    scene = read_scene(caption)
    first, _, last = lower_edges(scene, "box")
    assert last < first - 0.1 and fidelity(caption, scene).score == 1


def test_each_of_a_group_on_an_escalator_is_on_a_step_of_their_own() -> None:
    world = World(read_scene("People ride an escalator."), 16 / 9, 1.0, 0)
    for k in range(51):
        world.step(k / 100)
    group = next(b for b in world.bodies.values() if b.copies)
    pairs = sorted((one.dx, one.dy) for one in group.copies)
    assert pairs[0][1] - pairs[-1][1] > 0.15  # those ahead are higher up


@pytest.mark.parametrize(
    ("caption", "who", "verb"),
    [
        ("Sparks fly as a welder joins two steel pipes.", "worker", "weld"),
        ("A welder works on a beam.", "worker", "weld"),
        ("A robot arm welds a car door.", "robot arm", "weld at"),
        ("A man cuts a metal pipe and sparks fly.", "man", "cut metal"),
        ("An excavator dumps sand into a truck.", "excavator", "discharge"),
        ("A combine harvester unloads grain into a trailer.", "combine harvester", "discharge"),
        ("A cement truck pours concrete.", "cement mixer", "discharge"),
        ("A dump truck tips gravel onto a construction site.", "dump truck", "tip out"),
    ],
)
def test_welders_and_diggers_do_it_by_their_own_means(caption: str, who: str, verb: str) -> None:
    scene = read_scene(caption)
    kinds = {thing.id: thing.kind for thing in (*scene.actors, *scene.props)}
    assert (who, verb) in {(kinds[beat.who], beat.verb) for beat in scene.beats if beat.who in kinds}
    assert "spark" not in {beat.verb for beat in scene.beats}, "sparks are where somebody works"


def test_a_heap_grows_in_the_truck_below_the_bucket() -> None:
    world = World(read_scene("An excavator dumps sand into a truck."), 16 / 9, 1.0, 0)
    world.step(0.0)
    heap, truck, digger = (world.bodies[id_] for id_ in ("pile_of_sand", "flatbed_truck", "excavator"))
    assert heap.hidden and digger.state == 0
    for t in (0.4, 0.7, 1.0):
        world.step(t)
    assert not heap.hidden and digger.state == 1 and abs(heap.x - truck.x) < truck.half and heap.y < truck.y - 0.1


@pytest.mark.parametrize("ship", ["ship", "cargo ship"])
def test_a_crane_that_nobody_names_loads_a_ship_in_the_water(ship: str) -> None:
    scene = read_scene(f"A container is loaded onto a {ship}.")
    assert scene.place == "quay" and {prop.kind for prop in scene.props} == {"container", "crane"}
    beat = next(beat for beat in scene.beats if beat.verb == "hoist")
    afloat = next(actor for actor in scene.actors if actor.kind == ship)
    assert beat.to == pytest.approx(afloat.x, abs=0.05) and afloat.y < 0.7


def test_smoke_has_its_colour_and_comes_from_each_chimney() -> None:
    black = read_scene("Thick black smoke pours out of three chimneys.")
    assert [beat.verb for beat in black.beats] == ["black smoke"] * 3
    house = read_scene("White smoke rises from the chimney of a house.")
    assert [prop.kind for prop in house.props] == ["house"] and {beat.verb for beat in house.beats} == {"white smoke"}


def test_boxes_stay_on_their_belt_and_bottles_go_below_the_machine() -> None:
    for caption in ("Six boxes move along a conveyor belt.", "Bottles are filled on a production line."):
        scene = read_scene(caption)
        world = World(scene, 16 / 9, 1.0, 0)
        belt = next(b for b in world.bodies.values() if b.kind == "conveyor")
        loads = [b for b in world.bodies.values() if b.kind in ("box", "bottle")]
        for t in (0.01, 0.5, 1.0):
            world.step(t)
            assert all(abs(b.x - belt.x) < belt.half and b.y < belt.y - 0.1 for b in loads), caption
        assert len(loads) == (6 if "Six" in caption else 2)


@pytest.mark.parametrize(
    ("caption", "kind", "gone"),
    [
        ("A boy throws a stone into a lake.", "stone", True),
        ("A man throws a bottle into a bin.", "bottle", True),
        ("A girl throws a ball at a trash can.", "ball", False),
        ("A woman puts two apples into a basket.", "apple", False),
    ],
)
def test_what_goes_into_water_or_a_bin_is_gone(caption: str, kind: str, gone: bool) -> None:
    scene = read_scene(caption)
    thrower = scene.actors[0]
    assert thrower.y >= 0.8, "ashore"
    world = World(scene, 16 / 9, 1.0, 0)
    for k in range(101):
        world.step(k / 100)
    assert all(b.hidden == gone for b in world.bodies.values() if b.kind == kind)


@pytest.mark.parametrize(
    ("caption", "who", "verb"),
    [
        ("A thief breaks a car window with a hammer.", "robber", "smash window"),
        ("A man smashes the windshield.", "man", "smash window"),
        ("A boy throws a stone and breaks a window.", "window", "shatter"),
        ("A plate slips off the table and smashes on the tiles.", "plate", "plunge"),
        ("Wind turbines spin on a hill.", "wind turbine", "whirl"),
        ("A forklift knocks over a stack of pallets.", "stack of pallet", "collapse"),
        ("A woman picks up a set of keys from the table.", "woman", "grab"),
    ],
)
def test_what_breaks_falls_and_turns(caption: str, who: str, verb: str) -> None:
    scene = read_scene(caption)
    kinds = {thing.id: thing.kind for thing in (*scene.actors, *scene.props)}
    assert (who, verb) in {(kinds[beat.who], beat.verb) for beat in scene.beats if beat.who in kinds}
    assert "roof tile" not in kinds.values() and "hammer" not in {a.holds for a in scene.actors if a.kind == "boy"}


def test_sacks_are_stacked_and_cones_stand_around() -> None:
    for caption, kind in (("A worker stacks sacks against a wall.", "cement bag"),
                          ("A worker puts cones around a hole.", "traffic cone")):  # fmt: skip
        scene = read_scene(caption)
        world = World(scene, 16 / 9, 1.0, 0)
        for k in range(101):
            world.step(k / 100)
        things = [b for b in world.bodies.values() if b.kind == kind]
        if kind == "cement bag":
            assert (
                len({round(b.x, 2) for b in things}) == 1 and len({round(b.y, 2) for b in things}) == len(things) == 3
            )
        else:
            hole = next(b for b in world.bodies.values() if b.kind == "hole")
            assert min(b.x for b in things) < hole.x < max(b.x for b in things)


def test_glasses_on_a_tray_are_carried_together() -> None:
    for caption in ("A waiter carries three glasses on a tray.", "A waiter carries a tray with two glasses."):
        scene = read_scene(caption)
        assert scene.actors[0].holds == "tray of glasses" and len(scene.props) == 1


def test_concrete_comes_to_lie_in_its_frame() -> None:
    scene = read_scene("Two men pour concrete into a wooden frame.")
    kinds = {prop.kind: prop for prop in scene.props}
    assert abs(kinds["concrete"].x - kinds["formwork"].x) < 0.02 and scene.actors[0].holds == "bucket"


def test_a_sentence_of_a_category_counts_as_seen_only_if_it_is_acted() -> None:
    for caption, seen in (
        ("A mechanic repairs a red car.", True),
        ("An electrician repairs a cable on a pole.", False),
    ):
        assert (fidelity(caption, read_scene(caption)).score == 1) == seen


def test_a_wheelbarrow_is_filled_and_a_shop_window_is_in_a_shop() -> None:
    barrow = read_scene("A worker shovels gravel into a wheelbarrow.")
    assert [prop.kind for prop in barrow.props].count("pile of gravel") == 2
    assert "shop wall" in {prop.kind for prop in read_scene("A thief breaks a shop window.").props}


@pytest.mark.parametrize(
    "caption",
    [
        "A man carries a bucket of sand.",
        "A truck loaded with piles of sand drives by.",
        "Two pallets of bags of cement fall.",
        "A wheelbarrow full of gravel tips over.",
        "A stack of crates of apples falls.",
    ],
)
def test_what_holds_what_is_a_heap_itself_can_be_drawn(caption: str) -> None:
    assert render(read_scene(caption), num_frames=2, height=64, width=96).shape[0] == 2
