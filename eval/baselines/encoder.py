"""Saved CLIP4Clip, X-CLIP and GRAM folders as Encoders: what `svta eval --model CKPT` loads.

Models that score with one dot product give unit vectors; the others (tightTransf, X-CLIP, GRAM with two views) give
their features laid flat in one row an item, and `similarity` scores those rows.
"""

from __future__ import annotations

import math
from typing import Any, Final

import torch
from torch import Tensor

from svta.eval.encoders.base import Encoder, check_texts, check_video

from .kinds import BaselineError
from .model import Features, Shapes

TEXTS_AT_A_TIME: Final = 256
VIDEOS_AT_A_TIME: Final = 32


class BaselineEncoder(Encoder):
    """A baseline whose score is a dot product of unit vectors."""

    def __init__(self, model: Any, name: str, device: torch.device | None, dtype: torch.dtype | None):
        if model.tokens is None:
            raise BaselineError(f"{name}: no tokenizer.json beside the weights: save one there (CaptionTokens.save)")
        self.name, self.device, self.dtype = name, device or torch.device("cpu"), dtype or torch.float32
        self.model = model.to(self.device).eval()
        spec = model.frame_spec
        self.num_frames, self.image_size = spec.num_frames, spec.size
        self.sampling, self.resize = spec.sampling, spec.resize

    @torch.no_grad()
    def encode_text(self, texts: list[str]) -> Tensor:
        """float32 [T, D]."""
        ids = self.model.tokenize(check_texts(texts))
        with self.autocast():
            return torch.cat([flat(self.model.text_features(p.to(self.device))) for p in ids.split(TEXTS_AT_A_TIME)])

    @torch.no_grad()
    def encode_video(self, pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
        """float32 [V, D] of uint8 [V, F, 3, H, W]; NaN for a video without a real frame."""
        check_video(pixel_values, frame_mask)
        parts = []
        for frames, mask in zip(pixel_values.split(VIDEOS_AT_A_TIME), frame_mask.split(VIDEOS_AT_A_TIME)):
            with self.autocast():
                prepared = self.model.prepare(frames.to(self.device))
                parts.append(flat(self.model.video_features(prepared, mask.to(self.device))))
        return torch.cat(parts)

    def autocast(self) -> Any:
        """The precision that was asked for, as a context."""
        return torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32)


class ScoringEncoder(BaselineEncoder):
    """A baseline with a score of its own over its features."""

    @torch.no_grad()
    def similarity(self, text: Tensor, video: Tensor) -> Tensor:
        """float32 [T, V] logits of rows that encode_text and encode_video gave, in blocks."""
        text_shapes, video_shapes = self.model.feature_shapes
        texts = unflat(text.to(self.device), text_shapes)
        return self.model.score(texts, unflat(video.to(self.device), video_shapes)).float().cpu()

    def pair_scores(self, texts: list[str], pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
        """float32 [P], the logit of text p with video p: what re-ranks candidates where the whole square takes days."""
        if len(texts) != len(pixel_values):
            raise BaselineError(f"pair_scores: {len(texts)} texts and {len(pixel_values)} videos, one to one is needed")
        text = self.encode_text(texts)
        if bool((pixel_values == pixel_values[:1]).all() and (frame_mask == frame_mask[:1]).all()):  # one video's texts
            return self.similarity(text, self.encode_video(pixel_values[:1], frame_mask[:1]))[:, 0]
        video = self.encode_video(pixel_values, frame_mask)
        return torch.cat([self.similarity(text[i : i + 1], video[i : i + 1])[0] for i in range(len(texts))])


def flat(features: Features) -> Tensor:
    """Tensors [N, ...] side by side, float32 [N, K] on the CPU."""
    return torch.cat([part.flatten(1) for part in features], dim=1).float().cpu()


def unflat(rows: Tensor, shapes: Shapes) -> Features:
    """The tensors that `flat` laid side by side."""
    parts = rows.split([math.prod(shape) for shape in shapes], dim=1)
    return tuple(part.reshape(len(rows), *shape) for part, shape in zip(parts, shapes))
