"""Hair, beards and build: who is bald, blond or pregnant is drawn so, and it is no garment that comes off."""

from __future__ import annotations

import numpy as np
import pytest

from svta.generation.storyboard import fidelity, read_scene, render
from svta.generation.storyboard.drawing.people import look_of, undressed


@pytest.mark.parametrize(
    ("caption", "worn"),
    [
        ("A bald man walks.", "bald head"),
        ("Two bald bearded men play chess.", "bald head, beard"),
        ("A red-haired woman in a blue dress runs.", "red hair"),
        ("A woman with blond hair drinks coffee.", "blond hair"),
        ("A man with grey hair waits.", "hair"),
        ("A pregnant woman sits on a bench.", "pregnant belly"),
        ("A fat man in a red hat runs.", "belly"),
    ],
)
def test_the_looks_of_a_caption_are_the_actors(caption: str, worn: str) -> None:
    scene = read_scene(caption)
    actor = scene.actors[0]
    assert actor.worn == worn or (actor.worn or "").startswith(worn)
    assert not [item for item in fidelity(caption, scene, by_eye=False).items if not item.drawn]


def test_looks_of_animals_and_things_are_not_put_on_people() -> None:
    scene = read_scene("A man watches a fat cat.")
    assert scene.actors[0].worn is None
    assert "fat" in fidelity("A man watches a fat cat.", scene).undrawn


def test_hair_of_a_colour_is_no_dress_of_it() -> None:
    scene = read_scene("A red-haired woman walks.")
    actor = scene.actors[0]
    assert (actor.colour, actor.worn, actor.worn_colour) == (None, "hair", "red")


def test_looks_change_the_picture_and_stay_when_a_hat_comes_off() -> None:
    frames = [render(read_scene(c), num_frames=5, height=92, width=152) for c in ("A man waits.", "A fat man waits.")]
    assert (np.asarray(frames[0]) != np.asarray(frames[1])).any()
    look = look_of("man", None, None, True, 3, "a", worn="bald head, glasses")
    assert undressed(look, coat=False).wears == look.wears[:1] and undressed(look, coat=False).hat is None


@pytest.mark.parametrize(("caption", "worn"), [
    ("A welder works without a mask.", None), ("A welder works.", "welding mask"), ("A diver swims.", "diving mask"),
    ("A diver without a mask swims.", None),
])  # fmt: skip
def test_what_a_trade_wears_is_left_off_where_the_caption_denies_it(caption: str, worn: str | None) -> None:
    said = read_scene(caption).actors[0].worn or ""
    assert (worn or "mask") in said if worn else "mask" not in said
