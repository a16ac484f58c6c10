"""The recipes: the published ones, and the default of every baseline."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from svta.eval.baselines.kinds import BASELINES
from svta.eval.encoders.hub_files import model_file
from svta.eval.encoders.loading import read_config

from .config import BaselineChoiceError
from .factory import SMALL
from .recipe import Recipe


def tiny_recipe(num_clips: int) -> Recipe:
    """Fewer epochs for more clips: 12 for 1,400 (about a minute of one core with bfloat16), 8 for 4,200."""
    epochs = int(np.clip(round(12 * (1400 / max(num_clips, 1)) ** 0.4), 3, 100))
    return Recipe(epochs=epochs, batch_size=128, lr=4e-3, weight_decay=0.05, ema=0.99, evaluations=4)


_PUBLISHED: Final = Recipe(epochs=5, mask_repeats=False, precision="float32")
_CLIP4CLIP: Final = replace(_PUBLISHED, lr=1e-4, weight_decay=0.2, optimiser="bertadam", batch_size=128)
OFFICIAL: Final = {
    "clip4clip": _CLIP4CLIP,
    "xclip": replace(_CLIP4CLIP, batch_size=300),
    "gram": replace(
        _PUBLISHED, lr=2e-5, weight_decay=0.01, optimiser="gram", decay="linear", batch_size=64, max_grad_norm=0.0
    ),
}
XCLIP_BATCH_PATCH_16: Final = 80  # the official scripts' for ViT-B/16


def default_recipe(
    baseline: str, recipe: str, num_clips: int, start: str | None = None, *, head: str | None = None
) -> Recipe:
    """`modern` or `official` numbers for a baseline, its start and a train split of this size."""
    if baseline not in BASELINES:
        raise BaselineChoiceError(f"baseline {baseline!r}: one of {', '.join(BASELINES)}")
    if recipe not in ("modern", "official"):
        raise BaselineChoiceError(f"recipe {recipe!r}: modern or official")
    if baseline == "tiny":
        if recipe == "official":
            raise BaselineChoiceError("tiny has no official recipe; take modern")
        return tiny_recipe(num_clips)
    if recipe == "official":
        published = OFFICIAL[baseline]
        if baseline == "xclip" and start not in (None, SMALL) and _patch_size(str(start)) == 16:
            return replace(published, batch_size=XCLIP_BATCH_PATCH_16)
        return published
    if start == SMALL:
        pairwise = baseline == "clip4clip" and head == "tightTransf"
        epochs = min(max(round((14 if pairwise else 12) * (2_000 / max(num_clips, 1)) ** 0.5), 4), 60)
        lr = 1e-3 if baseline == "gram" else 5e-4
        return Recipe(epochs=epochs, batch_size=64, lr=lr, weight_decay=0.05, evaluations=3 if pairwise else 5)
    return Recipe(lr=1e-5, weight_decay=0.05)


def _patch_size(start: str) -> int | None:
    """The patch size of the CLIP (or the baseline on one) that is at `start`, where its config.json says it."""
    path = model_file(start, "config.json")
    config = read_config(path) if path is not None else {}
    for name in ("clip_config", "vision_config"):
        part = config.get(name, config)
        config = part if isinstance(part, dict) else {}
    size = config.get("patch_size")
    return size if isinstance(size, int) else None
