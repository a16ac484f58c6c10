"""Runs the units of a plan: in local processes, as one process of many (RANK and WORLD_SIZE), or on Ray.

Reads a Plan, writes the parts of a clips folder through backends/unit.py. The same parts for any executor, the
number of workers and the order; a killed worker costs its unit, a killed driver one unit per worker.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from svta.builder.layout.clips_folder import clean_stale, collect_rejected, finished_parts, is_finished
from svta.generation.backends.registry import backend_class
from svta.generation.backends.unit import UnitResult, make_unit
from svta.generation.planning.plan import Plan, open_folder

from .process_pool import run_pool, visible_gpus
from .ranks import WorkerError, rank_and_world
from .status import SHARED_STALE_SECONDS

OnUnit = Callable[[UnitResult], object]
EXECUTORS: Final = ("local", "rank", "ray")


@dataclass(frozen=True)
class RunReport:
    """What a clips folder holds after a run; `reused` units were finished before it."""

    clips: int
    rejected: int
    units: int
    finished: int
    reused: int
    spec: str

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

    executor: local (processes; `workers` defaults to one per core, or what the backend says), rank (this process makes
    the units of RANK in WORLD_SIZE) or ray (actors on a Ray cluster).
    """
    rank, world = share_of(executor)
    plan = open_folder(clips_dir, plan)
    one_machine = executor == "local" or (executor == "ray" and "RAY_ADDRESS" not in os.environ)
    stale = 0.0 if one_machine else SHARED_STALE_SECONDS
    clean_stale(clips_dir, older_than=stale)
    missing = [unit for unit in range(plan.num_units) if not is_finished(clips_dir, unit, plan.spec_of(unit))]
    reused = plan.num_units - len(missing)
    if executor == "rank":
        results = run_serially(plan, clips_dir, [unit for unit in missing if unit % world == rank])
    elif executor == "local":
        count = min(workers or backend_class(plan.spec.backend).workers(plan.spec), len(missing))
        results = run_local(plan, clips_dir, missing, count) if count > 1 else run_serially(plan, clips_dir, missing)
    else:
        from .ray_pool import run_ray

        results = run_ray(plan, clips_dir, missing, workers)
    for result in results:
        on_unit(result)
    clean_stale(clips_dir, older_than=stale)  # what a killed worker left behind
    parts = finished_parts(clips_dir)
    rejected = collect_rejected(clips_dir, plan.refused)
    if len(parts) == plan.num_units:
        backend_class(plan.spec.backend).finish(clips_dir)
    return RunReport(sum(part.num_clips for part in parts), rejected, plan.num_units, len(parts), reused, plan.digest)


def share_of(executor: str) -> tuple[int, int]:
    """Which of how many shares of the units is this process's. Raises WorkerError for an unknown executor."""
    if executor not in EXECUTORS:
        raise WorkerError(f"--executor {executor}: local, rank or ray")
    return rank_and_world() if executor == "rank" else (0, 1)


def run_serially(plan: Plan, clips_dir: str | Path, units: Iterable[int]) -> Iterator[UnitResult]:
    """The units one after another, in this process."""
    for unit in units:
        yield make_unit(clips_dir, unit, plan.unit(unit), plan.spec, plan.spec_of(unit))


def run_local(plan: Plan, clips_dir: str | Path, units: Sequence[int], workers: int) -> Iterator[UnitResult]:
    """The units on a pool of fresh processes, one GPU each where the plan wants one."""
    devices = visible_gpus() if plan.spec.on_gpu else ()
    return run_pool(plan, clips_dir, units, workers, devices)
