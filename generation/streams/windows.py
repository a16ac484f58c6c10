"""windows.jsonl: windows of one length cut out of streams, an annotation table for `svta import`, to train on.

Every happening is there at several phases, under its caption, and beside it normal life of the same camera, under the
stream's caption of that. Windows of one camera share a group and a tag, so that they come into one batch of training
and each is the others' hard negative.

    svta import --videos STREAMS/videos --annotations STREAMS/windows.jsonl --synthetic --precise --out windows
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from svta.builder.io.json_text import JsonObject, write_jsonl
from svta.builder.record import CONTRAST

from .config import StreamTruth

WINDOWS: Final = "windows.jsonl"
WINDOW_SECONDS: Final = 4.0
PHASES: Final = 3  # windows of each happening
NORMAL_WINDOWS: Final = 5  # of each stream
LEAST_INSIDE: Final = 0.7  # of a window, or of a shorter happening, that has to be in the happening
MOST_INSIDE: Final = 0.25  # of a window of normal life that may
TAG: Final = f"{CONTRAST}moment"


def window_rows(streams: Sequence[StreamTruth], fps: float) -> list[JsonObject]:
    """The lines of windows.jsonl, decided by the streams alone; seconds begin and end with a frame."""
    rows: list[JsonObject] = []
    for stream in streams:
        chance = random.Random(f"svta windows {stream.camera} {stream.video}")
        length = min(max(1, round(WINDOW_SECONDS * fps)), stream.num_frames)
        firsts = range(stream.num_frames - length + 1)
        common = {"video": stream.video, "group": stream.camera or stream.video, "tag": TAG}
        taken = [(one.start, one.end) for one in stream.happenings if one.end > one.start]
        for one in stream.happenings:
            least = math.ceil(LEAST_INSIDE * min(length, one.end - one.start))
            phases = [first for first in firsts if _inside(first, length, (one.start, one.end)) >= least]
            said = {"caption": one.caption, "category": one.category, "is_anomaly": one.is_anomaly}
            rows += [{**common, **said, **_span(first, length, fps)} for first in _drawn(phases, PHASES, chance)]
        if stream.normal_life:
            most = MOST_INSIDE * length
            free = [first for first in firsts if all(_inside(first, length, one) <= most for one in taken)]
            said = {"caption": stream.normal_life, "category": None, "is_anomaly": False}
            rows += [{**common, **said, **_span(first, length, fps)} for first in _drawn(free, NORMAL_WINDOWS, chance)]
    return rows


def _inside(first: int, length: int, happening: tuple[int, int]) -> int:
    """Frames of a window that are in a happening."""
    return min(first + length, happening[1]) - max(first, happening[0])


def _drawn(firsts: Sequence[int], count: int, chance: random.Random) -> list[int]:
    return sorted(chance.sample(firsts, min(count, len(firsts))))


def _span(first: int, length: int, fps: float) -> dict[str, float]:
    return {"start": first / fps, "end": (first + length) / fps}


def write_windows(folder: Path, streams: Sequence[StreamTruth], fps: float) -> None:
    """Write windows.jsonl."""
    write_jsonl(folder / WINDOWS, window_rows(streams, fps))
