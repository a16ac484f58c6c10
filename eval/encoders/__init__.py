"""Video-text encoders. In: a model folder or id; out: unit vectors of frames and of texts."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .base import Encoder, EncoderError
    from .registry import load_encoder, register_encoder

__all__ = ["Encoder", "EncoderError", "load_encoder", "register_encoder"]

_HOME = {
    "Encoder": ".base",
    "EncoderError": ".base",
    "load_encoder": ".registry",
    "register_encoder": ".registry",
}


def __getattr__(name: str) -> object:  # imported at first use
    if name in _HOME:
        return getattr(import_module(_HOME[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
