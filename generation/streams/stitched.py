"""Streams out of a packed dataset: its normal clips one after the other, and now and then an anomalous one.

Every clip shown is a moment with its caption; frames are shown at the stream's rate and size.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from svta.builder.dataset.clip_dataset import ClipDataset, open_dataset
from svta.builder.record import Clip
from svta.builder.video.container import probe
from svta.builder.video.decoder import decode
from svta.builder.video.frame_buffer import Frames
from svta.builder.video.marking import TERMS, marked_source_type, synthetic_mark

from .config import Happening, StreamsConfig, StreamsError, StreamTruth
from .plan import ABSENT, stream_name


@dataclass(frozen=True)
class Segment:
    """A clip of the dataset in a stream, so many frames long at the stream's rate."""

    row: int
    num_frames: int


@dataclass(frozen=True)
class StitchedStream:
    """The clips of one stream in order, and what is true."""

    segments: tuple[Segment, ...]
    truth: StreamTruth


class Footage:
    """The clips of a dataset as material: normal and anomalous rows, and how long each is at the stream's rate."""

    def __init__(self, config: StreamsConfig):
        assert config.source is not None
        self.config = config
        self.dataset: ClipDataset = open_dataset(config.source, split=config.split, num_frames=1)
        clips = [self.dataset.clip(row) for row in range(len(self.dataset))]
        self.clips: list[Clip] = clips
        self.normal = [row for row, clip in enumerate(clips) if clip.is_anomaly is False]
        self.anomalous = [row for row, clip in enumerate(clips) if clip.is_anomaly]
        if not self.normal:
            raise StreamsError(f"{config.source}: no clip of {config.split} is marked as normal; streams need some")
        if not self.anomalous and any(config.num_events()):
            raise StreamsError(f"{config.source}: no clip of {config.split} is anomalous; use --events-per-hour 0")

    def plan(self, number: int) -> StitchedStream:
        """The plan of one stream; what no longer fits at its end is cut."""
        chance = random.Random(f"svta stitched {self.config.seed} {number}")
        num_events, total = self.config.num_events()[number], self.config.num_frames(number)
        events = [chance.choice(self.anomalous) for _ in range(num_events)]
        lengths = {row: self._num_frames(row) for row in dict.fromkeys(events)}
        rows = self._filled(total - sum(lengths[row] for row in events), chance)
        if sum(lengths[row] for row in events) > total // 2:
            raise StreamsError(
                f"{num_events} events fill more than half of a stream of {total / self.config.fps:g} s: "
                "fewer --events-per-hour, or longer --stream-minutes"
            )
        for row in events:
            rows.insert(chance.randrange(1, len(rows) + 1) if len(rows) > 1 else 0, row)
        segments, happenings, at = [], [], 0
        for row in rows:
            length = min(self._num_frames(row), total - at)
            if length > 0:
                clip = self.clips[row]
                segments.append(Segment(row, length))
                happenings.append(Happening(clip.caption, clip.category, clip.is_anomaly, at, at + length))
            at += max(0, length)
        shown = {happening.caption for happening in happenings}
        others = [row for row in self.anomalous if self.clips[row].caption not in shown]
        absent = [self.clips[row] for row in chance.sample(others, min(ABSENT, len(others)))]
        missing = tuple(Happening(clip.caption, clip.category, clip.is_anomaly, 0, 0) for clip in absent)
        name = f"{stream_name(number)}.mp4"
        return StitchedStream(tuple(segments), StreamTruth(name, at, tuple(happenings), missing))

    def _filled(self, frames: int, chance: random.Random) -> list[int]:
        """Normal clips in random order, round after round, until so many frames are full."""
        rows: list[int] = []
        turn: list[int] = []
        while frames > 0:
            turn = turn or chance.sample(self.normal, len(self.normal))
            rows.append(turn.pop())
            frames -= self._num_frames(rows[-1])
        return rows

    def _num_frames(self, row: int) -> int:
        clip = self.clips[row]
        seconds = clip.duration or ((clip.num_frames or 0) / clip.fps if clip.fps else 0.0)
        if not seconds:
            info = probe(self.dataset.video(row))
            seconds = info.num_frames / info.fps
        return max(1, round(seconds * self.config.fps))

    def frames(self, stream: StitchedStream) -> Iterator[np.ndarray]:
        """uint8 [H, W, 3], one after the other: at each time the frame of the clip that is shown then."""
        for segment in stream.segments:
            pictures = self._decoded(segment.row)
            info_fps = len(pictures) / max(1, self._num_frames(segment.row))
            for number in range(segment.num_frames):
                yield self._fitted(pictures[min(len(pictures) - 1, int(number * info_fps))])

    def _decoded(self, row: int) -> Frames:
        frames, mask = decode(self.dataset.video(row), size=None, sampling="all")
        return frames[mask]

    def _fitted(self, picture: np.ndarray) -> np.ndarray:
        size = (self.config.width, self.config.height)
        if picture.shape[1::-1] == size:
            return picture
        return np.asarray(ImageOps.fit(Image.fromarray(picture), size))

    def mark(self, stream: StitchedStream, key: str) -> dict[str, str]:
        """The synthetic mark of the stream: the strongest of its clips', none where no clip has one."""
        rows = {segment.row for segment in stream.segments}
        found = {marked_source_type(_metadata(self.dataset.video(row))) for row in rows}
        return next((synthetic_mark(term, key) for term in TERMS if term in found), {})


def _metadata(video: bytes) -> Mapping[str, str]:
    return probe(video).metadata
