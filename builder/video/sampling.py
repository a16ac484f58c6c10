"""Which frames of a clip a model sees: the sampling policies by name, as pure index arithmetic.

frame_indices(33, 12, "uniform")               # [0 2 5 8 11 14 17 20 23 26 29 32]
frame_indices(33, 12, "official", fps=16.0)    # [0 16 32]: CLIP4Clip's one frame a second
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from svta.builder.errors import SvtaError

Sampling = Literal["uniform", "official", "random-segment", "all"]


class SamplingError(SvtaError):
    """A sampling policy that does not exist, or one that this clip's frame rate cannot satisfy."""


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
    random-segment: one frame drawn from each of num_frames equal segments, for training; `seed` makes it repeatable.
    """
    if total < 1 or num_frames < 1:
        raise SamplingError(f"cannot take {num_frames} frames of {total}")
    if sampling not in get_args(Sampling):
        raise SamplingError(f"no sampling {sampling!r}: {', '.join(get_args(Sampling))}")
    if sampling == "official":
        every = _official(total, fps, feature_framerate)
        return every if len(every) <= num_frames else every[_spread(len(every), num_frames)]
    if sampling == "all" or total <= num_frames:
        return np.arange(total)
    if sampling == "uniform":
        return _spread(total, num_frames)
    edges = np.arange(num_frames + 1) * total // num_frames
    return np.random.default_rng(seed).integers(edges[:-1], edges[1:])


def _spread(total: int, count: int) -> NDArray[np.int64]:
    return np.linspace(0, total - 1, count, dtype=np.int64)


def _official(total: int, fps: float, feature_framerate: int) -> NDArray[np.int64]:
    rate = int(fps)
    if feature_framerate < 1 or rate < feature_framerate:
        raise SamplingError(f"official sampling of {feature_framerate} frames a second needs that many: fps is {fps:g}")
    interval = max(rate // feature_framerate, 1)
    within = np.arange(0, rate, interval)[:feature_framerate]
    indices = (np.arange(0, total, rate)[:, None] + within).ravel()
    return indices[indices < total]
