"""executors.py and `svta generate`: the same parts on any number of workers, and after kill -9 anywhere."""

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

import svta as svta_package
from svta.builder.layout.clips_folder import write_part, write_plan
from svta.builder.record import Clip, make_key, write_clips
from svta.generation.backends.registry import spec_for
from svta.generation.executor.ranks import WorkerError, rank_and_world
from svta.generation.executor.run import run_plan
from svta.generation.executor.status import status
from svta.generation.planning.plan import make_plan

SUPPORT = Path(__file__).resolve().parents[2] / "support"
SMALL = [
    "--backend",
    "square_backend:Square",
    "--num-frames",
    "9",
    "--height",
    "32",
    "--width",
    "64",
    "--unit-size",
    "4",
]


@pytest.fixture(autouse=True)
def _backend_is_importable(monkeypatch):
    monkeypatch.syspath_prepend(str(SUPPORT))


def clips(count=22):
    captions = [f"A man number {i} falls." for i in range(count)]
    captions[3], captions[9] = "An unfilmable thing.", "A woman slaps a little boy."
    return [Clip(key=make_key("t", str(i), c), caption=c) for i, c in enumerate(captions)]


def plan_of(items, unit_size=4):
    return make_plan(items, spec_for("square_backend:Square", num_frames=9, height=32, width=64), unit_size=unit_size)


