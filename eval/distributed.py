"""Ranks and worlds: which share is mine, and how the shares come together."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, TypeVar

T = TypeVar("T")
PATIENCE: Final = timedelta(hours=6)  # processes wait for the slowest one


def place() -> tuple[int, int]:
    """(rank, world size) of this process; (0, 1) alone."""
    if int(os.environ.get("WORLD_SIZE", "1")) < 2:  # accelerate takes seconds to import
        return 0, 1
    import torch
    from accelerate import PartialState

    state = PartialState(cpu=not torch.cuda.is_available(), timeout=PATIENCE)  # without cpu=True it would stay alone
    return state.process_index, state.num_processes


def share(parts: Sequence[T]) -> list[T]:
    """This process's share: every n-th part."""
    rank, world = place()
    return list(parts[rank::world])


def gather(mine: list[T]) -> list[T]:
    """The lists of all processes as one, on every process."""
    if place()[1] == 1:
        return mine
    from accelerate.utils import gather_object

    return list(gather_object(mine))


def finish() -> None:
    """Leave the group of processes, if there is one."""
    if place()[1] > 1:
        from accelerate import PartialState

        PartialState().destroy_process_group()  # its state was made by place()
