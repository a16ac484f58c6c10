"""Tables of an index with columns of other types, or with a footer that is none, are one line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from svta.builder.io.files import write_json
from svta.builder.video.frame_spec import FrameSpec
from svta.eval.search.store.layout import (
    FILES,
    EncoderIdentity,
    FileRow,
    Manifest,
    Sampling,
    SearchError,
    read_files,
    write_files,
)
from svta.eval.search.store.segments import Spans, _read_spans, _write_spans

ROW = FileRow("/a", "b.mp4", 3, 4, 5, "c" * 64, 6.5, added=1)
OTHERS = [
    ("duration", pa.array(["six"])), ("duration", pa.array([[6.5]])),
    ("duration", pa.array([float("inf")])), ("duration", pa.array([-1.0])),  ("size", pa.array([{"a": 1}])),
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


@pytest.mark.parametrize("times", [(0.0, float("inf")), (float("nan"), 1.0), (2.0, 1.0)])
def test_windows_without_an_end(tmp_path: Path, times: tuple[float, float]) -> None:
    start, end = (np.array([time]) for time in times)
    _write_spans(tmp_path / "windows.parquet", Spans(("c" * 64,), np.zeros(1, np.int32), start, end))
    with pytest.raises(SearchError, match="impossible times"):
        _read_spans(tmp_path / "windows.parquet", 1)


@pytest.mark.parametrize(
    ("field", "value"),
    [("windows", [-1.0]), ("windows", [0.0]), ("windows", [1e18]), ("windows", []), ("fps", 1e-9), ("fps", 1e9)],
)
def test_a_sampling_that_no_index_has(tmp_path: Path, field: str, value: object) -> None:
    sampling = Sampling(2.0, (2.0,), False, False, FrameSpec().as_dict())
    encoder = EncoderIdentity("m", "clip", "f", "float32", 4)
    Manifest(encoder, sampling).write(tmp_path)
    assert Manifest.read(tmp_path).sampling == sampling
    values = json.loads((tmp_path / "manifest.json").read_text())
    values["sampling"][field] = value
    write_json(tmp_path / "manifest.json", values)
    with pytest.raises(SearchError, match="is not an index that this svta reads"):
        Manifest.read(tmp_path)
