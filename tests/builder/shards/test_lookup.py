"""Random access to clips.parquet: the same answers from memory and from the cache file; hostile ones are refused."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from packed import clips

from svta.builder.dataset.source_index import open_index
from svta.builder.errors import DatasetError
from svta.builder.shards import lookup as rows
from svta.builder.shards.index import IndexRow, index_schema, to_table, write_index
from svta.builder.shards.lookup import Index

pytestmark = pytest.mark.smoke
COUNT = 1300  # two batches and a bit of the cache file


@pytest.fixture(params=["memory", "cache file"])
def index(request, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_ASSETS_CACHE", str(tmp_path / "assets"))
    if request.param == "cache file":
        monkeypatch.setattr(rows, "IN_MEMORY_BYTES", 0)
    some = clips(COUNT)
    tables = []
    for start in range(0, COUNT, 100):
        split = ("train", "test", "validation", "extra")[start // 100 % 4]
        places = [
            IndexRow(c, split, f"data/{split}/s-{start}.tar", 512 * i, 9) for i, c in enumerate(some[start:][:100])
        ]
        tables.append(to_table(places))
    write_index(tmp_path / "clips.parquet", tables)
    return Index(tmp_path / "clips.parquet")


def test_rows_splits_and_shards(index):
    assert len(index) == COUNT
    assert index.splits() == ["train", "validation", "test", "extra"]
    assert index.rows(["test"]).tolist() == [*range(100, 200), *range(500, 600), *range(900, 1000)]
    assert index.shards("extra") == ["data/extra/s-1100.tar", "data/extra/s-300.tar", "data/extra/s-700.tar"]
    assert index.rows_of_shard("data/test/s-500.tar").tolist() == list(range(500, 600))


def test_every_row_comes_back(index):
    some = clips(COUNT)
    assert [index.clip(row) for row in (0, 511, 512, COUNT - 1)] == [some[row] for row in (0, 511, 512, COUNT - 1)]
    for picked in (np.arange(500, 700), np.array([1299, 3, 3, 800]), np.array([], np.int64)):
        columns = index.columns(picked)
        assert columns["caption"] == [some[row].caption for row in picked]
        assert columns["generator"] == [None] * len(picked)
        assert columns["flags"] == [list(some[row].flags) for row in picked]


def test_select(index):
    some = clips(COUNT)
    arson = index.select(categories=["arson", "not there"])
    assert arson.tolist() == [clip.category == "arson" for clip in some]
    assert index.select(is_anomaly=False).tolist() == [clip.is_anomaly is False for clip in some]
    assert index.select().all()
    assert index.select(categories=["arson"]) is index.select(categories=["arson"])  # a stream asks for each shard


def test_select_where_the_index_lacks_the_column(tmp_path, index):
    table = pq.read_table(index.path, columns=["key", "caption", "split", "shard", "offset", "size"])
    pq.write_table(table, tmp_path / "few.parquet")
    few = Index(tmp_path / "few.parquet")
    assert not few.select(categories=["arson"]).any()
    assert not few.select(is_anomaly=True).any() and not few.select(is_anomaly=False).any()
    assert few.select().all()


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("offset", None, "without offset"),
        ("shard", None, "without shard"),
        ("shard", "../../etc/passwd", "leaves its folder"),
        ("shard", "/etc/passwd", "leaves its folder"),
        ("shard", "https://elsewhere/x.tar", "URL"),
        ("offset", -512, "row 1: offset below zero"),
        ("size", -9, "row 1: size below zero"),
        ("split", "../../x", "'../../x' is not the name of a split"),
        ("split", "a-b", "'a-b' is not the name of a split"),
    ],
)
def test_a_hostile_index_is_refused(tmp_path, column, value, told):
    table = to_table([IndexRow(clip, "train", "data/train/a.tar", 512, 9) for clip in clips(3)]).to_pydict()
    table[column][1] = value
    pq.write_table(pa.table(table, schema=index_schema()), tmp_path / "clips.parquet")
    with pytest.raises(DatasetError, match=told) as caught:
        Index(tmp_path / "clips.parquet")
    assert "clips.parquet" in str(caught.value)


@pytest.mark.parametrize("name", ["key", "caption", "split", "shard", "category", "generator"])
@pytest.mark.parametrize("dictionary", [True, False])
def test_a_text_that_is_no_text_is_a_damaged_index(tmp_path, name, dictionary):
    rows = [IndexRow(clip, "train", "data/train/a.tar", 512, 9) for clip in clips(3)]
    table = to_table(rows).to_pydict()
    table[name][1] = "a mark here"
    pq.write_table(
        pa.table(table, schema=index_schema()), tmp_path / "c.parquet", compression="none", use_dictionary=dictionary
    )
    data = (tmp_path / "c.parquet").read_bytes()
    (tmp_path / "c.parquet").write_bytes(data.replace(b"a mark here", b"a m\xffrk here"))
    with pytest.raises(DatasetError, match="damaged index"):
        index = Index(tmp_path / "c.parquet")
        index.columns(np.arange(3))
    with pytest.raises(DatasetError, match="damaged index"):
        index = Index(tmp_path / "c.parquet")
        index.column(name, np.arange(3)), index.clip(1)


def test_other_parquets_and_cut_ones_are_refused(tmp_path):
    path = tmp_path / "clips.parquet"
    pq.write_table(pa.table({"key": ["a"]}), path)
    with pytest.raises(DatasetError, match="no column caption, split, shard"):
        Index(path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DatasetError, match="damaged index"):
        Index(path)
    with pytest.raises(DatasetError, match="No such file"):
        open_index(tmp_path / "none.parquet")
