"""Frames and captions into embeddings: in batches as large as memory allows, by one process or by several.

Reads a dataset block by block; writes nothing. Under `accelerate launch` (or torchrun) each process takes every n-th
block, then all hold everything; what comes out does not depend on their number. `svta eval` calls it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from svta.builder.errors import SvtaError

from .frames import read_blocks

logger = logging.getLogger(__name__)
Floats = npt.NDArray[np.float32]
T = TypeVar("T")
# frames [B, F, 3, H, W], their mask [B, F] and the clips' positions -> one row a clip
View = Callable[[Any, Any, Sequence[int]], Any]

BLOCK: Final = 64  # clips decoded and embedded at a time; what a killed run loses at most
TEXTS: Final = 512
PATIENCE: Final = timedelta(hours=6)  # processes wait for the slowest one


class EmbeddingError(SvtaError):
    """An encoder that gives what cannot be ranked, or for which there is no memory."""


class Embedded(NamedTuple):
    """The readable clips in the order they were asked for: views name -> one row a clip, and their positions."""

    views: dict[str, Floats]
    positions: list[int]
    unreadable: list[tuple[int, str]]


class FittingBatch:
    """Calls a function on rows in batches; where memory runs out the batch is halved, and stays so."""

    def __init__(self, size: int = BLOCK):
        self.size = size

    def __call__(self, function: Callable[..., Any], *rows: Any) -> Floats:
        """float32 rows of function(*batch) for all `rows` (tensors or lists of one length). Raises EmbeddingError."""
        from accelerate.utils.memory import clear_device_cache, should_reduce_batch_size

        made: list[Floats] = []
        start, count = 0, len(rows[0])
        while start < count:
            batch = [row[start : start + self.size] for row in rows]
            try:
                made.append(as_rows(function(*batch), len(batch[0])))
                start += self.size
            except (RuntimeError, MemoryError) as error:  # torch.OutOfMemoryError is a RuntimeError
                if not (isinstance(error, MemoryError) or _is_full(error) or should_reduce_batch_size(error)):
                    raise
                if self.size == 1:
                    raise EmbeddingError("not even one clip fits into memory: take fewer frames or --dtype") from None
                self.size = max(1, min(self.size, len(batch[0])) // 2)
                clear_device_cache(garbage_collection=True)
                logger.warning("out of memory: going on with %d at a time", self.size)
        return join(made)


def _is_full(error: Exception) -> bool:
    import torch

    return isinstance(error, torch.OutOfMemoryError)


def as_rows(given: Any, count: int) -> Floats:
    """What an encoder returned as float32 rows; EmbeddingError where it is not one row an input."""
    given = given.detach().float().cpu() if hasattr(given, "detach") else given
    rows = np.asarray(given, dtype=np.float32)
    if rows.ndim < 1 or len(rows) != count:
        raise EmbeddingError(f"the encoder gave {list(rows.shape)} for {count} inputs: one row an input is needed")
    return rows


def join(parts: Sequence[Floats]) -> Floats:
    """Rows of several batches as one array; token embeddings of several lengths are padded with zero rows."""
    if not parts:
        return np.zeros((0, 0), np.float32)
    if parts[0].ndim > 2:
        width = max(part.shape[1] for part in parts)
        parts = [np.pad(p, [(0, 0), (0, width - p.shape[1])] + [(0, 0)] * (p.ndim - 2)) for p in parts]
    if len({part.shape[1:] for part in parts}) > 1:
        raise EmbeddingError(f"embeddings of several shapes: {sorted({part.shape[1:] for part in parts})}")
    return np.concatenate(parts)


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


def embed_clips(
    dataset: Any,
    positions: Sequence[int],
    views: Mapping[str, View],
    *,
    block: int = BLOCK,
    on_clips: Callable[[int], None] | None = None,
) -> Embedded:
    """Every view of the clips at `positions`; clips that cannot be read come back with the reason."""
    blocks = share([positions[start : start + block] for start in range(0, len(positions), block)])
    batches = {name: FittingBatch(block) for name in views}
    mine: list[tuple[list[int], list[tuple[int, str]], dict[str, Floats]]] = []
    for read in read_blocks(dataset, [position for some in blocks for position in some], block):
        made: dict[str, Floats] = {}
        if read.positions:
            rows = (read.pixel_values, read.frame_mask, read.positions)
            made = {name: batches[name](view, *rows) for name, view in views.items()}
        mine.append((read.positions, read.unreadable, made))
        if on_clips is not None:
            on_clips(len(read.positions) + len(read.unreadable))
    parts = gather(mine)
    place_of = {position: i for i, position in enumerate(positions)}
    parts.sort(key=lambda part: min(place_of[p] for p in [*part[0], *(position for position, _ in part[1])]))
    full = [part for part in parts if part[0]]
    joined = {name: join([part[2][name] for part in full]) for name in views}
    return Embedded(joined, [p for part in parts for p in part[0]], [item for part in parts for item in part[1]])


def embed_texts(encode_text: Callable[[list[str]], Any], texts: Sequence[str]) -> Floats:
    """float32 rows, one a text; each process embeds its share."""
    numbered = list(enumerate(list(texts[start : start + TEXTS]) for start in range(0, len(texts), TEXTS)))
    batch = FittingBatch(TEXTS)
    made = gather([(number, batch(encode_text, some)) for number, some in share(numbered)])
    return join([rows for _, rows in sorted(made, key=lambda item: item[0])])


def score_matrix(encoder: Any, text: Floats, video: Floats) -> Floats:
    """float32 [T, V] scores of what an encoder gave, by its own `similarity` where it has one, else dot products."""
    if not hasattr(encoder, "similarity"):
        return np.asarray(text @ video.T)
    import torch

    matrix = as_rows(encoder.similarity(torch.from_numpy(text), torch.from_numpy(video)), len(text))
    if matrix.shape != (len(text), len(video)):
        raise EmbeddingError(f"similarity gave {list(matrix.shape)} for {len(text)} texts and {len(video)} videos")
    return matrix


def compile_blocks(module: Any) -> int:
    """torch.compile for every repeated block of a model (its layers), in place: one graph, found once; how many."""
    from torch.nn import Module, ModuleList

    if not isinstance(module, Module):
        return 0
    lists = [part for part in module.modules() if isinstance(part, ModuleList)]
    blocks: Iterable[Module] = [block for layers in lists for block in layers] or [module]
    count = 0
    for part in blocks:
        part.compile()
        count += 1
    return count


def finish() -> None:
    """Leave the group of processes, if there is one."""
    if place()[1] > 1:
        from accelerate import PartialState

        PartialState().destroy_process_group()  # its state was made by place()
