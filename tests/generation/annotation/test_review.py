"""review.py: decisions are applied once, however often; the page is tested in tests/eval/gallery."""

from __future__ import annotations

import json

import pytest
from fork_server import svta

from svta.builder.record import Clip, make_key, read_clips, write_clips
from svta.builder.taxonomy import load_taxonomy
from svta.generation.annotation.labels import LabelError, read_labels
from svta.generation.annotation.review import (
    Drop,
    Merge,
    Move,
    Rename,
    ReviewError,
    apply_decisions,
    read_decisions,
    write_reviewed,
)

TAXONOMY = load_taxonomy()
SAID = {"time": "2026-01-02T03:04:05Z", "reason": "it says so"}


def clip(caption, **fields):
    return Clip(key=make_key("t", "1", caption), caption=caption, source="t", **fields)


CLIPS = [clip("A man falls.", category="drunkenness", is_anomaly=True), clip("A man walks."), clip("A man runs.")]


def test_moves_and_drops():
    decisions = [
        Move(action="move", key=CLIPS[1].key, category="fall", **SAID),
        Drop(action="drop", key=CLIPS[2].key, **SAID),
        Move(action="move", key=CLIPS[1].key, category="strolling", **SAID),
    ]
    reviewed = apply_decisions(CLIPS, TAXONOMY, decisions)
    assert [c.category for c in reviewed.clips] == ["drunkenness", "walking"]
    assert reviewed.clips[1].is_anomaly is False
    assert [(row["reason"], row["detail"], row["caption"]) for row in reviewed.dropped] == [
        ("dropped_by_review", "it says so", "A man runs.")
    ]
    assert reviewed.changed == 1


def test_merges_and_new_names_keep_the_old_ones_as_aliases():
    decisions = [
        Merge(action="merge", **{"from": "drunkenness"}, into="loss of balance or falls", **SAID),
        Rename(action="rename", **{"from": "loss of balance or falls"}, to="losing balance", **SAID),
    ]
    reviewed = apply_decisions(CLIPS, TAXONOMY, decisions)
    assert reviewed.clips[0].category == "losing balance"
    assert len(reviewed.taxonomy.categories) == 97
    for name in ("drunk person", "drunkenness", "loss of balance or falls", "fall"):
        assert reviewed.taxonomy[name].name == "losing balance"
    assert reviewed.taxonomy["losing balance"].attested is False
    again = apply_decisions(reviewed.clips, reviewed.taxonomy, decisions, reviewed.dropped)
    assert (again.clips, again.taxonomy, again.changed) == (reviewed.clips, reviewed.taxonomy, 0)


def test_a_merge_keeps_the_stricter_policy_on_minors():
    merge = Merge(action="merge", **{"from": "riot"}, into="stampede", **SAID)
    assert TAXONOMY["stampede"].minor_policy != "text_only"
    assert apply_decisions([], TAXONOMY, [merge]).taxonomy["stampede"].minor_policy == "text_only"


@pytest.mark.parametrize(
    ("decision", "says"),
    [
        (Move(action="move", key="nobody", category="fire", **SAID), "keys that are not there"),
        (Move(action="move", key=CLIPS[0].key, category="juggling", **SAID), "'juggling' is not in the taxonomy"),
        (Merge(action="merge", **{"from": "walking"}, into="fire", **SAID), "one is an anomaly"),
        (Merge(action="merge", **{"from": "juggling"}, into="fire", **SAID), "no category 'juggling'"),
        (Rename(action="rename", **{"from": "walking"}, to="fire", **SAID), "taken by 'fire'"),
        (Rename(action="rename", **{"from": "walking"}, to="bad\nname", **SAID), "would be invalid"),
    ],
)
def test_what_cannot_be_applied_is_one_line(decision, says):
    with pytest.raises(ReviewError, match=says) as error:
        apply_decisions(CLIPS, TAXONOMY, [decision])
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"action": "burn", "key": "k"}', "line 1"),
        ('{"action": "move", "key": "k", "category": "fire", "time": "2026-01-01T00:00:00Z"}', "reason"),
        ('{"action": "drop", "key": "k", "reason": "r"}', "time"),
        ('{"action": "drop", "key": 3, "reason": "r", "time": "2026-01-01T00:00:00Z"}', "key"),
        ("nonsense", "line 1"),
    ],
)
def test_a_decision_needs_a_time_and_a_reason(tmp_path, line, says):
    (tmp_path / "d.jsonl").write_text(line + "\n")
    with pytest.raises(ReviewError, match=says):
        read_decisions(tmp_path / "d.jsonl")


