"""Rows of any table file: CSV, TSV, JSONL, JSON, XLSX, Parquet. Used by `svta describe` and `svta import`.

A row is (place, fields) with the file's own column names; a row that cannot be read is (place, ClipError), and the
rows after it go on. Only a file that is no table at all raises, in one line that names it.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from svta.builder.errors import ClipError, DatasetError, MissingExtra, SvtaError, first_line

from . import json_text
from .json_text import MAX_LINE_BYTES, Json, JsonObject, read_jsonl
from .limits import TooLarge, regular
from .parquet import read_batches

if TYPE_CHECKING:
    from _csv import Reader

    import pyarrow as pa

Row = tuple[str, JsonObject | ClipError]

KINDS: Final = {".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json",
                ".xlsx": "xlsx", ".parquet": "parquet"}  # fmt: skip
MAX_JSON_BYTES: Final = 256_000_000
MAX_SHEET_BYTES: Final = 40_000_000  # of cells and shared strings, unpacked; a row takes 50 to 300
MAX_SHEET_ROWS: Final = 1_048_576  # Excel's own
MAX_SHEET_COLUMNS: Final = 1_000
MAX_BLANK_ROWS: Final = 10_000  # before the row that names the columns
MAX_BLANK_LINES: Final = 100  # before the line that names the columns


class SourceError(SvtaError):
    """A caption source that is missing, unknown or no table; names the file and what would be one."""


def read_rows(path: str | Path) -> Iterator[Row]:
    """Rows of a table file, told by its ending. Raises SourceError for a file that is none."""
    path = Path(path)
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise SourceError(f"{path}: no table svta reads; it takes {' '.join(KINDS)}")
    if not path.is_file():
        raise SourceError(f"{path}: no such file")
    if path.stat().st_size == 0:
        raise SourceError(f"{path}: is empty")
    readers = {"csv": _csv, "tsv": _csv, "jsonl": _jsonl, "json": _json, "xlsx": _xlsx, "parquet": _parquet}
    return map(_without_long_texts, readers[kind](path))


def _without_long_texts(row: Row) -> Row:
    """The row, or a ClipError where a cell holds more text than a line of JSONL may: cleaning it would take minutes."""
    place, fields = row
    if isinstance(fields, ClipError):
        return row
    longest = max((len(cell) for cell in fields.values() if isinstance(cell, str)), default=0)
    if longest > MAX_LINE_BYTES:
        return place, ClipError(f"a text of {longest:,} characters, {MAX_LINE_BYTES:,} are read")
    return row


def read_json(path: Path) -> Json:
    """A whole JSON file, parsed strictly. Raises SourceError."""
    return json_text.read_json(path, MAX_JSON_BYTES, error=SourceError)


class _LongLine(Exception):
    """A line of more than MAX_LINE_BYTES characters; what is left of it has been skipped."""


class _Lines:
    """Lines of a text file for csv.reader, each of at most MAX_LINE_BYTES characters; a longer one is never held."""

    def __init__(self, file: TextIO):
        self._file = file

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline(MAX_LINE_BYTES)
        if not line:
            raise StopIteration
        if len(line) == MAX_LINE_BYTES and line[-1] != "\n":
            while (rest := self._file.readline(MAX_LINE_BYTES)) and rest[-1] != "\n":
                pass
            raise _LongLine(f"a line of more than {MAX_LINE_BYTES:,} characters")
        return line


def _csv(path: Path) -> Iterator[Row]:
    # bytes that are no UTF-8 come as half surrogates: their row is reported, the others go on
    with open(path, encoding="utf-8-sig", errors="surrogateescape", newline="", opener=regular) as file:
        lines, first, skipped = _Lines(file), "", -1
        try:
            while not first.strip() and skipped < MAX_BLANK_LINES:
                first, skipped = next(lines, ""), skipped + 1
        except _LongLine as error:
            raise SourceError(f"{path} line {skipped + 2}: {error}") from None
        if not _is_text(first):
            raise SourceError(f"{path}: is not UTF-8 text")
        file.seek(0)
        for _ in range(skipped):
            file.readline(MAX_LINE_BYTES)
        tab = path.suffix.lower() == ".tsv"
        reader = csv.reader(lines, delimiter="\t" if tab else max(",;\t", key=first.count), strict=True)
        try:
            header = [name.strip() for name in next(reader, [])]
        except (csv.Error, _LongLine) as error:  # in the header: later rows are reported one by one
            raise SourceError(f"{path} line {skipped + 1}: {error}") from None
        if not any(header):
            raise SourceError(f"{path}: its first line names no columns")
        yield from _csv_rows(reader, _unique_names(header), skipped)


def _csv_rows(reader: Reader, header: list[str], skipped: int) -> Iterator[Row]:
    long_lines = 0
    while True:
        place = f"line {reader.line_num + long_lines + skipped + 1}"
        try:
            cells = next(reader)
        except StopIteration:
            return
        except _LongLine as error:
            long_lines += 1  # which the reader has not counted
            yield place, ClipError(str(error))
            continue
        except csv.Error as error:  # a field past the limit, a quote never closed: the reader starts afresh after it
            hint = "; a quote that is not closed?" if "unexpected end" in str(error) else ""
            yield place, ClipError(f"{error}{hint}")
            continue
        if not cells:
            continue
        if len(cells) > len(header):
            yield place, ClipError(f"{len(cells)} cells under {len(header)} columns; quote fields that hold a comma")
        elif not all(map(_is_text, cells)):
            yield place, ClipError("not UTF-8 text")
        else:
            yield place, dict(zip_longest(header, cells, fillvalue=""))  # a row cut short has empty cells


def _is_text(cell: str) -> bool:
    return cell.isascii() or not any("\ud800" <= char <= "\udfff" for char in cell)


def _unique_names(header: list[str]) -> list[str]:
    """Column names, a name that comes again with its number: the first keeps it, nothing is overwritten."""
    seen: Counter[str] = Counter()
    names = []
    for name in header:
        seen[name] += 1
        names.append(name if seen[name] == 1 or not name else f"{name} ({seen[name]})")
    return names


def _jsonl(path: Path) -> Iterator[Row]:
    bad: list[Row] = []
    for number, fields in read_jsonl(path, on_error=lambda line, error: bad.append((f"line {line}", error))):
        yield from bad
        bad.clear()
        yield f"line {number}", fields
    yield from bad


def _json(path: Path) -> Iterator[Row]:
    yield from json_rows(read_json(path), path)


def json_rows(value: Json, path: Path) -> Iterator[Row]:
    """Rows of a list of objects, of one object, of {"data": [...]} or of {name: object or list of objects}."""
    if isinstance(value, list):
        yield from _objects(value)
    elif not isinstance(value, dict):
        raise SourceError(f"{path}: a list of JSON objects is needed, this is a {type(value).__name__}")
    elif (lists := [v for v in value.values() if isinstance(v, list)]) and len(lists) == 1 and _all_objects(lists[0]):
        yield from _objects(lists[0])
    elif value and all(isinstance(v, dict) or (isinstance(v, list) and _all_objects(v)) for v in value.values()):
        for name, under in value.items():
            for place, fields in _objects(under if isinstance(under, list) else [under]):
                yield f"{name} {place}", fields if isinstance(fields, ClipError) else {"video": name, **fields}
    else:
        yield "row 1", value


def _objects(values: Iterable[object]) -> Iterator[Row]:
    for number, value in enumerate(values, 1):
        if isinstance(value, dict):
            yield f"row {number}", value
        else:
            yield f"row {number}", ClipError(f"a JSON object is needed, this is a {type(value).__name__}")


def _all_objects(values: list[object]) -> bool:
    return bool(values) and all(isinstance(value, dict) for value in values)


def _xlsx(path: Path) -> Iterator[Row]:
    """Values as last computed (a formula nobody computed is empty) of the first sheet that holds any."""
    try:
        import openpyxl
    except ImportError:
        raise MissingExtra("openpyxl", "generate") from None
    book, what = None, "is no XLSX workbook"
    try:
        _check_unpacked_size(path)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        what = "is a damaged XLSX workbook"
        yield from _first_sheet(book, path)
    except SvtaError:
        raise
    except Exception as error:  # zipfile, expat and openpyxl raise ten kinds for what is no workbook or a damaged one
        why = " ".join(str(error).split())[:100] or type(error).__name__
        raise SourceError(f"{path}: {what}: {why}") from None
    finally:
        if book is not None:
            book.close()


def _check_unpacked_size(path: Path) -> None:
    """Refuse a workbook that unpacks to more than openpyxl holds in less than 2 GB: a kilobyte of zip can be 1 MB."""
    from zipfile import ZipFile

    with ZipFile(path) as archive:
        parts = {part.filename.lower(): part.file_size for part in archive.infolist()}
    parts = {name: size for name, size in parts.items() if not name.startswith("xl/media/")}  # pictures stay packed
    cells = sum(size for name, size in parts.items() if name.startswith("xl/worksheets/") or "sharedstrings" in name)
    for size, limit in ((cells, MAX_SHEET_BYTES), (sum(parts.values()) - cells, MAX_SHEET_BYTES // 4)):
        if size > limit:
            raise SourceError(f"{path}: unpacks to {size:,} bytes of XML, {limit:,} are read; give it as CSV")


def _first_sheet(book: Any, path: Path) -> Iterator[Row]:
    for sheet in book.worksheets:
        if not hasattr(sheet, "reset_dimensions"):
            continue  # a sheet of charts
        sheet.reset_dimensions()  # what a file says of its size may be a million empty rows of 16,384 cells
        # without a last row openpyxl makes an empty one for every number up to the one that a row bears
        rows = enumerate(sheet.iter_rows(values_only=True, max_row=MAX_SHEET_ROWS + 1, max_col=MAX_SHEET_COLUMNS), 1)
        header = next((cells for _, cells in islice(rows, MAX_BLANK_ROWS) if any(map(_is_said, cells))), ())
        if not header:
            continue
        names = _unique_names(["" if cell is None else str(cell).strip() for cell in header])
        for number, cells in rows:
            if number > MAX_SHEET_ROWS:
                raise SourceError(f"{path}: names a row after {MAX_SHEET_ROWS:,}, the last one that a sheet can have")
            if cells.count(None) < len(cells):  # openpyxl makes an empty row for each number that a file skips
                yield f"row {number}", {name: cell for name, cell in zip(names, cells) if name}
        return
    raise SourceError(f"{path}: its first row names no columns")


def _is_said(cell: object) -> bool:
    return cell is not None and bool(str(cell).strip())


def _parquet(path: Path) -> Iterator[Row]:
    import pyarrow as pa

    number = 0
    try:
        for batch in read_batches(path):
            rows = [ClipError(str(batch))] if isinstance(batch, TooLarge) else _parquet_rows(batch)
            for row in rows:
                number += 1
                yield f"row {number}", row
    except DatasetError as error:
        raise SourceError(str(error)) from None
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"{path}: is no Parquet file svta can read: {first_line(error, 120)}") from None


def _parquet_rows(batch: pa.RecordBatch) -> Iterator[JsonObject | ClipError]:
    batch = batch.rename_columns(_unique_names(batch.schema.names))
    try:
        rows: list[JsonObject] = batch.to_pylist()
    except (ValueError, OverflowError):  # text that is no UTF-8, a date past all calendars: that row alone
        for place in range(batch.num_rows):
            try:
                yield batch.slice(place, 1).to_pylist()[0]
            except (ValueError, OverflowError) as error:
                yield ClipError(f"a value that cannot be read: {first_line(error, 120)}")
    else:
        yield from rows
