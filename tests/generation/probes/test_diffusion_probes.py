"""Probes by a text-to-video model: one seed and the edited captions, sizes and settings of the model, not audited."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("diffusers")

from generation_runs import OPEN
from tiny_pipelines import save

from svta.builder.dataset.clip_dataset import open_dataset
from svta.builder.verify.folder import verify
from svta.cli import main
from svta.generation.probes.config import ProbesConfig, ProbesError

pytestmark = pytest.mark.slow
ARGS = ["--factors", "colour,order", "--per-factor", "1", "--num-frames", "9"]


def run(*args: str) -> object:
    with pytest.raises(SystemExit) as end:
        main(["probes", *args])
    return end.value.code


def test_a_models_clips_are_its_own_and_said_to_be_unaudited(tmp_path: Path) -> None:
    model = save("wan", tmp_path / "wan")
    place = ["--backend", "diffusion", "--model", str(model), "--size", "64x64", "--fps", "8", "--preset", "reference"]
    settings = ["--set", "steps=2", "--set", f"gates={OPEN}"]
    assert run("--out", str(tmp_path / "probes"), *ARGS, *place, *settings) == 0
    assert verify(tmp_path / "probes", level="deep").ok
    data = open_dataset(tmp_path / "probes", "test")
    clips = [data.clip(i) for i in range(len(data))]
    assert {(c.width, c.height, c.num_frames, c.fps) for c in clips} == {(64, 64, 9, 8.0)}
    for group in {clip.group for clip in clips}:
        one, two = (clip for clip in clips if clip.group == group)
        assert one.seed == two.seed and one.caption != two.caption and one.sha256 != two.sha256
        for clip in (one, two):
            said = json.loads(clip.provenance or "")
            assert said["probe"]["by_construction"] is False and said["probe"]["audited"] is False
            assert said["spec"] and clip.generator and "storyboard" not in clip.generator and clip.synthetic
    again = tmp_path / "again"
    assert run("--out", str(again), *ARGS, *place, *settings) == 0
    assert (again / "SHA256SUMS").read_text() == (tmp_path / "probes" / "SHA256SUMS").read_text()


def test_settings_of_a_model_are_none_of_the_storyboards(tmp_path: Path) -> None:
    for more in ({"model": "x"}, {"preset": "fast"}, {"settings": ("steps=2",)}):
        with pytest.raises(ProbesError, match="--backend diffusion"):
            ProbesConfig(**more).check()  # type: ignore[arg-type]
    assert run("--out", str(tmp_path / "p"), *ARGS, "--set", "steps=2") == 2


def test_what_decides_drawn_probes_is_as_it_was() -> None:
    values = ProbesConfig(seed=3).to_dict()
    assert (values["height"], values["width"], values["fps"]) == (192, 320, 16.0)
    assert not values.keys() & {"preset", "settings"}
    assert ProbesConfig(seed=3, height=192, width=320, fps=16.0).to_dict() == values
