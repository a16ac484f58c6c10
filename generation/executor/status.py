"""How far a run is, read from its folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Final

from svta.builder.layout.clips_folder import finished_parts, read_plan
from svta.builder.paths import PLAN

SHARED_STALE_SECONDS: Final = 86_400.0  # on a shared folder a .part of yesterday has no writer left
PAUSE: Final = 5.0  # a gap between parts of more than so many usual ones was a pause without a worker
RECENT: Final = 256  # parts whose pace is taken for the rest


@dataclass(frozen=True)
class Status:
    """How far a clips folder is. `clips_per_minute` and `seconds_left` come from the times of its last parts.

    seconds_spent: from plan.json to the last part, pauses left out; units that are still being made do not count yet.
    """

    units: int
    finished: int
    planned: int
    clips: int
    rejected: int
    num_bytes: int
    clips_per_minute: float | None
    seconds_left: float | None
    seconds_spent: float | None


def status(clips_dir: str | Path) -> Status:
    """Count the finished parts of a clips folder, also while others write it. Raises PartError."""
    plan = read_plan(clips_dir)
    parts = finished_parts(clips_dir)
    clips, rejected = sum(part.num_clips for part in parts), sum(len(part.rejected) for part in parts)
    units = plan["units"] if isinstance(plan["units"], int) else len(plan["units"])
    planned = _count(plan.get("clips"), clips)
    refused = plan.get("refused")
    refusals = sum(_count(count) for count in refused.values()) if isinstance(refused, dict) else 0
    written = sorted(
        (part.path.with_suffix(".json").stat().st_mtime, part.num_clips, len(part.rejected)) for part in parts
    )
    gaps = _working([(Path(clips_dir) / PLAN).stat().st_mtime, *(when for when, _, _ in written)])
    seconds, recent = sum(gaps[-RECENT:]), written[-RECENT:]
    generated, failed = (sum(counts[which] for counts in recent) for which in (1, 2))
    remaining = max(0, planned - clips - rejected)
    left = seconds / (generated + failed) * remaining if generated + failed and seconds else None
    return Status(
        units=units,
        finished=len(parts),
        planned=planned,
        clips=clips,
        rejected=rejected + refusals,
        num_bytes=sum(part.bytes for part in parts),
        clips_per_minute=round(60 * generated / seconds, 1) if seconds else None,
        seconds_left=None if left is None else round(left, 1),
        seconds_spent=round(sum(gaps), 1) if gaps else None,
    )


def _count(value: object, default: int = 0) -> int:
    """A count of plan.json, which may hold anything; `default` if it is not a count."""
    return value if isinstance(value, int) and value >= 0 else default


def _working(times: Sequence[float]) -> list[float]:
    """Seconds between neighbours of `times`, one far above the usual counted as a usual one.

    The first is as long as a unit takes: workers in step finish all at once, and the median gap is then next to none.
    """
    gaps = [max(0.0, later - earlier) for earlier, later in pairwise(times)]
    if not gaps:
        return []
    usual = max(median(gaps), gaps[0])
    return [gap if gap <= PAUSE * usual else usual for gap in gaps]
