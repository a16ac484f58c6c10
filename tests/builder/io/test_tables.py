"""tables.py: hostile tables cost one row or one line, never the machine's memory."""

from __future__ import annotations

import struct
import time
import zipfile

import pytest

from svta.builder.errors import ClipError
from svta.builder.io.tables import MAX_LINE_BYTES, SourceError
from svta.builder.sources.rows import read_rows
from svta.builder.sources.table import Table


def write(folder, name, data):
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def captions(path):
    rows = list(read_rows(path))
    good = [row["caption"] for _, row in rows if not isinstance(row, ClipError)]
    return good, [(place, str(row)) for place, row in rows if isinstance(row, ClipError)]


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_csv_line_without_end_costs_its_row(tmp_path, quote):
    long = quote + "y" * (3 * MAX_LINE_BYTES)
    path = write(tmp_path, "t.csv", f"caption,x\nA man falls.,1\n{long},2\nA dog runs.,3\n5,6,7\n")
    good, bad = captions(path)
    assert good == ["A man falls.", "A dog runs."]
    assert [place for place, _ in bad] == ["line 3", "line 5"]
    assert "more than 1,000,000 characters" in bad[0][1]


def test_a_csv_header_without_end_is_one_line(tmp_path):
    with pytest.raises(SourceError, match="line 3: a line of more than"):
        captions(write(tmp_path, "t.csv", "\n\n" + "x" * (2 * MAX_LINE_BYTES) + "\n1\n"))


def test_a_csv_of_blank_lines_names_no_columns(tmp_path):
    with pytest.raises(SourceError, match="has no column names"):
        captions(write(tmp_path, "t.csv", "\n" * 300))


def test_json_of_very_many_values_is_refused_before_it_is_parsed(tmp_path):
    with pytest.raises(SourceError, match=r"t\.json.*(items|values)"):
        captions(write(tmp_path, "t.json", b"[" + b"[]," * 20_000_000 + b"[]]"))


def workbook(path, rows, *, method=zipfile.ZIP_DEFLATED, strings=None, encrypted=False):
    """An XLSX whose first sheet has the XML `rows`."""
    main, rels = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://schemas.openxmlformats.org"
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    office = f"{rels}/officeDocument/2006/relationships"
    shared = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kinds}.sharedStrings+xml"/>' if strings else ""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{rels}/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kinds}.worksheet+xml"/>{shared}</Types>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="s" sheetId="1" '
        'r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{rels}/package/2006/relationships"><Relationship '
        f'Id="rId1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
    }
    if strings:
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{main}">{strings}</sst>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    if method == 99 or encrypted:
        data = bytearray(path.read_bytes())
        at = data.rindex(b"PK\x01\x02")  # of the last part
        local = struct.unpack_from("<I", data, at + 42)[0]
        for place, flags, how in ((at, 8, 10), (local, 6, 8)):
            struct.pack_into("<H", data, place + flags, 1 if encrypted else 0)
            struct.pack_into("<H", data, place + how, method)
        path.write_bytes(data)
    return path


def text_row(number, text="A man falls."):
    return f'<row r="{number}"><c r="A{number}" t="inlineStr"><is><t>{text}</t></is></c></row>'


HEADER = text_row(1, "caption")


def test_a_workbook_of_this_shape_is_read(tmp_path):
    pytest.importorskip("openpyxl")
    rows = HEADER + text_row(2) + '<row r="5"><c r="A5" t="s"><v>0</v></c></row>'
    path = workbook(tmp_path / "t.xlsx", rows, strings="<si><t>A dog runs.</t></si>")
    assert captions(path) == (["A man falls.", "A dog runs."], [])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "options", "says"),
    [
        (HEADER + text_row(99_999_999_999), {}, "has a row number above 1,048,576"),
        (HEADER + text_row(2, "y" * 45_000_000), {}, "unpacks to 45,"),
        (HEADER, {"strings": "<si><t>" + "y" * 45_000_000 + "</t></si>"}, "unpacks to 45,"),
        (HEADER, {"method": 99}, "XLSX workbook: That compression method"),
        (HEADER, {"encrypted": True}, "XLSX workbook: .*encrypted"),
        (HEADER + '<row r="2"><c r="A2" t="s"><v>7</v></c></row>', {}, "damaged XLSX workbook: list index"),
        (HEADER + '<row r="x"><c/></row>', {}, "damaged XLSX workbook"),
        (HEADER + '<row r="2"><c r="ZZZZ2"><v>1</v></c></row>', {}, "damaged XLSX workbook"),
    ],
)
def test_a_hostile_workbook_is_one_line(tmp_path, rows, options, says):
    pytest.importorskip("openpyxl")
    with pytest.raises(SourceError, match=says) as error:
        captions(workbook(tmp_path / "t.xlsx", rows, **options))
    assert "\n" not in str(error.value)
    assert "t.xlsx" in str(error.value)


