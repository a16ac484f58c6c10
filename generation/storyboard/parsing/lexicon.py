"""The reader's dictionary: lexicon.json, regular forms of its verbs and nouns, and how its entries are looked up.

Reads a caption; gives a list of Words, each with every sense the table has for it ("park": a place, a verb). Which
sense holds is for noun_or_verb.py to say. Longer phrases win over shorter ones; unknown words have no senses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final

from svta.builder.minors.plain_text import plain as as_judged
from svta.generation.storyboard.drawn_tables import clothing, drawn_words, handwork, objects, words_of
from svta.generation.storyboard.place_table import place_words

MAX_CHARS: Final = 2_000  # a caption's own limit (builder/record.py); what lies beyond is not read
_TAG: Final = re.compile(r"<[^<>]{0,200}>|https?://\S+")
_NOUNS: Final = {"people": "person", "animals": "animal", "vehicles": "vehicle", "props": "prop",
                 "substances": "substance", "places": "place"}  # fmt: skip
_OTHERS: Final = {"times": "time", "weathers": "weather", "colours": "colour", "garments": "garment",
                  "numbers": "number", "direction": "direction"}  # fmt: skip
_REPLACED: Final = ("quiet", "unread", "stand_ins", "prepositions", "adverbs")
_LISTS: Final = (
    "be",
    "auxiliaries",
    "prepositions",
    "pronouns",
    "idiom",
    "nouns",
    "after",
    "meanwhile",
    "determiners",
    "adverbs",
    "quiet",
    "unread",
    "stand_ins",
    "stand_in_verbs",
)


@dataclass
class Word:
    """A word or known phrase of a caption. `senses` maps a class (person, verb, place ...) to its name in scene.py."""

    text: str
    lemmas: frozenset[str]
    senses: dict[str, str] = field(default_factory=dict)
    ending: str = ""  # of a verb: "", "s", "ed" (also irregular participles) or "ing"
    plural: bool = False
    owner: str = ""  # his, her or their before it
    determiner: str = ""  # what stood before it: "a", "the", "his", "another" ...
    auxiliary: bool = False  # a form of be or get stood before it
    reduced: bool = False  # "being" alone stood before it: a cat BEING bitten
    infinitive: bool = False
    unable: bool = False  # cannot stood before it
    helped: bool = False  # has, did, will ... stood before it
    negated: bool = False
    possessive: bool = False
    lemma: str = ""  # of a verb: its base form
    noun: str = ""  # its singular
    parts: tuple[frozenset[str], ...] = ()  # of a phrase: the lemmas of each of its words
    top: bool = False  # on top of it
    load: str = ""  # the kind of thing that a vehicle is full of
    part: str = ""  # which part of it that is: "roof", "hood"
    manner: tuple[str, ...] = ()  # the adverbs before it, and after it at the end of a caption

    def has(self, *classes: str) -> bool:
        """True if one of its senses is of one of these classes."""
        return any(c in self.senses for c in classes)


@dataclass(frozen=True)
class Lexicon:
    """lexicon.json turned round: phrase -> senses, inflected form -> base form."""

    phrases: dict[tuple[str, ...], dict[str, str]]
    heads: frozenset[tuple[str, ...]]  # beginnings of longer phrases, so that most look-ups end early
    verbs: dict[str, tuple[str, str]]  # form -> base form, ending
    nouns: dict[str, str]  # plural -> singular
    lists: dict[str, frozenset[str]]
    headgear: dict[str, str]  # words of hats -> how they are drawn
    accessories: dict[str, tuple[str, ...]]  # what is drawn on somebody besides clothes -> its words
    exteriors: dict[tuple[str, ...], str]  # words of a place -> the building that is seen from the street


def _entries(text: str) -> list[tuple[str, ...]]:
    return [tuple(entry.split()) for entry in text.split(", ")]


_SHOPS: Final = ("shop", "store", "boutique", "village shop", "village store", "corner shop", "corner store")
_own_words: list[tuple[str, str, str]] = []  # table, name, word: a user's (user_lexicon.py)


def add_own_words(group: str, value: str, words: Iterable[str]) -> None:
    """Let words mean `value` of a table of lexicon.json (people, props, verbs ...), whatever they meant before."""
    _own_words.extend((group, value, word) for word in words)
    lexicon.cache_clear()


def is_own_word(token: str) -> bool:
    """True for a word of a user's entries: inspect closely."""
    return any(token in word.split() for _, _, word in _own_words)


