"""Text-to-video with diffusers. In: a model folder or id and prompts; out: frames."""

from typing import TYPE_CHECKING

from svta.builder.lazy import lazy_names

if TYPE_CHECKING:
    from .backend import DiffusionBackend

__all__ = ["DiffusionBackend"]

__getattr__ = lazy_names(__name__, DiffusionBackend=".backend")
