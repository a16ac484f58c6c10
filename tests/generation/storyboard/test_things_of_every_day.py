"""Things and work of every day: where things lie, what is in the hands, what runs and stops, what is not there."""

from __future__ import annotations

from functools import partial

import pytest

from svta.generation.storyboard import Scene, read_scene, render
from svta.generation.storyboard import fidelity as fidelity_by_eye
from svta.generation.storyboard.animation.world import World
from svta.generation.storyboard.drawing.shapes import check_rows, drawing
from svta.generation.storyboard.drawing.things import THINGS
from svta.generation.storyboard.drawn_tables import handwork, motions, objects
from svta.generation.storyboard.parsing.sentences.parser import read
from svta.generation.storyboard.scene import VEHICLES, Actor, Beat
from svta.generation.storyboard.staging.minors_gate import StoryboardRefused
from svta.generation.storyboard.validation import is_drawable

fidelity = partial(fidelity_by_eye, by_eye=False)  # by what the scene holds alone


def prop(scene: Scene, kind: str):
    return next(p for p in scene.props if p.kind == kind)


def verbs(scene: Scene) -> list[str]:
    return [beat.verb for beat in sorted(scene.beats, key=lambda beat: beat.start)]


def test_all_tables_hold_what_can_be_drawn() -> None:
    for kind, entry in objects().items():
        assert callable(drawing(entry["shapes"], entry.get("opened", ()))), kind
        assert 0 < entry["width"] <= 4 and 0 < entry["height"] <= 4, kind
    for verb, work in handwork().items():
        assert work["motion"] in motions() and work.get("tool", "knife") in THINGS, verb
        assert work.get("bench", "table") in THINGS and set(work.get("objects", "").split(", ")) - {""} <= {
            *THINGS, *VEHICLES, "ANIMAL", "corridor floor", "piano key"}, verb  # fmt: skip


def test_an_arc_of_a_lexicon_has_degrees() -> None:
    assert check_rows([["arc", "own", 0, 0.1, 0.1, 0, 180]])


@pytest.mark.parametrize(
    ("caption", "verb"),
    [
        ("A carpenter cuts a plank.", "saw"),
        ("A woman cuts an onion.", "cut"),
        ("A man presses a red button.", "press button"),
        ("A man knocks on a door.", "knock"),
        ("A boy plays the piano.", "play piano"),
        ("A man plays chess.", "play board"),
        ("A woman lifts a barbell.", "lift weights"),
        ("A man cuts a robber.", "stab"),
        ("A nurse gives a man an injection.", "inject"),
        ("A woman hangs a shirt on a hook.", "put"),
    ],
)
def test_a_verb_is_what_its_object_makes_of_it(caption: str, verb: str) -> None:
    assert [clause.verb for clause in read(caption).clauses] == [verb]


def test_it_is_what_was_last_acted_on() -> None:
    reading = read("A baker takes a tray out of the oven and puts it on the counter.")
    assert [reading.mentions[k].kind for k in reading.clauses[-1].objects] == ["serving tray"]
    reading = read("A kettle stands on the stove and steam comes out of it.")
    assert [reading.mentions[k].kind for k in reading.clauses[-1].objects] == ["kettle"]


def test_work_on_a_small_thing_is_done_on_a_table() -> None:
    scene = read_scene("A woman cuts an onion on a wooden board.")
    onion, board, table = (prop(scene, kind) for kind in ("onion", "cutting board", "table"))
    assert onion.y < board.y < table.y and max(abs(onion.x - table.x), abs(board.x - table.x)) < 0.1


def test_what_lies_between_two_things_on_a_shelf_lies_there_with_them() -> None:
    scene = read_scene("A blue vase stands on a shelf between two candles.")
    assert {p.y for p in scene.props if p.kind == "candle"} == {prop(scene, "vase").y}


def test_what_is_taken_out_is_inside_before() -> None:
    scene = read_scene("A boy opens the fridge and takes out a bottle of milk.")
    world = World(scene, 5 / 3, 1.0, 0)
    bottle = world.bodies[prop(scene, "milk bottle").id]
    world.step(0.0)
    assert bottle.hidden
    for step in range(1, 33):
        world.step(step / 32)
    assert world.bodies[scene.actors[0].id].held == "milk bottle"


def test_a_thing_that_hands_hold_is_seen_once() -> None:
    scene = read_scene("A girl shakes the box but nothing falls out of it.")
    world = World(scene, 5 / 3, 1.0, 0)
    world.step(0.3)
    assert world.bodies["box"].hidden and world.bodies[scene.actors[0].id].held == "box"
    assert "plunge" not in verbs(scene)


def test_a_machine_runs_until_it_stops() -> None:
    scene = read_scene("A worker presses the emergency button and the conveyor belt stops.")
    assert verbs(scene) == ["press button", "work", "stop"] or verbs(scene) == ["work", "press button", "stop"]
    runs, stops = (next(b for b in scene.beats if b.verb == verb) for verb in ("work", "stop"))
    assert runs.start == 0.0 and runs.end == stops.start > 0.2


def test_a_robot_arm_moves_its_load_onto_what_the_caption_says() -> None:
    scene = read_scene("A robot arm puts a bottle on a conveyor belt.")
    move = next(beat for beat in scene.beats if beat.verb == "pick")
    assert move.target == prop(scene, "bottle").id and abs((move.to or 0) - prop(scene, "conveyor").x) < 0.01