def own_words(group: str = "") -> frozenset[str]:
    """The words of a user's entries, of one table or of all."""
    return frozenset(word for table, _, word in _own_words if group in ("", table))


def own_meaning(word: str, groups: Iterable[str]) -> str:
    """The name that a user's word stands for in one of these tables; the word itself where it is none.

    A hyphen is read as a blank, as in captions.
    """
    read = word.replace("-", " ")
    return next((value for group, value, own in reversed(_own_words) if own == read and group in groups), word)


def forget_own_words() -> None:
    """Only the built-in words."""
    _own_words.clear()
    lexicon.cache_clear()


@cache
def lexicon() -> Lexicon:
    """The table of lexicon.json, ready for looking up."""
    table = json.loads(files("svta.generation.storyboard.parsing").joinpath("lexicon.json").read_bytes())
    phrases: dict[tuple[str, ...], dict[str, str]] = {}

    def add(entry: tuple[str, ...], sense: str, value: str) -> None:
        phrases.setdefault(entry, {}).setdefault(sense, value)

    nouns: dict[str, str] = dict(pair.split("=") for pair in table["plurals"].strip(", ").split(", "))
    for group, sense in _NOUNS.items():
        for value, text in table[group].items():
            for entry in _entries(text):
                add(entry, sense, value)
                nouns.setdefault(plural_of(entry[-1]), entry[-1])
    for group, kind, words in (*drawn_words("similar"), *drawn_words()):
        for entry in (tuple(word.split()) for word in words):
            phrases.setdefault(entry, {})[group] = kind
            nouns.setdefault(plural_of(entry[-1]), entry[-1])
    placed = {tuple(word.split()): name for name, words in place_words() for word in words}
    for entry, name in placed.items():
        phrases.setdefault(entry, {})["place"] = name
        nouns.setdefault(plural_of(entry[-1]), entry[-1])
    for count, text in table["plural_people"].items():
        for entry in _entries(text):
            add(entry, "crowd", count)
    for group, sense in _OTHERS.items():
        for value, text in table[group].items():
            for entry in _entries(text):
                add(entry, sense, value)
    verbs: dict[str, tuple[str, str]] = {}
    for piece in clothing().values():
        for entry in _entries(piece["words"]):
            add(entry, "garment", "hat" if piece["slot"] == "hat" else "other")
            nouns.setdefault(plural_of(entry[-1]), entry[-1])
    for value, text in table["verbs"].items():
        for entry in _entries(text):
            add(entry, "verb", value)
            for form, ending in verb_forms(entry[0]).items():
                verbs.setdefault(form, (entry[0], ending))
    handled = {entry: name for name, work in handwork().items() for entry in _entries(work["words"]) if entry}
    for entry, name in handled.items():
        phrases.setdefault(entry, {})["verb"] = name
        for form, ending in verb_forms(entry[0]).items():
            verbs.setdefault(form, (entry[0], ending))
    for group, value, word in _own_words:
        entry = tuple(word.split())
        if group == "verbs":
            add(entry, "verb", value)
            phrases[entry]["verb"] = value
            for form, ending in verb_forms(entry[0]).items():
                verbs.setdefault(form, (entry[0], ending))
            continue
        phrases[entry] = {_NOUNS[group]: value}
        nouns.setdefault(plural_of(entry[-1]), entry[-1])
    for pair in table["irregular"].split(", "):
        forms, base = pair.split("=")
        for form in forms.split():
            verbs[form] = (base, "ing" if form.endswith("ing") and form != base else "s" if form == "has" else "ed")
    lists = {name: frozenset(" ".join(e) for e in _entries(table[name])) for name in _LISTS}
    lists["stand_ins"] |= {word for _, _, words in drawn_words("similar") for word in words}
    lists["stand_ins"] -= {word for _, _, words in drawn_words() for word in words}
    lists["stand_ins"] -= {" ".join(entry) for entry in placed}
    lists["stand_in_verbs"] -= {" ".join(entry) for entry in handled}
    own = {word for _, _, word in _own_words}  # what a user defines is no function word, and stands for itself
    lists = {name: words - own if name in _REPLACED else words for name, words in lists.items()}
    for name in ("after", "meanwhile", "pronouns", "idiom"):
        for entry in _entries(table[name]):
            add(entry, name, " ".join(entry))
    heads = frozenset(entry[:n] for entry in phrases for n in range(1, len(entry)))
    exteriors = {tuple(word.split()): kind for kind in objects() for word in words_of(kind, "outside")}
    exteriors |= {("church",): "church", ("temple",): "church", ("cathedral",): "church", ("chapel",): "church"}
    exteriors |= {tuple(text.split()): "shop" for text in _SHOPS}
    pieces = [(kind, piece["slot"] == "hat", tuple(piece["words"].split(", "))) for kind, piece in clothing().items()]
    headgear = {word: kind for kind, text in table["headgear"].items() for word in text.split(", ")}
    headgear |= {word: kind for kind, hat, words in pieces if hat for word in words}
    accessories = {kind: tuple(text.split(", ")) for kind, text in table["accessories"].items()}
    accessories |= {kind: words for kind, hat, words in pieces if not hat}
    return Lexicon(phrases, heads, verbs, nouns, lists, headgear, accessories, exteriors)


