"""Random access for training and evaluation. In: a folder or Hub repo; out: frames, samples and resumable batches."""

from typing import TYPE_CHECKING

from svta.builder.lazy import lazy_names

if TYPE_CHECKING:
    from .batches import Batches
    from .clip_dataset import ClipDataset, open_dataset
    from .collation import collate
    from .sampler import DistributedClipSampler
    from .transforms import frames

__all__ = ["Batches", "ClipDataset", "DistributedClipSampler", "collate", "frames", "open_dataset"]

__getattr__ = lazy_names(
    __name__,
    Batches=".batches",
    ClipDataset=".clip_dataset",
    DistributedClipSampler=".sampler",
    collate=".collation",
    frames=".transforms",
    open_dataset=".clip_dataset",
)
