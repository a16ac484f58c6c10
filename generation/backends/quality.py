"""Quality gates on a clip's pixels: black, flat, frozen, flickering, noise, or a duplicate of another clip.

Reads frames uint8 [N, H, W, 3]; gives figures, and the first gate they fail. postprocess.py generates a failed clip
again with another seed. Text-video similarity is not a gate: CLIP as a gate would favour models that it evaluates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from svta.builder.errors import SvtaError

from .spec import Options

STRIDE: Final = 4  # every fourth pixel each way: within 2 % of all of them, 16 times cheaper
STILL: Final = 0.02 / 255  # a frame that changes less on average, a fiftieth of a step, repeats the last one
HASH_ROWS: Final = 8


class GateError(SvtaError):
    """A threshold that does not exist or is not a number."""


@dataclass(frozen=True)
class Gates:
    """Thresholds, luma as a share of full scale. A clip fails at the first that it misses; set one to 0 to open it.

    Measured with `quality_figures` on 33 real clips (surveillance cameras, cartoons, old footage, sign language) and
    80 storyboards: the one that fails is a storyboard in which nothing moves. Each value names the extreme seen.
    """

    min_luma: float = 0.03  # black: NaN weights and some FP8 kernels decode to 0; the darkest real clip has .26
    min_contrast: float = 0.02  # flat: spread of luma inside a frame; a grey road from above has .050
    min_motion: float = 0.0002  # frozen: mean change of luma a frame; an empty hall that one man enters has .00038
    max_still: float = 0.9  # frozen: share of frames that repeat the one before; a half-paused video has .5
    max_motion: float = 0.15  # noise: white noise has .2 a frame; the liveliest clip has .088
    max_flicker: float = 0.06  # mean jump of the whole frame's brightness and back; cuts and flashing lights have .025
    min_distance: int = 4  # duplicate: bits of 192 in which two clips of one unit must differ; the nearest have 24

    @classmethod
    def of(cls, thresholds: Options) -> Gates:
        """The default thresholds with some changed. Raises GateError."""
        names = {field.name: field.type for field in fields(cls)}
        for name, value in thresholds.items():
            if name not in names:
                raise GateError(f"gate {name}: one of {', '.join(names)}")
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
                raise GateError(f"gate {name}={value}: a number from 0 is needed")
        return cls(**thresholds)

    def fault(self, figures: Mapping[str, float]) -> tuple[str, str] | None:
        """(reason code, what was measured against what) of the first gate failed, or None."""
        checks = (
            ("black", "luma", figures["luma"] < self.min_luma, self.min_luma),
            ("flat", "contrast", figures["contrast"] < self.min_contrast, self.min_contrast),
            ("flicker", "flicker", 0 < self.max_flicker < figures["flicker"], self.max_flicker),
            ("noise", "motion", 0 < self.max_motion < figures["motion"], self.max_motion),
            ("frozen", "still", 0 < self.max_still < figures["still"], self.max_still),
            ("frozen", "motion", figures["motion"] < self.min_motion, self.min_motion),
        )
        for reason, name, failed, threshold in checks:
            if failed:
                return reason, f"{name} {figures[name]:.5g}, gate {threshold:g}"
        return None

    def duplicate_of(self, image_hash: str, others: Mapping[str, str]) -> str | None:
        """The key of the first of `others` (key -> hash) that shows the same as `image_hash`, or None."""
        bits = int(image_hash, 16)
        near = (key for key, other in others.items() if (bits ^ int(other, 16)).bit_count() < self.min_distance)
        return next(near, None)


def motion_energy(frames: NDArray[np.uint8]) -> float:
    """Mean absolute change of luma from frame to frame, as a share of full scale (0 frozen, 1 black to white).

    frames uint8 [N, H, W, 3]; measured on every fourth pixel. Recorded as Clip.motion, and what the gates read.
    """
    if len(frames) < 2:
        return 0.0
    small = frames[:, ::STRIDE, ::STRIDE].astype(np.int16)
    luma = (small[..., 0] * np.int32(77) + small[..., 1] * np.int32(150) + small[..., 2] * np.int32(29)) >> 8
    return round(float(np.abs(np.diff(luma, axis=0)).mean()) / 255, 6)


def quality_figures(frames: NDArray[np.uint8]) -> dict[str, float]:
    """luma, contrast, motion, still and flicker of frames uint8 [N, H, W, 3], each a share of full scale.

    luma: mean. contrast: median over frames of the spread inside a frame. motion: motion_energy. still: share of frames
    that repeat the one before. flicker: mean second difference of mean brightness.
    """
    luma = _luma(frames) / np.float32(255)
    means = luma.mean(axis=(1, 2))
    changes = np.abs(np.diff(luma, axis=0)).mean(axis=(1, 2)) if len(luma) > 1 else np.zeros(1, np.float32)
    swings = np.abs(np.diff(means, n=2)) if len(means) > 2 else np.zeros(1, np.float32)
    values = {
        "luma": float(means.mean()),
        "contrast": float(np.median(luma.std(axis=(1, 2)))),
        "motion": motion_energy(frames),
        "still": float((changes < STILL).mean()),
        "flicker": float(swings.mean()),
    }
    return {name: round(value, 6) for name, value in values.items()}


def perceptual_hash(frames: NDArray[np.uint8]) -> str:
    """192 bits, as hex, that two clips share when they show the same: brightness steps of three frames.

    The first, middle and last frame, each as 8 x 9 block means; a bit says whether a block is brighter than the next.
    """
    bits = 0
    for number in (0, len(frames) // 2, len(frames) - 1):
        small = _blocks(_luma(frames[number : number + 1])[0], HASH_ROWS, HASH_ROWS + 1)
        for bit in (small[:, 1:] > small[:, :-1]).ravel():
            bits = bits << 1 | int(bit)
    return f"{bits:048x}"


def _luma(frames: NDArray[np.uint8]) -> NDArray[np.float32]:
    small = frames[:, ::STRIDE, ::STRIDE].astype(np.float32)
    return small @ np.array([0.299, 0.587, 0.114], np.float32)


def _blocks(image: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    """Means of rows x columns blocks of an image of any size; cells are repeated where it is smaller than that."""
    ys = np.linspace(0, image.shape[0], rows + 1).astype(int)
    xs = np.linspace(0, image.shape[1], columns + 1).astype(int)
    blocks = np.empty((rows, columns), np.float32)
    for row, (top, bottom) in enumerate(pairwise(ys)):
        for column, (left, right) in enumerate(pairwise(xs)):
            blocks[row, column] = image[top : max(top + 1, bottom), left : max(left + 1, right)].mean()
    return blocks
