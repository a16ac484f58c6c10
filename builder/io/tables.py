"""Rows of table files as their formats hold them: CSV, TSV, JSONL, XLSX, Parquet. sources/rows.py adds JSON and text.

A row is (place, fields) with the file's own column names; a row that cannot be read is (place, ClipError), and the
rows after it go on. A cell that cannot be read is a ClipError in its place: it costs the row only where somebody reads
its column. Only a file that is not a table at all raises, in one line that names it.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from svta.builder.errors import ClipError, DatasetError, MissingExtra, NotUtf8, SvtaError, first_line

from .json_text import MAX_LINE_BYTES, JsonObject, read_jsonl
from .limits import TooLarge, open_text
from .parquet import read_batches

if TYPE_CHECKING:
    import pyarrow as pa

Row = tuple[str, JsonObject | ClipError]
IsHeader = Callable[[Iterable[str]], bool]

KINDS: Final = {".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".xlsx": "xlsx",
                ".parquet": "parquet"}  # fmt: skip
MAX_SHEET_BYTES: Final = 40_000_000  # of cells and shared strings, unpacked; a row takes 50 to 300
MAX_SHEET_ROWS: Final = 1_048_576  # Excel's own
MAX_SHEET_COLUMNS: Final = 1_000
MAX_BLANK_ROWS: Final = 10_000  # before the row that names the columns
MAX_TITLE_ROWS: Final = 10  # of a sheet, above the names of its columns
MAX_BLANK_LINES: Final = 100  # before the line that names the columns
MAX_LINES_OF_A_ROW: Final = 200  # a quoted cell may go over several; an unclosed one must not take all
_QUOTED: Final = re.compile(r'"((?:[^"]|"")*)"')
_END: Final = "\r\n\x1a"  # of a line, and of a file that DOS wrote


class SourceError(SvtaError):
    """A caption source that is missing, unknown or not a table; names the file and the formats."""


def table_rows(path: Path, is_header: IsHeader = lambda names: False, ending: str = "") -> Iterator[Row]:
    """Rows of a table file, read by its ending, one of KINDS. Raises SourceError for a file that is not a table.

    is_header: whether columns of these names are those that are looked for; it picks the sheets of a workbook.
    ending: what it should be called.
    """
    if (kind := KINDS[ending or path.suffix.lower()]) == "xlsx":
        return _xlsx(path, is_header)
    return {"csv": read_delimited, "tsv": read_delimited, "jsonl": _jsonl, "parquet": _parquet}[kind](path)


def is_unicode(text: str) -> bool:
    """Whether text can be written as UTF-8: it contains no half of a surrogate pair."""
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


class _Lines:
    """Lines of a text file with their numbers, some of which may be put back; None for one past MAX_LINE_BYTES.

    A longer line is never held.
    """

    def __init__(self, file: TextIO):
        self._file, self._held, self._number = file, deque[tuple[int, str | None]](), 0

    def take(self) -> tuple[int, str | None] | None:
        """The next line; None at the end."""
        if self._held:
            return self._held.popleft()
        if not (line := self._file.readline(MAX_LINE_BYTES)):
            return None
        self._number += 1
        if len(line) == MAX_LINE_BYTES and line[-1] != "\n":
            while (rest := self._file.readline(MAX_LINE_BYTES)) and rest[-1] != "\n":
                pass
            return self._number, None
        return self._number, line

    def put_back(self, lines: list[tuple[int, str | None]]) -> None:
        self._held.extendleft(reversed(lines))


def read_delimited(path: Path) -> Iterator[Row]:
    """Rows of a CSV or TSV file; the separator is found in the header, or in Excel's first line `sep=;`."""
    with open_text(path) as file:
        lines = _Lines(file)
        names, delimiter = _header(lines, path)
        header = _unique_names(names)
        while (taken := lines.take()) is not None:
            number, line = taken
            if line is not None and not line.strip(_END):
                continue
            cells = _cells(line, lines, delimiter, len(header))
            if cells == names:
                cells = ClipError("repeats the names of the columns")
            if isinstance(cells, list) and any(cells[len(header) :]):
                what = f"{len(cells)} cells under {len(header)} columns"
                cells = ClipError(f"{what}; quote fields that contain the separator {delimiter!r}")
            if isinstance(cells, ClipError):
                yield f"line {number}", cells
            else:  # a row cut short has empty cells
                row = dict(zip_longest(header, cells[: len(header)], fillvalue=""))
                yield f"line {number}", {name: _checked(cell) for name, cell in row.items()}


