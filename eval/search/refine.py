"""Finer bounds of a moment: its surroundings are decoded again and embedded at every point, not every half window.

peak = refined(index, peak, vector)      # `svta search --refine`
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from svta.builder.errors import SvtaError
from svta.builder.io.limits import regular
from svta.builder.video.stream_frames import Points, frames_on_screen
from svta.builder.video.timeline import Timeline, read_timeline
from svta.eval.encoders.base import Encoder

from .indexing.embedding import BATCH, VideoEmbedder
from .indexing.footage import same_file, stat_row
from .indexing.units import points_in
from .merging import FineSignal, Peak, Scored, SharedParts, Signal, event_bounds, smoothed
from .scan import Floats, exact_scores
from .store.content import Video
from .store.layout import Sampling, SearchError

if TYPE_CHECKING:
    from typing import BinaryIO

DENSER: Final = 4  # times as many frames a second, where frames are pooled
_MARGIN_WINDOWS: Final = 2  # window lengths that are decoded on both sides


def refined(peak: Peak, video: Video, vector: Floats, encoder: Encoder, sampling: Sampling, floor: float) -> Peak:
    """The peak with its bounds followed on denser scores. Raises SearchError if the file is not what it was."""
    with open_footage(video) as file:
        timeline = read_timeline(file)
        signal = _dense(file, timeline, peak, vector, encoder, sampling)
    if not len(signal.score):
        return peak
    start, end = event_bounds(_Known(signal), peak.video, peak.start, peak.end, floor)
    return replace(peak, start=start, end=end)


class _Known(FineSignal):
    def __init__(self, signal: Signal):
        self._signal = signal

    def of(self, video: int, start: float, end: float) -> Signal:
        return self._signal


def _dense(
    file: BinaryIO, timeline: Timeline, peak: Peak, vector: Floats, encoder: Encoder, sampling: Sampling
) -> Signal:
    """Scores around a moment: of frames, or of the parts that windows at every point share."""
    pools = sampling.pools_frames
    points = Points(sampling.fps * (DENSER if pools else 1), timeline)
    margin = _MARGIN_WINDOWS * sampling.windows[0]
    first = max(0, int((peak.start - margin) / points.step))
    stop = min(points.count, int((peak.end + margin) / points.step) + 1)
    embedder = VideoEmbedder(encoder, sampling)
    runs = frames_on_screen(file, points, sampling.spec, first=first, stop=stop, threads=embedder.threads)
    pixels = [embedder.picture(run).pixels for run in runs for _ in range(run.stop - run.first)]
    length = 1 if pools else min(points_in(sampling.windows[0], sampling.fps), len(pixels))
    begins = np.arange(len(pixels) - length + 1)
    scores = [
        exact_scores(vector, embedder.embed([np.stack(pixels[at : at + length]) for at in begins[some : some + BATCH]]))
        for some in range(0, len(begins), BATCH)
    ]
    start = np.asarray((first + begins) * points.step, np.float64)
    end = np.minimum(start + length * points.step, timeline.duration)
    signal = Signal(start, end, np.concatenate(scores))
    if pools:
        return smoothed(signal)
    windows = Scored(np.zeros(len(start), np.int32), start, end, signal.score, [(0, len(start))])
    return SharedParts(windows).of(0, float(start[0]), float(end[-1]))


def open_footage(video: Video) -> BinaryIO:
    """A file of a video of the index, open. Raises SearchError if none is what it was when it was indexed."""
    import os

    problem = "is no longer in the footage"
    for row in video.files:
        try:
            file = open(row.path, "rb", opener=regular)  # noqa: SIM115 - the caller closes it
        except (OSError, SvtaError) as error:
            problem = getattr(error, "strerror", None) or str(error).removeprefix(f"{row.path}: ")
            continue
        if same_file(row, stat_row(row.root, row.name, os.fstat(file.fileno()))):
            return file
        file.close()
        problem = "changed since it was indexed: `svta index` reads it again"
    name = video.paths[0] if video.paths else video.sha256[:12]
    raise SearchError(f"{name}: {problem}")
