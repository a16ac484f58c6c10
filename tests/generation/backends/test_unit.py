"""unit.py: a unit becomes a finished part; every clip is filled in, marked and checked."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from svta.builder.layout.clips_folder import finished_parts, read_part
from svta.builder.record import Clip, make_key
from svta.builder.video.container import probe
from svta.builder.video.decoder import decode
from svta.builder.video.marking import marked_source_type
from svta.generation.backends.base import GenerationError
from svta.generation.backends.quality import motion_energy
from svta.generation.backends.registry import spec_for
from svta.generation.backends.spec import PlanError
from svta.generation.backends.unit import make_unit
from svta.generation.planning.plan import make_plan, open_folder

CAPTIONS = ["A man falls.", "An unfilmable thing.", "A small thing.", "A dog runs."]


@pytest.fixture(autouse=True)
def _backend_is_importable(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[2] / "support"))


def plan_of(captions=CAPTIONS, **settings):
    spec = spec_for("square_backend:Square", num_frames=9, height=32, width=64, fps=8, **settings)
    clips = [
        Clip(key=make_key("t", str(i), c), caption=c, provenance='{"chat_model":"m"}') for i, c in enumerate(captions)
    ]
    return make_plan(clips, spec)


def make(plan, folder):
    open_folder(folder, plan)
    return make_unit(folder, 0, plan.unit(0), plan.spec, plan.digest)


def test_a_unit_becomes_a_part(tmp_path):
    plan = plan_of()
    result = make(plan, tmp_path)
    assert (result.generated, result.rejected, result.skipped) == (2, 2, False)
    (part,) = finished_parts(tmp_path)
    assert [row["reason"] for row in part.rejected] == ["film_failed", "wrong_shape"]
    assert [row["caption"] for row in part.rejected] == CAPTIONS[1:3]
    for clip, video in read_part(part):
        info = probe(video)
        assert (info.num_frames, info.width, info.height, info.fps) == (9, 64, 32, 8.0)
        assert (clip.num_frames, clip.width, clip.height, clip.fps, clip.duration) == (9, 64, 32, 8.0, 1.125)
        assert clip.generator == "square"
        assert clip.synthetic is True
        assert 0 < clip.motion < 1
        assert 0 <= clip.seed < 2**53
        facts = json.loads(clip.provenance)
        assert facts["chat_model"] == "m"
        assert (facts["attempt"], facts["spec"]) == (0, plan.spec.digest)
        assert facts["versions"]["svta"]
        assert marked_source_type(info.metadata) == "algorithmicMedia"
        assert clip.key in info.metadata["comment"]


def test_a_finished_unit_is_not_made_again(tmp_path):
    plan = plan_of()
    make(plan, tmp_path)
    before = finished_parts(tmp_path)[0].path.stat().st_mtime_ns
    assert make(plan, tmp_path).skipped
    assert finished_parts(tmp_path)[0].path.stat().st_mtime_ns == before


def test_a_unit_of_which_nothing_can_be_generated_is_finished_too(tmp_path):
    plan = plan_of(["An unfilmable thing."])
    assert make(plan, tmp_path).generated == 0
    assert [part.num_clips for part in finished_parts(tmp_path)] == [0]


def test_a_backend_that_fails_on_everything_is_told_and_leaves_nothing(tmp_path):
    with pytest.raises(GenerationError, match="failed on all 3 clips of unit 0"):
        make(plan_of(["An unfilmable thing."] * 3), tmp_path)
    assert not finished_parts(tmp_path)


def test_the_same_unit_has_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        make(plan_of(), tmp_path / name)
    tars = [(tmp_path / name / "parts/unit-000000.tar").read_bytes() for name in ("a", "b")]
    assert tars[0] == tars[1]


def test_motion_energy_of_known_frames():
    frames = np.zeros((3, 16, 16, 3), np.uint8)
    assert motion_energy(frames) == 0
    frames[1] = 255
    assert motion_energy(frames) == pytest.approx(1, abs=0.01)
    assert motion_energy(frames[:1]) == 0


@pytest.mark.parametrize("name", ["nonsense", "no.such.module:Thing", "square_backend:Nothing"])
def test_unknown_backends_are_named(name):
    with pytest.raises(PlanError, match="--backend"):
        spec_for(name)


def test_the_storyboard_films_a_caption_and_refuses_another(tmp_path):
    spec = spec_for("storyboard", num_frames=9, height=96, width=160)
    captions = ["A man in a red jacket falls on the stairs.", "A dog chases a cyclist in a park."]
    clips = [Clip(key=make_key("t", str(i), c), caption=c) for i, c in enumerate(captions)]
    plan = make_plan(clips, spec)
    assert make(plan, tmp_path).generated == 2
    films = [
        (clip, decode(video, num_frames=9, size=None)[0]) for clip, video in read_part(finished_parts(tmp_path)[0])
    ]
    assert all(clip.generator == "storyboard" and clip.motion > 0 for clip, _ in films)
    assert np.abs(films[0][1].astype(int) - films[1][1]).mean() > 5
    child = Clip(key="child", caption="A woman slaps a little boy.")  # past the plan: the backend refuses by itself
    assert make_unit(tmp_path / "b", 0, [child], spec, "s").rejected == 1
    assert json.loads((tmp_path / "b/parts/unit-000000.json").read_text())["rejected"][0]["reason"] == "minor_violence"
