"""The words of a caption with their classes, and what stands around one of them: subject, object, agent, negation.

A reading by word order, no parser: an object is looked for up to a comma, a conjunction or the next clause.

    clause = Clause(words_of("a man slaps the boy's face"), 2)
    clause.object(), clause.is_passive()    # "body", False
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from .lexicon import (
    AUXILIARIES,
    BASE,
    BODY,
    BREAKS,
    DETERMINERS,
    FUNCTION,
    MINOR,
    NEGATIONS,
    NONHUMAN,
    PARTICIPLE,
    PERSON,
    PREPOSITIONS,
    THEM,
    THING,
    VERBS,
    verb_bases,
    word_classes,
)  # fmt: skip

Object = Literal["person", "body", "thing", "other", "none"]

_TOKEN: Final = re.compile(r"\w+(?:[-']\w+)*'?|[.,;:!?]")
_AGED: Final = re.compile(r"\w+-(?:years?|yrs?|months?|weeks?)-olds?")
_SPACED_AGE: Final = re.compile(r"\b(\w+)[ -](?:y/?o|y(?:ea)?rs?[ -]olds?)\b")
_STOPPING: Final = frozenset(["stop", "stops", "stopping", "only", "just", "hesitate", "let", "cease", "relent"])
_POSSESSIVE: Final = frozenset(["his", "her", "their", "its", "my", "your", "our"])
_PARTICLES: Final = frozenset(
    [
        "up",
        "down",
        "out",
        "off",
        "back",
        "away",
        "over",
        "around",
        "at",
        "on",
        "into",
        "onto",
        "upon",
        "against",
        "through",
        "in",
    ]
)
_MAKERS: Final = frozenset(
    [
        "falling",
        "flying",
        "loose",
        "runaway",
        "passing",
        "speeding",
        "stray",
        "swinging",
        "moving",
        "rolling",
        "bouncing",
    ]
)
_OWN_BODY: Final = frozenset(
    [
        "shake",
        "kick",
        "swing",
        "scratch",
        "stamp",
        "stomp",
        "raise",
        "wave",
        "hit",
        "knock",
        "bump",
        "scrape",
        "twist",
        "cut",
        "burn",
        "stretch",
        "throw",
        "press",
        "rub",
        "bite",
        "crack",
        "tap",
        "cover",
        "strike",
        "slap",
        "smack",
        "beat",
        "toss",
        "wring",
        "clap",
        "thump",
        "prick",
        "crush",
        "point",
        "drop",
        "pinch",
        "hurt",
        "injure",
        "wound",
        "bruise",
        "jerk",
        "squeeze",
        "flex",
    ]
)
_BEFORE_NOUNS: Final = frozenset({"her", "another", "other"})
_SUBJECTS: Final = frozenset(
    [
        "he",
        "she",
        "they",
        "it",
        "i",
        "we",
        "you",
        "who",
        "which",
        "that",
        "everyone",
        "everybody",
        "both",
        "all",
        "two",
        "three",
    ]
)
_LENGTH: Final = 7  # words from a verb to the end of its object
_LIKE_VERBS: Final = re.compile(r"\w{2,}(?:s|ed|ing|t)")


@dataclass(frozen=True, slots=True)
class Word:
    """One word: its text without 's, the classes it can be of, the base form where it is a verb, and whether it owns."""

    text: str
    classes: int
    base: str = ""
    owner: bool = False


def words_of(text: str) -> list[Word]:
    """The words and punctuation marks of a plain text; an age is one word: "17 y/o" is "17-year-old"."""
    return [_word(token) for token in _TOKEN.findall(_SPACED_AGE.sub(r"\1-year-old", text))]


@lru_cache(maxsize=65_536)
def _word(token: str) -> Word:
    owner = token.endswith(("'s", "s'"))
    text = token.removesuffix("'s").removesuffix("'")
    table = word_classes()
    classes = table.get(text)
    if classes is None and "-" in text:
        if _AGED.fullmatch(text):
            return Word(text, MINOR | PERSON, owner=owner)
        last = text.rpartition("-")[2]
        return Word(text, table.get(last, 0) & ~(NONHUMAN | THING), verb_bases().get(last, ""), owner)
    return Word(text, classes or 0, verb_bases().get(text, ""), owner)