def _header(lines: _Lines, path: Path) -> tuple[list[str], str]:
    """The columns' names, and the separator."""
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ""
    for _ in range(MAX_BLANK_LINES):
        if (taken := lines.take()) is None:
            break
        number, line = taken
        if line is None:
            raise SourceError(f"{path} line {number}: a line of more than {MAX_LINE_BYTES:,} characters")
        if not is_unicode(line) or "\0" in line:
            raise SourceError(f"{path}: is not UTF-8 text; save it as CSV UTF-8")
        text = line.strip(_END)
        if text.lower().startswith("sep=") and len(text) == 5:
            delimiter = text[4]
        elif text.strip() and not _is_comment(text, lines):
            delimiter = delimiter if delimiter in text and delimiter else max(",;\t|", key=text.count)
            names = _cells(line, lines, delimiter, MAX_SHEET_COLUMNS)  # a name may go over two lines
            if isinstance(names, ClipError):
                raise SourceError(f"{path} line {number}: {names}")
            if not any(name.strip() for name in names):
                break
            return [name.strip() for name in names], delimiter
    raise SourceError(f"{path}: its first line has no column names")


def _is_comment(text: str, lines: _Lines) -> bool:
    """Whether a line before the names of columns is a remark: it has other cells than the line after it."""
    if not text.startswith("#") or (following := lines.take()) is None:
        return False
    lines.put_back([following])
    mark = max(",;\t|", key=text.count)
    return text.count(mark) != len(next(csv.reader([following[1] or ""], delimiter=mark), "")) - 1 or mark not in text


def _cells(line: str | None, lines: _Lines, delimiter: str, num_columns: int) -> list[str] | ClipError:
    """The cells of the row that begins with `line`, over as many lines as its last quoted cell takes.

    A quote that nothing closes costs its line alone: the lines that were read for it are rows of their own. Between
    tabs it is a part of the text.
    """
    if line is None:
        return ClipError(f"a line of more than {MAX_LINE_BYTES:,} characters")
    cut = _tab_cells if delimiter == "\t" else partial(_csv_cells, {"delimiter": delimiter})
    taken: list[tuple[int, str | None]] = []
    cells, is_open = cut(line, num_columns)
    text = line
    while is_open and (more := lines.take()) is not None:
        taken.append(more)
        if more[1] is None or len(taken) > MAX_LINES_OF_A_ROW or len(text) > csv.field_size_limit():
            break
        text += more[1]
        if '"' in more[1]:  # a line without a quote closes nothing
            cells, is_open = cut(text, num_columns)
    if is_open or (taken and (isinstance(cells, ClipError) or len(cells) > num_columns)):
        lines.put_back(taken)
        cells, _ = cut(line, 0)
    return cells


def _csv_cells(dialect: JsonObject, text: str, num_columns: int) -> tuple[list[str] | ClipError, bool]:
    r"""(cells, whether a quote is still open). Leading blanks are left out; Spark writes \" for a quote."""
    try:
        return next(csv.reader([text], strict=True, skipinitialspace=True, **dialect)), False
    except csv.Error as error:  # a field past the limit, a quote never closed
        if '\\"' in text and "escapechar" not in dialect:
            return _csv_cells({**dialect, "escapechar": "\\", "doublequote": False}, text, num_columns)
        is_open = "unexpected end" in str(error)
        return ClipError(f"{error}{'; a quote that is not closed?' if is_open else ''}"), is_open


def _tab_cells(text: str, num_columns: int) -> tuple[list[str], bool]:
    """(cells, whether the last quoted cell goes on): between tabs a quote means something only around a whole cell."""
    cells = text.rstrip(_END).split("\t")
    is_open = 0 < len(cells) <= num_columns and cells[-1][:1] == '"' and cells[-1].count('"') % 2 == 1
    return [_unquoted(cell) for cell in cells], is_open


def _unquoted(cell: str) -> str:
    return match[1].replace('""', '"') if (match := _QUOTED.fullmatch(cell)) else cell


def _checked(cell: str) -> str | NotUtf8:
    return cell if is_unicode(cell) else NotUtf8("not UTF-8 text; save the file as CSV UTF-8")


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

    def report(line: int, error: ClipError) -> None:
        bad.append((f"line {line}", error))

    for number, fields in read_jsonl(path, report, annotations=True):
        yield from bad
        bad.clear()
        yield f"line {number}", fields
    yield from bad


def _xlsx(path: Path, is_header: IsHeader) -> Iterator[Row]:
    """Values as last computed (a formula without a computed value is empty) of the sheets that are wanted."""
    try:
        import openpyxl
    except ImportError:
        raise MissingExtra("openpyxl", "generate") from None
    book, what = None, "is not an XLSX workbook"
    try:
        _check_unpacked_size(path)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        what = "is a damaged XLSX workbook"
        yield from _sheet_rows(book, path, is_header)
    except SvtaError:
        raise
    except Exception as error:  # zipfile, expat and openpyxl raise ten kinds if it is not a workbook or a damaged one
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
            raise SourceError(f"{path}: unpacks to {size:,} bytes of XML; the limit is {limit:,}; give it as CSV")


