"""Official checkpoints and recipe: key maps, optimiser, sampling, pixels, tokens against the official numbers."""

from __future__ import annotations

import json
import logging
from itertools import count

import numpy as np
import pytest
import torch
from official_reference import to_official_state_dict
from safetensors.torch import load_file
from tiny_models import CAPTIONS, tiny_clip, tiny_inputs
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from svta.builder.video.sampling import SamplingError, frame_indices
from svta.eval.baselines.checkpoints import load_checkpoint
from svta.eval.baselines.kinds import BaselineError
from svta.eval.baselines.model import clip4clip_square, normalise
from svta.eval.baselines.official import (
    clip_from_official,
    clip_to_official,
    from_clip,
    from_official_state_dict,
)
from svta.eval.baselines.tokens import CaptionTokens, clean_caption
from svta.eval.encoders.base import EncoderError
from svta.eval.encoders.pixels import Pixels, cropped
from svta.eval.training.bertadam import BertAdam, freeze_layers, official_groups, warmup_cosine


def official_clip() -> dict[str, torch.Tensor]:
    return {f"clip.{name}": value for name, value in clip_to_official(tiny_clip().state_dict()).items()}


def load(name="clip4clip", weights=None, head="seqTransf", **options):
    weights = official_clip() if weights is None else weights
    return from_official_state_dict(name, weights, head=head, **{"max_frames": 6, "max_words": 12, **options})


def test_key_map_goes_there_and_back():
    clip = tiny_clip()
    official = clip_to_official(clip.state_dict())
    assert official["text_projection"].shape == (128, 128) and official["visual.proj"].shape == (64, 128)
    back = clip_from_official(official)
    assert set(back) == set(clip.state_dict())
    assert all(torch.equal(back[name], value) for name, value in clip.state_dict().items())


def test_prefixes_half_precision_and_leftovers(caplog):
    weights = official_clip()
    ids, pixels, mask = tiny_inputs()
    expected = load(weights=weights).similarity(ids, pixels, mask)
    extra = {"clip.input_resolution": torch.tensor(32), "clip.context_length": torch.tensor(16)}
    wrapped = {f"module.{name}": value for name, value in (weights | extra).items()}
    bare = {name.removeprefix("clip."): value for name, value in weights.items()}
    for given in (wrapped, bare):
        assert torch.equal(load(weights=given).similarity(ids, pixels, mask), expected)
    half = load(weights={name: value.half() for name, value in weights.items()})
    assert all(p.dtype == torch.float32 for p in half.parameters()) and not half.training
    with caplog.at_level(logging.WARNING):
        load(weights=weights | {"transformerClip.resblocks.0.ln_1.weight": torch.ones(128)}, head="meanP")
    assert "does not use 1" in caplog.text and "transformerClip" in caplog.text


def test_cross_layers_of_a_fresh_head():
    assert len(load().transformerClip.resblocks) == 2  # the official 4, but CLIP has 2
    assert len(load(cross_layers=1).transformerClip.resblocks) == 1
    trained = to_official_state_dict(load(cross_layers=1))
    assert len(load(weights=trained, cross_layers=2).transformerClip.resblocks) == 1  # the checkpoint knows better


def test_a_head_that_is_there_in_part_is_told(caplog):
    trained = to_official_state_dict(load(cross_layers=2))
    with caplog.at_level(logging.WARNING):
        model = load(weights={k: v for k, v in trained.items() if ".resblocks.0." not in k or k.startswith("clip.")})
    assert len(model.transformerClip.resblocks) == 2  # block 1 is there, so there are two
    assert "there in part: 12 weights are new" in caplog.text
    assert torch.equal(
        model.transformerClip.resblocks[1].ln_1.weight, trained["transformerClip.resblocks.1.ln_1.weight"]
    )
    caplog.clear()
    load(weights=trained)
    load()
    assert not caplog.text


def test_layers_of_another_head_do_not_count():
    both = to_official_state_dict(load(cross_layers=1)) | to_official_state_dict(
        load(head="tightTransf", cross_layers=2)
    )
    assert len(load(weights=both).transformerClip.resblocks) == 1
    assert len(load(weights=both, head="tightTransf").cross.transformer.resblocks) == 2
    assert len(load(cross_layers=3).transformerClip.resblocks) == 3  # more than CLIP has: the third at random


def test_a_training_scripts_wrapper_is_opened():
    weights = official_clip()
    expected = load(weights=weights).similarity(*tiny_inputs())
    assert torch.equal(load(weights={"state_dict": weights, "epoch": 3}).similarity(*tiny_inputs()), expected)
    for wrong, said in (({**weights, "clip.logit_scale": 4.6}, "is a float"), ([1], "is a list")):
        with pytest.raises(BaselineError, match=said):
            load(weights=wrong)
    for sizes in ({"max_frames": 0}, {"max_words": 0}, {"cross_layers": 0}):
        with pytest.raises(BaselineError, match="at least"):
            load(**sizes)


