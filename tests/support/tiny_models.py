"""Tiny random-weight models for tests of encoders and baselines; nothing is downloaded."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor
from transformers import CLIPConfig, CLIPModel

from svta.eval.baselines.tokens import CaptionTokens

CAPTIONS = ["a man falls on the ice", "two people fight in a car park", "smoke rises", "a dog runs", "a woman waves"]


def tiny_clip(*, vocab: int = 120, width: int = 128, image: int = 32) -> CLIPModel:
    """CLIP with two layers a tower, patches of 16, 16 text positions; the same weights every time."""
    torch.manual_seed(0)
    text = {"hidden_size": width, "intermediate_size": 4 * width, "num_hidden_layers": 2, "num_attention_heads": 2}
    text |= {"max_position_embeddings": 16, "vocab_size": vocab, "projection_dim": width}
    text |= {"pad_token_id": 0, "bos_token_id": vocab - 2, "eos_token_id": vocab - 1}
    vision = {"hidden_size": 64, "intermediate_size": 256, "num_hidden_layers": 2, "num_attention_heads": 1}
    vision |= {"patch_size": 16, "image_size": image, "projection_dim": width}
    return CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=width)).eval()


def tiny_tokens(max_words: int = 12) -> CaptionTokens:
    """A word tokenizer learnt from CAPTIONS."""
    return CaptionTokens.learn(CAPTIONS, max_words)


def tiny_inputs(num_texts: int = 4, num_videos: int = 5, frames: int = 6) -> tuple[Tensor, Tensor, Tensor]:
    """(input_ids, pixel_values, frame_mask); masked frames are not zero, the models must hide them."""
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(2, 118, (num_texts, 12), generator=generator)
    ids[:, 0] = 118
    for row in range(num_texts):
        ids[row, 5 + row] = 119
        ids[row, 6 + row :] = 0
    pixels = torch.randn((num_videos, frames, 3, 32, 32), generator=generator)
    mask = torch.arange(frames) < torch.tensor([6, 4, 5, 2, 1])[:num_videos, None]
    return ids, pixels, mask


class Fixture:
    """One official similarity head of ../shared/reference: weights, inputs, what the official code gave."""

    def __init__(self, shared: Path, name: str):
        folder = shared / "reference"
        self.numbers = json.loads((folder / f"{name}.json").read_text())
        self.expected = load_file(folder / f"{name}.expected.safetensors")
        inputs = load_file(folder / "inputs_tiny.safetensors")
        self.inputs = (inputs["input_ids"], inputs["pixel_values"], inputs["video_mask"])
        clip = load_file(folder / "clip_tiny_openai.safetensors")
        self.weights = {f"clip.{key}": value for key, value in clip.items()}
        if (folder / f"{name}.head.safetensors").exists():
            self.weights |= load_file(folder / f"{name}.head.safetensors")
        self.head = self.numbers["head"]


def fixture_names(shared: Path, prefix: str) -> list[str]:
    """Names of the similarity fixtures there that start with `prefix`; a fixture set with more heads is read whole."""
    found = sorted(path.name.split(".")[0] for path in (shared / "reference").glob(f"{prefix}_*.expected.safetensors"))
    assert found, f"no {prefix} fixtures"
    return found


def check_fixture(shared: Path, baseline: str, name: str) -> None:
    """Similarity, features, loss, gradient norms and key names of one fixture, all within 2e-5."""
    from official_reference import to_official_state_dict

    from svta.eval.baselines.official import from_official_state_dict

    fixture = Fixture(shared, name)
    model = from_official_state_dict(baseline, fixture.weights, head=fixture.head, max_frames=6, max_words=12)
    similarity = model.similarity(*fixture.inputs)
    close = {"atol": 2e-5, "rtol": 0}
    torch.testing.assert_close(similarity, fixture.expected["sim"], **close)
    input_ids, pixel_values, frame_mask = fixture.inputs
    torch.testing.assert_close(model.sentences(input_ids), fixture.expected["feat.text_feat"], **close)
    torch.testing.assert_close(model.frames(pixel_values, frame_mask), fixture.expected["feat.frame_feat"], **close)
    if "feat.words" in fixture.expected:
        torch.testing.assert_close(model.words(input_ids), fixture.expected["feat.words"], **close)
    assert set(to_official_state_dict(model)) == set(fixture.numbers["official_state_dict_keys"])
    loss = model.contrastive_loss(similarity[:5])
    assert abs(loss.item() - fixture.numbers["loss_first5"]) < 2e-5
    loss.backward()
    gradients = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
    norms = {name: g.norm().item() for name, g in to_official_state_dict(model, gradients).items()}
    expected = {name: norm for name, norm in fixture.numbers["grad_norms"].items() if norm is not None}
    assert set(norms) == set(expected)
    for parameter, norm in expected.items():
        assert abs(norms[parameter] - norm) < 2e-5 * max(1, norm), parameter
    without = {name for name, p in model.named_parameters() if p.grad is None}
    assert without == set(fixture.numbers["params_without_grad"])
