"""FrameSpec: how many frames of which size are taken from a video, and how.

FrameSpec(num_frames=12, size=224).decode(mp4)      # (uint8 [12, 224, 224, 3], bool [12])
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypedDict, cast

if TYPE_CHECKING:
    import numpy as np

    from .frame_buffer import Resize
    from .sampling import Sampling


DEFAULT_SIZE: Final = 224


class FrameArguments(TypedDict):
    """A FrameSpec as keyword arguments and as JSON."""

    num_frames: int
    size: int | None
    sampling: str
    resize: str


@dataclass(frozen=True)
class FrameSpec:
    """How a model wants its frames: the arguments of svta.open_dataset and svta.builder.video.decode.

    `size` in pixels, None for the video's own. Wrong names are refused by decode, which knows them.
    """

    num_frames: int = 12
    size: int | None = DEFAULT_SIZE
    sampling: str = "uniform"
    resize: str = "crop"

    def as_dict(self) -> FrameArguments:
        """num_frames, size, sampling, resize."""
        return FrameArguments(num_frames=self.num_frames, size=self.size, sampling=self.sampling, resize=self.resize)

    def decode(self, data: bytes, *, seed: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Frames uint8 [F, H, W, 3] and their mask bool [F] of a video. Raises VideoError."""
        from .decoder import decode

        sampling, resize = cast("Sampling", self.sampling), cast("Resize", self.resize)
        return decode(data, num_frames=self.num_frames, size=self.size, sampling=sampling, resize=resize, seed=seed)
