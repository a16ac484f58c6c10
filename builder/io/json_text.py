"""Strict JSON and JSONL, and paths from other people's files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from svta.builder.errors import ClipError

if TYPE_CHECKING:
    pass


MAX_LINE_BYTES: Final = 1_000_000
_URL: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")


def parse_json_object(data: bytes | str) -> dict[str, Any]:
    """One JSON object of at most 1 MB, parsed strictly; see parse_json."""
    if len(data) > MAX_LINE_BYTES:
        raise ClipError(f"record of {len(data):,} bytes, {MAX_LINE_BYTES:,} are allowed")
    value = parse_json(data)
    if not isinstance(value, dict):
        raise ClipError(f"a JSON object is needed, this is a {type(value).__name__}")
    return value


def parse_json(data: bytes | str) -> Any:
    """Any JSON value, parsed strictly (json.loads alone accepts NaN, 1e999, UTF-16 and duplicate keys)."""
    try:
        text = (data if isinstance(data, str) else data.decode()).removeprefix("\ufeff")
        value, end = _STRICT.raw_decode(text) if text[:1] == "{" else (None, -1)
        if end != len(text):  # blanks around it, or no object: decode() looks closer and takes longer
            value = _STRICT.decode(text)
        if "\\u" in text:  # an escape may hide half a surrogate pair, which no file can store
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeError:
        raise ClipError("not UTF-8 text, or half a surrogate pair in it") from None
    except RecursionError:
        raise ClipError("not JSON svta accepts: nested too deeply") from None
    except ValueError as error:
        raise ClipError(f"not JSON svta accepts: {str(error)[:200]}") from None
    return value


def check_relative_path(path: Any) -> str:
    """`path` if it is a plain relative path that stays below its root; ClipError if it is a URL or leaves it."""
    if not isinstance(path, str) or not path or "\0" in path:
        raise ClipError("video: a relative path is needed")
    posix = PurePosixPath(path.replace("\\", "/"))
    if _URL.match(path) or posix.is_absolute() or ".." in posix.parts:
        raise ClipError(f"video: {path[:120]!r} is a URL or leaves its folder")
    return path


def read_jsonl(path: Path, on_error: Any = "raise") -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, object) of a JSONL file, lines of at most 1 MB; on_error(line_number, error) or "raise"."""
    number = 0
    with open(path, "rb") as file:
        while line := file.readline(MAX_LINE_BYTES + 2):
            number += 1
            part = line
            while not part.endswith(b"\n") and (part := file.readline(MAX_LINE_BYTES)):
                pass  # the rest of a line past the limit: never held, refused by its length below
            if line.strip():
                try:
                    yield number, parse_json_object(line.rstrip(b"\r\n"))
                except ClipError as error:
                    report_line(path, number, error, on_error)


def report_line(path: Path, number: int, error: ClipError, on_error: Any) -> None:
    named = ClipError(f"{path.name} line {number}: {error}")
    if on_error == "raise":
        raise named from None
    on_error(number, named)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"duplicate key {next(n for n in names if names.count(n) > 1)[:80]!r}")
    return fields


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{text[:20]} overflows")
    return value


_STRICT: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite)
