"""Where things are to each other, at the beginning and at the end, in the simulated scene."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import fidelity, read_scene
from svta.generation.storyboard.scene import Actor, Prop, Scene


def _thing(scene: Scene, kind: str) -> Actor | Prop:
    return next(t for t in (*scene.actors, *scene.props) if t.kind == kind)


@pytest.mark.parametrize(
    "caption",
    [
        "A cat sits on top of a fridge.",
        "A dog jumps over a fence.",
        "A bird sits between two cats.",
        "Children dance around a fire.",
        "A woman sits at the foot of a tree.",
        "A man stands halfway up a ladder.",
        "A bicycle stands against a wall.",
        "A truck stops behind a bus.",
        "A man stands on the roof of a house.",
        "A parrot sits in a cage.",
    ],
)
def test_relations_are_drawn(caption: str) -> None:
    assert fidelity(caption, read_scene(caption), by_eye=False).undrawn == ()


def test_what_jumps_over_lands_beyond() -> None:
    scene = read_scene("A dog jumps over a fence.")
    jump = next(beat for beat in scene.beats if beat.verb == "jump")
    assert jump.to is not None and jump.to > _thing(scene, "fence").x + 0.2


def test_halfway_up_is_between_the_foot_and_the_top() -> None:
    half, top = (_thing(read_scene(f"A man stands {way} a ladder."), "man").y for way in ("halfway up", "on"))
    assert top < half < 0.8


def test_those_around_a_thing_stand_on_both_sides() -> None:
    scene = read_scene("Five people stand around a table.")
    xs = [actor.x for actor in scene.actors]
    assert min(xs) < _thing(scene, "table").x < max(xs) and sum(actor.count for actor in scene.actors) == 5


def test_from_one_thing_to_another() -> None:
    scene = read_scene("A boy walks from a bench to a tree.")
    bench, tree, boy = (_thing(scene, kind).x for kind in ("bench", "tree", "boy"))
    walk = next(beat for beat in scene.beats if beat.verb == "walk")
    assert walk.to is not None and abs(boy - bench) < 0.1 and abs(walk.to - tree) < 0.2 < abs(bench - tree)


def test_who_stands_before_a_burning_barn_is_not_in_its_flames() -> None:
    scene = read_scene("Two men stand in front of a burning barn.")
    assert ("burn", "barn") in {(beat.verb, beat.who) for beat in scene.beats}
    assert abs(_thing(scene, "man").x - _thing(scene, "barn").x) > 0.3
