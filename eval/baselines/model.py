"""What every baseline offers besides its own mathematics: tokens, pixels, saving, loading, `similarity`.

Saved and loaded as every Hugging Face model: `save_pretrained`, `from_pretrained`, `push_to_hub` (safetensors); the
tokenizer and the model card are beside the weights. `svta train` drives it through eval/training/loop.py's Trainable.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn
from transformers import MODEL_MAPPING, AutoConfig, PretrainedConfig, PreTrainedModel

from svta.builder.video.frame_buffer import bicubic_square
from svta.builder.video.frame_spec import FrameSpec
from svta.builder.video.sampling import frame_indices
from svta.eval.encoders.hub_files import model_file, split_revision
from svta.eval.encoders.loading import check_model_folder, library_errors
from svta.eval.encoders.pixels import CLIP_MEAN, CLIP_STD
from svta.eval.encoders.registry import register_classes

from .kinds import BaselineError
from .tiny import MODEL_TYPE, TinyModel
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

    @property
    def trained_resize(self) -> str:
        return str(self.config.trained_resize)

    def tokenize(self, captions: Sequence[str]) -> Tensor:
        """int64 [T, max_words]; BaselineError without a tokenizer."""
        if self.tokens is None:
            raise BaselineError("this baseline has no tokenizer: model.tokens = CaptionTokens.load(FOLDER, max_words)")
        return self.tokens(captions)

    def prepare(self, pixel_values: Tensor, rng: np.random.Generator | None = None) -> Tensor:
        """uint8 frames [V, F, 3, H, W] -> float [V, F, 3, image_size, image_size] by CLIP4Clip's official transform.

        The official recipe augments nothing, so `rng` is not used.
        """
        return normalise(clip4clip_square(pixel_values, self.image_size), self.dtype)

    def save_pretrained(self, save_directory: str | Path, **options: Any) -> None:  # type: ignore[override]
        """Weights, configuration, tokenizer and card into a folder."""
        super().save_pretrained(save_directory, **options)
        if self.tokens is not None:
            self.tokens.save(save_directory)
        self.save_notes(save_directory)

    @classmethod
    def from_pretrained(cls, folder_or_id: str | Path, **options: Any) -> Self:  # type: ignore[override]
        """A saved baseline (folder or `ns/name[@revision]`), in eval mode, with the tokenizer that is beside it."""
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


class RetrievalProcessor:
    """What AutoProcessor gives for a checkpoint: captions into ids, videos into the frames it was trained on.

    model: the checkpoint's model, of which only the tokenizer and the sizes are used.
    """

    def __init__(self, model: Trainable):
        self.model, self.frames = model, model.trained_frames

    @classmethod
    def from_pretrained(cls, folder_or_id: str | Path, **options: Any) -> Self:
        """The processor of a saved baseline (folder or `ns/name[@revision]`); no weights are read but tiny's."""
        revision = options.get("revision")
        place = f"{folder_or_id}@{revision}" if revision else str(folder_or_id)
        name, revision = split_revision(place)
        with library_errors(place):
            config = AutoConfig.from_pretrained(name, revision=revision, trust_remote_code=False)
        model_class: Any = MODEL_MAPPING[type(config)]
        if model_class is TinyAuto:
            return cls(TinyModel.from_pretrained(place))
        with torch.device("meta"):
            model = model_class(config)
        model.tokens = CaptionTokens.load(place, config.max_words)
        return cls(model)

    def __call__(
        self,
        text: str | Sequence[str] | None = None,
        videos: Sequence[Any] | None = None,
        return_tensors: str = "pt",
    ) -> dict[str, Tensor]:
        """input_ids of `text`; pixel_values and frame_mask of `videos`: the bytes of files, or uint8 [F, H, W, 3] each.

        For the model's `similarity`. Frames of arrays are spread over all that are given. BaselineError, VideoError.
        """
        if return_tensors != "pt":
            raise BaselineError(f"return_tensors {return_tensors!r}: pt, these are PyTorch models")
        inputs: dict[str, Tensor] = {}
        if text is not None:
            inputs["input_ids"] = self.model.tokenize([text] if isinstance(text, str) else list(text))
        if videos is not None:
            frames, masks = zip(*(self._frames(video) for video in videos))
            pixels = torch.from_numpy(np.stack(frames)).permute(0, 1, 4, 2, 3)
            mask = torch.from_numpy(np.stack(masks))
            inputs |= {"pixel_values": self.model.prepare(pixels), "frame_mask": mask}
        return inputs

    def _frames(self, video: Any) -> tuple[np.ndarray, np.ndarray]:
        if isinstance(video, bytes):
            return self.frames.decode(video)
        given = np.asarray(video)
        if given.ndim != 4 or given.shape[3] != 3 or given.dtype != np.uint8 or not len(given):
            raise BaselineError(f"a video: bytes of a file or uint8 [F, H, W, 3], this is {given.dtype} {given.shape}")
        size, count = self.frames.size or self.model.frame_spec.size, self.frames.num_frames
        chosen = given[frame_indices(len(given), count, "uniform")]
        squash = self.frames.resize.endswith("squash")
        squares = np.stack([bicubic_square(frame, int(size or 0), squash) for frame in chosen])
        mask = np.arange(count) < len(chosen)
        return np.pad(squares, [(0, count - len(chosen)), (0, 0), (0, 0), (0, 0)]), mask


