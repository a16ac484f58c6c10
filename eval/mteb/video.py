"""A clip's video as mteb hands it to models: decoded as it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from svta.builder.dataset.collation import channels_first
from svta.builder.video.container import VideoInfo, probe
from svta.builder.video.frame_spec import FrameSpec
from svta.eval.embeddings.clip_gallery import ClipGallery

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class FrameView:
    """What torchcodec's get_frames_at gives, the part that mteb reads: `data` uint8 [N, 3, H, W]."""

    data: torch.Tensor


@dataclass(frozen=True)
class Stream:
    """What torchcodec says of a stream, the part that mteb's collators read."""

    num_frames: int
    average_fps: float
    end_stream_seconds: float
    width: int
    height: int
    codec: str | None = None
    begin_stream_seconds: float = 0.0
    rotation: float | None = None  # frames are turned already
    pixel_aspect_ratio: Fraction | None = None  # and are shown with the pixels that are coded

    @property
    def duration_seconds(self) -> float:
        """Length of the clip in seconds."""
        return self.end_stream_seconds


@dataclass(frozen=True)
class ClipVideo:
    """One clip as mteb's collators take a video: `metadata`, `get_frames_at`, len."""

    dataset: ClipGallery
    position: int

    @cached_property
    def _info(self) -> VideoInfo:
        return probe(self.dataset.video(self.position))

    @property
    def metadata(self) -> Stream:
        """Counted, not declared, frames; fps, seconds, codec, and the size of the frames as they are given."""
        info = self._info
        size = (info.height, info.width) if info.rotation % 180 else (info.width, info.height)
        return Stream(info.num_frames, info.fps, info.duration, *size, info.codec)

    def __len__(self) -> int:
        return self._info.num_frames

    def __getitem__(self, i: int) -> torch.Tensor:
        return self.get_frames_at([range(len(self))[i]]).data[0]

    def get_frames_at(self, indices: Sequence[int]) -> FrameView:
        """Frames by number, uint8 [N, 3, H, W] at the clip's own size. Raises VideoError naming the clip."""
        import torch

        every = self.dataset.with_frames(FrameSpec(1, None, "all")).read_frames(self.position).frames
        return FrameView(torch.from_numpy(channels_first(every[np.asarray(indices, dtype=np.int64)])))
