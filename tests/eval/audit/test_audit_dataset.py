"""The dataset written again: probes stay probes, and sets whose clips were all found to be shown count as checked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from packed import make_dataset

from svta.builder.errors import DatasetError
from svta.builder.layout.manifest import read_sums, seal
from svta.builder.shards.audit_columns import read_marks
from svta.builder.shards.index import read_index
from svta.builder.verify.folder import verify
from svta.eval.audit.audit import finish, marks_of, prepare
from svta.eval.audit.config import AuditConfig, AuditError
from svta.eval.audit.questions import Rating
from svta.eval.audit.result import FIDELITY
from svta.eval.audit.summarise import JUDGE
from svta.eval.audit.write_dataset import write_audited
from svta.eval.probes.minimal_sets import PROBES, read_probes


@pytest.fixture
def probes(tmp_path) -> Path:
    """Two sets of two clips, made by a model: nobody knows what they show."""
    folder = make_dataset(tmp_path / "probes", {"test": 4}, shards=1, real=False)
    clips = [row.clip for row in read_index(folder / "clips.parquet")]
    lines = [
        {"probe_id": f"p{i}", "factor": "order", "by_construction": False,
         "variants": [{"key": clip.key, "caption": clip.caption} for clip in clips[2 * i : 2 * i + 2]]}
        for i in range(2)
    ]  # fmt: skip
    (folder / PROBES).write_text("".join(json.dumps(line) + "\n" for line in lines))
    build = json.loads((folder / "build.json").read_text())
    seal(folder, {name: value for name, value in build.items() if name != "files"})
    return folder


def test_probes_are_checked_once_every_clip_of_a_set_is_verified(probes, tmp_path) -> None:
    assert [one.is_checked for one in read_probes(probes).sets] == [False, False]
    prepared = prepare(AuditConfig(str(probes), swapped=0), leaves=False)
    keys = [row.clip.key for row in read_index(probes / "clips.parquet")]
    ratings = [
        Rating(item.id, "ann", {FIDELITY: 2.0 if item.key == keys[3] else 5.0, "action": 3.0})
        for item in prepared.items
    ]
    result = finish(prepared, ratings, tmp_path / "audit")
    out = tmp_path / "audited"
    build = write_audited(prepared, ratings, result, out)
    assert [one.is_checked for one in read_probes(out).sets] == [True, False]
    assert PROBES in read_sums(out) and verify(out, level="quick").ok
    # the same again is left alone; other answers replace it
    before = (out / "clips.parquet").stat().st_mtime_ns
    assert write_audited(prepared, ratings, result, out) == build
    assert (out / "clips.parquet").stat().st_mtime_ns == before
    fewer = [rating for rating in ratings if rating.item == prepared.items[0].id]
    write_audited(prepared, fewer, finish(prepared, fewer, tmp_path / "audit"), out)
    assert set(read_marks(out / "clips.parquet")) == {prepared.items[0].key}


def test_people_come_before_the_judge(probes) -> None:
    prepared = prepare(AuditConfig(str(probes), swapped=0), leaves=False)
    first, second = prepared.items[0], prepared.items[1]
    judge = [Rating(item.id, f"{JUDGE}m", {FIDELITY: 5.0}) for item in (first, second)]
    people = [Rating(first.id, "ann", {FIDELITY: 1.0}), Rating(first.id, "bob", {FIDELITY: 2.0})]
    marks = marks_of(prepared, [*judge, *people])
    assert (marks[first.key].by, marks[first.key].verified, marks[first.key].prompt_fidelity) == ("people", False, 1.5)
    assert (marks[second.key].by, marks[second.key].verified) == ("judge", True) and len(marks) == 2


def test_nothing_of_the_user_is_replaced(probes, tmp_path) -> None:
    prepared = prepare(AuditConfig(str(probes), swapped=0), leaves=False)
    ratings = [Rating(item.id, "ann", {FIDELITY: 5.0}) for item in prepared.items]
    result = finish(prepared, ratings, tmp_path / "audit")
    other = make_dataset(tmp_path / "other", {"test": 2}, shards=1, real=False)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("mine")
    for place, problem in ((probes, "itself"), (other, "not an audited dataset"), (mine, "not an audited dataset"),
                           (other / "data" / "inner", "finished dataset")):  # fmt: skip
        with pytest.raises((AuditError, DatasetError), match=problem):
            write_audited(prepared, ratings, result, place)
    assert (mine / "thesis.txt").read_text() == "mine" and verify(other, level="quick").ok
    (tmp_path / "begun" / ".build").mkdir(parents=True)  # as a run leaves it that was killed at its first step
    write_audited(prepared, ratings, result, tmp_path / "begun")
    assert verify(tmp_path / "begun", level="quick").ok and not (tmp_path / "begun" / ".build").exists()
    with pytest.raises(AuditError, match="no clip has a score"):
        write_audited(prepared, [], result, tmp_path / "none")
    assert not (tmp_path / "none").exists()
