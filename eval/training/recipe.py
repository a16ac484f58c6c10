"""How a baseline is trained: one dataclass of numbers per run, learning-rate schedule, optimiser, precision.

`svta train` starts from the baseline's own recipe and lets options override it; the resolved recipe is written to
CKPT/training.json. The official CLIP4Clip / X-CLIP optimiser lives with those baselines.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from svta.builder.errors import SvtaError

Precision = Literal["auto", "float32", "bfloat16"]


class RecipeError(SvtaError):
    """Numbers no training can go by."""


@dataclass(frozen=True)
class Recipe:
    """epochs over the train split, of batch_size clips (all processes together); lr is the peak of warmup + cosine.

    mask_repeats: two clips of one batch with the same caption are not negatives of each other (captions of one video
    never are). ema: the averaged weights are the ones validated and kept (0: the raw ones). evaluations: how often the
    validation split is measured.
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

    def as_dict(self) -> dict[str, object]:
        """Plain JSON."""
        return {**asdict(self), "betas": list(self.betas)}
