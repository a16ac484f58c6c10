"""Cues of violence where a minor is in the picture: the burden of proof turned round.

Reads cues.json: classes of cues (threat, restraint, fear, crowd ...), each with a weight, and frames (sport, play,
rescue, accident) with the classes they explain. One class of weight 2 is enough, or two of weight 1 in different words.

    cue_in("a masked man grabs a girl", words)    # "cues: hostile, seize"; neither word would be enough alone
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, TypedDict, cast

from .clauses import Clause, Word, spans_of
from .lexicon import BLOW, FORCE, MAIM, PERSON, STRONG, class_bits, expanded, verb_forms
from .roles import is_by_animal_or_thing, is_on_thing, is_own_body, is_passive

ENOUGH: Final = 2
_CONTACT: Final = "contact"
_ON_PEOPLE: Final = frozenset({"seize", "burning"})  # their verbs count with a person as object
_ACTIONS: Final = STRONG | BLOW | FORCE | MAIM


class _CueClass(TypedDict):
    weight: int
    note: str
    verbs: str
    words: str
    patterns: list[str]


class _Frame(TypedDict):
    note: str
    of: str  # a class of english.json, or ""
    words: str
    explains: list[str]


@dataclass(frozen=True, slots=True)
class _Cue:
    name: str
    weight: int
    start: int
    end: int


def cue_in(text: str, caption: list[Word], scene: int) -> str | None:
    """The cues of a caption that no frame explains, if they are enough together; `scene`: the classes of all words."""
    texts = {word.text for word in caption}
    explained = {name for bit, words, names in _frames() if scene & bit or words & texts for name in names}
    cues = [cue for cue in _cues_of(text, caption) if cue.name not in explained]
    for cue in cues:
        if cue.weight >= ENOUGH:
            return f"cue: {cue.name}, {text[cue.start : cue.end]}"
    for first in cues:
        for second in cues:
            if first.name < second.name and (first.end <= second.start or second.end <= first.start):
                return f"cues: {first.name}, {second.name}"
    return None


def _cues_of(text: str, caption: list[Word]) -> list[_Cue]:
    spans = spans_of(text)
    cues = []
    for place, (word, (start, end)) in enumerate(zip(caption, spans, strict=True)):
        names = _words().get(word.text, ())
        clause = Clause(caption, place)
        if word.text in _verbs_on_people() and not _is_on_person(clause):
            names = tuple(name for name in names if name not in _ON_PEOPLE)
        if word.classes & _ACTIONS and _is_contact(clause):
            names = (*names, _CONTACT)
        if names and not clause.is_negated():
            cues += [_Cue(name, _weights()[name], start, end) for name in names]
    starts = [start for start, _ in spans]
    alone = sum(bool(word.classes & PERSON) for word in caption) == 1  # who takes a bag takes his own
    for name, pattern in _patterns():
        for match in pattern.finditer(text):
            first, end = (bisect_left(starts, place) for place in match.span())
            clause = Clause(caption, first)
            on_thing = alone if name == "theft" else name == "force" and is_on_thing(clause, end)
            if not on_thing and not clause.is_negated():
                cues.append(_Cue(name, _weights()[name], *match.span()))
    return cues


def _is_contact(clause: Clause) -> bool:
    """Whether a verb of blows or force acts on something that is not known to be a thing."""
    if clause.is_noun() or clause.is_accidental() or is_by_animal_or_thing(clause) or is_own_body(clause):
        return False
    known = (
        ("person", "body", "none")
        if clause.word.classes & (STRONG | BLOW) == 0
        else ("person", "body", "other", "none")
    )
    return clause.acts_on() in known


def _is_on_person(clause: Clause) -> bool:
    """Whether somebody takes hold of a person, or lunges at nothing that is named."""
    if clause.word.base and clause.is_noun():
        return False
    return is_passive(clause) or clause.acts_on() in ("person", "body", "none")


@cache
def _table() -> dict[str, dict[str, _CueClass | _Frame]]:
    return cast(
        "dict[str, dict[str, _CueClass | _Frame]]",
        json.loads(files("svta.builder.minors").joinpath("cues.json").read_text("utf-8")),
    )


@cache
def _classes() -> dict[str, _CueClass]:
    return cast("dict[str, _CueClass]", _table()["cues"])


@cache
def _weights() -> dict[str, int]:
    return {name: each["weight"] for name, each in _classes().items()}


@cache
def _words() -> dict[str, tuple[str, ...]]:
    """Word -> the classes of cues it is one of."""
    table: dict[str, set[str]] = {}
    for name, each in _classes().items():
        for word in (*each["words"].split(), *_forms(each["verbs"])):
            table.setdefault(word, set()).add(name)
    return {word: tuple(sorted(names)) for word, names in table.items()}


@cache
def _verbs_on_people() -> frozenset[str]:
    return frozenset(form for name in _ON_PEOPLE for form in _forms(_classes()[name]["verbs"]))


def _forms(verbs: str) -> list[str]:
    return [form for verb in verbs.split() for form in verb_forms(verb)]


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (name, re.compile(r"(?<!\w)(?:" + "|".join(map(expanded, each["patterns"])) + r")"))
        for name, each in _classes().items()
        if each["patterns"]
    )


@cache
def _frames() -> tuple[tuple[int, frozenset[str], tuple[str, ...]], ...]:
    frames = cast("dict[str, _Frame]", _table()["frames"])
    return tuple(
        (class_bits(each["of"]) if each["of"] else 0, frozenset(each["words"].split()), tuple(each["explains"]))
        for each in frames.values()
    )
