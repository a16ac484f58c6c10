"""The dataset opened for ranking, and a drawn gallery."""

from __future__ import annotations

from typing import Any

import numpy as np

from svta.builder.dataset.clip_dataset import ClipDataset, open_dataset
from svta.builder.errors import DatasetError
from svta.eval.encoders.base import Encoder, as_encoder


def open_for(encoder: Encoder, data: str, split: str, **overrides: Any) -> ClipDataset:
    """The dataset with the frames this encoder asks for; `overrides` as svta.open_dataset's keywords."""
    return open_dataset(data, split, **{**as_encoder(encoder).frame_spec.as_dict(), **overrides})


def draw_gallery(total: int, gallery: int | None, seed: int) -> list[int]:
    """Positions in the dataset: all, or `gallery` of them drawn with a seed, in order. DatasetError if too few."""
    if gallery is None:
        return list(range(total))
    if not 1 <= gallery <= total:
        raise DatasetError(f"a gallery of {gallery} clips out of {total}: the split does not hold as many")
    return sorted(np.random.default_rng(seed).permutation(total)[:gallery].tolist())
