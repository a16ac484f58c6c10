"""trial.py and `svta plan`: what a plan costs is measured on its own clips, and the refused rows are listed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import svta as svta_package
from svta.builder.record import Clip, write_clips
from svta.generation.backends.registry import spec_for
from svta.generation.planning.measure import measure
from svta.generation.planning.plan import make_plan

SUPPORT = Path(__file__).resolve().parents[2] / "support"
CAPTIONS = ["A man falls.", "A dog runs.", "A woman slaps a child."]


def clips():
    return [Clip(key=f"k{i}", caption=caption) for i, caption in enumerate(CAPTIONS)]


def test_a_trial_measures_seconds_and_bytes(monkeypatch):
    monkeypatch.syspath_prepend(str(SUPPORT))
    plan = make_plan(clips(), spec_for("square_backend:Square", num_frames=9, height=32, width=64))
    trial = measure(plan)
    assert trial.clips == 2
    assert trial.seconds_a_clip > 0
    assert 500 < trial.bytes_a_clip < 100_000
    assert measure(make_plan(clips()[2:], plan.spec)).clips == 0


@pytest.mark.slow
@pytest.mark.parametrize("as_json", [True, False])
def test_the_command_tells_units_cost_and_refusals(tmp_path, as_json):
    write_clips(tmp_path / "d.jsonl", clips())
    path = os.pathsep.join((str(Path(svta_package.__file__).parent), str(SUPPORT)))
    args = [
        "plan",
        "d.jsonl",
        "--backend",
        "square_backend:Square",
        "--num-frames",
        "9",
        "--height",
        "32",
        "--width",
        "64",
    ]
    args += ["--refused", *(["--json"] if as_json else [])]
    env = os.environ | {"PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-m", "svta", *args], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    if as_json:
        said = json.loads(done.stdout)
        assert (said["clips"], said["units"], said["refused"]) == (2, 1, {"minor_violence": 1})
        assert said["disk_bytes"] == 2 * said["bytes_a_clip"]
        assert said["refused_rows"][0]["caption"] == CAPTIONS[2]
    else:
        assert "minor_violence  -  A woman slaps a child." in done.stdout
    assert [p.name for p in tmp_path.iterdir()] == ["d.jsonl"]
