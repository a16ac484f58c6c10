"""What is unlike the rest, without words: how far each window is from its nearest neighbours elsewhere in the index.

Distance to nearest neighbours, as outlier detection has it (Ramaswamy et al. 2000), over windows of one length. Of a
large index a sample is what others are compared with: what is rare among millions is rare in a sample too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .scan import Floats
from .store.segments import Spans

VectorsAt = Callable[[NDArray[np.int64]], Floats]  # rows -> their vectors, float32 [n, D]

NEIGHBOURS: Final = 3
APART_SECONDS: Final = 30.0  # windows of a video that are nearer than this show the same event
SAMPLE: Final = 20_000
_BLOCK: Final = 1_024


def oddness(windows: Spans, vectors: VectorsAt, live: NDArray[np.bool_]) -> Floats:
    """float32 [N]: 1 - mean cosine to the nearest windows elsewhere; -inf for windows that are not compared.

    vectors: gives those of some rows.
    """
    out = np.full(len(windows), -np.inf, np.float32)
    compared = np.flatnonzero(live & _shortest(windows))
    if len(compared) < 2:
        return out
    sample = compared
    if len(compared) > SAMPLE:
        sample = np.sort(np.random.default_rng(0).choice(compared, SAMPLE, replace=False))
    others = vectors(sample)
    for at in range(0, len(compared), _BLOCK):
        rows = compared[at : at + _BLOCK]
        cosines = vectors(rows) @ others.T
        near = windows.video[rows][:, None] == windows.video[sample]
        near &= windows.start[rows][:, None] < windows.end[sample] + APART_SECONDS
        near &= windows.end[rows][:, None] > windows.start[sample] - APART_SECONDS
        cosines[near] = -1.0
        count = min(NEIGHBOURS, cosines.shape[1])
        nearest = np.partition(cosines, -count, axis=1)[:, -count:]
        counted = nearest > -1.0
        mean = np.where(counted, nearest, 0).sum(axis=1) / np.maximum(counted.sum(axis=1), 1)
        out[rows] = np.where(counted.any(axis=1), 1 - mean, -np.inf)
    return out


def _shortest(windows: Spans) -> NDArray[np.bool_]:
    """Windows of the shortest length of their video: those that come before a later one begins earlier."""
    first = np.flatnonzero(np.r_[True, np.diff(windows.video) != 0])
    restarts = np.r_[False, (np.diff(windows.start) < 0) & (np.diff(windows.video) == 0)]
    passed = np.cumsum(restarts)
    return passed == passed[first][np.searchsorted(first, np.arange(len(windows)), "right") - 1]
