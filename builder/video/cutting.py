"""Many clips out of one video in one pass over it: packets copied where key frames allow, frames encoded elsewhere.

Frames go by their own times, at any rate, and each is decoded once for all clips that want it, however these
overlap. What is damaged costs the clips it is in.

    timeline = read_timeline(file)
    windows = [timeline.window(0.0, 2.0), timeline.window(3.0, 5.5)]
    for number, clip in cut(file, timeline, windows, CutOptions()): ...       # Converted, or that clip's VideoError
"""

from __future__ import annotations

import heapq
import logging
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal

import av
import numpy as np
from av.container import InputContainer
from av.video.reformatter import VideoReformatter

from .clip_encoder import ClipEncoder, CutOptions
from .container import DecodeClock, open_video, probe
from .frame_buffer import VideoError
from .timeline import Timeline, Window, needed_packets, shown_frames
from .transcode import REMUXED_CODECS, Converted, Mp4Writer, audio_fits, tags_of

ENCODER_BYTES: Final = 600_000_000  # that the encoders of one video may hold at a time
MOST_ENCODERS: Final = 32
_FRAMES_HELD: Final = 70  # by one encoder: what libx264 looks ahead, and its references
_LOG: Final = logging.getLogger(__name__)

Audio = Literal["none", "kept", "dropped"]
Finished = tuple[int, Converted | VideoError]


def cut(
    source: BinaryIO,
    timeline: Timeline,
    windows: Sequence[Window],
    options: CutOptions,
    tags: Sequence[Mapping[str, str]] | None = None,
) -> Iterator[Finished]:
    """(number of a window, its clip or what is wrong with it), in the order in which they are finished.

    `tags` are written into each clip; by default the video's own are. A clip's bytes depend on the video, its window,
    its tags and the options, never on what else is cut. Raises VideoError if the file cannot be opened.
    """
    audio: Audio = "none"
    if timeline.info.has_audio:
        audio = "kept" if options.keep_audio and audio_fits(source) else "dropped"
    cutter = _Cutter(source, timeline, options, tags or [tags_of(timeline.info.metadata)] * len(windows), audio)
    order = sorted(range(len(windows)), key=lambda i: (windows[i], i))
    runs = {} if options.always_encodes else {i: run for i in order if (run := _copyable(timeline, windows[i]))}
    for number, result in cutter.copied(runs):
        if isinstance(result, VideoError):
            _LOG.info("packets of a %s stream cannot be cut (%s); encoding them", timeline.info.codec, result)
            del runs[number]
        else:
            yield number, result
    clips: list[ClipEncoder] = []
    for number in order:
        if number not in runs:
            try:
                clips.append(ClipEncoder(number, windows[number], timeline, options))
            except VideoError as error:
                yield number, error
    while clips:
        batch, clips = _at_once(clips, _most_encoders(timeline, options))
        yield from cutter.encoded(batch)


def _copyable(timeline: Timeline, window: Window) -> range | None:
    """The packets of exactly the frames of a window, if they are together and the first can be decoded alone."""
    if timeline.is_numbered or timeline.info.codec not in REMUXED_CODECS:
        return None
    (found,) = np.nonzero(timeline.packets == window.first)
    low, high = map(int, np.searchsorted(timeline.times, window))
    first, count = int(found[0]), high - low
    run = timeline.packets[first : first + count]
    together = len(run) == count and run.min() >= window.first and run.max() < window.stop
    return range(first, first + count) if together and timeline.keys[first] else None


