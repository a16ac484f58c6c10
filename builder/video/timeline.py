"""When every frame of a video is shown, by its packets alone; which frames a span means; and those frames, decoded.

A timeline is read without decoding, and holds no more than a number per frame: hours of surveillance take seconds.
shown_frames decodes in one pass. Damage is reported and skipped up to the next key frame.

    timeline = read_timeline(open("stream.mp4", "rb"))
    timeline.window(8.0, 10.5)      # the frames shown from 8 s up to, not including, 10.5 s
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import BinaryIO, Final, NamedTuple

import av
import numpy as np
from av.container import InputContainer
from numpy.typing import NDArray

from .container import DecodeClock, VideoInfo, check_reuse, open_video, restart
from .frame_buffer import VideoError

MAX_TIMED_FRAMES: Final = 20_000_000  # a week at 30 frames a second
TOLERANCE: Final = Fraction(1, 1000)  # seconds: a time written as 0.033 means the frame at 1/30
NEVER: Final = -(1 << 62)  # the time of a packet that no player shows
LEAD_SECONDS: Final = 20  # decoded before a span after a gap: more than an encoder takes to renew a picture bit by bit
REORDERING: Final = ("h264", "hevc")  # the codecs whose unreferenced frames can be left out without a trace
_MICROSECOND: Final = 1_000_000


class SpanError(VideoError):
    """A span that a video does not have; `reason` is a code of rejected.jsonl."""

    def __init__(self, reason: str, detail: str):
        super().__init__(detail)
        self.reason = reason


class Window(NamedTuple):
    """A span on a video's own clock: frames shown at `first` or later and before `stop`, in ticks."""

    first: int
    stop: int


@dataclass(frozen=True)
class Timeline:
    """The frames of one video by time.

    times: int64 [N], ticks at which frames are shown, ascending. packets: int64 [P], the time of each packet in the
    order of decoding, NEVER for one that is not shown. keys: bool [P], whether decoding may begin there. tick: seconds.
    is_numbered: the packets have no usable times of display, so that the i-th frame decoded is shown at times[i].
    damage: why the file ends before it should. info: as declared; num_frames and duration as found.
    """

    times: NDArray[np.int64]
    packets: NDArray[np.int64]
    keys: NDArray[np.bool_]
    tick: Fraction
    stop: int
    rate: Fraction
    is_numbered: bool
    damage: str | None
    num_bytes: int
    info: VideoInfo

    @property
    def duration(self) -> float:
        """Seconds from the first frame shown to the end of the last."""
        return self.info.duration

    def seconds(self, ticks: int) -> float:
        """A time on the video's clock as seconds after its first frame."""
        return float((ticks - int(self.times[0])) * self.tick)

    def window(self, start: float | None, end: float | None) -> Window:
        """The frames shown in start <= t < end, seconds after the first frame; None is the video's own start or end.

        At least one frame: a span between two frames of a slow recording is the one on screen. What ends after the
        video ends with it. Raises SpanError (bad_span) for what begins there, and VideoError where the file is cut
        off before the span ends.
        """
        first = int(self.times[0]) if start is None else self._ticks(start)
        stop = self.stop if end is None else min(self._ticks(end), self.stop)
        if start and (self.stop - int(self.times[0])) * self.tick <= Fraction(start) + TOLERANCE:
            if self.damage:
                raise VideoError(self.damage)
            raise SpanError("bad_span", f"begins at {start:g} s, and the video ends at {self.duration:.3f} s")
        if self.damage and (end is None or self._ticks(end) > self.stop):
            raise VideoError(self.damage)
        low, high = np.searchsorted(self.times, (first, stop))
        if low >= high:
            on_screen = int(self.times[max(0, int(np.searchsorted(self.times, first, "right")) - 1)])
            return Window(on_screen, on_screen + 1)
        return Window(int(self.times[low]), stop)

    def next_time(self, time: int) -> int:
        """When the frame after the one at `time` is shown, or the video ends; in ticks."""
        after = int(np.searchsorted(self.times, time, "right"))
        return int(self.times[after]) if after < len(self.times) else self.stop

    def span_of_frames(self, begin: int | None, last: int | None) -> tuple[float, float]:
        """Seconds from frame `begin` (0 is the video's first) to the end of frame `last`, as window takes them.

        What is behind the video's last frame ends with it. Raises SpanError (bad_span).
        """
        low, high = begin or 0, len(self.times) - 1 if last is None else min(last, len(self.times) - 1)
        if low > high:
            raise SpanError("bad_span", f"frames {low} to {last} are not among its {len(self.times):,}")
        first, stop = int(self.times[low]), self.next_time(int(self.times[high]))
        return round(self.seconds(first), 6), round(self.seconds(stop), 6)

    def middle(self, window: Window, num_frames: int) -> Window:
        """`num_frames` frames in the middle of a window. Raises SpanError (short_span) where it has fewer."""
        low, high = map(int, np.searchsorted(self.times, window))
        if high - low < num_frames:
            raise SpanError("short_span", f"has {high - low} frames there, {num_frames} are needed")
        low += (high - low - num_frames) // 2
        end = low + num_frames
        return Window(int(self.times[low]), int(self.times[end]) if end < high else window.stop)

    def _ticks(self, seconds: float) -> int:
        exact = Fraction(round(seconds * _MICROSECOND), _MICROSECOND)
        return int(self.times[0]) + ceil((exact - TOLERANCE) / self.tick)


