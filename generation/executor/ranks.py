"""Which share of a plan this process has: its rank among the processes of torchrun or a Slurm job."""

from __future__ import annotations

import os
from typing import Final

from svta.builder.errors import SvtaError

_NAMES: Final = (  # of the rank, the number of processes, and the first rank
    ("RANK", "WORLD_SIZE", None),
    ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN"),
    ("SLURM_PROCID", "SLURM_NTASKS", None),
)


class WorkerError(SvtaError):
    """Workers died again and again, or the environment of a rank makes no sense."""


def rank_and_world() -> tuple[int, int]:
    """RANK and WORLD_SIZE, or Slurm's own names for them. Raises WorkerError."""
    for rank_name, world_name, first_name in _NAMES:
        if rank_name not in os.environ or world_name not in os.environ:
            continue
        first = _number(first_name) if first_name and first_name in os.environ else 0
        rank, world = _number(rank_name) - first, _number(world_name)
        if not 0 <= rank < world:
            values = (
                f"{rank_name}={os.environ[rank_name]} is not one of the {world_name}={os.environ[world_name]} ranks"
            )
            raise WorkerError(values)
        return rank, world
    raise WorkerError("--executor rank needs RANK and WORLD_SIZE (or a Slurm array) in the environment")


def _number(name: str) -> int:
    value = os.environ[name]
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise WorkerError(f"{name}={value[:80]}: a whole number is needed")
    return int(value)