def _most_encoders(timeline: Timeline, options: CutOptions) -> int:
    width, height = options.size or (timeline.info.width, timeline.info.height)
    return int(min(MOST_ENCODERS, max(1, ENCODER_BYTES // (width * height * 3 // 2 * _FRAMES_HELD))))


def _at_once(clips: Sequence[ClipEncoder], most: int) -> tuple[list[ClipEncoder], list[ClipEncoder]]:
    """(clips of which never more than `most` overlap, the rest): another pass costs less than memory that is not there.

    `clips` are sorted by their first frame.
    """
    batch, rest = [], []
    stops: list[int] = []
    for clip in clips:
        while stops and stops[0] <= clip.window.first:
            heapq.heappop(stops)
        if len(stops) < most:
            heapq.heappush(stops, clip.window.stop)
            batch.append(clip)
        else:
            rest.append(clip)
    return batch, rest


@dataclass(frozen=True)
class _Cutter:
    """One video and how it is cut; each method is one pass over the file."""

    source: BinaryIO
    timeline: Timeline
    options: CutOptions
    tags: Sequence[Mapping[str, str]]
    audio: Audio

    def copied(self, runs: Mapping[int, range]) -> Iterator[Finished]:
        """Clips of the packets `runs` (in decoding order), unchanged but for their times. Nothing is decoded."""
        if not runs:
            return
        waiting = deque(sorted(runs, key=lambda number: (runs[number].start, number)))
        sounds = self._sounds({number: self._seconds(run) for number, run in runs.items()})
        writing: dict[int, tuple[Mp4Writer, av.VideoStream, av.AudioStream | None]] = {}
        with open_video(self.source) as (container, stream):
            for index, packet in enumerate(packet for packet in container.demux(stream) if packet.size):
                while waiting and runs[waiting[0]].start == index:
                    number = waiting.popleft()
                    writer = Mp4Writer(self.tags[number], self.options.max_bytes)
                    target = writer.copying(stream)
                    writing[number] = writer, target, self._sound(writer, container)
                for number, (writer, target, sound) in list(writing.items()):
                    run = runs[number]
                    try:
                        writer.mux([_moved(packet, target, int(self.timeline.packets[run.start]))])
                        if index + 1 < run.stop:
                            continue
                        mp4 = _finished(writer, sound, sounds.get(number, ()))
                        result: Converted | VideoError = self._checked(mp4, len(run), "remuxed")
                    except (VideoError, av.FFmpegError, ValueError) as error:
                        result = VideoError(str(error))
                    del writing[number]
                    yield number, result
                if not waiting and not writing:
                    return
        for number in (*writing, *waiting):
            yield number, VideoError("its packets end early")

    def encoded(self, clips: Sequence[ClipEncoder]) -> Iterator[Finished]:
        """Clips of decoded frames. Each frame of the video is decoded at most once for all of them."""
        _LOG.debug("decoding %s for %d clips", getattr(self.source, "name", "a video"), len(clips))
        sounds = self._sounds({clip.number: clip.seconds for clip in clips})
        waiting, active = deque(sorted(clips, key=lambda clip: clip.window)), list[ClipEncoder]()
        damage: str | None = None
        clock, reformatter = DecodeClock(self.timeline.num_bytes), VideoReformatter()
        with open_video(self.source) as (container, stream):
            needed = needed_packets(self.timeline, [clip.window for clip in clips])
            for shown in shown_frames(container, stream, self.timeline, needed, clock):
                damage = damage or shown.damage
                with clock.stopped():
                    ended = [clip for clip in active if clip.window.stop <= shown.time]
                    active = [clip for clip in active if clip.window.stop > shown.time]
                    while waiting and waiting[0].window.first <= shown.time:
                        clip = waiting.popleft()
                        (active if clip.window.stop > shown.time else ended).append(clip)
                    for clip in ended:
                        yield clip.number, self._result(clip, sounds, damage)
                    pictures: dict[object, av.VideoFrame] = {}
                    for clip in active:
                        if clip.writer is None and shown.frame is not None:
                            clip.writer = Mp4Writer(self.tags[clip.number], self.options.max_bytes)
                            clip.open(shown.frame)
                            clip.sound = self._sound(clip.writer, container)
                        clip.add(shown, reformatter, pictures)
                if not waiting and not active:
                    break
            for clip in (*active, *waiting):
                yield clip.number, self._result(clip, sounds, damage)

    def _result(
        self, clip: ClipEncoder, sounds: Mapping[int, list[av.Packet]], damage: str | None
    ) -> Converted | VideoError:
        try:
            clip.flush(damage)
            assert clip.writer is not None
            mp4 = _finished(clip.writer, clip.sound, sounds.get(clip.number, ()))
            return self._checked(mp4, clip.count, "encoded")
        except VideoError as error:
            return error
        except (av.FFmpegError, ValueError) as error:
            return VideoError(f"cannot be encoded: {error}")

    def _checked(self, mp4: bytes, num_frames: int, how: Literal["remuxed", "encoded"]) -> Converted:
        info = probe(mp4)
        if info.num_frames != num_frames:
            raise VideoError(f"has {num_frames} frames there and {info.num_frames} after cutting")
        return Converted(mp4, info, self.timeline.info, how, self.audio)

    def _seconds(self, run: range) -> tuple[float, float]:
        times = self.timeline.packets[run.start : run.stop]
        stop = self.timeline.next_time(int(times.max()))
        return float(int(times.min()) * self.timeline.tick), float(stop * self.timeline.tick)

    def _sound(self, writer: Mp4Writer, container: InputContainer) -> av.AudioStream | None:
        return writer.sound(container.streams.audio[0]) if self.audio == "kept" else None

    def _sounds(self, spans: Mapping[int, tuple[float, float]]) -> dict[int, list[av.Packet]]:
        """The packets of sound in each span (seconds on the video's clock), with times from the span's beginning."""
        found: dict[int, list[av.Packet]] = {number: [] for number in spans}
        if self.audio != "kept":
            return {}
        with open_video(self.source) as (container, _):
            stream = container.streams.audio[0]
            for packet in container.demux(stream):
                if not packet.size or packet.pts is None or packet.time_base is None:
                    continue
                time = float(packet.pts * packet.time_base)
                for number, (start, stop) in spans.items():
                    if start <= time < stop:
                        found[number].append(_moved(packet, None, round(start / packet.time_base)))
        return found


def _finished(writer: Mp4Writer, sound: av.AudioStream | None, packets: Iterable[av.Packet]) -> bytes:
    for packet in packets:
        packet.stream = sound
        writer.mux([packet], may_be_large=True)
    return writer.finish()


def _moved(packet: av.Packet, target: av.VideoStream | None, shift: int) -> av.Packet:
    """A copy of a packet `shift` ticks earlier: muxing changes a packet, and others may want it."""
    copy = av.Packet(bytes(packet))
    copy.pts = None if packet.pts is None else packet.pts - shift
    copy.dts = None if packet.dts is None else packet.dts - shift
    copy.time_base, copy.duration, copy.is_keyframe = packet.time_base, packet.duration, packet.is_keyframe
    if target is not None:
        copy.stream = target
    return copy
