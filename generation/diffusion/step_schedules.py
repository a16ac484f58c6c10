"""Which denoising steps a cache may skip: the schedules of MagCache and TeaCache, and what is known of checkpoints."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from svta.generation.backends.spec import JsonObject, Options, PlanError

from .families import Pipe
from .model_info import Config, hidden_width

if TYPE_CHECKING:
    from torch import Tensor

PROTECTED_STEPS: Final = 5  # the first steps decide what moves: a cache that skips them gives still pictures
MAG: Final = {"threshold": 0.12, "max_skip_steps": 4, "retention_ratio": 0.2}  # 21 of 50 steps of Wan 2.1 computed
STATIC: Final = ("mag", "teacache")  # which steps they compute is known before generation, so batches stay independent
CONFIGS: Final = ("PyramidAttentionBroadcastConfig", "FasterCacheConfig", "TaylorSeerCacheConfig", "SeaCacheConfig")


@cache
def checkpoints() -> list[JsonObject]:
    """What is known of checkpoints' residuals; see the note in step_caches.json."""
    table = json.loads(files("svta.generation.diffusion").joinpath("step_caches.json").read_text(encoding="utf-8"))
    return list(table["checkpoints"])


def known_checkpoint(pipeline: str, denoisers: Mapping[str, Config]) -> JsonObject | None:
    """The row of step_caches.json for a model of this pipeline class and shape, or None."""
    if list(denoisers) != ["transformer"]:
        return None
    config = denoisers["transformer"]
    shape = (pipeline, config.get("num_layers"), hidden_width(config))
    return next((row for row in checkpoints() if (row["pipeline"], row["layers"], row["width"]) == shape), None)


def mag_steps(
    ratios: Sequence[float], steps: int, *, threshold: float, max_skip_steps: int, retention_ratio: float
) -> list[bool]:
    """Which of `steps` steps MagCache computes: skipped while the residual's predicted change stays small.

    ratios: how much the residual's size changes from step to step, interpolated to `steps` (nearest).
    """
    spread = [ratios[round(i * (len(ratios) - 1) / max(1, steps - 1))] for i in range(steps)]
    first = max(min(PROTECTED_STEPS, steps), int(retention_ratio * steps + 0.5))
    computed, size, skipped, error = [], 1.0, 0, 0.0
    for step in range(steps):
        size, skipped = size * spread[step], skipped + 1
        error += abs(1 - size)
        skip = step >= first and error <= threshold and skipped <= max_skip_steps
        computed.append(not skip)
        if not skip:
            size, skipped, error = 1.0, 0, 0.0
    return computed


def tea_steps(
    embeddings: Sequence[Tensor], *, coefficients: Sequence[float], threshold: float, first: int, last: int
) -> list[bool]:
    """Which steps TeaCache computes, from the time embedding of every step (tensors of one shape): a constant."""
    steps, total, computed = len(embeddings), 0.0, []
    for step, embedding in enumerate(embeddings):
        skip = False
        if max(first, 1) <= step < steps - last:
            before = embeddings[step - 1]
            change = float((embedding - before).abs().mean() / before.abs().mean())
            value = 0.0
            for coefficient in coefficients:
                value = value * change + coefficient
            total += value
            skip = total < threshold
        if not skip:
            total = 0.0
        computed.append(not skip)
    return computed


def time_embeddings(pipe: Pipe, steps: int, *, projected: bool) -> list[Tensor]:
    """The Wan transformer's time embedding at every step, in float32 on the CPU, so that all machines agree."""
    import torch

    embedder: Any = getattr(pipe.transformer, "condition_embedder", None)
    if not all(hasattr(embedder, name) for name in ("timesteps_proj", "time_embedder", "time_proj", "act_fn")):
        raise PlanError(f"cache teacache: {type(pipe.transformer).__name__} has no time embedding it knows; try mag")
    frequencies, first, act, second = (
        copy.deepcopy(part).float().cpu()
        for part in (embedder.timesteps_proj, embedder.time_embedder, embedder.act_fn, embedder.time_proj)
    )
    with torch.inference_mode():
        embedded = [first(frequencies(t[None].float())) for t in timesteps_of(pipe, steps)]
        return [second(act(e)) for e in embedded] if projected else embedded


def timesteps_of(pipe: Pipe, steps: int) -> Tensor:
    scheduler = copy.deepcopy(pipe.scheduler)
    scheduler.set_timesteps(steps)
    return scheduler.timesteps.cpu()


def static_steps(pipe: Pipe, cache: Options, steps: int) -> list[bool] | None:
    """The steps that a static cache computes, True for computed; None for a cache that decides while it runs.

    Raises PlanError for settings that are incomplete.
    """
    if cache["kind"] not in STATIC:
        return None
    settings = {name: value for name, value in cache.items() if name not in ("kind", "checkpoint", "calibrate")}
    row = next((row for row in checkpoints() if row["name"] == cache.get("checkpoint")), {})
    count = len(timesteps_of(pipe, steps))
    try:
        if cache["kind"] == "mag":
            return mag_steps(settings.pop("mag_ratios", None) or row["mag_ratios"], count, **{**MAG, **settings})
        settings = {"first": PROTECTED_STEPS, "last": 0, **row.get("teacache", {}), **settings}
        projected = settings.pop("embedding", "projected") == "projected"
        return tea_steps(time_embeddings(pipe, steps, projected=projected), **settings)
    except KeyError:
        if cache.get("calibrate"):
            raise PlanError("cache mag: not calibrated yet; `svta plan` and `svta generate` do it") from None
        needed = "mag_ratios" if cache["kind"] == "mag" else "coefficients and threshold"
        raise PlanError(f"cache {cache['kind']}: no values are known for this checkpoint; give its {needed}") from None
    except TypeError as error:
        raise PlanError(f"--cache-config {cache['kind']}: {str(error).partition(') ')[2] or error}") from None
