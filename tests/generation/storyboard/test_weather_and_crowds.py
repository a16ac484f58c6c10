"""What hail, fog, lightning, waves, floods and wind do, and how a crowd parts, is crossed and starts a race."""

from __future__ import annotations

import numpy as np
import pytest

from svta.generation.storyboard import fidelity, read_scene, render
from svta.generation.storyboard.animation.world import World
from svta.generation.storyboard.places.painting import before_the_sky
from svta.generation.storyboard.scene import WHOLE_SCENE


def acts(caption: str) -> set[tuple[str, str, str | None]]:
    scene = read_scene(caption)
    kinds = {thing.id: thing.kind for thing in (*scene.actors, *scene.props)} | {WHOLE_SCENE: WHOLE_SCENE}
    return {(beat.verb, kinds[beat.who], kinds.get(beat.target or "")) for beat in scene.beats}


@pytest.mark.parametrize(
    ("caption", "act"),
    [
        ("Hailstones bounce off the roof of a car.", ("pelt", WHOLE_SCENE, "car")),
        ("Hail pounds the roofs of vans.", ("pelt", WHOLE_SCENE, "van")),
        ("Fog rolls in over the harbour.", ("roll in", WHOLE_SCENE, None)),
        ("Fog hides a lighthouse.", ("roll in", WHOLE_SCENE, "lighthouse")),
        ("Lightning flashes behind a church.", ("flash", WHOLE_SCENE, "church")),
        ("Waves crash over the sea wall.", ("surge", "wave", None)),
        ("A wave breaks against a lighthouse.", ("surge", "wave", "lighthouse")),
        ("Floodwater rushes down a street.", ("stream", WHOLE_SCENE, None)),
        ("A tornado rips the roof off a barn.", ("unroof", "tornado", "barn")),
        ("Wind blows the roof off a shed.", ("unroof", WHOLE_SCENE, "garden shed")),
        ("Snow slides off a roof onto the street.", ("shed", WHOLE_SCENE, "house roof")),
        ("Trees sway in the wind.", ("sway", "tree", None)),
        ("An empty swing moves back and forth with nobody on it.", ("sway", "swing", None)),
        ("The wind moves an empty swing.", ("sway", "swing", None)),
        ("A gust of wind turns a woman's umbrella inside out.", ("turn inside out", "woman", "umbrella")),
        ("The wind blows a swing.", ("sway", "swing", None)),
        (
            "A boy's dog barks while a woman walks as the wind turns her umbrella inside out.",
            ("turn inside out", "woman", "umbrella"),
        ),
        ("A man's umbrella is turned inside out.", ("turn inside out", "umbrella", None)),
        ("Wind blows a man's hat off his head.", ("float", "hat", None)),
        ("Fireworks explode over the city.", ("burst aloft", "sky fireworks", None)),
        ("Fans wave flags in a stadium.", ("wave flag", "person", None)),
        ("Passengers squeeze into a subway train.", ("enter", "person", "train")),
    ],
)
def test_what_the_weather_and_crowds_do(caption: str, act: tuple[str, str, str | None]) -> None:
    assert act in acts(caption), acts(caption)


def test_a_cloud_ends_before_the_sun() -> None:
    scene = read_scene("A dark cloud covers the sun.")
    cloud, sun = (next(prop for prop in scene.props if prop.kind == kind) for kind in ("dark cloud", "sun"))
    last = next(beat for beat in scene.beats if beat.who == cloud.id)
    assert cloud.x < 0.3 and abs((last.to or 0) - sun.x) < 0.03 and cloud.y > sun.y


def test_hills_and_houses_hide_a_low_sun() -> None:
    land = np.asarray(before_the_sky((64, 64), "mountain", "day", "clear", 0))
    assert land[2].mean() < 100 and land[-2].min() == 255
    frames = render("The sun sets behind the mountains.", num_frames=9, height=96, width=160).astype(int)
    yellow = ((frames[..., 0] > 220) & (frames[..., 1] > 180) & (frames[..., 2] < 120)).sum((1, 2))
    assert yellow[0] > 60 and yellow[-1] == 0


def test_a_crowd_parts_on_both_sides_of_who_is_let_through() -> None:
    scene = read_scene("A crowd parts to let an ambulance through.")
    ends = {beat.who: beat.to for beat in scene.beats if beat.verb == "walk"}
    assert sorted(round(to or 0, 1) for to in ends.values()) == [0.1, 0.9]
    assert any(beat.verb == "come closer" for beat in scene.beats)


