"""Backends by name, and the one that this process has loaded."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from .base import Backend
from .config import GenerateConfig
from .spec import PlanError, RenderSpec, json_digest

BACKENDS: Final = {  # name -> module:class; a user's own is given as module:class
    "storyboard": "svta.generation.backends.storyboard:Storyboard",
    "diffusion": "svta.generation.diffusion.backend:DiffusionBackend",
    "endpoint": "svta.generation.backends.endpoint:Endpoint",
}
_LOADED: dict[str, Backend] = {}


def backend_class(name: str) -> type[Backend]:
    """The class of a backend's name or module:class. Raises PlanError."""
    place = BACKENDS.get(name, name)
    module, colon, attribute = place.partition(":")
    if not colon:
        raise PlanError(f"--backend {name}: one of {', '.join(BACKENDS)}, or your own as module:class")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise PlanError(f"--backend {name}: {error}") from None
    if not (isinstance(found, type) and issubclass(found, Backend)):
        raise PlanError(f"--backend {name}: not a class derived from svta.generation.backends.base.Backend")
    return found


def spec_for(backend: str, **options: Any) -> RenderSpec:
    """The RenderSpec of a backend with some fields of GenerateConfig set. Raises PlanError."""
    config = GenerateConfig(backend=backend, **options)
    return backend_class(backend).plan_spec(config)


def loaded_backend(spec: RenderSpec) -> Backend:
    """The backend of a spec; one per process, so that a model is loaded once and not once per unit."""
    name = json_digest([spec.to_dict(), dict(spec.local)])
    if name not in _LOADED:
        _LOADED.clear()
        _LOADED[name] = backend_class(spec.backend)(spec)
    return _LOADED[name]
