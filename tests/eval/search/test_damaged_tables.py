"""Tables of an index with columns of other types, or with a footer that is none, are one line."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from svta.eval.search.store.layout import FILES, FileRow, SearchError, read_files, write_files

ROW = FileRow("/a", "b.mp4", 3, 4, 5, "c" * 64, 6.5, added=1)
OTHERS = [
    ("duration", pa.array(["six"])), ("duration", pa.array([[6.5]])), ("size", pa.array([{"a": 1}])),
    ("root", pa.nulls(1)), ("added", pa.nulls(1)), ("name", pa.array([b"\xff\xfe"])), ("other", pa.array([1])),
]  # fmt: skip


@pytest.mark.parametrize(("name", "values"), OTHERS)
def test_a_column_of_another_type(tmp_path: Path, name: str, values: pa.Array) -> None:
    write_files(tmp_path, [ROW])
    assert read_files(tmp_path, 1) == [ROW]
    table = pq.read_table(tmp_path / FILES)
    at = table.schema.get_field_index(name)
    table = table.append_column(name, values) if at < 0 else table.set_column(at, name, values)
    pq.write_table(table, tmp_path / FILES)
    with pytest.raises(SearchError, match=r"files\.parquet: is damaged"):
        read_files(tmp_path, 1)


def test_a_footer_that_is_none(tmp_path: Path) -> None:
    write_files(tmp_path, [ROW])
    data = (tmp_path / FILES).read_bytes()
    (tmp_path / FILES).write_bytes(data[:-200] + b"\xff" * 190 + data[-10:])
    with pytest.raises(SearchError, match=r"files\.parquet: is damaged"):
        read_files(tmp_path, 1)
