"""Which language a caption is in, and what the words of other languages than English say. Used by filters and minors.

Reads languages.json (words of 31 languages, see its note); writes nothing. `language` asks py3langid where it is
installed; `tongue` and `says` need nothing and answer the same everywhere, because a refusal hangs on them.

    language("Ein Mann fällt hin")                # "de"; None for English and for what is too short to tell
    says("Ein Mann schlägt ein Kind", "minor")    # True
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from operator import itemgetter
from typing import Any, Final, Literal

Kind = Literal["minor", "weak", "violence", "sexual"]

ADULT_AGE: Final = 18
UNKNOWN: Final = "und"  # a language, but none that languages.json holds
KINDS: Final = ("minor", "weak", "violence", "sexual")
MIN_LATIN_LETTERS: Final = 0.8
# py3langid's lead of another language over English, in nats. Of 26,440 English captions (UCA, UCFCrime-AR, MSR-VTT)
# the largest is 7.8; of whole sentences in 31 languages almost all are past 12.
SURE: Final = 12.0
LIKELY: Final = 8.0  # enough where not one word is English
_MIN_SHARE: Final = 0.3  # of a caption's words that must be known before its language is
_FAMILIES: Final = ({"es", "pt", "ca"}, {"sv", "da"}, {"pl", "cs", "hr"}, {"ar", "fa"}, {"hi", "bn"})  # read as one
_PLAIN: Final = 0.6  # of its words English: nothing else is looked at
_ENOUGH_WORDS: Final = 5  # without one English word among so many, a caption is in another language

_LETTERS: Final = str.maketrans(
    {"ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ß": "ss", "ς": "σ"}
    | {"ة": "ه", "ہ": "ه", "ۀ": "ه", "ى": "ي", "ی": "ي", "ے": "ي", "ک": "ك", "ـ": None}
)
_ASCII_WORD: Final = re.compile(r"[a-z0-9]+")
_MARKS: Final = re.compile("[\u0300-\u036f\u05b0-\u05c7\u064b-\u065f\u0670]")
_UNSPACED: Final = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_SCRIPTS: Final = (("ja", "[\u3040-\u30ff]"), ("ko", "[\uac00-\ud7a3]"), ("th", "[\u0e00-\u0e7f]"), ("zh", "[㐀-鿿]"))
_ARTICLES: Final = re.compile("^[وفبكل]?(?:ال|لل)?|^[והבלמשכ]{1,2}")  # written together with Arabic and Hebrew nouns


@dataclass
class Words:
    """Words and what each stands for: whole ones, stems (first or last letters), phrases, signs anywhere."""

    whole: dict[str, frozenset[str]] = field(default_factory=dict)
    stems: dict[int, dict[str, frozenset[str]]] = field(default_factory=dict)
    ends: dict[str, frozenset[str]] = field(default_factory=dict)
    phrases: tuple[str, ...] = ()
    signs: re.Pattern[str] | None = None

    @classmethod
    def read(cls, entries: Iterable[tuple[str, str]]) -> Words:
        """From (meaning, entry) pairs, entries as languages.json has them."""
        words, signs = cls(), []
        for meaning, entry in entries:
            text = letters(entry.replace("_", " ").strip("*"))
            if _UNSPACED.search(text):
                signs.append(re.escape(text))
            elif "_" in entry:
                words.phrases += (f" {text}" + ("" if entry.endswith("*") else " "),)
            else:
                place = words.whole
                if entry.startswith("*"):
                    place = words.ends
                elif entry.endswith("*"):
                    place = words.stems.setdefault(len(text), {})
                place[text] = place.get(text, frozenset()) | {meaning}
        words.signs = re.compile("|".join(sorted(signs, key=len, reverse=True))) if signs else None
        return words

    def meanings(self, word: str) -> frozenset[str]:
        """What a word of `letters` means; empty if it is none of these."""
        found: frozenset[str] = frozenset()
        for form in {word, _ARTICLES.sub("", word)} if word >= "\u0590" else (word,):
            found |= self.whole.get(form, frozenset())
            for length, stems in self.stems.items():
                found |= stems.get(form[:length], frozenset())
            for end, meaning in self.ends.items():
                found |= meaning if form.endswith(end) else frozenset()
        return found


@lru_cache(maxsize=4_096)
def letters(text: str) -> str:
    """Lower case, without accents, invisible marks and punctuation: words between single blanks."""
    if text.isascii():
        return " ".join(_ASCII_WORD.findall(text.lower()))
    text = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    text = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold())))
    text = text.translate(_LETTERS)
    return " ".join("".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in text).split())


def language(caption: str) -> str | None:
    """Code of the language a caption is surely in if that is not English ("und": none is known), else None."""
    seen = [char for char in caption if char.isalpha()]
    latin = sum(char.isascii() for char in seen)
    spoken = tongue(caption)
    if not seen or latin < MIN_LATIN_LETTERS * len(seen):
        return spoken if spoken != "en" else UNKNOWN
    if spoken == "en" and _english(caption) >= _PLAIN * len(letters(caption).split()):
        return None
    try:
        import py3langid
    except ImportError:
        return None if spoken == "en" else spoken
    if py3langid.classify(caption)[0] in ("en", "pcm"):  # pcm: English, as Nigerian Pidgin writes it
        return None
    ranked = py3langid.rank(caption)
    lead = float(ranked[0][1]) - float(dict(ranked)["en"])
    if lead >= SURE or (lead >= LIKELY and not _english(caption)):
        return str(ranked[0][0])
    return None


@lru_cache(maxsize=4_096)
def tongue(caption: str) -> str:
    """The language whose words of languages.json a caption holds most of: a code, "en", or "und" for none of them.

    English where nothing speaks against it: a few words without accents, or as many English words as of any other.
    """
    text = letters(caption)
    unspaced = _UNSPACED.findall(text)
    if unspaced and len(unspaced) >= 0.3 * sum(char.isalpha() for char in text):
        return next(code for code, script in _SCRIPTS if re.search(script, text))
    words = text.split()
    english = _english(caption)
    if english >= _PLAIN * len(words):
        return "en"
    counts = Counter(code for word in words for code in _table()["languages"].meanings(word))
    code, most = max(sorted(counts.items()), key=itemgetter(1), default=("en", 0))  # sorted: ties fall alike everywhere
    if most > english and most >= _MIN_SHARE * len(words):
        return code
    if caption.isascii() and (english or len(words) < _ENOUGH_WORDS):
        return "en"
    return "en" if english >= _MIN_SHARE / 2 * len(words) else UNKNOWN


def says(caption: str, kind: Kind) -> bool:
    """Whether words of the caption's language say so; in an English one only words no English letters spell."""
    spoken = tongue(caption)
    english = spoken == "en"
    if english and caption.isascii():
        return False
    table = _table()
    text = f" {letters(caption)} "
    known, harmless = table[kind], table["not_minor"]
    if kind == "minor":
        text = harmless.signs.sub(" ", text) if harmless.signs else text
    for phrase in harmless.phrases if kind in ("minor", "weak") else ():
        text = text.replace(phrase, "  ")
    strange = {word for part in caption.split() if _is_accented(part) for word in letters(part).split()}
    near = next((family for family in _FAMILIES if spoken in family), {spoken})
    for word in text.split():
        meant = known.meanings(word)
        if meant & near or (meant and (spoken == UNKNOWN or word in strange)):
            return True
    if known.signs is not None and known.signs.search(text):
        return True
    if english:
        return False
    if any(phrase in text for phrase in known.phrases):
        return True
    return kind == "minor" and any(int(match[1]) < ADULT_AGE for match in table["age"].finditer(text))


