"""A batch size that fits into memory: halved where it does not."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias, Union

import numpy as np
import numpy.typing as npt

from svta.builder.errors import SvtaError

logger = logging.getLogger(__name__)
if TYPE_CHECKING:
    import torch

Floats = npt.NDArray[np.float32]
Rows: TypeAlias = Union["torch.Tensor", npt.ArrayLike]  # what an encoder may return

BLOCK: Final = 64  # clips decoded and embedded at a time; what a killed run loses at most


class EmbeddingError(SvtaError):
    """An encoder that gives what cannot be ranked, or for which there is no memory."""


class FittingBatch:
    """Calls a function on rows in batches; where memory runs out the batch is halved, and stays so."""

    def __init__(self, size: int = BLOCK):
        self.size = size

    def __call__(self, function: Callable[..., Rows], *rows: Sequence[object] | torch.Tensor) -> Floats:
        """float32 rows of function(*batch) for all `rows` (tensors or lists of one length). Raises EmbeddingError."""
        from accelerate.utils.memory import clear_device_cache, should_reduce_batch_size

        parts: list[Floats] = []
        start, count = 0, len(rows[0])
        while start < count:
            batch = [row[start : start + self.size] for row in rows]
            try:
                parts.append(as_rows(function(*batch), len(batch[0])))
                start += self.size
            except (RuntimeError, MemoryError) as error:  # torch.OutOfMemoryError is a RuntimeError
                if not (isinstance(error, MemoryError) or _is_full(error) or should_reduce_batch_size(error)):
                    raise
                if self.size == 1:
                    raise EmbeddingError("out of memory for one clip: use fewer frames or another --dtype") from None
                self.size = max(1, min(self.size, len(batch[0])) // 2)
                clear_device_cache(garbage_collection=True)
                logger.warning("out of memory: continuing with %d at a time", self.size)
        return join(parts)


def _is_full(error: Exception) -> bool:
    import torch

    return isinstance(error, torch.OutOfMemoryError)


def as_rows(given: Rows, count: int) -> Floats:
    """What an encoder returned as float32 rows; EmbeddingError if it is not one row per input."""
    from torch import Tensor

    rows = np.asarray(given.detach().float().cpu() if isinstance(given, Tensor) else given, dtype=np.float32)
    if rows.ndim < 1 or len(rows) != count:
        raise EmbeddingError(f"the encoder gave {list(rows.shape)} for {count} inputs: one row per input is needed")
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
