"""Optimisers, learning-rate schedules, precision."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import get_args

import torch
from torch import nn

from .recipe import Precision, Recipe, RecipeError


def make_optimiser(model: nn.Module, recipe: Recipe, total: int) -> torch.optim.Optimizer:
    """AdamW, biases, norms and scalars not decayed; or an official one with its groups and frozen parts.

    total: optimiser steps of the whole run, which BertAdam's own schedule counts.
    """
    if recipe.optimiser == "gram":
        from svta.eval.baselines.gram_model import GramModel, official_gram_groups

        if not isinstance(model, GramModel):
            raise RecipeError(f"optimiser gram: for GRAM, not for {type(model).__name__}")
        groups = official_gram_groups(model, lr=recipe.lr, weight_decay=recipe.weight_decay)
        return torch.optim.AdamW(with_peaks(groups), recipe.lr, betas=recipe.betas, eps=1e-6)
    if recipe.optimiser == "bertadam":
        from svta.eval.baselines.clip_backbone import ClipBaseline

        from .bertadam import BertAdam, freeze_layers, official_groups

        if not isinstance(model, ClipBaseline):
            raise RecipeError(f"optimiser bertadam: for CLIP4Clip and X-CLIP, not for {type(model).__name__}")
        freeze_layers(model)
        groups = official_groups(model, lr=recipe.lr, weight_decay=recipe.weight_decay)
        return BertAdam(groups, recipe.lr, warmup=recipe.warmup, total_steps=total, betas=recipe.betas)
    groups = with_peaks(decayed_or_not(model.named_parameters(), recipe), recipe.lr)
    return torch.optim.AdamW(groups, recipe.lr, betas=recipe.betas, eps=1e-6, fused=True)


def with_peaks(groups: list[dict[str, object]], lr: float = 0.0) -> list[dict[str, object]]:
    """Parameter groups that remember their peak rate, which `schedule` scales."""
    return [{**group, "peak_lr": group.get("lr", lr)} for group in groups if group["params"]]


def schedule(optimiser: torch.optim.Optimizer, recipe: Recipe, step: int, total: int) -> float:
    """Set every group's learning rate for `step` (from 0) of `total` and return it; BertAdam keeps its own."""
    if recipe.optimiser == "bertadam":
        from .bertadam import BertAdam

        return BertAdam.scheduled_lr(optimiser.param_groups[-1], step)
    share = rate(step, total, recipe.warmup, recipe.decay)
    for group in optimiser.param_groups:
        group["lr"] = group["peak_lr"] * share
    return recipe.lr * share


def rate(step: int, total: int, warmup: float, decay: str = "cosine") -> float:
    """Share of the peak lr at `step` (from 0) of `total`: linear warmup, then half a cosine or a line down to 0."""
    done = (step + 1) / max(total, 1)
    if done < warmup:
        return done / warmup
    behind = (done - warmup) / max(1 - warmup, 1e-9)
    return 1 - behind if decay == "linear" else 0.5 * (1 + math.cos(math.pi * behind))


def decayed_or_not(named: Iterable[tuple[str, nn.Parameter]], recipe: Recipe) -> list[dict[str, object]]:
    """Two parameter groups: matrices with weight decay, vectors and scalars without."""
    params = [p for _, p in named if p.requires_grad]
    return [
        {"params": [p for p in params if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in params if p.ndim <= 1], "weight_decay": 0.0},
    ]


def pick_precision(precision: Precision, device: torch.device) -> torch.dtype:
    """The autocast type. auto: bfloat16 where the processor multiplies it natively (2-3 x faster), else float32."""
    if precision not in get_args(Precision):
        raise RecipeError(f"precision {precision!r}: one of {', '.join(get_args(Precision))}")
    if precision != "auto":
        return torch.float32 if precision == "float32" else torch.bfloat16
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    fast = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if fast else torch.float32
