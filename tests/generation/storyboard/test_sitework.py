"""Loads on cranes, rows that fall, fires that start somewhere, pipes that are broken: what sites and ports need."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import read_scene
from svta.generation.storyboard.scene import Beat, Scene


def _of(scene: Scene, verb: str) -> list[Beat]:
    return [beat for beat in scene.beats if beat.verb == verb]


@pytest.mark.parametrize("word, load", [("hanging", "load"), ("raised", "bucket"), ("suspended", "beam")])
def test_a_load_hangs_from_a_crane_while_somebody_is_below(word: str, load: str) -> None:
    scene = read_scene(f"A worker walks under a {word} {load}.")
    hung = _of(scene, "suspend")
    assert [(beat.who, beat.target, beat.start, beat.end) for beat in hung] == [(load, "crane", 0.0, 1.0)]


def test_another_one_in_another_colour_is_a_second_thing() -> None:
    scene = read_scene("A crane puts a red container on a blue one.")
    assert sorted((prop.colour or "") for prop in scene.props if prop.kind == "container") == ["blue", "red"]


@pytest.mark.parametrize(
    "caption, kind",
    [
        ("A fire starts in a waste bin.", "trash can"),
        ("A fire breaks out in a stack of pallets.", "stack of pallet"),
        ("Sparks set fire to a heap of straw.", "straw heap"),
    ],
)
def test_a_fire_burns_what_it_starts_in(caption: str, kind: str) -> None:
    scene = read_scene(caption)
    kinds = {prop.id: prop.kind for prop in scene.props}
    assert {kinds[beat.who] for beat in _of(scene, "burn")} == {kind}


def test_a_stack_and_a_row_come_apart() -> None:
    for caption in ("A stack of barrels falls over.", "A man tips over a row of dustbins."):
        scene = read_scene(caption)
        assert _of(scene, "collapse") and not _of(scene, "topple")


def test_a_digger_breaks_a_pipe_and_stays_whole() -> None:
    scene = read_scene("An excavator digs a trench and breaks a water pipe.")
    assert [beat.who for beat in _of(scene, "gush")] == ["pipe"]
    assert not _of(scene, "collide")


def test_a_ship_is_made_fast_at_the_quay() -> None:
    scene = read_scene("A dock worker ties a ship to a bollard.")
    assert scene.place == "quay" and "mooring rope" in {prop.kind for prop in scene.props}


@pytest.mark.parametrize(
    "caption, verb, whom",
    [
        ("A worker uses a fire extinguisher on a burning bin.", "spray", "trash_can"),
        ("A woman uses a broom to sweep the floor.", "clean", None),
        ("A boy breaks a window with a ball.", "throw", "ball"),
        ("A phone slips from a pocket.", "drop", "phone"),
    ],
)
def test_a_tool_does_what_it_is_for(caption: str, verb: str, whom: str | None) -> None:
    scene = read_scene(caption)
    assert whom in {beat.target for beat in _of(scene, verb)}


def test_the_colour_of_paint_comes_with_the_brush() -> None:
    scene = read_scene("A painter paints a wall green.")
    assert [(prop.kind, prop.colour) for prop in scene.props] == [("wall", "green")]


def test_what_is_loaded_with_something_is_one_thing() -> None:
    assert "sled of logs" in {prop.kind for prop in read_scene("A child pulls a sledge loaded with firewood.").props}


@pytest.mark.parametrize(
    "caption, place",
    [
        ("Steam bursts from a pipe in a paper factory.", "factory"),
        ("A digger tears down the wall of an old cinema.", "construction site"),
        ("A reach stacker carries a container through the yard.", "container yard"),
        ("Two dockers tie a rope around a bollard.", "quay"),
    ],
)
def test_where_industry_is(caption: str, place: str) -> None:
    assert read_scene(caption).place == place


def test_a_liquid_that_is_spilled_has_its_colour() -> None:
    scene = read_scene("A drum rolls off a truck and spills green liquid.")
    assert [prop.colour for prop in scene.props if prop.kind == "liquid"] == ["green"]


def test_what_is_named_by_what_it_holds_is_one_kind() -> None:
    kinds = {prop.kind for prop in read_scene("Bottles of milk move along a conveyor belt.").props}
    assert "milk bottle" in kinds and "bottle" not in kinds


def test_a_chair_gives_way_under_who_sits_on_it() -> None:
    scene = read_scene("A chair breaks under a heavy man.")
    assert [beat.verb for beat in scene.beats] == ["sit", "collapse", "fall"]


def test_grain_runs_out_of_a_silo_that_stands() -> None:
    scene = read_scene("Grain pours from a silo into a waiting truck.")
    assert [(beat.who, beat.target) for beat in _of(scene, "discharge")] == [("silo", "grain_heap")]


def test_a_bundle_of_what_has_of_in_its_name_is_drawn() -> None:
    scene = read_scene("A postman drops a bundle of letters on the doorstep.")
    assert "bunch of sheet of paper" in {a.holds for a in scene.actors} | {p.kind for p in scene.props}


def test_a_digger_fills_a_truck_by_loading_it_and_who_handles_glass_takes_it_in_hand() -> None:
    scene = read_scene("An excavator fills a dump truck with sand.")
    assert [(beat.verb, beat.target) for beat in scene.beats] == [("discharge", "pile_of_sand")]
    assert read_scene("A worker without gloves handles broken glass.").beats[-1].verb == "grab"
