"""What every baseline offers besides its own mathematics: tokens, pixels, saving, loading, `similarity`.

Saved and loaded as every Hugging Face model: `save_pretrained`, `from_pretrained`, `push_to_hub` (safetensors); the
tokenizer and the model card lie beside the weights. `svta train` drives it through eval/training/loop.py's Trainable.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from svta.builder.io.files import write_text
from svta.builder.paths import CARD
from svta.builder.video.frame_spec import FrameSpec
from svta.eval.encoders.hub_files import model_file, split_revision
from svta.eval.encoders.pixels import CLIP_MEAN, CLIP_STD

from .kinds import BaselineError
from .model_card import push_model

Features = tuple[Tensor, ...]
Shapes = list[tuple[int, ...]]


class RetrievalModel(PreTrainedModel):
    """A trainable text-video model. Subclasses give text_features, video_features, score, image_size.

    `tokens` is a CaptionTokens, None until one is given (from_pretrained finds it beside the weights).
    """

    base_model_prefix = ""
    main_input_name = "input_ids"
    tokens: Any = None
    card: str | None = None  # README.md beside the weights
    scores_in_half = False  # whether `score` and `extra_loss` are trained in autocast's half precision too

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def text_features(self, input_ids: Tensor) -> Features:
        """What `score` needs of texts, [T, W] -> tensors [T, ...]."""
        raise TypeError(f"{type(self).__name__} scores nothing: use one of its subclasses")

    def video_features(self, pixel_values: Tensor, frame_mask: Tensor) -> Features:
        """What `score` needs of videos, float [V, F, 3, H, W] and [V, F] -> tensors [V, ...]."""
        raise TypeError(f"{type(self).__name__} scores nothing: use one of its subclasses")

    def score(self, text: Features, video: Features) -> Tensor:
        """[T, V] logits of what text_features and video_features give."""
        raise TypeError(f"{type(self).__name__} scores nothing: use one of its subclasses")

    def similarity(self, input_ids: Tensor, pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
        """input_ids [T, W], pixel_values float [V, F, 3, H, W], frame_mask [V, F] -> [T, V] logits.

        The logit scale is included (tightTransf has none). A video without a real frame scores NaN.
        """
        return self.score(self.text_features(input_ids), self.video_features(pixel_values, frame_mask))

    def forward(self, input_ids: Tensor, pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
        """The same as `similarity`."""
        return self.similarity(input_ids, pixel_values, frame_mask)

    @property
    def feature_shapes(self) -> tuple[Shapes, Shapes] | None:
        """Shapes of one text's and one video's features, or None where the score is a dot product of unit vectors."""
        return None

    @property
    def image_size(self) -> int:
        """Side of the square frames, in pixels."""
        raise TypeError(f"{type(self).__name__} has no frames: use one of its subclasses")

    @property
    def frame_spec(self) -> FrameSpec:
        """How frames are decoded for this model."""
        return FrameSpec(self.config.max_frames, self.image_size, self.config.sampling, "crop")

    def tokenize(self, captions: Sequence[str]) -> Tensor:
        """int64 [T, max_words]; BaselineError without a tokenizer."""
        if self.tokens is None:
            raise BaselineError("this baseline has no tokenizer: model.tokens = CaptionTokens.load(FOLDER, max_words)")
        return self.tokens(captions)

    def prepare(self, pixel_values: Tensor, rng: np.random.Generator | None = None) -> Tensor:
        """uint8 frames [V, F, 3, H, W] -> float, CLIP's mean and deviation; the official recipe augments nothing."""
        return normalise(pixel_values, self.dtype)

    def save_pretrained(self, save_directory: Any, *args: Any, **kwargs: Any) -> None:
        """Weights, configuration and tokenizer into a folder."""
        super().save_pretrained(save_directory, *args, **kwargs)
        if self.tokens is not None:
            self.tokens.save(save_directory)
        if self.card is not None:
            write_text(Path(save_directory) / CARD, self.card)

    def push_to_hub(self, repo_id: str, **options: Any) -> str:  # type: ignore[override]
        """Weights, tokenizer and card to the Hub; options: private, token, revision, create_pr, commit_message."""
        return push_model(self, repo_id, **options)

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: Any, *args: Any, **kwargs: Any) -> Any:
        """A saved baseline (folder or `ns/name[@revision]`), in eval mode, with the tokenizer that lies beside it."""
        from .tokens import CaptionTokens

        name, revision = split_revision(str(pretrained_model_name_or_path))
        if revision is not None:
            kwargs["revision"] = revision
        model = super().from_pretrained(name, *args, **kwargs)
        if model_file(str(pretrained_model_name_or_path), "tokenizer.json") is not None:
            model.tokens = CaptionTokens.load(str(pretrained_model_name_or_path), model.config.max_words)
        if (card := model_file(str(pretrained_model_name_or_path), CARD)) is not None:
            model.card = card.read_text(encoding="utf-8")
        return model


def check_frames(pixel_values: Tensor, frame_mask: Tensor, size: int) -> None:
    """BaselineError unless frames are [V, F, 3, size, size] and their mask [V, F], of at least one video and frame."""
    given = list(pixel_values.shape)
    if len(given) != 5 or given[2:] != [3, size, size] or 0 in given:
        raise BaselineError(f"pixel_values: float [V, F, 3, {size}, {size}] is needed, V and F from 1; this is {given}")
    if list(frame_mask.shape) != given[:2]:
        raise BaselineError(f"frame_mask: {given[:2]} is needed beside these frames, this is {list(frame_mask.shape)}")


def check_square(similarity: Tensor) -> None:
    """BaselineError unless scores are [B, B], text i with its own video i."""
    if similarity.ndim != 2 or len(similarity) != similarity.shape[1] or not len(similarity):
        raise BaselineError(f"similarity: [B, B] is needed, its diagonal true; this is {list(similarity.shape)}")


def hide_missing(pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
    """Missing frames are zero after normalisation (grey), as in the official loader, whatever stands in their place."""
    return pixel_values.masked_fill(frame_mask[..., None, None, None] == 0, 0)


def normalise(pixel_values: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """uint8 [..., 3, H, W] -> (x / 255 - mean) / std with CLIP's numbers."""
    mean, std = (torch.tensor(c, device=pixel_values.device).view(3, 1, 1) for c in (CLIP_MEAN, CLIP_STD))
    return ((pixel_values.float() / 255 - mean) / std).to(dtype)
