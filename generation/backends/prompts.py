"""The prompt a clip is generated from, and why some clips are not generated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from svta.builder.record import Clip
from svta.builder.taxonomy import Taxonomy
from svta.generation.filters.minors import FLAG, MINOR_VIOLENCE, refusal

FILM_PROMPT: Final = "film_prompt"
MAX_PROMPT_CHARS: Final = 1_200  # about 250 tokens of English: below what every model of families.py reads
TEXT_ONLY: Final = "text_only"  # the flag of captions that describe keeps as text


def prompt_of(clip: Clip) -> str:
    """What is filmed for a clip: its caption, or the longer form a chat model gave it."""
    facts = json.loads(clip.provenance) if clip.provenance and FILM_PROMPT in clip.provenance else {}
    longer = facts.get(FILM_PROMPT) if isinstance(facts, dict) else None
    return longer if isinstance(longer, str) and longer.strip() else clip.caption


def refused(clip: Clip, taxonomy: Taxonomy | None = None) -> str | None:
    """Why a clip must not be filmed, or None: as minors.refusal, for the caption and for what is filmed in its place.

    Flags count too, whoever set them: with depicts_minor a minor is in the picture, text_only is never filmed.
    """
    texts = list(dict.fromkeys((clip.caption, prompt_of(clip))))
    if FLAG in clip.flags:
        texts += [f"A child. {text}" for text in texts]
    reasons = (refusal(text, clip.category, taxonomy) for text in texts)
    return next(filter(None, reasons), None) or (MINOR_VIOLENCE if TEXT_ONLY in clip.flags else None)


def negative_of(clip: Clip, default: str, by_category: Mapping[str, str]) -> str:
    """What is to be avoided in a clip: its category's own words, else the default."""
    return by_category.get(clip.category or "", default)