def test_the_command_applied_twice_changes_nothing(tmp_path):
    write_clips(tmp_path / "annotated.jsonl", CLIPS)
    decisions = [
        {"action": "merge", "from": "drunkenness", "into": "fall", **SAID},
        {"action": "drop", "key": CLIPS[2].key, **SAID},
        {"action": "move", "key": CLIPS[1].key, "category": "walking", **SAID},
    ]
    (tmp_path / "decisions.jsonl").write_text("".join(json.dumps(d) + "\n" for d in decisions))
    done = svta("review", "apply", "decisions.jsonl", "--out", "reviewed.jsonl", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["changed"] == 2
    first = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert len(first["reviewed.decisions.jsonl"].splitlines()) == 3
    svta("review", "apply", "decisions.jsonl", "--out", "reviewed.jsonl", cwd=tmp_path)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == first
    of_reviewed = ("review", "apply", "decisions.jsonl", "--descriptions", "reviewed.jsonl", "--out")
    assert svta(*of_reviewed, "reviewed.jsonl", cwd=tmp_path).returncode == 2  # it would take its input's place
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == first
    assert svta(*of_reviewed, "again.jsonl", cwd=tmp_path).returncode == 0
    for name in ("reviewed.jsonl", "reviewed.taxonomy.json", "reviewed.rejected.jsonl", "reviewed.decisions.jsonl"):
        assert (tmp_path / name.replace("reviewed", "again")).read_bytes() == first[name]
    assert [c.category for c in read_clips(tmp_path / "reviewed.jsonl")] == ["loss of balance or falls", "walking"]
    page = svta("review", "export", "reviewed.jsonl", "--out", "r.html", "--json", cwd=tmp_path)
    assert json.loads(page.stdout)["to_review"] == 0
    assert svta("review", "apply", "missing.jsonl", cwd=tmp_path).returncode == 2


def test_older_decisions_are_kept(tmp_path):
    reviewed = apply_decisions(CLIPS, TAXONOMY, [])
    for number in (1, 2):
        decision = Move(
            action="move", key=CLIPS[0].key, category="fire", time=f"2026-01-0{number}T00:00:00Z", reason="r"
        )
        write_reviewed(tmp_path / "r.jsonl", reviewed, [decision])
    assert len((tmp_path / "r.decisions.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.labels.jsonl", '{"key": "x"}\n{"key": ["x"]}', "labels.jsonl line 2: key"),
        ("a.labels.jsonl", '{"category": "walking"}', "line 1: key"),
        ("a.labels.jsonl", '{"key": "x", "confidence": "high"}', "line 1: confidence"),
        ("a.labels.jsonl", '{"key": "x", "by": 5}', "line 1: by"),
        ("a.labels.jsonl", '{"key": "x", "cluster": [3]}', "line 1: cluster"),
        ("a.labels.jsonl", '{"key": "x", "proposal": {"a": 1}}', "line 1: proposal"),
        ("a.labels.jsonl", "[]", "line 1"),
        ("a.groups.json", "[]", "groups.json: a JSON object"),
        ("a.groups.json", "[" * 100_000, "groups.json.*nested"),
        ("a.groups.json", '{"groups": 5}', "groups.json: row"),
        ("a.groups.json", '{"groups": [5]}', "groups.json: 0"),
        ("a.groups.json", '{"groups": [{"cluster": [1], "name": "x"}]}', "groups.json: 0.cluster"),
        ("a.groups.json", '{"groups": [{"cluster": 1, "name": ["x"]}]}', "groups.json: 0.name"),
    ],
)
def test_labels_and_groups_of_other_types_are_one_line(tmp_path, name, text, says):
    (tmp_path / name).write_text(text)
    with pytest.raises(LabelError, match=says) as error:
        read_labels(tmp_path / "a.jsonl")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "line",
    [
        "[]", "5", "{}", '{"action": ["drop"]}', '{"action": "drop", "key": ["x"]}', "[" * 100_000,
        '{"action": "merge", "from": ["a"], "into": "b", "time": "2026-01-01", "reason": "x"}',
        '{"action": "drop", "key": "x", "time": 5, "reason": "x"}',
        '{"action": "drop", "key": "x", "time": "2026-01-01", "reason": ["x"]}',
        '{"action": "drop", "key": "x", "time": "2026-01-01", "reason": "\\ud800"}',
    ],
)  # fmt: skip
def test_decisions_of_other_types_are_one_line(tmp_path, line):
    (tmp_path / "d.jsonl").write_text(line)
    with pytest.raises(ReviewError, match="d.jsonl line 1") as error:
        read_decisions(tmp_path / "d.jsonl")
    assert "\n" not in str(error.value)
