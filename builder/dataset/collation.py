"""Samples -> one batch of arrays or tensors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

Array = Any  # a torch.Tensor where torch is installed, else an np.ndarray
Batch = Any  # a dict of columns, or a list of what a transform made


class Sample(TypedDict):
    """One clip of a ClipDataset: what ds[i] gives, and what a transform takes.

    category: -1 for null, in the order of taxonomy.json. pixel_values [F, 3, H, W], frame_mask [F].
    """

    key: str
    caption: str
    category: int
    is_anomaly: bool | None
    pixel_values: NDArray[np.uint8]
    frame_mask: NDArray[np.bool_]


def collate(samples: Sequence[Any]) -> Batch:
    """Samples of a ClipDataset as one batch, for encoders and torch's DataLoader(collate_fn=svta.collate).

    pixel_values uint8 [B, F, 3, H, W] and frame_mask bool [B, F]; category and is_anomaly int64 [B], -1 for null; other
    columns are lists. Tensors where torch is installed, else numpy arrays. Videos of unlike sizes stay a list. Samples
    that a transform made into something else than a dict are returned as a list.
    """
    if not samples or not all(isinstance(sample, dict) for sample in samples):
        return list(samples)
    batch: Batch = {name: [sample[name] for sample in samples] for name in samples[0]}
    for name, values in batch.items():
        if name in ("category", "is_anomaly"):
            # null is NaN in datasets' torch format
            numbers = [-1 if value is None or math.isnan(value) else int(value) for value in values]
            batch[name] = to_tensor(np.array(numbers, np.int64))
        elif _are_alike(values):
            batch[name] = _stack(values)
    return batch


def empty_batch(num_frames: int, size: int | None) -> Batch:
    """The batch of no sample: the keys of collate's batches, first axis 0."""
    size = size or 0
    none = np.zeros(0, np.int64)
    batch = {"key": [], "caption": [], "category": to_tensor(none), "is_anomaly": to_tensor(none.copy())}
    frames, mask = np.zeros((0, num_frames, 3, size, size), np.uint8), np.zeros((0, num_frames), bool)
    return {**batch, "pixel_values": to_tensor(frames), "frame_mask": to_tensor(mask)}


def _are_alike(values: list[Any]) -> bool:
    """Whether values are numbers in arrays or tensors of one shape; with_format leaves None where a field is empty."""
    if not all(hasattr(value, "shape") and hasattr(value, "dtype") for value in values):
        return False
    are_numbers = all(not isinstance(value, (np.ndarray, np.generic)) or value.dtype.kind in "biuf" for value in values)
    return are_numbers and len({tuple(value.shape) for value in values}) == 1


def _stack(values: list[Array]) -> Array:
    if isinstance(values[0], (np.ndarray, np.generic)):
        return to_tensor(np.stack(values))
    import torch

    return torch.stack(values)


def to_tensor(array: np.ndarray) -> Array:
    if find_spec("torch") is None:
        return array
    import torch

    return torch.from_numpy(array)


def channels_first(frames: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(frames.transpose(0, 3, 1, 2))
