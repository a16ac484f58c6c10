"""frames(): decoding as a transform for rows of load_dataset."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from svta.builder.errors import DatasetError
from svta.builder.io.parallel import cpu_count, thread_pool
from svta.builder.video.frame_spec import FrameSpec
from svta.builder.video.sampling import Resize, Sampling, draw_seed

from .collation import channels_first

Columns = dict[str, Any]  # an example of load_dataset, or several: a list per column

_VIDEO_COLUMNS: Final = ("video", "mp4")  # of load_dataset("svta"), and of a folder loaded by its README alone
MAX_THREADS: Final = 8


def frames(
    num_frames: int = 12,
    size: int | None = 224,
    *,
    sampling: Sampling = "uniform",
    resize: Resize = "crop",
    seed: int | None = None,
    threads: int | None = None,
) -> FrameTransform:
    """A transform that replaces videos by decoded frames: ds.with_transform(svta.frames()), stream.map(svta.frames()).

    "video" (or "mp4", in a folder loaded by its README alone) goes; "pixel_values" uint8 [F, 3, H, W] and "frame_mask"
    bool [F] come. Takes single examples and batches of columns. seed: of sampling="random-segment"; without it, draws
    repeat by torch.manual_seed, in DataLoader workers too. Raises SamplingError for options that do not exist, at once,
    and VideoError for a video that cannot be decoded.
    """
    spec = FrameSpec(num_frames, size, sampling, resize)
    return FrameTransform(spec, seed, cpu_count(MAX_THREADS) if threads is None else threads)


class FrameTransform:
    """What frames() returns: callable and picklable."""

    def __init__(self, frames: FrameSpec, seed: int | None, threads: int):
        self.frames, self.seed, self.threads = frames, seed, threads

    def __call__(self, columns: Columns) -> Columns:
        name = next((name for name in _VIDEO_COLUMNS if name in columns), None)
        if name is None:
            raise DatasetError(f"svta.frames() needs a column video or mp4, there are {', '.join(columns)}")
        videos = columns[name]
        rest = {key: value for key, value in columns.items() if key != name}
        if not isinstance(videos, list):
            pixel_values, frame_mask = self._decode(videos, self._draw_seed())
            return {**rest, "pixel_values": pixel_values, "frame_mask": frame_mask}
        seeds = [self._draw_seed() for _ in videos]  # in the order of the rows, whatever thread decodes them
        if self.threads > 1 and len(videos) > 1:
            with thread_pool(self.threads) as pool:
                decoded = list(pool.map(self._decode, videos, seeds))
        else:
            decoded = list(map(self._decode, videos, seeds))
        return {**rest, "pixel_values": [d[0] for d in decoded], "frame_mask": [d[1] for d in decoded]}

    def __repr__(self) -> str:
        seed = "" if self.seed is None else f", seed {self.seed}"
        return f"svta.frames({self.frames}{seed})"

    def _draw_seed(self) -> int | None:
        return draw_seed(self.frames.sampling) if self.seed is None else self.seed

    def _decode(self, video: object, seed: int | None) -> tuple[np.ndarray, np.ndarray]:
        data = video.get("bytes") if isinstance(video, dict) else video
        if not isinstance(data, bytes):  # a path in a row is whatever its writer chose: never opened
            what = "a row with a path alone" if isinstance(video, dict) else type(video).__name__
            raise DatasetError(f"svta.frames() needs the video's bytes (Video(decode=False)), not {what}")
        pixels, mask = self.frames.decode(data, seed=seed)
        return channels_first(pixels), mask
