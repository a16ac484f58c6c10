"""A clip's similarity by an encoder, and evaluation that says where it measures the family that scored its clips."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tiny_encoders import save_encoder

from svta.builder.record import Clip
from svta.eval.encoders.base import EncoderError
from svta.eval.encoders.registry import load_encoder
from svta.eval.encoders.similarity import model_family, open_scorer
from svta.eval.retrieval.identity import scored_clips
from svta.eval.retrieval.result import ScoredClips


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "my-clip"
    save_encoder("clip", folder)
    return folder


def test_the_score_is_the_cosine_of_evenly_spread_frames(clip_folder: Path) -> None:
    frames = np.random.default_rng(0).integers(0, 255, (33, 32, 32, 3), dtype=np.uint8)
    scorer, encoder = open_scorer(str(clip_folder)), load_encoder(clip_folder)
    chosen = frames[np.linspace(0, 32, 12, dtype=int)].transpose(0, 3, 1, 2)
    video = encoder.encode_video(torch.from_numpy(chosen.copy())[None], torch.ones(1, 12, dtype=torch.bool))
    expected = float(encoder.encode_text(["a man runs"])[0] @ video[0])
    assert scorer(frames, "a man runs") == pytest.approx(expected, abs=1e-6) and abs(expected) < 1
    assert (scorer.name, scorer.family) == ("my-clip", "clip")
    assert scorer(frames[:1], "a man runs") != scorer(frames, "a man runs")
    with pytest.raises(EncoderError):
        open_scorer(str(clip_folder / "none"))


@pytest.mark.parametrize(
    ("model_type", "family"),
    [("svta_clip4clip", "clip"), ("siglip2", "siglip"), ("svta_tiny", "svta_tiny"), ("xclip", "clip")],
)
def test_families(tmp_path: Path, model_type: str, family: str) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": model_type}))
    assert model_family(str(tmp_path)) == family


def test_clips_scored_by_the_own_family_are_counted(clip_folder: Path, tmp_path: Path) -> None:
    texts = [json.dumps({"similarity": 0.2, "similarity_family": name}) for name in ("clip", "clip", "siglip")]
    texts += [None, "no json with similarity_family", json.dumps({"similarity": 0.1, "similarity_by": "my:words"})]
    clips = [Clip(key=f"k{i}", caption="a", provenance=text) for i, text in enumerate(texts)]
    assert scored_clips(str(clip_folder), clips) == ScoredClips("clip", 2)
    assert scored_clips(str(clip_folder), clips[2:]) is None
    (tmp_path / "config.json").write_text('{"model_type": "svta_xclip"}')
    assert scored_clips(str(tmp_path), clips) == ScoredClips("clip", 2)
