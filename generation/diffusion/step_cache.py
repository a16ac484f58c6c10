"""Step caches: which denoising steps reuse the last result, put on a pipeline through diffusers' hooks and counted.

Reads a cache's settings (a mapping with `kind`) and step_caches.json. MagCache and TeaCache are schedules known before
generation; FirstBlockCache and diffusers' others decide while it runs. A cache that skips nothing is an error.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps

from svta.builder.errors import first_line
from svta.generation.backends.base import GenerationError
from svta.generation.backends.spec import Options, PlanError

from .cache_hooks import Forward, before_reset, calibration_ratios, is_cached, replace_forward
from .families import Module, Pipe, denoisers_of
from .step_schedules import CONFIGS, static_steps, timesteps_of

CacheSettings = Options


class ForwardCounter:
    """Counts the forwards of a pipeline's denoisers, and of each cached module how often it was called and ran."""

    def __init__(self, pipe: Pipe):
        self.forwards = 0
        self.called: dict[str, int] = {}
        self.ran: dict[str, int] = {}
        for name, denoiser in denoisers_of(pipe).items():
            denoiser.register_forward_pre_hook(self._count_forward)
            for path, module in denoiser.named_modules():
                if is_cached(module):
                    self._count_module(f"{name}.{path}", module)

    def reset(self) -> None:
        """Reset the count, before a batch."""
        self.forwards = 0
        self.called = dict.fromkeys(self.called, 0)
        self.ran = dict.fromkeys(self.ran, 0)

    @property
    def skipped(self) -> float:
        """Forwards' worth of cached work that was skipped since reset: 12.0 if 12 whole forwards were."""
        calls = sum(self.called.values())
        return round(self.forwards * (calls - sum(self.ran.values())) / calls, 2) if calls else 0.0

    def _count_forward(self, *_: object) -> None:
        self.forwards += 1

    def _count_module(self, name: str, module: Module) -> None:
        self.called[name] = self.ran[name] = 0

        def counting(original: Forward) -> Forward:
            @wraps(original)
            def counted(*args: object, **kwargs: object) -> object:
                self.ran[name] += 1
                return original(*args, **kwargs)

            return counted

        def count_call(*_: object) -> None:
            self.called[name] += 1

        replace_forward(module, counting)
        module.register_forward_pre_hook(count_call)


def enable_cache(pipe: Pipe, cache: CacheSettings, steps: int) -> list[bool] | None:
    """Put a step cache on a pipeline's denoisers; gives the steps that a static one computes, None for any other.

    Static caches all run as diffusers' MagCache with ratios 0 (compute) and 1 (skip): the same residual reuse, bit for
    bit. Raises PlanError if the cache does not fit the model.
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
        config = _config(cache, pipe) if stage is None else _static_config(stage)
        try:
            part.enable_cache(config)
        except Exception as error:  # of diffusers, about this model's blocks: any type
            raise PlanError(
                f"cache {cache['kind']}: does not fit {type(part).__name__} ({first_line(error)})"
            ) from error
    if not any(is_cached(module) for part in denoisers_of(pipe).values() for module in part.modules()):
        raise PlanError(f"cache {cache['kind']}: found nothing to cache in {type(pipe).__name__}")
    return computed


def residual_ratios(pipe: Pipe, steps: int, generate: Callable[[], object]) -> list[float]:
    """How much the size of each denoiser's residual changes from step to step, while `generate` makes one clip.

    One number per step, the first of each denoiser 1; the mean of both sides of the guidance. What MagCache calls
    calibration. Raises PlanError if diffusers does not know the model's blocks.
    """
    from diffusers import MagCacheConfig

    split, count = _first_stage(pipe, steps), len(timesteps_of(pipe, steps))
    ratios: dict[str, list[float]] = {}
    for name, part in denoisers_of(pipe).items():
        if not hasattr(part, "enable_cache"):
            raise PlanError(f"--cache-config calibrate: {type(part).__name__} takes no cache")
        try:  # one step more than there are: at the last one MagCache prints its ratios and forgets them
            part.enable_cache(MagCacheConfig(num_inference_steps=steps + 1, calibrate=True))
        except ValueError as error:
            raise PlanError(f"--cache-config calibrate: {error}") from None

        def keep(name: str = name, part: Module = part) -> None:
            if measured := calibration_ratios(part):
                ratios[name] = measured

        before_reset(part, keep)
    generate()
    measured = [ratio for name in denoisers_of(pipe) for ratio in ratios.get(name, [])]
    if len(measured) != count or (split < count and len(ratios) != 2):
        raise PlanError(f"--cache-config calibrate: {len(measured)} steps were seen of {count}")
    return measured


def _first_stage(pipe: Pipe, steps: int) -> int:
    """How many steps the first denoiser makes: all, but for models like Wan 2.2 that hand over to a second."""
    boundary = pipe.config.get("boundary_ratio") if "transformer_2" in denoisers_of(pipe) else None
    times = timesteps_of(pipe, steps)
    if boundary is None:
        return len(times)
    return int((times >= boundary * pipe.scheduler.config.num_train_timesteps).sum())


def _static_config(stage: list[bool]) -> object:
    """MagCache as a fixed schedule: True for a computed step."""
    from diffusers import MagCacheConfig

    return MagCacheConfig(
        threshold=0.5,
        max_skip_steps=len(stage),
        retention_ratio=0.0,
        num_inference_steps=len(stage),
        mag_ratios=[0.0 if computed else 1.0 for computed in stage],
    )


def _config(cache: CacheSettings, pipe: Pipe) -> object:
    """The configuration of a cache that decides while it runs. Raises PlanError for an unknown kind or setting."""
    from diffusers import FirstBlockCacheConfig, hooks

    kind, settings = cache["kind"], {name: value for name, value in cache.items() if name != "kind"}
    if kind == "first_block":
        config = FirstBlockCacheConfig
    elif kind in CONFIGS and hasattr(hooks, kind):
        config = getattr(hooks, kind)
    else:
        raise PlanError(f"--cache-config kind {kind}: mag, teacache, first_block, {', '.join(CONFIGS)}")
    if "current_timestep_callback" in inspect.signature(config).parameters:
        settings.setdefault("current_timestep_callback", lambda: pipe.current_timestep)
    try:
        return config(**settings)
    except (TypeError, ValueError) as error:
        raise PlanError(f"cache {kind}: {first_line(error)}") from None


def check_skips(counter: ForwardCounter, cache: CacheSettings, computed: list[bool] | None, first: bool) -> None:
    """After a batch: a static cache skipped exactly what it planned, any other something. Raises GenerationError."""
    if not cache:
        return
    if computed is None:
        if first and not counter.skipped:
            raise GenerationError(
                f"cache {cache['kind']} skipped nothing in {counter.forwards} forwards: no effect on this model, or "
                "its threshold is too low; change --cache-config or give --preset reference"
            )
        return
    share = 1 - sum(computed) / len(computed)
    tolerance = 0.01 * max(1, counter.forwards)
    if abs(counter.skipped - counter.forwards * share) > tolerance or (share and not counter.skipped):
        raise GenerationError(
            f"cache {cache['kind']} skipped {counter.skipped:g} of {counter.forwards} forwards, {share:.0%} was "
            "planned; this model calls its transformer in a way the cache cannot follow: give --preset reference"
        )
