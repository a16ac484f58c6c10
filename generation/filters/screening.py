"""What is wrong with a caption: rejects with reasons, flags for what is only worth knowing. Used by describe.

Reads clips, gives clips with flags; what is refused goes to `on_reject` as the clip's fields with `reason` (and `of`,
the key it repeats): kept + rejected = read. Violence is the subject: it is flagged, never a reason.

    kept = list(screen(clips, on_reject=rejects.append, written_by="chat"))
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final, Literal

from svta.builder.io.json_text import JsonObject
from svta.builder.minors.judgement import MINOR_SEXUAL, TEXT_ONLY, Judgement, judge, judge_clip
from svta.builder.minors.languages import language, tongue
from svta.builder.record import Clip
from svta.builder.taxonomy import Taxonomy

from .duplicates import NEAR_THRESHOLD, Duplicates
from .person_names import names_person

Writer = Literal["person", "chat"]

MIN_WORDS: Final = 3  # "A man falls." is the shortest caption of the real sources that says who does what
MAX_WORDS: Final = 120  # of a chat answer asked for one sentence; the real captions' longest has 117
ENGLISH: Final = ("en",)
REJECTABLE: Final = ("language", "think_tag", "markdown", "refusal", "names_person", "depicts_minor", "bidi",
                    "invisible_characters")  # fmt: skip

_THINK: Final = re.compile(r"</?(?:think|thinking|reasoning|analysis)\b|<\|[a-z_]+\|>", re.I)
_MARKDOWN: Final = re.compile(
    r"\*\*|__|```|^\s*(?:#{1,6}\s|[-*+•]\s|>\s|\d{1,3}[.):]\s)|\[[^\]]+\]\([^)]+\)|^\s*\|.*\|\s*$", re.M
)
_REFUSED: Final = re.compile(
    r"^(?:i(?:'m| am)? (?:sorry|can(?:'t|not)|unable|apologi[sz]e|won't|must decline)|sorry\b|as an ai\b)"
    r"|^i (?:do not|don't) feel|\bas an ai (?:language )?model|content policy|against my (?:guidelines|programming)"
    r"|\bcannot (?:fulfil|comply|assist|help|provide|generate|create) ",
    re.I,
)
_ECHO: Final = re.compile(
    r"\b(?:here (?:are|is)|prompts?|captions?|descriptions?|category|categories|continue generating)\b", re.I
)
_SENTENCE_END: Final = re.compile(r"(?<!\b[A-Z])(?<!\bMr)(?<!\bMrs)(?<!\bDr)(?<!\bSt)[.!?][\"')]*\s+(?=[A-Z0-9\"'])")
_BIDI: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200d\u2060-\u2064\ufeff]")


def screen(
    clips: Iterable[Clip],
    *,
    on_reject: Callable[[JsonObject], object],
    written_by: Writer = "person",
    dedup: bool = False,
    near: float | None = None,
    refuse: Collection[str] = (),
    one_sentence: bool = False,
    seen: Duplicates | None = None,
    taxonomy: Taxonomy | None = None,
    languages: Collection[str] = ENGLISH,
) -> Iterator[Clip]:
    """Clips with flags. A person's caption is refused for control characters and minor_sexual alone (repeats: dedup;
    `refuse`: flags that are reasons too).

    A chat model's is refused for every reason of `fault`, for repeating another (exactly, or `near` alike), and for
    minor_violence: a person's caption of that kind stays as text (flag text_only) and is never generated.
    `seen`: what earlier batches held, so that repeats are found across them. languages: codes of those that captions
    may be in; English always may.
    """
    seen = Duplicates() if seen is None else seen
    near = NEAR_THRESHOLD if near is None and written_by == "chat" else near
    for clip in clips:
        reason, of = fault(clip.caption, written_by, one_sentence=one_sentence, languages=languages), None
        judgement = judge_clip(clip, taxonomy)
        flags = flags_of(clip.caption, judgement, languages) + ((TEXT_ONLY,) if judgement.reason else ())
        if reason is None and judgement.reason and (written_by == "chat" or judgement.reason == MINOR_SEXUAL):
            reason = judgement.reason
        reason = reason or next((flag for flag in flags if flag in refuse), None)
        if reason is None and (repeat := seen.first_of(clip.key, clip.caption, near)):
            if dedup or written_by == "chat":
                reason, of = repeat
            else:
                flags += (repeat[0],)
        if reason is not None:
            on_reject({"reason": reason, **({"of": of} if of else {}), **clip.to_dict()})
        else:
            yield clip.model_copy(update={"flags": tuple(dict.fromkeys((*clip.flags, *flags)))})


def fault(
    caption: str, written_by: Writer = "chat", *, one_sentence: bool = True, languages: Collection[str] = ENGLISH
) -> str | None:
    """Why a caption is rejected: a reason code, or None.

    control_characters; of a chat model also think_tag, markdown, refusal, too_short, too_long, language, not_a_caption
    (the model talks about its task) and several_sentences.
    """
    if any(unicodedata.category(char) == "Cc" or char == "\ufffd" for char in caption):  # U+FFFD: a letter was lost
        return "control_characters"
    if written_by == "person":
        return None
    words = caption.split()
    checks = (
        ("think_tag", _THINK.search(caption)),
        ("markdown", _MARKDOWN.search(caption)),
        ("refusal", _REFUSED.search(caption.strip())),
        ("language", _is_foreign(caption, languages)),
        ("too_short", len(words) < MIN_WORDS),
        ("too_long", len(words) > MAX_WORDS),
        ("not_a_caption", _ECHO.match(caption.strip()) or caption.rstrip().endswith(":")),
        ("several_sentences", one_sentence and _SENTENCE_END.search(caption)),
    )
    return next((reason for reason, found in checks if found), None)


def flags_of(caption: str, judgement: Judgement | None = None, languages: Collection[str] = ENGLISH) -> tuple[str, ...]:
    """What a reader should know: depicts_minor, violence, names_person, bidi, invisible_characters, and what is refused
    of a chat model but kept of a person: language, think_tag, markdown, refusal.
    """
    checks = (
        ("names_person", names_person(caption)),
        ("bidi", _BIDI.search(caption)),
        ("invisible_characters", _INVISIBLE.search(caption)),
        ("language", _is_foreign(caption, languages)),
        ("think_tag", _THINK.search(caption)),
        ("markdown", _MARKDOWN.search(caption)),
        ("refusal", _REFUSED.search(caption.strip())),
    )
    return (judgement or judge(caption)).flags + tuple(flag for flag, found in checks if found)


def _is_foreign(caption: str, languages: Collection[str]) -> bool:
    """Whether a caption is surely in another language than it may be in."""
    if (found := language(caption)) is None:
        return False
    return {found, tongue(caption)}.isdisjoint(code.partition("-")[0] for code in languages)
