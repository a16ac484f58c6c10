"""A caption as a reader's eye reads it: lower case, one kind of quote, no look-alike letters, no invisible marks.

Reads any text; gives what the word lists are compared with, so that "b0y" and a Cyrillic "сhild" are not overlooked.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_LATIN_ALIKE: Final = str.maketrans(
    "асԁеһіјӏорԛѕԝхуАВСЕНІЈКМОРЅТХУαενικορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "acdehijlopqswxyABCEHIJKMOPSTXYaevikoptuxABEZHIKMNOPTYX"
)
_WORD: Final = re.compile(r"\w+")
_MASKING_DIGITS: Final = re.compile(r"(?<=[A-Za-z])[01345]+(?=[A-Za-z])")
_DIGITS_ALIKE: Final = str.maketrans("01345", "oieas")
_OVERLAY: Final = 1  # combining class of marks that are laid over a letter


def unmasked(caption: str) -> str:
    """The caption with look-alike letters and digits inside words replaced: "b0y" is "boy"."""
    if not caption.isascii():
        caption = "".join(char for char in caption if unicodedata.combining(char) != _OVERLAY)
        caption = _WORD.sub(lambda word: _in_latin(word[0]), caption)
    return _MASKING_DIGITS.sub(lambda digits: digits[0].translate(_DIGITS_ALIKE), caption)


def plain(caption: str) -> str:
    """Lower case, one kind of quote, single blanks, no invisible marks."""
    if not caption.isascii():
        caption = unicodedata.normalize("NFKC", caption)
        caption = "".join(char for char in caption if unicodedata.category(char) != "Cf").replace("’", "'")
    return " ".join(caption.replace("`", "'").casefold().split())


def _in_latin(word: str) -> str:
    """A word of Latin and look-alike letters, all in Latin; words of one script stay."""
    latin = word.translate(_LATIN_ALIKE)
    return latin if latin.isascii() and any("a" <= letter <= "z" for letter in word.lower()) else word