def test_parquet_of_very_many_empty_rows_is_one_line(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"caption": pa.nulls(3_000_000, pa.string())}), tmp_path / "t.parquet")
    with pytest.raises(SourceError, match="3,000,000 rows in a file too small"):
        captions(tmp_path / "t.parquet")
    pq.write_table(pa.table({"caption": ["A man falls."] * 5_000}), tmp_path / "same.parquet")
    assert captions(tmp_path / "same.parquet") == (["A man falls."] * 5_000, [])


def test_a_text_longer_than_a_line_costs_its_row_in_every_kind_of_table(tmp_path):
    import json

    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [{"caption": "A man falls."}, {"caption": "x " * 600_000}, {"caption": "A car stops."}]
    (tmp_path / "t.json").write_text(json.dumps(rows))
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "t.parquet")
    for name in ("t.json", "t.parquet"):
        first, second, third = Table(str(tmp_path / name)).annotations()
        assert (first.fields, third.fields) == (rows[0], rows[2])
        assert str(second.problem.detail) == "a text of 1,200,000 characters; the limit is 1,000,000"


@pytest.mark.slow
def test_a_workbook_that_skips_to_the_last_row_ends_in_seconds(tmp_path):
    pytest.importorskip("openpyxl")
    last = '<row r="99999999999"><c r="A99999999999" t="inlineStr"><is><t>A man falls.</t></is></c></row>'
    started = time.process_time()
    for rows in (last, '<row r="1"><c r="A1"/></row>' + last):
        with pytest.raises(SourceError, match="has a row number above 1,048,576|has no column names"):
            captions(workbook(tmp_path / "t.xlsx", HEADER + rows if rows == last else rows))
    assert time.process_time() - started < 20


def test_all_sheets_of_captions_are_read_and_notes_are_not(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["Export of the control room"])
    sheets = {
        "North": ["Videoname", "Text"],
        "test": ["Text", "Videoname", "Rem"],
        "Train": ["Text", "Videoname", "Split"],
    }
    for title, names in sheets.items():
        sheet = book.create_sheet(title)
        sheet.append(names)
        sheet.append([f"{title}.mp4" if name == "Videoname" else "val" if name == "Split" else title for name in names])
    book.create_sheet("Legend").append(["Colour"])
    book.save(path := tmp_path / "book.xlsx")
    read = {row.place: (row.fields, row.problem) for row in Table(str(path)).annotations()}
    assert read == {
        "book.xlsx sheet North row 2": ({"video": "North.mp4", "caption": "North"}, None),
        "book.xlsx sheet test row 2": ({"video": "test.mp4", "caption": "test", "source_split": "test"}, None),
        "book.xlsx sheet Train row 2": ({"video": "Train.mp4", "caption": "Train", "source_split": "val"}, None),
    }
    assert [row for _, row in read_rows(path)] == [], "where nobody says what is looked for, the first that holds any"
    for title in ("test", "Train"):
        del book[title]
    book.save(path)
    (row,) = Table(str(path)).annotations()
    assert row.place == "book.xlsx row 2"


def test_a_cell_that_is_no_utf8_says_what_mends_it(tmp_path):
    path = write(tmp_path, "t.csv", "Videoname;Text\na;Ein Mann fällt.\n".encode("cp1252"))
    (row,) = Table(str(path)).annotations()
    assert "Text: not UTF-8 text; save the file as CSV UTF-8" in str(row.problem)
