"""Which windows a video has: of each length that it holds, one that holds all of a shorter one; equal files share."""

from __future__ import annotations

import shutil

import pytest
from colour_encoder import ColourEncoder, colour_model, write_colours

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


def test_files_of_equal_content_share_their_windows(tmp_path):
    first = write_colours(tmp_path / "f/a.mp4", [("grey", 3), ("red", 2)])
    model = str(colour_model(tmp_path / "model"))
    alone = update_index(IndexConfig([first], tmp_path / "alone", model=model), encoder := ColourEncoder(model))
    seen = encoder.seen
    for name in ("b.mp4", "c.mp4"):
        shutil.copy(first, tmp_path / "f" / name)
    report = update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=model), encoder)
    assert (report.files, report.copies, report.windows, encoder.seen) == (3, 2, alone.windows, 2 * seen)
