"""Trainable retrieval models: tiny, CLIP4Clip, X-CLIP, GRAM. In: frames and token ids; out: similarities and losses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .official import from_official_state_dict


__all__ = ["from_official_state_dict"]


def __getattr__(name: str) -> object:  # transformers takes seconds to import, and tiny does without it
    if name == "from_official_state_dict":
        from .official import from_official_state_dict

        return from_official_state_dict
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
