"""FrameSpec: how many frames of which size are taken from a video, and how.

FrameSpec(num_frames=12, size=224).decode(mp4)      # (uint8 [12, 224, 224, 3], bool [12])
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypedDict

from .sampling import Resize, Sampling, check_frame_options

if TYPE_CHECKING:
    import numpy as np

    from .decoder import FrameSample

DEFAULT_SIZE: Final = 224
Quality = Literal["exact", "fast"]
EXACT: Final[Mapping[Resize, Resize]] = {"crop": "exact", "fast": "exact", "squash": "exact-squash"}


class FrameArguments(TypedDict):
    """A FrameSpec as keyword arguments and as JSON."""

    num_frames: int
    size: int | None
    sampling: Sampling
    resize: Resize


@dataclass(frozen=True)
class FrameSpec:
    """How a model wants its frames: the arguments of svta.open_dataset and svta.builder.video.decode.

    `size` in pixels, None for the video's own. Raises SamplingError for wrong values, before any video is read.
    """

    num_frames: int = 12
    size: int | None = DEFAULT_SIZE
    sampling: Sampling = "uniform"
    resize: Resize = "crop"

    def __post_init__(self) -> None:
        check_frame_options(self.num_frames, self.size, self.sampling, self.resize)

    def __str__(self) -> str:
        size = "the video's own size" if self.size is None else f"{self.size} pixels"
        return f"{self.num_frames} frames, {size}, {self.sampling}, {self.resize}"

    def as_dict(self) -> FrameArguments:
        """num_frames, size, sampling, resize."""
        return FrameArguments(num_frames=self.num_frames, size=self.size, sampling=self.sampling, resize=self.resize)

    def decode(self, data: bytes, *, seed: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Frames uint8 [F, H, W, 3] and their mask bool [F] of a video. Raises VideoError."""
        found = self.sample(data, seed=seed)
        return found.frames, found.mask

    def sample(self, data: bytes, *, seed: int | None = None) -> FrameSample:
        """Frames, mask and times of a video. Raises VideoError."""
        from .decoder import sample

        return sample(data, **self.as_dict(), seed=seed)

    def with_quality(self, quality: Quality) -> FrameSpec:
        """exact: the same frames resized by PIL's bicubic instead of libswscale; fast: as they are."""
        return replace(self, resize=EXACT.get(self.resize, self.resize)) if quality == "exact" else self
