"""What predictions must beat: a random span, the whole video, its middle, the oracle over a grid of windows, scenes.

In: the queries of a test set with the lengths of their videos; out: submission lines of each baseline. `scenes` needs
the videos too, and the extra [cuts].
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np

from svta.builder.ingest.video_names import VideoFolder
from svta.builder.io.json_text import JsonObject

from .submissions import Submission
from .truth import MomentQuery, MomentTruth, Window
from .windows import MomentsError, as_windows, union_iou

WINDOW_SECONDS: Final = (2.0, 8.0, 32.0)  # of the oracle's grid, half overlapping
Rows = Callable[[MomentQuery, float, random.Random], list[list[float]]]


def random_span(query: MomentQuery, seconds: float, chance: random.Random) -> list[list[float]]:
    """A span whose ends are drawn evenly over the video."""
    start, end = sorted((chance.uniform(0, seconds), chance.uniform(0, seconds)))
    return [[start, end, chance.random()]]


def whole_video(query: MomentQuery, seconds: float, chance: random.Random) -> list[list[float]]:
    """From the beginning to the end."""
    return [[0.0, seconds, 1.0]]


def middle_span(query: MomentQuery, seconds: float, chance: random.Random) -> list[list[float]]:
    """The middle half."""
    return [[seconds / 4, 3 * seconds / 4, 1.0]]


def oracle_windows(query: MomentQuery, seconds: float, chance: random.Random) -> list[list[float]]:
    """For each true moment the window of the grid that fits it best: what these windows allow at most."""
    grid = as_windows(list(window_grid(seconds)))
    if not query.windows:
        return []
    ious = union_iou(grid, as_windows(query.windows))
    best = [(float(ious[row, truth]), grid[row]) for truth, row in enumerate(np.argmax(ious, axis=0))]
    return [[float(window[0]), float(window[1]), iou] for iou, window in sorted(best, key=lambda pair: -pair[0])]


def window_grid(seconds: float) -> Iterator[Window]:
    """Half-overlapping windows of every length that the video holds; the whole of a shorter one."""
    for length in WINDOW_SECONDS:
        if length >= seconds:
            yield 0.0, seconds
            continue
        count = int(2 * seconds / length)
        for step in range(count):
            start = min(step * length / 2, seconds - length)
            yield start, start + length


BASELINES: Final[dict[str, Rows]] = {
    "random span": random_span,
    "whole video": whole_video,
    "middle half": middle_span,
    "oracle over windows": oracle_windows,
}


def baseline_lines(truth: MomentTruth, name: str, seed: int) -> list[JsonObject]:
    """QVHighlights lines of a baseline; a query in a video of unknown length has none."""
    lines = []
    seconds = truth.videos
    for query in truth.queries:
        length = query.duration or seconds[query.video]
        if length is not None:
            rows = BASELINES[name](query, length, _chance(seed, query))
            lines.append({"qid": query.qid, "query": query.query, "vid": query.video, "pred_relevant_windows": rows})
    return lines


def _chance(seed: int, query: MomentQuery) -> random.Random:
    return random.Random(f"svta {seed} {query.qid}")


def scenes(truth: MomentTruth, folder: Path, seed: int) -> Submission:
    """The scenes between the cuts of each query's video (PySceneDetect's content detector), in random order.

    A fixed camera has one. A video that is not in the folder has none. Raises MomentsError without scenedetect.
    """
    try:
        from scenedetect import ContentDetector, detect  # scenedetect-headless: with OpenCV's headless build
    except ImportError:
        raise MomentsError("pip install 'svta[cuts]'") from None
    videos = VideoFolder(folder)
    if videos.problem:
        raise MomentsError(videos.problem)
    found: dict[str, list[Window]] = {}
    for name, seconds in truth.videos.items():
        try:
            path = videos.root.path(videos.find((name,)))
            cut = detect(str(path), ContentDetector(), start_in_scene=True, backend="pyav")
        except Exception:  # of three libraries; a video that is damaged or not there has no scenes
            continue
        spans = [(start.seconds, end.seconds) for start, end in cut]
        found[name] = spans if seconds is None else [(start, min(end, seconds)) for start, end in spans]
    lines = []
    for query in truth.queries:
        spans = _chance(seed, query).sample(found.get(query.video, []), len(found.get(query.video, [])))
        rows = [[start, end, 1 - rank / (len(spans) + 1)] for rank, (start, end) in enumerate(spans)]
        lines.append({"qid": query.qid, "query": query.query, "vid": query.video, "pred_relevant_windows": rows})
    return Submission("qvhighlights", lines, {})
