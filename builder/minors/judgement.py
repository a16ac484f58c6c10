"""The one judgement of a caption or clip: is a minor depicted, do people hurt people, may it be generated or kept.

Reads a caption with its category, or a Clip; gives a `Judgement`. Describe, import, pack, plan and every backend call
`judge` or `judge_clip`, so that no way into a dataset has a rule of its own. Offline and deterministic. It errs towards
refusing: recall before precision.

    judge("A woman slaps a little boy").reason      # "minor_violence": kept as text, never generated
    judge("A car hits a little boy")                # reason None, minor True: an accident is generated and flagged
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from svta.builder.record import Clip
from svta.builder.taxonomy import Taxonomy, load_taxonomy

from . import english
from .languages import UNKNOWN, says, tongue
from .lexicon import pattern
from .plain_text import plain, unmasked

MINOR_VIOLENCE: Final = "minor_violence"
MINOR_SEXUAL: Final = "minor_sexual"
UNJUDGED: Final = "unjudged_language"
DEPICTS_MINOR: Final = "depicts_minor"  # flag: somebody under 18 is in the picture
VIOLENCE: Final = "violence"  # flag: people hurt, threaten, rob or restrain people
TEXT_ONLY: Final = "text_only"  # flag of captions that describe keeps as text
FILM_PROMPT: Final = "film_prompt"  # of a clip's provenance: the longer prompt it is generated from

_SIGNS: Final = re.compile("[👶👧👦🧒🚸🍼]")


@dataclass(frozen=True, slots=True)
class Judgement:
    """`reason`: why it must not be generated (minor_sexual: not even kept), None where it may."""

    minor: bool
    violence: bool
    reason: str | None = None

    @property
    def flags(self) -> tuple[str, ...]:
        """Flags of a clip that is kept: depicts_minor, violence."""
        return (DEPICTS_MINOR,) * self.minor + (VIOLENCE,) * self.violence


def judge(caption: str, category: str | None = None, taxonomy: Taxonomy | None = None) -> Judgement:
    """Judge a caption. Reasons: minor_sexual (rejected everywhere), minor_violence (text only), or unjudged_language:
    no language that the word lists know, and no category that makes it harmless (text only).

    Violence is told by the category (minor_policy text_only, or a category nobody knows) or by the caption's own words,
    whatever the category says. In its presence weaker signs of a minor count too: a pram, a classroom, students.
    """
    return _judged(caption, _is_text_only(category, taxonomy), category is None)


def judge_clip(clip: Clip, taxonomy: Taxonomy | None = None) -> Judgement:
    """Judge a clip: its caption, the prompt it is generated from, and its flags, whoever set them.

    With the flag depicts_minor a minor is in the picture whatever the words say; text_only is never generated.
    """
    judgements = [judge(text, clip.category, taxonomy) for text in dict.fromkeys((clip.caption, prompt_of(clip)))]
    minor, violence = any(each.minor for each in judgements), any(each.violence for each in judgements)
    if DEPICTS_MINOR in clip.flags and not minor:
        minor = True
        texts = (f"A child. {text}" for text in dict.fromkeys((clip.caption, prompt_of(clip))))
        judgements += [judge(text, clip.category, taxonomy) for text in texts]
    reason = next((each.reason for each in judgements if each.reason), None)
    return Judgement(minor, violence, reason or (MINOR_VIOLENCE if TEXT_ONLY in clip.flags else None))


def refusal(caption: str, category: str | None = None, taxonomy: Taxonomy | None = None) -> str | None:
    """`judge(...).reason`."""
    return judge(caption, category, taxonomy).reason


def depicts_minor(caption: str) -> bool:
    """True if the words say that somebody under 18 is in the picture ("child", "teenager", "a 9-year-old").

    Not minors: "young man", "boyfriend", "students" of no school named, an empty baby carriage, "like a child".
    """
    return judge(caption).minor


def depicts_violence(caption: str) -> bool:
    """True if the words say that people hurt, threaten, rob or restrain people; accidents and animals do not count."""
    return judge(caption).violence


def prompt_of(clip: Clip) -> str:
    """What is generated for a clip: its caption, or the longer form a chat model gave it."""
    provenance = json.loads(clip.provenance) if clip.provenance and FILM_PROMPT in clip.provenance else {}
    longer = provenance.get(FILM_PROMPT) if isinstance(provenance, dict) else None
    return longer if isinstance(longer, str) and longer.strip() else clip.caption


@lru_cache(maxsize=4_096)
def _judged(caption: str, text_only: bool, uncategorised: bool) -> Judgement:
    caption = unmasked(caption)
    text = plain(caption)
    minor = english.depicts_minor(text) or says(caption, "minor") or bool(_SIGNS.search(caption))
    violence = english.depicts_violence(text) or says(caption, "violence")
    if minor and (pattern("sexual").search(pattern("not_sexual").sub(" , ", text)) or says(caption, "sexual")):
        return Judgement(minor, violence, MINOR_SEXUAL)
    if minor:
        refused = text_only or violence or english.violence_in(text, minor=True) is not None
    else:
        refused = (text_only or violence) and (english.weak_sign_of_minor(text) or says(caption, "weak"))
    if refused:
        return Judgement(minor, violence, MINOR_VIOLENCE)
    if (text_only or (uncategorised and not caption.isascii())) and tongue(caption) == UNKNOWN:
        return Judgement(minor, violence, UNJUDGED)
    return Judgement(minor, violence)


def _is_text_only(category: str | None, taxonomy: Taxonomy | None) -> bool:
    if category is None:
        return False
    known = (taxonomy or _built_in()).find(category)
    return known is None or known.minor_policy == "text_only"


@cache
def _built_in() -> Taxonomy:
    return load_taxonomy()
