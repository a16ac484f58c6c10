"""kill -9 at random moments, workers and drivers: every clip once, none lost, one unit's work again a worker killed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

import svta as svta_package
from svta.builder.layout.clips_folder import finished_parts, read_part
from svta.builder.record import Clip, make_key, write_clips
from svta.generation.backends.registry import spec_for
from svta.generation.executor.ranks import WorkerError
from svta.generation.executor.run import run_plan
from svta.generation.planning.plan import make_plan

SUPPORT = Path(__file__).resolve().parents[1] / "support"
pytestmark = pytest.mark.nightly


def children(process):
    """Ids of the processes below a process, itself not among them, with their command lines."""
    parents, names = {}, {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text()
            names[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
    found, todo = {}, [process]
    while todo:
        parent = todo.pop()
        below = [child for child, its in parents.items() if its == parent]
        found |= {child: names[child] for child in below}
        todo += below
    return found


def victims(driver, executor):
    """Worker processes of a run: spawned ones, or Ray's actors."""
    mark = "ray::Maker" if executor == "ray" else "spawn_main"
    return [process for process, name in children(driver).items() if mark in name]


def start(folder, order, **more):
    path = os.pathsep.join((str(Path(svta_package.__file__).parent), str(SUPPORT)))
    return subprocess.Popen(
        [sys.executable, "-m", "svta", "generate", "d.jsonl", "--out", "got", *order],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path, "SVTA_TEST_LOG": str(folder / "log")} | more,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_and_kill(folder, order, *, kills, drivers, pause, executor="local", **more):
    """Run to the end, killing at random moments: (workers killed, drivers killed)."""
    chance = random.Random(0)
    killed = Counter()
    process = start(folder, order, **more)
    deadline = time.time() + 3_600
    while time.time() < deadline:
        time.sleep(chance.uniform(*pause))
        if process.poll() is not None:
            err = process.stderr.read()
            if process.returncode == 0:
                return killed["worker"], killed["driver"]
            assert "died 3 times" in err or process.returncode == -signal.SIGKILL, err
            process = start(folder, order, **more)
            continue
        if sum(killed.values()) >= kills:
            continue
        if chance.random() < drivers:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed["driver"] += 1
            process = start(folder, order, **more)
        elif below := victims(process.pid, executor):
            os.kill(chance.choice(below), signal.SIGKILL)
            killed["worker"] += 1
    raise AssertionError("not done in an hour")


def descriptions(folder, count):
    captions = [f"A man number {i} falls." for i in range(count)]
    items = [Clip(key=make_key("t", str(i), caption), caption=caption) for i, caption in enumerate(captions)]
    write_clips(folder / "d.jsonl", items)
    return [item.key for item in items]


def contents(folder):
    return {p.name: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file() and p.suffix != ".part"}


def check(folder, keys, order, unit_size, workers, killed, filmed):
    """Every clip once, byte for byte as without kills, and no more than the allowed work again."""
    made = [clip.key for part in finished_parts(folder / "got") for clip, _ in read_part(part)]
    assert made == keys
    if filmed is not None:
        again = sum(filmed.values()) - len(keys)
        allowed = unit_size * (killed[0] + killed[1] * workers)
        print(f"killed {killed[0]} workers and {killed[1]} drivers; {again} clips filmed again, {allowed} allowed")
        assert set(filmed) == set(keys)
        assert again <= allowed
    time.sleep(1)  # a worker of a killed driver sees it within half a second
    process = start(folder, [*order, "--out", "want"], SVTA_TEST_LOG=str(folder / "log2"))
    assert process.wait(timeout=900) == 0, process.stderr.read()
    assert contents(folder / "got") == contents(folder / "want")


SQUARE = ["--backend", "square_backend:Square", "--num-frames", "9", "--height", "32", "--width", "64"]


@pytest.mark.timeout(4_000)
@pytest.mark.parametrize(
    ("executor", "kills", "drivers", "seconds", "pause"),
    [("local", 200, 0.15, "1.0", (0.3, 1.3)), ("ray", 25, 0.1, "1.0", (1.0, 4.0))],
)
def test_random_kills_lose_nothing_and_repeat_little(tmp_path, executor, kills, drivers, seconds, pause):
    if executor == "ray":
        pytest.importorskip("ray")
    count = 400 if executor == "local" else 200
    keys = descriptions(tmp_path, count)
    order = [*SQUARE, "--unit-size", "4", "--workers", "3", "--executor", executor]
    killed = run_and_kill(
        tmp_path, order, kills=kills, drivers=drivers, pause=pause, executor=executor, SVTA_TEST_SECONDS=seconds
    )
    assert sum(killed) >= kills * 0.8, f"only {killed} killed before the end"
    filmed = Counter((tmp_path / "log").read_text().split())
    check(tmp_path, keys, [*SQUARE, "--unit-size", "4"], 4, 3, killed, filmed)


@pytest.mark.timeout(3_000)
def test_a_tiny_wan_survives_kills_too(tmp_path):
    from tiny_pipelines import save

    model = save("wan", tmp_path / "wan")
    keys = descriptions(tmp_path, 90)
    gates = {"min_contrast": 0, "min_motion": 0, "max_still": 0, "min_distance": 0}
    order = ["--backend", "diffusion", "--model", str(model), "--num-frames", "9", "--height", "64", "--width", "64"]
    order += ["--preset", "reference", "--set", "steps=60", "--set", f"gates={json.dumps(gates)}", "--unit-size", "3"]
    killed = run_and_kill(tmp_path, [*order, "--workers", "2"], kills=8, drivers=0.3, pause=(4, 14))
    assert sum(killed) >= 4, f"only {killed} killed before the end"
    check(tmp_path, keys, order, 3, 2, killed, None)


@pytest.mark.timeout(300)
def test_actors_that_never_start_are_given_up_in_one_line(tmp_path, monkeypatch):
    pytest.importorskip("ray")
    monkeypatch.syspath_prepend(str(SUPPORT))
    plan = make_plan([Clip(key="a", caption="A man falls.")], spec_for("square_backend:Square", height=32, width=64))
    monkeypatch.setattr("svta.generation.executor.ray_pool.UnitActor", Stillborn)
    with pytest.raises(WorkerError, match="6 actors died one after another while they started"):
        run_plan(plan, tmp_path / "c", executor="ray", workers=2)


class Stillborn:
    """An actor as on a node where nothing is installed."""

    def __init__(self):
        os._exit(1)

    def process(self):
        return os.getpid()


@pytest.mark.timeout(600)
def test_ray_with_three_workers_one_killed(tmp_path):
    """The same parts as a local run, though an actor kills itself over one clip."""
    pytest.importorskip("ray")
    items = [Clip(key=f"clip-{i}", caption="A deadly caption." if i == 9 else f"A man {i} falls.") for i in range(24)]
    write_clips(tmp_path / "d.jsonl", items)
    order = [*SQUARE, "--unit-size", "3"]
    process = start(
        tmp_path, [*order, "--executor", "ray", "--workers", "3"], SVTA_TEST_KILL_ONCE=str(tmp_path / "killed")
    )
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert (tmp_path / "killed").exists()
    process = start(tmp_path, [*order, "--out", "want"], SVTA_TEST_KILL_ONCE=str(tmp_path / "killed"))
    assert process.wait(timeout=120) == 0
    assert contents(tmp_path / "got") == contents(tmp_path / "want")
    assert not list((tmp_path / "got").rglob("*.part"))
