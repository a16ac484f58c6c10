"""Words on contact sheets in any language: a font of the system that has their letters, else the nearest letters.

Pillow's own font has English letters only and draws a box for every other one.

    font, = fonts_for(["Télésiège"], (14,))
    spelt("Télésiège", font)                    # as it is, or "Telesiege" where no font with accents is installed
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
FONTS: Final = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "Arial.ttf", "arial.ttf",
                "Arial Unicode.ttf", "NotoSansCJK-Regular.ttc", "wqy-microhei.ttc", "msyh.ttc")  # fmt: skip
_NONE: Final = "\uffff"  # no font has it: what is drawn in its place is drawn for every letter that is missing
_SPELT: Final = {"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
                 "–": "-", "—": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"',
                 "…": "..."}  # fmt: skip


def fonts_for(texts: Iterable[str], sizes: Sequence[int]) -> list[Font]:
    """Pillow's font in these sizes, or the first known one of the system that has more of the letters."""
    wanted = {letter for text in texts for letter in unicodedata.normalize("NFC", text) if not letter.isspace()}
    best = [ImageFont.load_default(size) for size in sizes]
    missing = sum(not _has(best[0], letter) for letter in wanted)
    for name in FONTS:
        if not missing:
            break
        try:
            font = ImageFont.truetype(name, sizes[0])
        except OSError:  # not installed here
            continue
        if (lacks := sum(not _has(font, letter) for letter in wanted)) < missing:
            missing, best = lacks, [font.font_variant(size=size) for size in sizes]
    return best


def spelt(text: str, font: Font) -> str:
    """The text in letters that the font has: the letter without its accent where that is missing, else `?`."""
    return "".join(_letter(letter, font) for letter in unicodedata.normalize("NFC", text))


def _letter(letter: str, font: Font) -> str:
    if letter.isspace() or _has(font, letter):
        return letter
    plain = "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))
    plain = _SPELT.get(letter, plain)
    return plain if plain and all(_has(font, c) for c in plain) else "?"


@cache
def _has(font: Font, letter: str) -> bool:
    return bytes(font.getmask(letter)) != bytes(font.getmask(_NONE))
