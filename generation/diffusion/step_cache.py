"""Step caches: which denoising steps reuse the last result, put on a pipeline through diffusers' hooks and counted.

Reads a cache's settings (a mapping with `kind`) and caches.json. MagCache and TeaCache are schedules known before
filming; FirstBlockCache and diffusers' others decide while filming. A cache that skips nothing is a FilmError.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from svta.generation.backends.base import FilmError
from svta.generation.backends.spec import PlanError

from .step_schedules import CONFIGS, DENOISERS, static_steps, timesteps_of


class Meter:
    """Counts the forwards of a pipeline's denoisers, and on each cached module how often it was called and ran."""

    def __init__(self, pipe: Any):
        self.forwards = 0
        self.called: dict[str, int] = {}
        self.ran: dict[str, int] = {}
        for name, denoiser in denoisers_of(pipe).items():
            denoiser.register_forward_pre_hook(self._forward)
            for path, module in denoiser.named_modules():
                if (reference := cached_reference(module)) is not None:
                    self._count(f"{name}.{path}", module, reference)

    def reset(self) -> None:
        """Start counting anew, before a batch."""
        self.forwards = 0
        self.called = dict.fromkeys(self.called, 0)
        self.ran = dict.fromkeys(self.ran, 0)

    @property
    def skipped(self) -> float:
        """Forwards' worth of cached work that was skipped since reset: 12.0 where 12 whole forwards were."""
        calls = sum(self.called.values())
        return round(self.forwards * (calls - sum(self.ran.values())) / calls, 2) if calls else 0.0

    def _forward(self, *_: Any) -> None:
        self.forwards += 1

    def _count(self, name: str, module: Any, reference: Any) -> None:
        original = reference.original_forward
        self.called[name] = self.ran[name] = 0

        @wraps(original)
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.ran[name] += 1
            return original(*args, **kwargs)

        def saw(*_: Any) -> None:
            self.called[name] += 1

        reference.original_forward = counted
        module.register_forward_pre_hook(saw)


def denoisers_of(pipe: Any) -> dict[str, Any]:
    """The transformers (or U-Net) of a pipeline that are there."""
    return {name: part for name in DENOISERS if (part := getattr(pipe, name, None)) is not None}


def cached_reference(module: Any) -> Any:
    """What a cache's hook calls when it lets a module run; None where no cache sits on the module."""
    registry = getattr(module, "_diffusers_hook", None)
    found = None if registry is None else [ref for ref in registry._fn_refs if ref.original_forward is not None]
    return found[-1] if found else None


def enable_cache(pipe: Any, cache: Mapping[str, Any], steps: int) -> list[bool] | None:
    """Put a step cache on a pipeline's denoisers; gives the steps that a static one computes, None for any other.

    Static caches all run as diffusers' MagCache with ratios 0 (compute) and 1 (skip): the same residual reuse, bit for
    bit. Raises PlanError where the cache does not fit the model.
    """
    if not cache:
        return None
    computed = static_steps(pipe, cache, steps)
    split = _first_stage(pipe, steps)
    if computed is not None:
        computed = [flag or step in (0, split) for step, flag in enumerate(computed)]  # nothing to reuse yet
    for name, part in denoisers_of(pipe).items():
        stage = None
        if computed is not None:
            stage = computed[split:] if name == "transformer_2" else computed[:split]
            if not stage:
                continue
        if not hasattr(part, "enable_cache"):
            raise PlanError(f"cache {cache['kind']}: {type(part).__name__} takes none; give --preset reference")
        try:
            part.enable_cache(_config(cache, stage, pipe))
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise PlanError(f"cache {cache['kind']}: does not fit {type(part).__name__} ({error})") from None
    if not any(cached_reference(module) for part in denoisers_of(pipe).values() for module in part.modules()):
        raise PlanError(f"cache {cache['kind']}: found nothing to cache in {type(pipe).__name__}")
    return computed


