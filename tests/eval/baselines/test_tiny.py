"""tiny: words, shapes, saving, and that it learns what only motion tells."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from squares import Squares
from training_runs import SMALL, one_thread  # noqa: F401

from svta.eval.baselines import tiny
from svta.eval.baselines.tokens import PAD_ID, UNKNOWN_ID, Vocabulary, stem
from svta.eval.encoders.base import EncoderError
from svta.eval.encoders.registry import load_encoder
from svta.eval.metrics.retrieval import retrieval_metrics_from_embeddings
from svta.eval.retrieval.controls import still
from svta.eval.training.loop import train
from svta.eval.training.recipe import Recipe


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Trained until it knows what the squares do."""
    return fitted(tmp_path_factory.mktemp("tiny") / "checkpoint", range(384), epochs=20)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """One that has seen every word and a few steps."""
    return fitted(tmp_path_factory.mktemp("tiny") / "checkpoint", range(48), epochs=1)


def fitted(out, numbers, *, epochs):
    clips = Squares(numbers)
    model = tiny.new_model(clips.captions, SMALL)
    recipe = Recipe(epochs=epochs, batch_size=48, lr=4e-3, weight_decay=0.05, ema=0.95, evaluations=3)
    train(model, clips, Squares(range(1000, 1048)), recipe, out)
    return out


def test_word_forms_are_one_word():
    assert len({stem(word) for word in ("walk", "walks", "walked", "walking")}) == 1
    assert len({stem(word) for word in ("carry", "carries", "carried")}) == 1
    assert len({stem(word) for word in ("run", "running", "runs")}) == 1
    assert len({stem(word) for word in ("red", "read", "bus", "boss", "man", "men")}) == 6


def test_vocabulary_pads_marks_the_unknown_and_cuts():
    words = Vocabulary.of(["A dog runs.", "A dog sleeps"], max_words=4)
    ids = words.ids(["a dog", "", "a zebra runs past the old dog"])
    assert ids.shape == (3, 4)
    assert ids[0].tolist()[2:] == [PAD_ID, PAD_ID]
    assert ids[1].tolist() == [UNKNOWN_ID, 0, 0, 0]
    assert ids[2, 1] == UNKNOWN_ID and ids[2, 0] == ids[0, 0]


@pytest.mark.slow
def test_what_only_motion_tells_is_learnt(trained):
    encoder = load_encoder(trained)
    clips = Squares(range(2000, 2024))  # each combination once, new places and distances
    frames, mask = clips.get(range(24))
    text = encoder.encode_text(clips.captions)
    found = retrieval_metrics_from_embeddings(text, encoder.encode_video(frames, mask)).t2v
    stills = retrieval_metrics_from_embeddings(text, encoder.encode_video(still(frames, mask), mask)).t2v
    assert found.recall(1) >= 80  # chance is 4
    assert stills.recall(1) <= 78  # left or right is a guess


@pytest.mark.parametrize("size", [8, 9])
def test_frames_are_halved_as_avg_pool2d_does_it(size):
    frames = torch.rand(2, 3, 3, size, size + 2, generator=torch.Generator().manual_seed(0))
    wanted = torch.nn.functional.avg_pool2d(frames.flatten(0, 1), 2).unflatten(0, (2, 3))
    assert torch.allclose(tiny._halved(frames), wanted, atol=1e-6)


@pytest.mark.slow
def test_a_saved_model_is_loaded_without_the_compiler(saved):
    code = f"import sys; from svta.eval.baselines.tiny import TinyModel; TinyModel.from_pretrained({str(saved)!r})"
    done = subprocess.run([sys.executable, "-c", f"{code}; sys.exit('torch._dynamo' in sys.modules)"], check=False)
    assert done.returncode == 0


def test_embeddings_are_unit_rows_and_the_same_alone_or_in_a_batch(saved):
    encoder = load_encoder(str(saved))
    clips = Squares(range(30))
    frames, mask = clips.get(range(30))
    text, video = encoder.encode_text(clips.captions), encoder.encode_video(frames, mask)
    assert text.dtype == video.dtype == torch.float32 and text.shape[1] == video.shape[1]
    for rows in (text, video):
        assert torch.allclose(rows.norm(dim=1), torch.ones(30), atol=1e-5)
    assert torch.allclose(encoder.encode_video(frames[7:8], mask[7:8]), video[7:8], atol=1e-5)
    assert torch.allclose(encoder.encode_text([clips.captions[3]]), text[3:4], atol=1e-5)


