"""Servers that misbehave and an svta that is killed -9: every clip once, none lost, no finished job paid again."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from generation_runs import made_in, rejects
from video_engine import MODEL, VideoEngine

import svta as svta_package
from svta.builder.record import make_key

pytest.importorskip("openai")
pytestmark = pytest.mark.slow

WHO = ("A man", "A woman", "Two men", "A dog", "An old man")
DOES = ("falls on ice", "runs across the street", "crashes into a wall", "throws a bottle", "climbs a fence")
WHERE = (
    "in a park",
    "in a kitchen",
    "on a beach",
    "at a station",
    "in a car park",
    "on a roof",
    "in a shop",
    "at night",
)
NUM_CLIPS, NUM_FAULTS = 200, 100


def described(folder):
    captions = [f"{who} {does} {where}." for who in WHO for does in DOES for where in WHERE][:NUM_CLIPS]
    rows = [{"key": make_key("own", str(i), text), "caption": text} for i, text in enumerate(captions)]
    (folder / "d.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return [row["key"] for row in rows]


def start(folder, engines, out):
    order = ["--backend", "endpoint", "--endpoint", ",".join(engine.url for engine in engines), "--model", MODEL]
    order += ["--num-frames", "5", "--height", "64", "--width", "64", "--set", "timeout=6", "--unit-size", "40"]
    path = os.pathsep.join((str(Path(svta_package.__file__).parent), os.environ.get("PYTHONPATH", "")))
    return subprocess.Popen(
        [sys.executable, "-m", "svta", "generate", "d.jsonl", "--out", out, *order],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def requests_of(engines):
    return sum(len(engine.requests) for engine in engines)


def run(folder, engines, out, kills=0):
    """Generate to the end, killed after a random number of further requests, `kills` times in all."""
    chance, killed = random.Random(1), 0
    while True:
        process = start(folder, engines, out)
        stop_at = requests_of(engines) + chance.randint(8, 60) if killed < kills else sys.maxsize
        while process.poll() is None and requests_of(engines) < stop_at:
            time.sleep(0.005)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            killed += 1
            process.communicate()
            continue
        assert process.returncode == 0, process.stderr.read()
        return killed


def finished_jobs(engine):
    """(prompt, seed) -> good jobs, those deleted after svta's own time limit left out; without the two of the trial."""
    counts = engine.paid()
    for job in engine.jobs.values():
        if job.deleted and job.is_good:
            counts[job.prompt, job.seed] -= 1
    return {key: count for key, count in counts.items() if key[1] != 0}


@pytest.mark.parametrize(("dialect", "kills"), [("sglang", 20), ("vllm-omni", 3)])
def test_faults_and_kills_cost_no_clip_and_no_finished_job(dialect, kills, tmp_path):
    keys = described(tmp_path)
    with VideoEngine(dialect) as engine:
        run(tmp_path, [engine], "calm")
    (tmp_path / "d.endpoint").rename(tmp_path / "calm.endpoint")
    with VideoEngine(dialect) as engine:
        engine.scatter(NUM_FAULTS, seed=2)
        assert run(tmp_path, [engine], "got", kills) == kills
        left = sum(map(len, engine.faults.values()))
        assert left <= NUM_FAULTS // 10, f"{left} faults were not met"
        assert set(finished_jobs(engine).values()) == {1}
    made = made_in(tmp_path / "got")
    assert sorted([clip.key for clip, _ in made] + [row["key"] for row in rejects(tmp_path / "got")]) == sorted(keys)
    for name in sorted(path.name for path in (tmp_path / "calm" / "parts").iterdir()):
        assert (tmp_path / "got" / "parts" / name).read_bytes() == (tmp_path / "calm" / "parts" / name).read_bytes(), (
            name
        )
    assert not (tmp_path / "got" / "jobs").exists()
