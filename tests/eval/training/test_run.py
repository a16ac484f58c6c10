"""run.py: a checkpoint records how the frames of its training were resized, and evaluation shows it those."""

from __future__ import annotations

import json

import pytest

torch = pytest.importorskip("torch")

from squares import dataset

from svta.eval.baselines.kinds import BaselineError
from svta.eval.baselines.model import RetrievalProcessor
from svta.eval.embeddings.frame_store import FrameStore
from svta.eval.encoders.registry import load_encoder
from svta.eval.retrieval.config import EvalConfig
from svta.eval.retrieval.evaluate import evaluate
from svta.eval.retrieval.gallery import open_for
from svta.eval.training import run
from svta.eval.training.config import TrainConfig


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    splits = {"train": range(4), "validation": range(100, 104), "test": range(200, 204)}
    return dataset(tmp_path_factory.mktemp("squares") / "packed", splits, size=112)


@pytest.mark.parametrize("baseline", ["tiny", "clip4clip"])
@pytest.mark.parametrize("resize", ["fast", "exact"])
def test_evaluation_shows_a_checkpoint_the_frames_of_its_training(baseline, resize, data, tmp_path, monkeypatch):
    shown = []

    class Watched(FrameStore):
        def __init__(self, clips, **options):
            super().__init__(clips, **options)
            shown.append(self.get(range(len(self)))[0])

    monkeypatch.setattr(run, "FrameStore", Watched)
    start = None if baseline == "tiny" else "small"
    settings = {"start": start, "resize": resize, "epochs": 1, "num_frames": 3, "threads": 1, "precision": "float32"}
    run.train_baseline(TrainConfig(str(data), tmp_path / "ckpt", baseline, **settings))
    encoder = load_encoder(tmp_path / "ckpt")
    stores = [FrameStore(open_for(encoder, str(data), split)) for split in ("train", "validation")]
    assert all(torch.equal(store.get(range(4))[0], pixels) for store, pixels in zip(stores, shown, strict=True))
    other = FrameStore(open_for(encoder, str(data), "train", frames=other_frames(encoder, resize)))
    assert not torch.equal(other.get(range(4))[0], shown[0])
    result = evaluate(EvalConfig(data=str(data), split="test", model=str(tmp_path / "ckpt"), threads=1))
    way = {"tiny": "squash", "clip4clip": "crop"}[baseline]
    wanted = {"squash": "exact-squash", "crop": "exact"}[way] if resize == "exact" else way
    assert (result.config.resize, result.config.frames["resize"]) == ("exact", wanted)
    processor = RetrievalProcessor.from_pretrained(tmp_path / "ckpt")
    assert processor.frames == encoder.frames()


def other_frames(encoder, resize):
    """The frames of the other way to resize."""
    return encoder.frame_spec.with_quality("exact" if resize == "fast" else "fast")


def test_a_checkpoint_that_records_nothing_gets_pillow_s_frames_and_a_wrong_record_is_told(data, tmp_path):
    settings = {"epochs": 1, "num_frames": 3, "threads": 1, "precision": "float32"}
    run.train_baseline(TrainConfig(str(data), tmp_path / "ckpt", **settings))
    place = tmp_path / "ckpt" / "config.json"
    config = json.loads(place.read_text())
    assert config.pop("trained_resize") == "fast"
    place.write_text(json.dumps(config))
    assert load_encoder(tmp_path / "ckpt").frames().resize == "exact-squash"
    place.write_text(json.dumps({**config, "trained_resize": "lanczos"}))
    with pytest.raises(BaselineError, match="trained_resize 'lanczos': fast or exact"):
        load_encoder(tmp_path / "ckpt").frames()