@pytest.mark.slow
def test_any_number_and_size_of_frames(trained):
    encoder = load_encoder(trained)
    clips = Squares(range(24), count=12, size=96)
    frames, mask = clips.get(range(24))
    usual, usual_mask = Squares(range(24)).get(range(24))
    text = encoder.encode_text(clips.captions)
    big = retrieval_metrics_from_embeddings(text, encoder.encode_video(frames, mask)).t2v.recall(5)
    same = retrieval_metrics_from_embeddings(text, encoder.encode_video(usual, usual_mask)).t2v.recall(5)
    assert big >= same - 15
    padded = torch.cat([usual, torch.zeros_like(usual)], 1)
    longer = torch.cat([usual_mask, torch.zeros_like(usual_mask)], 1)
    assert torch.allclose(encoder.encode_video(padded, longer), encoder.encode_video(usual, usual_mask), atol=1e-5)


def test_nothing_seen_and_nothing_said_still_give_numbers(saved):
    encoder = load_encoder(saved)
    frames, mask = Squares(range(2)).get(range(2))
    mask[1] = False
    assert torch.isfinite(encoder.encode_video(frames, mask)).all()
    assert torch.isfinite(encoder.encode_text(["", "zyx qwv", "red " * 20_000])).all()
    with pytest.raises(EncoderError, match="uint8"):
        encoder.encode_video(frames.float(), mask)


def test_a_model_of_one_frame_asks_for_the_middle(tmp_path):
    model = tiny.new_model(["a b", "a c"], tiny.TinyConfig(num_frames=1, image_size=32, width=16)).eval()
    assert model.frame_spec.num_frames == 3
    frames, mask = Squares(range(3), count=3).get(range(3))
    black = frames.clone()
    black[:, [0, 2]] = 0
    prepared = [model.video_features(model.prepare(x, None), mask)[0] for x in (frames, black)]
    assert torch.equal(*prepared)


def test_saving_repeats_itself_and_damage_is_told(saved, tmp_path):
    tiny.TinyModel.from_pretrained(saved).save_pretrained(tmp_path / "again")
    for name in ("config.json", "vocabulary.json", "model.safetensors"):
        assert (tmp_path / "again" / name).read_bytes() == (saved / name).read_bytes()
    words = json.loads((saved / "vocabulary.json").read_text())
    (tmp_path / "again" / "vocabulary.json").write_text(json.dumps(words[:-1]))
    with pytest.raises(EncoderError, match=r"vocabulary\.json: 15 words, not 16"):
        load_encoder(tmp_path / "again")
    (tmp_path / "again" / "vocabulary.json").write_text(json.dumps(words))
    (tmp_path / "again" / "model.safetensors").write_bytes(b"no tensors")
    with pytest.raises(EncoderError, match="again"):
        load_encoder(tmp_path / "again")
    (tmp_path / "again" / "model.safetensors").unlink()
    with pytest.raises(EncoderError, match=r"model\.safetensors is missing"):
        load_encoder(tmp_path / "again")


def test_frames_are_shifted_and_dimmed_but_never_mirrored():
    model = tiny.new_model(["a b"], SMALL)
    ramp = torch.arange(32, dtype=torch.uint8).expand(40, 4, 3, 32, 32) * 7
    out = model.prepare(ramp.contiguous(), np.random.default_rng(0))
    assert out.shape == ramp.shape and (out[..., 20] > out[..., 10]).all()
    assert not torch.equal(out[0], out[1])
    assert torch.equal(out, model.prepare(ramp.contiguous(), np.random.default_rng(0)))


