"""Who runs the units of a plan: local processes, one process of many (RANK and WORLD_SIZE), or Ray.

Reads a Plan, writes the parts of a clips folder through worker.py. The same parts whatever the executor, the number
of workers and the order; a killed worker costs its unit, a killed driver one unit a worker.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, Final

from svta.builder.parts import PLAN, clean_stale, collect_rejected, finished_parts, is_finished, read_plan

from .plan import FilmSpec, Plan, open_folder
from .pool import WorkerError, gpus, run_pool
from .worker import UnitResult, backend_class, make_unit

__all__ = ["RunReport", "WorkerError", "default_workers", "rank_and_world", "run_plan", "status"]

SHARED_STALE_SECONDS: Final = 86_400.0  # on a shared folder a .part of yesterday has no writer left
PAUSE: Final = 5.0  # a gap between parts of more than so many usual ones was a pause: nobody worked
RECENT: Final = 256  # parts whose pace tells how long the rest takes

OnUnit = Callable[[UnitResult], Any]


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

    executor: local (processes; `workers` defaults to one a core, or what the backend says), rank (this process makes
    the units that RANK of WORLD_SIZE stands for) or ray (actors on a Ray cluster).
    """
    open_folder(clips_dir, plan)
    here = executor == "local" or (executor == "ray" and "RAY_ADDRESS" not in os.environ)
    stale = 0.0 if here else SHARED_STALE_SECONDS
    clean_stale(clips_dir, older_than=stale)
    missing = [unit for unit in range(plan.num_units) if not is_finished(clips_dir, unit, plan.digest)]
    reused = plan.num_units - len(missing)
    if executor == "rank":
        rank, world = rank_and_world()
        results = run_here(plan, clips_dir, [unit for unit in missing if unit % world == rank])
    elif executor == "local":
        workers = min(workers or default_workers(plan.spec), len(missing))
        results = run_local(plan, clips_dir, missing, workers) if workers > 1 else run_here(plan, clips_dir, missing)
    elif executor == "ray":
        from .on_ray import run_ray

        results = run_ray(plan, clips_dir, missing, workers)
    else:
        raise WorkerError(f"--executor {executor}: local, rank or ray")
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
    """The units on a pool of fresh processes, one GPU each where the plan wants one."""
    devices = gpus() if plan.spec.options.get("device") == "cuda" else ()
    return run_pool(plan, clips_dir, units, workers, devices)


def default_workers(spec: FilmSpec) -> int:
    """How many processes suit this machine: what the backend says, else one a core."""
    suited: Callable[[FilmSpec], int] | None = getattr(backend_class(spec.backend), "workers", None)
    return suited(spec) if suited is not None else cores()


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
    """How far a clips folder is. `clips_per_minute` and `seconds_left` come from the times of its last parts.

    seconds_spent: from plan.json to the last part, pauses left out; units that are still being made do not count yet.
    """

    units: int
    finished: int
    planned: int
    clips: int
    rejected: int
    num_bytes: int
    clips_per_minute: float | None
    seconds_left: float | None
    seconds_spent: float | None


def status(clips_dir: str | Path) -> Status:
    """Count the finished parts of a clips folder, also while others write it. Raises PartError."""
    plan = read_plan(clips_dir)
    parts = finished_parts(clips_dir)
    units = plan["units"] if isinstance(plan["units"], int) else len(plan["units"])
    planned = int(plan.get("clips", sum(part.num_clips for part in parts)))
    done = sum(part.num_clips + len(part.rejected) for part in parts)
    written = sorted(
        (part.path.with_suffix(".json").stat().st_mtime, part.num_clips, len(part.rejected)) for part in parts
    )
    gaps = _working([(Path(clips_dir) / PLAN).stat().st_mtime, *(when for when, _, _ in written)])
    seconds, recent = sum(gaps[-RECENT:]), written[-RECENT:]
    made, refused = (sum(counts[which] for counts in recent) for which in (1, 2))
    left = seconds / (made + refused) * max(0, planned - done) if made + refused and seconds else None
    return Status(
        units=units,
        finished=len(parts),
        planned=planned,
        clips=sum(part.num_clips for part in parts),
        rejected=sum(len(part.rejected) for part in parts) + sum((plan.get("refused") or {}).values()),
        num_bytes=sum(part.bytes for part in parts),
        clips_per_minute=round(60 * made / seconds, 1) if seconds else None,
        seconds_left=None if left is None else round(left, 1),
        seconds_spent=round(sum(gaps), 1) if gaps else None,
    )


def _working(times: Sequence[float]) -> list[float]:
    """Seconds between neighbours of `times`, one far above the usual counted as a usual one.

    The first is as long as a unit takes: workers in step finish all at once, and the median gap is then next to none.
    """
    gaps = [max(0.0, later - earlier) for earlier, later in pairwise(times)]
    if not gaps:
        return []
    usual = max(median(gaps), gaps[0])
    return [gap if gap <= PAUSE * usual else usual for gap in gaps]
