"""Image-text models as video encoders: CLIP, SigLIP, SigLIP 2, MetaCLIP 2, AltCLIP, ChineseCLIP, GroupViT.

Frames go in one by one; a video is the mean of their unit vectors.

load_encoder("openai/clip-vit-base-patch32").encode_video(pixel_values, frame_mask)   # float32 [V, 512]
"""

from __future__ import annotations

from typing import Final

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
from .pixels import CLIP_MEAN, CLIP_STD, Pixels, read_pixels
from .registry import register_encoder

BILINEAR: Final = 2
SIGLIP_WORDS: Final = 64


class DualEncoder(Encoder):
    """get_text_features and get_image_features of one model; its type says how captions are cleaned and padded."""

    dtype: torch.dtype
    lower = entities = False
    padding: bool | str = True
    attend_to_padding = False
    max_words = 512

    def __init__(self, model: str, *, device: torch.device, dtype: torch.dtype):
        from transformers import AutoModel

        self.name, self.device, self.dtype = model, device, dtype
        self.model = load_model(AutoModel, model, device, dtype)
        self.tokenizer = load_tokenizer(model)
        self.pixels = read_pixels(model, self.default_pixels())
        self.image_size, self.resize = self.pixels.decode_size or self.vision_side(), self.pixels.resize

    def vision_side(self) -> int:
        """Side of the square frames that the vision tower takes, in pixels."""
        return side_of(self.model.config.vision_config.image_size)

    def default_pixels(self) -> Pixels:
        """The numbers for a folder without an image processor."""
        side = self.vision_side()
        return Pixels(shortest_edge=side, crop=(side, side), mean=CLIP_MEAN, std=CLIP_STD)

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

    def default_pixels(self) -> Pixels:
        """Squashed to the side, -1 to 1."""
        side = self.vision_side()
        return Pixels(size=(side, side), mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))


@register_encoder("siglip2")
class Siglip2Encoder(SiglipEncoder):
    """SigLIP 2 at any resolution (naflex): patches with their grid instead of square images."""

    max_words = SIGLIP_WORDS

    def __init__(self, model: str, *, device: torch.device, dtype: torch.dtype):
        super().__init__(model, device=device, dtype=dtype)
        self.lower = True
        vision = self.model.config.vision_config
        self.patch, self.max_patches = int(vision.patch_size), int(vision.num_patches)
        self.image_size = self.vision_side()

    def vision_side(self) -> int:
        """Side of the square with the most patches."""
        vision = self.model.config.vision_config
        return int(vision.patch_size) * int(vision.num_patches**0.5)

    def default_pixels(self) -> Pixels:
        """Bilinear, -1 to 1; the size follows from the number of patches."""
        return Pixels(resample=BILINEAR, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))

    def image_features(self, frames: Tensor) -> Tensor:
        from dataclasses import replace

        from transformers.models.siglip2.image_processing_pil_siglip2 import get_image_size_for_max_num_patches

        given_height, given_width = (int(side) for side in frames.shape[-2:])
        height, width = get_image_size_for_max_num_patches(given_height, given_width, self.patch, self.max_patches)
        pixels = replace(self.pixels, shortest_edge=None, size=(height, width), crop=None)(frames, self.dtype)
        patches, grid = into_patches(pixels, self.patch)
        padded = patches.new_zeros((len(patches), self.max_patches, patches.shape[-1]))
        padded[:, : patches.shape[1]] = patches
        seen = (torch.arange(self.max_patches, device=patches.device) < patches.shape[1]).int()
        inputs: dict[str, Tensor] = {
            "pixel_values": padded,
            "pixel_attention_mask": seen.expand(len(patches), -1),
            "spatial_shapes": torch.tensor([grid] * len(patches), device=patches.device),
        }
        return pooled(self.model.get_image_features(**inputs))


def into_patches(pixels: Tensor, patch: int) -> tuple[Tensor, tuple[int, int]]:
    """[N, 3, H, W] -> ([N, rows * columns, patch * patch * 3], (rows, columns)), channels last inside a patch."""
    count, channels, height, width = pixels.shape
    rows, columns = height // patch, width // patch
    tiles = pixels.reshape(count, channels, rows, patch, columns, patch).permute(0, 2, 4, 3, 5, 1)
    return tiles.reshape(count, rows * columns, patch * patch * channels), (rows, columns)
