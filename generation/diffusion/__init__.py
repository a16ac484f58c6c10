"""Text-to-video with diffusers. In: a model folder or id and prompts; out: frames."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .backend import DiffusionBackend

__all__ = ["DiffusionBackend"]

_HOME = {
    "DiffusionBackend": ".backend",
}


def __getattr__(name: str) -> object:  # loaded when first asked for
    if name in _HOME:
        return getattr(import_module(_HOME[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
