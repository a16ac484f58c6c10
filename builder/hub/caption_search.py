"""Whether what is to be published repeats a caption that may not be: a run of five words in common with any of them.

Reads captions, then files of any kind: text and JSON with their escapes, tags inside an mp4, decoded columns of a
Parquet file, the metadata of pictures. `svta push` searches all it would send and refuses what repeats a caption.

    search = CaptionSearch(["A man in a red coat falls over a box."])
    search.find('{"prompt": "in a red coat falls"}')    # "in a red coat falls"
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

import numpy as np

from svta.builder.errors import DatasetError, first_line
from svta.builder.io.limits import TooLarge, read_bytes, regular
from svta.builder.io.parallel import thread_pool
from svta.builder.io.parquet import read_batches, read_metadata

if TYPE_CHECKING:
    import pyarrow as pa

RUN_WORDS: Final = 5
COMMON: Final = 20  # a run that is in so many captions is a phrase of the language and tells nothing of one of them
_BLOCK: Final = 16 << 20
_OVERLAP: Final = 1 << 14
MAX_PICTURE_BYTES: Final = 64_000_000
_PICTURES: Final = (".png", ".jpg", ".jpeg", ".webp", ".gif")
# a character of a script without blanks between words is a word
_WORD: Final = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|(?:(?![\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])[^\W_])+"
)
_JSON_BLANK: Final = re.compile(r"\\[bfnrt/]")
_JSON_UNICODE: Final = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_WIDE: Final = re.compile(rb"(?:[\t\n\r -~]\0){8,}[\t\n\r -~]?")  # UTF-16 of either byte order
_PERCENT: Final = re.compile(r"%[0-9A-Fa-f]{2}")


def words_of(text: str) -> list[str]:
    """The words of a text in order, as two captions are compared by them: no case, punctuation, spacing, or escapes."""
    if "\\" in text:
        text = _JSON_BLANK.sub(" ", _JSON_UNICODE.sub(_unescaped, text))
    if "&" in text:
        text = html.unescape(text)
    if "%" in text and _PERCENT.search(text):
        text = unquote_plus(text)
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _unescaped(found: re.Match[str]) -> str:
    units = bytes.fromhex(found[0].replace("\\u", ""))
    return units.decode("utf-16-be", "replace")


class CaptionSearch:
    """Runs of five words of captions that must not be published; those in 20 or more different captions aside."""

    def __init__(self, captions: Iterable[str]):
        texts = {" ".join(words): caption for caption in captions if (words := words_of(caption))}
        self._captions = [texts[text] for text in sorted(texts)]
        self._places: dict[str, list[int]] = {}
        for place, text in enumerate(sorted(texts)):
            for run in {*_runs(text.split())}:
                self._places.setdefault(run, []).append(place)
        self._telling = {run for run, places in self._places.items() if len(places) < COMMON}
        self._words = {word for run in self._telling for word in run.split()}
        self._shortest = min(map(len, self._telling), default=2 * RUN_WORDS - 1)

    def __bool__(self) -> bool:
        return bool(self._telling)

    def find(self, text: str) -> str | None:
        """The first run of five words that the text has in common with a caption."""
        if len(text) < 2 * RUN_WORDS - 1:
            return None
        known, words = 0, words_of(text)
        for at, word in enumerate(words, 1):
            known = known + 1 if word in self._words else 0
            if known >= RUN_WORDS and (run := " ".join(words[at - RUN_WORDS : at])) in self._telling:
                return run
        return None

    def original_of(self, text: str, *, independent: bool) -> str | None:
        """The caption that `text` is a near copy of, None if there is no such caption.

        Of a text written by people or by a grammar (`independent`) half of the runs have to be one caption's: a run or
        two in common is chance. Of a text that a model wrote, one is enough.
        """
        runs = [*_runs(words_of(text))]
        counts = Counter(place for run in runs for place in self._places.get(run, ()))
        if not counts or not (self.find(text) if not independent else True):
            return None
        place, common = min(counts.items(), key=lambda item: (-item[1], item[0]))
        return self._captions[place] if not independent or 2 * common >= len(runs) else None

    def allow(self, text: str) -> None:
        """Runs of a caption that is published are public: they do not point to another caption."""
        self._telling.difference_update(_runs(words_of(text)))

    def find_bytes(self, data: bytes) -> str | None:
        """The same in bytes of any kind: every stretch of UTF-8 text in them, and of UTF-16 by its ASCII letters."""
        for text in _stretches(data, self._shortest):
            if (run := self.find(text)) is not None:
                return run
        for wide in _WIDE.finditer(data):
            if (run := self.find(wide[0].replace(b"\0", b"").decode("ascii"))) is not None:
                return run
        return None

    def find_in_file(self, path: Path) -> str | None:
        """The same in a file: its bytes; a Parquet file's columns and a picture's metadata are decoded as well."""
        rest = b""
        with open(path, "rb", opener=regular) as file:
            while block := file.read(_BLOCK):
                if (run := self.find_bytes(rest + block)) is not None:
                    return run
                rest = block[-_OVERLAP:]
        texts: Iterable[str] = ()
        if path.suffix == ".parquet":
            texts = _parquet_texts(path)
        elif path.suffix.lower() in _PICTURES:
            texts = _picture_texts(path)
        return next((run for text in texts if (run := self.find(text)) is not None), None)

    def find_in_files(self, files: Mapping[str, Path], workers: int | None = None) -> dict[str, str]:
        """Name of each file that repeats a caption -> the run found there; the names are searched too."""
        if not self:
            return {}
        with thread_pool(workers) as pool:
            found = pool.map(lambda item: self.find(item[0]) or self.find_in_file(item[1]), files.items())
            return {name: run for name, run in zip(files, found) if run is not None}


def _runs(words: list[str]) -> Iterator[str]:
    for at in range(len(words) - RUN_WORDS + 1):
        yield " ".join(words[at : at + RUN_WORDS])


# what a byte may be: 1 text by itself, 2 the first of a character of several bytes, 4 a further one of it
_KIND: Final = bytes(
    1 if byte in (9, 10, 13) or 0x20 <= byte < 0x7F else 2 if 0xC2 <= byte < 0xF5 else 4 if 0x80 <= byte < 0xC0 else 0
    for byte in range(256)
)


def _stretches(data: bytes, shortest: int) -> Iterator[str]:
    """Stretches of at least `shortest` bytes that read as UTF-8 text; compressed video has few."""
    kind = np.frombuffer(data.translate(_KIND), np.uint8)
    text = kind == 1
    text[:-1] |= (kind[:-1] == 2) & (kind[1:] == 4)
    text[1:] |= (kind[1:] == 4) & (kind[:-1] >= 2)
    window, width = text, 1
    while width < shortest and len(window):
        step = min(width, shortest - width)
        window = window[:-step] & window[step:]
        width += step
    starts = np.flatnonzero(window)
    if not len(starts):
        return
    gaps = np.flatnonzero(np.diff(starts) > 1)
    begins = starts[np.concatenate(([0], gaps + 1))]
    ends = starts[np.concatenate((gaps, [len(starts) - 1]))] + width
    for begin, end in zip(begins.tolist(), ends.tolist()):
        yield data[begin:end].decode("utf-8", "replace")


def _parquet_texts(path: Path) -> Iterator[str]:
    """Every text of a Parquet file, each once per row group: names, metadata, and values however nested."""
    import pyarrow as pa

    try:
        metadata = read_metadata(path)
        yield str(metadata.schema.to_arrow_schema())
        for key, value in (metadata.metadata or {}).items():
            yield from (key.decode("utf-8", "replace"), value.decode("utf-8", "replace"))
        for batch in read_batches(path):
            if isinstance(batch, TooLarge):
                raise batch
            for column in batch.columns:
                yield from _column_texts(column)
    except pa.ArrowException as error:
        raise DatasetError(f"{path}: {first_line(error)}; it cannot be searched for withheld captions") from None


def _column_texts(column: pa.Array) -> Iterator[str]:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        yield from (text for text in column.unique().to_pylist() if text)
    elif not pa.types.is_primitive(kind):  # bytes of any width, and values in values
        yield from (str(value) for value in column.to_pylist() if value)


def _picture_texts(path: Path) -> Iterator[str]:
    """What a picture says besides its pixels: comments, text chunks (compressed ones too), EXIF."""
    from PIL import Image

    with Image.open(BytesIO(read_bytes(path, MAX_PICTURE_BYTES))) as picture:
        picture.load()
        yield from (str(value) for value in picture.info.values())
        yield from (str(value) for value in picture.getexif().values())
