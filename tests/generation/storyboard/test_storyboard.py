"""render: a caption in, frames out; what a caption changes is seen; real captions are drawn."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from svta.builder.errors import SvtaError
from svta.generation.storyboard import read_scene, render
from svta.generation.storyboard.scene import Scene

CAPTION = "A man in a red shirt falls down in the street."


def small(caption: str | Scene, **options: int) -> np.ndarray:
    return render(caption, num_frames=9, height=96, width=160, **options)


def test_a_caption_is_read_with_the_seed_and_drawn() -> None:
    assert (small(CAPTION, seed=7) == small(read_scene(CAPTION, 7))).all()
    assert (small(CAPTION, seed=7) == small(CAPTION, seed=7)).all()


def test_another_seed_is_another_take() -> None:
    assert (small(CAPTION, seed=1) != small(CAPTION, seed=2)).any()


@pytest.mark.parametrize(
    "other",
    [
        "A man in a blue shirt falls down in the street.",
        "A woman in a red dress falls down in the street.",
        "A man in a red shirt dances in the street.",
        "A man in a red shirt falls down in a kitchen.",
        "A man in a red shirt falls down in the street at night.",
        "A man in a red shirt falls down in the street in the snow.",
    ],
    ids=["colour", "actor", "action", "place", "time", "weather"],
)
def test_captions_that_differ_look_different(other: str) -> None:
    changed = np.abs(small(CAPTION).astype(int) - small(other).astype(int)).max(-1) > 40
    assert changed.any((1, 2)).mean() > 0.6, "in most frames"
    assert changed.mean() > 0.001


def test_a_scene_is_edited_and_drawn_again() -> None:
    scene = read_scene(CAPTION, 0)
    night = dataclasses.replace(scene, time="night")
    assert small(night).mean() < small(scene).mean() * 0.8
    assert (small(Scene.from_json(scene.to_json())) == small(scene)).all()


def test_order_in_time_is_visible() -> None:
    frames = small(CAPTION).astype(int)
    reversed_gap = np.abs(frames - frames[::-1]).max(-1) > 40
    assert reversed_gap[[0, 1, -2, -1]].any((1, 2)).all(), "the end looks different from the start"


def test_drawing_loads_no_heavy_library() -> None:
    code = (
        "import sys; from svta.generation.storyboard import render; render('A dog runs.', num_frames=2);"
        "print(sorted({'torch', 'av', 'transformers', 'diffusers', 'datasets'} & set(sys.modules)))"
    )
    environment = {"PYTHONPATH": ":".join(p for p in sys.path if p)}
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    loaded = out.stdout.strip()
    assert "torch" not in loaded and "av" not in loaded and "diffusers" not in loaded


def test_real_captions_are_drawn(shared: Path) -> None:
    import openpyxl

    sheet = openpyxl.load_workbook(shared / "data/captions/ucfcrime_ar/ucf_crime_test.xlsx", read_only=True).active
    captions = [
        max((str(v) for v in row if v), key=len, default="") for row in sheet.iter_rows(min_row=2, values_only=True)
    ]
    captions = [caption for caption in captions if caption][::6]
    assert len(captions) > 40
    drawn, refused = [], 0
    for caption in captions:
        try:
            drawn.append(render(caption, num_frames=4, height=64, width=96))
        except SvtaError:
            refused += 1
    assert refused < 0.2 * len(captions)
    assert len({frames.tobytes() for frames in drawn}) == len(set(captions)) - refused
    assert np.mean([np.abs(f[-1].astype(int) - f[0]).max() > 60 for f in drawn]) > 0.95, "something happens"
