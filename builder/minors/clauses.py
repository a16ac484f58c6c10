"""The words of a caption with their classes, and what a verb acts on. A reading by word order, no parser.

clause = Clause(words_of("a man slaps the boy's face"), 2)
clause.acts_on()    # "body"; an object is looked for up to a comma, a conjunction or the next verb
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from .lexicon import (
    ACCIDENT,
    BASE,
    BODY,
    FUNCTION,
    MINOR,
    NONHUMAN,
    PARTICIPLE,
    PERSON,
    STRONG,
    THING,
    VERBS,
    verb_bases,
    word_classes,
    words,
)

Object = Literal["person", "body", "thing", "other", "none"]

_TOKEN: Final = re.compile(r"\w+(?:[-']\w+)*'?|[.,;:!?]")
_AGED: Final = re.compile(r"\w+-(?:years?|yrs?|months?|weeks?)-olds?")
_SPACED_AGE: Final = re.compile(r"\b(?:(\w+)[ -]|(\d+))(?:y/?o|y(?:ea)?rs?[ -]olds?)\b")
_OBJECT_WORDS: Final = 7  # from a verb to the end of its object
_DONE_WITH_WORDS: Final = 12  # from a verb to the person it is done to with a thing: "throws a brick at the boy"


@dataclass(frozen=True, slots=True)
class Word:
    """One word: its text without 's, its classes, the base form of a verb, and whether it is a possessive."""

    text: str
    classes: int
    base: str = ""
    owner: bool = False


_END: Final = Word(".", FUNCTION)  # what is before and after a caption


def words_of(text: str) -> list[Word]:
    """The words and punctuation marks of a plain text; an age is one word: "17 y/o" is "17-year-old"."""
    return [_word(token) for token in _TOKEN.findall(with_joined_ages(text))]


def with_joined_ages(text: str) -> str:
    """ "17 y/o" and "17 year old" as one word."""
    return _SPACED_AGE.sub(lambda age: f"{age[1] or age[2]}-year-old", text)


def spans_of(text: str) -> list[tuple[int, int]]:
    """Where the words of `words_of` are in a text with joined ages."""
    return [match.span() for match in _TOKEN.finditer(text)]


@lru_cache(maxsize=65_536)
def _word(token: str) -> Word:
    owner = token.endswith(("'s", "s'"))
    text = token.removesuffix("'s").removesuffix("'")
    classes = word_classes().get(text)
    if classes is None and _AGED.fullmatch(text):
        return Word(text, MINOR | PERSON, owner=owner)
    if classes is None and "-" in text:
        last = text.rpartition("-")[2]
        return Word(text, word_classes().get(last, 0) & ~(NONHUMAN | THING), verb_bases().get(last, ""), owner)
    return Word(text, classes or 0, verb_bases().get(text, ""), owner)


