"""Random access for training and evaluation. In: a folder or Hub repo; out: frames, samples and resumable batches."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .batches import Batches
    from .clip_dataset import ClipDataset, open_dataset
    from .collation import collate
    from .transforms import frames

__all__ = ["Batches", "ClipDataset", "collate", "frames", "open_dataset"]

_HOME = {
    "Batches": ".batches",
    "ClipDataset": ".clip_dataset",
    "collate": ".collation",
    "frames": ".transforms",
    "open_dataset": ".clip_dataset",
}


def __getattr__(name: str) -> object:  # loaded when first asked for
    if name in _HOME:
        return getattr(import_module(_HOME[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
