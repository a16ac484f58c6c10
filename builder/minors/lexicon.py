"""The English words of the rule: english.json read once, verbs with all their forms, patterns compiled.

Reads english.json (its note says where the classes come from); gives `word_classes`, a look-up of what a word can be,
`words`, small closed sets such as the prepositions, and `pattern`, the compiled phrases of one kind.

    word_classes()["slaps"] & STRONG    # not 0: a word may be of several classes, `STRONG | DEED`
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from functools import cache
from importlib.resources import files
from typing import Final, TypedDict, cast

_CLASS_NAMES: Final = (
    "strong", "blow", "force", "deed", "weapon", "implement", "body", "person", "nonhuman", "thing", "distress",
    "sport", "play", "accident", "rescue", "harmless", "maim", "toy", "combat",
)  # fmt: skip
(STRONG, BLOW, FORCE, DEED, WEAPON, IMPLEMENT, BODY, PERSON, NONHUMAN, THING, DISTRESS,
 SPORT, PLAY, ACCIDENT, RESCUE, HARMLESS, MAIM, TOY, COMBAT) = (1 << number for number in range(19))  # fmt: skip
MINOR: Final = 1 << 20
PARTICIPLE: Final = 1 << 21  # a form that can be a passive: "beaten", "kicked"
BASE: Final = 1 << 22  # a base form, which is often a noun as well: "kick", "belt"
FUNCTION: Final = 1 << 23  # articles, prepositions, conjunctions, auxiliaries and common adverbs
VERBS: Final = STRONG | BLOW | FORCE | MAIM
_VERB_CLASSES: Final = frozenset({"strong", "blow", "force", "maim", "harmless"})
_NONHUMAN_KINDS: Final = ("animal", "vehicle")  # {ANIMAL} and {VEHICLE} of the patterns
_BEFORE_MINOR: Final = (
    r"(?:an?|the|this|that|another|any|some|one|his|her|their) (?:[\w-]+ ){0,2}|(?:^|[.;:] )(?:\w+ )?"
)
_FUNCTION_SETS: Final = ("determiners", "prepositions", "breaks", "auxiliaries", "negations", "others")


class _EnglishWords(TypedDict):
    classes: dict[str, list[str]]
    shapes: dict[str, str]
    words: dict[str, str]
    sets: dict[str, str]
    phrasal: dict[str, str]
    minor_words: str
    minor_triggers: str
    minor_phrases: list[str]


@cache
def _table() -> _EnglishWords:
    return cast(_EnglishWords, json.loads(files("svta.builder.minors").joinpath("english.json").read_text("utf-8")))


def verb_forms(entry: str) -> dict[str, int]:
    """Forms of a verb entry, each with PARTICIPLE or BASE where it is one: "slap+" is slap, slaps, slapped, slapping.

    `+`: the last letter doubles; `/` separates irregular forms from the base: "strike/struck/striking".
    """
    base, *irregular = entry.split("/")
    stem = base[:-1] + base[-2] if base.endswith("+") else base
    base = base.rstrip("+")
    consonant_y = base.endswith("y") and base[-2] not in "aeiou"
    if base.endswith("e"):
        third, past, ing = base + "s", base + "d", base[:-1] + "ing"
    elif consonant_y:
        third, past, ing = base[:-1] + "ies", base[:-1] + "ied", base + "ing"
    else:
        sibilant = base.endswith(("s", "x", "z", "ch", "sh"))
        third, past, ing = base + ("es" if sibilant else "s"), stem + "ed", stem + "ing"
    if irregular:
        return {base: BASE, third: 0, ing: 0} | {form: 0 if form.endswith("ing") else PARTICIPLE for form in irregular}
    return {base: BASE, third: 0, past: PARTICIPLE, ing: 0}


@cache
def words(name: str) -> frozenset[str]:
    """A small closed set of english.json: determiners, prepositions, negations ..."""
    return frozenset(_table()["sets"][name].split())


@cache
def minor_words() -> frozenset[str]:
    """Single words for a minor."""
    return frozenset(_table()["minor_words"].split())


@cache
def minor_triggers() -> frozenset[str]:
    """Words of which every longer phrase for a minor contains one."""
    return frozenset(_table()["minor_triggers"].split())


@cache
def word_classes() -> dict[str, int]:
    """word -> the classes it can be of, as bits."""
    classes: dict[str, int] = defaultdict(int)
    lists = {name: _table()["words"][name].split() for name in _CLASS_NAMES}
    lists["nonhuman"] += [word for kind in _NONHUMAN_KINDS for word in _table()["words"][kind].split()]
    for number, (name, entries) in enumerate(lists.items()):
        for entry in entries:
            forms = verb_forms(entry) if name in _VERB_CLASSES else {entry: 0}
            if name == "harmless":
                forms |= verb_forms(entry + "+")  # with and without a doubled letter
            for form, kind in forms.items():
                classes[form] |= (1 << number) | kind
    for word in minor_words():
        classes[word] |= MINOR | PERSON
    for word in words("them"):
        classes[word] |= PERSON
    for name in _FUNCTION_SETS:
        for word in words(name):
            classes[word] |= FUNCTION
    return dict(classes)


@cache
def verb_bases() -> dict[str, str]:
    """Form of a listed verb -> its base form."""
    entries = [
        entry for name in ("harmless", "maim", "force", "blow", "strong") for entry in _table()["words"][name].split()
    ]
    return {form: entry.split("/")[0].rstrip("+") for entry in entries for form in verb_forms(entry)}


@cache
def phrasal_verbs() -> dict[str, tuple[tuple[str, ...], ...]]:
    """Form of a verb -> the words that make it a verb of violence: "sets" -> (("upon",), ("about",), ...)."""
    table: dict[str, tuple[tuple[str, ...], ...]] = defaultdict(tuple)
    for entry, rests in _table()["phrasal"].items():
        for form in verb_forms(entry):
            table[form] += tuple(tuple(rest.split()) for rest in rests.split(", "))
    return dict(table)


@cache
def pattern(kind: str) -> re.Pattern[str]:
    """The patterns of one list of english.json as one expression; {NAMES} are filled in."""
    patterns = cast("dict[str, list[str]]", _table())[kind]
    return re.compile(r"(?<!\w)(?:" + "|".join(map(expanded, patterns)) + r")(?!\w)")


@cache
def minor_pattern() -> re.Pattern[str]:
    """Words and phrases for a minor as one expression."""
    return re.compile(rf"(?<!\w){expanded('{MINOR}')}(?!\w)")


@cache
def minor_noun() -> re.Pattern[str]:
    """The word "minor" where no noun follows it, with what is before it as a group: no "minor injury"."""
    follows = words("prepositions") | words("breaks") | words("auxiliaries") | words("after_minor")
    after = "|".join(sorted(re.escape(word) for word in follows if word.isalpha()))
    return re.compile(rf"(?<!\w)({_BEFORE_MINOR})minor(?= ?(?:[.,;:!?]|$)| (?:{after})\b)")


@cache
def _named_patterns() -> dict[str, str]:
    minors = [*_table()["minor_phrases"], *map(re.escape, sorted(minor_words()))]
    kinds = {kind.upper(): _table()["words"][kind].split() for kind in _NONHUMAN_KINDS}
    classes = {"MINOR": minors, **_table()["classes"], **kinds}
    return _table()["shapes"] | {name: "(?:" + "|".join(entries) + r")\b" for name, entries in classes.items()}


def class_bits(name: str) -> int:
    """The bit of a class of words."""
    return 1 << _CLASS_NAMES.index(name)


def expanded(text: str) -> str:
    """A pattern with its {NAMES} filled in."""
    for name, expression in _named_patterns().items():
        text = text.replace("{" + name + "}", expression)
    return text