@dataclass(frozen=True, slots=True)
class Clause:
    """What stands around the word at `place`."""

    words: list[Word]
    place: int

    @property
    def word(self) -> Word:
        return self.words[self.place]

    def text(self, offset: int) -> str:
        """The word so many places on, or an empty text beyond the caption."""
        place = self.place + offset
        return self.words[place].text if 0 <= place < len(self.words) else "."

    def classes(self, offset: int) -> int:
        place = self.place + offset
        return self.words[place].classes if 0 <= place < len(self.words) else FUNCTION

    def negated(self) -> bool:
        """ "does not hit", "nobody slaps or pushes", "before anyone gets hurt", but not "does not stop hitting"."""
        for back in range(1, 8):
            text = self.text(-back)
            if text in BREAKS and text not in ("or", "and", "anyone"):
                return text == "before" and self.text(1 - back) in ("anyone", "anybody", "he", "she", "it", "they")
            if text == "before" and self.text(1 - back) in ("anyone", "anybody"):
                return True
            if text == "and" and self.text(-back - 1) not in ("slaps", "hits"):
                return False
            if text in NEGATIONS:
                between = {self.text(-step) for step in range(1, back)}
                return _STOPPING.isdisjoint(between)
        return False

    def is_noun(self) -> bool:
        """Whether the word is a noun here: "a kick", "the boy's punch", "with a belt"."""
        owner = self.place > 0 and self.words[self.place - 1].owner
        before = self.text(-1)
        if before in DETERMINERS and before not in ("her", "that", "all", "both", "each"):
            return True
        if owner and self.word.classes & BASE:
            return True
        if self.word.classes & BASE and not self.word.classes & PARTICIPLE:
            if (
                self.classes(-1) & (PERSON | MINOR)
                or before in ("to", "and", "or", "who", "that", "they")
                or before.endswith("ly")
            ):
                return False
            if before in ("can", "will", "could", "would", "may", "must", "should", "do", "let", "not", ",", "then"):
                return False
            return True
        if self.word.text.endswith("s") and before in PREPOSITIONS:
            return True
        return False

    def object(self) -> Object:
        """What the verb acts on: the first noun phrase behind it, or a person it is done to with a thing."""
        start = self.place + 1
        while start < len(self.words) and (
            self.words[start].text in _PARTICLES
            or (self.words[start].text.endswith("ly") and not self.words[start].classes)
        ):
            start += 1
        kind, end = self._phrase(start)
        if kind == "none" and end < len(self.words) and self.words[end].text in ("and", "or", ","):
            following = end + 1
            while following < len(self.words) and (
                self.words[following].text in ("then", "and") or self.words[following].text.endswith("ly")
            ):
                following += 1
            if following < len(self.words) and self.words[following].classes & VERBS:
                return Clause(self.words, following).object()
        if kind in ("thing", "other"):
            while end < len(self.words) and self.words[end].text in PREPOSITIONS and end < self.place + 12:
                preposition = self.words[end].text
                via, end = self._phrase(end + 1)
                if via == "body" or (
                    via == "person" and preposition in ("at", "on", "onto", "over", "against", "into")
                ):
                    return kind if kind == "thing" else "person"
                if preposition == "of" and via == "person" and self._phrase_has(start, BODY):
                    return "person"
        return kind

    def _phrase(self, start: int) -> tuple[Object, int]:
        """The kind of the noun phrase that begins at `start`, and the place behind it."""
        kind: Object = "none"
        place = start
        while place < len(self.words) and place < start + _LENGTH:
            word = self.words[place]
            if word.text in PREPOSITIONS or word.text in BREAKS or word.text in AUXILIARIES:
                break
            if (
                place > start
                and kind != "none"
                and word.base
                and self.words[place - 1].text not in DETERMINERS
                and kind in ("person", "body")
            ):
                break
            if word.text in THEM and not (word.text in _BEFORE_NOUNS and self._owns(place)):
                return "person", place + 1
            if word.owner or word.text in DETERMINERS or word.text in THEM or word.text.endswith("ly"):
                place += 1
                continue
            if word.classes & (PERSON | MINOR):
                kind = "person"
            elif word.classes & BODY and (kind == "none" or kind in ("body", "other")):
                kind = "body"
            elif word.classes & THING and not word.classes & (PERSON | MINOR):
                kind = "thing"
            elif not word.classes & FUNCTION and kind == "none":
                kind = "other"
            place += 1
        return kind, place

    def _owns(self, place: int) -> bool:
        """Whether "her" at `place` stands before a noun of its own."""
        if place + 1 >= len(self.words):
            return False
        after = self.words[place + 1]
        return (
            after.text not in BREAKS | PREPOSITIONS | DETERMINERS | AUXILIARIES
            and not after.text.endswith("ly")
            and after.text not in ("repeatedly", "hard", "again", "several", "until")
        )

    def _phrase_has(self, start: int, classes: int) -> bool:
        return any(word.classes & classes for word in self.words[start : start + 4])

    def is_passive(self) -> bool:
        """Whether the verb is done to its subject: "is beaten", "gets jumped", "a boy kicked by a man"."""
        if not self.word.classes & PARTICIPLE:
            return False
        for back in range(1, 5):
            text = self.text(-back)
            if text in AUXILIARIES:
                return True
            if not (
                text.endswith("ly")
                or text in ("being", "also", "then", "and", "not")
                or self.classes(-back) & PARTICIPLE
            ):
                break
        return self.text(1) == "by" and bool(self.classes(-1) & (PERSON | MINOR))

    def is_done_to_a_thing(self) -> bool:
        """Whether the subject of a passive is a thing: "the door was pushed open"."""
        for back in range(1, 5):
            if self.text(-back) in AUXILIARIES and self.text(-back - 1) not in AUXILIARIES:
                before = self.words[self.place - back - 1] if self.place > back else None
                if before is None or before.text in _SUBJECTS:
                    return False
                return bool(before.classes & (THING | NONHUMAN)) and not before.classes & (PERSON | MINOR)
        return False

    def by_animal_or_thing(self) -> bool:
        """Whether an animal, a vehicle or a thing does it, as subject or as "by ..."; never where it is on purpose."""
        nearby = {word.text for word in self.words[max(0, self.place - 6) : self.place + 6]}
        if nearby & {"deliberately", "intentionally", "purposely", "purpose"}:
            return False
        if self.is_passive():
            for ahead in range(1, 9):
                if self.text(ahead) == "by":
                    return self._is_nonhuman(self.place + ahead + 1)
                if self.text(ahead) in BREAKS and self.text(ahead) != "and":
                    break
            return False
        back = self.place - 1
        while back >= 0:
            word = self.words[back]
            if word.text in BREAKS and not (word.text in ("and", "then") and self.place - back <= 3):
                return False
            if word.classes & (PERSON | MINOR) and word.text not in THEM and not word.owner:
                return False
            if word.classes & NONHUMAN and not word.owner:
                before = {each.text for each in self.words[max(0, back - 3) : back]}
                if not before & (PREPOSITIONS | {"holding", "carrying", "riding", "driving", "wearing"}):
                    return True
            back -= 1
        return False

    def _is_nonhuman(self, start: int) -> bool:
        seen = False
        for word in self.words[start : start + 6]:
            if word.text in PREPOSITIONS or word.text in BREAKS:
                break
            if word.classes & (PERSON | MINOR) and not word.owner:
                return False
            seen = seen or bool(word.classes & (NONHUMAN | THING)) or word.text in _MAKERS
        return seen

    def is_own_body(self) -> bool:
        """ "shakes his head", "kicks its legs": a part of the subject's own body."""
        if self.word.base not in _OWN_BODY:
            return False
        ahead = [self.text(step) for step in range(1, 4)]
        if not _POSSESSIVE & set(ahead[:2]):
            return False
        people = sum(
            bool(word.classes & (PERSON | MINOR)) and word.text not in THEM for word in self.words[: self.place]
        )
        return people < 2

    def phrasal(self, particles: tuple[tuple[str, ...], ...]) -> bool:
        """Whether one of a verb's particles follows, with a person as its object or in the passive."""
        ahead = [self.text(step) for step in range(1, 8)]
        for particle in particles:
            size = len(particle)
            for start in range(0, 6 - size + 1):
                if tuple(ahead[start : start + size]) != particle:
                    if start < len(ahead) and (ahead[start] in BREAKS or (ahead[start] in PREPOSITIONS and start > 0)):
                        break
                    continue
                kind, end = self._phrase(self.place + 1)
                between = start > 0 and kind == "person" and end == self.place + 1 + start
                after = self._phrase(self.place + 1 + start + size)[0]
                if between or (start == 0 and after in ("person", "body")) or (self.is_passive() and start == 0):
                    return True
        return False

    def is_tool(self) -> bool:
        """A weapon's name where no weapon is used: a toy, a tool, a thing of the kitchen or of a sport."""
        return self.text(-1) in _TOYS or self.text(1) in _TOYS or self.text(-2) in _TOYS

    def is_unknown_verb_on_minor(self) -> bool:
        """An unlisted verb whose object is a minor, or that is done to one: "twats a boy", "gets merked"."""
        word, before = self.word, self.words[self.place - 1] if self.place else None
        if (
            before is None
            or word.classes
            or word.owner
            or (not _LIKE_VERBS.fullmatch(word.text) and "-" not in word.text)
        ):
            return False
        subject = (
            before.classes & (PERSON | MINOR)
            or before.text.endswith("ly")
            or before.text in ("and", "who", "then", "he", "she", "they")
        )
        if subject and not before.owner:
            step = 1
            while self.text(step) in _PARTICLES and step < 3:
                step += 1
            if (self.text(step) in DETERMINERS or self.classes(step) & MINOR) and self._minor_object(step):
                return True
        if word.text.endswith(("ed", "en", "t")):
            passive = before.text in AUXILIARIES or (self.text(-2) in AUXILIARIES and before.text.endswith("ly"))
            subject_minor = any(each.classes & MINOR for each in self.words[max(0, self.place - 7) : self.place])
            by = next((step for step in range(1, 5) if self.text(step) == "by"), 0)
            by_person = by and any(self.classes(by + step) & (PERSON | MINOR) for step in range(1, 5))
            return bool(passive and subject_minor and (by_person or before.text in ("gets", "got", "get")))
        return False

    def _minor_object(self, step: int) -> bool:
        for ahead in range(step, step + 5):
            text, classes = self.text(ahead), self.classes(ahead)
            if text in BREAKS or text in PREPOSITIONS:
                return False
            if classes & MINOR:
                place = self.place + ahead
                return not self.words[place].owner and not self.classes(ahead + 1) & THING
        return False


_TOYS: Final = frozenset(
    [
        "toy",
        "plastic",
        "foam",
        "rubber",
        "nerf",
        "water",
        "squirt",
        "nail",
        "glue",
        "cap",
        "spray",
        "heat",
        "paint",
        "massage",
        "radar",
        "bubble",
        "scanner",
        "speed",
        "wooden",
        "cardboard",
        "butter",
        "kitchen",
        "cake",
        "bread",
        "palette",
        "putty",
        "table",
        "chopping",
        "cutting",
        "fruit",
        "vegetables",
        "vegetable",
        "carrot",
        "carrots",
        "dance",
        "dancing",
        "fencing",
        "sharpener",
        "block",
        "set",
        "bath",
        "photo",
        "cherry",
        "smoke",
        "detector",
        "museum",
        "statue",
        "shaped",
    ]
)
