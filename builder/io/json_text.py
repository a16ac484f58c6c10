"""Strict JSON and JSONL: read with limits, written atomically.

json.loads alone takes NaN, duplicate keys and UTF-16, raises four kinds of errors, and makes gigabytes of objects
out of 100 MB of "[],[],[]"; every file that somebody else may have written is read here.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Final, Literal, NoReturn

from svta.builder.errors import ClipError, DatasetError, NotUtf8, SvtaError, first_line

from .files import atomic_write
from .limits import read_bytes, regular

Json = Any  # a parsed value: its reader checks the type
JsonObject = dict[str, Any]  # a parsed object: the same of each of its values
OnError = Literal["raise"] | Callable[[int, ClipError], object]  # called with the line's number and what is wrong

MAX_LINE_BYTES: Final = 1_000_000
MAX_JSON_BYTES: Final = 64_000_000
MAX_LOOSE_DEPTH: Final = 64  # answers and fields of others have 3 to 10
MAX_JSON_ITEMS: Final = 10_000_000  # objects count twice: about 100 bytes each of Python's memory


def parse_json_object(data: bytes | str, *, annotations: bool = False) -> JsonObject:
    """One JSON object of at most 1 MB, parsed strictly; see parse_json."""
    if len(data) > MAX_LINE_BYTES:
        raise ClipError(f"record of {len(data):,} bytes, {MAX_LINE_BYTES:,} are allowed")
    value = parse_json(data, annotations=annotations)
    if not isinstance(value, dict):
        raise ClipError(f"a JSON object is needed, this is a {type(value).__name__}")
    return value


def parse_json(data: bytes | str, *, annotations: bool = False) -> Json:
    """Any JSON value, parsed strictly (json.loads alone accepts NaN, 1e999, UTF-16 and duplicate keys).

    annotations=True is for tables of other people, of which a few columns are read: NaN, numbers past all limits and
    half surrogate pairs stay as values; the reader of their column refuses them.
    """
    decoder = _ANNOTATIONS if annotations else _STRICT
    if len(data) > MAX_LINE_BYTES:
        _check_items(data)
    try:
        text = (data if isinstance(data, str) else data.decode()).removeprefix("\ufeff")
        value, end = decoder.raw_decode(text) if text[:1] == "{" else (None, -1)
        if end != len(text):  # blanks around it, or no object: decode() looks closer and takes longer
            value = decoder.decode(text)
        if "\\u" in text and not annotations:  # an escape may hide half a surrogate pair, which no file can store
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeError:
        raise NotUtf8("not UTF-8 text, or half a surrogate pair in it") from None
    except RecursionError:
        raise ClipError("not JSON svta accepts: nested too deeply") from None
    except ValueError as error:
        raise ClipError(f"not JSON svta accepts: {first_line(error)}") from None
    return value


_HALF_PAIR: Final = re.compile(rb"\\u[dD][89a-fA-F]")


def loose_json(text: bytes | str, default: Any = None, *, writable: bool = False) -> Json:
    """A JSON value out of an answer or a field that need not be strict; `default` if it is not JSON. Raises nothing.

    What is nested deeper than MAX_LOOSE_DEPTH is not JSON either, so the value may be walked recursively; nor, if it is
    to be `writable`, what holds half a surrogate pair.
    """
    try:
        value: Json = json.loads(text)
        if writable and _HALF_PAIR.search(text.encode() if isinstance(text, str) else text):
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return default
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(MAX_LOOSE_DEPTH):
        parts = chain.from_iterable(item.values() if isinstance(item, dict) else item for item in level)
        if not (level := [part for part in parts if isinstance(part, (dict, list))]):
            return value
    return default


def read_json(
    path: str | Path,
    max_bytes: int = MAX_JSON_BYTES,
    *,
    error: type[SvtaError] = DatasetError,
    annotations: bool = False,
) -> Json:
    """A JSON file of at most `max_bytes`, parsed strictly; any fault is one `error` naming the file.

    FileNotFoundError passes: the caller knows what a missing file means.
    """
    try:
        return parse_json(read_bytes(path, max_bytes), annotations=annotations)
    except FileNotFoundError:
        raise
    except OSError as refused:
        raise error(f"{path}: {refused.strerror}") from None
    except ClipError as problem:
        raise error(f"{path}: {problem}") from None
    except SvtaError as problem:  # of read_bytes: it names the file
        raise error(str(problem)) from None


def read_json_object(
    path: str | Path, max_bytes: int = MAX_JSON_BYTES, *, error: type[SvtaError] = DatasetError
) -> JsonObject:
    """read_json of a file that has to hold an object."""
    value = read_json(path, max_bytes, error=error)
    if not isinstance(value, dict):
        raise error(f"{path}: a JSON object is needed, this is a {type(value).__name__}")
    return value


def json_line(row: Mapping[str, object]) -> bytes:
    """A row of a JSONL file: compact UTF-8 JSON and the line's end."""
    return json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def write_jsonl(path: str | Path, rows: Iterable[Mapping[str, object]]) -> int:
    """Rows as JSONL, written atomically; returns how many."""
    count = 0
    with atomic_write(path) as file:
        for row in rows:
            file.write(json_line(row))
            count += 1
    return count


def read_jsonl(
    path: Path, on_error: OnError = "raise", *, annotations: bool = False
) -> Iterator[tuple[int, JsonObject]]:
    """(line number, object) of a JSONL file, lines of at most 1 MB; on_error(line_number, error) or "raise"."""
    number = 0
    with open(path, "rb", opener=regular) as file:
        while line := file.readline(MAX_LINE_BYTES + 2):
            number += 1
            part = line
            while not part.endswith(b"\n") and (part := file.readline(MAX_LINE_BYTES)):
                pass  # the rest of a line past the limit: never held, refused by its length below
            if line.strip():
                try:
                    yield number, parse_json_object(line.rstrip(b"\r\n"), annotations=annotations)
                except ClipError as error:
                    report_line(path, number, error, on_error)


def report_line(path: Path, number: int, error: ClipError, on_error: OnError) -> None:
    named = type(error)(f"{path.name} line {number}: {error}")
    if on_error == "raise":
        raise named from None
    on_error(number, named)


def _check_items(data: bytes | str) -> None:
    """Before a long text becomes objects: count what will become one."""
    marks = ("{", "{", "[", ",")
    counts = map(data.count, marks) if isinstance(data, str) else (data.count(mark.encode()) for mark in marks)
    if (items := sum(counts)) > MAX_JSON_ITEMS:
        raise ClipError(f"not JSON svta accepts: about {items:,} values; the limit is {MAX_JSON_ITEMS:,}; use JSONL")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"duplicate key {next(n for n in names if names.count(n) > 1)[:80]!r}")
    return fields


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{text[:20]} overflows")
    return value


def _whole(text: str) -> int | float:
    return int(text) if len(text) < 4_000 else math.inf  # Python refuses to convert longer ones


_ANNOTATIONS: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=float, parse_int=_whole)
_STRICT: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite)
