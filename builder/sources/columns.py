"""The columns of other people's tables as fields of a clip: one name of many, numbers and truth values out of text.

The step from rows to fields of `svta describe`, `svta import` and `svta eval`; records.py makes clips of the fields.

    columns = ColumnMap(CAPTION_COLUMNS, {"caption": "Text"})
    columns.fields({"Text": "A man falls.", "Begin": "00:01.5"})      # {"caption": "A man falls.", "start": 1.5}
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final

from svta.builder.io.tables import SourceError
from svta.builder.record import CLIP_FIELDS

Fields = dict[str, object]

# field -> names of columns beside its own; case, blanks, - and _ do not matter, the first with a value wins
CAPTION_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(CLIP_FIELDS, ()),
    "caption": ("text", "sentence", "description", "english text", "prompt", "caption_en"),
    "category": ("class", "label", "category name"),
    "source_id": ("id", "uid", "sample id", "ret key"),
    "source_split": ("split", "subset", "partition"),
    "group": ("video", "video id", "video name", "vid key", "video path", "filename", "file name", "derived from"),
    "start": ("start time", "start seconds", "begin", "t start"),
    "end": ("end time", "end seconds", "stop", "t end"),
    "is_anomaly": ("anomaly", "anomalous"),
    "license": ("licence",),
    "video": (),
}
# the same for rows that name a video file; `class` is no category (it may mean anything), and what is measured of the
# file is not read
VIDEO_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "video": ("file", "video_path", "video_file", "file_name", "filename", "path", "clip"),
    **dict.fromkeys((f for f in CLIP_FIELDS if f not in {"fps", "width", "height", "duration", "motion"}), ()),
    "caption": ("sentence", "text", "description"),
    "category": ("label",),
    "license": ("licence",),
    "group": ("derived_from",),
    "source_split": ("split",),
    "num_frames": ("frames",),
}
TRUTH: Final = {"true": True, "1": True, "false": False, "0": False}
TRUTH_IN_WORDS: Final = TRUTH | {"yes": True, "no": False}

_NAMES: Final = frozenset({"source_id", "group", "source_split", "tag"})  # a spreadsheet makes numbers of them
_TRUTH_FIELDS: Final = frozenset({"is_anomaly", "synthetic"})
_SECONDS: Final = frozenset({"start", "end", "fps", "duration", "motion"})
_COUNTS: Final = frozenset({"num_frames", "width", "height", "seed"})


class ColumnMap:
    """Which columns of a table hold which field: those the user names, the others by the names they are known by.

    known: field -> names. given: field -> column. It remembers the columns it has seen, for the messages.
    """

    def __init__(
        self,
        known: Mapping[str, tuple[str, ...]],
        given: Mapping[str, str] | None = None,
        *,
        truth: Mapping[str, bool] = TRUTH,
    ):
        self.given = dict(given or {})
        if unknown := sorted(set(self.given) - set(known)):
            raise SourceError(f"--columns {unknown[0]}: no field of a clip; fields are {', '.join(CLIP_FIELDS)}")
        self._truth = truth
        self._columns = {
            field: [fold(self.given[field])] if field in self.given else [fold(name) for name in (field, *names)]
            for field, names in known.items()
        }
        self._seen: dict[str, str] = {}

    def fields(self, row: Mapping[str, object]) -> Fields:
        """The row under a clip's field names, without empty cells; what does not fit a field's type stays as it is.

        Of two columns that differ in case alone the first counts, or the one in small letters.
        """
        cells: dict[str, object] = {}
        for column, value in row.items():
            name = fold(column)
            if name not in cells or column == name:
                cells[name] = value
            self._seen.setdefault(name, column)
        fields: Fields = {}
        for field, names in self._columns.items():
            for name in names:
                if name in cells and not _is_empty(cells[name]):
                    fields[field] = self._convert(field, cells[name])
                    break
        return fields

    @property
    def is_used(self) -> bool:
        """Whether it has seen a row."""
        return bool(self._seen)

    def missing(self) -> list[str]:
        """Columns the user named that no row had so far."""
        return [column for column in self.given.values() if fold(column) not in self._seen]

    def has(self, *fields: str) -> bool:
        """Whether a row so far had a column of one of these fields, filled or empty."""
        return any(name in self._seen for field in fields for name in self._columns[field])

    def column_names(self) -> str:
        """The columns seen so far, for a message."""
        return ", ".join(name[:40] for name in list(self._seen.values())[:12]) or "none"

    def _convert(self, field: str, value: object) -> object:
        if type(value) is int:
            if field in _TRUTH_FIELDS and value in (0, 1):
                return bool(value)
            return str(value) if field in _NAMES else value
        if not isinstance(value, str):
            return value
        if field in _TRUTH_FIELDS:
            return self._truth.get(value.strip().casefold(), value)
        if field == "flags":
            return [flag.strip() for flag in value.split(",") if flag.strip()]
        if field in _SECONDS:
            return parse_seconds(value)
        if field in _COUNTS:
            return _parse_count(value)
        return value if field == "caption" else value.strip()


def parse_seconds(text: str) -> float | str:
    """ "01:02.5" or "62.5" as seconds; other text unchanged."""
    try:
        seconds = 0.0
        for part in text.strip().split(":"):
            seconds = seconds * 60 + float(part)
    except ValueError:
        return text
    return round(seconds, 3) if math.isfinite(seconds) else text


def fold(name: str) -> str:
    """A column's name without what differs from file to file: `Video_Name` -> `video name`."""
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()


def _parse_count(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:
        number = parse_seconds(text)
        return int(number) if isinstance(number, float) and number.is_integer() else text


def _is_empty(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))
