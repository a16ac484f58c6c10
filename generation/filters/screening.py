"""What is wrong with a caption: rejects with reasons, flags for what is only worth knowing. Used by describe.

Reads clips, gives clips with flags; what is refused goes to `on_reject` as the clip's fields with `reason` (and `of`,
the key it repeats): kept + rejected = read. Violence is the subject: it is flagged, never a reason.

    kept = list(screen(clips, on_reject=rejects.append, written_by="chat"))
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, Literal

from svta.builder.errors import MissingExtra
from svta.builder.record import Clip
from svta.builder.splits import normalise_caption
from svta.builder.taxonomy import Taxonomy

from .language import language
from .minors import FLAG as DEPICTS_MINOR
from .minors import MINOR_SEXUAL, depicts_minor, depicts_violence, refusal
from .names import names_person

Writer = Literal["person", "chat"]

MIN_WORDS: Final = 3  # "A man falls." is the shortest caption of the real sources that says who does what
MAX_WORDS: Final = 120  # of a chat answer asked for one sentence; the real captions' longest has 117
NEAR_THRESHOLD: Final = 0.85  # Jaccard of word pairs: one word changed leaves .91 of a 40-word caption, .69 of 10
REJECTABLE: Final = ("language", "think_tag", "markdown", "refusal", "names_person", "depicts_minor", "bidi",
                    "invisible_characters")  # fmt: skip
_PERMUTATIONS: Final = 128
_BANDS: Final = 16  # candidates from a similarity of about .7 up; each is then measured exactly

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


@dataclass
class Duplicates:
    """Captions seen: exact ones by their letters (case and blanks aside), near ones by MinHash over word pairs."""

    _exact: dict[str, str] = field(default_factory=dict)
    _near: NearIndex | None = None

    def first_of(self, key: str, caption: str, near: float | None = None) -> tuple[str, str] | None:
        """("duplicate" | "near_duplicate", key of the first) if the caption repeats one; else it is remembered."""
        if (first := self._exact.setdefault(fold(caption), key)) != key:
            return "duplicate", first
        if near is None:
            return None
        self._near = self._near or NearIndex(near)
        alike = self._near.add(key, caption)
        return None if alike is None else ("near_duplicate", alike)


class NearIndex:
    """MinHash index of captions that found no near duplicate when they came. Needs rensa."""

    def __init__(self, threshold: float = NEAR_THRESHOLD):
        try:
            import rensa
        except ImportError:
            raise MissingExtra("rensa", "generate") from None
        self.threshold = threshold
        self._sketch = rensa.RMinHash
        self._index = rensa.RMinHashLSH(threshold=threshold, num_perm=_PERMUTATIONS, num_bands=_BANDS)
        self._kept: list[tuple[str, str]] = []  # not their word pairs: those cost 3 KB a caption and are rarely asked

    def add(self, key: str, caption: str) -> str | None:
        """The key of the first kept caption at least `threshold` alike (Jaccard of word pairs), else None and kept."""
        pairs = word_pairs(caption)
        sketch = self._sketch(num_perm=_PERMUTATIONS, seed=0)
        sketch.update(list(pairs))
        for candidate in sorted(self._index.query(sketch)):
            first, text = self._kept[candidate]
            others = word_pairs(text)
            if len(pairs & others) >= self.threshold * len(pairs | others):
                return first
        self._index.insert(len(self._kept), sketch)
        self._kept.append((key, caption))
        return None


def screen(
    clips: Iterable[Clip],
    *,
    on_reject: Callable[[dict[str, Any]], Any],
    written_by: Writer = "person",
    dedup: bool = False,
    near: float | None = None,
    refuse: Collection[str] = (),
    one_sentence: bool = False,
    seen: Duplicates | None = None,
    taxonomy: Taxonomy | None = None,
) -> Iterator[Clip]:
    """Clips with flags. A person's caption is refused for control characters and minor_sexual alone (repeats: dedup;
    `refuse`: flags that are reasons too).

    A chat model's is refused for every reason of `fault`, for repeating another (exactly, or `near` alike), and for
    minor_violence: a person's caption of that kind stays as text (flag text_only) and is never filmed.
    `seen`: what earlier batches held, so that repeats are found across them.
    """
    seen = Duplicates() if seen is None else seen
    near = NEAR_THRESHOLD if near is None and written_by == "chat" else near
    for clip in clips:
        reason, of = fault(clip.caption, written_by, one_sentence=one_sentence), None
        unfilmable = refusal(clip.caption, clip.category, taxonomy)
        flags = flags_of(clip.caption) + (("text_only",) if unfilmable else ())
        if reason is None and unfilmable and (written_by == "chat" or unfilmable == MINOR_SEXUAL):
            reason = unfilmable
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


def fault(caption: str, written_by: Writer = "chat", *, one_sentence: bool = True) -> str | None:
    """Why a caption is none: a reason code, or None.

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
        ("language", language(caption)),
        ("too_short", len(words) < MIN_WORDS),
        ("too_long", len(words) > MAX_WORDS),
        ("not_a_caption", _ECHO.match(caption.strip()) or caption.rstrip().endswith(":")),
        ("several_sentences", one_sentence and _SENTENCE_END.search(caption)),
    )
    return next((reason for reason, found in checks if found), None)


def flags_of(caption: str) -> tuple[str, ...]:
    """What a reader should know: depicts_minor, violence, names_person, bidi, invisible_characters, and what is refused
    of a chat model but kept of a person: language, think_tag, markdown, refusal.
    """
    checks = (
        (DEPICTS_MINOR, depicts_minor(caption)),
        ("violence", depicts_violence(caption)),
        ("names_person", names_person(caption)),
        ("bidi", _BIDI.search(caption)),
        ("invisible_characters", _INVISIBLE.search(caption)),
        ("language", language(caption)),
        ("think_tag", _THINK.search(caption)),
        ("markdown", _MARKDOWN.search(caption)),
        ("refusal", _REFUSED.search(caption.strip())),
    )
    return tuple(flag for flag, found in checks if found)


def fold(caption: str) -> str:
    """What exact duplicates share: letters without case, single blanks."""
    return " ".join(caption.casefold().split())


def word_pairs(caption: str) -> frozenset[str]:
    """Pairs of neighbouring words, with the ends, without case and punctuation: what near duplicates share."""
    words = ["", *normalise_caption(caption).split(), ""]
    return frozenset(f"{a} {b}" for a, b in pairwise(words))


def repeats(clips: Iterable[Clip]) -> dict[str, dict[str, int]]:
    """For the normal half, the anomaly half and both: rows in groups that repeat exactly, and rows keep-first rejects.

    A caption that stands in both halves counts as a repeat in `both` alone.
    """
    halves: dict[str, Counter[str]] = {"normal": Counter(), "anomaly": Counter(), "both": Counter()}
    for clip in clips:
        text = fold(clip.caption)
        halves["both"][text] += 1
        if clip.is_anomaly is not None:
            halves["anomaly" if clip.is_anomaly else "normal"][text] += 1
    return {
        name: {
            "rows_in_groups": sum(n for n in counts.values() if n > 1),
            "repeats": sum(n - 1 for n in counts.values()),
        }
        for name, counts in halves.items()
    }
