"""FrameSpec: how many frames of which size are taken from a video, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class FrameSpec:
    """How a model wants its frames: the arguments of svta.open_dataset."""

    num_frames: int = 12
    size: int = 224
    sampling: str = "uniform"
    resize: str = "crop"

    def as_dict(self) -> dict[str, Any]:
        """num_frames, size, sampling, resize."""
        return dict(self.__dict__)
