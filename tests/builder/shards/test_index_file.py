"""What no index of svta's is, is refused at the door in one line; what a small file unpacks to is known before."""

from __future__ import annotations

import resource
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from packed import clips
from understated import understate, varint

from svta.builder.errors import DatasetError
from svta.builder.layout.stats import compute_stats
from svta.builder.shards import index_file
from svta.builder.shards.index import IndexRow, read_index, read_tables, to_table
from svta.builder.shards.index_file import IndexFile, index_schema
from svta.builder.shards.lookup import Index


def write(path, **columns):
    """An index of three rows with some columns replaced by arrays of any type."""
    table = to_table([IndexRow(clip, "train", "data/train/a.tar", 512, 9) for clip in clips(3)])
    for name, array in columns.items():
        at = table.schema.get_field_index(name)
        table = table.set_column(at, name, array if isinstance(array, (pa.Array, pa.ChunkedArray)) else pa.array(array))
    pq.write_table(table, path)
    return path


WRONG = [
    ("key", [1, 2, 3]),
    ("caption", [b"a", b"b", b"c"]),
    ("caption", [["a"], ["b"], ["c"]]),
    ("category", [1.5, 2.5, 3.5]),
    ("flags", ["a", "b", "c"]),
    ("flags", [[1], [2], [3]]),
    ("flags", pa.array([[["a"]], [], []])),
    ("is_anomaly", [1, 0, 1]),
    ("num_frames", ["1", "2", "3"]),
    ("num_frames", [1.5, 2.0, 3.0]),
    ("duration", ["long", "", ""]),
    ("seed", [True, False, True]),
    ("split", [1, 2, 3]),
    ("shard", [{"a": 1}, {"a": 2}, {"a": 3}]),
    ("offset", ["512", "512", "512"]),
    ("offset", [512.0, float("nan"), 512.0]),
    ("offset", pa.array([512, 512, 2**64 - 1], pa.uint64())),
    ("num_frames", pa.array([1, 2, 2**40], pa.int64())),
    ("size", pa.array([1, 2, 3], pa.timestamp("s"))),
]


@pytest.mark.parametrize(("name", "values"), WRONG, ids=lambda value: str(value)[:30])
def test_a_column_of_another_type_is_one_line_wherever_it_is_read(tmp_path, name, values):
    path = write(tmp_path / "clips.parquet", **{name: values})

    def records():
        index = Index(path)
        index.clip(0)
        return index.columns(index.rows(["train"]))

    for read in (
        lambda: list(read_tables(path)),
        lambda: list(read_index(path)),
        lambda: compute_stats(tmp_path),
        records,
    ):
        try:
            read()
        except DatasetError as error:
            assert "clips.parquet" in str(error) and "\n" not in str(error) and "damaged index" in str(error)
        except FileNotFoundError:  # compute_stats reads other columns; the shard is not there
            assert name not in ("split", "shard", "category", "flags", "is_anomaly", "caption")
        else:
            assert read is records and name not in ("key", "caption", "split", "shard", "offset", "size")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("caption", pa.array(["a", "b", "c"], pa.large_string())),
        ("category", pa.array(["a", "b", "a"]).dictionary_encode()),
        ("category", pa.nulls(3)),
        ("flags", pa.array([["x"], None, []], pa.large_list(pa.large_string()))),
        ("offset", pa.array([512, 1024, 2048], pa.uint32())),
        ("seed", pa.array([1, 2, 3], pa.int8())),
        ("duration", pa.array([1, 2, 3], pa.int64())),
        ("fps", pa.array([1, 2, 3], pa.float32())),
    ],
)
def test_other_types_of_the_same_values_are_read_as_ours(tmp_path, name, values):
    path = write(tmp_path / "clips.parquet", **{name: values})
    (table,) = read_tables(path)
    assert table.schema == index_schema()
    assert table[name].to_pylist() == values.to_pylist()
    assert Index(path).clip(2).key == clips(3)[2].key


def test_a_column_twice_is_refused(tmp_path):
    table = pq.read_table(write(tmp_path / "clips.parquet"))
    pq.write_table(table.append_column("key", table["key"]), tmp_path / "clips.parquet")
    with pytest.raises(DatasetError, match="column key occurs twice"):
        Index(tmp_path / "clips.parquet")


def bomb(path, rows, caption, **options):
    """An index of `rows` equal rows: a few kB, however long the caption is."""
    clip = clips(1)[0]
    table = to_table([IndexRow(clip, "train", "data/train/a.tar", 512, 9)])
    table = table.set_column(1, "caption", pa.array([caption]))
    same = pa.array([0] * rows, pa.int32())
    columns = {
        name: pa.DictionaryArray.from_arrays(same, column.combine_chunks().dictionary_encode().dictionary)
        if pa.types.is_string(column.type) and column[0].is_valid
        else pa.concat_arrays([column.combine_chunks()] * 1).take(same)
        for name, column in zip(table.schema.names, table.columns)
    }
    pq.write_table(pa.table(columns), path, compression="zstd", **options)
    return path


