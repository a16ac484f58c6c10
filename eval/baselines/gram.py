"""GRAM (Cicchetti et al. 2025): a text belongs to the video whose embeddings span the smallest volume with it.

The formulas: volume, loss, re-ranking. The model that trains and saves is in gram_model.py.

    volume(text, video)                      # [T, V], 0 for parallel and for opposite vectors
    rerank(-volume(text, video), itm, 50)    # the official second stage
"""

from __future__ import annotations

from typing import Final, Literal

import torch
from torch import Tensor

from .kinds import BaselineError
from .trainable import contrastive_loss

PAIRS_AT_A_TIME: Final = 1 << 18
SMALLEST_DETERMINANT: Final = 1e-12  # below, the volume is 0 and has no gradient (the official one has an infinite one)


def volume(text: Tensor, *modalities: Tensor) -> Tensor:
    """sqrt |det Gram| of every text with every video's modalities; text [T, D], each modality [V, D] -> [T, V].

    With one modality of unit vectors sqrt(1 - cos^2): an anti-aligned pair scores like a match. float32 inside, a
    quarter of a million pairs at a time.
    """
    if not modalities:
        raise BaselineError("volume needs at least one modality")
    shapes = [tuple(part.shape) for part in (text, *modalities)]
    if any(len(s) != 2 or s[1] != shapes[0][1] for s in shapes) or len(set(shapes[1:])) > 1:
        raise BaselineError(f"volume takes text [T, D] and modalities [V, D], not {', '.join(map(str, shapes))}")
    rows = max(1, PAIRS_AT_A_TIME // max(len(modalities[0]), 1))
    with torch.autocast(text.device.type, enabled=False):
        views = [modality.float() for modality in modalities]
        parts = [_volume(part, views) for part in text.float().split(rows)]
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def _volume(text: Tensor, views: list[Tensor]) -> Tensor:
    size = len(views) + 1
    gram = text.new_empty((len(text), len(views[0]), size, size))
    gram[..., 0, 0] = torch.einsum("td,td->t", text, text)[:, None]
    for i, view in enumerate(views, start=1):
        gram[..., 0, i] = gram[..., i, 0] = text @ view.T
        for j, other in enumerate(views[:i], start=1):
            gram[..., i, j] = gram[..., j, i] = torch.einsum("vd,vd->v", view, other)
    determinant = torch.linalg.det(gram).abs()
    spans = ~(determinant < SMALLEST_DETERMINANT)  # NaN stays NaN
    return torch.where(spans, torch.where(spans, determinant, 1.0).sqrt(), 0.0)


def gram_loss(text: Tensor, *modalities: Tensor, temperature: float | Tensor, label_smoothing: float = 0.1) -> Tensor:
    """.5 (CE over texts + CE over videos) of -volume / temperature; text [B, D], modalities [B, D], i belongs to i."""
    if modalities and len(text) != len(modalities[0]):
        raise BaselineError(f"gram_loss: {len(text)} texts for {len(modalities[0])} videos, text i belongs to video i")
    return contrastive_loss(-volume(text, *modalities) / temperature, label_smoothing)


def top_pairs(scores: Tensor, k: int, direction: Literal["t2v", "v2t"] = "t2v") -> Tensor:
    """bool [T, V]: the k best videos of each text (t2v), or the k best texts of each video (v2t); NaN is never best."""
    if direction not in ("t2v", "v2t"):
        raise BaselineError(f"direction {direction!r}: t2v or v2t")
    axis = 1 if direction == "t2v" else 0
    best = scores.nan_to_num(nan=-torch.inf, posinf=torch.inf, neginf=-torch.inf)
    best = best.topk(min(max(k, 0), scores.shape[axis]), dim=axis).indices
    return torch.zeros_like(scores, dtype=torch.bool).scatter_(axis, best, True)


def rerank(scores: Tensor, pair_scores: Tensor, k: int, direction: Literal["t2v", "v2t"] = "t2v") -> Tensor:
    """The official second stage: pair_scores where `scores` is in the top k, zero elsewhere; [T, V], higher is better.

    Rank the result in the same direction. A first-stage miss ties with the whole tail: GRAM's bad mean rank.
    """
    if scores.shape != pair_scores.shape or scores.ndim != 2:
        raise BaselineError(f"scores {list(scores.shape)} and pair_scores {list(pair_scores.shape)}: both are [T, V]")
    return torch.where(top_pairs(scores, k, direction), pair_scores, torch.zeros_like(pair_scores))
