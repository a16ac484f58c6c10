"""One unit of a plan -> one finished part: film each clip, encode, mark, write. Called by executors.py.

A backend is anything with `film(clips, seeds) -> Iterator[Take]`; the storyboard is the one inside. A unit that is
finished already is not made again, so a worker may be killed at any moment and its unit given to another.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from svta.builder.encoding import SourceType
from svta.builder.errors import SvtaError
from svta.builder.parts import is_finished, write_part
from svta.builder.record import Clip
from svta.builder.taxonomy import Taxonomy, load_taxonomy

from .finishing import Failed, film_gated, finish
from .plan import FilmSpec, PlanError, seed_of
from .take import FILM_FAILED, Backend, FilmError, Take, motion_energy

__all__ = ["Backend", "FilmError", "Storyboard", "Take", "film_unit", "make_unit", "motion_energy", "spec_for"]

log = logging.getLogger(__name__)


class Storyboard:
    """The embedded default: reads each caption into a scene and draws it."""

    generator = "storyboard"
    source_type: SourceType = "algorithmicMedia"
    preset = "veryfast"  # flat drawings: half the encoding time of medium for 5 % more bytes

    def __init__(self, spec: FilmSpec):
        from .storyboard.choreography import load_choreographies

        self.spec = spec
        own = spec.local.get("choreography")  # a user's file; without one, the built-in tables and taxonomy
        self.taxonomy = load_taxonomy(spec.local.get("taxonomy")) if own else _built_in()
        self.tables = load_choreographies(own)

    def film(self, clips: Sequence[Clip], seeds: Sequence[int]) -> Iterator[Take]:
        """Frames of every clip, drawn one by one."""
        from .storyboard import render
        from .storyboard.reader import read_scene

        for clip, seed in zip(clips, seeds):
            try:
                scene = read_scene(clip.caption, seed, self._category(clip), self.taxonomy, self.tables)
                frames = render(scene, num_frames=self.spec.num_frames, height=self.spec.height, width=self.spec.width)
            except SvtaError as error:  # refused, or a scene the painter does not know: this clip alone
                yield Take(None, reason=getattr(error, "reason", None) or FILM_FAILED, detail=str(error))
            except ImportError:
                raise  # no caption's fault
            except Exception as error:  # one caption must not stop 41,315: rejected by name, traceback in the debug log
                log.debug("storyboard failed on key %s", clip.key, exc_info=True)
                yield Take(None, reason=FILM_FAILED, detail=f"{type(error).__name__}: {str(error)[:300]}")
            else:
                digest = hashlib.sha256(scene.to_json().encode()).hexdigest()[:16]
                yield Take(frames, {"scene": digest})

    def _category(self, clip: Clip) -> str | None:
        """The clip's category if the storyboard's taxonomy, and so a choreography, knows it."""
        category = self.taxonomy.find(clip.category) if clip.category else None
        return category.name if category else None

    @staticmethod
    def versions() -> dict[str, str]:
        """What a drawing hangs on besides its scene."""
        return installed("pillow", "numpy")


# name -> module:class, called with the FilmSpec; a user's own is given as module:class
BACKENDS: Final = {
    "storyboard": "svta.generation.worker:Storyboard",
    "diffusion": "svta.generation.diffusion:DiffusionBackend",
}


def backend_class(name: str) -> Callable[[FilmSpec], Backend]:
    """The class of a backend's name or module:class. Raises PlanError."""
    place = BACKENDS.get(name, name)
    module, colon, attribute = place.partition(":")
    if not colon:
        raise PlanError(f"--backend {name}: one of {', '.join(BACKENDS)}, or your own as module:class")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise PlanError(f"--backend {name}: {error}") from None
    if not callable(getattr(found, "film", None)):
        raise PlanError(f"--backend {name}: no backend (a class with `film`; see generation/worker.py)")
    return found  # type: ignore[no-any-return]


def spec_for(backend: str, **settings: Any) -> FilmSpec:
    """A FilmSpec with the versions of what the backend draws and encodes with. Raises PlanError."""
    made_by = backend_class(backend)
    settings = {name: value for name, value in settings.items() if value is not None}
    own: Callable[..., FilmSpec] | None = getattr(made_by, "spec", None)
    if own is not None:
        return own(**settings)
    if foreign := sorted(settings.keys() - {field.name for field in fields(FilmSpec)}):
        option = "set" if foreign[0] == "settings" else foreign[0].replace("_", "-")
        raise PlanError(f"--{option} is not for --backend {backend}")
    versions: dict[str, str] = getattr(made_by, "versions", dict)()
    return FilmSpec(backend=backend, versions={**installed("svta", "av"), **versions}, **settings)


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
    backend = _backend(json.dumps({**spec.__dict__}, sort_keys=True, default=dict), spec)
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


_LOADED: dict[str, Backend] = {}


def _backend(name: str, spec: FilmSpec) -> Backend:
    """One backend a process: a model is loaded once, not once a unit."""
    if name not in _LOADED:
        _LOADED.clear()
        _LOADED[name] = backend_class(spec.backend)(spec)
    return _LOADED[name]


@cache
def _built_in() -> Taxonomy:
    return load_taxonomy()


@cache
def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def installed(*packages: str) -> dict[str, str]:
    """Versions of installed packages, for a spec and a clip's provenance."""
    return {package: _installed(package) for package in packages}
