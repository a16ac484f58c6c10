"""Local worker processes, each on its own: one that is killed costs its unit and nobody else's. Used by executors.py.

A worker makes one unit after another with one loaded backend, on one GPU if there is any; a worker that dies is
replaced and its unit given out again. (concurrent.futures breaks its whole pool when one process dies.)
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
from pathlib import Path
from typing import Any, Final

from svta.builder.errors import SvtaError
from svta.generation.backends.unit import UnitResult, make_unit
from svta.generation.planning.plan import Plan

log = logging.getLogger(__name__)

MAX_DEATHS: Final = 3  # of workers over the same unit
WATCH_SECONDS: Final = 0.5


class WorkerError(SvtaError):
    """Workers died again and again, or the environment of a rank makes no sense."""


class _Worker:
    """One process and the unit it is at."""

    def __init__(self, context: Any, slot: int, device: str | None):
        self.slot = slot
        self.unit: int | None = None
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, os.getpid(), device), daemon=True)
        self.process.start()
        theirs.close()

    def give(self, unit: int, job: tuple[Any, ...]) -> None:
        self.unit = unit
        with suppress(OSError):  # it has just died: its end of the pipe tells so to whoever waits on it
            self.pipe.send(job)

    def end(self) -> None:
        self.process.terminate()
        self.process.join()
        self.pipe.close()


def run_pool(
    plan: Plan, clips_dir: str | Path, units: Sequence[int], workers: int, devices: Sequence[str] = ()
) -> Iterator[UnitResult]:
    """Make units on `workers` processes, as they get finished. Raises WorkerError, and what a backend raises.

    devices: CUDA_VISIBLE_DEVICES of each worker, in turn; none leaves it as it is.
    """
    context = multiprocessing.get_context("spawn")  # a fork would copy locks that other threads hold
    todo, deaths = deque(units), Counter[int]()
    crew: dict[Connection, _Worker] = {}

    def hire(slot: int) -> None:
        worker = _Worker(context, slot, devices[slot % len(devices)] if devices else None)
        crew[worker.pipe] = worker
        give(worker)

    def give(worker: _Worker) -> None:
        if not todo:
            del crew[worker.pipe]
            worker.end()
            return
        unit = todo.popleft()
        worker.give(unit, (clips_dir, unit, plan.unit(unit), plan.spec, plan.digest))

    try:
        for slot in range(min(workers, len(todo))):
            hire(slot)
        while crew:
            for pipe in wait(list(crew)):
                worker = crew[pipe]  # type: ignore[index]
                try:
                    result = worker.pipe.recv()
                except (EOFError, OSError, pickle.UnpicklingError):
                    del crew[worker.pipe]
                    worker.end()
                    if worker.unit is not None:
                        deaths[worker.unit] += 1
                        if deaths[worker.unit] >= MAX_DEATHS:
                            raise WorkerError(
                                f"{clips_dir}: workers died {MAX_DEATHS} times without finishing unit {worker.unit} "
                                "(out of memory?); try fewer --workers or a smaller --unit-size in a fresh --out"
                            ) from None
                        log.warning("a worker died over unit %d, which is made again", worker.unit)
                        todo.appendleft(worker.unit)
                    hire(worker.slot)
                    continue
                if isinstance(result, BaseException):
                    raise result
                give(worker)
                yield result
    finally:
        for worker in list(crew.values()):
            worker.end()


def _serve(pipe: Connection, driver: int, device: str | None) -> None:
    """A worker's life: make units until told no more; Ctrl-C is its driver's, and it ends when the driver is gone."""
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
            result: Any = make_unit(*job)
        except Exception as error:  # told to the driver, who raises it
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


def gpus() -> list[str]:
    """The GPUs this process may use, as CUDA_VISIBLE_DEVICES names them."""
    import torch

    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    return [name for name in named.split(",") if name] if named else [str(i) for i in range(torch.cuda.device_count())]
