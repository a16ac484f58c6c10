"""The part that CLIP4Clip and X-CLIP share: a Hugging Face CLIPModel, its features, the temporal head, the loss."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Final, Literal

import torch
from torch import Tensor, nn
from transformers import CLIPConfig, CLIPModel, PretrainedConfig

from .kinds import HEADS, BaselineError
from .model import RetrievalModel, check_frames, hide_missing
from .temporal import Blocks, mean_pool, run_lstm, unit

Head = Literal["meanP", "seqLSTM", "seqTransf", "tightTransf"]
MAX_LOGIT_SCALE: Final = math.log(100)


class BaselineConfig(PretrainedConfig):
    """Sizes of a CLIP-based baseline; `clip_config` is a CLIPConfig (or its dict)."""

    sub_configs_defaults: ClassVar[dict[str, Any]] = {"clip_config": CLIPConfig}

    clip_config: Any = None
    head: str = "meanP"
    max_frames: int = 12
    max_words: int = 32
    cross_layers: int = 4
    cross_dropout: float = 0.1
    linear_patch: str = "2d"
    sampling: str = "uniform"
    trained_resize: str = ""

    def __post_init__(self, **kwargs: object) -> None:
        if not isinstance(self.clip_config, CLIPConfig):
            self.clip_config = CLIPConfig(**(self.clip_config or {}))
        super().__post_init__(**kwargs)
        if self.head not in HEADS:
            raise BaselineError(f"head {self.head!r}: one of {', '.join(HEADS)}")
        if self.linear_patch not in ("2d", "3d"):
            raise BaselineError(f"linear_patch {self.linear_patch!r}: 2d or 3d")
        least = {"max_frames": 1, "max_words": 1, "cross_layers": 1}
        for name, limit in least.items():
            if getattr(self, name) < limit:
                raise BaselineError(f"{name} {getattr(self, name)}: at least {limit}")
        text: Any = self.clip_config.text_config
        width, positions = self.clip_config.projection_dim, text.max_position_embeddings
        if self.head != "meanP" and width != text.hidden_size:
            raise BaselineError(
                f"head {self.head}: CLIP's projection ({width}) and text width ({text.hidden_size}) differ"
            )
        needed = self.max_frames + (self.head == "tightTransf")
        if self.head != "meanP" and needed > positions:
            raise BaselineError(
                f"head {self.head}: max_frames {self.max_frames} needs {needed} of {positions} positions"
            )
        if self.max_words > positions:
            raise BaselineError(f"max_words {self.max_words}: CLIP's text encoder has {positions} positions")


class TemporalPatches(nn.Module):
    """linear_patch 3d: a patch also sees the frame before and after; starts out equal to the 2-D patches."""

    def __init__(self, plain: nn.Conv2d):
        super().__init__()
        size = plain.kernel_size[0]
        self.conv2 = nn.Conv3d(
            3, plain.out_channels, (3, size, size), stride=(1, size, size), padding=(1, 0, 0), bias=False
        )
        self.num_frames = 1

    @property
    def weight(self) -> Tensor:
        """CLIP's vision model reads its input dtype from this weight."""
        return self.conv2.weight

    def forward(self, pixel_values: Tensor) -> Tensor:
        videos = pixel_values.unflatten(0, (-1, self.num_frames)).transpose(1, 2)
        return self.conv2(videos).transpose(1, 2).flatten(0, 1)


class ClipBaseline(RetrievalModel):
    """CLIP features and the temporal head; what scores texts against videos comes in the subclasses."""

    config_class = BaselineConfig
    supports_gradient_checkpointing = True

    def __init__(self, config: BaselineConfig):
        super().__init__(config)
        self.clip = CLIPModel._from_config(config.clip_config)
        width = int(config.clip_config.projection_dim)
        text: Any = config.clip_config.text_config
        positions = text.max_position_embeddings
        if config.linear_patch == "3d":
            embeddings = self.clip.vision_model.embeddings
            embeddings.patch_embedding = TemporalPatches(embeddings.patch_embedding)
        if config.head in ("seqLSTM", "seqTransf"):
            self.frame_position_embeddings = nn.Embedding(positions, width)  # seqLSTM keeps it unused, as officially
        if config.head == "seqTransf":
            self.transformerClip = Blocks(width, config.cross_layers)
        if config.head == "seqLSTM":
            self.lstm_visual = nn.LSTM(width, width, batch_first=True)

    def words(self, input_ids: Tensor) -> Tensor:
        """Projected states of every token, [T, W] -> [T, W, D]; causal mask only, padding is not masked."""
        positions = self.config.clip_config.text_config.max_position_embeddings
        given = list(input_ids.shape)
        if len(given) != 2 or 0 in given or given[1] > positions:
            raise BaselineError(f"input_ids: [T, W] with W from 1 to {positions} is needed, these are {given}")
        states = self.clip.text_model(input_ids=input_ids).last_hidden_state
        return self.clip.text_projection(states)

    def sentences(self, input_ids: Tensor, words: Tensor | None = None) -> Tensor:
        """The projected end-of-text state, [T, W] -> [T, D]; the end of text has the highest token id."""
        words = self.words(input_ids) if words is None else words
        return words[torch.arange(len(words), device=words.device), input_ids.argmax(dim=-1)]

    def frames(self, pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
        """Projected CLS of every frame by itself, float [V, F, 3, H, W] -> [V, F, D], not normalised.

        Missing frames are grey (zero after normalisation), as in the official loader.
        """
        check_frames(pixel_values, frame_mask, self.image_size)
        num_videos, num_frames = pixel_values.shape[:2]
        pixel_values = hide_missing(pixel_values, frame_mask)
        patches = self.clip.vision_model.embeddings.patch_embedding
        if isinstance(patches, TemporalPatches):
            patches.num_frames = num_frames
        pooled = self.clip.vision_model(pixel_values=pixel_values.flatten(0, 1)).pooler_output
        return self.clip.visual_projection(pooled).view(num_videos, num_frames, -1)

    def temporal(self, frames: Tensor, frame_mask: Tensor) -> Tensor:
        """The sequential head with its residual to the original frames, [V, F, D]; the identity for meanP."""
        head = self.config.head
        if head == "seqLSTM":
            return run_lstm(self.lstm_visual, frames, frame_mask) + frames
        if head == "seqTransf":
            placed = frames + self.frame_position_embeddings.weight[: frames.shape[1]]
            return self.transformerClip(placed, frame_mask) + frames
        return frames

    def video_vectors(self, frames: Tensor, frame_mask: Tensor) -> Tensor:
        """Frames are normalised, pooled over the real ones, normalised again: [V, D]. NaN without any real frame."""
        return unit(mean_pool(unit(self.temporal(frames, frame_mask)), frame_mask))

    @torch.no_grad()
    def after_step(self) -> None:
        """Keep the temperature at .01 or above; called after every optimiser step."""
        self.clip.logit_scale.clamp_(max=MAX_LOGIT_SCALE)

    @property
    def head(self) -> str:  # type: ignore[override]
        return str(self.config.head)

    @property
    def vocab_size(self) -> int:
        return int(self.config.clip_config.text_config.vocab_size)

    @property
    def image_size(self) -> int:
        """Side of the square frames, in pixels."""
        return int(self.config.clip_config.vision_config.image_size)
