"""Ways through openings, between two things, over an edge, up onto a roof, and backwards."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import fidelity, read_scene
from svta.generation.storyboard.parsing.sentences.parser import read
from svta.generation.storyboard.scene import Scene


def verbs(scene: Scene) -> list[str]:
    return [beat.verb for beat in scene.beats]


@pytest.mark.parametrize(
    ("caption", "last"),
    [
        ("A man walks backwards into an open manhole.", "enter"),
        ("A woman walks backwards through a door.", "enter"),
        ("A dog walks backwards out of a kennel.", "walk"),
    ],
)
def test_who_walks_backwards_goes_the_same_way_with_the_back_ahead(caption: str, last: str) -> None:
    scene = read_scene(caption)
    assert verbs(scene)[-2:] == [last, "backwards"]
    walk = next(beat for beat in scene.beats if beat.to is not None)
    assert walk.to is not None and (walk.to - scene.actors[0].x) * scene.actors[0].facing < 0


@pytest.mark.parametrize(
    "caption",
    [
        "A man squeezes through a gap between two buildings.",
        "A drone flies between two towers.",
        "A girl walks between two trees.",
    ],
)
def test_between_two_tall_things_there_are_two_and_room(caption: str) -> None:
    scene = read_scene(caption)
    left, right = sorted(prop.x for prop in scene.props)[:2]
    assert "go away" in verbs(scene) and left < 0.4 and right > 0.6
    assert not [i for i in fidelity(caption, scene, by_eye=False).items if i.kind == "relation" and not i.drawn]


@pytest.mark.parametrize(
    ("caption", "edge"),
    [
        ("A diver jumps off a cliff into the sea.", "cliff rock"),
        ("A car rolls off the quay into the water.", "quay wall"),
        ("A passenger falls off the platform onto the rails.", "station platform"),
        ("A man jumps from the quay onto a barge.", "quay wall"),
    ],
)
def test_over_an_edge_from_above_to_below(caption: str, edge: str) -> None:
    scene = read_scene(caption)
    prop = next(prop for prop in scene.props if prop.kind == edge)
    actor = scene.actors[0]
    assert actor.y < prop.y and verbs(scene)[-1] in ("dive", "fall in", "plunge", "jump")


def test_up_a_ladder_onto_a_roof_and_up_a_drainpipe_to_a_balcony() -> None:
    for caption, top in (
        ("A man climbs a ladder onto the roof.", "house roof"),
        ("A burglar climbs up a drainpipe to a balcony.", "balcony front"),
    ):
        scene = read_scene(caption)
        beat = scene.beats[-1]
        assert beat.verb == "climb onto" and next(p.kind for p in scene.props if p.id == beat.target) == top


def test_what_flies_goes_in_and_out_by_a_window_which_a_ball_breaks() -> None:
    assert verbs(read_scene("A drone flies out of a window."))[-2:] == ["leave", "fly"]
    assert verbs(read_scene("A bird flies through a window."))[-2:] == ["fly", "enter"]
    assert verbs(read_scene("A ball flies over a hedge and through a window.")) == ["fly", "shatter", "vanish"]
    assert read_scene("A drone flies in through the warehouse door.").props[0].kind == "warehouse"
    broken = read_scene("A man crawls out through a broken window.")
    assert any(beat.verb == "shatter" and beat.end < 0.02 for beat in broken.beats)


def test_turning_into_an_alley_swimming_under_a_bridge_and_two_on_bicycles() -> None:
    turn = read_scene("A car turns left into an alley.")
    assert turn.place == "alley mouth" and verbs(turn) == ["turn left"]
    assert read_scene("A swan swims under a bridge.").place == "river bridge"
    assert verbs(read_scene("A swimmer crosses the pool.")) == ["swim"]
    two = read_scene("Two cyclists ride in opposite directions.")
    assert [(beat.verb, beat.to is not None and beat.to > 0.5) for beat in two.beats] == [
        ("ride", False),
        ("ride", True),
    ]


def test_a_thing_that_tumbles_needs_nobody_and_rolls_towards_what_is_named() -> None:
    scene = read_scene("A suitcase tumbles down an escalator.")
    assert not scene.actors and verbs(scene) == ["downhill"]
    barrel = read_scene("A barrel rolls down the street toward a fountain.")
    start = next(prop for prop in barrel.props if prop.kind != "fountain")
    fountain = next(prop for prop in barrel.props if prop.kind == "fountain")
    beat = barrel.beats[0]
    assert beat.to is not None and abs(beat.to - fountain.x) < abs(start.x - fountain.x)


def test_two_pass_each_other_and_a_crowd_is_held_back() -> None:
    two = read_scene("Two joggers run past each other on a bridge.")
    ways = [(actor.x < 0.5, beat.to is not None and beat.to > 0.5) for actor, beat in zip(two.actors, two.beats)]
    assert ways == [(True, True), (False, False)]
    held = read_scene("A policeman holds back a crowd at a barrier.")
    assert "hold back" in verbs(held) and "carry" not in verbs(held)


def test_what_is_said_of_where_and_how_one_lies_or_begins() -> None:
    assert read_scene("A drone rises over the warehouse.").props[0].kind == "warehouse"
    car = read_scene("A man crawls out of an overturned car.")
    assert any(beat.verb == "roll over" and beat.end < 0.01 for beat in car.beats) and "crawl" in verbs(car)
    boat = read_scene("A man jumps off a boat into the water.")
    assert verbs(boat) == ["stand", "dive"] and boat.actors[0].y < boat.actors[1].y
    assert len(read_scene("A woman swims from one side of the pool to the other.").actors) == 1
    assert read_scene("A brass band marches down the street.").actors[0].holds == "trumpet"


def test_down_a_hill_to_the_right_it_rises_to_the_left() -> None:
    car = read_scene("A car rolls down a hill to the right.")
    beat = next(beat for beat in car.beats if beat.verb == "downhill")
    assert beat.to is not None and beat.to > car.actors[0].x and {prop.kind for prop in car.props} == {"left hill"}


def test_who_watches_a_fight_does_not_fight() -> None:
    scene = read_scene("About twenty people watch a fight outside a bar.")
    assert scene.actors[0].count == 20 and {b.verb for b in scene.beats if b.who == scene.actors[0].id} == {"look"}
    assert [beat.verb for beat in scene.beats].count("punch") == 2


def test_what_flies_away_is_in_the_air():
    for caption in ("A plane flies away over the sea.", "A drone flies away to the left."):
        scene = read_scene(caption)
        assert scene.beats[0].verb == "fly" and scene.actors[0].y < 0.6


def test_a_slope_to_the_right_goes_down_to_the_right():
    scene = read_scene("A ball rolls down the slope to the right.")
    assert scene.beats[0].verb == "downhill" and scene.beats[0].to > scene.props[0].x


def test_a_balloon_bursts_where_it_is_seen():
    for caption in (
        "A balloon floats up, bursts and drops onto the grass.",
        "A balloon bursts and falls down.",
    ):
        assert read_scene(caption).props[0].y > 0.7


def test_an_alley_seen_along_its_length_is_narrow():
    assert read_scene("A policeman walks away from the camera along an alley.").place == "alley"


@pytest.mark.parametrize(
    "caption",
    [
        "A girl on roller skates moves from right to left.",
        "A girl roller skates from right to left.",
        "A woman on ice skates glides across the ice.",
    ],
)
def test_who_is_on_skates_wears_them(caption):
    scene = read_scene(caption)
    assert scene.beats[0].verb == "skate" and not scene.props
    assert read(caption).mentions[0].worn in ("rollerblades", "figure skates")


def test_a_draught_blows_candles_out():
    scene = read_scene("Two candles burn, then a draught blows them out.")
    assert sum(beat.verb == "die down" for beat in scene.beats) == 2


def test_a_muddy_field_is_no_field_of_wheat():
    assert read_scene("An old man pushes a wheelbarrow across a muddy field.").place == "muddy field"
