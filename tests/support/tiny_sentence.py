"""Tiny models of the real sentence-transformers package: CLIP by its stock module, a video encoder, a video reranker.

Stock modules that take video need torchvision's video processors; these two are modules of our own, which the package
loads by the name in modules.json as it loads those of others.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

pytest.importorskip("sentence_transformers", reason="pip install 'svta[sentence]'")
from sentence_transformers import CrossEncoder, SentenceTransformer
from sentence_transformers.base.modules.input_module import InputModule
from torch import Tensor


class LettersAndPixels(InputModule):
    """Text by its letters, video by its mean colour; pairs give one score."""

    config_keys: list[str] = ["pairs"]  # noqa: RUF012
    tokenizer: Any = None

    def __init__(self, pairs: bool = False):
        super().__init__()
        self.pairs = pairs
        self.head = torch.nn.Linear(4, 4)

    @property
    def modalities(self) -> list[Any]:
        return ["text", "video"]

    def preprocess(self, inputs: list[Any], prompt: str | None = None, **options: Any) -> dict[str, Tensor]:
        rows = [self._pair(item) if self.pairs else self._one(item, prompt or "") for item in inputs]
        return {"rows": torch.stack(rows)}

    def _pair(self, pair: Any) -> Tensor:
        return self._one(pair[0], "") * self._one(pair[1], "")

    def _one(self, item: Any, prompt: str) -> Tensor:
        if isinstance(item, str):
            return torch.tensor([float((prompt + item).count(letter)) for letter in "aeio"])
        video = item["video"]
        frames = torch.as_tensor(video["array"]).float()
        about = video["video_metadata"]
        assert frames.shape[1] == 3 and len(about["frames_indices"]) == len(frames) <= about["total_num_frames"]
        return torch.cat((frames.mean(dim=(0, 2, 3)) / 255, torch.ones(1)))

    def forward(self, features: dict[str, Tensor], **options: Any) -> dict[str, Tensor]:
        made = self.head(features["rows"])
        features["scores" if self.pairs else "sentence_embedding"] = made[:, :1] if self.pairs else made
        return features

    def save(self, output_path: str, *args: Any, safe_serialization: bool = True, **kwargs: Any) -> None:
        self.save_config(output_path)
        self.save_torch_weights(output_path, safe_serialization=safe_serialization)

    @classmethod
    def load(cls, model_name_or_path: str, **kwargs: Any) -> LettersAndPixels:
        where = {k: v for k, v in kwargs.items() if k in ("subfolder", "token", "cache_folder", "revision",
                                                         "local_files_only")}  # fmt: skip
        model = cls(**cls.load_config(model_name_or_path, **where))
        return cls.load_torch_weights(model_name_or_path, model=model, **where)


def save_sentence_clip(folder: Path) -> None:
    """A tiny CLIP in the stock Transformer module, with a query instruction."""
    import transformers as tf
    from tiny_encoders import clip, tokenizer
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    torch.manual_seed(0)
    words = tokenizer()
    base = folder.with_name(folder.name + "-clip")
    clip(len(words)).eval().save_pretrained(base)
    images = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    tf.CLIPProcessor(images, words).save_pretrained(base)
    model = SentenceTransformer(str(base), device="cpu", prompts={"query": "smoke rises ", "document": ""})
    model.save_pretrained(str(folder))


def save_video_sentence(folder: Path) -> None:
    """A SentenceTransformer that takes text and video."""
    torch.manual_seed(0)
    SentenceTransformer(modules=[LettersAndPixels()], device="cpu").save_pretrained(str(folder))


def save_video_reranker(folder: Path) -> None:
    """A CrossEncoder that takes pairs of text and video."""
    torch.manual_seed(0)
    CrossEncoder(modules=[LettersAndPixels(pairs=True)], device="cpu", num_labels=1).save_pretrained(str(folder))