def _sheet_rows(book: Any, path: Path, is_header: IsHeader) -> Iterator[Row]:
    """Rows of the sheets whose columns are those looked for, else of the first that holds any: notes often come first.

    Of several sheets a row's place is `sheet NAME row N`.
    """
    heads = ((sheet, *_sheet_header(_numbered(sheet), is_header)) for sheet in book.worksheets)
    if not (sheets := [one for one in heads if any(one[2])]):
        raise SourceError(f"{path}: its first row has no column names")
    wanted = [one for one in sheets if is_header(one[2])] or sheets[:1]
    for sheet, last, names in wanted:
        where = f"sheet {sheet.title[:40]} " if len(wanted) > 1 else ""
        for number, cells in islice(_numbered(sheet), last, None):
            if number > MAX_SHEET_ROWS:
                raise SourceError(
                    f"{path}: has a row number above {MAX_SHEET_ROWS:,}, the last row that a sheet can have"
                )
            if cells.count(None) < len(cells):  # openpyxl makes an empty row for each number that a file skips
                yield f"{where}row {number}", {name: cell for name, cell in zip(names, cells) if name}


def _numbered(sheet: Any) -> Iterator[tuple[int, tuple[object, ...]]]:
    if not hasattr(sheet, "reset_dimensions"):
        return  # a sheet of charts
    sheet.reset_dimensions()  # what a file says of its size may be a million empty rows of 16,384 cells
    # without a last row openpyxl makes an empty one for every number up to the one that a row has
    yield from enumerate(sheet.iter_rows(values_only=True, max_row=MAX_SHEET_ROWS + 1, max_col=MAX_SHEET_COLUMNS), 1)


def _sheet_header(rows: Iterator[tuple[int, tuple[object, ...]]], is_header: IsHeader) -> tuple[int, list[str]]:
    """The number of the row of names, and the names: the first row that says anything; where that is a title, a wider
    row a little below with the columns looked for, or else the first of the widest."""
    said = ((number, cells) for number, cells in islice(rows, MAX_BLANK_ROWS) if any(map(_is_said, cells)))
    first, *below = list(islice(said, MAX_TITLE_ROWS + 1)) or [(0, ())]
    names = _cell_names(first[1])
    if (wide := sum(map(_is_said, first[1]))) == 1 or not is_header(names):  # a title may be called Description
        for number, cells in below:
            if sum(map(_is_said, cells)) > wide and is_header(lower := _cell_names(cells)):
                return number, lower
    if wide == 1 and not is_header(names):  # below a title; a message then lists the names, and not the title
        texts = [(n, cells) for n, cells in below if all(isinstance(c, str) for c in cells if _is_said(c))]
        number, cells = max(texts, key=lambda row: sum(map(_is_said, row[1])), default=first)
        if sum(map(_is_said, cells)) > 1:
            return number, _cell_names(cells)
    return first[0], names


def _cell_names(cells: Sequence[object]) -> list[str]:
    return _unique_names(["" if cell is None else str(cell).strip() for cell in cells])


def _is_said(cell: object) -> bool:
    return cell is not None and bool(str(cell).strip())


def _parquet(path: Path) -> Iterator[Row]:
    import pyarrow as pa

    number = 0
    try:
        for batch in read_batches(path):
            rows: Iterable[JsonObject | ClipError] = (
                [ClipError(str(batch))] if isinstance(batch, TooLarge) else _parquet_rows(batch)
            )
            for row in rows:
                number += 1
                yield f"row {number}", row
    except DatasetError as error:
        raise SourceError(str(error)) from None
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"{path}: is not a Parquet file that svta can read: {first_line(error, 120)}") from None


def _parquet_rows(batch: pa.RecordBatch) -> Iterator[JsonObject]:
    batch = batch.rename_columns(_unique_names(batch.schema.names))
    try:
        rows: list[JsonObject] = batch.to_pylist()
    except (ValueError, OverflowError):  # text that is not UTF-8, a date past all calendars: that cell alone
        columns = {name: [_value(cell) for cell in batch.column(name)] for name in batch.schema.names}
        for number in range(batch.num_rows):
            yield {name: cells[number] for name, cells in columns.items()}
    else:
        yield from rows


def _value(cell: pa.Scalar) -> object:
    try:
        return cell.as_py()
    except (ValueError, OverflowError) as error:
        return ClipError(f"a value that cannot be read: {first_line(error, 120)}")