class TinyAutoConfig(PretrainedConfig):
    """A tiny model's config.json as AutoConfig gives it; the model reads its own."""

    model_type = MODEL_TYPE


class TinyAuto:
    """What AutoModel calls for a tiny model."""

    config_class = TinyAutoConfig

    @staticmethod
    def from_pretrained(folder_or_id: str | Path, *, revision: str | None = None, **options: Any) -> TinyModel:
        """The saved model; what else AutoModel hands over does not concern it."""
        return TinyModel.from_pretrained(f"{folder_or_id}@{revision}" if revision else folder_or_id)


def check_frames(pixel_values: Tensor, frame_mask: Tensor, size: int) -> None:
    """BaselineError unless frames are [V, F, 3, size, size] and their mask [V, F], of at least one video and frame."""
    given = list(pixel_values.shape)
    if len(given) != 5 or given[2:] != [3, size, size] or 0 in given:
        raise BaselineError(f"pixel_values: float [V, F, 3, {size}, {size}] is needed, V and F from 1; this is {given}")
    if list(frame_mask.shape) != given[:2]:
        raise BaselineError(f"frame_mask: {given[:2]} is needed beside these frames, this is {list(frame_mask.shape)}")


def hide_missing(pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
    """Missing frames are zero after normalisation (grey), as in the official loader; their values are ignored."""
    return pixel_values.masked_fill(frame_mask[..., None, None, None] == 0, 0)


def clip4clip_square(pixel_values: Tensor, size: int) -> Tensor:
    """uint8 [..., 3, H, W] -> uint8 [..., 3, size, size] by CLIP4Clip's transform; frames of that size stay."""
    if pixel_values.shape[-2:] == (size, size):
        return pixel_values
    flat = pixel_values.reshape(-1, *pixel_values.shape[-3:]).permute(0, 2, 3, 1).cpu().numpy()
    squares = torch.from_numpy(np.stack([bicubic_square(frame, size) for frame in flat]))
    return squares.permute(0, 3, 1, 2).reshape(*pixel_values.shape[:-2], size, size).to(pixel_values.device)


def normalise(pixel_values: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """uint8 [..., 3, H, W] -> (x / 255 - mean) / std with CLIP's numbers."""
    mean, std = (torch.tensor(c, device=pixel_values.device).view(3, 1, 1) for c in (CLIP_MEAN, CLIP_STD))
    return ((pixel_values.float() / 255 - mean) / std).to(dtype)


register_classes(TinyAutoConfig, TinyAuto, RetrievalProcessor)
