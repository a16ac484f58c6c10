"""The processes of one launch (torchrun, `accelerate launch`): which one this is, its share, and what they exchange.

All of it through accelerate's PartialState; a process that was started alone imports none of it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from svta.builder.errors import SvtaError

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

T = TypeVar("T")
PATIENCE: Final = timedelta(hours=6)  # processes wait for the slowest one


class LaunchError(SvtaError):
    """A launch of several processes that do not find each other, or whose variables are not numbers."""


@dataclass(frozen=True)
class Process:
    """This process: its device, its rank, and how many processes there are in all."""

    device: torch.device
    rank: int
    world: int


def this_process() -> Process:
    """Of `accelerate launch` or torchrun where one started this process, else alone. Raises LaunchError."""
    import torch

    world = _variable("WORLD_SIZE", 1)
    if world < 2:
        return Process(torch.device("cuda" if torch.cuda.is_available() else "cpu"), 0, 1)
    from accelerate import PartialState

    state = PartialState(cpu=not torch.cuda.is_available(), timeout=PATIENCE)  # without cpu=True each would be alone
    if state.num_processes != world:
        raise LaunchError(f"WORLD_SIZE is {world}, but accelerate set up {state.num_processes} processes")
    return Process(state.device, state.process_index, state.num_processes)


def place() -> tuple[int, int]:
    """(rank, world size) of this process; (0, 1) alone."""
    if _variable("WORLD_SIZE", 1) < 2:  # torch takes seconds to import
        return 0, 1
    process = this_process()
    return process.rank, process.world


def default_device() -> str:
    """cuda where there is one, in a launch of several processes the one of this process; else cpu."""
    import torch

    if not torch.cuda.is_available():
        return "cpu"
    return f"cuda:{_variable('LOCAL_RANK', 0) % torch.cuda.device_count()}"


def share(parts: Sequence[T]) -> list[T]:
    """This process's share: every n-th part."""
    rank, world = place()
    return list(parts[rank::world])


def gather(own: list[T]) -> list[T]:
    """The lists of all processes as one, on every process."""
    if place()[1] == 1:
        return own
    from accelerate.utils import gather_object

    return list(gather_object(own))


def gather_rows(rows: Tensor, world: int) -> Tensor:
    """Rows of all processes, by rank. Its gradient is summed over processes, which accelerate's gather has none of."""
    if world == 1:
        return rows
    import torch

    if rows.is_floating_point():
        from torch.distributed.nn.functional import all_gather

        return torch.cat(all_gather(rows))
    from accelerate.utils import gather as gather_tensors

    whole: Tensor = gather_tensors(rows.to(torch.int64))  # gloo knows no bool
    return whole.to(rows.dtype)


def average_gradients(model: nn.Module, world: int) -> None:
    """Every gradient becomes its mean over the processes; with gather_rows' sum it equals one process's gradient."""
    if world == 1:
        return
    import torch
    from accelerate.utils import reduce

    for parameter in model.parameters():
        if parameter.requires_grad:
            gradient = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
            parameter.grad = reduce(gradient, reduction="mean")


def finish() -> None:
    """Leave the group of processes, if there is one."""
    if place()[1] > 1:
        from accelerate import PartialState

        PartialState().destroy_process_group()  # place() set it up


def _variable(name: str, default: int) -> int:
    text = os.environ.get(name, "").strip()
    try:
        return int(text) if text else default
    except ValueError:
        raise LaunchError(f"{name}={text[:40]!a} in the environment: a whole number is needed") from None
