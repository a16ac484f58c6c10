"""`--set NAME=VALUE` as typed fields of a backend's settings."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import fields
from typing import Any, Final

from svta.builder.errors import ClipError, DatasetError, first_line
from svta.builder.io.json_text import JsonObject, parse_json_object
from svta.builder.io.limits import read_text

from .spec import PlanError

MAX_TABLE_BYTES: Final = 4_000_000
_WANTED: Final = {"bool": "true or false", "int": "a whole number", "float": "a number"}


def parse_settings(texts: Iterable[str], settings: type, without: Collection[str] = ()) -> JsonObject:
    """`NAME=VALUE` texts as typed values of the dataclass `settings`; tables as JSON, or the name of a .json file.

    without: fields that are set in another way. Raises PlanError that names what there is.
    """
    types = {f.name: str(f.type).removesuffix(" | None") for f in fields(settings) if f.name not in without}
    values: JsonObject = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or name not in types:
            raise PlanError(f"--set {text}: NAME=VALUE is needed, NAME one of {', '.join(types)}")
        values[name] = typed(name, value, types[name])
    return values


def typed(name: str, value: str, kind: str) -> Any:
    """A text as a value of the type named `kind`. Raises PlanError."""
    try:
        if name == "batch_size" and value == "auto":
            return 0
        if kind.startswith("Mapping") or kind == "Options":
            return _table(value)
        if kind == "bool":
            return {"true": True, "false": False, "on": True, "off": False, "1": True, "0": False}[value.lower()]
        return {"int": int, "float": float, "str": str}[kind](value)
    except (ValueError, KeyError, OSError, ClipError, DatasetError) as error:
        wanted = _WANTED.get(kind, "a JSON object")
        raise PlanError(f"--set {name}={value[:80]}: {wanted} is needed ({first_line(error, 100)})") from None


def _table(value: str) -> JsonObject:
    """A JSON object, given as it is or as the name of a .json file."""
    if value.endswith(".json"):
        value = read_text(value, MAX_TABLE_BYTES)
    return parse_json_object(value)