def test_one_word_and_one_frame_are_enough():
    ids, pixels, mask = tiny_inputs()
    model = load("xclip", max_frames=1, max_words=1)
    assert model.similarity(ids[:1, :1], pixels[:1, :1], mask[:1, :1]).isfinite().all()
    with pytest.raises(BaselineError, match="its start and its end"):
        CaptionTokens.learn(["a cat"], 1)


def test_tensors_of_no_clip_are_told_by_name():
    weights = official_clip()
    for name, value, said in (
        ("visual.conv1.weight", torch.zeros(()), "4-D needed"),
        ("token_embedding.weight", torch.zeros(7), "2-D needed"),
        ("text_projection", torch.zeros(7), "2-D needed"),
        ("transformer.resblocks.0.ln_1", torch.zeros(7), "is not known"),
        ("visual.conv1.weight", torch.zeros(200, 3, 16, 16), "width 200 has no heads"),
    ):
        with pytest.raises(BaselineError, match=said):
            load(weights=weights | {f"clip.{name}": value})


def test_wrong_inputs_are_told():
    model, (ids, pixels, mask) = load(), tiny_inputs()
    for given, said in (
        ((ids[:0], pixels, mask), "input_ids"),
        ((ids, pixels[:0], mask[:0]), "V and F from 1"),
        ((ids, pixels[..., :16, :16], mask), "pixel_values"),
        ((ids, pixels, mask[:, :2]), "frame_mask"),
    ):
        with pytest.raises(BaselineError, match=said):
            model.similarity(*given)
    for wrong in (torch.zeros(2, 3), torch.zeros(0, 0), torch.zeros(3)):
        with pytest.raises(BaselineError, match=r"\[B, B\] is needed"):
            model.contrastive_loss(wrong)
    dirty = pixels.masked_fill(mask[..., None, None, None] == 0, float("nan"))
    assert torch.equal(model.similarity(ids, dirty, mask), model.similarity(ids, pixels, mask))


def test_wrong_checkpoints_are_refused():
    weights = official_clip()
    for broken, said in [
        ({}, "not an official CLIP"),
        ({k: v for k, v in weights.items() if k != "clip.ln_final.bias"}, "missing"),
        (weights | {"clip.visual.layer1.0.conv1.weight": torch.ones(1)}, "not known"),
        (weights | {"frame_position_embeddings.weight": torch.ones(16, 7)}, r"\[16, 7\]"),
    ]:
        with pytest.raises(BaselineError, match=said):
            load(weights=broken)
    with pytest.raises(BaselineError, match="clip4clip or xclip"):
        load("blip")
    with pytest.raises(BaselineError, match="in the checkpoint"):
        load("xclip", weights=to_official_state_dict(load("xclip")), max_frames=9)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "head"), [("clip4clip", "tightTransf"), ("clip4clip", "seqLSTM"), ("xclip", "seqTransf")]
)
def test_a_model_goes_out_as_official_and_comes_back(name, head):
    model = load(name, head=head)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.01 * torch.randn_like(parameter)
    again = load(name, weights=to_official_state_dict(model), head=head)
    assert torch.equal(again.similarity(*tiny_inputs()), model.similarity(*tiny_inputs()))


def test_bertadam_fixture(shared):
    tensors = load_file(shared / "reference/bertadam.safetensors")
    numbers = json.loads((shared / "reference/bertadam.json").read_text())
    parameters = {g["param"]: torch.nn.Parameter(tensors[f"init.{g['param']}"].clone()) for g in numbers["groups"]}
    optimizer = BertAdam(
        [
            {"params": [parameters[g["param"]]], "lr": g["lr"], "weight_decay": g["weight_decay"]}
            for g in numbers["groups"]
        ],
        warmup=numbers["warmup"],
        total_steps=numbers["t_total"],
        max_grad_norm=numbers["max_grad_norm"],
    )
    for step in count():
        if f"grad{step}.w" not in tensors:
            break
        for name, parameter in parameters.items():
            parameter.grad = tensors[f"grad{step}.{name}"].clone()
        optimizer.step()
        rates = [optimizer.scheduled_lr(group, step + 1) for group in optimizer.param_groups]
        assert rates == pytest.approx(numbers["lr_after_each_step"][step])
        for name, parameter in parameters.items():
            torch.testing.assert_close(parameter.detach(), tensors[f"after{step}.{name}"], atol=2e-6, rtol=0)
    assert step == 6


