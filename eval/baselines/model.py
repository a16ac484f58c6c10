"""What every baseline offers besides its own mathematics: tokens, pixels, saving, loading, `similarity`.

Saved and loaded as every Hugging Face model: `save_pretrained`, `from_pretrained`, `push_to_hub` (safetensors); the
tokenizer and the model card lie beside the weights. `svta train` drives it through eval/training/loop.py's Trainable.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from svta.builder.video.frame_spec import FrameSpec
from svta.eval.encoders.hub_files import model_file, split_revision
from svta.eval.encoders.loading import check_model_folder, library_errors
from svta.eval.encoders.pixels import CLIP_MEAN, CLIP_STD, official_clip_pixels

from .kinds import BaselineError
from .tokens import CaptionTokens
from .trainable import Trainable


class RetrievalModel(PreTrainedModel, Trainable):  # type: ignore[misc]  # Trainable's push_to_hub comes first
    """A baseline on Transformers. Subclasses give text_features, video_features, score, image_size, vocab_size.

    `tokens` is a CaptionTokens, None until one is given (from_pretrained finds it beside the weights).
    """

    base_model_prefix = ""
    main_input_name = "input_ids"
    tokens: CaptionTokens | None = None

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    @property
    def image_size(self) -> int:
        """Side of the square frames, in pixels."""
        raise self._abstract()

    @property
    def vocab_size(self) -> int:
        """How many token ids the text encoder knows."""
        raise self._abstract()

    @property
    def has_tokenizer(self) -> bool:  # type: ignore[override]
        return self.tokens is not None

    @property
    def frame_spec(self) -> FrameSpec:
        return FrameSpec(self.config.max_frames, self.image_size, self.config.sampling, "crop")

    def tokenize(self, captions: Sequence[str]) -> Tensor:
        """int64 [T, max_words]; BaselineError without a tokenizer."""
        if self.tokens is None:
            raise BaselineError("this baseline has no tokenizer: model.tokens = CaptionTokens.load(FOLDER, max_words)")
        return self.tokens(captions)

    def prepare(self, pixel_values: Tensor, rng: np.random.Generator | None = None) -> Tensor:
        """uint8 frames [V, F, 3, H, W] -> float [V, F, 3, image_size, image_size] by CLIP4Clip's official transform.

        The official recipe augments nothing, so `rng` is not used.
        """
        return normalise(official_clip_pixels(self.image_size).resized(pixel_values), self.dtype)

    def save_pretrained(self, save_directory: str | Path, **options: Any) -> None:  # type: ignore[override]
        """Weights, configuration, tokenizer and card into a folder."""
        super().save_pretrained(save_directory, **options)
        if self.tokens is not None:
            self.tokens.save(save_directory)
        self.save_notes(save_directory)

    @classmethod
    def from_pretrained(cls, folder_or_id: str | Path, **options: Any) -> Self:  # type: ignore[override]
        """A saved baseline (folder or `ns/name[@revision]`), in eval mode, with the tokenizer that lies beside it."""
        place = str(folder_or_id)
        name, revision = split_revision(place)
        if revision is not None:
            options["revision"] = revision
        check_model_folder(place)
        with library_errors(place):
            model: Self = super().from_pretrained(name, **options)
        if model_file(place, "tokenizer.json") is not None:
            model.tokens = CaptionTokens.load(place, model.config.max_words)
        model.load_notes(place)
        return model


def check_frames(pixel_values: Tensor, frame_mask: Tensor, size: int) -> None:
    """BaselineError unless frames are [V, F, 3, size, size] and their mask [V, F], of at least one video and frame."""
    given = list(pixel_values.shape)
    if len(given) != 5 or given[2:] != [3, size, size] or 0 in given:
        raise BaselineError(f"pixel_values: float [V, F, 3, {size}, {size}] is needed, V and F from 1; this is {given}")
    if list(frame_mask.shape) != given[:2]:
        raise BaselineError(f"frame_mask: {given[:2]} is needed beside these frames, this is {list(frame_mask.shape)}")


def hide_missing(pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
    """Missing frames are zero after normalisation (grey), as in the official loader, whatever stands in their place."""
    return pixel_values.masked_fill(frame_mask[..., None, None, None] == 0, 0)


def normalise(pixel_values: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """uint8 [..., 3, H, W] -> (x / 255 - mean) / std with CLIP's numbers."""
    mean, std = (torch.tensor(c, device=pixel_values.device).view(3, 1, 1) for c in (CLIP_MEAN, CLIP_STD))
    return ((pixel_values.float() / 255 - mean) / std).to(dtype)
