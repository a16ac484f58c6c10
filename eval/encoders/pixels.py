"""Frames into what a model was trained on, by the model's own image processor, in two steps.

`resized` runs the processor's resizing and cropping frame by frame (uint8 stays uint8); calling it adds rescaling and
normalising, for which the processor gives a table of 256 levels per channel: to the last bit what it would give itself.
The PIL processors are taken where there are some: they do not depend on torchvision, and are what CLIP's own code
does. Of a folder with a video processor alone, whose class needs torchvision, the numbers are taken.

    pixels = load_pixels("openai/clip-vit-base-patch32", cropped(224))
    pixels(frames)                                # uint8 [..., 3, H, W] -> float32 [..., 3, 224, 224]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from transformers.image_transforms import get_resize_output_image_size
from transformers.image_utils import ChannelDimension
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from svta.builder.errors import first_line
from svta.builder.io.json_text import JsonObject, read_json_object
from svta.builder.video.frame_buffer import pil_resized
from svta.builder.video.sampling import Resize

from .base import EncoderError
from .hub_files import hub_options, model_file, split_revision
from .loading import MAX_CONFIG_BYTES, MAX_SIDE, NO_CODE, library_errors

CLIP_MEAN: Final = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD: Final = (0.26862954, 0.26130258, 0.27577711)
Bytes = NDArray[np.uint8]
Numbers = Mapping[str, Any]  # keyword arguments of an image processor
_PLAIN: Final = {"do_rescale": False, "do_normalize": False}
_TORCH_MODES: Final = {2: "bilinear", 3: "bicubic", 1: "bicubic"}  # torchvision takes bicubic for PIL's LANCZOS
PROBLEM: Final = "not an image processor that svta can follow"


def cropped(side: int) -> Numbers:
    """CLIP's numbers: the shortest edge to `side`, centre crop, CLIP's mean and deviation."""
    return {"size": {"shortest_edge": side}, "crop_size": {"height": side, "width": side}}


def squashed(side: int, mean: float = 0.5, std: float = 0.5, **more: Any) -> Numbers:
    """SigLIP's numbers: `side` x `side` for any aspect, -1 to 1."""
    square = {"height": side, "width": side}
    return {"size": square, "do_center_crop": False, "image_mean": [mean] * 3, "image_std": [std] * 3, **more}


class VideoNumbers(CLIPImageProcessorPil):
    """A video processor's numbers without its class: frames are resized by torch's antialiased kernels, as it does."""

    def resize(
        self, image: Bytes, size: Any, resample: Any = None, reducing_gap: int | None = None, **options: Any
    ) -> Bytes:
        """uint8 [3, H, W] -> uint8 [3, h, w]."""
        mode = _TORCH_MODES.get(int(resample if resample is not None else 2))
        if mode is None:
            return np.asarray(super().resize(image, size, resample, reducing_gap, **options))
        wanted = (size.height, size.width)
        if size.shortest_edge:
            first = ChannelDimension.FIRST
            wanted = get_resize_output_image_size(image, size.shortest_edge, False, input_data_format=first)
        if wanted == image.shape[-2:]:
            return image
        frame = torch.from_numpy(np.ascontiguousarray(image))[None]
        return torch.nn.functional.interpolate(frame, size=wanted, mode=mode, antialias=True)[0].numpy()

    def levels(self, ramp: Bytes) -> Tensor:
        """float32: rescaled and normalised in one step, as the video processors do."""
        values = torch.from_numpy(ramp).float()
        if not self.do_normalize:
            return values * self.rescale_factor if self.do_rescale else values
        scale = 1.0 / self.rescale_factor if self.do_rescale else 1.0
        mean, std = (torch.tensor(numbers).view(3, 1, 1) * scale for numbers in (self.image_mean, self.image_std))
        return (values - mean) / std