def plain(caption: str) -> str:
    """The part of a caption that is read: lower case, no tags, one kind of blank, at most MAX_CHARS characters."""
    text = as_judged(_TAG.sub(" ", caption[: 4 * MAX_CHARS]))
    return " ".join(re.sub(r"(?<=\w)[-/_](?=\w)", " ", text).split())[:MAX_CHARS]


def lemmas_of(text: str) -> frozenset[str]:
    """A word itself, its singular and its base form, as far as the table knows them."""
    table = lexicon()
    found = {text, table.nouns.get(text, text)}
    if text in table.verbs:
        found.add(table.verbs[text][0])
    elif text not in table.nouns and (text,) not in table.phrases:
        found |= _guesses(text)
    return frozenset(found)


def _guesses(text: str) -> set[str]:
    """What an unknown word may be an inflection of, so that a user's own words are found in all their forms."""
    out: set[str] = set()
    for ending, bases in (("ies", ("y",)), ("es", ("", "e")), ("s", ("",)), ("ed", ("", "e")), ("ing", ("", "e"))):
        if text.endswith(ending) and len(text) > len(ending) + 2:
            stem = text[: -len(ending)]
            out |= {stem + base for base in bases} | ({stem[:-1]} if stem[-1] == stem[-2] else set())
    return out


def _doubled(verb: str) -> str:
    short = re.fullmatch(r"[^aeiou]*[aeiou][bdgklmnprtv]", verb) or re.fullmatch(r"[a-z]*qu[aeiou][tdp]", verb)
    return verb + verb[-1] if short else verb


def verb_forms(verb: str) -> dict[str, str]:
    """The regular forms of a verb -> their ending: {"stop": "", "stops": "s", "stopped": "ed", "stopping": "ing"}."""
    y = len(verb) > 2 and verb.endswith("y") and verb[-2] not in "aeiou"
    forms = {verb: "", (verb[:-1] + "ies" if y else verb + ("es" if _hisses(verb) else "s")): "s"}
    stem = verb[:-1] if verb.endswith("e") else verb
    for base in {_doubled(verb), stem}:
        forms[verb[:-1] + "ied" if y else base + "ed"] = "ed"
        forms[(verb if verb.endswith("ee") else base) + "ing"] = "ing"
    return forms


def _hisses(word: str) -> bool:
    return word.endswith(("s", "x", "z", "ch", "sh", "o"))


def plural_of(noun: str) -> str:
    """The regular plural of a noun."""
    if len(noun) > 2 and noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    if noun.endswith("man") and noun not in ("human", "caveman"):
        return noun[:-3] + "men"
    return noun + ("es" if _hisses(noun) and not noun.endswith("o") else "s")


def is_adverb(token: str) -> bool:
    table = lexicon()
    own = is_own_word(token)
    known = own or token in table.nouns or token in table.verbs or (token,) in table.phrases or (token,) in table.heads
    return len(token) > 4 and token.endswith("ly") and not known and token not in table.lists["quiet"]
