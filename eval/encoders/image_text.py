"""Image-text models as video encoders: CLIP, SigLIP, SigLIP 2, MetaCLIP 2, AltCLIP, ChineseCLIP, GroupViT.

Frames go in one by one; a video is the mean of their unit vectors.

load_encoder("openai/clip-vit-base-patch32").encode_video(pixel_values, frame_mask)   # float32 [V, 512]
"""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import Tensor

from .base import Encoder
from .inputs import (
    clean_text,
    load_model,
    load_tokenizer,
    nan_without_frames,
    pooled,
    side_of,
    text_batches,
    tokenise,
    unit,
    video_batches,
)
from .loading import library_errors
from .pixels import (
    PROBLEM,
    Bytes,
    Numbers,
    Pixels,
    check_patches,
    cropped,
    load_pixels,
    load_processor,
    squashed,
)
from .registry import register_encoder

SIGLIP_WORDS: Final = 64


class DualEncoder(Encoder):
    """get_text_features and get_image_features of one model; its type says how captions are cleaned and padded."""

    dtype: torch.dtype
    pools_frames = True
    lower = entities = False
    padding: bool | str = True
    attend_to_padding = False
    max_words = 512

    def __init__(self, model: str, *, device: torch.device, dtype: torch.dtype):
        from transformers import AutoModel

        self.name, self.device, self.dtype = model, device, dtype
        self.model = load_model(AutoModel, model, device, dtype)
        self.tokenizer = load_tokenizer(model)
        self.load_images(model)

    def load_images(self, model: str) -> None:
        """The folder's own image processor."""
        self.pixels: Pixels = load_pixels(model, self.default_numbers())
        self.image_size, self.resize = self.pixels.decode_size or self.vision_side(), self.pixels.resize

    def prepare(self, frames: Bytes) -> Bytes:
        """Resized and cropped as the model's own processor does."""
        return self.pixels.prepare(frames)

    def vision_side(self) -> int:
        """Side of the square frames that the vision tower takes, in pixels."""
        return side_of(self.model.config.vision_config.image_size)

    def default_numbers(self) -> Numbers:
        """The numbers for a folder without an image processor."""
        return cropped(self.vision_side())

    @torch.inference_mode()
    def encode_text(self, texts: list[str]) -> Tensor:
        """float32 [T, D], L2-normalised."""
        positions = min(self.max_words, self.model.config.text_config.max_position_embeddings)
        parts = []
        for batch in text_batches(texts):
            cleaned = [clean_text(text, lower=self.lower, entities=self.entities) for text in batch]
            tokens = tokenise(self.tokenizer, cleaned, positions=positions, padding=self.padding, device=self.device)
            if self.attend_to_padding:
                tokens.pop("attention_mask", None)
            parts.append(unit(pooled(self.model.get_text_features(**tokens))))
        return torch.cat(parts)

    @torch.inference_mode()
    def encode_video(self, pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
        """float32 [V, D], L2-normalised: the mean of the real frames' unit vectors; NaN without a real frame."""
        parts = []
        for frames, mask in video_batches(pixel_values, frame_mask):
            mask = mask.cpu()
            shown = frames[mask] if mask.any() else frames[:1, 0]
            real = unit(self.image_features(shown.to(self.device)))
            features = real.new_zeros((*mask.shape, real.shape[-1]))
            features[mask] = real[: int(mask.sum())]
            parts.append(nan_without_frames(unit(features.sum(dim=1)), mask))
        return torch.cat(parts)

    def image_features(self, frames: Tensor) -> Tensor:
        """[N, D] of uint8 frames [N, 3, H, W]."""
        return pooled(self.model.get_image_features(pixel_values=self.pixels(frames, self.dtype)))


@register_encoder("clip")
class ClipEncoder(DualEncoder):
    """OpenAI's CLIP and its likes."""

    lower = entities = True


@register_encoder("metaclip_2")
class MetaClip2Encoder(DualEncoder):
    """MetaCLIP 2, multilingual: case is kept."""

    entities = True


@register_encoder("altclip", "chinese_clip", "groupvit")
class CaseEncoder(DualEncoder):
    """AltCLIP, ChineseCLIP, GroupViT: their own tokenizers decide about case; sizes as their processors say."""


@register_encoder("siglip")
class SiglipEncoder(DualEncoder):
    """SigLIP, and SigLIP 2 at a fixed resolution: captions padded to full length, padding attended to, as trained."""

    padding = "max_length"
    attend_to_padding = True

    def __init__(self, model: str, *, device: torch.device, dtype: torch.dtype):
        super().__init__(model, device=device, dtype=dtype)
        self.lower = (
            "gemma" in type(self.tokenizer).__name__.lower() or "siglip2" in type(self.tokenizer).__name__.lower()
        )

    def default_numbers(self) -> Numbers:
        """Squashed to the side, -1 to 1."""
        return squashed(self.vision_side())


@register_encoder("siglip2")
class Siglip2Encoder(SiglipEncoder):
    """SigLIP 2 at any resolution (naflex): patches of whole frames, their grid and their mask, by its own processor."""

    max_words = SIGLIP_WORDS

    def __init__(self, model: str, *, device: torch.device, dtype: torch.dtype):
        super().__init__(model, device=device, dtype=dtype)
        self.lower = True

    def load_images(self, model: str) -> None:
        """The folder's own image processor, which takes frames of any size."""
        from transformers.models.siglip2.image_processing_pil_siglip2 import Siglip2ImageProcessorPil

        vision = self.model.config.vision_config
        default = {"patch_size": int(vision.patch_size), "max_num_patches": int(vision.num_patches)}
        self.processor: Any = load_processor(model, default, Siglip2ImageProcessorPil)
        check_patches(self.processor, model)

    def prepare(self, frames: Bytes) -> Bytes:
        """Whole frames: the number of patches depends on their shape."""
        return Encoder.prepare(self, frames)

    def image_features(self, frames: Tensor) -> Tensor:
        images = list(frames.permute(0, 2, 3, 1).cpu().numpy())
        with library_errors(str(self.name), PROBLEM):
            inputs = self.processor(images=images, input_data_format="channels_last", return_tensors="pt")
        given = {name: value.to(self.device) for name, value in inputs.items()}
        given["pixel_values"] = given["pixel_values"].to(self.dtype)
        return pooled(self.model.get_image_features(**given))