def residual_ratios(pipe: Any, steps: int, film: Callable[[], Any]) -> list[float]:
    """How much the size of each denoiser's residual changes from step to step, while `film` makes one clip.

    One number a step, the first of each denoiser 1; the mean of both sides of the guidance. What MagCache calls
    calibration. Raises PlanError where diffusers does not know the model's blocks.
    """
    from diffusers import MagCacheConfig

    split, count = _first_stage(pipe, steps), len(timesteps_of(pipe, steps))
    found: dict[str, list[float]] = {}

    def keep(name: str, part: Any, reset: Callable[[], None]) -> Callable[[], None]:
        def kept() -> None:  # the pipeline forgets the states at the end of its call
            states = [
                state
                for module in part.modules()
                if cached_reference(module) is not None
                for hook in module._diffusers_hook.hooks.values()
                for state in hook.state_manager._state_cache.values()
                if getattr(state, "calibration_ratios", None)
            ]
            if states:
                sides = {id(state): state.calibration_ratios for state in states}.values()
                found[name] = [round(sum(step) / len(step), 5) for step in zip(*sides)]
            reset()

        return kept

    for name, part in denoisers_of(pipe).items():
        if not hasattr(part, "enable_cache"):
            raise PlanError(f"--cache-config calibrate: {type(part).__name__} takes no cache")
        try:  # one step more than there are: at the last one MagCache prints its ratios and forgets them
            part.enable_cache(MagCacheConfig(num_inference_steps=steps + 1, calibrate=True))
        except ValueError as error:
            raise PlanError(f"--cache-config calibrate: {error}") from None
        part._reset_stateful_cache = keep(name, part, part._reset_stateful_cache)
    film()
    ratios = [ratio for name in denoisers_of(pipe) for ratio in found.get(name, [])]
    if len(ratios) != count or (split < count and len(found) != 2):
        raise PlanError(f"--cache-config calibrate: {len(ratios)} steps were seen of {count}")
    return ratios


def _first_stage(pipe: Any, steps: int) -> int:
    """How many steps the first denoiser makes: all, but for models like Wan 2.2 that hand over to a second."""
    boundary = pipe.config.get("boundary_ratio") if getattr(pipe, "transformer_2", None) is not None else None
    times = timesteps_of(pipe, steps)
    if boundary is None:
        return len(times)
    return int((times >= boundary * pipe.scheduler.config.num_train_timesteps).sum())


def _config(cache: Mapping[str, Any], stage: list[bool] | None, pipe: Any) -> Any:
    from diffusers import FirstBlockCacheConfig, MagCacheConfig, hooks

    settings = {name: value for name, value in cache.items() if name != "kind"}
    if stage is not None:
        ratios = [0.0 if computed else 1.0 for computed in stage]
        return MagCacheConfig(
            threshold=0.5,
            max_skip_steps=len(stage),
            retention_ratio=0.0,
            num_inference_steps=len(stage),
            mag_ratios=ratios,
        )
    if cache["kind"] == "first_block":
        return FirstBlockCacheConfig(**settings)
    if cache["kind"] not in CONFIGS or not hasattr(hooks, cache["kind"]):
        raise PlanError(f"--cache-config kind {cache['kind']}: mag, teacache, first_block, {', '.join(CONFIGS)}")
    config = getattr(hooks, cache["kind"])
    if "current_timestep_callback" in inspect.signature(config).parameters:
        settings.setdefault("current_timestep_callback", lambda: pipe.current_timestep)
    return config(**settings)


def check_skips(meter: Meter, cache: Mapping[str, Any], computed: list[bool] | None, first: bool) -> None:
    """After a batch: a static cache skipped exactly what it planned, any other something. Raises FilmError."""
    if not cache:
        return
    if computed is None:
        if first and not meter.skipped:
            raise FilmError(
                f"cache {cache['kind']} skipped nothing in {meter.forwards} forwards: no effect on this model, or its "
                "threshold is too low; change --cache-config or give --preset reference"
            )
        return
    share = 1 - sum(computed) / len(computed)
    if abs(meter.skipped - meter.forwards * share) > 0.01 * max(1, meter.forwards) or (share and not meter.skipped):
        raise FilmError(
            f"cache {cache['kind']} skipped {meter.skipped:g} of {meter.forwards} forwards, {share:.0%} was planned; "
            "this model calls its transformer in a way the cache cannot follow: give --preset reference"
        )
