"""What becomes of a thing: it is folded, broken in two, painted, melted; and stays so."""

from __future__ import annotations

import numpy as np
import pytest

from svta.generation.storyboard import read_scene, render
from svta.generation.storyboard.animation.world import World
from svta.generation.storyboard.drawing.alteration import FORMS
from svta.generation.storyboard.drawn_tables import handwork
from svta.generation.storyboard.scene import Beat, Prop, Scene

TABLE = {verb: work["alters"] for verb, work in handwork().items() if "alters" in work}


def test_every_verb_names_a_form() -> None:
    assert {form.lstrip("-") for form in TABLE.values()} <= FORMS.keys()


@pytest.mark.parametrize(
    ("caption", "verb", "kind"),
    [
        ("A man folds a towel.", "fold", "towel"),
        ("A watermelon splits open on the road.", "split", "melon"),
        ("A plank breaks.", "split", "plank"),
        ("A man saws a plank.", "saw", "plank"),
        ("A man paints a fence.", "paint", "fence"),
        ("A balloon bursts.", "pop", "balloon"),
        ("A woman opens an umbrella.", "put up", "umbrella"),
        ("A flower wilts.", "wilt", "flower"),
    ],
)
def test_the_thing_itself_changes(caption: str, verb: str, kind: str) -> None:
    scene = read_scene(caption)
    things = {prop.id for prop in scene.props if prop.kind == kind}
    assert any(beat.verb == verb and beat.who in things for beat in scene.beats), scene.beats


def test_a_glass_goes_to_pieces_and_a_stick_breaks_in_two() -> None:
    broken = [{beat.verb for beat in read_scene(f"A {thing} breaks.").beats} for thing in ("glass", "stick")]
    assert broken == [{"shatter"}, {"split"}]


@pytest.mark.parametrize(("verb", "first", "last"), [("fold", 0.0, 1.0), ("unfold", 1.0, 0.0), ("grow", 0.0, 1.0)])
def test_forms_go_forth_and_back(verb: str, first: float, last: float) -> None:
    world = World(Scene("", props=(Prop("t", "towel", x=0.5),), beats=(Beat(verb, "t", None, 0.0, 1.0),)), 1.6, 1.0, 0)
    world.step(0.0)
    assert world.bodies["t"].form[1] == first
    world.step(1.0)
    assert world.bodies["t"].form[1] == last


@pytest.mark.parametrize("verb", sorted(TABLE))
def test_every_form_is_seen(verb: str) -> None:
    scene = Scene("", props=(Prop("t", "bread", x=0.5),), beats=(Beat(verb, "t", None, 0.0, 1.0),))
    frames = render(scene, num_frames=2, height=96, width=160).astype(int)
    assert np.abs(frames[1] - frames[0]).max() > 40