@pytest.mark.parametrize(
    ("caption", "place"),
    [
        ("A room with no windows has only a chair and a table.", "room without window"),
        ("A man walks along an empty platform without a train.", "station without train"),
        ("A man vacuums the carpet.", "living room"),
    ],
)
def test_places_hold_what_the_caption_says_and_no_more(caption: str, place: str) -> None:
    assert read_scene(caption).place == place
    assert render(read_scene(caption), num_frames=1, height=96, width=160).shape == (1, 96, 160, 3)


def test_who_wears_no_helmet_has_none() -> None:
    assert read_scene("The worker is not wearing a helmet while he climbs the ladder.").actors[0].bareheaded


def test_what_hangs_in_the_air_before_it_falls_is_not_drawn() -> None:
    scene = Scene("A brick falls.", props=(), actors=())
    assert fidelity("A brick falls.", scene).score < 1


def test_a_tool_is_used_on_no_child() -> None:
    actors = (Actor("man", "man"), Actor("boy", "boy", x=0.6))
    with pytest.raises(StoryboardRefused):
        render(Scene("a test", actors=actors, beats=(Beat("saw", "man", "boy"),)), num_frames=1)


def test_what_leans_stays_where_it_leans() -> None:
    scene = read_scene("A bicycle leans against a fence beside a mailbox.")
    assert verbs(scene) == ["lean"] and fidelity(scene.caption, scene).score == 1


@pytest.mark.parametrize(
    ("caption", "kinds"),
    [
        ("A pile of old tires burns in a yard.", ["pile of spare wheel"]),
        ("A dog knocks over a basket of red apples.", ["basket of red apple"]),
        ("Three boxes full of oranges stand in a market.", ["box of orange fruit"] * 3),
        ("Rows of bottles stand on a table.", ["rows of bottle", "table"]),
        ("Dozens of balloons rise into the sky.", ["dozens of balloon"]),
        ("A table covered with plates stands in a garden.", ["table of plate"]),
        ("A basket of apples stands on a bench and a girl takes an apple.", ["apple", "apple", "basket", "bench"]),
        ("A man carries a bag of flour.", ["flour bag"]),
        ("A heap of leaves lies under a tree.", ["leaf pile", "tree"]),
    ],
)
def test_many_of_a_thing_are_drawn_as_one(caption: str, kinds: list[str]) -> None:
    scene = read_scene(caption)
    assert sorted(prop.kind for prop in scene.props) == sorted(kinds)
    assert is_drawable(scene) and read_scene(caption) == scene


def test_what_waits_stays_where_it_is() -> None:
    assert {beat.verb for beat in read_scene("A truck waits at a gate.").beats} == {"stand"}


@pytest.mark.parametrize(
    ("caption", "worn", "colour"),
    [
        ("A man in blue overalls sweeps a yard.", "overalls", "blue"),
        ("A surgeon wearing a mask and red gloves waits.", "mask, red gloves", None),
        ("A woman with a backpack walks.", "backpack", None),
        ("A baker stands behind a counter.", "apron", None),  # unsaid
    ],
)
def test_what_people_wear(caption: str, worn: str, colour: str | None) -> None:
    actor = read_scene(caption).actors[0]
    assert (actor.worn, actor.worn_colour) == (worn, colour)
    assert is_drawable(read_scene(caption)) and render(caption, num_frames=2, height=64, width=96).any()


def test_clothes_that_nobody_wears() -> None:
    lying = {
        "A pair of gloves lies on a table.": "lying gloves",
        "A man throws his hat.": "hat",
        "A girl finds a red scarf.": "lying scarf",
        "A coat hangs on a hook.": "lying coat",
    }
    for caption, kind in lying.items():
        scene = read_scene(caption)
        assert kind in {prop.kind for prop in scene.props} | {actor.holds for actor in scene.actors}


def test_what_a_vehicle_is_loaded_with_goes_with_it() -> None:
    truck = read_scene("A truck loaded with logs drives along a road.").actors[0]
    assert (truck.kind, truck.holds) == ("flatbed truck", "log")
    plain = read_scene("A truck drives along a road.").actors[0]
    assert (plain.kind, plain.holds) == ("truck", None)


def test_the_young_are_smaller() -> None:
    puppy, dog = read_scene("A puppy sits beside a dog.").actors
    assert puppy.scale < 0.7 * dog.scale


def test_parts_and_materials() -> None:
    boat = read_scene("A boat with a red sail passes a buoy.")
    assert [(actor.kind, actor.colour) for actor in boat.actors] == [("sailing dinghy", "red")]
    sofa = read_scene("A violin and a trumpet lie on a sofa.")
    assert prop(sofa, "violin").y == prop(sofa, "trumpet").y < prop(sofa, "sofa").y
    assert abs(prop(sofa, "violin").x - prop(sofa, "trumpet").x) > 0.05
    wooden = fidelity("A wooden bench stands in a park.", read_scene("A wooden bench stands in a park."))
    paper = fidelity("A wooden plate falls.", read_scene("A wooden plate falls."))
    assert "wooden" not in wooden.undrawn and "wooden" in paper.undrawn


@pytest.mark.parametrize(
    ("caption", "fruit", "colour"),
    [
        ("A man eats an orange in the park.", True, None),
        ("An orange rolls off the table.", True, None),
        ("A man in an orange vest walks.", False, "orange"),
        ("An orange cat sleeps on the sofa.", False, "orange"),
    ],
)
def test_an_orange_is_a_fruit_or_a_colour(caption: str, fruit: bool, colour: str | None) -> None:
    scene = read_scene(caption)
    kinds = {prop.kind for prop in scene.props} | {actor.holds for actor in scene.actors}
    assert ("orange fruit" in kinds) == fruit
    assert [a.colour or a.worn_colour for a in scene.actors if not fruit] == ([colour] if colour else [])
