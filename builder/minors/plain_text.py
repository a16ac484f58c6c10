"""A caption as a reader's eye reads it: lower case, one kind of dash and quote, no accents, no look-alike letters.

Reads any text; gives what the word lists are compared with. The judge of minors and the storyboard's reader both use
`plain`, so that a word which is drawn as a child is also judged as one: "b0y", "bōy", "сhild" with a Cyrillic с,
"nine‑year‑old" with another dash, "tod-<line break>dler", "b o y", "todler".
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from .lexicon import minor_words, words

_LATIN_ALIKE: Final = str.maketrans(
    "асԁеһіјӏорԛѕԝхуАВСЕНІЈКМОРЅТХУαενικορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧցօսհոøØłŁđĐħıɓɗƙ",
    "acdehijlopqswxyABCEHIJKMOPSTXYaevikoptuxABEZHIKMNOPTYXgouhnoOlLdDhibdk",
)
_ALWAYS_LATIN: Final = str.maketrans(  # letters that no orthography mixes with others: small capitals, script letters
    "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢɡɑ"
    + "".join(map(chr, range(0x1F1E6, 0x1F200)))
    + "".join(map(chr, range(0x1F170, 0x1F18A))),
    "abcdefghijklmnoprstuvwyzga" + "abcdefghijklmnopqrstuvwxyz" * 2,
)  # fmt: skip
_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—―−﹘﹣－⁃⸺⸻", "-") | dict.fromkeys("’‘ʼ＇`´", "'"))
_BLANK: Final = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"  # drawn as nothing
_WORD: Final = re.compile(r"\w+")
_OVERLAY: Final = 1  # combining class of marks that are laid over a letter

_BROKEN: Final = re.compile(r"(?<=\w)-[ \t]*[\r\n]+\s*(?=\w)")  # a word divided at the end of a line
_JOINED: Final = re.compile(r"(?<=[^\W_])_+(?=[^\W_])|(?<=[a-z]{2})\.(?=[a-z]{2})")  # "nine_year_old", "nine.year.old"
_TALL_I: Final = re.compile(r"(?<=[a-z])I(?=[a-z])")  # "chiId"
_MASKING_DIGITS: Final = re.compile(r"(?<=[A-Za-z])[01345]+(?=[A-Za-z])")
_DIGITS_ALIKE: Final = str.maketrans("01345", "oieas")
_MASKED: Final = re.compile(r"(?<!\S)(?=\S*[A-Za-z])(?=\S*[0-9@$!|*€£#])[\w@$!|*€£#]+")
_MASKS: Final = {"0": "o", "1": "[il]", "3": "e", "4": "a", "5": "s", "6": "[gb]", "7": "t", "8": "b", "9": "g"} | {
    "@": "a", "$": "s", "!": "[il]", "|": "[il]", "€": "e", "£": "l", "*": ".", "#": "."}  # fmt: skip
_SPELLED: Final = re.compile(r"(?<![\w'])(?:[A-Za-z][ .*-]){2,}[A-Za-z](?![\w'])")  # "b o y", "b-o-y"
_DIVIDED: Final = re.compile(r"(?<![\w-])[A-Za-z]+(?:-[A-Za-z]+)+(?![\w-])")
_LETTERS: Final = re.compile(r"[a-z]{3,}")
_WRONG_PLURAL: Final = re.compile(
    r"(?<!\w)((?:an?|the|this|that|two|three|some|his|her|their) )(?:childs|childrens|babys)(?!\w)"
)
_LONG: Final = 4  # letters of a word of which two may change places, and one be missing if it is longer


def unmasked(caption: str) -> str:
    """The caption with its accents and case, but without what hides a word: "b0y" is "boy"."""
    return _words_unmasked(_in_one_script(caption, accents=True))


def plain(caption: str) -> str:
    """Lower case, no accents, one kind of dash and quote, single blanks, no look-alikes, no masked words."""
    text = _words_unmasked(_in_one_script(caption, accents=False)).casefold()
    text = _LETTERS.sub(lambda word: _misspelt().get(word[0], word[0]), text)
    return " ".join(_WRONG_PLURAL.sub(r"\1child", text).split())


def _in_one_script(caption: str, *, accents: bool) -> str:
    caption = caption.replace("`", "'")
    if caption.isascii():
        return caption
    caption = unicodedata.normalize("NFKC", caption.translate(_DASHES)).translate(_DASHES).translate(_ALWAYS_LATIN)
    if not accents:
        caption = unicodedata.normalize("NFD", caption)
    caption = "".join(char for char in caption if not _is_unseen(char, accents=accents))
    return _WORD.sub(lambda word: _in_latin(word[0]), unicodedata.normalize("NFC", caption))


def _is_unseen(char: str, *, accents: bool) -> bool:
    """Whether a character is drawn as nothing or only as a mark on another one."""
    if char.isascii():
        return False
    mark = unicodedata.combining(char)
    kind = unicodedata.category(char)
    is_selector = "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    return kind in ("Cf", "Me") or is_selector or char in _BLANK or mark == _OVERLAY or (mark != 0 and not accents)


def _in_latin(word: str) -> str:
    """A word of Latin and look-alike letters, all in Latin; words of one script stay."""
    latin = word.translate(_LATIN_ALIKE)
    return latin if latin.isascii() and any("a" <= letter <= "z" for letter in word.lower()) else word


def _words_unmasked(text: str) -> str:
    text = _JOINED.sub("-", _BROKEN.sub("-", text))
    text = _TALL_I.sub("l", text)
    text = _MASKED.sub(lambda word: _unmasked(word[0]), text)
    text = _MASKING_DIGITS.sub(lambda digits: digits[0].translate(_DIGITS_ALIKE), text)
    text = _SPELLED.sub(lambda letters: _spelled(letters[0]), text)
    return _DIVIDED.sub(lambda parts: _whole(parts[0]), text)


def _unmasked(word: str) -> str:
    """The word for a child that digits and signs hide, else the word as it is."""
    core = word.strip("!*#|")
    if 2 * sum(char.isalpha() for char in core) < len(core) or not set(core) & _MASKS.keys():
        return word
    shape = "".join(_MASKS.get(char) or re.escape(char) for char in core.lower())
    child = re.search(rf"^{shape}$", _minor_lines(), re.MULTILINE)
    return word.replace(core, child[0]) if child else word


def _spelled(letters: str) -> str:
    joined = re.sub(r"[^A-Za-z]", "", letters)
    if joined.lower() in minor_words():
        return joined
    return f"{joined[0]} {joined[1:]}" if joined[1:].lower() in minor_words() else letters  # "a b o y"


def _whole(parts: str) -> str:
    whole = parts.replace("-", "")
    return whole if whole.lower() in minor_words() and parts.lower() not in minor_words() else parts


@cache
def _minor_lines() -> str:
    return "\n".join(sorted(word for word in minor_words() if word.isascii()))


@cache
def _misspelt() -> dict[str, str]:
    """Common words for a child with an inner letter left out or in its neighbour's place, or the last one doubled."""
    table = dict(pair.split("=") for pair in words("spelt_otherwise"))
    for word in words("misspelt"):
        wrong = {word + word[-1]} if word[-1] != "s" else set()
        if len(word) >= _LONG:
            inner = range(1, len(word) - 1)
            wrong |= {word[:at] + word[at + 1 :] for at in inner if len(word) > _LONG}  # a bay is no baby
            wrong |= {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in inner}
        table |= dict.fromkeys(wrong - minor_words(), word)
    return table