def english_words() -> frozenset[str]:
    """The words that tell English, in lower case."""
    return frozenset(_table()["english"].whole)


def _is_accented(word: str) -> bool:
    return not word.isascii() and any(char.isalpha() and not char.isascii() for char in word)


def _english(caption: str) -> int:
    """How many words of a caption are English: of the list, or in -ing."""
    words = (part.lower() if part.isalpha() else letters(part) for part in caption.split() if not _is_accented(part))
    known = _table()["english"].whole
    return sum(word in known or (len(word) > 5 and word.endswith("ing")) for each in words for word in each.split())


@cache
def _table() -> dict[str, Any]:
    read = json.loads(files("svta.builder.minors").joinpath("languages.json").read_text("utf-8"))
    languages: dict[str, dict[str, str]] = read["languages"]
    kinds = (*KINDS, "not_minor")
    table: dict[str, Any] = {
        kind: Words.read((code, word) for code, words in languages.items() for word in words[kind].split())
        for kind in kinds
    }
    table["english"] = Words.read(("en", word) for word in read["english"].split())
    table["languages"] = Words.read(
        (code, word) for code, words in languages.items() for kind in ("common", *KINDS) for word in words[kind].split()
    )
    units = "|".join(
        letters(unit.strip("*").replace("_", " ")) + (r"\w*" if unit.endswith("*") else r"(?!\w)")
        for unit in read["age"].split()
    )
    signs = "|".join(letters(sign) for sign in read["age_signs"].split())
    table["age"] = re.compile(rf"(?<!\d)(\d{{1,2}}) ?(?:(?:{units})|(?:{signs}))")
    return table
