"""When footage was recorded: what a file's times say, and which windows and moments lie in a time that is asked for."""

from __future__ import annotations

import numpy as np
import pytest

from svta.eval.search.recording import Recorded, parse_time
from svta.eval.search.store.content import Stored, Video
from svta.eval.search.store.layout import EncoderIdentity, FileRow, Manifest, Sampling
from svta.eval.search.store.segments import Content, Spans

NOON = parse_time("2026-11-28T12:00")
MANIFEST = Manifest(EncoderIdentity("m", "clip", "f", "float32", 2), Sampling(2.0, (2.0,), False, False))


def video(name: str, seconds: float, *, written: float = NOON) -> Video:
    """A file that was written last at some time."""
    row = FileRow("/cameras", name, 9, round(written * 1e9), 0, "c" * 64, seconds, added=1)
    return Video("c" * 64, (row,), seconds, False)


def test_a_file_that_no_table_names_ended_when_it_was_written_last():
    recorded = Recorded(starts={"/cameras/a/one.mp4": 5.0, "a/two.mp4": 6.0, "three.mp4": 7.0})
    assert recorded.start_of(video("four.mp4", 90.0)) == NOON - 90
    assert recorded.time(video("four.mp4", 90.0), 30.0).startswith("2026-11-28T11:59:00")
    named = {"a/one.mp4": 5.0, "a/two.mp4": 6.0, "b/three.mp4": 7.0}  # by its place, its name in the folder, its name
    assert {name: recorded.start_of(video(name, 90.0)) for name in named} == named


@pytest.mark.parametrize(
    ("since", "until", "windows"),
    [(None, 3.0, [0, 1, 2]), (3.0, None, [2, 3, 4]), (2.5, 3.5, [1, 2, 3]), (None, None, [0, 1, 2, 3, 4])],
)
def test_windows_and_moments_that_overlap_a_time(since, until, windows):
    one = video("one.mp4", 6.0, written=NOON + 6)
    start = np.arange(5.0)  # 0-2, 1-3, ... 4-6
    spans = Spans((one.sha256,), np.zeros(5, np.int32), start, start + 2)
    content = Content(spans, np.zeros((5, 2), np.float16), Spans.joined([]), np.zeros((0, 2), np.float16))
    times = [None if seconds is None else NOON + seconds for seconds in (since, until)]
    recorded = Recorded(*times)
    stored = Stored(MANIFEST, [content], [one], list(one.files))
    assert np.flatnonzero(recorded.allowed(stored)).tolist() == windows
    assert [i for i in range(5) if recorded.holds(one, start[i], start[i] + 2)] == windows