class Pixels:
    """An image processor of Transformers, its resizing apart from its levels. Raises EncoderError for nonsense numbers.

    decode_size and resize: the square at which frames are decoded fast, None if the processor names no size.
    """

    def __init__(self, processor: Any, place: str):
        self.processor = processor
        try:
            sizes = _sizes(processor)
            Image.Resampling(processor.resample)
            self.levels = self._levels()
            shapes = {self.resized(torch.from_numpy(_noise(*side))).shape[-2:] for side in ((8, 9), (9, 8))}
        except Exception as error:  # whatever a processor raises for numbers that make no sense
            raise EncoderError(f"{place}: {PROBLEM}: {first_line(error)}") from None
        self.output = shapes.pop() if len(shapes) == 1 else None  # (height, width) whatever the aspect, if there is one
        squash = sizes.get("height"), sizes.get("width")
        self.resize: Resize = "squash" if all(squash) else "crop"
        self.decode_size = sizes.get("shortest_edge") or (max(s for s in squash if s) if any(squash) else None)

    def __call__(self, frames: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
        """uint8 [..., 3, H, W] -> float [..., 3, h, w]; frames of the size that `prepare` gives count as prepared."""
        if frames.shape[-2:] != self.output:
            frames = self.resized(frames)
        if frames.device.type != "cpu":
            return self.levels.to(frames.device, dtype)[torch.arange(3)[:, None, None], frames.long()]
        table, out = self.levels.numpy(), np.empty(frames.shape, np.float32)
        for channel in range(3):  # numpy: 10 ms for 12 frames of 224 pixels, torch's indexing takes 32
            out[..., channel, :, :] = table[channel][frames[..., channel, :, :].numpy()]
        return torch.from_numpy(out).to(dtype)

    def resized(self, frames: Tensor) -> Tensor:
        """uint8 [..., 3, H, W] -> uint8 [..., 3, h, w]; the very frames where the processor leaves them as they are."""
        steps = _pil_steps(self, *frames.shape[-2:])
        if steps is not None and steps.keeps:
            return frames
        flat = frames.reshape(-1, *frames.shape[-3:]).cpu().permute(0, 2, 3, 1).contiguous().numpy()
        done = torch.from_numpy(self.prepare(flat))
        return done.to(frames.device).reshape(*frames.shape[:-2], *done.shape[-2:])

    def prepare(self, frames: Bytes) -> Bytes:
        """uint8 [F, H, W, 3] -> uint8 [F, 3, h, w]."""
        steps = _pil_steps(self, *frames.shape[1:3])
        if steps is None:
            return np.stack([self.by_processor(frame) for frame in frames])
        if steps.keeps:
            return np.ascontiguousarray(frames.transpose(0, 3, 1, 2))
        return np.stack([steps(frame).transpose(2, 0, 1) for frame in frames])

    def by_processor(self, frame: Bytes) -> Bytes:
        """uint8 [H, W, 3] -> uint8 [3, h, w], as the processor itself resizes and crops."""
        given = self.processor(Image.fromarray(frame), **_PLAIN)["pixel_values"]
        done = np.asarray(given)
        if done.dtype != np.uint8:
            raise EncoderError(f"gives {done.dtype} before rescaling")
        return done.reshape(done.shape[-3:])

    def _levels(self) -> Tensor:
        ramp = np.broadcast_to(np.arange(256, dtype=np.uint8), (3, 1, 256)).copy()
        if isinstance(self.processor, VideoNumbers):
            levels = self.processor.levels(ramp)
        else:
            plain = {"do_resize": False, "do_center_crop": False, "do_pad": False}
            given = self.processor(ramp.transpose(1, 2, 0), input_data_format="channels_last", **plain)
            levels = torch.tensor(np.asarray(given["pixel_values"]), dtype=torch.float32)
        levels = levels.reshape(3, 256)
        if not levels.isfinite().all():
            raise EncoderError("mean or deviation that is not a finite number, or a deviation of 0")
        return levels


@dataclass(frozen=True)
class _PilSteps:
    """A processor's resizing and cropping as two calls of PIL, in half the processor's time: see pil_resized."""

    size: tuple[int, int]
    box: tuple[int, int, int, int]
    resample: int
    keeps: bool  # frames come out as they went in

    def __call__(self, frame: Bytes) -> Bytes:
        return pil_resized(frame, self.size, self.box, self.resample)


@lru_cache(maxsize=64)
def _pil_steps(pixels: Pixels, height: int, width: int) -> _PilSteps | None:
    """The steps for frames of this size; None if a random frame does not come out of them as of the processor."""
    processor, frame = pixels.processor, _noise(height, width)
    sizes = _sizes(processor)
    wanted = sizes.get("height", height), sizes.get("width", width)
    if edge := sizes.get("shortest_edge"):
        wanted = get_resize_output_image_size(frame, edge, False, input_data_format=ChannelDimension.FIRST)
    crop = wanted
    if processor.do_center_crop:
        crop = processor.crop_size["height"], processor.crop_size["width"]
    top, left = ((have - want) // 2 for have, want in zip(wanted, crop))
    if min(top, left) < 0:
        return None
    box = (left, top, left + crop[1], top + crop[0])
    steps = _PilSteps(wanted[::-1], box, int(processor.resample), (height, width) == wanted == crop)
    right = pixels.by_processor(frame.transpose(1, 2, 0))
    return steps if np.array_equal(steps(frame.transpose(1, 2, 0)).transpose(2, 0, 1), right) else None


def _noise(height: int, width: int) -> Bytes:
    return np.random.default_rng(0).integers(0, 256, (3, height, width), np.uint8)


def load_pixels(model: str, default: Numbers, *, video: bool = False) -> Pixels:
    """The Pixels of a model folder or Hub id; of the `default` numbers where it has none. Raises EncoderError.

    video: the model comes with a video processor, so the default's frames are resized as those do.
    """
    return Pixels(load_processor(model, default, VideoNumbers if video else CLIPImageProcessorPil), model)


def load_processor(model: str, default: Numbers, default_class: Any) -> Any:
    """The image processor of a folder or Hub id, a PIL one where there is one; else the default class and numbers."""
    numbers = _numbers(model)
    if numbers is None:
        return default_class(**default)
    if "video_processor_type" in numbers or issubclass(default_class, VideoNumbers):
        known = {name: value for name, value in numbers.items() if not name.endswith(("_type", "_class"))}
        with library_errors(model, PROBLEM):
            return VideoNumbers(**{**default, **known})
    from transformers import AutoImageProcessor

    with library_errors(model, PROBLEM), _without_advice():
        name = split_revision(model)[0]
        return AutoImageProcessor.from_pretrained(name, backend="pil", **hub_options(model), **NO_CODE)


def _numbers(model: str) -> JsonObject | None:
    """What the folder says of its image or video processor, in Transformers' order; None if it says nothing."""
    for name in ("processor_config.json", "preprocessor_config.json", "video_preprocessor_config.json"):
        if (path := model_file(model, name)) is None:
            continue
        given = read_json_object(path, MAX_CONFIG_BYTES, error=EncoderError)
        if name == "processor_config.json":
            part = given.get("image_processor") or given.get("video_processor")
            given = part if isinstance(part, dict) else {}
        if "image_mean" in given or "size" in given:
            return given
    return None


def _sizes(processor: Any) -> dict[str, int]:
    """The processor's `size`; EncoderError where it, or the crop or padding, is not a size of a picture."""
    found: dict[str, int] = {}
    for name in ("pad_size", "crop_size", "size"):
        given = getattr(processor, name, None) or {}
        found = {key: value for key, value in dict(given).items() if value is not None}
        for value in found.values():
            if not isinstance(value, int) or not 1 <= value <= MAX_SIDE:
                raise EncoderError(f"frames of {value} pixels: 1 to {MAX_SIDE:,} is allowed")
    return found if processor.do_resize else {}


def check_patches(processor: Any, place: str) -> None:
    """EncoderError unless the patches of a processor without a size have sizes and numbers that a model may have."""
    patches = (processor.patch_size, int(processor.max_num_patches**0.5))
    if not all(isinstance(value, int) and 1 <= value <= MAX_SIDE for value in patches):
        raise EncoderError(f"{place}: {PROBLEM}: {processor.max_num_patches} patches of {processor.patch_size} pixels")


@contextmanager
def _without_advice() -> Iterator[None]:
    """Transformers' warnings off: for every PIL processor it advises to install torchvision."""
    from transformers.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(before)
