"""Video files as bytes in, frames out: probe and decode. With picture.py and encoding.py all that touches PyAV.

Opens nothing but the bytes given, in a short list of containers: no path, no URL, no playlist, no script.

    frames, mask = decode(mp4_bytes, num_frames=12, size=224)     # uint8 [12, 224, 224, 3], bool [12]
    info = probe(mp4_bytes)                                       # num_frames counted, never the declared number
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray

from .container import ENCODING, DecodeClock, decoded_frames, frame_rate, open_video, read_packets, restart
from .frame_buffer import Brush, Frames, VideoError
from .sampling import Resize, Sampling, SamplingError, check_frame_options, frame_indices
from .timeline import REORDERING


@dataclass(frozen=True)
class FrameTimes:
    """Where the real frames of a sample are in their video: `indices` [n] among `total` frames at `fps`."""

    indices: NDArray[np.int64]
    total: int
    fps: float

    @property
    def seconds(self) -> NDArray[np.float64]:
        """float64 [n]: from the first frame of the video on; the numbers themselves where the rate is unknown."""
        return self.indices / (self.fps or 1.0)


@dataclass(frozen=True)
class FrameSample:
    """Sampled frames uint8 RGB [F, H, W, 3], their mask bool [F], and the times of those that are real."""

    frames: Frames
    mask: NDArray[np.bool_]
    times: FrameTimes


def decode(
    data: bytes,
    *,
    num_frames: int = 12,
    size: int | None = 224,
    sampling: Sampling = "uniform",
    resize: Resize = "crop",
    feature_framerate: int = 1,
    seed: int | None = None,
    exact_skip: bool = True,
) -> tuple[Frames, NDArray[np.bool_]]:
    """`sample` without the times: frames uint8 RGB [F, H, W, 3] and their mask bool [F]."""
    found = sample(
        data,
        num_frames=num_frames,
        size=size,
        sampling=sampling,
        resize=resize,
        feature_framerate=feature_framerate,
        seed=seed,
        exact_skip=exact_skip,
    )
    return found.frames, found.mask


def sample(
    data: bytes,
    *,
    num_frames: int = 12,
    size: int | None = 224,
    sampling: Sampling = "uniform",
    resize: Resize = "crop",
    feature_framerate: int = 1,
    seed: int | None = None,
    exact_skip: bool = True,
) -> FrameSample:
    """Sampled frames, their mask and times; F is num_frames (`all`: every frame).

    resize: crop (or fast) = short side to `size`, centre crop; squash = size x size; both straight from YUV by
    libswscale. exact and exact-squash = RGB at full size, then the same by PIL's bicubic, as CLIP's preprocessing does.
    size None keeps the picture's size. Rotation is applied, pixel aspect and alpha are not. A shorter clip gives zero
    frames with mask False. exact_skip does not decode frames that nothing needs: same bits, 20 %
    less time with B-frames. Raises VideoError.
    """
    try:
        check_frame_options(num_frames, size, sampling, resize)
    except SamplingError as error:
        raise VideoError(str(error)) from None

    def choose(total: int, fps: float) -> NDArray[np.int64]:
        return frame_indices(total, num_frames, sampling, fps=fps, feature_framerate=feature_framerate, seed=seed)

    with open_video(data) as (container, stream):
        packets = read_packets(container, stream)
        fps = frame_rate(stream, packets)
        brush = Brush(size, resize, None if sampling == "all" else num_frames)
        total = len(packets)
        if exact_skip and _may_skip(stream, packets):
            indices = choose(total, fps)
            brush.aim(indices, sorted(packet.pts for packet in packets if packet.pts is not None))
            if _paint_wanted(stream, packets, brush):
                return FrameSample(*brush.result(), FrameTimes(indices, total, fps))
        while True:  # at most twice: the number of packets is nearly always the number of frames
            indices = choose(total, fps)
            brush.aim(indices, range(total))
            restart(stream)
            count = 0
            for frame in decoded_frames(stream, packets):
                brush.paint(frame, count)
                count += 1
            if count == total:
                return FrameSample(*brush.result(), FrameTimes(indices, total, fps))
            if count == 0:
                raise VideoError("no frame in it can be decoded")
            total = count


def pictures(data: bytes) -> Iterator[Frames]:
    """Every frame as decode(size=None) gives it, uint8 RGB [H, W, 3], one at a time: for videos of any length."""
    with open_video(data) as (container, stream):
        brush = Brush(None, "crop", 1)
        for number, frame in enumerate(decoded_frames(stream, read_packets(container, stream), ENCODING)):
            brush.aim(np.zeros(1, np.int64), [number])
            brush.paint(frame, number)
            yield brush.result()[0][0]


def _may_skip(stream: av.VideoStream, packets: list[av.Packet]) -> bool:
    """Whether packets and frames are surely one to one, and there are B-frames to leave out."""
    if stream.codec_context.codec.canonical_name not in REORDERING:
        return False
    times = [packet.pts for packet in packets if packet.pts is not None]
    if len(times) < len(packets) or len(set(times)) < len(times) or any(packet.is_discard for packet in packets):
        return False
    return times != sorted(times) and stream.container.format.name.startswith(("mov", "matroska"))


def _paint_wanted(stream: av.VideoStream, packets: list[av.Packet], brush: Brush) -> bool:
    """Decode what the wanted frames need; False if the stream is not as simple as its packets say."""
    context = stream.codec_context
    skipping, clock = False, DecodeClock(sum(packet.size for packet in packets))
    for packet in (*packets, None):
        clock.check()
        skip = packet is not None and packet.pts not in brush.slots
        if skip != skipping:
            context.skip_frame = "NONREF" if skip else "DEFAULT"
            skipping = skip
        for frame in context.decode(packet):
            if frame.interlaced_frame:
                return False
            if frame.is_corrupt:
                raise VideoError(f"is damaged at {frame.time or 0:.3f} s")
            if frame.pts is not None:
                brush.paint(frame, frame.pts)
        if brush.is_done:
            return True
    return False
