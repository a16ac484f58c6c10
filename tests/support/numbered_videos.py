"""Videos whose every frame says its number in its pixels, and sentences with times about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from svta.builder.video.decoder import decode

BITS = 14
BAR = 4  # pixels a bit is wide
WIDTH, HEIGHT = BITS * BAR + 8, 48


def numbered_frame(number: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """uint8 [H, W, 3]: bars in the middle, bright for the bits that are set, and a block that moves."""
    frame = np.full((height, width, 3), 90, np.uint8)
    left = (width - BITS * BAR) // 2
    for bit in range(BITS):
        frame[height // 3 : 2 * height // 3, left + bit * BAR : left + (bit + 1) * BAR] = (
            235 if number >> bit & 1 else 16
        )
    frame[:8, number % (width - 8) : number % (width - 8) + 8] = 200
    return frame


def frame_number(frame: np.ndarray) -> int:
    """The number that stands in a frame of any size with the same proportions of bars in its middle."""
    height, width = frame.shape[:2]
    left = (width - BITS * BAR) // 2
    row = frame[height // 2 - 2 : height // 2 + 2].mean(axis=(0, 2))
    return sum(1 << bit for bit in range(BITS) if row[left + bit * BAR + 1 : left + bit * BAR + 3].mean() > 120)


def numbers_in(mp4: bytes) -> list[int]:
    """The numbers of all frames of a video."""
    frames, mask = decode(mp4, sampling="all", size=None, num_frames=1)
    return [frame_number(frame) for frame in frames[mask]]


def write_numbered(
    path: Path,
    num_frames: int,
    *,
    fps: int | Fraction = 30,
    codec: str = "libx264",
    options: Mapping[str, str] | None = None,
    container: str | None = None,
    milliseconds: Sequence[int] | None = None,
    first: int = 0,
    **stream: Any,
) -> Path:
    """A video of frames `first`, first + 1, ...; milliseconds: when each is shown, for a variable rate."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tick = Fraction(1, 1000) if milliseconds else 1 / Fraction(fps)
    with av.open(str(path), "w", format=container) as output:
        target = output.add_stream(codec, rate=fps, options=dict(options or {"preset": "ultrafast", "g": "250"}))
        target.width, target.height, target.pix_fmt = WIDTH, HEIGHT, stream.get("pix_fmt", "yuv420p")
        target.codec_context.thread_count = 1
        if milliseconds:
            target.codec_context.time_base = tick
        for number in range(num_frames):
            frame = av.VideoFrame.from_ndarray(numbered_frame(first + number), format="rgb24")
            frame.pts, frame.time_base = milliseconds[number] if milliseconds else number, tick
            output.mux(target.encode(frame))
        output.mux(target.encode(None))
    return path


def sentences_about(
    num_videos: int, seconds: float, per_video: int, *, seed: int = 0, fps: int = 30
) -> dict[str, dict[str, Any]]:
    """A file of UCA's shape: overlapping spans on times of one decimal, some to the very end."""
    rng = np.random.default_rng(seed)
    annotations = {}
    for video in range(num_videos):
        spans = []
        for number in range(per_video):
            length = float(rng.uniform(0.4, min(12, seconds / 2)))
            start = float(rng.uniform(0, seconds - length))
            end = seconds if number % 7 == 6 else start + length
            spans.append([round(start, 1), round(end, 1)])
        name = f"Abuse{video:03d}_x264"
        texts = [f"A man in video {video} does thing number {number}." for number in range(per_video)]
        annotations[name] = {"duration": seconds, "timestamps": spans, "sentences": texts}
    return annotations


def expected_numbers(start: float, end: float, fps: int, num_frames: int) -> tuple[int, int]:
    """The first and last frame shown in start <= t < end of a video of constant rate, by arithmetic in whole tenths."""
    first = -(-round(start * 10) * fps // 10)
    last = -(-round(end * 10) * fps // 10) - 1
    return first, min(last, num_frames - 1)