def test_first_step_has_rate_zero_and_state_resumes():
    assert warmup_cosine(0, 0.1) == 0 and warmup_cosine(0.05, 0.1) == 0.5 and warmup_cosine(1, 0.1) == 0
    torch.manual_seed(0)
    one, two = (torch.nn.Parameter(torch.ones(3)) for _ in range(2))
    a, b = BertAdam([one], lr=0.1, total_steps=10), BertAdam([two], lr=0.1, total_steps=10)
    one.grad = torch.tensor([3.0, -4.0, 0.0])
    a.step()
    assert torch.equal(one, torch.ones(3))
    two.grad = one.grad.clone()
    b.step()
    b2 = BertAdam([two], lr=0.1, total_steps=10)
    b2.load_state_dict(b.state_dict())
    for optimizer, parameter in ((a, one), (b2, two)):
        parameter.grad = torch.tensor([0.1, 0.2, 0.3])
        optimizer.step()
    assert torch.equal(one, two) and not torch.equal(one, torch.ones(3))


def test_official_groups_and_frozen_parts():
    model = from_clip("clip4clip", tiny_clip(), head="seqTransf", max_frames=6, max_words=12)
    frozen = freeze_layers(model)
    inputs = ("token_embedding", "text_model.embeddings.position", "class_embedding", "patch_embedding", "pre_layrnorm")
    assert len(frozen) == 7 and all(any(part in name for name in frozen) for part in inputs)
    found = {}
    names = {id(p): name for name, p in model.named_parameters()}
    for group in official_groups(model):
        for parameter in group["params"]:
            found[names[id(parameter)]] = (group["lr"], group["weight_decay"])
    assert found["clip.text_model.encoder.layers.0.mlp.fc1.weight"] == (pytest.approx(1e-7), 0.2)
    assert found["clip.text_model.encoder.layers.0.mlp.fc1.bias"] == (pytest.approx(1e-7), 0.0)
    assert found["clip.logit_scale"] == (pytest.approx(1e-7), 0.2)  # decayed, as officially
    assert found["clip.text_model.final_layer_norm.weight"] == (pytest.approx(1e-7), 0.2)
    assert found["transformerClip.resblocks.0.ln_1.weight"] == (1e-4, 0.2)
    assert found["transformerClip.resblocks.0.attn.in_proj_bias"] == (1e-4, 0.0)
    assert set(found) == {name for name, p in model.named_parameters() if p.requires_grad}
    assert (
        len(freeze_layers(from_clip("clip4clip", tiny_clip(), head="meanP", max_frames=6, max_words=12), 1)) == 7 + 32
    )


def test_logit_scale_is_clamped_at_a_hundred():
    model = load(head="meanP")
    with torch.no_grad():
        model.clip.logit_scale.fill_(9.0)
    model.after_step()
    assert model.clip.logit_scale.exp().item() == pytest.approx(100)


def test_official_frame_sampling(shared):
    cases = json.loads((shared / "reference/frame_sampling.json").read_text())
    assert len(cases["clip4clip_extractor"]) > 40
    for case in cases["clip4clip_extractor"]:
        arguments = {"fps": case["fps"], "feature_framerate": case["feature_framerate"]}
        if isinstance(case["indices"], str):  # the official code stops: it cannot take so many frames of a second
            with pytest.raises(SamplingError):
                frame_indices(case["n_frames"], 1_000, "official", **arguments)
        else:
            assert frame_indices(case["n_frames"], 1_000, "official", **arguments).tolist() == case["indices"], case
    for name, indices in cases["slice_framepos2_linspace"].items():
        total, wanted = map(int, name.split("->"))
        assert frame_indices(total, wanted, "uniform").tolist() == indices


def test_official_preprocessing(shared):
    data = load_file(shared / "reference/preprocess_clip4clip_32.safetensors")
    inputs = sorted(name for name in data if name.startswith("in"))
    assert inputs
    differs = 0
    for name in inputs:
        frame, expected = data[name].permute(2, 0, 1), data[f"out{name[2:].split('_')[0]}"]
        torch.testing.assert_close(normalise(clip4clip_square(frame, 32)), expected, atol=2e-6, rtol=0)
        floor = Pixels(CLIPImageProcessorPil(**cropped(32)), "CLIP")
        differs += not torch.allclose(floor(frame), expected, atol=1e-3)
    assert differs == 4  # transformers rounds the crop down where (long - 32) % 4 == 3


