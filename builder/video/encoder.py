"""Frames in, mp4 bytes out: reproducible, colours tagged as converted, index in front, marked as synthetic.

mp4 = encode(frames, fps=16, metadata=synthetic_mark("algorithmicMedia", key))     # uint8 [N, H, W, 3]
"""

from __future__ import annotations

import io
import os
import platform
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import chain
from typing import Final

import av
import numpy as np
from av.container import OutputContainer
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

from .frame_buffer import MAX_PIXELS, Frames, VideoError, turn_of, turned
from .mp4 import index_first

DEFAULT_CRF: Final = {"h264": 21, "av1": 32}
# fflags and flags bitexact: no library version, no time; own tags need use_metadata_tags
MUX_OPTIONS: Final = {"movflags": "use_metadata_tags", "fflags": "+bitexact"}
_BT709: Final = 1
_LIMITED: Final = 1
_BITEXACT: Final = 1 << 23  # AV_CODEC_FLAG_BITEXACT
_SWSCALE: Final = 0x2 | 0x40000 | 0x80000  # SWS_BILINEAR, SWS_ACCURATE_RND, SWS_BITEXACT
KEY_FRAMES: Final = 4  # of a causal video: one in so many
AAC_FRAME: Final = 1_024  # samples an AAC frame holds


def encode(
    frames: Frames | Iterable[Frames],
    *,
    fps: float = 16,
    codec: str = "h264",
    crf: int | None = None,
    metadata: Mapping[str, str] | None = None,
    preset: str = "medium",
    audio: tuple[NDArray[np.float32], int] | None = None,
    light: bool = False,
    causal: bool = False,
) -> bytes:
    """uint8 RGB [N, H, W, 3] as mp4: libx264 (crf 21) or SVT-AV1 preset 8 (crf 32); same input, same bytes.

    Pictures [H, W, 3] that come one by one are taken too; no two of them are held at once.
    One thread: libx264's bytes depend on how many. Colours are converted to BT.709 limited range and tagged so.
    `preset` is libx264's: on drawn 320x192x33 clips `faster` takes 26 ms instead of 38 for 7 % more bytes.
    `light` h264 is tuned for fast decoding (no arithmetic coding, no deblocking): a third less time to decode for 7 %
    more bytes and .1 dB. Short closed GOPs do not pay: half as many bytes again, and no less time.
    `causal` h264 encodes each frame from those before it alone, at one quality (crf is its qp), with a key frame every
    4: videos whose frames are equal up to some moment are equal up to it when they are decoded.
    h264 with an odd side is stored as 4:4:4, which keeps its size but not every browser plays.
    `audio` is (samples float [channels, N] in [-1, 1], samples a second), mono or stereo, stored as AAC.
    Raises VideoError for wrong shapes and for what an encoder refuses.
    """
    if codec not in DEFAULT_CRF:
        raise VideoError(f"no codec {codec!r}: {', '.join(DEFAULT_CRF)}")
    if isinstance(frames, np.ndarray) and (frames.ndim != 4 or 0 in frames.shape):
        raise VideoError(f"frames must be uint8 [N, H, W, 3], not {frames.dtype} {list(frames.shape)}")
    pictures = iter(frames)
    if (first := next(pictures, None)) is None:
        raise VideoError("no frame to encode")
    if first.ndim != 3 or first.shape[2] != 3 or first.dtype != np.uint8:
        shape = frames.shape if isinstance(frames, np.ndarray) else ("N", *first.shape)
        raise VideoError(f"frames must be uint8 [N, H, W, 3], not {first.dtype} {list(shape)}")
    if not 0.1 <= fps <= 1000:
        raise VideoError(f"{fps} frames a second; .1 to 1000 can be stored")
    height, width = first.shape[:2]
    rate = Fraction(fps).limit_denominator(1001)
    crf = DEFAULT_CRF[codec] if crf is None else crf
    buffer = io.BytesIO()
    try:
        with av.open(buffer, "w", format="mp4", container_options=MUX_OPTIONS) as container:
            for name, value in (metadata or {}).items():
                container.metadata[name] = value
            stream = (
                h264_stream(container, rate, crf, width, height, preset, light, causal)
                if codec == "h264"
                else _av1_stream(container, rate, crf, width, height)
            )
            sound = None if audio is None else _aac_stream(container, *audio)
            reformatter = VideoReformatter()
            for number, picture in enumerate(chain([first], pictures)):
                rgb = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
                frame = to_bt709(reformatter, rgb, width, height, stream.pix_fmt)
                frame.pts, frame.time_base = number, 1 / rate
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
            if sound is not None and audio is not None:
                _encode_sound(container, sound, *audio)
    except (av.FFmpegError, ValueError, OverflowError) as error:
        raise VideoError(f"{codec} cannot encode {width}x{height} at crf {crf}: {error}") from None
    return index_first(buffer.getvalue())


