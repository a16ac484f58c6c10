"""What a video file holds: opened safely, and measured from its packets without decoding."""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO, Final, NamedTuple

import av
from av.container import InputContainer
from av.stream import Disposition

from svta.builder.io.limits import lfs_problem

from .box_limits import FileSlices, check_index
from .frame_buffer import MAX_PIXELS, VideoError
from .sampling import SamplingError

# demuxers that read the one file they are given: none that takes names of others out of it (concat, HLS, DASH, image2)
CONTAINERS: Final = (
    *("mov", "mp4", "m4a", "3gp", "3g2", "mj2", "matroska", "webm", "avi", "mpegts", "asf", "ogg", "flv", "mpeg"),
    *("mpegvideo", "m4v", "h264", "hevc", "ivf", "obu", "dv", "mxf", "wtv", "rm", "dhav", "nut", "gif"),
)
MAX_FRAMES: Final = 500_000
MAX_SIDE_RATIO: Final = 1_000  # of a frame's longer side to its shorter
MAX_REUSE: Final = 2  # how often an index may name the bytes of its file; edit lists show some frames again
_FREE_BYTES: Final = 1_000_000  # of packets, whatever the file's size
DECODE_SECONDS: Final = 10.0  # of CPU time, for any file, and one second more for each
DECODE_BYTES: Final = 20_000  # of its frames: 10 MB of frames that repeat the one before may claim days of decoding
_CUT_FRAME: Final = 0.95  # of the mean time between frames
ENCODING: Final = 4  # times as long where each frame is encoded again


@dataclass(frozen=True)
class VideoInfo:
    """What a video really holds. `num_frames` counts decoded frames; `duration` in seconds comes from timestamps.

    width and height are as coded; `rotation` (degrees counter-clockwise) is what decode() turns the picture by.
    """

    num_frames: int
    fps: float
    width: int
    height: int
    duration: float
    codec: str
    container: str
    rotation: int
    has_audio: bool
    metadata: dict[str, str]
    pixel_format: str = ""
    colorspace: int = 2  # ITU-T H.273 matrix: 1 bt709, 2 unspecified, 5 and 6 bt601, 9 bt2020
    color_range: int = 0  # 0 unspecified, 1 limited, 2 full


class _Opened(NamedTuple):
    container: InputContainer
    stream: av.VideoStream


def probe(data: bytes) -> VideoInfo:
    """Decode all of a video and say what it is. Raises VideoError if any part of it is damaged."""
    with open_video(data) as (container, stream):
        packets = read_packets(container, stream)
        first: av.VideoFrame | None = None
        count, last = 0, 0
        times: list[int] = []
        for frame in decoded_frames(stream, packets):
            first = first or frame
            count, last = count + 1, frame.duration or 0
            if frame.pts is not None:
                times.append(frame.pts)
        if first is None:
            raise VideoError("no frame in it can be decoded")
        duration, fps = _timing(times, last, count, stream)
        return VideoInfo(
            num_frames=count,
            fps=fps,
            width=first.width,
            height=first.height,
            duration=duration,
            codec=stream.codec_context.codec.canonical_name,
            container=container.format.name,
            rotation=int(first.rotation),
            has_audio=bool(container.streams.audio),
            metadata=dict(container.metadata),
            pixel_format=first.format.name,
            colorspace=int(first.colorspace),
            color_range=int(first.color_range),
        )


