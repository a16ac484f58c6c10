"""What an English caption says of minors and of violence between people, by the classes of its words.

Reads a caption as `plain_text` gives it. A minor: words, ages and phrases. Violence: verbs of assault, blows and force
with their objects, deeds and weapons, phrasal verbs and set phrases; where a minor is seen, verbs that nobody listed
and signs of fear or injury count too. Accidents, animals, sport, play, rescue and negated sentences do not.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from .ages import is_under_age
from .clauses import Clause, Word, words_of
from .lexicon import (
    ACCIDENT,
    BLOW,
    DEED,
    DISTRESS,
    FUNCTION,
    NONHUMAN,
    PLAY,
    RESCUE,
    SPORT,
    STRONG,
    VERBS,
    WEAPON,
    english_words,
    minor_pattern,
    pattern,
    phrasal_verbs,
    word_classes,
)  # fmt: skip

_WORD: Final = re.compile(r"\w+(?:-\w+)*")
_SIGNS: Final = VERBS | DEED | WEAPON
# verbs of blows and force that a sport, a rescue or a treatment has too (base forms)
_IN_SPORT: Final = frozenset(
    [
        "kick",
        "punch",
        "hit",
        "strike",
        "tackle",
        "throw",
        "wrestle",
        "grapple",
        "spar",
        "box",
        "push",
        "pin",
        "knock",
        "fight",
        "shoot",
        "toss",
        "swing",
        "jump",
        "charge",
        "attack",
        "duel",
        "joust",
        "aim",
        "jab",
        "drop",
        "lunge",
        "trip",
    ]
)
_IN_RESCUE: Final = frozenset(
    [
        "drag",
        "press",
        "push",
        "cut",
        "prick",
        "pierce",
        "poke",
        "restrain",
        "grab",
        "nab",
        "seize",
        "snatch",
        "haul",
        "lug",
        "throw",
        "tie",
        "bind",
        "strap",
        "pin",
        "jerk",
        "tug",
        "yank",
        "squeeze",
        "lock",
        "tape",
        "sting",
        "twist",
        "stretch",
        "burn",
        "toss",
        "jab",
        "hold",
    ]
)
_INJURY: Final = frozenset(
    [
        "bleeding",
        "bleeds",
        "bleed",
        "blood",
        "bloody",
        "bloodied",
        "bruise",
        "bruises",
        "bruised",
        "welts",
        "welt",
        "wound",
        "wounds",
        "wounded",
        "gash",
    ]
)
_FEAR: Final = frozenset(
    [
        "flinch",
        "flinches",
        "cower",
        "cowers",
        "cowered",
        "cowering",
        "cringe",
        "cringes",
        "beg",
        "begs",
        "begging",
        "plead",
        "pleads",
        "pleading",
        "terrified",
        "petrified",
        "horrified",
        "helpless",
        "helplessly",
        "defenceless",
        "defenseless",
        "limp",
        "mercilessly",
        "viciously",
        "brutally",
        "savagely",
    ]
)


def depicts_minor(text: str) -> bool:
    """True if the text says that somebody under 18 is in the picture."""
    aged = is_under_age(text)
    words = _WORD.findall(text)
    if not aged and _minor_words().isdisjoint(words) and _minor_triggers().isdisjoint(words) and "-" not in text:
        return False
    text = pattern("not_minor").sub(" , ", text)
    return bool(minor_pattern().search(text)) or (aged and is_under_age(text))


def weak_sign_of_minor(text: str) -> bool:
    """True for what counts as a minor in the presence of violence only: a pram, a classroom, students."""
    return bool(pattern("minor_in_violence").search(text))


def depicts_violence(text: str) -> bool:
    """True if the text says that people hurt, threaten, rob or restrain people."""
    return violence_in(text, minor=False) is not None


def violence_in(text: str, *, minor: bool) -> str | None:
    """The sign of violence between people that the text holds, or None. With a `minor` seen weaker signs count."""
    if not minor and not _may_be_violent(text):
        return None
    text = pattern("not_minor").sub(_without_minor, text)
    text = pattern("not_violence").sub(" , ", text)
    if (phrase := pattern("phrases").search(text)) is not None:
        return f"phrase: {phrase[0]}"
    words = words_of(text)
    scene = 0
    for word in words:
        scene |= word.classes
    for place, word in enumerate(words):
        if word.classes & _SIGNS or word.text in phrasal_verbs() or (minor and not word.classes & FUNCTION):
            if (sign := _sign(Clause(words, place), scene, minor)) is not None:
                return sign
    return _weak_sign(words, scene) if minor else None


def _may_be_violent(text: str) -> bool:
    """A quick look at the single words: False for most everyday captions."""
    classes, phrasal = word_classes(), phrasal_verbs()
    words = _WORD.findall(text)
    for word in words:
        if classes.get(word, 0) & _SIGNS:
            return True
        if "-" in word and classes.get(word.rpartition("-")[2], 0) & _SIGNS:
            return True
    return any(all(each in words for each in rest) for word in words if word in phrasal for rest in phrasal[word])


def _without_minor(match: re.Match[str]) -> str:
    """What stays of a phrase that only looks like a minor: "bus" of "school bus", else a break."""
    last = match[0].split()[-1]
    return f" {last} " if word_classes().get(last, 0) & NONHUMAN else " , "


def _sign(clause: Clause, scene: int, minor: bool) -> str | None:
    word = clause.word
    if clause.negated():
        return None
    if (particles := phrasal_verbs().get(word.text)) and clause.phrasal(particles) and not clause.by_animal_or_thing():
        return f"phrasal: {word.text}"
    if word.classes & VERBS:
        return _verb_sign(clause, scene)
    if word.classes & DEED:
        return f"deed: {word.text}"
    if word.classes & WEAPON and not scene & PLAY and not clause.is_tool():
        return f"weapon: {word.text}"
    if minor and clause.is_unknown_verb_on_minor():
        return f"unlisted verb: {word.text}"
    return None


def _verb_sign(clause: Clause, scene: int) -> str | None:
    word = clause.word
    if clause.is_noun():
        return f"noun: {word.text}" if word.classes & (DEED | WEAPON) else None
    if clause.by_animal_or_thing() or (word.base in _IN_SPORT and scene & SPORT and not scene & DISTRESS):
        return None
    if not word.classes & STRONG and (scene & PLAY or (scene & RESCUE and word.base in _IN_RESCUE)):
        return None
    if clause.is_passive() and not (clause.is_done_to_a_thing() and not word.classes & STRONG):
        return f"passive: {word.text}"
    hit = clause.object()
    violent = hit == "person" or (hit == "body" and not clause.is_own_body())
    violent = violent or (hit == "none" and bool(word.classes & (STRONG | BLOW)))
    return f"verb: {word.text}" if violent or (hit == "other" and word.classes & STRONG) else None


def _weak_sign(words: list[Word], scene: int) -> str | None:
    """Injury or fear, which an accident, a rescue, play or sport would explain."""
    texts = {word.text for word in words}
    if scene & (ACCIDENT | RESCUE | PLAY | SPORT):
        return None
    return "injury" if texts & _INJURY else "fear" if texts & _FEAR else None


@cache
def _minor_words() -> frozenset[str]:
    return frozenset(english_words()["minor_words"].split())


@cache
def _minor_triggers() -> frozenset[str]:
    return frozenset(english_words()["minor_triggers"].split())
