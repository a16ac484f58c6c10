"""Who runs the units of a plan: local processes, or one process of many (RANK and WORLD_SIZE).

Reads a Plan, writes the parts of a clips folder through worker.py. The same parts whatever the executor, the number
of workers and the order; a killed worker costs its unit, a killed driver one unit a worker.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from svta.builder.errors import SvtaError
from svta.builder.parts import clean_stale, collect_rejected, finished_parts, is_finished, read_plan

from .plan import Plan, open_folder
from .worker import UnitResult, make_unit

MAX_BARREN_ROUNDS: Final = 3  # pools in a row whose workers died before any of them finished a unit
SHARED_STALE_SECONDS: Final = 86_400.0  # on a shared folder a .part of yesterday has no writer left
WATCH_SECONDS: Final = 0.5

OnUnit = Callable[[UnitResult], Any]


class WorkerError(SvtaError):
    """Workers died again and again, or the environment of a rank makes no sense."""


@dataclass(frozen=True)
class RunReport:
    """What a clips folder holds after a run; `reused` units were finished before it."""

    clips: int
    rejected: int
    units: int
    finished: int
    reused: int

    @property
    def complete(self) -> bool:
        """Whether every unit of the plan is finished (other ranks may still be at work)."""
        return self.finished == self.units


def run_plan(
    plan: Plan,
    clips_dir: str | Path,
    *,
    executor: str = "local",
    workers: int | None = None,
    on_unit: OnUnit = lambda result: None,
) -> RunReport:
    """Make every missing unit of a plan, then gather the rejects. Raises PlanError, WorkerError.

    executor: local (processes; `workers` defaults to the cores this process may use) or rank (this process makes
    the units that RANK of WORLD_SIZE stands for).
    """
    open_folder(clips_dir, plan)
    stale = SHARED_STALE_SECONDS if executor == "rank" else 0.0
    clean_stale(clips_dir, older_than=stale)
    missing = [unit for unit in range(plan.num_units) if not is_finished(clips_dir, unit, plan.digest)]
    reused = plan.num_units - len(missing)
    if executor == "rank":
        rank, world = rank_and_world()
        results = run_here(plan, clips_dir, [unit for unit in missing if unit % world == rank])
    elif executor == "local":
        workers = min(workers or cores(), len(missing))
        results = run_local(plan, clips_dir, missing, workers) if workers > 1 else run_here(plan, clips_dir, missing)
    else:
        raise WorkerError(f"--executor {executor}: local or rank")
    for result in results:
        on_unit(result)
    clean_stale(clips_dir, older_than=stale)  # what a killed worker left behind
    parts = finished_parts(clips_dir)
    rejected = collect_rejected(clips_dir, plan.refused)
    return RunReport(sum(part.num_clips for part in parts), rejected, plan.num_units, len(parts), reused)


def run_here(plan: Plan, clips_dir: str | Path, units: Iterable[int]) -> Iterator[UnitResult]:
    """The units one after another, in this process."""
    for unit in units:
        yield make_unit(clips_dir, unit, plan.unit(unit), plan.spec, plan.digest)


def run_local(plan: Plan, clips_dir: str | Path, units: Sequence[int], workers: int) -> Iterator[UnitResult]:
    """The units on a pool of fresh processes; a worker that dies is replaced and its unit made again."""
    todo, barren = list(units), 0
    while todo:
        before = len(todo)
        try:
            for result in _pool_round(plan, clips_dir, todo, workers):
                todo.remove(result.unit)
                yield result
        except BrokenProcessPool:
            barren = barren + 1 if len(todo) == before else 0
            if barren >= MAX_BARREN_ROUNDS:
                raise WorkerError(
                    f"{clips_dir}: workers died {barren} times without finishing a unit (out of memory?); "
                    "try fewer --workers or a smaller --unit-size in a fresh --out"
                ) from None


def _pool_round(plan: Plan, clips_dir: str | Path, units: Sequence[int], workers: int) -> Iterator[UnitResult]:
    context = multiprocessing.get_context("spawn")  # a fork would copy locks that other threads hold
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker, initargs=(os.getpid(),))
    try:
        futures: list[Future[UnitResult]] = [
            pool.submit(make_unit, clips_dir, unit, plan.unit(unit), plan.spec, plan.digest) for unit in units
        ]
        for future in as_completed(futures):
            yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start_worker(driver: int) -> None:
    """A worker leaves Ctrl-C to its driver, and ends when the driver is gone: nobody would take its results."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == driver:
            time.sleep(WATCH_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def rank_and_world() -> tuple[int, int]:
    """RANK and WORLD_SIZE, or Slurm's own names for them. Raises WorkerError."""
    for names in (
        ("RANK", "WORLD_SIZE"),
        ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT"),
        ("SLURM_PROCID", "SLURM_NTASKS"),
    ):
        values = [os.environ.get(name) for name in names]
        if values[0] is None or values[1] is None:
            continue
        first = int(os.environ.get("SLURM_ARRAY_TASK_MIN", "0")) if names[0] == "SLURM_ARRAY_TASK_ID" else 0
        try:
            rank, world = int(values[0]) - first, int(values[1])
        except ValueError:
            raise WorkerError(f"{names[0]}={values[0]} {names[1]}={values[1]}: two numbers are needed") from None
        if not 0 <= rank < world:
            raise WorkerError(f"{names[0]}={values[0]} is none of {names[1]}={values[1]} ranks")
        return rank, world
    raise WorkerError("--executor rank needs RANK and WORLD_SIZE (or a Slurm array) in the environment")


@dataclass(frozen=True)
class Status:
    """How far a clips folder is. `clips_per_minute` and `seconds_left` come from the times of its last parts."""

    units: int
    finished: int
    planned: int
    clips: int
    rejected: int
    num_bytes: int
    clips_per_minute: float | None
    seconds_left: float | None


def status(clips_dir: str | Path) -> Status:
    """Count the finished parts of a clips folder, also while others write it. Raises PartError."""
    plan = read_plan(clips_dir)
    parts = finished_parts(clips_dir)
    units = plan["units"] if isinstance(plan["units"], int) else len(plan["units"])
    planned = int(plan.get("clips", sum(part.num_clips for part in parts)))
    times = sorted((part.path.with_suffix(".json").stat().st_mtime, part.num_clips) for part in parts)[-64:]
    rate = None
    if len(times) > 1 and (seconds := times[-1][0] - times[0][0]) > 0:
        rate = 60 * sum(count for _, count in times[1:]) / seconds
    done = sum(part.num_clips + len(part.rejected) for part in parts)
    return Status(
        units=units,
        finished=len(parts),
        planned=planned,
        clips=sum(part.num_clips for part in parts),
        rejected=sum(len(part.rejected) for part in parts) + sum((plan.get("refused") or {}).values()),
        num_bytes=sum(part.bytes for part in parts),
        clips_per_minute=None if rate is None else round(rate, 1),
        seconds_left=None if not rate else round(60 * max(0, planned - done) / rate, 1),
    )
