"""Frames into what a model was trained on, from the numbers of its own image processor; PIL and torch, no torchvision.

Reads preprocessor_config.json, video_preprocessor_config.json or processor_config.json of a model folder. Frames that
already have the wanted size are only scaled and normalised; others are resized by PIL, as the PIL processors do.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from svta.builder.errors import first_line
from svta.builder.io.json_text import Json, read_json
from svta.builder.video.sampling import Resize

from .base import EncoderError
from .hub_files import model_file
from .loading import MAX_CONFIG_BYTES, MAX_SIDE

BICUBIC: Final = 3
CLIP_MEAN: Final = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD: Final = (0.26862954, 0.26130258, 0.27577711)
Numbers = Mapping[str, Json]  # a processor's JSON, or a part of it
FILES: Final = ("preprocessor_config.json", "video_preprocessor_config.json", "processor_config.json")


@dataclass(frozen=True)
class Pixels:
    """An image processor as numbers. `shortest_edge` keeps the aspect and crops; `size` (height, width) squashes.

    crop: (height, width) of the centre crop, or None. `crop_rounding`: floor (transformers) or nearest (torchvision's
    half-to-even, which the official CLIP4Clip transform uses).
    """

    shortest_edge: int | None = None
    size: tuple[int, int] | None = None
    crop: tuple[int, int] | None = None
    resample: int = BICUBIC
    scale: float = 1 / 255
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    crop_rounding: Literal["floor", "nearest"] = "floor"

    @property
    def decode_size(self) -> int | None:
        """The square size at which frames are best decoded: from there only the crop is left to do."""
        return self.shortest_edge or (max(self.size) if self.size else None)

    @property
    def resize(self) -> Resize:
        """How frames are best decoded: `squash` where the model was trained on squashed images, else `crop`."""
        return "squash" if self.size is not None else "crop"

    def _fits(self, height: int, width: int) -> bool:
        resized = self.size in (None, (height, width)) and self.shortest_edge in (None, min(height, width))
        return resized and self.crop in (None, (height, width))

    def __call__(self, frames: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
        """uint8 [..., 3, H, W] -> float [..., 3, h, w]."""
        frames = self.resized(frames)
        mean, std = (torch.tensor(c, device=frames.device).view(3, 1, 1) for c in (self.mean, self.std))
        return ((frames.float() * self.scale - mean) / std).to(dtype)

    def resized(self, frames: Tensor) -> Tensor:
        """uint8 [..., 3, H, W] -> uint8 [..., 3, h, w]: resized and cropped, the very frames where they fit already."""
        if self._fits(*frames.shape[-2:]):
            return frames
        flat = torch.stack([self._resized(frame) for frame in frames.reshape(-1, *frames.shape[-3:]).cpu()])
        return flat.to(frames.device).reshape(*frames.shape[:-2], *flat.shape[-2:])

    def _resized(self, frame: Tensor) -> Tensor:
        image = Image.fromarray(frame.permute(1, 2, 0).contiguous().numpy())
        height, width = self.size or image.size[::-1]
        if self.shortest_edge is not None:
            short = min(image.size)
            width, height = (
                int(side * self.shortest_edge / short) if side > short else self.shortest_edge for side in image.size
            )
        if (width, height) != image.size:
            image = image.resize((width, height), resample=Image.Resampling(self.resample))
        if self.crop is not None:
            image = self._cropped(image, *self.crop)
        return torch.from_numpy(np.array(image)).permute(2, 0, 1)

    def _cropped(self, image: Image.Image, height: int, width: int) -> Image.Image:
        left, top = (
            round((a - b) / 2) if self.crop_rounding == "nearest" else (a - b) // 2
            for a, b in zip(image.size, (width, height))
        )
        return image.crop((left, top, left + width, top + height))


def official_clip_pixels(size: int = 224) -> Pixels:
    """CLIP4Clip's transform: bicubic short side, centre crop rounded as torchvision does, CLIP's mean and deviation."""
    return Pixels(shortest_edge=size, crop=(size, size), mean=CLIP_MEAN, std=CLIP_STD, crop_rounding="nearest")


def read_pixels(model: str, fallback: Pixels) -> Pixels:
    """The numbers a model folder or Hub id gives, else `fallback`. EncoderError for a file that holds none such."""
    for name in FILES:
        path = model_file(model, name)
        if path is not None and (numbers := _image_part(path)) is not None:
            try:
                return pixels_of(numbers, fallback)
            except (EncoderError, AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
                raise EncoderError(f"{path}: no image processor that can be followed: {first_line(error)}") from None
    return fallback


def _image_part(path: Path) -> Numbers | None:
    value: Json = read_json(path, MAX_CONFIG_BYTES, error=EncoderError)
    if isinstance(value, dict) and path.name == "processor_config.json":
        value = value.get("image_processor") or value.get("video_processor")
    return value if isinstance(value, dict) and ("image_mean" in value or "size" in value) else None


def pixels_of(numbers: Numbers, fallback: Pixels) -> Pixels:
    """An image processor's JSON as Pixels; what it does not say comes from `fallback`. EncoderError, TypeError ..."""
    edge, size = fallback.shortest_edge, fallback.size
    if numbers.get("do_resize", True) and (given := numbers.get("size")):
        given = {"shortest_edge": given} if isinstance(given, int) else given
        edge = _side(given["shortest_edge"]) if given.get("shortest_edge") is not None else None
        size = None if edge is not None else _height_width(given) if "height" in given else size
    crop = fallback.crop
    if "do_center_crop" in numbers or "crop_size" in numbers:
        given = numbers.get("crop_size") if numbers.get("do_center_crop", True) else None
        given = {"height": given, "width": given} if isinstance(given, int) else given
        crop = _height_width(given) if given else None
    normalised = numbers.get("do_normalize", True)
    scale = float(numbers.get("rescale_factor", fallback.scale)) if numbers.get("do_rescale", True) else 1.0
    return Pixels(
        shortest_edge=edge,
        size=size,
        crop=crop,
        resample=int(Image.Resampling(numbers.get("resample", fallback.resample))),
        scale=scale,
        mean=_channels(numbers.get("image_mean") or fallback.mean) if normalised else (0.0, 0.0, 0.0),
        std=_channels(numbers.get("image_std") or fallback.std, least=1e-6) if normalised else (1.0, 1.0, 1.0),
    )


def _height_width(given: Numbers) -> tuple[int, int]:
    return _side(given["height"]), _side(given["width"])


def _side(pixels: float | str) -> int:
    if not 1 <= int(pixels) <= MAX_SIDE:
        raise EncoderError(f"frames of {pixels} pixels: from 1 to {MAX_SIDE:,} are taken")
    return int(pixels)


def _channels(values: Iterable[float], least: float = -math.inf) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in values)
    if not all(least <= value and math.isfinite(value) for value in (red, green, blue)):
        raise EncoderError(f"mean or deviation {list(values)}: three finite numbers are needed, deviations above 0")
    return red, green, blue