def read_timeline(source: bytes | BinaryIO) -> Timeline:
    """Demux a whole video. Raises VideoError if it is not a video; one that is cut off is read up to the cut."""
    with open_video(source) as (container, stream):
        read = _read(container, stream)
        rate = Fraction(stream.average_rate or stream.guessed_rate or 25)
        tick = Fraction(stream.time_base or 1 / rate)
        order = _ordered([time for time in read.times if time != NEVER])
        is_numbered = order is None or container.format.name == "avi"  # AVI's times are of decoding alone
        if is_numbered:
            order = _ordered(read.decoding_times)
        if order is None:
            order, tick = np.arange(len(read.times), dtype=np.int64), 1 / rate
        if not len(order):
            raise VideoError(read.damage or "has a video stream without a single frame")
        last = 0 if is_numbered else read.last[1]
        last = last or (int(np.median(np.diff(order))) if len(order) > 1 else round(1 / rate / tick))
        stop = int(order[-1]) + max(1, last)
        seconds = float((stop - int(order[0])) * tick)
        context = stream.codec_context
        info = VideoInfo(
            num_frames=len(order), fps=len(order) / seconds, width=stream.width, height=stream.height,
            duration=seconds, codec=context.codec.canonical_name, container=container.format.name, rotation=0,
            has_audio=bool(container.streams.audio), metadata=dict(container.metadata),
            pixel_format=context.pix_fmt or "",
        )  # fmt: skip
        packets = np.array([NEVER if time is None else time for time in read.times], np.int64)
        keys = np.array(read.keys, bool)
        return Timeline(order, packets, keys, tick, stop, rate, is_numbered, read.damage, read.num_bytes, info)


class _Packets(NamedTuple):
    """What demuxing says, in decoding order; `last`: (time, duration) of the one that is shown last."""

    times: list[int | None]
    decoding_times: list[int | None]
    keys: list[bool]
    last: tuple[int, int]
    num_bytes: int
    damage: str | None


def _ordered(times: list[int | None]) -> NDArray[np.int64] | None:
    """The times in ascending order; None if one is missing or occurs twice."""
    if None in times:
        return None
    order = np.sort(np.array(times, np.int64))
    return None if (np.diff(order) == 0).any() else order


def _read(container: InputContainer, stream: av.VideoStream) -> _Packets:
    times: list[int | None] = []
    decoding_times: list[int | None] = []
    keys: list[bool] = []
    last, num_bytes, damage = (NEVER, 0), 0, None
    try:
        for packet in container.demux(stream):
            if not packet.size:
                continue
            times.append(NEVER if packet.is_discard else packet.pts)
            decoding_times.append(packet.dts)
            keys.append(packet.is_keyframe)
            num_bytes += packet.size
            check_reuse(container, num_bytes)
            if packet.pts is not None and not packet.is_discard:
                last = max(last, (packet.pts, packet.duration or 0))
            if len(times) > MAX_TIMED_FRAMES:
                raise VideoError(f"has more than {MAX_TIMED_FRAMES:,} frames")
    except av.FFmpegError as error:
        damage = f"is damaged after {len(times):,} frames: {error.strerror or error}"
    indexed = len(stream.index_entries) if "mp4" in container.format.name else 0
    if damage is None and indexed > len(times):
        damage = f"is cut off: {len(times):,} of {indexed:,} indexed frames are there"
    return _Packets(times, decoding_times, keys, last, num_bytes, damage)


class Shown(NamedTuple):
    """A frame and its time in ticks; or, with `damage`, that what is shown from this time on cannot be trusted."""

    time: int
    frame: av.VideoFrame | None
    damage: str | None = None