def test_one_goes_between_those_of_a_crowd_and_is_as_tall() -> None:
    scene = read_scene("A man pushes his way through a crowd.")
    man, *crowd = sorted(scene.actors, key=lambda actor: actor.count)
    assert min(c.y for c in crowd) < man.y < max(c.y for c in crowd) and abs(man.scale - crowd[0].scale) < 0.1


def test_runners_stand_before_they_are_off_to_the_right() -> None:
    beat = next(beat for beat in read_scene("Dozens of runners start a race.").beats if beat.verb == "run")
    assert beat.start > 0.1 and (beat.to or 0) > 0.8


def test_who_opens_an_umbrella_does_not_fall_with_the_rain() -> None:
    caption = "A woman opens her umbrella as rain begins to fall."
    assert {verb for verb, _, _ in acts(caption)} == {"put up", "appear"}
    assert fidelity(caption, read_scene(caption)).score == 1


def test_an_audience_is_before_the_stage_and_a_singer_sings_on_it() -> None:
    scene = read_scene("The audience claps for a singer.")
    singer, crowd = sorted(scene.actors, key=lambda actor: actor.count)
    assert scene.place == "auditorium" and singer.y < 0.7 < crowd.y and crowd.x < 0.5 < singer.x
    assert ("sing", singer.id) in {(beat.verb, beat.who) for beat in scene.beats}


def test_nobody_is_a_giant_beside_a_crowd() -> None:
    officer, crowd = sorted(read_scene("A police officer stands in front of a crowd.").actors, key=lambda a: a.count)
    assert officer.scale < 0.8 and crowd.scale > 0.6


@pytest.mark.parametrize(
    ("caption", "counts"),
    [
        ("Hundreds of people wait on the platform.", [42]),
        ("A crowd waits on the platform.", [16]),
        ("A large group of tourists crosses the street.", [12]),
        ("A small group of tourists crosses the street.", [3]),
        ("A group of tourists crosses the street.", [4]),
        ("A large herd of cows crosses the river.", [12]),
        ("Hundreds of birds fly over the field.", [24]),
        ("A man shouts in a packed train station.", [1, 14]),
        ("A man shouts in a busy train station.", [1, 6]),
    ],
)
def test_how_many_a_crowd_is(caption: str, counts: list[int]) -> None:
    scene = read_scene(caption)
    assert [actor.count for actor in scene.actors] == counts
    held = {item.text for item in fidelity(caption, scene, by_eye=False).items if not item.drawn}
    assert not held & {"hundreds", "large", "small", "packed", "busy"}


@pytest.mark.parametrize(
    ("caption", "count", "verb"),
    [("A crowd fills the square.", 42, "stand"), ("Sheep fill the road.", 10, "stand"),
     ("Cars fill the parking lot.", 6, "stand"), ("Three dogs fill the yard.", 3, "stand"),
     ("A crowd crosses the square.", 16, "walk")],
)  # fmt: skip
def test_who_fills_a_place_is_many_there(caption: str, count: int, verb: str) -> None:
    scene = read_scene(caption)
    assert (scene.actors[0].count, {beat.verb for beat in scene.beats}) == (count, {verb})


def test_a_tornado_behind_a_house_is_drawn_behind_it() -> None:
    for caption, front in (("A tornado crosses the plain behind a farmhouse.", False),
                           ("A tornado crosses a field.", True)):  # fmt: skip
        world = World(read_scene(caption), 16 / 9, 1.0, 0)
        world.step(0.5)
        assert [e.front for e in world.effects if e.kind == "whirlwind"] == [front]


@pytest.mark.parametrize(
    ("caption", "place"),
    [
        ("A sandstorm swallows a petrol station in the desert.", "desert gas station"),
        ("A truck stops at a gas station in the desert.", "desert gas station"),
        ("Big waves crash over a stone pier during a storm.", "stone pier"),
    ],
)
def test_places_that_two_words_tell(caption: str, place: str) -> None:
    assert read_scene(caption).place == place


def test_an_old_sailor_is_old_and_an_old_friend_need_not_be() -> None:
    assert [a.kind for a in read_scene("An old sailor looks at the sea.").actors] == ["old man"]
    assert "old man" not in {a.kind for a in read_scene("A woman hugs an old friend.").actors}


def test_players_on_a_tennis_court_have_rackets() -> None:
    assert {a.holds for a in read_scene("Heavy rain soaks the players on a tennis court.").actors} == {"racket"}
