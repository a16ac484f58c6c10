"""The private parts of diffusers' hooks that svta relies on, in one place; seen in diffusers 0.42.1.

diffusers has no public way to count what a step cache skips, to compile a block below a cache, to clear a cache after a
call that broke off, or to read MagCache's calibration. tests/generation/diffusion/test_cache_hooks.py fails where a new
diffusers changes one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from .families import Module

DIFFUSERS_VERSION: Final = "0.42.1"
Forward = Callable[..., object]
# diffusers lists their blocks, and its FirstBlockCache breaks on them (KeyError, IndexError)
BREAK_ON_CACHES: Final = ("Kandinsky5Transformer3DModel", "Cosmos3OmniTransformer")


def can_cache(denoiser_class: str) -> bool:
    """Whether diffusers' step caches know the blocks of a denoiser class."""
    import diffusers
    from diffusers.hooks._helpers import TransformerBlockRegistry
    from diffusers.models.cache_utils import CacheMixin

    found = getattr(diffusers, denoiser_class, None)
    if denoiser_class in BREAK_ON_CACHES or not (isinstance(found, type) and issubclass(found, CacheMixin)):
        return False
    TransformerBlockRegistry._register()
    return bool(repeated_blocks(found) & {block.__name__ for block in TransformerBlockRegistry._registry})


def repeated_blocks(denoiser: Module) -> set[str]:
    """Class names of the blocks a denoiser (or its class) repeats; empty if it names none."""
    return set(getattr(denoiser, "_repeated_blocks", None) or ())


def is_cached(module: Module) -> bool:
    """Whether a cache's hook decides if this module runs."""
    return _reference(module) is not None


def replace_forward(module: Module, change: Callable[[Forward], Forward]) -> None:
    """Change what a cache's hook calls when it lets `module` run."""
    reference = _reference(module)
    reference.original_forward = change(reference.original_forward)


def reset_caches(denoiser: Module) -> None:
    """Forget the residuals that a call which broke off left behind."""
    if hasattr(denoiser, "_reset_stateful_cache"):
        denoiser._reset_stateful_cache()


def before_reset(denoiser: Module, callback: Callable[[], None]) -> None:
    """Call `callback` before the pipeline forgets a denoiser's cache at the end of its call."""
    reset = denoiser._reset_stateful_cache

    def observed(*args: object, **kwargs: object) -> object:
        callback()
        return reset(*args, **kwargs)

    denoiser._reset_stateful_cache = observed


def calibration_ratios(denoiser: Module) -> list[float]:
    """What a calibrating MagCache has measured: one number per step, the mean of both sides of the guidance."""
    states = {
        id(state): state.calibration_ratios
        for module in denoiser.modules()
        if is_cached(module)
        for hook in module._diffusers_hook.hooks.values()
        for state in hook.state_manager._state_cache.values()
        if getattr(state, "calibration_ratios", None)
    }
    return [round(sum(step) / len(step), 5) for step in zip(*states.values())]


def _reference(module: Module) -> Any:
    """What a cache's hook calls when it lets a module run; None if no cache sits on the module."""
    registry = getattr(module, "_diffusers_hook", None)
    found = None if registry is None else [ref for ref in registry._fn_refs if ref.original_forward is not None]
    return found[-1] if found else None
