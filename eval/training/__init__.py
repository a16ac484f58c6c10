"""Training of the baselines. In: a dataset and a recipe; out: a checkpoint folder with its model card."""

from typing import TYPE_CHECKING

from svta.builder.lazy import lazy_names

if TYPE_CHECKING:
    from .loop import train

__all__ = ["train"]

__getattr__ = lazy_names(__name__, train=".loop")
