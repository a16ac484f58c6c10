"""Which encoder may read an index and add to it: the one that made it, in its precision, however it comes."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
import torch
from colour_encoder import ColourEncoder, colour_model, write_colours

from svta.eval.baselines.encoder import BaselineEncoder
from svta.eval.baselines.tiny import new_model
from svta.eval.encoders.base import Encoder
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


@register_encoder("test_colours_in_one_thread")
class OneThread(ColourEncoder):
    cpu_threads = 1

    def encode_video(self, pixel_values, frame_mask):
        self.threads = torch.get_num_threads()
        return super().encode_video(pixel_values, frame_mask)


@pytest.mark.parametrize("fails", [False, True])
def test_a_small_encoder_takes_one_thread_and_gives_the_others_back(tmp_path, monkeypatch, fails):
    monkeypatch.setattr(torch, "set_num_threads", (set_to := []).append)
    monkeypatch.setattr(torch, "get_num_threads", lambda: set_to[-1] if set_to else 4)
    write_colours(tmp_path / "f/a.mp4", [("grey", 3), ("red", 2)])
    encoder = load_encoder(str(colour_model(tmp_path / "model", "test_colours_in_one_thread")))
    if fails:
        monkeypatch.setattr(ColourEncoder, "encode_video", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError) if fails else nullcontext():
        update_index(IndexConfig([tmp_path / "f"], tmp_path / "i"), encoder)
    assert encoder.threads == 1 and set_to[:2] == [1, 4] and set_to[-1] == 4


def test_threads_by_the_size_of_a_baseline():
    small = new_model(["a man falls"])
    assert BaselineEncoder(small, "small").cpu_threads == 1 and Encoder.cpu_threads is None
