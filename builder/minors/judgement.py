"""The one judgement of a caption or clip: is a minor depicted, do people hurt people, may it be generated or kept.

Reads a caption with its category, or a Clip; gives a `Judgement`. Describe, import, pack, plan and every backend call
`judge` or `judge_clip`, so that no way into a dataset has a rule of its own. Offline and deterministic. It errs towards
refusing: recall before precision.

    judge("A woman slaps a little boy").reason      # "minor_violence": kept as text, never generated
    judge("A car hits a little boy")                # reason None, minor True: an accident is generated and flagged
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from svta.builder.errors import SvtaError
from svta.builder.record import Clip
from svta.builder.rights import facts_of
from svta.builder.taxonomy import Taxonomy, load_taxonomy

from . import english
from .languages import UNKNOWN, says, tongue
from .lexicon import pattern
from .likelihood import ENOUGH, violence_likelihood
from .plain_text import plain, unmasked

MINOR_VIOLENCE: Final = "minor_violence"
MINOR_SEXUAL: Final = "minor_sexual"
UNJUDGED: Final = "unjudged_language"
DEPICTS_MINOR: Final = "depicts_minor"  # flag: somebody under 18 is in the picture
VIOLENCE: Final = "violence"  # flag: people hurt, threaten, rob or restrain people
TEXT_ONLY: Final = "text_only"  # flag of captions that describe keeps as text
FILM_PROMPT: Final = "film_prompt"  # of a clip's provenance: the longer prompt it is generated from

_SIGNS: Final = re.compile("[👶👧👦🧒🚸🍼]")
_LITTLE: Final = re.compile(  # "little Anna"
    r"(?<!\w)(?<!a )(?<!the )(?<!his )(?<!her )(?<!The )(?<!A )[Ll]ittle "
    r"(?!Italy|Rock|Tokyo|Caesar|India|Havana|League)[A-Z][a-z]+\b"
)
_STRICTEST_FIRST: Final = (MINOR_SEXUAL, MINOR_VIOLENCE, UNJUDGED)


class MinorsRefused(SvtaError):
    """A clip that must not be kept; `reason` is the code that goes to rejected.jsonl."""

    def __init__(self, reason: str, detail: str):
        super().__init__(detail)
        self.reason = reason


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


def judge(
    caption: str, category: str | None = None, taxonomy: Taxonomy | None = None, *, minor: bool = False
) -> Judgement:
    """Judge a caption. Reasons: minor_sexual (rejected everywhere), minor_violence (text only), or unjudged_language:
    no language that the word lists know, and no category that makes it harmless (text only).

    Violence is known from the category (minor_policy text_only, or an unknown category) or the caption's own words,
    whatever the category says. In its presence weaker signs of a minor count too: a pram, a classroom, students.
    `minor`: a minor is known to be in the picture, whatever the words say.
    """
    return _judged(caption, _is_text_only(category, taxonomy), category is None, minor)


def judge_clip(clip: Clip, taxonomy: Taxonomy | None = None) -> Judgement:
    """Judge a clip: its caption, the prompt it is generated from, and its flags, set by anyone.

    The strictest reason of all texts counts. With the flag depicts_minor a minor is in the picture whatever the words
    say; text_only is never generated.
    """
    known = DEPICTS_MINOR in clip.flags
    texts = dict.fromkeys((clip.caption, prompt_of(clip)))
    judgements = [judge(text, clip.category, taxonomy, minor=known) for text in texts]
    reasons = {each.reason for each in judgements} | ({MINOR_VIOLENCE} if TEXT_ONLY in clip.flags else set())
    reason = next((reason for reason in _STRICTEST_FIRST if reason in reasons), None)
    return Judgement(any(each.minor for each in judgements), any(each.violence for each in judgements), reason)


def keepable(clip: Clip, taxonomy: Taxonomy | None = None, *, with_minor_violence: bool = False) -> Clip:
    """A clip that has a video already, judged: with the flags depicts_minor and unjudged_language where they hold.

    Raises MinorsRefused for minor_sexual always, and for minor_violence unless its owner allows it by
    `with_minor_violence` or has allowed it before (flag minor_violence).
    """
    judgement = judge_clip(clip, taxonomy)
    flags = dict.fromkeys(clip.flags)
    if judgement.minor:
        flags[DEPICTS_MINOR] = None
    if judgement.reason == MINOR_SEXUAL:
        raise MinorsRefused(MINOR_SEXUAL, "a minor and sexual content or nudity: such clips are never kept")
    if judgement.reason == MINOR_VIOLENCE and not (with_minor_violence or MINOR_VIOLENCE in flags):
        raise MinorsRefused(
            MINOR_VIOLENCE,
            "violence with a minor in the picture; `svta import --keep-minor-violence` keeps it",
        )
    if judgement.reason is not None:
        flags[judgement.reason] = None
    return clip if tuple(flags) == clip.flags else clip.model_copy(update={"flags": tuple(flags)})


def forbidden(clip: Clip, taxonomy: Taxonomy | None = None) -> str | None:
    """Why a backend must not generate a clip, also without a plan: violence or sex with a minor; None where it may.

    A category that the taxonomy does not know says nothing here, as a plan has refused it before.
    """
    known = clip if (taxonomy or _built_in()).find(clip.category or "") else clip.model_copy(update={"category": None})
    reason = judge_clip(known, taxonomy).reason
    return None if reason == UNJUDGED else reason


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
    if not clip.provenance or FILM_PROMPT not in clip.provenance:
        return clip.caption
    longer = facts_of(clip.provenance).get(FILM_PROMPT)
    return longer if isinstance(longer, str) and longer.strip() else clip.caption


@lru_cache(maxsize=4_096)
def _judged(caption: str, text_only: bool, uncategorised: bool, minor: bool) -> Judgement:
    caption = _LITTLE.sub("child", caption)
    text, caption = english.with_minors_named(plain(caption)), unmasked(caption)
    minor = minor or english.depicts_minor(text) or says(caption, "minor") or bool(_SIGNS.search(caption))
    violence = english.depicts_violence(text) or says(caption, "violence")
    if minor and (pattern("sexual").search(pattern("not_sexual").sub(" , ", text)) or says(caption, "sexual")):
        return Judgement(minor, violence, MINOR_SEXUAL)
    if english.harm_at_a_sign(text):
        refused = True
    elif minor:
        refused = text_only or violence or english.violence_in(text, minor=True) is not None
        refused = refused or violence_likelihood(text) >= ENOUGH
    else:
        refused = english.weak_sign_of_minor(text) or says(caption, "weak")
        refused = refused and (text_only or violence or english.violence_in(text, minor=True) is not None)
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
