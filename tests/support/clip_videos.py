"""Videos as the pipeline writes them, for tests of verify and push."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from svta.builder.record import Clip
from svta.builder.video.encoder import encode
from svta.builder.video.marking import synthetic_mark


def film(made: Clip, *, num_frames: int = 33, term: str | None = "algorithmicMedia", fps: float = 16) -> bytes:
    mark = synthetic_mark(term, made.key) if term else None  # type: ignore[arg-type]
    return encode(_frames(num_frames), fps=fps, metadata=mark, preset="ultrafast")


@lru_cache
def _frames(count: int) -> np.ndarray:
    frames = np.full((count, 48, 80, 3), 90, np.uint8)
    for i, frame in enumerate(frames):
        frame[10:30, i : i + 20] = (220, 40, 10)
    return frames
