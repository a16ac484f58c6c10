"""Does a caption name a person? By capitals, titles and given names; no model. Read by filters (flag names_person).

The words are in names.json.

    names_person("Taylor Swift waves from the stage.")       # True
    names_person("A bus passes the Eiffel Tower in Paris.")  # False: places, firms, feasts and peoples are not persons
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Final

from svta.builder.minors.languages import UNKNOWN, english_words, tongue

_TITLE: Final = (
    r"(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|President|Senator|King|Queen|Prince|Princess|Pope|Sir|Lady|Judge|Mayor)"
)
_TITLED: Final = re.compile(rf"\b{_TITLE}\.? (?!(?:The|A|An)\b)[A-Z][a-z]+")
_CAPITALS: Final = re.compile(
    r"(?<![\w'-])[A-Z][a-z]+(?:[ -](?:(?:de|van|von|bin|al|da|del|la) )?[A-Z][a-z]+)+(?![\w-])"
)
_CAPITAL: Final = re.compile(r"(?<![\w-])[A-Z][a-z]+(?![\w-])")
_SAINT: Final = re.compile(r"\b(?:St|San|Saint|Santa)\.? $")
_HEADED: Final = re.compile(r"(?:\b(?:in|at|to|near|through|across|of|towards?|outside|inside)(?: the)?|\bthe) $", re.I)


def names_person(caption: str) -> bool:
    """True if the words name a person: a title and a name, a given name, or two capitalised words that are not a place.

    Only titles and given names tell where most words have capitals (a headline), or where nouns may: in German, and in
    what is not a sentence of a known language ("Verkehrsunfall Innenstadt Kreuzung").
    """
    if _TITLED.search(caption):
        return True
    capitals = [match for match in _CAPITAL.finditer(caption) if match[0] in _words("given")]
    if any(not _is_part_of_place(caption, match) for match in capitals):
        return True
    words = [word for word in caption.split() if word[0].isalpha()]
    if sum(word[0].isupper() for word in words) > 0.6 * len(words) > 2 or tongue(caption) in ("de", UNKNOWN):
        return False
    if len(words) > 2 and all(word[0].isupper() for word in words):
        return False
    return any(_is_name(caption, match) for match in _CAPITALS.finditer(caption))


def _is_name(caption: str, match: re.Match[str]) -> bool:
    words = re.split("[ -]", match[0])
    if words[0] in _words("not_first") or words[-1] in _words("place") or not _words("never").isdisjoint(words):
        return False
    if _HEADED.search(caption[: match.start()]) or _is_part_of_place(caption, match):
        return False
    return english_words().isdisjoint(word.lower() for word in words if word[0].isupper())


def _is_part_of_place(caption: str, match: re.Match[str]) -> bool:
    """Whether the words before or behind make it a place or a thing: "Mary Street", "St. John"."""
    before, behind = caption[: match.start()], caption[match.end() :].split(" ", 2)
    follows = behind[1].rstrip(".,;:!?") if len(behind) > 1 and not behind[0] else ""
    return follows in _words("place") or bool(_SAINT.search(before))


@cache
def _words(kind: str) -> frozenset[str]:
    table = json.loads(files("svta.generation.filters").joinpath("person_names.json").read_text("utf-8"))
    return frozenset(table[kind].split())
