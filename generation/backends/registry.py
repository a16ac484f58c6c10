"""Backends by name; one loaded backend a process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from svta.builder.taxonomy import Taxonomy, load_taxonomy

from .base import Backend
from .spec import FilmSpec, PlanError

# name -> module:class, called with the FilmSpec; a user's own is given as module:class
BACKENDS: Final = {
    "storyboard": "svta.generation.backends.storyboard:Storyboard",
    "diffusion": "svta.generation.diffusion.backend:DiffusionBackend",
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
        raise PlanError(f"--backend {name}: no backend (a class with `film`; see generation/backends/unit.py)")
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


_LOADED: dict[str, Backend] = {}


def loaded_backend(name: str, spec: FilmSpec) -> Backend:
    """One backend a process: a model is loaded once, not once a unit."""
    if name not in _LOADED:
        _LOADED.clear()
        _LOADED[name] = backend_class(spec.backend)(spec)
    return _LOADED[name]


@cache
def built_in_taxonomy() -> Taxonomy:
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
