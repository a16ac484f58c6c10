"""Every command that writes, with a full disk, a read-only folder, a jump of the clock, a second run, a changed input.

It ends in one line, nothing is lost, and the same command again gives the same bytes.
"""

from __future__ import annotations

import os
import random
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hub_client import Done
from mutations import Mutator
from writing_commands import WRITERS, World, Writer, other_server

from svta.builder.verify.folder import verify

YEAR = 365 * 86_400.0
pytestmark = [pytest.mark.nightly, pytest.mark.timeout(1_200)]
every_writer = pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.name.replace(" ", "-"))


def is_one_line(done: Done) -> bool:
    """Whether a command that stopped said why: a last line, and no traceback."""
    text = done.out + done.err
    return "Traceback" not in text and "(not foreseen: " not in text and bool(done.err.strip())


class Runs:
    """One undisturbed run of a writer, and what it left."""

    def __init__(self, world: World, writer: Writer, top: Path):
        self.world, self.writer, self.top, self.number = world, writer, top, 0
        whole = self.folder()
        done = world.run(writer, whole, count_in=str(top / "steps"))
        assert done.code == 0, done
        self.steps = (top / "steps").stat().st_size
        self.want = world.state(writer, whole)

    def folder(self) -> Path:
        self.number += 1
        return self.world.lay_out(self.writer, self.top / f"run{self.number}")

    def ends_the_same(self, folder: Path) -> None:
        """The same command again, undisturbed."""
        done = self.world.run(self.writer, folder)
        assert done.code == 0 or self.writer.only_once, (self.writer.name, done)
        got = self.world.state(self.writer, folder)
        assert got == self.want, [name for name in got | self.want if got.get(name) != self.want.get(name)]
        self.world.check(self.writer, folder)


@pytest.fixture
def runs(world: World, writer: Writer, tmp_path: Path) -> Runs:
    return Runs(world, writer, tmp_path)


@every_writer
def test_a_full_disk(runs: Runs, writer: Writer) -> None:
    """At the first step, at two random ones, and for what compiled libraries write."""
    chance = random.Random(writer.name)
    faults: list[dict[str, int]] = [
        {"full_at": at} for at in (1, chance.randint(1, runs.steps), chance.randint(1, runs.steps))
    ]
    for fault in [*faults, {"room": 400}]:
        folder = runs.folder()
        done = runs.world.run(writer, folder, **fault)
        assert done.code == 0 or (done.code in (1, 2) and is_one_line(done)), (fault, done)
        runs.ends_the_same(folder)


@every_writer
def test_a_folder_that_may_not_be_written_to(runs: Runs, writer: Writer) -> None:
    folder = runs.folder()
    modes = {path: path.stat().st_mode for path in [folder, *folder.rglob("*")]}
    for path, mode in modes.items():
        path.chmod(mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    done = runs.world.run(writer, folder, unprivileged=True)
    assert done.code in ((0, 2) if writer.name == "push" else (2,)) and is_one_line(done), done
    for path, mode in modes.items():
        path.chmod(mode)
    runs.ends_the_same(folder)


@every_writer
@pytest.mark.parametrize("seconds", [YEAR, -YEAR])
def test_a_clock_that_jumps(runs: Runs, writer: Writer, seconds: float) -> None:
    folder = runs.folder()
    at = random.Random(writer.name).randint(1, runs.steps)
    done = runs.world.run(writer, folder, jump_at=(at, seconds))
    assert done.code == 0, done
    runs.ends_the_same(folder)


@every_writer
def test_two_runs_in_one_folder(runs: Runs, writer: Writer) -> None:
    folder = runs.folder()
    with other_server(runs.world) as other, ThreadPoolExecutor(2) as pool:
        ends = [run.result() for run in [pool.submit(world.run, writer, folder) for world in (runs.world, other)]]
    assert writer.only_once or 0 in [done.code for done in ends], ends
    assert all(done.code == 0 or (done.code in (1, 2) and is_one_line(done)) for done in ends), ends
    runs.ends_the_same(folder)


@every_writer
def test_an_input_that_changes_while_it_is_read(runs: Runs, writer: Writer, tmp_path: Path) -> None:
    """Some inputs become shorter or others between two openings; a dataset that is finished all the same is whole."""
    chance = random.Random(writer.name)
    begun = runs.folder()
    files = [path.relative_to(begun) for path in sorted(begun.rglob("*")) if path.is_file() and path.stat().st_size]
    for number, name in enumerate(chance.sample(files, min(4, len(files)))):
        folder = runs.folder()
        other = tmp_path / f"other{number}"
        data = (folder / name).read_bytes()
        other.write_bytes(data[: len(data) // 2] if number % 2 else bytes(reversed(data)))
        done = runs.world.run(writer, folder, change=(str(folder / name), chance.choice((1, 2)), str(other)))
        assert done.code == 0 or (done.code in (1, 2) and is_one_line(done)), (name, done)
        if done.code == 0 and writer.dataset is not None and writer.dataset not in writer.inputs:
            found = verify(folder / writer.dataset)
            assert found.ok, (name, found.findings)


def test_what_may_not_be_read_is_one_line(world: World, tmp_path: Path) -> None:
    """The kit itself: without root's capabilities a file of mode 0 cannot be read."""
    writer = next(writer for writer in WRITERS if writer.name == "annotate")
    folder = world.lay_out(writer, tmp_path / "run")
    os.chmod(folder / "descriptions.jsonl", 0)
    done = world.run(writer, folder, unprivileged=True)
    assert done.code == 2 and "descriptions.jsonl: Permission denied" in done.err, done
    shutil.rmtree(folder)


@every_writer
def test_damage_to_what_a_killed_run_left(runs: Runs, writer: Writer) -> None:
    """A run is killed, one of its files mutated, and the command comes again: one line, or the same bytes."""
    chance = random.Random(f"{writer.name} {os.environ.get('SVTA_FUZZ_SEED', '0')}")
    for _ in range(int(os.environ.get("SVTA_FUZZ_STATES", "3"))):
        folder = runs.folder()
        inputs = {path for path in folder.rglob("*") if path.is_file()}
        runs.world.run(writer, folder, kill_at=chance.randint(1, runs.steps))
        left = [path for path in sorted(folder.rglob("*")) if path.is_file() and path not in inputs]
        if not left:
            continue
        path = chance.choice(left)
        what = Mutator(chance).file(path)
        done = runs.world.run(writer, folder)
        assert done.code == 0 or (done.code in (1, 2) and is_one_line(done)), (path, what, done)