@contextmanager
def open_video(source: bytes | BinaryIO) -> Iterator[_Opened]:
    """(container, video stream) over bytes or an open file, one decoding thread; PyAV's errors become VideoErrors.

    The stream is the first of moving pictures: a cover picture does not count. FFmpeg gets no file name.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    _check_head(source, file)
    options = {"format_whitelist": ",".join(CONTAINERS), "protocol_whitelist": "none", "max_pixels": str(MAX_PIXELS)}
    try:
        with av.open(file, "r", options=options, metadata_errors="replace") as container:
            yield _Opened(container, _video_stream(container))
    except av.FFmpegError as error:
        raise VideoError(f"is not a video that can be read: {error.strerror or error}") from None
    except SamplingError as error:
        raise VideoError(str(error)) from None


def _check_head(source: bytes | BinaryIO, file: BinaryIO) -> None:
    """Raise VideoError for what is not a video, before FFmpeg sees it; the file is left at its beginning."""
    file.seek(0)
    if not (head := file.read(200)):
        raise VideoError("is empty: 0 bytes")
    if (problem := lfs_problem(head)) is not None:
        raise VideoError(problem)
    check_index(source if isinstance(source, bytes) else FileSlices(source))
    file.seek(0)


def _video_stream(container: InputContainer) -> av.VideoStream:
    moving = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not moving:
        raise VideoError("has a cover picture and no video" if container.streams.video else "has no video stream")
    stream = moving[0]
    if stream.codec_context is None:
        raise VideoError("has a video stream for which no decoder is known")
    sides = stream.width, stream.height
    if sides[0] * sides[1] > MAX_PIXELS:
        raise VideoError(f"has frames of {sides[0]}x{sides[1]}; {MAX_PIXELS:,} pixels are allowed")
    if max(sides) > MAX_SIDE_RATIO * min(sides) > 0:
        raise VideoError(f"has frames of {sides[0]}x{sides[1]}; a side may be {MAX_SIDE_RATIO:,} times the other")
    stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
    stream.thread_type = "NONE"  # one thread per clip: skipping needs it, and loaders run clips side by side
    stream.codec_context.thread_count = 1
    return stream


def read_packets(container: InputContainer, stream: av.VideoStream) -> list[av.Packet]:
    """All packets of the stream, in decoding order. Raises VideoError if there are none, too many, or cut ones."""
    packets, num_bytes = [], 0
    for packet in container.demux(stream):
        if packet.size:
            packets.append(packet)
            num_bytes += packet.size
            check_reuse(container, num_bytes)
            if packet.is_corrupt:
                raise VideoError(f"is cut off or damaged at packet {len(packets)}")
            if len(packets) > MAX_FRAMES:
                raise VideoError(f"has more than {MAX_FRAMES:,} frames")
    if not packets:
        raise VideoError("has a video stream without a single frame")
    if "mp4" in container.format.name and len(stream.index_entries) > len(packets):
        raise VideoError(f"is cut off: {len(packets)} of {len(stream.index_entries)} indexed frames are there")
    return packets


def coded_hash(data: bytes) -> int:
    """64 bits of the sha256 of a video's packets. Raises VideoError.

    The same in another mp4, mov or mkv, under other tags, with other sound.
    """
    digest = hashlib.sha256()
    with open_video(data) as (container, stream):
        for packet in read_packets(container, stream):
            digest.update(bytes(packet))
    return int.from_bytes(digest.digest()[:8], "big")


def check_reuse(container: InputContainer, num_bytes: int) -> None:
    """Raise VideoError where packets have more bytes than their file: its index names the same ones again and again."""
    if num_bytes > MAX_REUSE * container.size + _FREE_BYTES:
        raise VideoError(f"names the same bytes as frames again and again: over {num_bytes:,} of {container.size:,}")


def restart(stream: av.VideoStream) -> None:
    """Make the decoder ready for the first packet again."""
    stream.codec_context.skip_frame = "DEFAULT"
    if stream.codec_context.is_open:
        stream.codec_context.flush_buffers()


class DecodeClock:
    """CPU time that the thread may take that decodes some packets, and works on their frames. `check` raises
    VideoError. `times`: ENCODING where that work is much.
    """

    def __init__(self, num_bytes: int, times: int = 1):
        self.seconds = times * (DECODE_SECONDS + num_bytes / DECODE_BYTES)
        self._started = time.thread_time()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """What this thread does within the block is not decoding."""
        now = time.thread_time()
        try:
            yield
        finally:
            self._started += time.thread_time() - now

    def check(self) -> None:
        """Raise VideoError where the time is used up."""
        if time.thread_time() - self._started > self.seconds:
            raise VideoError(
                f"takes more than {self.seconds:,.0f} seconds of CPU time to decode: too much for its size"
            )


def decoded_frames(stream: av.VideoStream, packets: list[av.Packet], times: int = 1) -> Iterator[av.VideoFrame]:
    """Every frame in display order; VideoError at the first that is damaged, and where it takes too long, what is done
    with each frame included: see DecodeClock.
    """
    count, clock = 0, DecodeClock(sum(packet.size for packet in packets), times)
    for packet in (*packets, None):
        clock.check()
        for frame in stream.codec_context.decode(packet):
            if frame.is_corrupt:
                raise VideoError(f"is damaged at frame {count}")
            yield frame
            count += 1
            if count > MAX_FRAMES:
                raise VideoError(f"has more than {MAX_FRAMES:,} frames")


def frame_rate(stream: av.VideoStream, packets: list[av.Packet]) -> float:
    if stream.average_rate:
        return float(stream.average_rate)
    times = [packet.pts for packet in packets if packet.pts is not None]
    span = (max(times) - min(times)) * (stream.time_base or 0) if len(times) > 1 else 0
    return float((len(times) - 1) / span) if span else 0.0


def _timing(times: list[int], last: int, count: int, stream: av.VideoStream) -> tuple[float, float]:
    """(duration in seconds, frames a second); timestamps win over declared rates, and 0.0 says unknown."""
    declared = float(stream.average_rate or stream.guessed_rate or 0)
    if len(set(times)) < count or count == 1:
        return (count / declared if declared else 0.0), declared
    assert stream.time_base is not None  # a stream that was read has one
    span = max(times) - min(times)
    step = span / (count - 1)
    duration = float(Fraction(span + (last or round(step))) * stream.time_base)
    if 0 < last < _CUT_FRAME * step:  # a span that ends within its last frame: the others say the rate
        return duration, float(1 / (Fraction(span, count - 1) * stream.time_base))
    real = count / duration
    return duration, declared if abs(declared - real) <= 0.05 * real else real
