"""Any file of annotations -> rows under its own column names: the one place that opens one.

for place, row in read_rows("captions.csv"): ...     # ("line 2", {"video": "a.mp4", "caption": "A man falls."})
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from svta.builder.errors import ClipError
from svta.builder.io import tables
from svta.builder.io.json_text import MAX_LINE_BYTES, loose_json, read_json
from svta.builder.io.limits import open_text
from svta.builder.io.tables import IsHeader, Row, SourceError
from svta.builder.splits import split_name

from .column_names import fold, folded_names
from .shapes import IsVideo, json_rows, unfolded
from .text_lines import is_headless, text_rows

KINDS: Final = (*tables.KINDS, ".json", ".txt")
_NESTED: Final = ("jsonl", "parquet")  # whose cells may be lists of rows
_SHEET: Final = re.compile(r"sheet (.*) row \d+")
MAX_JSON_BYTES: Final = 256_000_000


def read_rows(
    path: str | Path, is_video: IsVideo = lambda name: False, is_header: IsHeader = lambda names: False
) -> Iterator[Row]:
    """Rows of a file of annotations, read by its ending. Raises SourceError for any other file."""
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise SourceError(f"{path}: not a table that svta reads; it reads {' '.join(KINDS)}")
    if not path.is_file():
        raise SourceError(f"{path}: no such file")
    if path.stat().st_size == 0:
        raise SourceError(f"{path}: is empty")
    if kind in (".json", ".jsonl", ".ndjson"):
        kind = _json_kind(path, kind)
    if kind == ".json":
        return json_rows(read_json(path, MAX_JSON_BYTES, error=SourceError, annotations=True), path, is_video)
    if kind == ".txt" or (kind in (".csv", ".tsv") and is_headless(path)):
        return text_rows(path, is_video)
    rows = tables.table_rows(path, is_header, kind)
    if kind == ".xlsx":
        return _with_splits(rows)
    return _unfolded(rows) if tables.KINDS[kind] in _NESTED else rows


def _json_kind(path: Path, kind: str) -> str:
    """.json for one value, .jsonl for an object a line: many files of the one kind bear the ending of the other."""
    with open_text(path) as file:
        first, second = file.readline(MAX_LINE_BYTES).strip(), file.readline(MAX_LINE_BYTES)[:1]
    if first[:1] == "[":
        return ".json"
    return ".jsonl" if second == "{" and isinstance(loose_json(first), dict) else kind


def _with_splits(rows: Iterator[Row]) -> Iterator[Row]:
    """Rows of several sheets; one that is called train or test is the split of its rows, where they name none."""
    for place, row in rows:
        sheet = _SHEET.fullmatch(place)
        if sheet is None or isinstance(row, ClipError) or split_name(sheet[1]) is None:
            yield place, row
        else:
            is_given = any(fold(name) in folded_names("source_split") for name in row)
            yield place, row if is_given else {"split": sheet[1], **row}


def _unfolded(rows: Iterator[Row]) -> Iterator[Row]:
    for place, row in rows:
        yield from ((place, row),) if isinstance(row, ClipError) else unfolded(place, row)
