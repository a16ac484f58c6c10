"""The prompts a video model gets: what a clip is generated from, and what is to be avoided in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from svta.builder.minors.judgement import FILM_PROMPT, prompt_of
from svta.builder.record import Clip

__all__ = ["FILM_PROMPT", "MAX_PROMPT_CHARS", "negative_of", "prompt_of"]

MAX_PROMPT_CHARS: Final = 1_200  # about 250 tokens of English: below what every model of families.py reads


def negative_of(clip: Clip, default: str, by_category: Mapping[str, str]) -> str:
    """What is to be avoided in a clip: its category's own words, else the default."""
    return by_category.get(clip.category or "", default)
