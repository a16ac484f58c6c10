"""What an English caption says of minors and of violence between people, by the classes of its words.

Reads a caption as `plain_text` gives it. A minor: words, ages and phrases. Violence: verbs of assault, blows and force
with their objects, deeds and weapons, phrasal verbs and set phrases; where a minor is seen, unlisted verbs
and cues of fear, injury or threat count too. Accidents, animals, sport, play, rescue and negated sentences do not.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from .ages import is_under_age
from .clauses import Clause, Word, spans_of, with_joined_ages, words_of
from .cues import cue_in
from .lexicon import (
    BLOW,
    COMBAT,
    DEED,
    DISTRESS,
    FORCE,
    FUNCTION,
    IMPLEMENT,
    NONHUMAN,
    PERSON,
    PLAY,
    RESCUE,
    SPORT,
    STRONG,
    TOY,
    VERBS,
    WEAPON,
    minor_noun,
    minor_pattern,
    minor_triggers,
    minor_words,
    pattern,
    phrasal_verbs,
    word_classes,
    words,
)  # fmt: skip
from .roles import (
    is_by_animal_or_thing,
    is_by_person,
    is_done_to_a_body,
    is_done_to_a_thing,
    is_on_thing,
    is_own_body,
    is_passive,
    is_phrasal,
    is_tool,
    is_unlisted_verb_on_minor,
)  # fmt: skip

_WORD: Final = re.compile(r"\w+(?:-\w+)*")
_SIGNS: Final = VERBS | DEED | WEAPON


def with_minors_named(text: str) -> str:
    """The text with "child" for the noun "minor"."""
    return minor_noun().sub(r"\1child", text) if "minor" in text else text


def depicts_minor(text: str) -> bool:
    """True if the text says that somebody under 18 is in the picture."""
    aged = is_under_age(text)
    single = _WORD.findall(text)
    if not aged and minor_words().isdisjoint(single) and minor_triggers().isdisjoint(single) and "-" not in text:
        return False
    text = pattern("not_minor").sub(" , ", text)
    return bool(minor_pattern().search(text)) or (aged and is_under_age(text))


def weak_sign_of_minor(text: str) -> bool:
    """True for what counts as a minor in the presence of violence only: a pram, a classroom, students."""
    return bool(pattern("minor_in_violence").search(text))


def harm_at_a_sign(text: str) -> bool:
    """True for blows, shots and fire at a pram, a cot or a school."""
    return bool(pattern("harm_at_a_sign").search(text))


def depicts_violence(text: str) -> bool:
    """True if the text says that people hurt, threaten, rob or restrain people."""
    return violence_in(text, minor=False) is not None


def violence_in(text: str, *, minor: bool) -> str | None:
    """The sign of violence between people that the text holds, or None. With a `minor` seen weaker signs count."""
    if not minor and not _may_be_violent(text):
        return None
    text = pattern("not_minor").sub(_without_minor, text)
    text = pattern("not_violence").sub(" , ", text)
    if not minor:  # arson and a fright
        text = pattern("not_violence_without_minor").sub(" , ", text)
    text = with_joined_ages(text)
    caption = words_of(text)
    if (phrase := _phrase(text, caption)) is not None:
        return f"phrase: {phrase}"
    scene = 0
    for word in caption:
        scene |= word.classes
    for place, word in enumerate(caption):
        if word.classes & _SIGNS or word.text in phrasal_verbs() or (minor and not word.classes & FUNCTION):
            sign = _sign(Clause(caption, place), scene, minor)
            if sign is not None:
                return sign
    return cue_in(text, caption, scene) if minor else None


def _may_be_violent(text: str) -> bool:
    """A quick look at the single words: False for most everyday captions."""
    classes, phrasal = word_classes(), phrasal_verbs()
    single = _WORD.findall(text)
    for word in single:
        if classes.get(word, 0) & _SIGNS or ("-" in word and classes.get(word.rpartition("-")[2], 0) & _SIGNS):
            return True
    return any(all(each in single for each in rest) for word in single if word in phrasal for rest in phrasal[word])


def _without_minor(match: re.Match[str]) -> str:
    """What stays of a phrase that only looks like a minor: "bus" of "school bus", a person, or a break."""
    last = match[0].split()[-1]
    classes = word_classes().get(last, 0)
    if classes & NONHUMAN:
        return f" {last} "
    return " person " if classes & PERSON or last.endswith(("friend", "friends", "boy", "boys", "girls")) else " , "


def _phrase(text: str, caption: list[Word]) -> str | None:
    """The first phrase of violence, unless it is about a thing: "drags a suitcase across the floor"."""
    match, starts = pattern("phrases").search(text), [start for start, _ in spans_of(text)]
    while match is not None:
        first, end = (bisect_left(starts, place) for place in match.span())
        if not is_on_thing(Clause(caption, first), end):
            return match[0]
        match = pattern("phrases").search(text, match.start() + 1)
    return None


def _sign(clause: Clause, scene: int, minor: bool) -> str | None:
    word = clause.word
    if clause.is_negated() or (clause.is_accidental() and not word.classes & (STRONG | DEED)):
        return None
    if (rests := phrasal_verbs().get(word.text)) and is_phrasal(clause, rests) and not is_by_animal_or_thing(clause):
        return f"phrasal verb: {word.text}"
    if word.classes & VERBS:
        return _verb_sign(clause, scene)
    if word.classes & DEED:
        return f"deed: {word.text}"
    if word.classes & WEAPON and not scene & (PLAY | TOY) and not is_tool(clause):
        return f"weapon: {word.text}"
    unlisted = minor and is_unlisted_verb_on_minor(clause) and not is_by_animal_or_thing(clause)
    return f"unlisted verb: {word.text}" if unlisted else None


def _verb_sign(clause: Clause, scene: int) -> str | None:
    word = clause.word
    if clause.is_noun():
        return f"noun: {word.text}" if word.classes & (DEED | WEAPON) else None
    if is_by_animal_or_thing(clause) or _is_sport(clause, scene):
        return None
    if not word.classes & STRONG and (scene & PLAY or (scene & RESCUE and word.base in words("in_rescue"))):
        return None
    if word.classes & (STRONG | BLOW | FORCE):
        passive = is_passive(clause) and (word.classes & STRONG or not is_done_to_a_thing(clause))
    else:
        passive = is_passive(clause) and is_done_to_a_body(clause)
    if passive and word.base in words("by_people") and not is_by_person(clause):
        return None
    if passive:
        return f"passive: {word.text}"
    hit = clause.acts_on()
    if not word.classes & (STRONG | BLOW | FORCE):
        return f"verb on a body: {word.text}" if hit == "body" and not is_own_body(clause) else None
    violent = hit == "person" or (hit == "body" and not is_own_body(clause))
    violent = violent or (hit == "none" and bool(word.classes & (STRONG | BLOW)))
    return f"verb: {word.text}" if violent or (hit == "other" and word.classes & STRONG) else None


def _is_sport(clause: Clause, scene: int) -> bool:
    """Whether a sport explains the verb; fights and shots only one in which people fight or shoot."""
    base = clause.word.base
    if base not in words("in_sport") or not scene & SPORT or scene & (DISTRESS | IMPLEMENT):
        return False
    if any(clause.at(step).text in words("family") for step in range(1, 5)):
        return False  # "a boxer hits his son"
    return bool(scene & COMBAT) or base not in words("in_combat")