def test_a_checkpoint_of_the_layout_before_is_named(tmp_path):
    from safetensors.torch import load_file, save_file

    tiny.new_model(["a b", "a c"], tiny.TinyConfig(image_size=32, width=16)).save_pretrained(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    weights["stem.0.0.weight"] = weights.pop("video.appearance.stem.0.0.weight")
    save_file(weights, tmp_path / "model.safetensors")
    with pytest.raises(EncoderError, match="train it again"):
        load_encoder(tmp_path)


def test_the_order_of_frames_counts_and_a_still_clip_has_no_motion():
    model = tiny.new_model(["a b", "a c"], tiny.TinyConfig(num_frames=8, image_size=32, width=16)).eval()
    frames = model.prepare(torch.randint(0, 256, (2, 8, 3, 32, 32), dtype=torch.uint8))
    turned = frames.clone()
    turned[:, [1, 6]] = frames[:, [6, 1]]  # the middle frame, number 4, stays
    features = {name: model.video(x) for name, x in (("as it is", frames), ("turned", turned))}
    half = features["as it is"].shape[1] // 2
    assert torch.equal(features["as it is"][:, :half], features["turned"][:, :half])
    assert not torch.allclose(features["as it is"][:, half:], features["turned"][:, half:])


def test_there_and_back_are_two_motions():
    model = tiny.new_model(["a b", "a c"], tiny.TinyConfig(num_frames=2, image_size=32, width=16)).eval()
    there = model.prepare(torch.randint(0, 256, (2, 2, 3, 32, 32), dtype=torch.uint8))
    assert not torch.allclose(model.video.motion(there), model.video.motion(there.flip(1)))


def test_neighbouring_words_tell_the_order_of_events(tmp_path):
    captions = ["jumps before waving", "waves before jumping"] * 8 + ["a red dog", "a red cat"] * 3 + ["walks off"] * 10
    model = tiny.new_model(captions, tiny.TinyConfig(image_size=32, width=16, max_share=0.9))
    words = model.config.num_words
    index = {word: i + 2 for i, word in enumerate(model.vocabulary.words)}
    jump, before, wave, walk, off = (index[stem(word)] for word in ("jumps", "before", "waves", "walks", "off"))
    pairs = ((jump, before), (before, wave), (wave, before), (before, jump), (walk, off))
    known = sorted(one * words + other for one, other in pairs)
    assert model.phrases.tolist() == known  # "a red" is in 6 captions: too few
    weights = [np.log(32 / 10) if code == walk * words + off else np.log(32 / 8) for code in known]
    assert model.config.num_phrases == 5 and model.word_weight[words:].tolist() == pytest.approx(weights)
    one, two = model.bag(model.tokenize(["jumps before waving", "waves before jumping"]))
    assert torch.equal(one[:words], two[:words]) and (one[words:] * two[words:]).sum() == 0
    assert one[words:].count_nonzero() == two[words:].count_nonzero() == 2
    assert model.bag(model.tokenize(["jumps, zebra before waving"]))[0, words:].count_nonzero() == 1  # only beside
    assert model.bag(model.tokenize(["jumps before", "waves"]))[1, words:].count_nonzero() == 0  # padding is no word
    assert model.word_head.out_features == words + 5
    model.save_pretrained(tmp_path)
    again = tiny.TinyModel.from_pretrained(tmp_path)
    assert torch.equal(again.bag(model.tokenize(captions)), model.bag(model.tokenize(captions)))


@pytest.mark.slow
def test_a_checkpoint_made_before_it_knew_phrases_still_loads(tmp_path):
    from safetensors.torch import load_file, save_file

    model = tiny.new_model(["a b", "a c"], tiny.TinyConfig(image_size=32, width=16))
    model.save_pretrained(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    del weights["phrases"]
    save_file(weights, tmp_path / "model.safetensors")
    config = json.loads((tmp_path / "config.json").read_text())
    assert config.pop("num_phrases") == 0
    (tmp_path / "config.json").write_text(json.dumps(config))
    ids = model.tokenize(["a b", "c a b"])
    assert torch.equal(tiny.TinyModel.from_pretrained(tmp_path).bag(ids), model.bag(ids))
    config["num_phrases"] = 10**9
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(EncoderError, match="num_phrases 1,000,000,000 is not a valid size"):
        load_encoder(tmp_path)
