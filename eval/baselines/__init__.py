"""Trainable retrieval models: tiny, CLIP4Clip, X-CLIP, GRAM. In: frames and token ids; out: similarities and losses."""

from typing import TYPE_CHECKING

from svta.builder.lazy import lazy_names

if TYPE_CHECKING:
    from .official import from_official_state_dict


__all__ = ["from_official_state_dict"]

__getattr__ = lazy_names(__name__, from_official_state_dict=".official")
