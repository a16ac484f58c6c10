"""Which frames of a clip a model sees: the sampling policies by name, as pure index arithmetic; checks of options.

frame_indices(33, 12, "uniform")               # [0 2 5 8 11 14 17 20 23 26 29 32]
frame_indices(33, 12, "official", fps=16.0)    # [0 16 32]: CLIP4Clip's one frame a second
"""

from __future__ import annotations

import random
import sys
from operator import index
from typing import Final, Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from svta.builder.errors import SvtaError

Sampling = Literal["uniform", "official", "random-segment", "all"]
Resize = Literal["crop", "squash", "exact", "exact-squash", "fast"]  # fast: another name of crop
MAX_SIZE: Final = 4096


class SamplingError(SvtaError):
    """A way to take frames that does not exist, or one that this clip's frame rate cannot satisfy."""


def check_frame_options(num_frames: int, size: int | None, sampling: str, resize: str) -> None:
    """SamplingError, one line with the choices, for options of frames that no video could satisfy."""
    _check_name("sampling", sampling, get_args(Sampling))
    _check_name("resize", resize, get_args(Resize))
    _check_whole("num_frames", num_frames, "a whole number of frames from 1", 1)
    if size is not None:
        _check_whole("size", size, f"the frames' side, 1 to {MAX_SIZE} pixels, or None (the video's own)", 1, MAX_SIZE)


def _check_name(option: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise SamplingError(f"{option}={value!r}: {', '.join(choices[:-1])} or {choices[-1]}")


def _check_whole(option: str, value: object, wanted: str, low: int, high: int = sys.maxsize) -> None:
    try:
        number = 0 if isinstance(value, bool) else index(cast("int", value))
    except TypeError:
        number = 0
    if not low <= number <= high:
        raise SamplingError(f"{option}={value!r}: {wanted}")


def draw_seed(sampling: str) -> int | None:
    """A seed for one video's random sampling; None for a policy that draws nothing.

    Drawn from torch's global generator where torch is loaded, which DataLoader seeds in every worker and
    torch.manual_seed repeats; else from Python's.
    """
    if sampling != "random-segment":
        return None
    torch = sys.modules.get("torch")
    return random.getrandbits(62) if torch is None else int(torch.randint(2**62, ()))


def frame_indices(
    total: int,
    num_frames: int = 12,
    sampling: str = "uniform",
    *,
    fps: float = 0.0,
    feature_framerate: int = 1,
    seed: int | None = None,
) -> NDArray[np.int64]:
    """Ascending frame numbers, at most `num_frames` of them (`all`: every frame) out of `total`.

    uniform: linspace from first to last. official: CLIP4Clip's extractor, `feature_framerate` frames of every second
    of int(fps) frames, thinned by linspace when there are more than num_frames (notes: a 33-frame clip gives 2 to 5).
    random-segment: one frame drawn from each of num_frames equal segments, for training; without `seed` by draw_seed().
    """
    check_frame_options(num_frames, None, sampling, "crop")
    if total < 1:
        raise SamplingError(f"cannot take {num_frames} frames of {total}")
    if sampling == "official":
        every = _official(total, fps, feature_framerate)
        return every if len(every) <= num_frames else every[_spread(len(every), num_frames)]
    if sampling == "all" or total <= num_frames:
        return np.arange(total)
    if sampling == "uniform":
        return _spread(total, num_frames)
    edges = np.arange(num_frames + 1) * total // num_frames
    return np.random.default_rng(draw_seed(sampling) if seed is None else seed).integers(edges[:-1], edges[1:])


def _spread(total: int, count: int) -> NDArray[np.int64]:
    return np.linspace(0, total - 1, count, dtype=np.int64)


def _official(total: int, fps: float, feature_framerate: int) -> NDArray[np.int64]:
    rate = int(fps) if fps >= 1 else 1  # of a recording with less than a frame a second, or of no known rate: every one
    if feature_framerate < 1 or rate < feature_framerate:
        raise SamplingError(f"official sampling of {feature_framerate} frames a second needs that many: fps is {fps:g}")
    interval = max(rate // feature_framerate, 1)
    within = np.arange(0, rate, interval)[:feature_framerate]
    indices = (np.arange(0, total, rate)[:, None] + within).ravel()
    return indices[indices < total]
