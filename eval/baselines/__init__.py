"""Trainable video-text retrieval models: tiny, CLIP4Clip, X-CLIP, GRAM."""

from .official import from_official_state_dict

__all__ = ["from_official_state_dict"]
