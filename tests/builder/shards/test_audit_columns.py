"""The audit_* columns of an index: written, read, carried on by append and derived datasets, never believed blindly."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from packed import clips, make_dataset, noise

from svta.builder.dataset.clip_dataset import open_dataset
from svta.builder.errors import DatasetError
from svta.builder.layout.clips_folder import write_part, write_plan
from svta.builder.packing.config import PackConfig
from svta.builder.packing.derive import Derivation, derive_dataset
from svta.builder.packing.pack import pack
from svta.builder.shards.audit_columns import AuditMark, read_marks, write_marks
from svta.builder.shards.index import read_index
from svta.builder.verify.folder import verify

CARD = {"sampled": 2, "population": 6, "threshold": 4.0, "by": "people", "shown": [50.0, 9.5, 90.5, 2],
        "people": {"raters": 2, "alpha": 0.8, "found_out": None}}  # fmt: skip


@pytest.fixture
def audited(tmp_path):
    folder = make_dataset(tmp_path / "plain", {"train": 4, "test": 2}, shards=1, real=False)
    keys = [row.clip.key for row in read_index(folder / "clips.parquet")]
    marks = {keys[0]: AuditMark(True, "people", 5.0, 4.5, None, 4.75), keys[5]: AuditMark(False, "judge")}
    out = tmp_path / "audited"
    build = derive_dataset(folder, out, Derivation({"made_for": "audit"}, marks=marks, audit=CARD))
    assert build["audit"] == CARD
    return folder, out, marks


def test_written_and_read_back_beside_the_same_rows(audited) -> None:
    folder, out, marks = audited
    assert read_marks(out / "clips.parquet") == marks and read_marks(folder / "clips.parquet") == {}
    assert list(read_index(out / "clips.parquet")) == list(read_index(folder / "clips.parquet"))
    assert verify(out, level="quick").ok and len(open_dataset(out, "train")) == 4
    assert "50.0 % (95 % interval 9.5 to 90.5, 2 clips)" in (out / "README.md").read_text()
    before = (out / "clips.parquet").read_bytes()
    write_marks(out / "clips.parquet", marks)
    assert (out / "clips.parquet").read_bytes() == before
    write_marks(folder / "clips.parquet", {})
    assert verify(folder, level="quick").ok


def test_a_derived_dataset_keeps_them(audited, tmp_path) -> None:
    _, out, marks = audited
    again = tmp_path / "again"
    build = derive_dataset(out, again, Derivation({"made_for": "test"}, splits=["train"]))
    assert read_marks(again / "clips.parquet") == {key: mark for key, mark in marks.items() if mark.by == "people"}
    assert build["audit"] == CARD and "## Audit" in (again / "README.md").read_text()


def test_append_keeps_them(audited, tmp_path) -> None:
    _, out, marks = audited
    more = tmp_path / "more"
    write_plan(more, {"kind": "test", "spec": "test", "units": 1})
    write_part(more, 0, [(clip, noise(clip)) for clip in clips(3, "validation")], spec="test")
    pack(more, out, PackConfig(), append=True, workers=1)
    assert read_marks(out / "clips.parquet") == marks and verify(out, level="quick").ok
    assert len(list(read_index(out / "clips.parquet"))) == 9 and "## Audit" in (out / "README.md").read_text()


@pytest.mark.parametrize(
    "columns",
    [
        {"audit_verified": pa.array(["yes"] * 6)},
        {"audit_verified": pa.array([True] * 6), "audit_by": pa.array(["<script>"] * 6)},
        {"audit_verified": pa.array([1] * 6), "audit_by": pa.array(["people"] * 6)},
        {"audit_verified": pa.array([[True]] * 6), "audit_by": pa.array(["people"] * 6)},
    ],
)
def test_columns_of_somebody_else_say_nothing(audited, columns) -> None:
    folder, _, _ = audited
    table = pq.read_table(folder / "clips.parquet")
    for name, values in columns.items():
        table = table.append_column(name, values)
    pq.write_table(table, folder / "clips.parquet")
    assert read_marks(folder / "clips.parquet") == {}


def test_scores_beside_the_scale_are_none_and_a_torn_file_is_one_line(audited) -> None:
    folder, _, _ = audited
    table = pq.read_table(folder / "clips.parquet")
    for name, values in {"audit_verified": [True] * 6, "audit_by": ["judge"] * 6, "audit_action": [9.0] * 6}.items():
        table = table.append_column(name, pa.array(values))
    pq.write_table(table, folder / "clips.parquet")
    assert set(read_marks(folder / "clips.parquet").values()) == {AuditMark(True, "judge")}
    (folder / "clips.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(DatasetError, match="damaged index"):
        read_marks(folder / "clips.parquet")


BAD = [{"sampled": 2}, {**CARD, "shown": "all"}, {**CARD, "shown": [1, 2, 3]}, {**CARD, "people": {"raters": "<b>"}}]


@pytest.mark.parametrize("audit", [*BAD, {**CARD, "judge": {"raw": None}}])
def test_an_audit_that_is_none_is_one_line(audited, audit, tmp_path) -> None:
    folder, _, _ = audited
    with pytest.raises(DatasetError, match="its audit is not svta's"):
        derive_dataset(folder, tmp_path / "bad", Derivation({"made_for": "test"}, audit=audit))
