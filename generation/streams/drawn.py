"""Frames of a planned stream, drawn take by take; no two of them are held at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from svta.generation.storyboard.rendering.renderer import pictures
from svta.generation.storyboard.staging.minors_gate import refuse_minors

from .config import StreamsConfig
from .plan import PlannedStream
from .staging import CLIP_SECONDS


def drawn_frames(stream: PlannedStream, config: StreamsConfig) -> Iterator[np.ndarray]:
    """uint8 [H, W, 3], one after the other. Raises SvtaError for a scene that must not be drawn."""
    for take, num_frames in stream.takes:
        scene = take.scene
        refuse_minors(scene)
        times = (number / config.fps / CLIP_SECONDS for number in range(num_frames))
        yield from pictures(scene, times, config.height, config.width, scene.seed, stream.camera.seed)
