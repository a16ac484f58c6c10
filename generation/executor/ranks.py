"""Which share of a plan this process has: ranks, worlds, cores."""

from __future__ import annotations

import os
from collections.abc import Callable

from svta.generation.backends.registry import backend_class
from svta.generation.backends.spec import FilmSpec

from .process_pool import WorkerError


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
