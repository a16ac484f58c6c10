"""The columns of other people's tables -> fields of a Clip."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from svta.builder.io.tables import SourceError
from svta.builder.record import CLIP_FIELDS

# field of Clip -> column names it is known by, beside its own name (case, blanks and _ do not matter)
ALIASES: Final = {
    "caption": ("text", "sentence", "description", "english text", "prompt", "caption_en"),
    "category": ("class", "label", "category name"),
    "source_id": ("id", "uid", "sample id", "ret key"),
    "source_split": ("split", "subset", "partition"),
    "group": ("video", "video id", "video name", "vid key", "video path", "filename", "file name", "derived from"),
    "start": ("start time", "start seconds", "begin", "t start"),
    "end": ("end time", "end seconds", "stop", "t end"),
    "is_anomaly": ("anomaly", "anomalous"),
    "license": ("licence",),
}
_NUMBERS: Final = frozenset({"num_frames", "width", "height", "seed", "fps", "duration", "motion"})
EMPTY_CELLS: Final = re.compile(
    "[\\s\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\u3164\u2800]+"
)  # what nobody sees


def rename(
    fields: dict[str, Any], columns: Mapping[str, str], place: str, *, need_caption: bool = True
) -> dict[str, Any]:
    """A table's row under Clip's field names: `columns` says field -> column, the rest is found by ALIASES."""
    known: dict[str, Any] = {}
    for (
        column,
        value,
    ) in fields.items():  # of two columns that differ in case alone the first, or the one in plain letters
        if isinstance(column, str) and (_fold(column) not in known or column == _fold(column)):
            known[_fold(column)] = value
    renamed: dict[str, Any] = {}
    for field in CLIP_FIELDS:
        if field in columns:
            if _fold(columns[field]) not in known:
                raise SourceError(f"{place}: no column {columns[field]!r}; has {column_names(fields)}")
            renamed[field] = known[_fold(columns[field])]
            continue
        for name in (field, *ALIASES.get(field, ())):
            if _fold(name) in known:
                renamed[field] = known[_fold(name)]
                break
    if unknown := set(columns) - set(CLIP_FIELDS) - {"goal", "wentwrong"}:
        raise SourceError(f"--columns {sorted(unknown)[0]}: no field of a clip; fields are {', '.join(CLIP_FIELDS)}")
    if need_caption and "caption" not in renamed and "key" not in renamed and "category" not in renamed:
        raise SourceError(
            f"{place}: no column of captions; name it with --columns caption=NAME; has {column_names(fields)}"
        )
    if "video" in known and isinstance(known["video"], str):
        renamed["video"] = known["video"]  # refused by Clip if it is a URL or leaves its folder
    if "key" in renamed:
        renamed.setdefault("source_id", renamed.pop("key"))
    return {field: _convert(field, value) for field, value in renamed.items()}


def _convert(field: str, value: Any) -> Any:
    """Text of a CSV cell as the field's type; what does not fit is left for Clip to refuse."""
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    if field in {"source_id", "group", "source_split", "tag"} and isinstance(value, int) and value is not True:
        return str(value)
    if field == "is_anomaly" and type(value) is int and value in (0, 1):
        return bool(value)
    if not isinstance(value, str):
        return value
    if field in {"start", "end"}:
        return parse_seconds(value)
    if field == "is_anomaly":
        return {"true": True, "1": True, "false": False, "0": False}.get(value.strip().casefold(), value)
    if field == "group":
        return Path(value.strip()).stem or None
    if field == "flags":
        return [flag.strip() for flag in value.split(",") if flag.strip()]
    if field in _NUMBERS:
        number = parse_seconds(value)
        return int(number) if isinstance(number, float) and number.is_integer() and field != "fps" else number
    return value if field == "caption" else value.strip()


def parse_seconds(text: str) -> Any:
    """ "01:02.5" or "62.5" as seconds; other text unchanged."""
    try:
        seconds = 0.0
        for part in text.strip().split(":"):
            seconds = seconds * 60 + float(part)
    except ValueError:
        return text
    return round(seconds, 3) if math.isfinite(seconds) else text


def column_value(fields: dict[str, Any], name: str) -> Any:
    return next((value for column, value in fields.items() if _fold(str(column)) == _fold(name)), None)


def column_names(fields: dict[str, Any]) -> str:
    return ", ".join(str(name)[:40] for name in list(fields)[:12]) or "none"


def _fold(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()


def slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:60] or "table"


def without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