def clip_vocabulary(cases):
    """A CLIPTokenizer that knows the official ids of the fixture's words (the real vocabulary is not here)."""
    from tokenizers import Regex, pre_tokenizers
    from transformers import CLIPTokenizer
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    letters = bytes_to_unicode()
    vocabulary = {letter: i for i, letter in enumerate(letters.values())}
    vocabulary |= {f"{letter}</w>": 256 + i for i, letter in enumerate(letters.values())}
    vocabulary |= {"<|startoftext|>": 49406, "<|endoftext|>": 49407}
    split = pre_tokenizers.Split(
        Regex(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"), behavior="removed", invert=True
    )
    several = {"naïve": ["na", "ï", "ve"], "bystanders": ["bystand", "ers"]}
    pieces: dict[str, list[str]] = {}
    for case in cases:
        words = [word for word, _ in split.pre_tokenize_str(clean_caption(case["text"]))]
        ids = iter(case["input_ids"][1 : sum(case["mask"]) - 1])
        for word in words:
            parts = several.get(word, [word])
            spelled = ["".join(letters[b] for b in part.encode()) for part in parts]
            spelled[-1] += "</w>"
            for part, number in zip(spelled, ids):
                assert vocabulary.setdefault(part, number) == number
            pieces[word] = spelled
    merges: list[tuple[str, str]] = []
    spare = count(100_000)
    for _ in range(40):  # join the first two symbols of whatever does not come out whole, until all does
        tokenizer = CLIPTokenizer(vocab=vocabulary, merges=list(merges))
        for word, wanted in pieces.items():
            found = tokenizer.convert_ids_to_tokens(tokenizer(word, add_special_tokens=False)["input_ids"])
            if found != wanted:
                begun = next(n for n, (a, b) in enumerate(zip(found, wanted)) if a != b)
                merges.append((found[begun], found[begun + 1]))
                vocabulary.setdefault(found[begun] + found[begun + 1], next(spare))
        if all(tokenizer.tokenize(word) == wanted for word, wanted in pieces.items()):
            return tokenizer
        merges = list(dict.fromkeys(merges))
    raise AssertionError("the fixture's words do not come out")


def test_official_tokens(shared):
    cases = json.loads((shared / "reference/tokenizer_clip4clip.json").read_text())
    tokenizer = clip_vocabulary([case for case in cases if case["max_words"] == 77])
    assert len(cases) >= 20
    for case in cases:
        ids = CaptionTokens(tokenizer, case["max_words"])([case["text"]])
        assert ids[0].tolist() == case["input_ids"], case["text"][:40]
        assert (torch.arange(case["max_words"]) < sum(case["mask"])).int().tolist() == case["mask"]


def test_captions_are_cleaned_as_trained():
    assert clean_caption("  A &amp;amp; B\r\n\t“quotes” ﬁre ") == 'a & b "quotes" fire'
    tokens = CaptionTokens.learn(CAPTIONS, 8)
    ids = tokens(["A  MAN falls &amp; zebra", "", "a " * 50_000])
    assert ids.shape == (3, 8) and ids.dtype == torch.int64
    assert ids[0, 0] == tokens.start and ids[0].argmax() == 6 and ids[0, 7] == 0 and (ids[0, 4:6] == 1).all()
    assert ids[1].tolist() == [tokens.start, tokens.end, 0, 0, 0, 0, 0, 0]
    assert ids[2, -1] == tokens.end == tokens.vocab_size - 1
    assert np.array_equal(ids.numpy(), tokens(["A  MAN falls &amp; zebra", "", "a " * 50_000]).numpy())


def test_tokens_are_saved_beside_the_weights(tmp_path):
    tokens = CaptionTokens.learn(CAPTIONS, 8)
    tokens.save(tmp_path)
    again = CaptionTokens.load(tmp_path, 8)
    assert torch.equal(again(CAPTIONS), tokens(CAPTIONS))
    (tmp_path / "empty").mkdir()
    for folder, said in (("empty", "no tokenizer"), ("nowhere", "no such folder")):
        with pytest.raises(EncoderError, match=said):
            CaptionTokens.load(tmp_path / folder, 8)


def test_the_fingerprint_of_a_checkpoint_follows_its_tokenizer(tmp_path):
    weights = {name: value.contiguous().clone() for name, value in official_clip().items()}
    torch.save(weights, tmp_path / "model.bin")
    names = set()
    for words in (["a man falls"], ["a dog runs", "a man"]):
        folder = tmp_path / str(len(words))
        CaptionTokens.learn(words, 12).save(folder)
        for sizes in ({"max_words": 12}, {"max_words": 12, "max_frames": 3}, {"max_words": 9}):
            encoder = load_checkpoint("clip4clip", str(tmp_path / "model.bin"), tokenizer=str(folder), **sizes)
            assert encoder.fingerprint is not None
            names.add(encoder.fingerprint)
    assert len(names) == 6  # a cache never gives one tokenizer's captions to another
