"""Training of the baselines. In: a dataset and a recipe; out: a checkpoint folder with its model card."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .loop import train

__all__ = ["train"]

_HOME = {
    "train": ".loop",
}


def __getattr__(name: str) -> object:  # imported at first use
    if name in _HOME:
        return getattr(import_module(_HOME[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
