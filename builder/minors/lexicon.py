"""The English words of the rule: english.json read once, verbs with all their forms, patterns compiled.

Reads english.json (its note says where the classes come from); gives `word_classes`, a look-up of what a word can be,
and `pattern`, the compiled phrases of one kind. A word may be of several classes: `classes | STRONG`.

    word_classes()["slaps"] & STRONG    # true
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
    "sport", "play", "accident", "rescue", "harmless",
)  # fmt: skip
(STRONG, BLOW, FORCE, DEED, WEAPON, IMPLEMENT, BODY, PERSON, NONHUMAN, THING, DISTRESS,
 SPORT, PLAY, ACCIDENT, RESCUE, HARMLESS) = (1 << number for number in range(16))  # fmt: skip
MINOR: Final = 1 << 16
PARTICIPLE: Final = 1 << 17  # a form that can be a passive: "beaten", "kicked"
BASE: Final = 1 << 18  # a base form, which is often a noun as well: "kick", "belt"
FUNCTION: Final = 1 << 19  # articles, prepositions, conjunctions, auxiliaries and adverbs
VERBS: Final = STRONG | BLOW | FORCE
_VERB_CLASSES: Final = frozenset({"strong", "blow", "force", "harmless"})

DETERMINERS: Final = frozenset(
    [
        "a",
        "an",
        "the",
        "this",
        "that",
        "these",
        "those",
        "his",
        "her",
        "their",
        "its",
        "my",
        "your",
        "our",
        "another",
        "some",
        "several",
        "two",
        "three",
        "four",
        "five",
        "six",
        "one",
        "both",
        "each",
        "any",
        "many",
        "few",
    ]
)
PREPOSITIONS: Final = frozenset(
    [
        "in",
        "on",
        "at",
        "to",
        "into",
        "onto",
        "from",
        "with",
        "by",
        "for",
        "of",
        "over",
        "under",
        "off",
        "out",
        "up",
        "down",
        "across",
        "against",
        "around",
        "round",
        "about",
        "through",
        "near",
        "behind",
        "beside",
        "inside",
        "outside",
        "between",
        "among",
        "before",
        "after",
        "along",
        "past",
        "toward",
        "towards",
        "upon",
        "within",
        "without",
        "above",
        "below",
        "beneath",
        "next",
        "during",
        "until",
        "via",
        "per",
    ]
)
BREAKS: Final = frozenset(
    [
        "and",
        "or",
        "while",
        "as",
        "then",
        "but",
        "when",
        "who",
        "whom",
        "that",
        "which",
        "because",
        "so",
        "where",
        "whose",
        "if",
        "although",
        "though",
        ".",
        ",",
        ";",
        ":",
        "!",
        "?",
    ]
)
AUXILIARIES: Final = frozenset(
    ["is", "are", "was", "were", "be", "been", "being", "am", "get", "gets", "got", "getting", "gotten"]
)
NEGATIONS: Final = frozenset(
    [
        "not",
        "never",
        "without",
        "nobody",
        "none",
        "no",
        "neither",
        "nor",
        "cannot",
        "can't",
        "don't",
        "doesn't",
        "didn't",
        "isn't",
        "aren't",
        "wasn't",
        "weren't",
        "won't",
        "wouldn't",
        "hasn't",
        "haven't",
        "hadn't",
        "couldn't",
        "shouldn't",
        "refuses",
        "refrains",
        "avoids",
        "instead",
    ]
)
THEM: Final = frozenset(
    [
        "him",
        "her",
        "them",
        "himself",
        "herself",
        "themselves",
        "someone",
        "somebody",
        "anyone",
        "another",
        "other",
        "others",
    ]
)
_OTHERS: Final = frozenset(
    [
        "he",
        "she",
        "they",
        "it",
        "i",
        "we",
        "you",
        "there",
        "here",
        "not",
        "very",
        "too",
        "also",
        "just",
        "only",
        "again",
        "still",
        "together",
        "alone",
        "away",
        "back",
        "forward",
        "suddenly",
        "then",
        "now",
        "almost",
        "nearly",
        "more",
        "most",
        "all",
        "both",
        "less",
        "than",
        "like",
        "can",
        "could",
        "will",
        "would",
        "may",
        "might",
        "must",
        "shall",
        "should",
        "has",
        "have",
        "had",
        "do",
        "does",
        "did",
        "young",
        "old",
        "little",
        "small",
        "big",
        "tall",
        "older",
        "younger",
        "elderly",
        "angry",
        "crying",
    ]
)


class EnglishWords(TypedDict):
    """english.json."""

    classes: dict[str, list[str]]
    shapes: dict[str, str]
    words: dict[str, str]
    minor_words: str
    minor_phrases: list[str]
    minor_triggers: str
    phrasal: list[str]


@cache
def english_words() -> EnglishWords:
    """The file as it is."""
    return cast(EnglishWords, json.loads(files("svta.builder.minors").joinpath("english.json").read_text("utf-8")))


def verb_forms(entry: str) -> dict[str, int]:
    """Forms of a verb entry, each with PARTICIPLE or BASE where it is one: "slap+" is slap, slaps, slapped, slapping.

    `+`: the last letter doubles; `/` separates irregular forms from the base: "strike/struck/striking".
    """
    base, *irregular = entry.split("/")
    doubled = base.endswith("+")
    base = base.rstrip("+")
    stem = base + base[-1] if doubled else base
    if base.endswith("e"):
        past, ing = base + "d", base[:-1] + "ing"
    elif base.endswith("y") and base[-2] not in "aeiou":
        past, ing = base[:-1] + "ied", base + "ing"
    else:
        past, ing = stem + "ed", stem + "ing"
    third = base + "s"
    if base.endswith(("s", "x", "z", "ch", "sh")):
        third = base + "es"
    elif base.endswith("y") and base[-2] not in "aeiou":
        third = base[:-1] + "ies"
    forms = {base: BASE, third: 0, past: PARTICIPLE, ing: 0}
    if irregular:
        forms.pop(past)
        forms |= {form: 0 if form.endswith("ing") else PARTICIPLE for form in irregular}
    return forms


@cache
def word_classes() -> dict[str, int]:
    """word -> the classes it can be of, as bits."""
    classes: dict[str, int] = defaultdict(int)
    for number, name in enumerate(_CLASS_NAMES):
        for entry in english_words()["words"][name].split():
            forms = verb_forms(entry) if name in _VERB_CLASSES else {entry: 0}
            if name == "harmless":
                forms |= verb_forms(entry + "+")
            for form, kind in forms.items():
                classes[form] |= (1 << number) | kind
    for word in english_words()["minor_words"].split():
        classes[word] |= MINOR | PERSON
    for word in THEM:
        classes[word] |= PERSON
    for word in DETERMINERS | PREPOSITIONS | BREAKS | AUXILIARIES | NEGATIONS | _OTHERS:
        classes[word] |= FUNCTION
    return dict(classes)


@cache
def verb_bases() -> dict[str, str]:
    """Form of a listed verb -> its base form."""
    words = english_words()["words"]
    entries = [entry for name in ("harmless", "force", "blow", "strong") for entry in words[name].split()]
    return {form: entry.split("/")[0].rstrip("+") for entry in entries for form in verb_forms(entry)}


@cache
def phrasal_verbs() -> dict[str, tuple[tuple[str, ...], ...]]:
    """Form of a verb -> the words that make it a verb of violence: "sets" -> (("upon",), ("about",), ...)."""
    doubling = {"rip", "set", "let", "run", "hit", "cut", "gun", "mow", "put", "pin", "sit", "shut", "stab", "jab",
                "slap", "wrap", "rub", "stamp", "snap", "cop", "top", "rob", "rap", "bump", "chop"}  # fmt: skip
    irregular = {
        "beat": "beat/beaten/beating", "set": "set/set/setting", "strike": "strike/struck/striking",
        "shoot": "shoot/shot/shooting", "hit": "hit/hit/hitting", "hold": "hold/held/holding", "tear": "tear/tore/torn",
        "light": "light/lit/lighting", "fall": "fall/fell/fallen", "throw": "throw/threw/thrown", "go": "go/went/going",
        "take": "take/took/taken/taking", "come": "come/came/coming", "give": "give/gave/given", "lie": "lie/lay/lying",
        "shake": "shake/shook/shaken", "run": "run/ran/running", "stick": "stick/stuck/sticking", "do": "do/did/done",
        "draw": "draw/drew/drawn", "lay": "lay/laid/laying", "fly": "fly/flew/flying", "cut": "cut/cut/cutting",
        "put": "put/put/putting", "spit": "spit/spat/spitting", "swing": "swing/swung/swinging", "let": "let/let/letting",
        "sit": "sit/sat/sitting", "kneel": "kneel/knelt/kneeling", "stand": "stand/stood/standing", "see": "see/saw/seen",
        "tread": "tread/trod/trodden", "bring": "bring/brought/bringing", "blow": "blow/blew/blown", "have": "have/had",
        "string": "string/strung/stringing", "drive": "drive/drove/driven", "make": "make/made/making",
        "shut": "shut/shut/shutting", "lie+": "lie",
    }  # fmt: skip
    table: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for entry in english_words()["phrasal"]:
        verb, *rest = entry.split()
        spelled = irregular.get(verb, verb + "+" if verb in doubling else verb)
        for form in {*verb_forms(spelled), "goes" if verb == "go" else verb, "does" if verb == "do" else verb}:
            table[form].append(tuple(rest))
        if verb == "have":
            table["has"].append(tuple(rest))
    return {form: tuple(particles) for form, particles in table.items()}


@cache
def pattern(kind: str) -> re.Pattern[str]:
    """The patterns of one list of english.json as one expression; {NAMES} are filled in."""
    table = cast("dict[str, list[str]]", english_words())
    return re.compile(r"(?<![\w])(?:" + "|".join(_expanded(each) for each in table[kind]) + r")(?![\w])")


@cache
def _named_patterns() -> dict[str, str]:
    words = english_words()
    minors = [*words["minor_phrases"], *map(re.escape, words["minor_words"].split())]
    classes = {"MINOR": minors, **words["classes"]}
    return words["shapes"] | {name: "(?:" + "|".join(entries) + r")\b" for name, entries in classes.items()}


def _expanded(text: str) -> str:
    for name, words in _named_patterns().items():
        text = text.replace("{" + name + "}", words)
    return text


@cache
def minor_pattern() -> re.Pattern[str]:
    """Words and phrases for a minor as one expression."""
    alone = r"(?:a|the|another|female|male) minor(?= ?(?:[.,;:!?]|$|(?:is|was|who|in|at|from|by|on)\b))"
    return re.compile(rf"(?<!\w)(?:{_named_patterns()['MINOR']}|{alone})(?!\w)")