def h264_stream(
    container: OutputContainer,
    rate: Fraction,
    crf: int,
    width: int,
    height: int,
    preset: str = "medium",
    light: bool = False,
    causal: bool = False,
) -> av.VideoStream:
    """A libx264 stream as every svta mp4 has it: one thread, 3 B-frames, BT.709 limited range, no version inside."""
    options = {"preset": preset, "crf": str(crf), "bf": "3"}
    own = ["weightb=1"] if light else []  # costs no time, spares 3 % of the bytes; the tuning leaves it out
    options |= {"tune": "fastdecode"} if light else {"coder": "ac"}
    if causal:
        del options["crf"]
        options |= {"qp": str(crf), "tune": "zerolatency", "bf": "0", "g": str(KEY_FRAMES), "sc_threshold": "0"}
    if platform.machine() in ("x86_64", "AMD64"):
        # with AVX-512 x264's macroblock tree reads uninitialised memory: other bytes from run to run (10 % more time)
        own.append("asm=SSE4.2")
    if own:
        options["x264-params"] = ":".join(own)
    stream = container.add_stream("libx264", rate=rate, options=options)
    stream.pix_fmt = "yuv444p" if width % 2 or height % 2 else "yuv420p"
    return _configured(stream, rate, width, height)


def _av1_stream(container: OutputContainer, rate: Fraction, crf: int, width: int, height: int) -> av.VideoStream:
    os.environ.setdefault("SVT_LOG", "0")  # the encoder's only switch against 30 lines on stderr a clip
    options = {"preset": "8", "crf": str(crf), "svtav1-params": "lp=1"}
    return _configured(container.add_stream("libsvtav1", rate=rate, options=options), rate, width, height)


def _aac_stream(container: OutputContainer, samples: NDArray[np.float32], rate: int) -> av.AudioStream:
    if samples.ndim != 2 or samples.shape[0] not in (1, 2) or not samples.shape[1]:
        raise VideoError(f"audio must be float [1 or 2 channels, N], not {list(samples.shape)}")
    stream = container.add_stream("aac", rate=rate, layout="mono" if samples.shape[0] == 1 else "stereo")
    stream.codec_context.thread_count = 1
    stream.codec_context.flags |= _BITEXACT
    return stream


def _encode_sound(container: OutputContainer, stream: av.AudioStream, samples: NDArray[np.float32], rate: int) -> None:
    whole = np.clip(np.nan_to_num(samples), -1, 1).astype(np.float32)
    for start in range(0, whole.shape[1], AAC_FRAME):
        part = np.ascontiguousarray(whole[:, start : start + AAC_FRAME])
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=stream.layout.name)
        frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _configured(stream: av.VideoStream, rate: Fraction, width: int, height: int) -> av.VideoStream:
    context = stream.codec_context
    stream.width, stream.height = width, height
    context.time_base = 1 / rate
    context.thread_count = 1
    context.thread_type = "NONE"
    context.flags |= _BITEXACT
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    context.color_range = _LIMITED
    return stream


def to_bt709(
    reformatter: VideoReformatter, frame: av.VideoFrame, width: int, height: int, pixel_format: str | None
) -> av.VideoFrame:
    """The frame with its colours really converted (tagging alone costs 13 dB), the same bits on every CPU."""
    return reformatter.reformat(
        frame,
        width,
        height,
        pixel_format,
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        interpolation=_SWSCALE,
        threads=1,
    )


def fitted(
    reformatter: VideoReformatter, frame: av.VideoFrame, width: int, height: int, pixel_format: str | None
) -> av.VideoFrame:
    """The frame upright, scaled to fill width x height (even numbers), and cropped to the centre; colours as to_bt709.

    Raises VideoError if a frame is so narrow that it would be scaled beyond all limits.
    """
    turn = turn_of(frame)
    have = (frame.height, frame.width) if turn.transpose else (frame.width, frame.height)
    scale = max(Fraction(width, have[0]), Fraction(height, have[1]))
    wide, high = (-2 * (-side * scale // 2) for side in have)  # up to the next even number
    if wide * high > MAX_PIXELS:
        raise VideoError(f"has frames of {have[0]}x{have[1]}, too narrow to fill {width}x{height}")
    scaled = to_bt709(reformatter, frame, *((high, wide) if turn.transpose else (wide, high)), "yuv420p")
    if turn == (False, False, False) and (wide, high) == (width, height):
        return scaled
    planes = []
    for plane, share in zip(scaled.planes, (1, 2, 2)):
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        upright = turned(rows[: plane.height, : plane.width], turn)
        top, left = ((have - want) // 4 * 2 // share for have, want in ((high, height), (wide, width)))
        planes.append(upright[top : top + height // share, left : left + width // share].ravel())
    picture = av.VideoFrame.from_ndarray(np.concatenate(planes).reshape(-1, width), format="yuv420p")
    picture.colorspace, picture.color_range = scaled.colorspace, scaled.color_range
    return picture
