"""When footage was recorded: by the files' own times or by a table, and which windows are between two times.

recorded = Recorded(since=parse_time("2026-11-28 14:00"), until=None, starts=read_starts("cameras.csv"))
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from svta.builder.errors import ClipError
from svta.builder.io.tables import KINDS, table_rows

from .store.layout import SearchError

if TYPE_CHECKING:
    from .store.content import Stored, Video

_NANOSECONDS: Final = 1e9


@dataclass(frozen=True)
class Recorded:
    """since, until: seconds since 1970, None if open. starts: when a file begins, by its path or its name.

    A file that `starts` does not name ended when it was written last.
    """

    since: float | None = None
    until: float | None = None
    starts: dict[str, float] = field(default_factory=dict)

    def start_of(self, video: Video) -> float:
        """When the video begins, seconds since 1970."""
        for row in video.files:
            for name in (row.path, row.name, os.path.basename(row.name)):
                if name in self.starts:
                    return self.starts[name]
        return min((row.mtime_ns for row in video.files), default=0) / _NANOSECONDS - video.duration

    def holds(self, video: Video, start: float, end: float) -> bool:
        """Whether a moment overlaps the time."""
        begin = self.start_of(video)
        after = self.since is None or begin + end > self.since
        return after and (self.until is None or begin + start < self.until)

    def allowed(self, stored: Stored) -> NDArray[np.bool_]:
        """bool [N]: windows that overlap the time."""
        begin = np.array([self.start_of(video) for video in stored.videos])[stored.windows.video]
        kept = np.ones(len(begin), bool)
        if self.since is not None:
            kept &= begin + stored.windows.end > self.since
        if self.until is not None:
            kept &= begin + stored.windows.start < self.until
        return kept

    def time(self, video: Video, seconds: float) -> str:
        """A moment's time in ISO 8601, in the local zone."""
        return datetime.fromtimestamp(self.start_of(video) + seconds).astimezone().isoformat(timespec="seconds")


def parse_time(text: str) -> float:
    """A time in ISO 8601 as seconds since 1970, local if it has no zone. Raises SearchError."""
    try:
        return datetime.fromisoformat(text.strip()).astimezone(UTC).timestamp()
    except (ValueError, OverflowError, OSError):
        raise SearchError(f"{text[:60]}: not a time; like 2026-11-28T14:30 or 2026-11-28 14:30:00+01:00") from None


def read_starts(path: Path) -> dict[str, float]:
    """A table with the columns file and start (ISO 8601). Raises SearchError."""
    if path.suffix.lower() not in KINDS:
        raise SearchError(f"{path}: a table is needed: {', '.join(KINDS)}")
    starts: dict[str, float] = {}
    try:
        for place, row in table_rows(path, lambda names: {"file", "start"} <= set(names)):
            if isinstance(row, ClipError) or not all(isinstance(row.get(name), str) for name in ("file", "start")):
                raise SearchError(f"{path} {place}: the columns file and start are needed, start like 2026-11-28T14:30")
            starts[str(row["file"])] = parse_time(str(row["start"]))
    except FileNotFoundError:
        raise SearchError(f"{path}: no such file") from None
    return starts
