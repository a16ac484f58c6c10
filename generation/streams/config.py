"""StreamsConfig: the settings of `svta streams`, and the record of one stream and of what happens in it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from svta.builder.errors import SvtaError

MAX_HOURS: Final = 1_000.0
MAX_EVENTS_PER_HOUR: Final = 60.0
NORMAL_PER_HOUR: Final = 12.0  # ordinary happenings with a caption of their own, beside passers-by
LEAST_SECONDS: Final = 45.0  # of a stream that holds an ordinary happening
LEAST_SIDE, MOST_SIDE = 64, 4096
EVENTLESS: Final = 3  # every third stream contains no event


class StreamsError(SvtaError):
    """Settings of streams that do not go together, or a dataset that cannot be made into streams."""


@dataclass(frozen=True)
class StreamsConfig:
    """hours of footage in streams of stream_minutes; source: a packed dataset whose clips are stitched, else drawn.

    seed also chooses places and captions: streams of another seed share none of them by design.
    """

    hours: float = 1.0
    events_per_hour: float = 6.0
    seed: int = 0
    source: str | None = None
    split: str = "test"
    stream_minutes: float = 10.0
    fps: float = 16.0
    width: int = 320
    height: int = 192
    workers: int | None = None

    def check(self) -> None:
        """Raise StreamsError for settings that no streams can have."""
        if not 0 < self.hours <= MAX_HOURS:
            raise StreamsError(f"--hours {self.hours:g}: above 0, at most {MAX_HOURS:g}")
        if not 0 <= self.events_per_hour <= MAX_EVENTS_PER_HOUR:
            raise StreamsError(f"--events-per-hour {self.events_per_hour:g}: 0 to {MAX_EVENTS_PER_HOUR:g}")
        if not 1 <= self.stream_minutes <= 240:
            raise StreamsError(f"--stream-minutes {self.stream_minutes:g}: 1 to 240")
        if not 1 <= self.fps <= 60:
            raise StreamsError(f"--fps {self.fps:g}: 1 to 60")
        sides = (self.width, self.height)
        if any(side % 2 or not LEAST_SIDE <= side <= MOST_SIDE for side in sides):
            raise StreamsError(f"--size {self.width}x{self.height}: even, {LEAST_SIDE} to {MOST_SIDE} pixels a side")
        if self.seed < 0:
            raise StreamsError(f"--seed {self.seed}: 0 or more")

    def num_normal(self, number: int) -> int:
        """Ordinary happenings of a stream."""
        seconds = self.num_frames(number) / self.fps
        return math.ceil(seconds / 3600 * NORMAL_PER_HOUR) if seconds >= LEAST_SECONDS else 0

    @property
    def num_streams(self) -> int:
        """How many videos the hours are divided into."""
        return max(1, math.ceil(self.hours * 60 / self.stream_minutes - 1e-9))

    def num_frames(self, number: int) -> int:
        """Frames of a stream: the hours are divided evenly, so none is longer than stream_minutes."""
        share, rest = divmod(max(self.num_streams, round(self.hours * 3600 * self.fps)), self.num_streams)
        return share + (number < rest)

    def num_events(self) -> list[int]:
        """Events of each stream: as even as they go over those that hold any."""
        total = round(self.hours * self.events_per_hour)
        streams = range(self.num_streams)
        holding = [number for number in streams if number % EVENTLESS != EVENTLESS - 1]
        share, rest = divmod(total, len(holding))
        counts = dict.fromkeys(streams, 0)
        for place, number in enumerate(holding):
            counts[number] = share + (place < rest)
        return [counts[number] for number in streams]


@dataclass(frozen=True)
class Happening:
    """Something that is seen in a stream: from frame `start` to before frame `end`, as its caption says."""

    caption: str
    category: str | None
    is_anomaly: bool | None
    start: int
    end: int


@dataclass(frozen=True)
class StreamTruth:
    """One stream: its file's name, its length in frames, what happens in it, captions that never come true in it.

    camera: a name that streams of one camera share; normal_life: what a caption says of it when nothing happens. Both
    are empty if clips are stitched.
    """

    video: str
    num_frames: int
    happenings: tuple[Happening, ...]
    absent: tuple[Happening, ...] = ()
    camera: str = ""
    normal_life: str = ""
