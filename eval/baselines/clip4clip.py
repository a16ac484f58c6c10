"""CLIP4Clip (Luo et al. 2021) on CLIPModel: meanP, seqLSTM, seqTransf and tightTransf similarity heads.

model = Clip4Clip.from_pretrained(DIR)   # or from_official_state_dict("clip4clip", ...), or official.from_clip(...)
model.similarity(input_ids, pixel_values, frame_mask)   # [T, V] logits
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from .backbone import BaselineConfig, ClipBaseline
from .temporal import CrossEncoder, unit


class Clip4ClipConfig(BaselineConfig):
    """Configuration of Clip4Clip."""

    model_type: ClassVar[str] = "svta_clip4clip"


class Clip4Clip(ClipBaseline):
    """CLIP4Clip with one of its four heads."""

    config_class = Clip4ClipConfig

    def __init__(self, config: Clip4ClipConfig):
        super().__init__(config)
        if config.head == "tightTransf":
            width = config.clip_config.projection_dim
            positions = config.clip_config.text_config.max_position_embeddings
            self.cross = CrossEncoder(positions, width, config.cross_layers, config.cross_dropout)
            self.similarity_dense = nn.Linear(width, 1)
        self.post_init()

    def text_features(self, input_ids: Tensor) -> Tensor:
        """[T, W] -> [T, D]: unit vectors, for tightTransf the plain sentence vectors."""
        sentences = self.sentences(input_ids)
        return sentences if self.config.head == "tightTransf" else unit(sentences)

    def video_features(self, pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
        """[V, F, 3, H, W] -> [V, D] unit vectors; for tightTransf [V, F, D + 1], frames with their mask beside them."""
        frames = self.frames(pixel_values)
        if self.config.head == "tightTransf":
            return torch.cat((frames, frame_mask[..., None].to(frames.dtype)), dim=-1)
        return self.video_vectors(frames, frame_mask)

    def similarity_of_features(self, text: Tensor, video: Tensor, *, block: int | None = None) -> Tensor:
        """[T, V] logits of what text_features and video_features give; tightTransf works on `block` texts at a time."""
        if self.config.head != "tightTransf":
            return self.clip.logit_scale.exp() * text @ video.T
        block = block or max(1, 4_096 // max(len(video), 1))
        return torch.cat([self._tight(part, video) for part in text.split(block)]) if len(text) else text @ text.T

    def _tight(self, sentences: Tensor, video: Tensor) -> Tensor:
        frames, mask = video[..., :-1], video[..., -1]
        num_texts, num_videos, num_frames = len(sentences), *frames.shape[:2]
        pairs = num_texts * num_videos
        text = sentences[:, None, None].expand(-1, num_videos, 1, -1)
        tokens = torch.cat((text, frames[None].expand(num_texts, -1, -1, -1)), dim=2).reshape(pairs, num_frames + 1, -1)
        seen = torch.cat((torch.ones_like(mask[:, :1]), mask), dim=1).repeat(num_texts, 1)
        scores = self.similarity_dense(self.cross(tokens, seen)).view(num_texts, num_videos)
        return scores.masked_fill(mask.sum(dim=1) == 0, float("nan"))

    def similarity(self, input_ids: Tensor, pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
        """input_ids [T, W], pixel_values float [V, F, 3, H, W], frame_mask [V, F] -> [T, V] logits.

        The logit scale is included; tightTransf has none. A video without a real frame scores NaN.
        """
        return self.similarity_of_features(self.text_features(input_ids), self.video_features(pixel_values, frame_mask))
