"""Contact sheets: one PNG with strips of frames and their captions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from svta.builder.errors import SvtaError
from svta.builder.taxonomy import load_taxonomy
from svta.generation.storyboard import render
from svta.generation.storyboard.choreography import load_choreographies
from svta.generation.storyboard.rendering.contact_sheet import category_scene, contact_sheet, storyboard_sheet, strip
from svta.generation.storyboard.scene import Actor, Beat, Scene

SCENE = Scene("A man in purple falls.", actors=(Actor("a", "man", "purple"),), beats=(Beat("fall", "a"),))


def test_a_strip_holds_the_frames_of_the_clip(tmp_path: Path) -> None:
    path = contact_sheet([SCENE], tmp_path / "s.png", 1, (0.0, 1.0), width=160, height=96)
    sheet = np.asarray(Image.open(path).convert("RGB"))
    frames = render(SCENE, height=192, width=320)
    for k, frame in ((0, frames[0]), (1, frames[-1])):
        left = 14 + k * 163
        assert (sheet[14:110, left : left + 160] == np.asarray(Image.fromarray(frame).reduce(2))).all()
    below = sheet[116:, :]
    assert (below.min(-1) < 100).sum() > 100, "the caption stands below"


def test_cells_are_laid_out_in_columns(tmp_path: Path) -> None:
    sizes = [
        Image.open(contact_sheet([SCENE] * 5, tmp_path / f"{n}.png", n, (0.5,), width=64, height=64)).size
        for n in (1, 2, 5)
    ]
    assert sizes[0][0] < sizes[1][0] < sizes[2][0]
    assert sizes[0][1] > sizes[1][1] > sizes[2][1]


def test_captions_are_read(tmp_path: Path) -> None:
    path = strip(["A dog bites a man in the park.", "A red car explodes. " * 30], tmp_path / "new" / "strip.png", 3)
    image = Image.open(path)
    assert image.width == 2 * 14 + 3 * 240 + 2 * 3 and path.parent.joinpath("strip.png").is_file()


def test_same_sheet_twice(tmp_path: Path) -> None:
    one, two = (contact_sheet(["A woman dances."], tmp_path / f"{i}.png").read_bytes() for i in range(2))
    assert one == two


def test_nothing_to_show(tmp_path: Path) -> None:
    with pytest.raises(SvtaError, match="no clips"):
        contact_sheet([], tmp_path / "s.png")
    assert not list(tmp_path.iterdir())


def test_every_category_acts_in_a_way_of_its_own() -> None:
    known = load_choreographies()
    assert {c.name for c in load_taxonomy().categories} <= set(known)
    clips = {name: render(category_scene(c), num_frames=5, height=64, width=96) for name, c in known.items()}
    assert len({frames.tobytes() for frames in clips.values()}) == len(clips)
    still = [name for name, frames in clips.items() if (np.abs(frames[1:].astype(int) - frames[:-1]) > 60).sum() < 20]
    assert set(still) <= {"standing", "reading"}


def test_the_sheet_shows_the_categories_of_a_taxonomy(tmp_path: Path) -> None:
    whole = load_taxonomy()
    few = whole.model_copy(update={"categories": whole.categories[:4]})
    image = Image.open(storyboard_sheet(tmp_path / "few.png", few))
    assert image.width == 14 + 3 * (5 * 160 + 4 * 3 + 14) and 300 < image.height < 500, "two rows of three"
