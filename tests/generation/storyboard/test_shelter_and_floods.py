"""Who shelters stands under a roof; rivers that flood, washing that flies off, slides, snow off roofs, tug of war."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import Scene, read_scene


def _kinds(scene: Scene) -> list[str]:
    return [prop.kind for prop in scene.props]


def _verbs(scene: Scene) -> set[str]:
    return {beat.verb for beat in scene.beats}


@pytest.mark.parametrize(
    ("caption", "roof"),
    [
        ("Two people shelter from the rain under a tree.", "tree"),
        ("People huddle under an awning in the rain.", "awning"),
        ("A man shelters in a bus stop.", "bus shelter"),
    ],
)
def test_who_shelters_stands_under_it(caption: str, roof: str) -> None:
    scene = read_scene(caption)
    (prop,) = scene.props
    (people,) = scene.actors
    assert prop.kind == roof and prop.scale > 1 and abs(prop.x - people.x) < 0.05


def test_two_share_one_umbrella() -> None:
    scene = read_scene("Two women share an umbrella in the rain.")
    assert [actor.holds for actor in scene.actors] == ["umbrella", None] and not scene.props


@pytest.mark.parametrize(
    ("caption", "place"),
    [("A river floods a village street.", "village"), ("The sea floods the promenade.", "promenade")],
)
def test_water_floods_the_place_that_is_told_last(caption: str, place: str) -> None:
    scene = read_scene(caption)
    assert scene.place == place and "flood" in _verbs(scene)


@pytest.mark.parametrize(
    "caption", ["A gust tears the washing off the line.", "The wind blows the laundry off the clothes line."]
)
def test_the_line_stays(caption: str) -> None:
    scene = read_scene(caption)
    assert not scene.actors and sorted(_kinds(scene)) == ["bare line", "washing"]
    assert [beat.who for beat in scene.beats if beat.verb == "float"] == ["washing"]


@pytest.mark.parametrize(
    ("caption", "verb"),
    [
        ("An avalanche slides down toward an empty ski hut.", "avalanche"),
        ("Snow slides from a roof onto the pavement.", "shed"),
        ("A queue forms in front of a bakery.", "queue"),
        ("Ten men pull on a rope in a field.", "tug"),
        ("A cyclist struggles against the wind.", "ride"),
        ("A truck slides on an icy road.", "skid"),
        ("A bus ploughs through a puddle and soaks a pedestrian.", "splash over"),
        ("Frost covers the pumpkins in a garden.", "snow under"),
        ("People run into the sea.", "wade in"),
        ("Heat makes the air shimmer above a car park.", "shimmer"),
        ("A market stall blows over in a squall.", "topple"),
        ("A hurricane bends the palm trees along the beach.", "sway"),
        ("A man runs from a bear.", "chase"),
    ],
)
def test_what_happens(caption: str, verb: str) -> None:
    assert verb in _verbs(read_scene(caption))


def test_each_side_of_a_rope_has_half_of_them() -> None:
    scene = read_scene("Ten men pull on a rope in a tug of war.")
    assert [(actor.count, actor.facing) for actor in scene.actors] == [(5, 1), (5, -1)]
    assert _kinds(scene) == ["taut rope"]


@pytest.mark.parametrize("caption", ["A car skids on black ice.", "A pedestrian slips on an icy crossing."])
def test_ice_lies_on_the_ground_and_no_snow_falls(caption: str) -> None:
    assert read_scene(caption).weather == "icy"


def test_who_has_fallen_lies_there_from_the_start() -> None:
    scene = read_scene("A crowd gathers around a fallen cyclist.")
    assert ("lie", "cyclist") in {(b.verb, a.kind) for b in scene.beats for a in scene.actors if b.who == a.id}


def test_what_a_stall_sells_lies_on_it() -> None:
    assert _kinds(read_scene("Shoppers crowd around a cheese stall.")) == ["market stall of cheese"]


def test_what_is_thrown_at_each_other_flies_both_ways() -> None:
    beats = [b for b in read_scene("A crowd throws tomatoes at each other.").beats if b.verb == "throw"]
    assert len({b.who for b in beats}) == 2 and len({b.to for b in beats}) == 2


@pytest.mark.parametrize(
    ("caption", "kinds"),
    [
        ("A dust storm swallows a row of shops.", ["row of shop"]),
        ("Snow slides from a greenhouse roof and buries a wheelbarrow.", ["greenhouse", "wheelbarrow"]),
    ],
)
def test_the_weather_meets_buildings_from_outside(caption: str, kinds: list[str]) -> None:
    scene = read_scene(caption)
    assert sorted(_kinds(scene)) == kinds and not scene.actors
