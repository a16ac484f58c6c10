"""One unit of a plan -> one finished part: generate each clip, encode, mark, write. Called by the executors.

A unit that is finished already is not generated again, so a worker may be killed at any moment and its unit given to
another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from svta.builder.layout.clips_folder import is_finished, write_part
from svta.builder.record import Clip

from .base import GENERATION_FAILED, GenerationError
from .postprocess import FailedClip, generate_gated, postprocess
from .registry import loaded_backend
from .spec import JsonObject, RenderSpec, seed_of


@dataclass(frozen=True)
class UnitResult:
    """How many clips of one unit were generated and rejected; `skipped`: it was finished before."""

    unit: int
    generated: int
    rejected: int
    skipped: bool = False


def make_unit(clips_dir: str | Path, unit: int, clips: Sequence[Clip], spec: RenderSpec, plan: str) -> UnitResult:
    """Generate one unit's clips and write them as a part of the plan with digest `plan`, unless it is there."""
    if is_finished(clips_dir, unit, plan):
        return UnitResult(unit, 0, 0, skipped=True)
    rejected: list[JsonObject] = []
    pairs = _unless_all_fail(generate_unit(clips, spec, rejected), rejected, spec.backend, unit)
    part = write_part(clips_dir, unit, pairs, spec=plan, rejected=rejected)
    loaded_backend(spec).release(clips)
    return UnitResult(unit, part.num_clips, len(rejected))


def _unless_all_fail(
    pairs: Iterator[tuple[Clip, bytes]], rejected: Sequence[JsonObject], backend: str, unit: int
) -> Iterator[tuple[Clip, bytes]]:
    empty = True
    for pair in pairs:
        empty = False
        yield pair
    if empty and len(rejected) > 1 and all(row["reason"] == GENERATION_FAILED for row in rejected):
        first = rejected[0]
        raise GenerationError(
            f"{backend} failed on all {len(rejected)} clips of unit {unit}, first {first['key']}: {first['detail']}"
        )


def generate_unit(clips: Sequence[Clip], spec: RenderSpec, rejected: list[JsonObject]) -> Iterator[tuple[Clip, bytes]]:
    """(clip, mp4 bytes) of every clip that could be generated, its record filled; the others go to `rejected`."""
    backend = loaded_backend(spec)
    if backend.gates is not None:
        yield from generate_gated(backend, clips, spec, rejected)
        return
    outputs = backend.generate(clips, [seed_of(spec.digest, clip.key) for clip in clips])
    for clip in clips:
        result = postprocess(clip, next(outputs, None), spec, backend)
        if isinstance(result, FailedClip):
            rejected.append({"reason": result.reason, "detail": result.detail, **clip.to_dict()})
        else:
            yield result.clip, result.video
