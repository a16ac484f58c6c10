"""A pool of processes in which a killed one costs only its own unit; each has a GPU of its own.

Not a library: concurrent.futures and loky give up all running jobs when one process dies; pebble's workers go on after
their driver was killed (seen with 5.2: 2 of 2 after 2.5 s), and a replaced one cannot be given its predecessor's GPU.
A worker generates one unit after another with one loaded backend. Used by run.py.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext
from pathlib import Path
from typing import Final

from svta.builder.record import Clip
from svta.generation.backends.spec import RenderSpec
from svta.generation.backends.unit import UnitResult, make_unit
from svta.generation.planning.plan import Plan

from .ranks import WorkerError

log = logging.getLogger(__name__)

MAX_DEATHS: Final = 3  # of workers over the same unit
WATCH_SECONDS: Final = 0.5  # how often a worker checks whether its driver still runs
Job = tuple[str | Path, int, Sequence[Clip], RenderSpec, str]  # arguments of make_unit


class _Worker:
    """One process and the unit it is working on."""

    def __init__(self, context: SpawnContext, slot: int, device: str | None):
        self.slot = slot
        self.unit: int | None = None
        self.pipe, child_end = context.Pipe()
        self.process = context.Process(target=_serve, args=(child_end, os.getpid(), device), daemon=True)
        self.process.start()
        child_end.close()

    def assign(self, unit: int, job: Job) -> None:
        """Send it a unit."""
        self.unit = unit
        with suppress(OSError):  # it has just died: the reader of the pipe sees its end
            self.pipe.send(job)

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        self.process.join()
        self.pipe.close()


class _Pool:
    """The workers of one run and the units they have still to do."""

    def __init__(self, plan: Plan, clips_dir: str | Path, units: Sequence[int], devices: Sequence[str]):
        self.plan, self.clips_dir, self.devices = plan, clips_dir, devices
        self.context = multiprocessing.get_context("spawn")  # a fork would copy locks that other threads hold
        self.waiting, self.deaths = deque(units), Counter[int]()
        self.workers: dict[Connection, _Worker] = {}

    def start(self, slot: int) -> None:
        """Start a worker in a slot, which decides its GPU."""
        device = self.devices[slot % len(self.devices)] if self.devices else None
        worker = _Worker(self.context, slot, device)
        self.workers[worker.pipe] = worker
        self.assign(worker)

    def assign(self, worker: _Worker) -> None:
        """Give a worker its next unit; stop it where none is left."""
        if not self.waiting:
            del self.workers[worker.pipe]
            worker.stop()
            return
        unit, plan = self.waiting.popleft(), self.plan
        worker.assign(unit, (self.clips_dir, unit, plan.unit(unit), plan.spec, plan.spec_of(unit)))

    def replace(self, worker: _Worker) -> None:
        """After a worker died: another one in its slot, its unit first. Raises WorkerError after MAX_DEATHS."""
        del self.workers[worker.pipe]
        worker.stop()
        if worker.unit is not None:
            self.deaths[worker.unit] += 1
            if self.deaths[worker.unit] >= MAX_DEATHS:
                raise WorkerError(
                    f"{self.clips_dir}: workers died {MAX_DEATHS} times without finishing unit {worker.unit} "
                    "(out of memory?); try fewer --workers or a smaller --unit-size in a fresh --out"
                ) from None
            log.warning("a worker died over unit %d, which is given to another", worker.unit)
            self.waiting.appendleft(worker.unit)
        self.start(worker.slot)


def run_pool(
    plan: Plan, clips_dir: str | Path, units: Sequence[int], workers: int, devices: Sequence[str] = ()
) -> Iterator[UnitResult]:
    """Generate units on `workers` processes; results as they come. Raises WorkerError, and what a backend raises.

    devices: CUDA_VISIBLE_DEVICES of each worker, in turn; none leaves it as it is.
    """
    pool = _Pool(plan, clips_dir, units, devices)
    try:
        for slot in range(min(workers, len(units))):
            pool.start(slot)
        while pool.workers:
            ready = set(wait(list(pool.workers)))
            for worker in [worker for pipe, worker in pool.workers.items() if pipe in ready]:
                try:
                    result = worker.pipe.recv()
                except (EOFError, OSError, pickle.UnpicklingError):
                    pool.replace(worker)
                    continue
                if isinstance(result, BaseException):
                    raise result
                pool.assign(worker)
                yield result
    finally:
        for worker in list(pool.workers.values()):
            worker.stop()


def _serve(pipe: Connection, driver: int, device: str | None) -> None:
    """A worker: generates units until none comes; Ctrl-C is for its driver, and it ends when the driver is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if device is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = device

    def watch() -> None:
        while os.getppid() == driver:
            time.sleep(WATCH_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    while True:
        try:
            job = pipe.recv()
        except EOFError:
            return
        try:
            result: UnitResult | Exception = make_unit(*job)
        except Exception as error:  # sent to the driver, which raises it
            result = _sendable(error)
        pipe.send(result)


def _sendable(error: Exception) -> Exception:
    """The error itself where it survives pickling, else its words."""
    try:
        if type(pickle.loads(pickle.dumps(error))) is type(error):
            return error
    except Exception:  # whatever its class does when copied
        log.debug("an error that cannot be pickled", exc_info=True)
    return WorkerError(f"{type(error).__name__}: {error}")


def visible_gpus() -> list[str]:
    """The GPUs this process may use, as CUDA_VISIBLE_DEVICES names them."""
    import torch

    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    return [name for name in named.split(",") if name] if named else [str(i) for i in range(torch.cuda.device_count())]
