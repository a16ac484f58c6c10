"""kill -9 at random steps and moments of every command that writes: the same command again gives the same bytes.

60 kills over all commands; SVTA_TEST_KILLS=1000 pytest tests/faults/test_random_kills.py -s
"""

from __future__ import annotations

import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from hub_client import Done
from writing_commands import WRITERS, World, Writer

KILLS = int(os.environ.get("SVTA_TEST_KILLS", "60"))
IN_A_ROW = 3  # kills before a run may end
LAST = 20  # steps of a run in which it seals what it wrote and takes away its workings


def run_and_kill(world: World, writer: Writer, folder: Path, chance: random.Random, steps: int, seconds: float) -> Done:
    """One run that is killed at a random step, or, every third, after a random time; or that ends before that."""
    if chance.random() < 0.7:
        first = chance.choice((1, max(1, steps - LAST)))
        return world.run(writer, folder, kill_at=chance.randint(first, steps))
    started: list[int] = []
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(world.run, writer, folder, started=started)
        time.sleep(chance.uniform(0, seconds))
        if started and not done.done():
            with suppress(ProcessLookupError):
                os.kill(started[0], signal.SIGKILL)
        return done.result()


def killed_rounds(world: World, writer: Writer, top: Path, kills: int, chance: random.Random) -> int:
    """Run to the end again and again, with kills on the way, each round in a new folder; how many kills hit."""
    whole = world.lay_out(writer, top / "whole")
    began = time.monotonic()
    done = world.run(writer, whole, count_in=str(top / "steps"))
    seconds, steps = time.monotonic() - began, (top / "steps").stat().st_size
    assert done.code == 0, (writer.name, done)
    world.check(writer, whole)
    want, hits, rounds = world.state(writer, whole), 0, 0
    while hits < kills and rounds < 4 * kills:
        folder = world.lay_out(writer, top / f"round{rounds}")
        rounds += 1
        ends = []
        for _ in range(chance.randint(1, IN_A_ROW)):
            ends.append(run_and_kill(world, writer, folder, chance, steps, seconds).code)
            hits += ends[-1] == -signal.SIGKILL
            assert ends[-1] in (0, -signal.SIGKILL) or writer.only_once, (writer.name, ends)
        done = world.run(writer, folder)
        assert done.code == 0 or writer.only_once, (writer.name, ends, done)
        got = world.state(writer, folder)
        assert got == want, (writer.name, ends, [name for name in got | want if got.get(name) != want.get(name)])
        world.check(writer, folder)
    print(f"{writer.name}: {hits} kills in {rounds} rounds of {steps} steps, {seconds:.1f} s")
    return hits


@pytest.mark.slow
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.name.replace(" ", "-"))
def test_killed_anywhere_nothing_is_lost_or_doubled(world: World, tmp_path: Path, writer: Writer) -> None:
    kills = -(-KILLS // len(WRITERS))
    assert killed_rounds(world, writer, tmp_path, kills, random.Random(f"{writer.name} {KILLS}")) >= kills


@pytest.mark.nightly
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.name.replace(" ", "-"))
def test_killed_at_each_of_its_last_steps_it_ends_the_same(world: World, tmp_path: Path, writer: Writer) -> None:
    whole = world.lay_out(writer, tmp_path / "whole")
    assert world.run(writer, whole, count_in=str(tmp_path / "steps")).code == 0
    want, steps = world.state(writer, whole), (tmp_path / "steps").stat().st_size
    for step in range(max(1, steps - LAST), steps + 1):
        folder = world.lay_out(writer, tmp_path / str(step))
        world.run(writer, folder, kill_at=step)
        done = world.run(writer, folder)
        assert done.code == 0 or writer.only_once, (step, steps, done)
        assert world.state(writer, folder) == want, (step, steps)