def contents(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def environment(**more):
    path = os.pathsep.join((str(Path(svta_package.__file__).parent), str(SUPPORT)))
    return os.environ | {"PYTHONPATH": path} | more


def generate(*args, cwd, **more):
    return subprocess.Popen(
        [sys.executable, "-m", "svta", "generate", *args],
        cwd=cwd,
        env=environment(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process):
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


@pytest.fixture
def undisturbed(tmp_path):
    write_clips(tmp_path / "d.jsonl", clips())
    run_plan(plan_of(clips()), tmp_path / "want", workers=1)
    return contents(tmp_path / "want")


@pytest.mark.slow
def test_one_worker_and_three_give_the_same_bytes(tmp_path, undisturbed):
    counted = []
    report = run_plan(plan_of(clips()), tmp_path / "three", workers=3, on_unit=counted.append)
    assert contents(tmp_path / "three") == undisturbed
    assert (report.clips, report.rejected, report.units, report.complete) == (20, 2, 6, True)
    assert sum(result.generated for result in counted) == 20
    reasons = [json.loads(line)["reason"] for line in undisturbed["rejected.jsonl"].splitlines()]
    assert reasons == ["minor_violence", "film_failed"]
    again = run_plan(plan_of(clips()), tmp_path / "three", workers=3)
    assert (again.reused, again.clips) == (6, 20)
    assert contents(tmp_path / "three") == undisturbed


def test_ranks_share_the_units(tmp_path, undisturbed, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "3")
    complete = []
    for rank in "201":
        monkeypatch.setenv("RANK", rank)
        complete.append(run_plan(plan_of(clips()), tmp_path / "r", executor="rank").complete)
    assert complete == [False, False, True]
    assert contents(tmp_path / "r") == undisturbed


def test_a_rank_is_read_from_the_environment(monkeypatch):
    for name in ("RANK", "WORLD_SIZE", "SLURM_PROCID", "SLURM_NTASKS"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(WorkerError, match="RANK and WORLD_SIZE"):
        rank_and_world()
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "5")
    monkeypatch.setenv("SLURM_ARRAY_TASK_MIN", "1")
    monkeypatch.setenv("SLURM_ARRAY_TASK_COUNT", "8")
    assert rank_and_world() == (4, 8)
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert rank_and_world() == (1, 2)
    monkeypatch.setenv("RANK", "2")
    with pytest.raises(WorkerError, match="not one of"):
        rank_and_world()


@pytest.mark.slow
def test_a_killed_worker_is_replaced_and_its_unit_made_again(tmp_path, monkeypatch):
    items = [*clips(10)[:8], Clip(key="deadly", caption="A deadly caption.")]
    want = run_plan(plan_of(items), tmp_path / "want", workers=1)
    monkeypatch.setenv("SVTA_TEST_KILL_ONCE", str(tmp_path / "killed"))
    report = run_plan(plan_of(items), tmp_path / "got", workers=2)
    assert (tmp_path / "killed").exists()
    assert (report.clips, report.rejected) == (want.clips, want.rejected)
    assert contents(tmp_path / "got") == contents(tmp_path / "want")


@pytest.mark.slow
def test_workers_that_always_die_are_given_up_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("SVTA_TEST_KILL_ONCE", "always")
    items = [Clip(key=f"deadly{i}", caption="A deadly caption.") for i in range(2)]
    with pytest.raises(WorkerError, match="workers died 3 times") as error:
        run_plan(plan_of(items, unit_size=1), tmp_path / "got", workers=2)
    assert "\n" not in str(error.value)


@pytest.mark.slow
def test_kill_9_anywhere_then_the_same_command_again(tmp_path, undisturbed):
    """The driver is killed at random moments until it gets through; every clip is there once, byte for byte."""
    chance, out = random.Random(0), tmp_path / "got"
    for _ in range(4):
        process = generate("d.jsonl", "--out", "got", *SMALL, "--workers", "2", cwd=tmp_path)
        time.sleep(chance.uniform(0.3, 2.2))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    said = json.loads(finish(generate("d.jsonl", "--out", "got", *SMALL, "--workers", "2", "--json", cwd=tmp_path)))
    deadline = time.time() + 5  # workers of a killed driver see it within half a second
    while contents(out) != undisturbed and time.time() < deadline:
        time.sleep(0.2)
    assert contents(out) == undisturbed
    assert (said["clips"], said["complete"]) == (20, True)


@pytest.mark.slow
def test_another_plan_in_the_same_folder_is_refused_in_one_line(tmp_path, undisturbed):
    process = generate("d.jsonl", "--out", "want", *SMALL, "--fps", "8", cwd=tmp_path)
    _, err = process.communicate()
    assert process.returncode == 2
    assert (
        err.strip()
        == "svta generate: want: contains clips of another plan (fps 16.0 there, 8.0 now); give a fresh --out"
    )
    assert contents(tmp_path / "want") == undisturbed


@pytest.mark.slow
def test_status_and_dry_run(tmp_path, undisturbed):
    said = json.loads(finish(generate("--status", "want", "--json", cwd=tmp_path)))
    assert (said["units"], said["finished"], said["clips"], said["rejected"]) == (6, 6, 20, 2)
    for path in (tmp_path / "want/parts").glob("unit-00000[345].json"):
        path.unlink()
    now = status(tmp_path / "want")
    assert (now.finished, now.clips) == (3, 11)
    finish(generate("d.jsonl", "--out", "new", *SMALL, "--dry-run", cwd=tmp_path))
    assert not (tmp_path / "new").exists()


def finished_at(folder, start, times, clips=4, refused=0):
    """A clips folder whose plan was made at `start` and whose parts at `times`, in seconds."""
    units = len(times) + 1
    write_plan(folder, {"kind": "generate", "spec": "s", "units": units, "clips": units * (clips + refused)})
    os.utime(folder / "plan.json", (start, start))
    for unit, when in enumerate(times):
        made = [(Clip(key=f"k{unit}-{i}", caption="A man."), b"video") for i in range(clips)]
        write_part(folder, unit, made, spec="s", rejected=[{"reason": "black"}] * refused)
        os.utime(folder / f"parts/unit-{unit:06d}.json", (when, when))


def test_time_and_pace_of_workers_in_step_are_not_taken_for_pauses(tmp_path):
    times = [600.0 * round_ + 2 * worker for round_ in range(1, 6) for worker in range(8)]
    finished_at(tmp_path / "c", 0.0, times)
    now = status(tmp_path / "c")
    assert now.seconds_spent == times[-1] == 3_014
    assert now.clips_per_minute == pytest.approx(60 * 160 / 3_014, abs=0.1)
    assert now.seconds_left == pytest.approx(3_014 / 40, abs=1)


def test_a_night_without_workers_costs_nothing_and_rejects_are_work_too(tmp_path):
    times = [100.0, 200.0, 300.0, 30_000.0, 30_100.0]
    finished_at(tmp_path / "c", 0.0, times, clips=2, refused=2)
    now = status(tmp_path / "c")
    assert (now.seconds_spent, now.clips_per_minute, now.seconds_left) == (500, 1.2, 100)


@pytest.mark.slow
def test_the_cost_so_far_says_what_it_counts(tmp_path):
    finished_at(tmp_path / "c", 0.0, [1_800.0, 3_600.0])
    told = finish(generate("--status", "c", "--rate", "2", "--workers", "8", cwd=tmp_path))
    assert "16.00 spent so far at 2 an hour on 8 workers, up to the last finished unit" in told
    finished_at(tmp_path / "none", 0.0, [])
    assert "0.00 spent" in finish(generate("--status", "none", "--rate", "2", cwd=tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        ((), 2, "give a descriptions file"),
        (("missing.jsonl",), 2, "missing.jsonl: no such file"),
        (("d.jsonl", "--backend", "nonsense"), 2, "--backend nonsense: one of storyboard"),
        (("d.jsonl", "--num-frames", "0"), 2, "--num-frames 0"),
        (("d.jsonl", "--executor", "moon"), 2, "--executor moon"),
        (("refused.jsonl",), 1, "no caption may be generated"),
        (("--status", "missing"), 2, "no plan.json"),
    ],
)
def test_wrong_use_is_one_clear_line(tmp_path, args, code, says):
    write_clips(tmp_path / "d.jsonl", clips(10)[:3])
    write_clips(tmp_path / "refused.jsonl", [Clip(key="k", caption="A man beats a child.")])
    process = generate(*args, "--out", "c", cwd=tmp_path)
    _, err = process.communicate()
    assert (process.returncode, len(err.strip().splitlines())) == (code, 1), err
    assert says in err
