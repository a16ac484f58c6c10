"""Text leaks between training and test captions: kinds, thresholds, and a set of real captions."""

from __future__ import annotations

import time

from svta.builder.leaks import disjoint_positions, find_leaks, shingles
from svta.builder.record import Clip, make_key, read_clips
from svta.builder.splits import normalise_caption


def clip(caption, key=None, group=None):
    return Clip(key=key or make_key("t", caption, caption), caption=caption, group=group)


TRAIN = [
    clip("A man falls on the icy pavement in front of a shop.", "t1", "video-1"),
    clip("Two cars crash at a crossing.", "t2"),
]


def test_kinds_of_leaks():
    test = [
        clip("a man  FALLS on the icy pavement, in front of a shop", "a"),
        clip("A man falls on the icy pavement in front of a bank.", "b"),
        clip("A woman waves from a window.", "c", "video-1"),
        clip("A dog runs over a meadow.", "d"),
        clip("Two cars crash at a crossing.", "t2"),
    ]
    report = find_leaks(test, TRAIN)
    assert {leak.key: leak.kind for leak in report.leaked} == {
        "a": "same_text", "b": "near_text", "c": "same_group", "t2": "same_key",
    }  # fmt: skip
    assert disjoint_positions(test, report) == [3]
    assert disjoint_positions(test, report, kinds=["same_text", "same_key"]) == [1, 2, 3]
    summary = report.as_dict()
    assert (summary["test"], summary["train"], summary["leaked"], summary["leaked_percent"]) == (5, 2, 4, 80)
    assert summary["by_kind"] == {"same_text": 1, "near_text": 1, "same_group": 1, "same_key": 1}
    assert 0.6 <= next(leak.overlap for leak in report.leaked if leak.key == "b") < 1


def test_near_texts_and_groups_can_be_left_out():
    test = [clip("A man falls on the icy pavement in front of a bank.", "b", "video-1")]
    assert [leak.kind for leak in find_leaks(test, TRAIN, near=2).leaked] == ["same_group"]
    assert find_leaks(test, TRAIN, near=2, groups=False).leaked == []
    assert find_leaks([], []).as_dict()["leaked_percent"] == 0


def test_an_overlap_of_just_the_share_is_a_leak():
    """Four runs of three words each, three of them shared: 3 of 5."""
    test, train = [clip("a b c d e f", "x")], [clip("a b c d e g", "y")]
    (leak,) = find_leaks(test, train, near=0.6).leaked
    assert (leak.kind, leak.overlap) == ("near_text", 0.6)
    assert not find_leaks(test, train, near=0.61).leaked


def test_normalising_and_runs():
    assert normalise_caption("  Ａ man’s  “fall”...") == "a man s fall"
    assert shingles("a b c d") == {"a b c", "b c d"} and shingles("a b") == {"a b"}
    assert find_leaks([clip("!!!", "x")], [clip(" !!! ", "y")]).leaked[0].kind == "same_text"  # no word in it
    assert not find_leaks([clip("!!!", "x")], [clip("???", "y")]).leaked


def test_published_transfer_is_not_text_disjoint(shared):
    """Equal captions inside UCFCrime-AR's own test set are found among each other, fast."""
    captions = [row.caption for row in _rows(shared)]
    begun = time.monotonic()
    test = [clip(caption, f"test{i}") for i, caption in enumerate(captions[:290])]
    report = find_leaks(test, [clip(caption, f"train{i}") for i, caption in enumerate(captions)])
    assert len(report.leaked) == 290 and report.as_dict()["by_kind"] == {"same_text": 290}
    assert time.monotonic() - begun < 10


def _rows(shared):
    import json

    for i, line in enumerate((shared / "data/captions/ucfcrime_ar/ucfcrime_ar.jsonl").read_text().splitlines()):
        if caption := json.loads(line)["caption"].strip():
            yield clip(caption, f"r{i}")


def test_clips_come_from_files_too(tmp_path):
    path = tmp_path / "train.jsonl"
    path.write_text("\n".join(row.to_json() for row in TRAIN))
    assert len(find_leaks(TRAIN, read_clips(path)).leaked) == 2
