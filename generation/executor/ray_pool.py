"""Units on a Ray cluster: `svta generate --executor ray`. One actor a GPU (or core), each with one loaded backend.

Reads a Plan, writes parts through worker.py into a folder that all nodes see. Nodes may come and go and differ: an
actor takes the next unit when it is done with one; a unit whose actor died is given out again. RAY_ADDRESS names a
cluster; without it Ray runs on this machine.
"""

from __future__ import annotations

import logging
import os
import sys
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from svta.builder.errors import MissingExtra, SvtaError
from svta.generation.backends.spec import FilmSpec
from svta.generation.backends.unit import UnitResult, make_unit
from svta.generation.planning.plan import Plan

from .process_pool import MAX_DEATHS, WorkerError

log = logging.getLogger(__name__)

LOOK_AGAIN_SECONDS: Final = 5.0  # how often new nodes are looked for
CPUS_A_GPU: Final = 2  # what encoding and gates want beside a GPU


class Maker:
    """An actor: makes units, one at a time, with the backend it loads for the first."""

    def process(self) -> int:
        """Its process id: that it answers says that it runs."""
        return os.getpid()

    def make(self, *job: Any) -> UnitResult:
        """One unit, as worker.make_unit."""
        return make_unit(*job)


def run_ray(
    plan: Plan, clips_dir: str | Path, units: Sequence[int], workers: int | None = None
) -> Iterator[UnitResult]:
    """Make units on actors, as they get finished. `workers` defaults to what the cluster has, also as it grows.

    Raises WorkerError, MissingExtra without Ray, and what a backend raises.
    """
    try:
        import ray
    except ImportError:
        raise MissingExtra("ray", "ray") from None
    folder = Path(clips_dir).resolve()
    started_here = not ray.is_initialized()
    if started_here:
        _start(ray, workers)
    try:
        yield from _run(ray, plan, folder, deque(units), workers)
    finally:
        if started_here:
            ray.shutdown()


def _run(ray: Any, plan: Plan, folder: Path, todo: deque[int], workers: int | None) -> Iterator[UnitResult]:
    needs = _needs(plan.spec)
    actor_class = ray.remote(Maker).options(max_restarts=0, **needs)
    busy: dict[Any, tuple[Any, int | None]] = {}  # future -> (actor, its unit; None while it starts)
    deaths = Counter[int]()
    stillborn = 0  # actors that died before they were there, in a row

    def give(actor: Any) -> None:
        if todo:
            unit = todo.popleft()
            busy[actor.make.remote(str(folder), unit, plan.unit(unit), plan.spec, plan.digest)] = (actor, unit)
        else:
            ray.kill(actor)

    while todo or any(unit is not None for _, unit in busy.values()):
        room = workers or _room(ray, needs)
        while len(busy) < min(room, len(busy) + len(todo)):
            actor = actor_class.remote()
            busy[actor.process.remote()] = (actor, None)
        done, _ = ray.wait(list(busy), timeout=LOOK_AGAIN_SECONDS)
        for future in done:
            actor, unit = busy.pop(future)
            try:
                result = ray.get(future)
                stillborn = 0
            except ray.exceptions.RayActorError as error:
                if unit is not None:
                    deaths[unit] += 1
                    if deaths[unit] >= MAX_DEATHS:
                        raise WorkerError(
                            f"{folder.name}: actors died {MAX_DEATHS} times without finishing unit {unit}"
                        ) from None
                    log.warning("an actor died over unit %d, which is made again", unit)
                    todo.appendleft(unit)
                    continue
                stillborn += 1
                if stillborn >= MAX_DEATHS * room:
                    why = (str(error).strip().splitlines() or ["no reason told"])[0][:200]
                    raise WorkerError(
                        f"{folder.name}: {stillborn} actors died one after another while they started ({why}); "
                        "svta and its backend must be installed on every node"
                    ) from None
                continue
            except ray.exceptions.RayTaskError as error:
                cause = getattr(error, "cause", None)
                raise (cause if isinstance(cause, SvtaError) else WorkerError(str(cause or error))) from None
            give(actor)
            if unit is not None:
                yield result
    for actor, _ in busy.values():
        ray.kill(actor)


def _start(ray: Any, workers: int | None) -> None:
    """Join the cluster RAY_ADDRESS names, or start one here; actors import what this process can import."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    paths = os.pathsep.join(dict.fromkeys([os.getcwd(), *filter(None, sys.path)]))
    options: dict[str, Any] = {"runtime_env": {"env_vars": {"PYTHONPATH": paths}}}
    if "RAY_ADDRESS" not in os.environ:
        options |= {"include_dashboard": False, "num_cpus": max(workers or 1, os.cpu_count() or 1)}
    ray.init(logging_level=logging.ERROR, log_to_driver=False, **options)


def _needs(spec: FilmSpec) -> dict[str, float]:
    return {"num_gpus": 1, "num_cpus": CPUS_A_GPU} if spec.options.get("device") == "cuda" else {"num_cpus": 1}


def _room(ray: Any, needs: dict[str, float]) -> int:
    """How many actors the cluster can hold now."""
    there = ray.cluster_resources()
    return max(
        1, int(min(there.get("GPU" if name == "num_gpus" else "CPU", 0) // need for name, need in needs.items()))
    )
