"""One unit of a plan -> one finished part: film each clip, encode, mark, write. Called by executors.py.

A backend is anything with `film(clips, seeds) -> Iterator[Take]`; the storyboard is the one inside. A unit that is
finished already is not made again, so a worker may be killed at any moment and its unit given to another.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from svta.builder.layout.clips_folder import is_finished, write_part
from svta.builder.record import Clip

from .base import FILM_FAILED, FilmError
from .postprocess import Failed, film_gated, finish
from .registry import loaded_backend
from .spec import FilmSpec, seed_of


@dataclass(frozen=True)
class UnitResult:
    """What one unit gave: how many clips were made and rejected; `skipped`: it was finished before."""

    unit: int
    made: int
    rejected: int
    skipped: bool = False


def make_unit(clips_dir: str | Path, unit: int, clips: Sequence[Clip], film: FilmSpec, spec: str) -> UnitResult:
    """Film one unit's clips and commit them as a part of the plan `spec`, unless it is there already."""
    if is_finished(clips_dir, unit, spec):
        return UnitResult(unit, 0, 0, skipped=True)
    rejected: list[dict[str, Any]] = []
    films = _unless_all_fail(film_unit(clips, film, rejected), rejected, film.backend, unit)
    part = write_part(clips_dir, unit, films, spec=spec, rejected=rejected)
    return UnitResult(unit, part.num_clips, len(rejected))


def _unless_all_fail(
    films: Iterator[tuple[Clip, bytes]], rejected: Sequence[dict[str, Any]], backend: str, unit: int
) -> Iterator[tuple[Clip, bytes]]:
    made = 0
    for film in films:
        made += 1
        yield film
    if not made and len(rejected) > 1 and all(row["reason"] == FILM_FAILED for row in rejected):
        first = rejected[0]
        raise FilmError(
            f"{backend} failed on all {len(rejected)} clips of unit {unit}, first {first['key']}: {first['detail']}"
        )


def film_unit(clips: Sequence[Clip], spec: FilmSpec, rejected: list[dict[str, Any]]) -> Iterator[tuple[Clip, bytes]]:
    """(clip, mp4 bytes) of every clip that could be filmed, its record filled; the others go to `rejected`."""
    backend = loaded_backend(json.dumps({**spec.__dict__}, sort_keys=True, default=dict), spec)
    if getattr(backend, "gates", None) is not None:
        yield from film_gated(backend, clips, spec, rejected)
        return
    takes = backend.film(clips, [seed_of(spec.digest, clip.key) for clip in clips])
    for clip in clips:
        result = finish(clip, next(takes, None), spec, backend)
        if isinstance(result, Failed):
            rejected.append({"reason": result.reason, "detail": result.detail, **clip.to_dict()})
        else:
            yield result.clip, result.video
