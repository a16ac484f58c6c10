"""The judgement of minors under the name it had here: see svta.builder.minors.judgement."""

from __future__ import annotations

from svta.builder.minors.judgement import (
    DEPICTS_MINOR,
    MINOR_SEXUAL,
    MINOR_VIOLENCE,
    UNJUDGED,
    Judgement,
    depicts_minor,
    depicts_violence,
    judge,
    judge_clip,
    refusal,
)

FLAG = DEPICTS_MINOR

__all__ = [
    "DEPICTS_MINOR",
    "FLAG",
    "MINOR_SEXUAL",
    "MINOR_VIOLENCE",
    "UNJUDGED",
    "Judgement",
    "depicts_minor",
    "depicts_violence",
    "judge",
    "judge_clip",
    "refusal",
]
