"""Text leaks between training and test captions: kinds, thresholds, and a set of real captions."""

from __future__ import annotations

import json
import random
import time

import pytest

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


def test_a_leak_names_the_first_training_clip_that_gives_it_away():
    train = [clip(caption, key, "video-1") for caption, key in (("A man falls.", "t1"), ("a man falls", "t2"))]
    report = find_leaks([clip("A MAN FALLS", "a"), clip("Two dogs run.", "b", "video-1")], train)
    assert [(leak.kind, leak.train_key) for leak in report.leaked] == [("same_text", "t1"), ("same_group", "t1")]


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


def jaccard(a, b):
    """Overlap of the three-word runs of two captions of plain words."""
    first, second = ({tuple(text.split()[i : i + 3]) for i in range(len(text.split()) - 2)} for text in (a, b))
    return len(first & second) / len(first | second)


def test_the_nearest_is_found_among_thousands_with_the_same_words():
    """However many captions share the words, and beside longer ones that share more of them."""
    begins = "two men in masks enter the bank and"
    crowd = [clip(f"{begins} {i}", f"n{i}") for i in range(2_001)]
    (leak,) = find_leaks([clip(f"{begins} leave", "x")], crowd, near=0.7).leaked
    assert (leak.kind, leak.train_key, leak.overlap) == ("near_text", "n0", 6 / 8)
    ten, long = "a b c d e f g h i j", [clip("a b c d e f g h i j " + f"k{i} " * 30, f"l{i}") for i in range(60)]
    (leak,) = find_leaks([clip(ten, "x")], [*long, clip("a b c d e f g h i z", "y")]).leaked
    assert (leak.train_key, leak.overlap) == ("y", 7 / 9)  # the long ones share all 8 runs, among 36


def test_at_one_captions_of_the_same_runs_leak():
    """Two captions of other words in number and the very same runs of three overlap by 1."""
    (leak,) = find_leaks([clip("run stop run stop run", "x")], [clip("run stop run stop run stop", "y")], near=1).leaked
    assert (leak.kind, leak.overlap) == ("near_text", 1.0)


@pytest.mark.parametrize("near", [0.3, 0.6, 1.0])
def test_near_texts_are_those_of_all_pairs(near):
    rng = random.Random(0)

    def written(count):
        return [" ".join(rng.choice("abc") for _ in range(rng.randint(4, 9))) for _ in range(count)]

    train, test = written(60), written(60)
    found = {leak.key: leak for leak in find_leaks([clip(text, f"x{i}") for i, text in enumerate(test)],
                                                   [clip(text, f"y{i}") for i, text in enumerate(train)],
                                                   near=near).leaked}  # fmt: skip
    wanted = {f"x{i}": max(jaccard(text, other) for other in train) for i, text in enumerate(test)}
    wanted = {key: overlap for key, overlap in wanted.items() if overlap >= near}
    assert {key: leak.overlap for key, leak in found.items()} == pytest.approx(wanted)
    assert 5 < len(found) <= 60


@pytest.mark.slow
def test_real_captions_leak_as_all_pairs_of_them_say(shared):
    """One half of a test set's captions against the other, fast."""
    rows = list(_rows(shared))
    test, train = rows[::2], rows[1::2]
    assert len(test) > 100
    begun = time.monotonic()
    report = find_leaks(test, train, near=0.3)
    assert time.monotonic() - begun < 10
    plain = [[normalise_caption(row.caption) for row in half] for half in (test, train)]
    runs = [[shingles(text) for text in half] for half in plain]
    nearest = [max(len(own & other) / len(own | other) for other in runs[1]) for own in runs[0]]
    wanted = {row.key for row, overlap in zip(test, nearest) if overlap >= 0.3}
    assert report.keys == wanted and 0 < len(wanted) < len(test)
    equal = {row.key for row, text in zip(test, plain[0]) if text in plain[1]}
    assert equal == {leak.key for leak in report.leaked if leak.kind == "same_text"}


def _rows(shared):
    import json

    for i, line in enumerate((shared / "data/captions/ucfcrime_ar/ucfcrime_ar.jsonl").read_text().splitlines()):
        if caption := json.loads(line)["caption"].strip():
            yield clip(caption, f"r{i}")


def test_clips_come_from_files_too(tmp_path):
    path = tmp_path / "train.jsonl"
    path.write_text("\n".join(row.to_json() for row in TRAIN))
    assert len(find_leaks(TRAIN, read_clips(path)).leaked) == 2


def test_a_video_is_the_same_under_the_names_of_two_tables():
    """One names it with its folder, the other with its ending; 0001 of another table is another video."""
    train = [clip("A cat sleeps.", f"t{i}", name) for i, name in enumerate(
        ("train:video9770", "train:0001", "a/videos/cam.1.mp4", "train:left/one"))]  # fmt: skip
    groups = {
        "test:all/video9770": "t0", "video9770.mp4": "t0", "test:0001": None, "train:0001": "t1", "test:a/0001": None,
        "test:cam.1": "t2", "test:cam": None, "right/one.mp4": None, "left/one.mp4": "t3", "one": "t3",
        "cleft/one": None,
    }  # fmt: skip
    test = [clip(f"Dog number {i} barks at night.", str(i), group) for i, group in enumerate(groups)]
    found = {leak.key: leak.train_key for leak in find_leaks(test, train).leaked}
    assert [found.get(str(i)) for i in range(len(groups))] == list(groups.values())


def test_a_recording_is_the_same_under_two_names():
    def filmed(name: str, group: str, facts: object) -> Clip:
        return clip(f"{name} crosses the yard.", name, group).replace(provenance=json.dumps(facts))

    train = [filmed("train", "park/v1.mp4", {"imported": {"footage": "abc"}})]
    test = [
        filmed(name, f"{name}.mp4", facts)
        for name, facts in {
            "same": {"imported": {"footage": "abc"}}, "other": {"imported": {"footage": "abd"}},
            "strange": {"imported": ["footage"]}, "number": {"imported": {"footage": 7}}, "list": ["footage"],
        }.items()
    ]  # fmt: skip
    assert [(leak.key, leak.kind) for leak in find_leaks(test, train).leaked] == [("same", "same_group")]
    assert not find_leaks(test, train, groups=False).leaked
