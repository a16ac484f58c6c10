"""Servers that misbehave and an svta that is killed -9: every clip once, none lost, no finished job paid again."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import fork_server
import pytest
from generation_runs import made_in, rejects
from video_engine import MODEL, VideoEngine

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
LOADED = ("svta.cli.app", "svta.generation.backends.endpoint", "svta.generation.executor.run", "openai", "pyarrow")


def described(folder):
    captions = [f"{who} {does} {where}." for who in WHO for does in DOES for where in WHERE][:NUM_CLIPS]
    rows = [{"key": make_key("own", str(i), text), "caption": text} for i, text in enumerate(captions)]
    (folder / "d.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return [row["key"] for row in rows]


def order_of(engines, out):
    order = ["--backend", "endpoint", "--endpoint", ",".join(engine.url for engine in engines), "--model", MODEL]
    order += ["--num-frames", "5", "--height", "64", "--width", "64", "--set", "timeout=10", "--unit-size", "40"]
    order += ["--set", "concurrency=12"]
    return ["generate", "d.jsonl", "--out", out, *order]


@pytest.fixture(scope="module")
def forks():
    """What runs svta in forks of its own, everything imported: a start costs no seconds."""
    server = subprocess.Popen(
        [sys.executable, fork_server.__file__, *LOADED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield server
    server.stdin.close()
    server.wait()


def requests_of(engines):
    return sum(len(engine.requests) for engine in engines)


def run(forks, folder, engines, out, kills=0):
    """Generate to the end, killed after a random number of further requests, `kills` times in all."""
    chance, killed = random.Random(1), 0
    order = {"args": order_of(engines, out), "seconds": 500, "cwd": str(folder)}
    with ThreadPoolExecutor(1) as pool:
        while True:
            started: list[int] = []
            stop_at = requests_of(engines) + chance.randint(8, 60) if killed < kills else sys.maxsize
            done = pool.submit(fork_server.ask, forks, order, started)
            while not done.done() and requests_of(engines) < stop_at:
                time.sleep(0.005)
            if not done.done():
                os.kill(started[0], signal.SIGKILL)
                done.result()
                killed += 1
                continue
            assert done.result()["code"] == 0, done.result()["err"]
            return killed


def finished_jobs(engine):
    """(prompt, seed) -> good jobs, those deleted after svta's own time limit left out; without the two of the trial."""
    counts = engine.paid()
    for job in engine.jobs.values():
        if job.deleted and job.is_good:
            counts[job.prompt, job.seed] -= 1
    return {key: count for key, count in counts.items() if key[1] != 0}


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize(
    ("dialect", "kills"),
    [
        pytest.param("sglang", 20, marks=pytest.mark.nightly),
        ("sglang", 4),
        pytest.param("vllm-omni", 3, marks=pytest.mark.nightly),
    ],
)
def test_faults_and_kills_cost_no_clip_and_no_finished_job(dialect, kills, tmp_path, forks):
    keys = described(tmp_path)
    with VideoEngine(dialect) as engine:
        run(forks, tmp_path, [engine], "calm")
    (tmp_path / "d.endpoint").rename(tmp_path / "calm.endpoint")
    with VideoEngine(dialect) as engine:
        engine.scatter(NUM_FAULTS, seed=2)
        assert run(forks, tmp_path, [engine], "got", kills) == kills
        left = sum(map(len, engine.faults.values()))
        assert left <= NUM_FAULTS // 10, f"{left} faults were not met"
        twice = {key: count for key, count in finished_jobs(engine).items() if count != 1}
        jobs = [job for job in engine.jobs.values() if (job.prompt, job.seed) in twice]
        assert not twice, [(job.fault, job.polls, job.downloads, job.deleted, job.created_at) for job in jobs]
    made = made_in(tmp_path / "got")
    assert sorted([clip.key for clip, _ in made] + [row["key"] for row in rejects(tmp_path / "got")]) == sorted(keys)
    for name in sorted(path.name for path in (tmp_path / "calm" / "parts").iterdir()):
        assert (tmp_path / "got" / "parts" / name).read_bytes() == (tmp_path / "calm" / "parts" / name).read_bytes(), (
            name
        )
    assert not (tmp_path / "got" / "jobs").exists()
