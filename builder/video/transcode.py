"""Any readable video to mp4: the stream itself where mp4 and players take it, a new H.264 stream where not.

Reads and writes bytes; `svta import` and the import of the authors' release run every video through it.

    mp4, how = to_mp4(data)           # how: "remuxed" (bit-exact stream) or "encoded"
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import BinaryIO, Final, Literal, NamedTuple

import av
from av.container import OutputContainer
from av.video.reformatter import VideoReformatter

from .container import ENCODING, VideoInfo, decoded_frames, open_video, probe, read_packets
from .encoder import DEFAULT_CRF, MUX_OPTIONS, h264_stream, to_bt709
from .frame_buffer import VideoError, display_matrix
from .marking import mark_for
from .mp4 import index_first

REMUXED_CODECS: Final = ("h264", "hevc", "av1", "vp9")
AUDIO_CODECS: Final = ("aac", "mp3", "ac3", "eac3", "opus", "flac", "alac")
# what a muxer writes by itself, or what names the old file's making
_OWN_TAGS: Final = frozenset({"major_brand", "minor_version", "compatible_brands", "encoder", "software"})
_LOG: Final = logging.getLogger(__name__)


class VideoTooLarge(VideoError):
    """A video that would be larger as mp4 than the caller takes; raised before the mp4 is in memory."""


class Converted(NamedTuple):
    """mp4: the video. info: what the mp4 holds, source: what it was made of. audio: none, kept, or dropped."""

    mp4: bytes
    info: VideoInfo
    source: VideoInfo
    how: Literal["remuxed", "encoded"]
    audio: Literal["kept", "none", "dropped"]


def to_mp4(
    data: bytes, *, keep_audio: bool = False, max_bytes: int | None = None, marked_as: str | None = None
) -> Converted:
    """A whole video as mp4 with the index in front; timestamps, rotation and tags are kept.

    H.264, HEVC, AV1 and VP9 packets go over unchanged if the result decodes to as many frames; everything else is
    decoded and encoded with libx264 (crf 21, BT.709). A synthetic video's mark gets the key `marked_as`. Raises
    VideoError for what is damaged or holds no video, and VideoTooLarge for what would be more than `max_bytes`.
    """
    source = probe(data)
    audio: Literal["kept", "none", "dropped"] = "none"
    if source.has_audio:
        audio = "kept" if keep_audio and audio_fits(data) else "dropped"
    tags = {**tags_of(source.metadata), **(mark_for(source.metadata, marked_as) if marked_as else {})}
    if source.codec in REMUXED_CODECS:
        try:
            mp4 = _remux(data, tags, audio == "kept", max_bytes)
            info = probe(mp4)
            if _same(info, source):
                return Converted(mp4, info, source, "remuxed", audio)
            _LOG.info("a %s stream plays otherwise in mp4: %s against %s; encoding it", source.codec, info, source)
        except VideoTooLarge:
            raise
        except (VideoError, ValueError) as error:
            _LOG.info("a %s stream does not fit into mp4 (%s); encoding it", source.codec, error)
    mp4 = _transcode(data, tags, audio == "kept", max_bytes)
    info = probe(mp4)
    if info.num_frames != source.num_frames:
        raise VideoError(f"has {source.num_frames} frames and {info.num_frames} after encoding")
    return Converted(mp4, info, source, "encoded", audio)


def tags_of(metadata: Mapping[str, str]) -> dict[str, str]:
    """A video's own tags, without those that a muxer writes."""
    return {name: value for name, value in metadata.items() if name.lower() not in _OWN_TAGS}


def _same(info: VideoInfo, source: VideoInfo) -> bool:
    def shape(i: VideoInfo) -> tuple[object, ...]:
        return i.num_frames, i.width, i.height, i.rotation, i.pixel_format, i.codec

    return shape(info) == shape(source) and abs(info.duration - source.duration) <= 0.02 + 0.1 * source.duration


def audio_fits(source: bytes | BinaryIO) -> bool:
    """Whether an mp4 takes the sound of a video as it is."""
    with open_video(source) as (container, _):
        context = container.streams.audio[0].codec_context
        return context is not None and context.codec.canonical_name in AUDIO_CODECS


def _remux(data: bytes, tags: Mapping[str, str], with_audio: bool, max_bytes: int | None) -> bytes:
    def add(writer: Mp4Writer, stream: av.VideoStream, packets: list[av.Packet]) -> Iterator[list[av.Packet]]:
        if max_bytes is not None and (size := sum(packet.size for packet in packets)) > max_bytes:
            raise _too_large(size, max_bytes)
        target = writer.copying(stream)
        for packet in packets:
            packet.stream = target
            yield [packet]

    return _written(data, tags, with_audio, add, max_bytes)


