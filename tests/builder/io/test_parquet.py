"""Parquet of a few kilobytes that would unpack to gigabytes."""

from __future__ import annotations

import pytest
from understated import varint

from svta.builder.errors import DatasetError
from svta.builder.io import parquet
from svta.builder.io.limits import TooLarge
from svta.builder.io.parquet import BATCH_BYTES, read_batches, unpacked_bytes

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def said_often(text: str, rows: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([text]))


def write(path, **columns):
    pq.write_table(pa.table(columns), path, compression="zstd", store_schema=False)
    return path


def test_rows_of_every_kind_come_back_as_they_were(tmp_path):
    maps = pa.table({"m": pa.array([[("a", "b")], None, []], pa.map_(pa.string(), pa.string()))})
    pq.write_table(maps, tmp_path / "m.parquet")
    assert [batch.to_pylist() for batch in read_batches(tmp_path / "m.parquet")] == [maps.to_pylist()]
    rows = [
        {"caption": "A man falls.", "flags": ["a", "b"], "n": 1, "video": {"path": "a.mp4", "bytes": b"\x00\x01"}},
        {"caption": None, "flags": [], "n": None, "video": None},
        {"caption": "A man falls.", "flags": None, "n": 3, "video": {"path": None, "bytes": b""}},
    ]
    pq.write_table(pa.Table.from_pylist(rows * 5_000), tmp_path / "t.parquet", row_group_size=4_000)
    assert [row for batch in read_batches(tmp_path / "t.parquet") for row in batch.to_pylist()] == rows * 5_000
    assert {tuple(b.schema.names) for b in read_batches(tmp_path / "t.parquet", ["n"])} == {("n",)}


def test_a_text_stored_once_and_said_by_many_rows_comes_in_bounded_batches(tmp_path):
    path = write(tmp_path / "t.parquet", caption=said_often("x" * 1_000_000, 200))
    assert path.stat().st_size < 10_000
    batches = list(read_batches(path))
    assert sum(batch.num_rows for batch in batches) == 200
    assert all(unpacked_bytes(batch.column(0)) <= BATCH_BYTES for batch in batches)
    assert len(batches) >= 200_000_000 // BATCH_BYTES


def test_more_than_a_file_of_this_size_holds_is_refused(tmp_path):
    path = write(tmp_path / "t.parquet", caption=said_often("x" * 1_000_000, 5_000))
    with pytest.raises(DatasetError, match=r"t.parquet: its [\d,]+ bytes unpack to over"):
        list(read_batches(path))
    path = write(tmp_path / "l.parquet", extra=pa.array([["y" * 100] * 20_000] * 10))
    with pytest.raises(DatasetError, match="200,000 values in 10 rows"):
        list(read_batches(path))


def test_what_all_row_groups_unpack_to_counts_together(tmp_path, monkeypatch):
    table = pa.table({"caption": said_often("x" * 10_000, 4_000)})  # 10 MB a group, as text
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=1_000, compression="zstd", store_schema=False)
    assert sum(batch.num_rows for batch in read_batches(tmp_path / "t.parquet")) == 4_000
    monkeypatch.setattr(parquet, "_MAX_RATIO", 1)
    monkeypatch.setattr(parquet, "_FREE_BYTES", 25_000_000)
    batches = read_batches(tmp_path / "t.parquet")
    assert [next(batches).num_rows for _ in range(2)] == [1_000, 1_000]
    with pytest.raises(DatasetError, match=r"its [\d,]+ bytes unpack to over 25,"):
        next(batches)


def test_values_of_a_fixed_size_are_short(tmp_path):
    path = write(tmp_path / "f.parquet", blob=pa.array([b"x" * 5_000], pa.binary(5_000)))
    with pytest.raises(DatasetError, match="a column of 5,000 bytes a value; the limit is 4,096"):
        list(read_batches(path))
    path = write(tmp_path / "f.parquet", blob=pa.array([b"x" * 4_096], pa.binary(4_096)))
    assert sum(batch.num_rows for batch in read_batches(path)) == 1


