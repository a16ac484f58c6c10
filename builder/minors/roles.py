"""Who does what to whom around a verb: passives, animals and things as agents, phrasal verbs, unlisted verbs.

Reads a Clause of clauses.py; each function answers one question about the word at its place.
"""

from __future__ import annotations

import re
from typing import Final

from .clauses import Clause, Word
from .lexicon import BODY, IMPLEMENT, MINOR, NONHUMAN, PARTICIPLE, PERSON, THING, words

_LIKE_VERB: Final = re.compile(r"\w{2,}(?:s|ed|ing)|\w+(?:-\w+)+")
_PEOPLE: Final = PERSON | MINOR
_BY_TRADE: Final = re.compile(r"\w+(?:er|or|ist)s?|\w+m[ae]n")  # "machine operator", "dog walker"


def is_passive(clause: Clause) -> bool:
    """Whether the verb is done to its subject: "is beaten", "gets jumped", "a boy kicked by a man"."""
    if not clause.word.classes & PARTICIPLE:
        return False
    if _auxiliary(clause) is not None:
        return True
    return clause.at(1).text == "by" and bool(clause.at(-1).classes & _PEOPLE)


def is_done_to_a_thing(clause: Clause) -> bool:
    """Whether the subject of a passive is a thing: "the door was pushed open"."""
    back = _auxiliary(clause)
    if back is None:
        return False
    subject = clause.at(-back - 1)
    return subject.text not in words("subjects") and _is_thing(subject)


def is_done_to_a_body(clause: Clause) -> bool:
    """Whether the subject of a passive is a part of a body: "the boy's arm is snapped"."""
    back = _auxiliary(clause)
    return back is not None and bool(clause.at(-back - 1).classes & BODY)


def _auxiliary(clause: Clause) -> int | None:
    """How many words back the first auxiliary of a passive is."""
    for back in range(1, 6):
        word = clause.at(-back)
        if word.text in words("auxiliaries"):
            return back + 1 if clause.at(-back - 1).text in words("auxiliaries") else back
        inside = word.text.endswith("ly") or word.text in words("inside_passive") or word.classes & PARTICIPLE
        if not inside and not (word.text in words("particles") and clause.at(-back - 1).classes & PARTICIPLE):
            return None
    return None


def is_by_animal_or_thing(clause: Clause) -> bool:
    """Whether an animal, a vehicle or a thing does it, as subject or as "by ..."; never where it is on purpose."""
    if any(clause.at(step).text in words("on_purpose") for step in range(-6, 7)):
        return False
    if is_passive(clause) or _is_phrasal_passive(clause):
        by = next((step for step in range(1, 9) if clause.at(step).text == "by"), None)
        return by is not None and _is_nonhuman_agent(clause, by + 1)
    if _is_thing_as_subject(clause):
        return True
    same_subject = False  # behind "and" or a comma that joins two verbs
    for back in range(1, clause.place + 1):
        word = clause.at(-back)
        if word.text in words("breaks"):
            joins = word.text in ("and", "then", ",")
            if joins and clause.at(1 - back).base and not clause.at(1 - back).classes & _PEOPLE:
                same_subject = True
            elif word.text == "," or not joins or back > 3:
                return False
        elif word.classes & _PEOPLE and word.text not in words("them") and not word.owner:
            if not same_subject or not _is_object(clause, back):
                return False
        elif word.classes & NONHUMAN and not word.owner and not _is_object(clause, back):
            return not _is_with_person(clause, back)
        elif same_subject and _is_thing_as_subject(Clause(clause.words, clause.place - back + 1)):
            return True  # "boxes fall and hit a boy"
    return False


def _is_thing_as_subject(clause: Clause) -> bool:
    """Whether a thing is right before the verb, and no person before it in the sentence: "a machine crushes her"."""
    thing = clause.at(-1)
    if not thing.classes & THING or thing.classes & IMPLEMENT or thing.owner:
        return False
    for back in range(2, clause.place + 2):
        word = clause.at(-back)
        if word.text in words("sentence_breaks"):
            return True
        if word.classes & _PEOPLE or word.base:
            return False
    return False


def is_by_person(clause: Clause) -> bool:
    """Whether the people who do it in the passive are named: "scared by a man", not "is scared"."""
    by = next((step for step in range(1, 6) if clause.at(step).text == "by"), None)
    return by is not None and any(clause.at(by + step).classes & _PEOPLE for step in range(1, 6))


def _is_nonhuman_agent(clause: Clause, start: int) -> bool:
    found = False
    for step in range(start, start + 6):
        word = clause.at(step)
        if word.text in words("phrase_ends"):
            break
        if word.classes & _PEOPLE and not word.owner:
            return False
        found = found or _is_thing(word) or word.text in words("movers")
    return found


