"""Generations of an index: what a reader of an earlier one still finds, what marks and compaction keep and drop."""

from __future__ import annotations

import numpy as np
import pytest

from svta.eval.search.store import compaction
from svta.eval.search.store.compaction import compact
from svta.eval.search.store.content import read_index
from svta.eval.search.store.layout import EncoderIdentity, FileRow, Manifest, Sampling, SearchError, read_files
from svta.eval.search.store.segments import Content, Spans, open_segment, write_segment
from svta.eval.search.store.state import IndexState

MANIFEST = Manifest(EncoderIdentity("m", "clip", "f", "float32", 2), Sampling(2.0, (2.0,), False, False))
NOTHING = frozenset[str]()


def row(name: str, seconds: float = 4.0) -> FileRow:
    return FileRow("/f", f"{name}.mp4", 9, 1, 1, name * 64, seconds)


def content(name: str, windows: int = 3, *, length: float = 2.0) -> Content:
    """Windows of one video, with vectors that tell which video and which window."""
    start = np.arange(float(windows))
    spans = Spans((name * 64,), np.zeros(windows, np.int32), start, start + length)
    vectors = np.stack([np.full(windows, ord(name)), start], axis=1).astype(np.float16)
    return Content(spans, vectors, Spans.joined([]), np.zeros((0, 2), np.float16))


@pytest.fixture
def state(tmp_path):
    """An index of two generations: a and b in one segment, then c in another."""
    state = IndexState(tmp_path, MANIFEST, is_new=True)
    state.commit([row("a"), row("b")], [], [content("a"), content("b", 5)], frozenset({"a" * 64}))
    state.commit([row("c")], [], [content("c", 4)], NOTHING)
    return state


def stored_videos(folder):
    """Name -> its windows' vectors, of everything that lies in the segments."""
    stored = read_index(folder)
    return {
        video.sha256[0]: stored.vectors_at(np.arange(*stored.rows[number])).tolist()
        for number, video in enumerate(stored.videos)
    }


def wanted(**windows: int):
    return {name: [[ord(name), number] for number in range(count)] for name, count in windows.items()}


def test_a_reader_of_the_generation_before_still_finds_its_files(state, tmp_path):
    before = state.manifest.generation
    changed = FileRow("/f", "b.mp4", 10, 2, 2, "d" * 64, 1.0)
    state.commit([changed], [state.rows[0]], [content("d", 1)], NOTHING)
    names = [[(one.name, str(one.sha256)[0]) for one in read_files(tmp_path, before + g)] for g in (-1, 0, 1)]
    assert names[0] == [("a.mp4", "a"), ("b.mp4", "b")]
    assert sorted(names[1]) == [("a.mp4", "a"), ("b.mp4", "b"), ("c.mp4", "c")]
    assert sorted(names[2]) == [("b.mp4", "d"), ("c.mp4", "c")]
    state.finish()  # now nobody is to read it any more
    assert read_files(tmp_path, before) != read_files(tmp_path, before + 1) == sorted(state.rows, key=lambda r: r.name)


def test_a_mark_as_normal_stays_when_other_files_come(state, tmp_path):
    assert {video.sha256[0] for video in read_index(tmp_path).videos if video.is_normal} == {"a"}
    state.commit([], [], [], frozenset({"c" * 64}))
    assert {video.sha256[0] for video in read_index(tmp_path).videos if video.is_normal} == {"a", "c"}


def test_windows_of_a_file_that_is_gone_go_and_all_others_stay(state, tmp_path):
    assert stored_videos(tmp_path) == wanted(a=3, b=5, c=4)
    state.commit([], [one for one in state.rows if one.name == "a.mp4"], [], NOTHING)
    assert stored_videos(tmp_path) == wanted(a=3, b=5, c=4)
    compact(state)
    assert stored_videos(tmp_path) == wanted(b=5, c=4)
    assert [entry.windows for entry in state.manifest.segments] == [5, 4]
    state.commit([], [one for one in state.rows if one.name == "c.mp4"], [], NOTHING)
    compact(state)
    assert stored_videos(tmp_path) == wanted(b=5) and len(state.manifest.segments) == 1
    state.finish()
    assert len(list((tmp_path / "segments").iterdir())) == 2  # vectors and windows


def test_small_neighbours_are_joined_up_to_a_size(state, tmp_path, monkeypatch):
    for name, windows in (("d", 6), ("e", 12), ("f", 2), ("g", 2)):
        state.commit([row(name)], [], [content(name, windows)], NOTHING)
    everything = wanted(a=3, b=5, c=4, d=6, e=12, f=2, g=2)
    monkeypatch.setattr(compaction, "SMALL", 12)
    monkeypatch.setattr(compaction, "LARGEST", 12)
    monkeypatch.setattr(compaction, "MOST_SMALL", 5)
    compact(state)
    assert [entry.windows for entry in state.manifest.segments] == [8, 4, 6, 12, 2, 2]  # as many as may be
    monkeypatch.setattr(compaction, "MOST_SMALL", 4)
    compact(state)
    assert [entry.windows for entry in state.manifest.segments] == [12, 6, 12, 4]
    assert stored_videos(tmp_path) == everything
    assert len({entry.number for entry in state.manifest.segments}) == 4


@pytest.mark.parametrize("times", [(0.0, -1.0), (np.nan, 1.0), (np.inf, np.inf), (0.0, np.nan)])
def test_times_that_cannot_be_are_damage(tmp_path, times):
    good = content("a", 1)
    start, end = (np.array([time]) for time in times)
    entry = write_segment(tmp_path, 0, good)
    assert len(open_segment(tmp_path, entry, 2).windows) == 1
    bad = Spans(good.windows.videos, good.windows.video, start, end)
    entry = write_segment(tmp_path, 0, Content(bad, good.vectors, good.frames, good.frame_vectors))
    with pytest.raises(SearchError, match="impossible times"):
        open_segment(tmp_path, entry, 2)
