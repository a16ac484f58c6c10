"""What is on screen at points of time a fixed step apart: a whole recording decoded once, in the order of its stream.

Points go by presentation times: a variable rate, an edit list, or a recording of a frame in ten seconds is sampled as a
player shows it. Nothing is searched for in the file; memory does not depend on its length.

    timeline = read_timeline(file)
    for run in frames_on_screen(file, timeline, Points(2.0, timeline), FrameSpec(1, 224)):
        run.first, run.stop, run.picture      # points first to stop - 1 show this frame, uint8 [H, W, 3]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil
from typing import BinaryIO, Final, NamedTuple

import av
import numpy as np
from numpy.typing import NDArray

from svta.builder.io.parallel import prefetched

from .container import DecodeClock, open_video
from .frame_buffer import Brush, Frames, VideoError
from .frame_spec import FrameSpec
from .timeline import NEVER, TOLERANCE, Timeline, Window, needed_packets, shown_frames

MAX_POINTS: Final = 50_000_000
_AHEAD: Final = 8  # frames decoded before they are sized
_ROUNDING: Final = Fraction(1, 1000)  # of a step: a video of 10.0001 seconds has 20 points at 2 a second


class OnScreen(NamedTuple):
    """A frame and the points at which it is on screen, first <= point < stop; `damage`: what was lost before it."""

    first: int
    stop: int
    picture: Frames
    damage: str | None = None


@dataclass(frozen=True)
class Points:
    """Points of a video, `rate` a second from its first frame on; key_frames: only key frames are ever on screen."""

    rate: float
    timeline: Timeline
    key_frames: bool = False

    def __post_init__(self) -> None:
        if self.count > MAX_POINTS:
            raise VideoError(f"lasts {self.timeline.duration:,.0f} seconds: too long for {self.rate:g} frames a second")

    @cached_property
    def count(self) -> int:
        """How many points it has, at least 1."""
        return max(1, ceil(Fraction(self.timeline.stop - self._origin) * self.timeline.tick / self._step - _ROUNDING))

    @property
    def step(self) -> float:
        """Seconds from a point to the next."""
        return float(self._step)

    def seconds(self, point: int) -> float:
        """Seconds after the first frame; the video's end for all points past it."""
        return min(float(point * self._step), self.timeline.duration)

    def times(self, first: int, stop: int) -> NDArray[np.int64]:
        """int64 [stop - first], ticks: when the frame that is on screen at each point came."""
        shown = self._key_times() if self.key_frames else self.timeline.times
        step = self._step / self.timeline.tick
        offsets = np.floor(np.arange(first, stop) * float(step) + float(TOLERANCE / self.timeline.tick))
        index = np.searchsorted(shown, self._origin + offsets.astype(np.int64), "right") - 1
        return shown[np.clip(index, 0, len(shown) - 1)]

    @property
    def _origin(self) -> int:
        return int(self.timeline.times[0])

    @property
    def _step(self) -> Fraction:
        return 1 / Fraction(self.rate).limit_denominator(1000)

    def _key_times(self) -> NDArray[np.int64]:
        """When key frames are shown; the first frame counts as one."""
        timeline = self.timeline
        if timeline.is_numbered:
            keys = timeline.times[timeline.keys[: len(timeline.times)]]
        else:
            keys = timeline.packets[timeline.keys & (timeline.packets != NEVER)]
        return np.sort(keys) if len(keys) else timeline.times[:1]


def frames_on_screen(
    source: BinaryIO, points: Points, spec: FrameSpec, *, first: int = 0, stop: int | None = None, threads: int = 1
) -> Iterator[OnScreen]:
    """The frames at points first to stop - 1 (default: all), each once, as `spec` sizes them.

    A frame that is damaged is replaced by the one before it, as a player does; at the beginning by the one after it.
    threads: of the decoder. Raises VideoError if not one frame can be decoded.
    """
    stop = points.count if stop is None else stop
    brush, held, damage = Brush(spec.size, spec.resize, 1), None, None
    decoded = _decoded(source, points, first, stop, threads)
    for run in prefetched(decoded, _AHEAD):  # the decoder need not wait while a frame is sized and used
        damage = damage or run.damage
        if run.frame is not None:
            brush.aim(np.zeros(1, np.int64), [0])
            brush.paint(run.frame, 0)
            held = brush.result()[0][0]
        if run.first < run.stop:
            assert held is not None
            yield OnScreen(run.first, run.stop, held, run.damage)
    if held is None:
        raise VideoError(damage or "no frame of it can be decoded")


class _Decoded(NamedTuple):
    """What is on screen from point first to stop - 1: a frame, or None if the one before it stays."""

    first: int
    stop: int
    frame: av.VideoFrame | None
    damage: str | None


def _decoded(source: BinaryIO, points: Points, first: int, stop: int, threads: int) -> Iterator[_Decoded]:
    """The frames at points first to stop - 1, as the decoder gives them; only damage if there is none."""
    timeline, times = points.timeline, points.times(first, stop)
    starts = np.flatnonzero(np.r_[True, np.diff(times) != 0])
    wanted = times[starts].tolist()
    edges = [*(first + starts).tolist(), stop]
    at, damage = 0, None
    pending, is_held = first, False  # the first point that has no frame yet; whether there was one before it
    window = Window(wanted[0], wanted[-1] + 1)
    needed = needed_packets(timeline, [window])
    if points.key_frames and not timeline.is_numbered:
        needed = np.isin(timeline.packets, wanted) & timeline.keys
    with open_video(source) as (container, stream):
        if threads > 1 and not points.key_frames:
            stream.thread_type = "FRAME"
            stream.codec_context.thread_count = threads
        clock, kept = DecodeClock(timeline.num_bytes), frozenset(wanted)
        for shown in shown_frames(container, stream, timeline, needed, clock, kept):
            damage = damage or shown.damage
            while at < len(wanted) and wanted[at] < shown.time:  # lost
                if is_held:
                    with clock.stopped():
                        yield _Decoded(pending, edges[at + 1], None, damage)
                    pending = edges[at + 1]
                at += 1
            if shown.frame is None or at == len(wanted) or shown.time != wanted[at]:
                continue
            with clock.stopped():
                yield _Decoded(pending, edges[at + 1], shown.frame, damage)
            pending, at, damage, is_held = edges[at + 1], at + 1, None, True
            if at == len(wanted):
                return
    if is_held and pending < stop:
        yield _Decoded(pending, stop, None, damage or "ends early")
    elif not is_held:
        yield _Decoded(stop, stop, None, damage)
