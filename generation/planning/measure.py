"""Measures a plan on a few of its clips: seconds and bytes a clip, the batch size of a GPU, the ratios of a MagCache.

Writes nothing; the clips are the plan's own, spread over it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Final

from svta.builder.record import Clip
from svta.generation.backends.spec import RenderSpec
from svta.generation.backends.unit import generate_unit
from svta.generation.diffusion.backend import DiffusionBackend
from svta.generation.diffusion.step_cache import residual_ratios

from .plan import Plan

MAX_TRIED: Final = 32
WORTHWHILE: Final = 1.05  # a batch twice as large must generate at least 5 % more clips a second
BATCH_STEPS: Final = 2  # denoising steps when batch sizes are compared: every step costs the same


@dataclass(frozen=True)
class Measurement:
    """What `clips` clips cost on one core, or one GPU, of this machine: seconds and mp4 bytes a clip."""

    clips: int
    seconds_a_clip: float
    bytes_a_clip: int


def measure(plan: Plan, clips: int = 4) -> Measurement:
    """Generate up to `clips` clips of a plan after one to warm up; zeros where the plan has none."""
    if not plan.clips:
        return Measurement(0, 0.0, 0)
    step = max(1, len(plan.clips) // clips)
    chosen = plan.clips[::step][:clips]
    list(generate_unit(chosen[:1], plan.spec, []))
    start = time.perf_counter()
    sizes = [len(video) for _, video in generate_unit(chosen, plan.spec, [])]
    seconds = time.perf_counter() - start
    return Measurement(len(chosen), round(seconds / len(chosen), 4), sum(sizes) // max(1, len(sizes)))


def calibrate(spec: RenderSpec) -> RenderSpec:
    """The spec with a MagCache whose ratios were measured on one clip here: for models without a calibration."""
    plain = {**spec.options, "cache": {}, "batch_size": 1, "compile": "off"}
    backend = DiffusionBackend(replace(spec, options=plain))
    clip = Clip.from_dict({"key": "calibration", "caption": "A man walks down a busy street and falls."})
    ratios = residual_ratios(backend.pipe, plain["steps"], lambda: list(backend.generate([clip], [0])))
    cache = {name: value for name, value in spec.options["cache"].items() if name != "calibrate"}
    return replace(spec, options={**spec.options, "cache": {**cache, "mag_ratios": ratios}})


def find_batch_size(spec: RenderSpec) -> RenderSpec:
    """The spec with the batch size that gives most clips a second here: doubled until it gains nothing.

    A backend is loaded for every size, with BATCH_STEPS steps and no cache. A size that memory does not hold ends it.
    """
    best, rate, size = 1, 0.0, 1
    while size <= MAX_TRIED:
        options = {**spec.options, "batch_size": size, "steps": BATCH_STEPS, "cache": {}}
        backend = DiffusionBackend(replace(spec, options=options))
        clips = [Clip.from_dict({"key": f"trial-{i}", "caption": "A man walks down a street."}) for i in range(size)]
        list(backend.generate(clips, range(size)))  # to warm up
        start = time.perf_counter()
        outputs = [output.resolve() for output in backend.generate(clips, range(size))]
        gained = size / (time.perf_counter() - start)
        failed = backend.batches.forward_size < size or any(output.frames is None for output in outputs)
        if failed or gained < rate * WORTHWHILE:
            break
        best, rate, size = size, gained, 2 * size
    return replace(spec, options={**spec.options, "batch_size": best})