def _transcode(data: bytes, tags: Mapping[str, str], with_audio: bool, max_bytes: int | None) -> bytes:
    def add(writer: Mp4Writer, stream: av.VideoStream, packets: list[av.Packet]) -> Iterator[list[av.Packet]]:
        target: av.VideoStream | None = None
        reformatter = VideoReformatter()
        rate = stream.average_rate or stream.guessed_rate or Fraction(25)
        for number, frame in enumerate(decoded_frames(stream, packets, ENCODING)):
            target = target or writer.encoding(frame, rate, None if frame.pts is None else stream.time_base)
            picture = to_bt709(reformatter, frame, target.width, target.height, target.pix_fmt)
            if frame.pts is None:
                picture.pts, picture.time_base = number, target.codec_context.time_base
            yield target.encode(picture)
        if target is None:
            raise VideoError("no frame in it can be decoded")
        yield target.encode(None)

    return _written(data, tags, with_audio, add, max_bytes)


def _written(
    data: bytes,
    tags: Mapping[str, str],
    with_audio: bool,
    add: Callable[[Mp4Writer, av.VideoStream, list[av.Packet]], Iterator[list[av.Packet]]],
    max_bytes: int | None,
) -> bytes:
    """An mp4 of what `add` makes of the video's packets; it adds its stream before it yields."""
    with (
        open_video(data) as (container, stream),
        open_video(data) as (second, _),
        Mp4Writer(tags, max_bytes) as writer,
    ):
        steps = add(writer, stream, read_packets(container, stream))
        first = next(steps)
        if with_audio:
            sound = writer.sound(second.streams.audio[0])
        writer.mux(first)
        for packets in steps:
            writer.mux(packets)
        if with_audio:
            for packet in second.demux(second.streams.audio[0]):
                if packet.size:
                    packet.stream = sound
                    writer.mux([packet], may_be_large=True)
        return writer.finish()


class Mp4Writer:
    """One mp4 in memory: a video stream, copied or encoded, beside it sound as it was, and the index in front.

    Add the video stream, then the sound, then mux. Raises VideoTooLarge if it grows beyond `max_bytes`.
    """

    def __init__(self, tags: Mapping[str, str], max_bytes: int | None = None):
        self._buffer, self._max_bytes = io.BytesIO(), max_bytes
        self._output: OutputContainer = av.open(self._buffer, "w", format="mp4", container_options=MUX_OPTIONS)
        self._output.metadata.update(tags)

    def __enter__(self) -> Mp4Writer:
        return self

    def __exit__(self, *_: object) -> None:
        self._output.close()

    def copying(self, stream: av.VideoStream) -> av.VideoStream:
        """A stream for packets of another file, unchanged."""
        target = self._output.add_stream_from_template(stream, opaque=True)
        if stream.codec_context.codec.canonical_name == "hevc":
            target.codec_context.codec_tag = "hvc1"  # the tag Safari plays
        return target

    def encoding(
        self, frame: av.VideoFrame, rate: Fraction, tick: Fraction | None, size: tuple[int, int] | None = None
    ) -> av.VideoStream:
        """A libx264 stream for frames like this one, on a clock of `tick` seconds, so that a variable rate survives.

        Frames of another `size` than this one's are taken as upright; the display matrix is not theirs.
        """
        width, height = size or (frame.width, frame.height)
        target = h264_stream(self._output, rate, DEFAULT_CRF["h264"], width, height)
        if tick is not None:
            target.codec_context.time_base = tick
        if size is None and (matrix := display_matrix(frame)) is not None:
            target.set_display_matrix(matrix)
        return target

    def sound(self, stream: av.AudioStream) -> av.AudioStream:
        """A stream for packets of another file's sound, unchanged."""
        return self._output.add_stream_from_template(stream, opaque=True)

    def mux(self, packets: Iterable[av.Packet], *, may_be_large: bool = False) -> None:
        """Write packets; the last of an encoder, and sound, may be a little too large."""
        self._output.mux(list(packets))
        if self._max_bytes is not None and not may_be_large and self._buffer.tell() > self._max_bytes:
            raise _too_large(self._buffer.tell(), self._max_bytes)

    def finish(self) -> bytes:
        """Close the file; its bytes."""
        self._output.close()
        return index_first(self._buffer.getvalue())


def _too_large(size: int, max_bytes: int) -> VideoTooLarge:
    return VideoTooLarge(f"would be at least {size:,} bytes as mp4, {max_bytes:,} are allowed")
