"""BertAdam, kept by us since no library has it to the last bit: CLIP4Clip's and X-CLIP's official optimiser.

Beside it its schedule, parameter groups and frozen parts.

optimizer = BertAdam(official_groups(model), lr=1e-4, warmup=0.1, total_steps=1_000)
Official CLIP matrices stay float16 in training, where at lr 1e-7 only 1.1% of them change; svta keeps them float32.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import Tensor, nn
from torch.optim.optimizer import ParamsT

if TYPE_CHECKING:
    from svta.eval.baselines.clip_backbone import ClipBaseline

BASE_LR: Final = 1e-4
CLIP_LR_FACTOR: Final = 1e-3
WEIGHT_DECAY: Final = 0.2
MAX_GRAD_NORM: Final = 1.0
_NOT_DECAYED: Final = ("bias", "LayerNorm.bias", "LayerNorm.weight")
_FROZEN: Final = (
    "text_model.embeddings.",
    "vision_model.embeddings.class_embedding",
    "vision_model.embeddings.position_embedding.",
    "vision_model.embeddings.patch_embedding.weight",
    "vision_model.pre_layrnorm.",
)


def warmup_cosine(done: float, warmup: float) -> float:
    """Share of the peak lr when a share `done` of all steps is behind: linear warmup, then .5 (1 + cos(pi done))."""
    return done / warmup if done < warmup else 0.5 * (1.0 + math.cos(math.pi * done))


class BertAdam(torch.optim.Optimizer):
    """Adam without bias correction; weight decay joins the update, each tensor's gradient is clipped by itself.

    The schedule counts the steps done before, so the first step has lr 0. Clip the global norm before step() as well,
    as the official loop does.
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float = BASE_LR,
        *,
        warmup: float = 0.1,
        total_steps: int,
        betas: tuple[float, float] = (0.9, 0.98),
        eps: float = 1e-6,
        weight_decay: float = WEIGHT_DECAY,
        max_grad_norm: float = MAX_GRAD_NORM,
    ):
        defaults = {"lr": lr, "warmup": warmup, "total_steps": total_steps, "betas": betas, "eps": eps}
        super().__init__(params, defaults | {"weight_decay": weight_decay, "max_grad_norm": max_grad_norm})

    @staticmethod
    def scheduled_lr(group: dict[str, Any], steps_done: int) -> float:
        """The group's lr when so many steps are behind."""
        return float(group["lr"] * warmup_cosine(steps_done / group["total_steps"], group["warmup"]))

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """One update; parameters without a gradient stay and do not count."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, group)
        return loss

    def _update(self, parameter: Tensor, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        if not state:
            state.update(step=0, exp_avg=torch.zeros_like(parameter), exp_avg_sq=torch.zeros_like(parameter))
        gradient = parameter.grad
        assert gradient is not None
        if group["max_grad_norm"] > 0:
            nn.utils.clip_grad_norm_(parameter, group["max_grad_norm"])
        beta1, beta2 = group["betas"]
        state["exp_avg"].mul_(beta1).add_(gradient, alpha=1 - beta1)
        state["exp_avg_sq"].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        update = state["exp_avg"] / (state["exp_avg_sq"].sqrt() + group["eps"])
        if group["weight_decay"] > 0:
            update += group["weight_decay"] * parameter
        parameter.add_(update, alpha=-self.scheduled_lr(group, state["step"]))
        state["step"] += 1


def official_groups(
    model: nn.Module,
    *,
    lr: float = BASE_LR,
    clip_lr_factor: float = CLIP_LR_FACTOR,
    weight_decay: float = WEIGHT_DECAY,
) -> list[dict[str, object]]:
    """Four parameter groups by name: under `clip.` the lr is a thousandth; biases are not decayed, all else is.

    `transformerClip.` has a capital C and takes the full rate, and norm weights and the logit scale are decayed: both
    as in the official code.
    """
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            key = ("clip." in name, not any(part in name for part in _NOT_DECAYED))
            groups.setdefault(key, []).append(parameter)
    return [
        {
            "params": groups[in_clip, decayed],
            "lr": lr * clip_lr_factor if in_clip else lr,
            "weight_decay": weight_decay if decayed else 0.0,
        }
        for in_clip, decayed in sorted(groups, reverse=True)
    ]


def freeze_layers(model: ClipBaseline, first_trained: int = 0) -> list[str]:
    """The official freeze_layer_num: CLIP's input parts, and its blocks below `first_trained`; returns their names."""
    frozen = []
    for name, parameter in model.clip.named_parameters():
        layer = name.split("encoder.layers.")[1].split(".")[0] if "encoder.layers." in name else None
        if name.startswith(_FROZEN) or (layer is not None and int(layer) < first_trained):
            parameter.requires_grad_(False)
            frozen.append(f"clip.{name}")
    return frozen
