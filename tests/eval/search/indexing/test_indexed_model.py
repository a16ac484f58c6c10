"""Which encoder may read an index and add to it: the one that made it, in its precision, however it comes."""

from __future__ import annotations

import pytest
from colour_encoder import ColourEncoder, colour_model, write_colours

from svta.eval.encoders.registry import load_encoder, register_encoder
from svta.eval.search import IndexConfig, SearchError, open_index, update_index


@register_encoder("test_colours_of_a_precision")
class PreciseColours(ColourEncoder):
    def __init__(self, model, *, device=None, dtype=None):
        super().__init__(model)
        self.dtype = dtype


def test_another_precision_is_another_model(tmp_path):
    write_colours(tmp_path / "f/a.mp4", [("grey", 3), ("red", 2)])
    model = colour_model(tmp_path / "model", "test_colours_of_a_precision")
    update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=str(model), dtype="float16"))
    for dtype in (None, "float16"):  # that of the index, where none is named
        assert update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", dtype=dtype)).files == 1
    with pytest.raises(SearchError, match="not the model that made this index .*float16"):
        update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", dtype="float32"))


def test_an_encoder_that_is_loaded_already_is_compared_too(tmp_path):
    write_colours(tmp_path / "f/a.mp4", [("grey", 3), ("red", 2)])
    update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=str(colour_model(tmp_path / "model"))))
    write_colours(tmp_path / "f/b.mp4", [("grey", 3), ("blue", 2)])
    other = load_encoder(str(colour_model(tmp_path / "other", "test_colour_clips")))
    with pytest.raises(SearchError, match="not the model that made this index"):
        update_index(IndexConfig([tmp_path / "f"], tmp_path / "i"), other)
    assert len(open_index(tmp_path / "i").stored.videos) == 1
    same = load_encoder(str(tmp_path / "model"))
    assert update_index(IndexConfig([tmp_path / "f"], tmp_path / "i"), same).added == 1
