"""Which files are footage of a place: those in it and below, not those of a neighbour whose name begins alike."""

from __future__ import annotations

import pytest
from colour_encoder import colour_model, write_colours

from svta.eval.search import IndexConfig, update_index
from svta.eval.search.indexing import update
from svta.eval.search.indexing.footage import find_footage, is_below


@pytest.mark.parametrize(
    ("path", "below"),
    [
        ("/cameras/a", True),
        ("/cameras/a/one.mp4", True),
        ("/cameras/a/b/one.mp4", True),
        ("/cameras/ab/one.mp4", False),
        ("/cameras/a.mp4", False),
        ("/cameras", False),
    ],
)
def test_what_lies_below_a_place(path, below):
    assert is_below(path, ["/else", "/cameras/a"]) is below
    assert is_below(path, ["/cameras/a/"]) is (below and path != "/cameras/a")
    assert is_below(path, ["/"]) and not is_below(path, [])


def test_an_index_inside_its_footage_is_left_out_and_its_neighbour_is_not(tmp_path):
    for name in ("idx/own.mp4", "idx2/a.mp4", "b.mp4", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = find_footage([tmp_path], besides=tmp_path / "idx")
    assert sorted(row.name for row in found.files.values()) == ["b.mp4", "idx2/a.mp4"]
    assert found.covers(str(tmp_path / "c.mp4")) and not found.covers(f"{tmp_path}2/c.mp4") and not found.refused


def test_files_are_read_again_where_their_times_are_not_believed(tmp_path, monkeypatch):
    write_colours(tmp_path / "f/a.mp4", [("grey", 3), ("red", 2)])
    model = str(colour_model(tmp_path / "model"))
    update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=model))
    write_colours(tmp_path / "f/a.mp4", [("white", 3), ("black", 2)])
    monkeypatch.setattr(update, "same_file", lambda a, b: True)  # as a file system without times of changes says
    assert update_index(IndexConfig([tmp_path / "f"], tmp_path / "i")).changed == 0
    assert update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", rehash=True)).changed == 1
