"""Units on a Ray cluster: `svta generate --executor ray`. One actor per GPU (or core), each with one loaded backend.

Reads a Plan, writes parts through backends/unit.py into a folder that all nodes see. Nodes may come, go and differ: an
actor takes the next unit when it is done with one; a unit whose actor died is given out again. RAY_ADDRESS names a
cluster; without it Ray runs on this machine.
"""

from __future__ import annotations

import logging
import os
import sys
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

from svta.builder.errors import MissingExtra, SvtaError, first_line
from svta.builder.io.parallel import cpu_count
from svta.builder.record import Clip
from svta.generation.backends.spec import JsonObject, RenderSpec
from svta.generation.backends.unit import UnitResult, make_unit
from svta.generation.planning.plan import Plan

from .process_pool import MAX_DEATHS, Job
from .ranks import WorkerError

if TYPE_CHECKING:
    from ray import ObjectRef
    from ray.actor import ActorHandle

log = logging.getLogger(__name__)

POLL_SECONDS: Final = 5.0  # how often new nodes are counted
CPUS_A_GPU: Final = 2  # what encoding and gates need beside a GPU


class UnitActor:
    """An actor: generates units, one at a time, with the backend it loads for the first."""

    def process(self) -> int:
        """Its process id; an answer shows that it runs."""
        return os.getpid()

    def make(self, clips_dir: str, unit: int, clips: Sequence[Clip], spec: RenderSpec, plan: str) -> UnitResult:
        """One unit, as make_unit."""
        return make_unit(clips_dir, unit, clips, spec, plan)


def run_ray(
    plan: Plan, clips_dir: str | Path, units: Sequence[int], workers: int | None = None
) -> Iterator[UnitResult]:
    """Generate units on actors; results as they come. `workers` defaults to what the cluster has, also as it grows.

    Raises WorkerError, MissingExtra without Ray, and what a backend raises.
    """
    try:
        import ray
    except ImportError:
        raise MissingExtra("ray", "ray") from None
    own_cluster = not ray.is_initialized()
    if own_cluster:
        _start(ray, workers)
    try:
        yield from _ActorPool(ray, plan, Path(clips_dir).resolve(), units, workers).run()
    finally:
        if own_cluster:
            ray.shutdown()


class _ActorPool:
    """The actors of one run and the units they have still to do. `busy`: future -> (actor, its unit or None)."""

    def __init__(self, ray: ModuleType, plan: Plan, folder: Path, units: Sequence[int], workers: int | None):
        self.ray, self.plan, self.folder, self.workers = ray, plan, folder, workers
        self.needs = _needs(plan.spec)
        self.actor_class = ray.remote(UnitActor).options(max_restarts=0, **self.needs)
        self.waiting, self.deaths = deque(units), Counter[int]()
        self.busy: dict[ObjectRef, tuple[ActorHandle, int | None]] = {}
        self.failed_starts = 0  # actors that died before their first answer, in a row

    def run(self) -> Iterator[UnitResult]:
        """Every unit once, also if actors die meanwhile."""
        while self.waiting or any(unit is not None for _, unit in self.busy.values()):
            capacity = self.workers or self._capacity()
            while len(self.busy) < min(capacity, len(self.busy) + len(self.waiting)):
                actor = self.actor_class.remote()
                self.busy[actor.process.remote()] = (actor, None)
            done, _ = self.ray.wait(list(self.busy), timeout=POLL_SECONDS)
            for future in done:
                actor, unit = self.busy.pop(future)
                try:
                    result = self.ray.get(future)
                except self.ray.exceptions.RayActorError as error:
                    self._died(unit, error, capacity)
                    continue
                except self.ray.exceptions.RayTaskError as error:
                    cause: Exception = error.cause
                    raise (cause if isinstance(cause, SvtaError) else WorkerError(str(cause))) from None
                self.failed_starts = 0
                self._assign(actor)
                if unit is not None:
                    yield result
        for actor, _ in self.busy.values():
            self.ray.kill(actor)

    def _assign(self, actor: ActorHandle) -> None:
        """Give an actor its next unit; end it where none is left."""
        if not self.waiting:
            self.ray.kill(actor)
            return
        unit, plan = self.waiting.popleft(), self.plan
        job: Job = (str(self.folder), unit, plan.unit(unit), plan.spec, plan.spec_of(unit))
        self.busy[actor.make.remote(*job)] = (actor, unit)

    def _died(self, unit: int | None, error: Exception, capacity: int) -> None:
        """An actor died over a unit, which is given out again, or while it started. Raises WorkerError if too often."""
        if unit is not None:
            self.deaths[unit] += 1
            if self.deaths[unit] >= MAX_DEATHS:
                raise WorkerError(
                    f"{self.folder.name}: actors died {MAX_DEATHS} times without finishing unit {unit}"
                ) from None
            log.warning("an actor died over unit %d, which is given to another", unit)
            self.waiting.appendleft(unit)
            return
        self.failed_starts += 1
        if self.failed_starts >= MAX_DEATHS * capacity:
            raise WorkerError(
                f"{self.folder.name}: {self.failed_starts} actors died one after another while they started "
                f"({first_line(error)}); svta and its backend must be installed on every node"
            ) from None

    def _capacity(self) -> int:
        """How many actors the cluster can hold now."""
        resources = self.ray.cluster_resources()
        names = {"num_gpus": "GPU", "num_cpus": "CPU"}
        return max(1, int(min(resources.get(names[name], 0) // need for name, need in self.needs.items())))


def _start(ray: ModuleType, workers: int | None) -> None:
    """Join the cluster RAY_ADDRESS names, or start one here; actors import what this process can import."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    paths = os.pathsep.join(dict.fromkeys([os.getcwd(), *filter(None, sys.path)]))
    options: JsonObject = {"runtime_env": {"env_vars": {"PYTHONPATH": paths}}}
    if "RAY_ADDRESS" not in os.environ:
        options |= {"include_dashboard": False, "num_cpus": max(workers or 1, cpu_count())}
    ray.init(logging_level=logging.ERROR, log_to_driver=False, **options)


def _needs(spec: RenderSpec) -> Mapping[str, float]:
    return {"num_gpus": 1, "num_cpus": CPUS_A_GPU} if spec.on_gpu else {"num_cpus": 1}