READERS = (
    "Index(PATH).clip(0)",
    "[None for _ in read_tables(PATH)]",
    "[None for _ in read_index(PATH)]",
    "compute_stats(PATH.parent)",
)


def test_one_long_text_in_many_rows_is_never_written_out(tmp_path):
    """By any reader: all of them in one process, whose peak of memory counts."""
    path = bomb(tmp_path / "clips.parquet", 60_000, "x" * 100_000)  # 6 GB as text
    assert path.stat().st_size < 100_000
    code = (
        "import pathlib\nfrom svta.builder.errors import DatasetError\n"
        "from svta.builder.shards.index import read_index, read_tables\nfrom svta.builder.shards.lookup import Index\n"
        f"from svta.builder.layout.stats import compute_stats\nPATH = pathlib.Path({str(path)!r})\n"
        f"for read in ({', '.join(f'lambda: {reader}' for reader in READERS)}):\n"
        "    try:\n        read()\n    except DatasetError as error:\n        print(error)\n"
        # not ru_maxrss: that one counts what the test process held before it became another program
        "print(pathlib.Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0])"
    )

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30,) * 2)

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, preexec_fn=limit)
    assert done.returncode == 0, done.stderr[-500:]
    *said, peak = done.stdout.splitlines()
    assert len(said) == len(READERS) and all("unpacks to over 1000 times" in line for line in said), said
    assert int(peak) < 600_000  # kB


def test_millions_of_rows_in_a_few_bytes_are_refused_at_once(tmp_path):
    path = bomb(tmp_path / "clips.parquet", 2_000_000, "x")
    with pytest.raises(DatasetError, match=r"2,000,000 rows in [\d,]+ bytes"):
        IndexFile(path)


def test_pages_that_hold_more_than_the_footer_says_are_refused_before_they_are_unpacked(tmp_path):
    path = write(tmp_path / "clips.parquet", caption=["A man falls.", "x" * 9_000_000, ""])
    assert IndexFile(path).num_rows == 3
    understate(path)
    for read in (Index, lambda path: list(read_tables(path))):
        with pytest.raises(DatasetError, match="column 'caption' says 1,000 bytes, its pages say 9,"):
            read(path)


def test_what_all_row_groups_unpack_to_counts_together(tmp_path, monkeypatch):
    path = bomb(tmp_path / "clips.parquet", 4_000, "x" * 10_000, row_group_size=1_000)  # 10 MB a group, as text
    assert sum(table.num_rows for table in IndexFile(path).tables()) == 4_000
    monkeypatch.setattr(index_file, "_MAX_RATIO", 1)
    monkeypatch.setattr(index_file, "_FREE_BYTES", 25_000_000)
    tables = IndexFile(path).tables()
    assert [next(tables).num_rows for _ in range(2)] == [1_000, 1_000]
    with pytest.raises(DatasetError, match="unpacks to over 1 times"):
        next(tables)


@pytest.mark.parametrize("says", [4_000, 6_000])
def test_a_footer_of_more_or_fewer_rows_than_its_groups_have_is_damage(tmp_path, says):
    path = bomb(tmp_path / "clips.parquet", 5_000, "A man falls.", row_group_size=2_000)
    data = path.read_bytes()
    start = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    before, after = (b"\x16" + varint(count) for count in (5_000, says))
    path.write_bytes(data[:start] + data[start:].replace(before, after, 1))  # the first number after the schema
    assert len(before) == len(after) and pq.read_metadata(path).num_rows == says
    with pytest.raises(DatasetError, match=f"damaged index: {says:,} rows, and 5,000 in its row groups"):
        IndexFile(path)


def test_large_row_groups_come_in_slices_and_small_ones_whole(tmp_path, monkeypatch):
    path = write(tmp_path / "clips.parquet")
    assert [table.num_rows for table in read_tables(path)] == [3]
    monkeypatch.setattr(index_file, "SLICE_BYTES", 100)
    for most, fewest in ((1, 1), (1, 1 << 40)):  # as they are, row by row; with texts as numbers
        monkeypatch.setattr(index_file, "_MOST_ROWS", most)
        monkeypatch.setattr(index_file, "_FEWEST_ROWS", fewest)
        tables = list(read_tables(path))
        assert [table.num_rows for table in tables] == [1, 1, 1]
        assert pa.concat_tables(tables).to_pylist() == pq.read_table(path).to_pylist()


def test_no_rows_are_an_index_too(tmp_path):
    pq.write_table(index_schema().empty_table(), tmp_path / "clips.parquet")
    assert sum(table.num_rows for table in read_tables(tmp_path / "clips.parquet")) == 0
    assert len(Index(tmp_path / "clips.parquet")) == 0