def shown_frames(
    container: InputContainer,
    stream: av.VideoStream,
    timeline: Timeline,
    needed: NDArray[np.bool_],
    clock: DecodeClock,
    wanted: Container[int] | None = None,
) -> Iterator[Shown]:
    """The frames of the needed packets (bool [P], in decoding order), each once, in ascending time.

    wanted: times in ticks; frames of other times that no frame refers to may be left out, which saves a fifth.
    """
    frames = _Frames(timeline)
    may_skip = wanted is not None and _may_skip(stream, timeline)
    is_decoding = False
    try:
        for index, packet in enumerate(packet for packet in container.demux(stream) if packet.size):
            if index >= len(needed):
                break  # the file grew since
            clock.check()
            if not needed[index]:
                if is_decoding:
                    yield from frames.decoded(stream, None)
                is_decoding = False
                continue
            if not is_decoding:
                restart(stream)
            is_decoding = True
            if may_skip and wanted is not None:
                stream.codec_context.skip_frame = "DEFAULT" if packet.pts in wanted else "NONREF"
            for shown in frames.decoded(stream, packet):
                if shown.frame is not None and shown.frame.interlaced_frame:
                    may_skip, stream.codec_context.skip_frame = False, "DEFAULT"  # a packet may hold half a frame
                yield shown
            if packet.is_corrupt:
                yield frames.damaged("is cut off or damaged")
    except av.FFmpegError as error:
        yield frames.damaged(f"is damaged: {error.strerror or error}")
    if is_decoding:
        yield from frames.decoded(stream, None)


def _may_skip(stream: av.VideoStream, timeline: Timeline) -> bool:
    """Whether packets and frames are surely one to one and out of order: there are B-frames to leave out."""
    if timeline.is_numbered or stream.codec_context.codec.canonical_name not in REORDERING:
        return False
    is_reordered = bool((np.diff(timeline.packets) < 0).any())
    return is_reordered and stream.container.format.name.startswith(("mov", "matroska"))


def needed_packets(timeline: Timeline, windows: Sequence[Window]) -> NDArray[np.bool_]:
    """bool [P]: which packets to decode for these windows, in decoding order.

    From a key frame that no packet before or after reaches across, LEAD_SECONDS or more before a window, up to the
    last packet of the window; from the beginning if there is none.
    """
    if timeline.is_numbered:
        return np.ones(len(timeline.packets), bool)
    times = timeline.packets
    shown = times != NEVER
    later = np.minimum.accumulate(np.where(shown, times, np.iinfo(np.int64).max)[::-1])[::-1]
    earlier = np.maximum.accumulate(np.where(shown, times, NEVER))
    starts = np.flatnonzero(timeline.keys & shown & (times == later) & (times == earlier))
    needed = np.zeros(len(times), bool)
    lead = round(LEAD_SECONDS / timeline.tick)
    for window in windows:
        entry = int(np.searchsorted(times[starts], window.first - lead, "right")) - 1
        last = int(np.searchsorted(later, window.stop))  # packets from here on are all shown after the window
        needed[int(starts[entry]) if entry >= 0 else 0 : last] = True
    return needed


class _Frames:
    """Puts times to what the decoder gives, and remembers whether it can be trusted."""

    def __init__(self, timeline: Timeline):
        self._timeline = timeline
        self._count, self._last = 0, int(timeline.times[0]) - 1
        self._damage: str | None = None

    def decoded(self, stream: av.VideoStream, packet: av.Packet | None) -> Iterator[Shown]:
        """The frames that come out when this packet goes in; None: those that are still inside."""
        try:
            frames = stream.codec_context.decode(packet)
        except av.FFmpegError as error:
            yield self.damaged(f"is damaged: {error.strerror or error}")
            return
        for frame in frames:
            time = frame.pts
            if self._timeline.is_numbered:
                time = int(self._timeline.times[min(self._count, len(self._timeline.times) - 1)])
            self._count += 1
            if time is None or time <= self._last:
                yield self.damaged("has times that run backwards")
                continue
            self._last = time
            if frame.is_corrupt:
                self._damage = "is damaged"
            elif frame.key_frame:
                self._damage = None
            if self._damage is None:
                yield Shown(time, frame)
            else:
                yield self.damaged(self._damage)

    def damaged(self, what: str) -> Shown:
        """What is shown next, up to the next key frame, is not to be trusted."""
        self._damage = what
        seconds = self._timeline.seconds(max(self._last, int(self._timeline.times[0])))
        return Shown(self._last, None, f"{what} at {seconds:.3f} s")
