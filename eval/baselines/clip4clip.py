"""CLIP4Clip (Luo et al. 2021) on CLIPModel: meanP, seqLSTM, seqTransf and tightTransf similarity heads.

model = Clip4Clip.from_pretrained(DIR)   # or from_official_state_dict("clip4clip", ...), or official.from_clip(...)
model.similarity(input_ids, pixel_values, frame_mask)   # [T, V] logits
"""

from __future__ import annotations

from typing import ClassVar, Final

import torch
from torch import Tensor, nn

from svta.eval.encoders.registry import register_classes, register_encoder

from .clip_backbone import BaselineConfig, ClipBaseline
from .encoder import BaselineEncoder, encoder_of
from .model import RetrievalProcessor
from .temporal import CrossEncoder, unit
from .trainable import Features, Shapes

PAIRS_AT_A_TIME: Final = 1_024


class Clip4ClipConfig(BaselineConfig):
    """Configuration of Clip4Clip."""

    model_type: ClassVar[str] = "svta_clip4clip"


class Clip4Clip(ClipBaseline):
    """CLIP4Clip with one of its four heads."""

    config_class = Clip4ClipConfig

    def __init__(self, config: Clip4ClipConfig):
        super().__init__(config)
        self.scores_in_half = config.head == "tightTransf"  # the loose heads end in one product
        self.pools_frames = config.head == "meanP" and config.linear_patch == "2d"
        if config.head == "tightTransf":
            width = config.clip_config.projection_dim
            positions = config.clip_config.text_config.max_position_embeddings
            self.cross = CrossEncoder(positions, width, config.cross_layers, config.cross_dropout)
            self.similarity_dense = nn.Linear(width, 1)
        self.post_init()

    def text_features(self, input_ids: Tensor) -> Features:
        """[T, W] -> ([T, D],): unit vectors, for tightTransf the plain sentence vectors."""
        sentences = self.sentences(input_ids)
        return (sentences if self.config.head == "tightTransf" else unit(sentences),)

    def video_features(self, pixel_values: Tensor, frame_mask: Tensor) -> Features:
        """[V, F, 3, H, W] -> ([V, D],) unit vectors; for tightTransf plain frames and mask."""
        frames = self.frames(pixel_values, frame_mask)
        if self.config.head == "tightTransf":
            return frames, frame_mask.to(frames.dtype)
        return (self.video_vectors(frames, frame_mask),)

    def score(self, text: Features, video: Features) -> Tensor:
        """[T, V] logits of what text_features and video_features give; tightTransf takes 1,024 pairs at a time."""
        if self.config.head != "tightTransf":
            return self.clip.logit_scale.exp() * text[0] @ video[0].T
        videos = list(zip(*(part.split(PAIRS_AT_A_TIME) for part in video)))
        texts = text[0].split(max(1, PAIRS_AT_A_TIME // max(len(video[0]), 1)))
        return torch.cat([torch.cat([self._tight(part, *some) for some in videos], dim=1) for part in texts])

    def _tight(self, sentences: Tensor, frames: Tensor, mask: Tensor) -> Tensor:
        num_texts, num_videos, num_frames = len(sentences), *frames.shape[:2]
        pairs = num_texts * num_videos
        text = sentences[:, None, None].expand(-1, num_videos, 1, -1)
        tokens = torch.cat((text, frames[None].expand(num_texts, -1, -1, -1)), dim=2).reshape(pairs, num_frames + 1, -1)
        seen = torch.cat((torch.ones_like(mask[:, :1]), mask), dim=1).repeat(num_texts, 1)
        scores = self.similarity_dense(self.cross(tokens, seen)).view(num_texts, num_videos)
        return scores.masked_fill(mask.sum(dim=1) == 0, float("nan"))

    @property
    def feature_shapes(self) -> tuple[Shapes, Shapes] | None:
        """None for the loose heads, whose score is a dot product."""
        if self.config.head != "tightTransf":
            return None
        width, frames = self.config.clip_config.projection_dim, self.config.max_frames
        return [(width,)], [(frames, width), (frames,)]


@register_encoder(Clip4ClipConfig.model_type)
def load_clip4clip(
    folder: str, *, device: torch.device | None = None, dtype: torch.dtype | None = None
) -> BaselineEncoder:
    """A saved Clip4Clip as Encoder."""
    return encoder_of(Clip4Clip.from_pretrained(folder), str(folder), device, dtype)


register_classes(Clip4ClipConfig, Clip4Clip, RetrievalProcessor)
