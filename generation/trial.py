"""A trial of a plan: film a few of its clips here, to know seconds and bytes a clip before `svta plan` promises them.

Writes nothing; the trial's clips are the plan's own, spread over it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from .plan import Plan
from .worker import film_unit


@dataclass(frozen=True)
class Trial:
    """What `clips` clips cost on one core of this machine: seconds and mp4 bytes a clip."""

    clips: int
    seconds_a_clip: float
    bytes_a_clip: int


def measure(plan: Plan, clips: int = 4) -> Trial:
    """Film up to `clips` clips of a plan after one to warm up; zeros where the plan has none."""
    if not plan.clips:
        return Trial(0, 0.0, 0)
    step = max(1, len(plan.clips) // clips)
    chosen = plan.clips[::step][:clips]
    list(film_unit(chosen[:1], plan.spec, []))
    start = time.perf_counter()
    made = [len(video) for _, video in film_unit(chosen, plan.spec, [])]
    seconds = time.perf_counter() - start
    return Trial(len(chosen), round(seconds / len(chosen), 4), sum(made) // max(1, len(made)))
