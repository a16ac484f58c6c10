"""One clip that is being encoded from frames as they pass by: all of a span, or so many of them at a rate and size.

A span with a rate of its own shows at each of its times the frame that is on screen then.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from .encoder import fitted, to_bt709
from .frame_buffer import VideoError
from .timeline import TOLERANCE, Shown, SpanError, Timeline, Window
from .transcode import Mp4Writer

_NO_TYPE: Final = 0  # of a picture: the encoder chooses


@dataclass(frozen=True)
class CutOptions:
    """How clips are cut. precise: encode all. num_frames, fps and size (width, height) shape every clip alike.

    num_frames are taken from the middle of a span; without fps they are the video's own, one after the other. A frame
    of other proportions than `size` is scaled to fill it and cropped to the centre. `max_bytes`: of one mp4.
    """

    precise: bool = False
    num_frames: int | None = None
    fps: float | None = None
    size: tuple[int, int] | None = None
    keep_audio: bool = False
    max_bytes: int | None = None

    @property
    def is_shaped(self) -> bool:
        """Whether clips are made to a length, rate or size of their own."""
        return self.num_frames is not None or self.fps is not None or self.size is not None

    @property
    def always_encodes(self) -> bool:
        """Whether no packet may go over as it is."""
        return self.precise or self.is_shaped


class ClipEncoder:
    """The clip of one window: `add` every frame shown, `flush` at the end; `count` frames were written.

    Raises SpanError (short_span) where the window cannot give `options.num_frames`.
    """

    def __init__(self, number: int, window: Window, timeline: Timeline, options: CutOptions):
        self.number, self._timeline, self._options = number, timeline, options
        self.writer: Mp4Writer | None = None
        self.sound: av.AudioStream | None = None
        self._target: av.VideoStream | None = None
        self._failure: VideoError | None = None
        self._damage: str | None = None
        self.count = self._received = self._first = 0
        self._steps: list[Fraction] = []
        self._held: av.VideoFrame | None = None
        if options.fps is not None:
            window, self._steps = _steps(window, timeline, Fraction(options.fps).limit_denominator(1001), options)
        elif options.num_frames is not None:
            window = timeline.middle(window, options.num_frames)
        self.window = window
        self._expected = int(np.diff(np.searchsorted(timeline.times, window))[0])

    @property
    def seconds(self) -> tuple[float, float]:
        """Where the window begins and ends on the video's clock."""
        return float(self.window.first * self._timeline.tick), float(self.window.stop * self._timeline.tick)

    def open(self, frame: av.VideoFrame) -> None:
        """Begin to encode frames like this one; `writer` is there."""
        assert self.writer is not None
        if self._options.fps is None:
            rate, tick = self._timeline.rate, self._timeline.tick
        else:
            rate = Fraction(self._options.fps).limit_denominator(1001)
            tick = 1 / rate
        self._target = self.writer.encoding(frame, rate, tick, self._options.size)

    def add(self, shown: Shown, reformatter: VideoReformatter, pictures: dict[object, av.VideoFrame]) -> None:
        """A frame of the window, or that there is damage. `pictures`: the same frame as others have converted it."""
        if shown.damage is not None or shown.frame is None or self._failure is not None:
            self._damage = self._damage or shown.damage
            return
        self._received += 1
        try:
            if self._steps:
                self._write_steps_before(shown.time * self._timeline.tick - TOLERANCE)
            picture = self._picture(shown.frame, reformatter, pictures)
            if not self._steps:
                self._first = self._first if self.count else shown.time
                self._write(picture, shown.time - self._first)
            self._held = picture
        except VideoError as error:
            self._failure = error
        except (av.FFmpegError, ValueError) as error:
            self._failure = VideoError(f"cannot be encoded: {error}")

    def flush(self, damage: str | None) -> None:
        """Write what is still inside. Raises the VideoError that there was on the way, if any.

        `damage`: what was wrong with the video so far; a frame that never came was lost to it.
        """
        if self._failure is not None:
            raise self._failure
        if self._damage is not None or (damage is not None and self._received < self._expected):
            raise VideoError(self._damage or str(damage))
        if self._steps:
            self._write_steps_before(None)
        if self.writer is None or self._target is None or not self.count:
            raise VideoError("no frame of it can be decoded")
        self._mux(self._target.encode(None))

    def _write_steps_before(self, time: Fraction | None) -> None:
        while self._held is not None and self.count < len(self._steps):
            if time is not None and self._steps[self.count] >= time:
                return
            self._write(self._held, self.count)

    def _write(self, picture: av.VideoFrame, time: int) -> None:
        assert self.writer is not None and self._target is not None
        picture.pts, picture.time_base = time, self._target.codec_context.time_base
        self.count += 1
        self._mux(self._target.encode(picture))

    def _mux(self, packets: list[av.Packet]) -> None:
        assert self.writer is not None
        for packet in packets:
            if not self._steps and packet.pts is not None:  # each frame lasts as long as it did; libx264 has one rate
                time = self._first + packet.pts
                packet.duration = min(self._timeline.next_time(time), self.window.stop) - time
        self.writer.mux(packets)

    def _picture(
        self, frame: av.VideoFrame, reformatter: VideoReformatter, pictures: dict[object, av.VideoFrame]
    ) -> av.VideoFrame:
        assert self._target is not None
        width, height, pixel_format = self._target.width, self._target.height, self._target.pix_fmt
        if (kind := (width, height, pixel_format)) not in pictures:
            make = to_bt709 if self._options.size is None else fitted
            pictures[kind] = make(reformatter, frame, width, height, pixel_format)
            pictures[kind].pict_type = _NO_TYPE
        return pictures[kind]


def _steps(window: Window, timeline: Timeline, rate: Fraction, options: CutOptions) -> tuple[Window, list[Fraction]]:
    """(the frames needed, seconds on the video's clock at which one is shown) for a clip of `rate` frames a second."""
    start, stop = window.first * timeline.tick, window.stop * timeline.tick
    count = options.num_frames or max(1, round((stop - start) * rate))
    spare = stop - start - (count - 1) / rate
    if spare < -TOLERANCE:
        detail = f"is {float(stop - start):.3f} s long, {count} frames at {float(rate):g} a second need more"
        raise SpanError("short_span", detail)
    begin = start + max(Fraction(0), spare - 1 / rate) / 2
    steps = [begin + number / rate for number in range(count)]
    low = max(0, int(np.searchsorted(timeline.times, float((begin + TOLERANCE) / timeline.tick), "right")) - 1)
    high = int(np.searchsorted(timeline.times, float((steps[-1] + TOLERANCE) / timeline.tick), "right"))
    end = int(timeline.times[high]) if high < len(timeline.times) else timeline.stop
    return Window(int(timeline.times[low]), min(end, window.stop)), steps
