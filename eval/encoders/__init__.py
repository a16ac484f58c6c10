"""Video-text encoders. In: a model folder or id; out: unit vectors of frames and of texts."""

from typing import TYPE_CHECKING

from svta.builder.lazy import lazy_names

if TYPE_CHECKING:
    from .base import Encoder, EncoderError
    from .registry import load_encoder, register_encoder

__all__ = ["Encoder", "EncoderError", "load_encoder", "register_encoder"]

__getattr__ = lazy_names(
    __name__, Encoder=".base", EncoderError=".base", load_encoder=".registry", register_encoder=".registry"
)