def _is_with_person(clause: Clause, back: int) -> bool:
    """Whether a person is in the noun phrase of an animal or thing: "a dog walker", "a man and his dog attack"."""
    of = clause.at(1 - back)
    if not of.classes and _BY_TRADE.fullmatch(of.text):
        return True
    joint = next((step for step in (1, 2, 3) if clause.at(-back - step).text == "and"), None)
    is_joint = joint is not None and bool(clause.at(-back - joint - 1).classes & _PEOPLE)
    return is_joint and not clause.word.text.endswith("s")


def _is_object(clause: Clause, back: int) -> bool:
    """Whether the noun so many words back follows a preposition or a verb: "up to a boy", "walks a dog"."""
    for step in range(1, 5):
        word = clause.at(-back - step)
        if word.text in words("breaks"):
            return False
        if step < 4 and (word.text in words("prepositions") or word.text in words("holding")):
            return True
        if word.base and not word.text.endswith("ing"):
            return True
    return False


def _is_thing(word: Word) -> bool:
    return bool(word.classes & (NONHUMAN | THING)) and not word.classes & _PEOPLE


def is_own_body(clause: Clause) -> bool:
    """Whether a part of the subject's own body is moved: "shakes his head", "kicks its legs"."""
    if clause.word.base not in words("own_body"):
        return False
    if words("possessives").isdisjoint(clause.at(step).text for step in (1, 2)):
        return False
    for step in range(1, 6):
        if clause.at(step).owner and clause.at(step).classes & _PEOPLE:
            return False  # "burns his daughter's hand"
        if clause.at(step).classes & BODY:
            break
    people = [
        word for word in clause.words[: clause.place] if word.classes & _PEOPLE and word.text not in words("them")
    ]
    return len(people) < 2


def is_on_thing(clause: Clause, end: int) -> bool:
    """Whether the words from this verb up to `end` handle a thing, with no person and no body among or behind them."""
    if not clause.word.base or clause.word.base in words("robbing"):
        return False
    handled = clause.acts_on()
    if handled != "thing" and not (handled == "other" and clause.noun_phrase(end)[0] == "thing"):
        return False
    for place in range(clause.place + 1, min(len(clause.words), end + 7)):
        word = clause.words[place]
        if place >= end and word.text in words("breaks"):
            return True
        if word.classes & (_PEOPLE | BODY):
            return False
    return True


def is_phrasal(clause: Clause, rests: tuple[tuple[str, ...], ...]) -> bool:
    """Whether one of a verb's `rests` follows, with a person as its object or in the passive: "lays into a boy"."""
    kind, end = clause.noun_phrase(clause.place + 1)
    between = end - clause.place - 1 if kind == "person" else 0  # "beats the boy up"
    for rest in rests:
        for start in {0, between}:
            if any(clause.at(1 + start + step).text != text for step, text in enumerate(rest)):
                continue
            after = clause.noun_phrase(clause.place + 1 + start + len(rest))[0]
            if start or after in ("person", "body") or is_passive(clause) or _is_phrasal_passive(clause):
                return True
    return False


def _is_phrasal_passive(clause: Clause) -> bool:
    return not clause.word.text.endswith(("s", "ing")) and _auxiliary(clause) is not None


def is_tool(clause: Clause) -> bool:
    """Whether a weapon's name means something else here: a toy, a tool, a thing of the kitchen or of a sport."""
    return any(clause.at(step).text in words("tools") for step in (-2, -1, 1))


def is_unlisted_verb_on_minor(clause: Clause) -> bool:
    """Whether a verb outside the lists is done to a minor: "twats a boy", "gets merked", "lays one on a boy"."""
    word, before = clause.word, clause.at(-1)
    if word.classes or word.owner or not clause.place or not _LIKE_VERB.fullmatch(word.text):
        return False
    subject = before.classes & _PEOPLE or before.text.endswith("ly") or before.text in words("before_verb")
    if subject and not before.owner:
        step = 1
        while step < 3 and clause.at(step).text in words("onto"):
            step += 1
        if _is_minor_object(clause, step):
            return True
    return word.text.endswith(("ed", "en")) and _is_done_to_minor(clause)


def _is_minor_object(clause: Clause, start: int) -> bool:
    if clause.at(start).text not in words("determiners") and not clause.at(start).classes & _PEOPLE:
        return False
    for step in range(start, start + 5):
        word = clause.at(step)
        if word.text in words("phrase_ends"):
            return False
        if word.text in words("determiners"):
            continue
        if word.classes & _PEOPLE and word.owner:
            return any(clause.at(step + ahead).classes & BODY for ahead in (1, 2))
        if word.classes & _PEOPLE:
            return not clause.at(step + 1).classes & THING
    return False


def _is_done_to_minor(clause: Clause) -> bool:
    auxiliary = next((clause.at(-back).text for back in (1, 2) if clause.at(-back).text in words("auxiliaries")), None)
    if auxiliary is None or not any(clause.at(-back).classes & MINOR for back in range(1, 8)):
        return False
    by = next((step for step in range(1, 5) if clause.at(step).text == "by"), 0)
    by_person = by and any(clause.at(by + step).classes & _PEOPLE for step in range(1, 5))
    return bool(by_person) or auxiliary in ("get", "gets", "got", "getting")
