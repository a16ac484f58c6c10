"""Which windows a video has: of each length that it holds, and one that holds all of a shorter one."""

from __future__ import annotations

import pytest
from colour_encoder import colour_model, write_colours

from svta.eval.search import IndexConfig, update_index
from svta.eval.search.store.content import read_index


@pytest.mark.parametrize(
    ("seconds", "lengths"), [(1.0, {1.0}), (2.0, {2.0}), (2.5, {2.0, 2.5}), (8.0, {2.0, 8.0}), (8.5, {2.0, 8.0, 8.5})]
)
def test_of_lengths_that_hold_the_whole_video_there_is_one(tmp_path, seconds, lengths):
    write_colours(tmp_path / "f/a.mp4", [("grey", seconds)])
    update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=str(colour_model(tmp_path / "model"))))
    windows = read_index(tmp_path / "i").windows
    assert {float(length) for length in windows.end - windows.start} == lengths
    assert len({*zip(windows.start, windows.end)}) == len(windows)
    assert (windows.start[0], windows.end[-1]) == (0.0, seconds)
