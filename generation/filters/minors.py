"""Does a caption depict a minor, and may it then be filmed? Read by describe, plan, generate and the storyboard.

Reads a caption and its category; the words stand in minors.json (English) and languages.json (31 more languages), a
category's policy in the taxonomy. Offline and deterministic, so that the same caption is refused everywhere. It errs
towards refusing: recall before precision.

    refusal("A woman slaps a little boy")      # "minor_violence": kept as text, never filmed
    refusal("A car hits a little boy")         # None: an accident is filmed, flagged depicts_minor
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

from svta.builder.taxonomy import Taxonomy, load_taxonomy

from .languages import ADULT_AGE, UNKNOWN, says, tongue

MINOR_VIOLENCE: Final = "minor_violence"
MINOR_SEXUAL: Final = "minor_sexual"
UNJUDGED: Final = "unjudged_language"
FLAG: Final = "depicts_minor"

_NUMBERS: Final = re.findall(
    r"\w+",
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen",
)
_NUMBER: Final = rf"(\d{{1,3}}|{'|'.join(_NUMBERS)})"
_LATIN_ALIKE: Final = str.maketrans(
    "асԁеһіјӏорԛѕԝхуАВСЕНІЈКМОРЅТХУαενικορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "acdehijlopqswxyABCEHIJKMOPSTXYaevikoptuxABEZHIKMNOPTYX"
)
_WORD: Final = re.compile(r"\w+")
_MASKING_DIGITS: Final = re.compile(r"(?<=[A-Za-z])[01345]+(?=[A-Za-z])")
_DIGITS_ALIKE: Final = str.maketrans("01345", "oieas")
_SIGNS: Final = re.compile("[👶👧👦🧒🚸🍼]")


def depicts_minor(caption: str) -> bool:
    """True if the words say that somebody under 18 is in the picture ("child", "teenager", "a 9-year-old").

    Not minors: "young man", "boyfriend", "students" of no school named, an empty baby carriage, "like a child".
    """
    caption = _unmasked(caption)
    return _depicts(_plain(caption)) or says(caption, "minor") or bool(_SIGNS.search(caption))


def depicts_violence(caption: str) -> bool:
    """True if the words say that people hurt, threaten, rob or restrain people; accidents and animals do not count."""
    caption = _unmasked(caption)
    text = _words("not_minor").sub(" , ", _words("not_violence").sub(" , ", _plain(caption)))
    return bool(_words("violence").search(text)) or says(caption, "violence")


def refusal(caption: str, category: str | None = None, taxonomy: Taxonomy | None = None) -> str | None:
    """Why a caption must not be filmed, or None: "minor_sexual" (rejected everywhere), "minor_violence" (text only), or
    "unjudged_language": no language these words know, and no category that makes it harmless (text only).

    Violence is told by the category (minor_policy text_only, or a category nobody knows) or by the caption's own words,
    whatever the category says. In its presence weaker signs of a minor count too: a pram, a classroom, students.
    """
    caption = _unmasked(caption)
    text = _plain(caption)
    minor = depicts_minor(caption)
    if minor and (_words("sexual").search(_words("not_sexual").sub(" , ", text)) or says(caption, "sexual")):
        return MINOR_SEXUAL
    violent = _text_only(category, taxonomy)
    if (minor or _words("minor_in_violence").search(text) or says(caption, "weak")) and (
        violent or depicts_violence(caption)
    ):
        return MINOR_VIOLENCE
    if (violent or (category is None and not caption.isascii())) and tongue(caption) == UNKNOWN:
        return UNJUDGED
    return None


def _text_only(category: str | None, taxonomy: Taxonomy | None) -> bool:
    if category is None:
        return False
    known = (taxonomy or _built_in()).find(category)
    return known is None or known.minor_policy == "text_only"


def _depicts(text: str) -> bool:
    text = _words("not_minor").sub(" , ", text)
    if _words("minor").search(text):
        return True
    if any(_years(match[1]) < ADULT_AGE for match in _ages()["old"].finditer(text)):
        return True
    return any(_years(match[1]) < ADULT_AGE for match in _ages()["aged"].finditer(text))


def _years(number: str) -> int:
    return int(number) if number.isdigit() else _NUMBERS.index(number) + 1


def _unmasked(caption: str) -> str:
    """Words as a reader's eye reads them: "b0y", and "child" with a Cyrillic letter or a stroke through it."""
    if not caption.isascii():
        caption = "".join(char for char in caption if unicodedata.combining(char) != 1)  # 1: marks laid over a letter
        caption = _WORD.sub(lambda word: _in_latin(word[0]), caption)
    return _MASKING_DIGITS.sub(lambda digits: digits[0].translate(_DIGITS_ALIKE), caption)


def _in_latin(word: str) -> str:
    """A word of Latin and look-alike letters, all in Latin; words of one script stay."""
    latin = word.translate(_LATIN_ALIKE)
    return latin if latin.isascii() and any("a" <= letter <= "z" for letter in word.lower()) else word


def _plain(caption: str) -> str:
    """Lower case, one kind of quote, single blanks, no marks that hide a word from a reader of letters."""
    text = unicodedata.normalize("NFKC", caption)
    text = "".join(char for char in text if unicodedata.category(char) != "Cf").replace("’", "'").replace("`", "'")
    return " ".join(text.casefold().split())


@cache
def _table() -> dict[str, list[str]]:
    table = json.loads(files("svta.generation.filters").joinpath("minors.json").read_text("utf-8"))
    classes = {name: "(?:" + "|".join(words) + r")\b" for name, words in table.pop("classes").items()}
    classes = table.pop("shapes") | classes
    table["minor"] = [
        "{MINOR}",
        r"(?:a|the|another|female|male) minor(?= ?(?:[.,;:!?]|$|(?:is|was|who|in|at|from|by|on)\b))",
    ]

    def expand(pattern: str) -> str:
        for name, words in classes.items():
            pattern = pattern.replace("{" + name + "}", words)
        return pattern

    return {kind: [expand(p) for p in patterns] for kind, patterns in table.items() if isinstance(patterns, list)}


@cache
def _words(kind: str) -> re.Pattern[str]:
    return re.compile(r"(?<![\w])(?:" + "|".join(_table()[kind]) + r")(?![\w])")


@cache
def _ages() -> dict[str, re.Pattern[str]]:
    thing = "|".join(_table()["not_aged"])
    units = "years?|yrs?|months?|weeks?|y/?o"
    old = rf"\b{_NUMBER}[- ]?(?:{units})(?:[- ]olds?)?\b(?<=old|lds|y/o|.yo)(?! (?:\w+ ){{0,2}}(?:{thing}))"
    return {"old": re.compile(old), "aged": re.compile(rf"\b(?:aged|age|age of) {_NUMBER}\b")}


@cache
def _built_in() -> Taxonomy:
    return load_taxonomy()
