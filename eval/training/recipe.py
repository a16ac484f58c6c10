"""How a baseline is trained: one dataclass of numbers a run, the learning-rate schedule, the optimiser, the precision.

`svta train` starts from the baseline's own recipe and lets options override it; the resolved recipe is written to
CKPT/training.json. The official CLIP4Clip / X-CLIP optimiser lives with those baselines.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, get_args

import torch
from torch import nn

from svta.builder.errors import SvtaError

Precision = Literal["auto", "float32", "bfloat16"]


class RecipeError(SvtaError):
    """Numbers no training can go by."""


@dataclass(frozen=True)
class Recipe:
    """epochs over the train split, of batch_size clips (all processes together); lr is the peak of warmup + cosine.

    mask_repeats: two clips of one batch with the same caption are no negatives of each other. ema: the averaged weights
    are the ones validated and kept (0: the raw ones). evaluations: how often the validation split is measured.
    optimiser: adamw, bertadam (the official one of CLIP4Clip and X-CLIP) or gram (AdamW in GRAM's groups). decay: how
    the lr falls behind the warmup. max_grad_norm 0 clips nothing.
    """

    epochs: int = 5
    batch_size: int = 128
    lr: float = 1e-4
    weight_decay: float = 0.2
    warmup: float = 0.1
    betas: tuple[float, float] = (0.9, 0.98)
    max_grad_norm: float = 1.0
    ema: float = 0.0
    precision: Precision = "auto"
    mask_repeats: bool = True
    evaluations: int = 5
    optimiser: Literal["adamw", "bertadam", "gram"] = "adamw"
    decay: Literal["cosine", "linear"] = "cosine"
    seed: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {**asdict(self), "betas": list(self.betas)}


_AS_PUBLISHED: Final[dict[str, Any]] = {"epochs": 5, "mask_repeats": False, "precision": "float32"}
_CLIP4CLIP: Final[dict[str, Any]] = {"lr": 1e-4, "weight_decay": 0.2, "optimiser": "bertadam"}
_GRAM: Final[dict[str, Any]] = {"lr": 2e-5, "weight_decay": 0.01, "optimiser": "gram", "decay": "linear"}
OFFICIAL: Final = {
    "clip4clip": Recipe(**_AS_PUBLISHED, **_CLIP4CLIP, batch_size=128),
    "xclip": Recipe(**_AS_PUBLISHED, **_CLIP4CLIP, batch_size=300),
    "gram": Recipe(**_AS_PUBLISHED, **_GRAM, batch_size=64, max_grad_norm=0.0),
}
XCLIP_BATCH_PATCH_16: Final = 80  # the official scripts' for ViT-B/16


def make_optimiser(model: nn.Module, recipe: Recipe, total: int) -> torch.optim.Optimizer:
    """AdamW, biases, norms and scalars not decayed; or an official one with its groups and frozen parts.

    total: optimiser steps of the whole run, which BertAdam's own schedule counts.
    """
    if recipe.optimiser == "gram":
        from .baselines.gram_model import GramModel, official_gram_groups

        if not isinstance(model, GramModel):
            raise RecipeError(f"optimiser gram: for GRAM, not for {type(model).__name__}")
        groups = official_gram_groups(model, lr=recipe.lr, weight_decay=recipe.weight_decay)
        return torch.optim.AdamW(with_peaks(groups), recipe.lr, betas=recipe.betas, eps=1e-6)
    if recipe.optimiser == "bertadam":
        from .baselines.bertadam import BertAdam, freeze_layers, official_groups

        freeze_layers(model)
        groups = official_groups(model, lr=recipe.lr, weight_decay=recipe.weight_decay)
        return BertAdam(groups, recipe.lr, warmup=recipe.warmup, total_steps=total, betas=recipe.betas)
    groups = with_peaks(decayed_or_not(model.named_parameters(), recipe), recipe.lr)
    return torch.optim.AdamW(groups, recipe.lr, betas=recipe.betas, eps=1e-6)


def with_peaks(groups: list[dict[str, Any]], lr: float = 0.0) -> list[dict[str, Any]]:
    """Parameter groups that remember their peak rate, which `schedule` scales."""
    return [{**group, "peak_lr": group.get("lr", lr)} for group in groups if group["params"]]


def schedule(optimiser: torch.optim.Optimizer, recipe: Recipe, step: int, total: int) -> float:
    """Set every group's learning rate for `step` (from 0) of `total` and return it; BertAdam keeps its own."""
    if recipe.optimiser == "bertadam":
        from .baselines.bertadam import BertAdam

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


def decayed_or_not(named: Iterable[tuple[str, nn.Parameter]], recipe: Recipe) -> list[dict[str, Any]]:
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
        return getattr(torch, precision)  # type: ignore[no-any-return]
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    fast = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if fast else torch.float32