@dataclass(frozen=True, slots=True)
class Clause:
    """What is around the word at `place`."""

    words: list[Word]
    place: int

    @property
    def word(self) -> Word:
        """The word itself."""
        return self.words[self.place]

    def at(self, offset: int) -> Word:
        """The word so many places on or back; a full stop beyond the caption."""
        place = self.place + offset
        return self.words[place] if 0 <= place < len(self.words) else _END

    def is_negated(self) -> bool:
        """ "does not hit", "nobody slaps or pushes", "before anyone gets hurt", but not "does not stop hitting"."""
        for back in range(1, 8):
            text = self.at(-back).text
            if text == "before" and self.at(1 - back).text in ("anyone", "anybody"):
                return True
            if text in words("breaks") and text != "or":
                return False
            if text == "no" and (self.at(1 - back).text.endswith("er") or self.at(1 - back).text == "more"):
                continue  # "no taller than the rifle"
            if text in words("negations"):
                return words("stopping").isdisjoint(self.at(-step).text for step in range(1, back))
        return False

    def is_accidental(self) -> bool:
        """Whether the caption calls it an accident: "accidentally", "by mistake"."""
        return any(word.text in words("accidental") for word in self.words)

    def is_noun(self) -> bool:
        """Whether the word is a noun in this place: "a kick", "the boy's punch", "with belts"."""
        before = self.at(-1)
        if (before.text in words("breaks") or self.place == 0) and self._is_subject():
            return True
        if before.text in words("determiners") - {"her", "that", "all", "both", "each"}:
            return True
        if (before.owner and not self.word.text.endswith("ing")) or (before.text == "her" and self.word.classes & BODY):
            return True
        if self.word.classes & BASE and not self.word.classes & PARTICIPLE:
            is_verb: int = before.classes & (PERSON | MINOR) and not before.owner
            plural = before.text.endswith("s") and not before.classes & FUNCTION
            if not before.owner and (
                plural or before.classes & NONHUMAN
            ):  # "cadets paddle a boy", "geese attack a boy"
                is_verb |= self.at(1).classes & (PERSON | MINOR) or self.at(1).text in words("determiners")
            return not (is_verb or before.text in words("before_base") or before.text.endswith("ly"))
        return self.word.text.endswith("s") and before.text in words("prepositions")

    def _is_subject(self) -> bool:
        """Whether a verb that agrees with it follows: "gas leaks", "boxes fall"."""
        after, is_plural = self.at(1), self.word.text.endswith("s") and self.word.text != self.word.base
        if after.text in words("auxiliaries"):
            return True
        if after.classes & (PERSON | MINOR | BODY | THING | NONHUMAN) or after.text.endswith(("ing", "ed")):
            return False
        is_verb = bool(after.base) or bool(after.classes & ACCIDENT)
        return is_verb and after.text.endswith("s") is not is_plural

    def acts_on(self) -> Object:
        """What the verb acts on: the first noun phrase behind it, or a person it is done to with a thing."""
        start = self.place + 1
        while start < len(self.words) and _is_particle(self.words[start]):
            start += 1
        kind, end = self.noun_phrase(start)
        if kind == "none" and end < len(self.words) and self.words[end].text in ("and", "or", ","):
            following = end + 1
            while following < len(self.words) and _is_link(self.words[following]):
                following += 1
            if following < len(self.words) and self.words[following].classes & VERBS:
                return Clause(self.words, following).acts_on()
        if kind == "thing" and self.word.classes & STRONG and self.words[start - 1].text in words("prepositions"):
            return "none"  # "fight in the car park": a place, where "kick in the door" has an object
        return self._done_with(kind, start, end) if kind in ("thing", "other") else kind

    def _done_with(self, kind: Object, start: int, end: int) -> Object:
        """ "throws a brick at the boy", "slaps the back of a boy": the person behind a preposition."""
        while end < min(len(self.words), self.place + _DONE_WITH_WORDS):
            preposition = self.words[end].text
            if preposition in ("and", "then"):  # "stamps on the glasses and then on his hand", "whips a cat and a boy"
                second, behind = self.noun_phrase(end + 1)
                if second == "person" and (
                    behind >= len(self.words) or self.words[behind].text in words("phrase_ends")
                ):
                    return "person"
                end += 1
                continue
            if preposition not in words("prepositions"):
                break
            via, end = self.noun_phrase(end + 1)
            if (via == "body" and preposition in words("at_body")) or (
                via == "person" and preposition in words("onto")
            ):
                is_owned = any(each.owner and each.classes & PERSON for each in self.words[self.place : end])
                return "person" if kind != "thing" or is_owned else kind
            if preposition == "of" and via == "person" and any(each.classes & BODY for each in self.words[start:end]):
                return "person"
        return kind

    def noun_phrase(self, start: int) -> tuple[Object, int]:
        """The kind of the noun phrase that begins at `start`, and the place behind it."""
        kind: Object = "none"
        for place in range(start, min(len(self.words), start + _OBJECT_WORDS)):
            word = self.words[place]
            if word.text in _phrase_ends() or (
                kind in ("person", "body") and word.base and not self._is_determined(place)
            ):
                return kind, place
            if word.text in words("them") and not (
                word.text in words("before_noun") and self._stands_before_noun(place)
            ):
                return "person", place + 1
            if word.text in ("one", "ones") and place > start:
                return "person", place + 1
            if (
                word.owner
                or word.text in words("determiners")
                or word.text in words("them")
                or word.text.endswith("ly")
            ):
                continue
            if word.classes & (PERSON | MINOR):
                kind = "person"
            elif word.classes & BODY and kind in ("none", "body", "other"):
                kind = "body"
            elif word.classes & THING:
                kind = "thing"
            elif not word.classes & FUNCTION and kind == "none":
                kind = "other"
        return kind, min(len(self.words), start + _OBJECT_WORDS)

    def _is_determined(self, place: int) -> bool:
        return self.words[place - 1].text in words("determiners")

    def _stands_before_noun(self, place: int) -> bool:
        """Whether "her" or "another" at `place` belongs to a noun behind it."""
        after = self.words[place + 1].text if place + 1 < len(self.words) else "."
        return after not in _phrase_ends() and after not in words("determiners") and not after.endswith("ly") and (
            after not in words("after_object")
        )  # fmt: skip


def _phrase_ends() -> frozenset[str]:
    return words("phrase_ends")


def _is_particle(word: Word) -> bool:
    return word.text in words("particles") or (word.text.endswith("ly") and not word.classes)


def _is_link(word: Word) -> bool:
    return word.text in ("then", "and") or word.text.endswith("ly")
