"""A clip's video as mteb hands it to models: decoded as it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Unpack

import numpy as np

from svta.builder.video.container import VideoInfo, probe
from svta.builder.video.decoder import decode
from svta.builder.video.frame_buffer import VideoError
from svta.builder.video.frame_spec import FrameArguments
from svta.eval.embeddings.clip_gallery import ClipGallery

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class FrameView:
    """What torchcodec's get_frames_at gives, as far as mteb reads it: `data` uint8 [N, 3, H, W]."""

    data: torch.Tensor


@dataclass(frozen=True)
class Stream:
    """What torchcodec says of a stream, as far as mteb's collators ask."""

    num_frames: int
    average_fps: float
    end_stream_seconds: float
    width: int
    height: int

    @property
    def duration_seconds(self) -> float:
        """Length of the clip in seconds."""
        return self.end_stream_seconds


@dataclass(frozen=True)
class ClipVideo:
    """One clip as mteb's collators take a video: `metadata`, `get_frames_at`, len; and `frames` for our encoders."""

    dataset: ClipGallery
    position: int

    @cached_property
    def _info(self) -> VideoInfo:
        return probe(self.dataset.video(self.position))

    @property
    def metadata(self) -> Stream:
        """Counted, not declared, frames; fps, seconds and size."""
        info = self._info
        return Stream(info.num_frames, info.fps, info.duration, info.width, info.height)

    def __len__(self) -> int:
        return self._info.num_frames

    def __getitem__(self, i: int) -> torch.Tensor:
        return self.get_frames_at([range(len(self))[i]]).data[0]

    def get_frames_at(self, indices: Sequence[int]) -> FrameView:
        """Frames by number, uint8 [N, 3, H, W] at the clip's own size. Raises VideoError naming the clip."""
        pixels, _ = self.frames(num_frames=1, size=None, sampling="all", resize="crop")
        import torch

        return FrameView(torch.from_numpy(np.ascontiguousarray(pixels[np.asarray(indices, dtype=np.int64)])))

    def frames(self, **options: Unpack[FrameArguments]) -> tuple[np.ndarray, np.ndarray]:
        """(uint8 [F, 3, H, W], bool [F]) as svta.open_dataset decodes them. Raises VideoError naming the clip."""
        try:
            pixels, mask = decode(self.dataset.video(self.position), **options)
        except VideoError as error:
            raise VideoError(f"key {self.dataset.clip(self.position).key}: {error}") from None
        return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)), mask
