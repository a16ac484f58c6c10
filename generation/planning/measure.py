"""A trial of a plan: film a few of its clips here, to know seconds and bytes a clip before `svta plan` promises them.

Writes nothing; the trial's clips are the plan's own, spread over it. Also finds the batch size that suits a GPU, and
what a MagCache needs to know of a model.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from svta.builder.record import Clip
from svta.generation.backends.spec import FilmSpec
from svta.generation.backends.unit import film_unit

from .plan import Plan

MAX_TRIED: Final = 32
WORTHWHILE: Final = 1.05  # a batch twice as large must film at least 5 % more clips a second
BATCH_STEPS: Final = 2  # denoising steps of a batch trial: every step costs the same


@dataclass(frozen=True)
class Trial:
    """What `clips` clips cost on one core, or one GPU, of this machine: seconds and mp4 bytes a clip."""

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


def calibrate(spec: FilmSpec, load: Callable[[FilmSpec], Any]) -> FilmSpec:
    """The spec with a MagCache whose ratios were measured on one clip here: a schedule for models nobody calibrated."""
    from svta.generation.diffusion.step_cache import residual_ratios

    plain = {**spec.options, "cache": {}, "batch_size": 1, "compile": "off"}
    backend = load(replace(spec, options=plain))
    clip = Clip.from_dict({"key": "calibration", "caption": "A man walks down a busy street and falls."})
    ratios = residual_ratios(backend.pipe, plain["steps"], lambda: list(backend.film([clip], [0])))
    cache = {name: value for name, value in spec.options["cache"].items() if name != "calibrate"}
    return replace(spec, options={**spec.options, "cache": {**cache, "mag_ratios": ratios}})


def find_batch_size(spec: FilmSpec, load: Callable[[FilmSpec], Any]) -> FilmSpec:
    """The spec with the batch size that films most clips a second here: doubled until it gains nothing or memory ends.

    `load` makes the backend; it is called for every size with `BATCH_STEPS` steps and no cache.
    """
    best, rate, size = 1, 0.0, 1
    while size <= MAX_TRIED:
        options = {**spec.options, "batch_size": size, "steps": BATCH_STEPS, "cache": {}}
        backend = load(replace(spec, options=options))
        clips = [Clip.from_dict({"key": f"trial-{i}", "caption": "A man walks down a street."}) for i in range(size)]
        list(backend.film(clips, range(size)))  # to warm up
        start = time.perf_counter()
        takes = [take.develop() if take.develop else take for take in backend.film(clips, range(size))]
        gained = size / (time.perf_counter() - start)
        if backend.forward_size < size or any(take.frames is None for take in takes) or gained < rate * WORTHWHILE:
            break
        best, rate, size = size, gained, 2 * size
    return replace(spec, options={**spec.options, "batch_size": best})
