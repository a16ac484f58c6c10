"""Saved CLIP4Clip, X-CLIP and GRAM folders as Encoders: what `svta eval --model CKPT` loads.

Models that score with one dot product give unit vectors; the others (tightTransf, X-CLIP, GRAM with two views) give
their features laid flat in one row per item, and `similarity` scores those rows.
"""

from __future__ import annotations

import math
from contextlib import AbstractContextManager
from typing import Final

import torch
from torch import Tensor

from svta.builder.video.frame_spec import DEFAULT_SIZE, FrameSpec, Quality
from svta.eval.encoders.base import Encoder, check_texts, check_video

from .kinds import BaselineError
from .trainable import Features, Shapes, Trainable

SMALL_MODEL: Final = 20_000_000  # weights; below, threads wait for each other longer than they work


class BaselineEncoder(Encoder):
    """A baseline whose score is a dot product of unit vectors."""

    texts_at_a_time, videos_at_a_time = 256, 32
    autocast_text = True

    def __init__(
        self, model: Trainable, name: str, device: torch.device | None = None, dtype: torch.dtype | None = None
    ):
        if not model.has_tokenizer:
            raise BaselineError(f"{name}: no tokenizer.json beside the weights: save one there (CaptionTokens.save)")
        self.name, self.device, self.dtype = name, device or torch.device("cpu"), dtype or torch.float32
        self.model = model.to(self.device).eval()
        spec = model.frame_spec
        self.num_frames, self.image_size = spec.num_frames, spec.size or DEFAULT_SIZE
        self.sampling, self.resize, self.pools_frames = spec.sampling, spec.resize, model.pools_frames
        if sum(weights.numel() for weights in model.parameters()) < SMALL_MODEL:
            self.cpu_threads = 1

    def frames(self, quality: Quality = "exact") -> FrameSpec:
        """exact: the frames that its training showed it, where the checkpoint records them; else PIL's bicubic."""
        return self.model.trained_frames if quality == "exact" else self.frame_spec

    @torch.no_grad()
    def encode_text(self, texts: list[str]) -> Tensor:
        """float32 [T, D]."""
        batches = self.model.tokenize(check_texts(texts)).split(self.texts_at_a_time)
        with self.autocast(self.autocast_text):
            return torch.cat([self._rows(self.model.text_features(ids.to(self.device))) for ids in batches])

    @torch.no_grad()
    def encode_video(self, pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
        """float32 [V, D] of uint8 [V, F, 3, H, W]; NaN for a video without a real frame."""
        check_video(pixel_values, frame_mask)
        size, parts = self.videos_at_a_time, []
        for frames, mask in zip(pixel_values.split(size), frame_mask.split(size)):
            with self.autocast():
                features = self.model.video_features(self.model.prepare(frames.to(self.device)), mask.to(self.device))
            parts.append(self._rows(features))
        return torch.cat(parts)

    def _rows(self, features: Features) -> Tensor:
        return self.model.rows(features).float().cpu()

    def autocast(self, wanted: bool = True) -> AbstractContextManager[None]:
        """The requested precision, as a context."""
        return torch.autocast(self.device.type, self.dtype, enabled=wanted and self.dtype != torch.float32)


class ScoringEncoder(BaselineEncoder):
    """A baseline with a score of its own over its features."""

    @torch.no_grad()
    def similarity(self, text: Tensor, video: Tensor) -> Tensor:
        """float32 [T, V] logits of rows that encode_text and encode_video gave, in blocks."""
        if self.model.feature_shapes is None:
            raise BaselineError(f"{self.name}: scores by a dot product, its features have no shapes")
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


def encoder_of(
    model: Trainable, name: str, device: torch.device | None = None, dtype: torch.dtype | None = None
) -> BaselineEncoder:
    """CLIP4Clip or X-CLIP as Encoder, by whether its score is a dot product."""
    kind = BaselineEncoder if model.feature_shapes is None else ScoringEncoder
    return kind(model, name, device, dtype)


def unflat(rows: Tensor, shapes: Shapes) -> Features:
    """The tensors that `Trainable.rows` laid side by side."""
    parts = rows.split([math.prod(shape) for shape in shapes], dim=1)
    return tuple(part.reshape(len(rows), *shape) for part, shape in zip(parts, shapes))
