"""The reader's dictionary: lexicon.json, its inflections, and how a caption is cut into words it knows.

Reads a caption; gives a list of Words, each with every sense the table has for it ("park": a place, a verb). Which
sense holds is for word_senses.py to say. Longer phrases win over shorter ones; unknown words have no senses.

    cut("Two men got off the black-and-white bus")    # men -> person man (plural), got off -> verb leave, ...
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final

from svta.generation.storyboard.scene import drawn_words, objects, words_of

MAX_CHARS: Final = 2_000  # a caption's own limit (builder/record.py); what lies beyond is not read
_MAX_PHRASE: Final = 4
_TOKEN: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+|[.,;:!?()]")
_TAG: Final = re.compile(r"<[^<>]{0,200}>|https?://\S+")
_NOUNS: Final = {"people": "person", "animals": "animal", "vehicles": "vehicle", "props": "prop",
                 "substances": "substance", "places": "place"}  # fmt: skip
_OTHERS: Final = {"times": "time", "weathers": "weather", "colours": "colour", "garments": "garment",
                  "numbers": "number", "direction": "direction"}  # fmt: skip
_CAR_PARK: Final = ("car", "park")  # but "a car parks" is no place
_CANS: Final = ("trash", "garbage", "spray", "rubbish", "beer", "waste")
_NOBODY: Final = ("nobody", "noone", "none")
_NEGATIONS: Final = ("not", "no", "never", "cannot", "neither", "nor")
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
    determiner: str = ""  # what stood before it: "a", "the", "his", "another" ...
    auxiliary: bool = False  # a form of be or get stood before it
    infinitive: bool = False
    helped: bool = False  # has, did, will ... stood before it
    negated: bool = False
    possessive: bool = False
    lemma: str = ""  # of a verb: its base form
    noun: str = ""  # its singular
    parts: tuple[frozenset[str], ...] = ()  # of a phrase: the lemmas of each of its words
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


def _plural(noun: str) -> str:
    if len(noun) > 2 and noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if _hisses(noun) and not noun.endswith("o") else "s")


def _entries(text: str) -> list[tuple[str, ...]]:
    return [tuple(entry.split()) for entry in text.split(", ")]


_own_words: list[tuple[str, str, str]] = []  # table, name, word: a user's (user_lexicon.py)


def add_own_words(group: str, value: str, words: Iterable[str]) -> None:
    """Let words mean `value` of a table of lexicon.json (people, props, verbs ...), whatever they meant before."""
    _own_words.extend((group, value, word) for word in words)
    lexicon.cache_clear()


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
                nouns.setdefault(_plural(entry[-1]), entry[-1])
    for group, kind, words in (*drawn_words("similar"), *drawn_words()):
        for entry in (tuple(word.split()) for word in words):
            phrases.setdefault(entry, {})[group] = kind
            nouns.setdefault(_plural(entry[-1]), entry[-1])
    for count, text in table["plural_people"].items():
        for entry in _entries(text):
            add(entry, "crowd", count)
    for group, sense in _OTHERS.items():
        for value, text in table[group].items():
            for entry in _entries(text):
                add(entry, sense, value)
    verbs: dict[str, tuple[str, str]] = {}
    for value, text in table["verbs"].items():
        for entry in _entries(text):
            add(entry, "verb", value)
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
        nouns.setdefault(_plural(entry[-1]), entry[-1])
    for pair in table["irregular"].split(", "):
        forms, base = pair.split("=")
        for form in forms.split():
            verbs[form] = (base, "ing" if form.endswith("ing") and form != base else "s" if form == "has" else "ed")
    lists = {name: frozenset(" ".join(e) for e in _entries(table[name])) for name in _LISTS}
    lists["stand_ins"] |= {word for _, _, words in drawn_words("similar") for word in words}
    lists["stand_ins"] -= {word for _, _, words in drawn_words() for word in words}
    own = {word for _, _, word in _own_words}  # what a user defines is no function word, and stands for itself
    lists = {name: words - own if name in _REPLACED else words for name, words in lists.items()}
    for name in ("after", "meanwhile", "pronouns", "idiom"):
        for entry in _entries(table[name]):
            add(entry, name, " ".join(entry))
    heads = frozenset(entry[:n] for entry in phrases for n in range(1, len(entry)))
    exteriors = {tuple(word.split()): kind for kind in objects() for word in words_of(kind, "outside")}
    exteriors |= {("church",): "church", ("temple",): "church", ("cathedral",): "church", ("chapel",): "church"}
    exteriors |= {(word,): "shop" for word in ("shop", "store", "boutique")}
    headgear = {word: kind for kind, text in table["headgear"].items() for word in text.split(", ")}
    accessories = {kind: tuple(text.split(", ")) for kind, text in table["accessories"].items()}
    return Lexicon(phrases, heads, verbs, nouns, lists, headgear, accessories, exteriors)


def plain(caption: str) -> str:
    """The part of a caption that is read: lower case, no tags, one kind of blank, at most MAX_CHARS characters."""
    text = unicodedata.normalize("NFKC", caption[: 4 * MAX_CHARS])
    text = _TAG.sub(" ", text).replace("’", "'").replace("`", "'")
    text = re.sub(r"(?<=\w)[-‐‑–/_](?=\w)", " ", text)
    return " ".join(text.casefold().split())[:MAX_CHARS]


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


def _is_adverb(token: str) -> bool:
    table = lexicon()
    own = any(token in word.split() for _, _, word in _own_words)  # a user's verb: inspect closely
    known = own or token in table.nouns or token in table.verbs or (token,) in table.phrases or (token,) in table.heads
    return len(token) > 4 and token.endswith("ly") and not known and token not in table.lists["quiet"]


def cut(caption: str) -> list[Word]:
    """A caption as Words in order. Determiners, auxiliaries and adverbs become marks on the word that follows them."""
    table, words = lexicon(), _tokens(plain(caption))
    out: list[Word] = []
    at = 0
    while at < len(words):
        length, senses = _longest(words, at)
        part = words[at : at + max(1, length)]
        head, last = part[0], part[-1]
        head.parts = tuple(w.lemmas for w in part)
        head.manner = tuple(adverb for w in part for adverb in w.manner)
        if senses:
            head.senses = senses
            head.text = " ".join(w.text for w in part)
            head.plural = last.plural
            head.possessive = last.possessive
        elif head.text in table.lists["prepositions"]:
            head.senses = {"preposition": head.text}
        out.append(head)
        at += max(1, length)
    return out


def _longest(words: list[Word], at: int) -> tuple[int, dict[str, str]]:
    """How many words from `at` on make the longest known phrase, and its senses."""
    table = lexicon()
    best: tuple[int, dict[str, str]] = (0, {})
    found: Iterable[tuple[str, ...]] = [()]
    for length in range(1, min(_MAX_PHRASE, len(words) - at) + 1):
        word = words[at + length - 1]
        if length > 1 and word.negated:
            break  # the bus does NOT stop
        grown = [(*begun, lemma) for begun in found for lemma in sorted(word.lemmas)]
        merged: dict[str, str] = {}
        for phrase in grown:
            if senses := table.phrases.get(phrase):
                as_noun = all(p in (w.text, w.noun) for p, w in zip(phrase, words[at:]))
                as_noun = as_noun and (phrase != _CAR_PARK or word.text == "park")
                one = length > 1 and words[at].determiner == "a" and phrase[-1] != word.text
                as_noun = as_noun and not one  # a bus STOPS is no bus stop
                as_verb = length == 1 or not words[at].determiner or words[at].infinitive
                for sense, value in senses.items():
                    if as_verb if sense in ("verb", "idiom") else as_noun:
                        merged.setdefault(sense, value)
        if merged:
            best = length, merged
        if word.possessive or not (found := [phrase for phrase in grown if phrase in table.heads]):
            break
    return best


def _gets(token: str, following: str) -> bool:
    """True for "got off the bus", "gets a gun"; False for "got hit", "is getting dark"."""
    table = lexicon()
    if token not in ("get", "got", "gets", "getting"):
        return False
    led = following in table.lists["determiners"] or following in table.lists["prepositions"] or following == "back"
    return led and following != "by"


def _stands_alone(token: str, following: str) -> bool:
    """True if no noun comes after "another" or "the other": another RUNS, hits the other AND."""
    table = lexicon()
    if token == "others" or not following.isalpha() or following in table.lists["prepositions"]:
        return True
    if following in ("and", "but", "or", "then", "while", "who", "that", "is", "are", "has"):
        return True
    verb = following in table.verbs and table.verbs[following][1] in ("s", "ed")
    return verb and following not in table.nouns and (following,) not in table.phrases


def _tokens(text: str) -> list[Word]:
    """Words with their marks: what stood before them (the, was, to, not) is put on them and left out."""
    table = lexicon()
    out: list[Word] = []
    marks = Word("", frozenset())
    tokens = _TOKEN.findall(text)
    for before, token, following in zip(["", *tokens], tokens, [*tokens[1:], ""]):
        possessive = token.endswith(("'s", "s'")) and token not in ("it's", "he's", "she's", "let's", "there's")
        token = token.removesuffix("'s")
        if token == "can" and marks.determiner:
            marks, can = Word("", frozenset()), Word(token, frozenset({token}), noun=token, determiner=marks.determiner)
            out.append(can)
        elif token == "can" and out and out[-1].text in _CANS:
            out.append(Word(token, frozenset({token}), noun=token))
        elif token in _NOBODY or (before == "no" and token == "one"):
            out.append(Word("nobody", frozenset({"nobody"}), {"person": "person"}, negated=True, noun="nobody"))
            marks = Word("", frozenset())
        elif token.endswith("n't") or token in _NEGATIONS:
            marks.negated = True
            marks.determiner = "a" if token == "no" else marks.determiner
        elif token in table.lists["determiners"]:
            marks.determiner = "the" if token not in ("a", "an", "any") else "a"
        elif token == "other" and out and out[-1].text == "each":
            out.append(Word(token, frozenset({token})))
        elif token in ("another", "other", "others") and _stands_alone(token, following):
            the = token != "another" and marks.determiner == "the"
            out.append(Word(f"the {token}" if the and token == "other" else token, frozenset({token}),
                            {"pronouns": token}, determiner=marks.determiner))  # fmt: skip
            marks = Word("", frozenset())
        elif token in ("another", "other"):
            marks.determiner = "another"
        elif token in table.lists["be"] and not _gets(token, following):
            marks.auxiliary = True
        elif token == "to" and marks.infinitive is False:
            marks.infinitive = True
            out.append(Word("to", frozenset({"to"}), {"preposition": "to"}))
        elif token in table.lists["auxiliaries"]:
            marks.helped = True
        elif token in table.lists["adverbs"]:
            continue
        elif _is_adverb(token):
            marks.manner = (*marks.manner, token)
        else:
            base, ending = table.verbs.get(token, ("", ""))
            word = Word(
                token, lemmas_of(token), ending=ending, lemma=base, plural=token in table.nouns, possessive=possessive
            )
            word.noun = table.nouns.get(token, token)
            word.determiner, word.auxiliary = marks.determiner, marks.auxiliary
            word.infinitive, word.negated, word.helped = marks.infinitive, marks.negated, marks.helped
            word.manner = marks.manner
            out.append(word)
            marks = Word("", frozenset())
    if marks.manner and out:
        out[-1].manner += marks.manner
    return out