@pytest.mark.slow
def test_claims_of_all_row_groups_count_together(tmp_path):
    text = pa.table({"caption": ["x" * 50_000_000] * 3})
    with pq.ParquetWriter(tmp_path / "t.parquet", text.schema, compression="zstd", use_dictionary=False) as writer:
        for _ in range(2):
            writer.write_table(text)
    with pytest.raises(DatasetError, match=r"t.parquet: [\d,]+ bytes claim to unpack to 300,"):
        list(read_batches(tmp_path / "t.parquet"))


def test_rows_are_counted_by_row_group_where_the_footer_says_fewer(tmp_path):
    """Three groups of 70,000 empty rows each, none of them too many, and a footer that tells of 70,000 in all."""
    path = tmp_path / "r.parquet"
    pq.write_table(pa.table({"n": pa.nulls(210_000, pa.int8())}), path, row_group_size=70_000)
    data = path.read_bytes()
    before, after = (b"\x16" + varint(count) for count in (210_000, 70_000))
    assert data.count(before) == 1 and len(before) == len(after)
    path.write_bytes(data.replace(before, after))
    assert pq.read_metadata(path).num_rows == 70_000
    with pytest.raises(DatasetError, match="210,000 rows in a file too small for texts"):
        list(read_batches(path))


def test_what_an_array_unpacks_to_is_computed():
    texts = said_often("x" * 1_000, 100)
    assert unpacked_bytes(texts) == 100 * (8 + 1_000)
    lists = pa.ListArray.from_arrays(pa.array([0, 40, 100], pa.int32()), texts)
    assert unpacked_bytes(lists) == 2 * 8 + 100 * (8 + 1_000)
    maps = pa.MapArray.from_arrays(pa.array([0, 40, 100], pa.int32()), texts, pa.array(range(100), pa.int64()))
    assert unpacked_bytes(maps) == 2 * 8 + 100 * (8 + 1_000) + 100 * (8 + 8)
    assert unpacked_bytes(maps.slice(1)) == 8 + 60 * (8 + 1_000) + 60 * (8 + 8)
    structs = pa.StructArray.from_arrays([texts, pa.array(range(100), pa.int64())], ["a", "b"])
    assert unpacked_bytes(structs) == 100 * 8 + 100 * (8 + 1_000) + 100 * (8 + 8)


def test_one_row_that_is_too_large_is_named_and_the_others_come(tmp_path):
    path = write(tmp_path / "t.parquet", caption=pa.array(["before", "x" * (BATCH_BYTES + 1), "after"]))
    parts = list(read_batches(path))
    assert [part if isinstance(part, TooLarge) else part.to_pylist()[0]["caption"] for part in parts] == [
        "before",
        parts[1],
        "after",
    ]
    assert "a row of 64,000,009 bytes" in str(parts[1])


@pytest.mark.parametrize(
    ("kind", "value", "text_bytes"),
    [
        (pa.map_(pa.string(), pa.string()), [("k", "v"), ("long", "x" * 90)], 96),
        (pa.large_list(pa.string()), ["a", "bc"], 3),
        (pa.struct([("a", pa.list_(pa.string()))]), {"a": ["abc"]}, 3),
    ],
)
def test_rows_of_nested_columns_are_read_and_counted(tmp_path, kind, value, text_bytes):
    column = pa.array([value] * 7, kind)
    assert 7 * text_bytes < unpacked_bytes(column) < 7 * (text_bytes + 100)
    assert unpacked_bytes(column.slice(2, 3)) < unpacked_bytes(column) / 2  # of the slice, not of what lies behind it
    read = [row for batch in read_batches(write(tmp_path / "t.parquet", a=column)) for row in batch.to_pylist()]
    assert read == [{"a": value}] * 7


@pytest.mark.parametrize("place", [1, 2], ids=["schema", "row group"])
def test_a_name_that_is_no_text_is_one_line(tmp_path, place):
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"caption": ["a man falls"], "category": ["falling"]}), path, store_schema=False)
    parts = path.read_bytes().split(b"category")
    assert len(parts) == 3  # the schema's, and that of the column's chunk, in the order of the footer
    names = [b"cat\xff\xffory" if number == place else b"category" for number in (1, 2)]
    path.write_bytes(parts[0] + names[0] + parts[1] + names[1] + parts[2])
    with pytest.raises(DatasetError, match="a column name is not UTF-8 text"):
        list(read_batches(path))
