"""95 % intervals of figures of moments: videos are drawn with replacement, all queries of a video together.

In: what each query adds to a mean figure, and its video; out: the ends of percentile bootstrap intervals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from svta.eval.metrics.significance import BOOTSTRAPS, drawn_means, group_codes, interval_ends

Interval = tuple[float, float]


def video_intervals(
    figures: Mapping[str, Sequence[float]], videos: Sequence[str], *, seed: int = 0, draws: int = BOOTSTRAPS
) -> dict[str, Interval]:
    """name -> (low, high) of the mean of each figure. Figures whose interval says nothing are left out.

    figures: name -> a value for each query; videos: the video of each query. One video alone has no interval.
    """
    if not videos:
        return {}
    codes = group_codes(list(videos), len(videos))
    intervals: dict[str, Interval] = {}
    for name, values in figures.items():
        drawn = drawn_means(np.asarray(values, float), codes, draws, np.random.default_rng(seed), int(codes.max()) + 1)
        if (ends := interval_ends(drawn)) is not None:
            intervals[name] = ends
    return intervals
