"""Rows of any table file: CSV, TSV, JSONL, JSON, XLSX, Parquet. Used by `svta describe` and `svta import`.

A row is (place, fields) with the file's own column names; a row that cannot be read is (place, ClipError), and the
rows after it go on. Only a file that is no table at all raises, in one line that names it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from .errors import ClipError, MissingExtra, SvtaError
from .record import parse_json, read_jsonl

Row = tuple[str, dict[str, Any] | ClipError]

KINDS: Final = {".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json",
                ".xlsx": "xlsx", ".parquet": "parquet"}  # fmt: skip
MAX_JSON_BYTES: Final = 1 << 30


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
    return {"csv": _csv, "tsv": _csv, "jsonl": _jsonl, "json": _json, "xlsx": _xlsx, "parquet": _parquet}[kind](path)


def read_json(path: Path) -> Any:
    """A whole JSON file, parsed strictly. Raises SourceError."""
    if path.stat().st_size > MAX_JSON_BYTES:
        raise SourceError(f"{path}: over {MAX_JSON_BYTES:,} bytes of JSON; give it as JSONL")
    try:
        return parse_json(path.read_bytes())
    except ClipError as error:
        raise SourceError(f"{path}: {error}") from None


def _csv(path: Path) -> Iterator[Row]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        try:
            first = file.readline()
            file.seek(0)
            tab = path.suffix.lower() == ".tsv"
            reader = csv.reader(file, delimiter="\t" if tab else max(",;\t", key=first.count))
            header = [name.strip() for name in next(reader, [])]
            if not any(header):
                raise SourceError(f"{path}: its first line names no columns")
            yield from _csv_rows(reader, header)
        except UnicodeDecodeError:
            raise SourceError(f"{path}: is not UTF-8 text") from None
        except csv.Error as error:  # in the header: later rows are reported one by one
            raise SourceError(f"{path} line 1: {error}") from None


def _csv_rows(reader: Any, header: list[str]) -> Iterator[Row]:
    while True:
        place = f"line {reader.line_num + 1}"
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:  # a field past the limit, a NUL: the reader starts afresh on the next line
            yield place, ClipError(str(error))
            continue
        if not cells:
            continue
        if len(cells) > len(header):
            yield place, ClipError(f"{len(cells)} cells under {len(header)} columns; quote fields that hold a comma")
        else:
            yield place, dict(zip(header, cells))


def _jsonl(path: Path) -> Iterator[Row]:
    bad: list[Row] = []
    for number, fields in read_jsonl(path, on_error=lambda line, error: bad.append((f"line {line}", error))):
        yield from bad
        bad.clear()
        yield f"line {number}", fields
    yield from bad


def _json(path: Path) -> Iterator[Row]:
    yield from json_rows(read_json(path), path)


def json_rows(value: Any, path: Path) -> Iterator[Row]:
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


def _objects(values: Iterable[Any]) -> Iterator[Row]:
    for number, value in enumerate(values, 1):
        if isinstance(value, dict):
            yield f"row {number}", value
        else:
            yield f"row {number}", ClipError(f"a JSON object is needed, this is a {type(value).__name__}")


def _all_objects(values: list[Any]) -> bool:
    return bool(values) and all(isinstance(value, dict) for value in values)


def _xlsx(path: Path) -> Iterator[Row]:
    try:
        import openpyxl
    except ImportError:
        raise MissingExtra("openpyxl", "generate") from None
    from zipfile import BadZipFile

    try:
        book = openpyxl.load_workbook(path, read_only=True)
        rows = book.worksheets[0].iter_rows(values_only=True)
    except (BadZipFile, KeyError, ValueError, IndexError, OSError, openpyxl.utils.exceptions.InvalidFileException):
        raise SourceError(f"{path}: is no XLSX workbook") from None
    try:
        header = ["" if cell is None else str(cell).strip() for cell in next(rows, ())]
        if not any(header):
            raise SourceError(f"{path}: its first row names no columns")
        for number, cells in enumerate(rows, 2):
            if any(cell is not None for cell in cells):
                yield f"row {number}", {name: cell for name, cell in zip(header, cells) if name}
    finally:
        book.close()


def _parquet(path: Path) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            number = 0
            for batch in file.iter_batches(batch_size=4096):
                for fields in batch.to_pylist():
                    number += 1
                    yield f"row {number}", fields
    except pa.ArrowException as error:
        raise SourceError(f"{path}: is no Parquet file svta can read: {str(error).splitlines()[0][:120]}") from None
