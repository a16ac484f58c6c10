"""The dataset opened for ranking: frame spec, and a drawn gallery."""

from __future__ import annotations

from typing import Any

import numpy as np

from svta.builder.dataset.clip_dataset import ClipDataset, open_dataset
from svta.builder.errors import DatasetError
from svta.builder.video.frame_spec import FrameSpec
from svta.eval.encoders.base import Encoder


def frame_spec(encoder: Encoder) -> FrameSpec:
    """The frames an encoder asks for by its attributes num_frames, image_size, sampling and resize."""
    default = FrameSpec()
    return FrameSpec(
        int(getattr(encoder, "num_frames", None) or default.num_frames),
        int(getattr(encoder, "image_size", None) or default.size),
        str(getattr(encoder, "sampling", None) or default.sampling),
        str(getattr(encoder, "resize", None) or default.resize),
    )


def open_for(encoder: Encoder, data: str, split: str, **overrides: Any) -> ClipDataset:
    """The dataset with the frames this encoder asks for; `overrides` as svta.open_dataset's keywords."""
    return open_dataset(data, split, **{**frame_spec(encoder).as_dict(), **overrides})


def draw_gallery(total: int, gallery: int | None, seed: int) -> list[int]:
    """Positions in the dataset: all, or `gallery` of them drawn with a seed, in order. DatasetError if too few."""
    if gallery is None:
        return list(range(total))
    if not 1 <= gallery <= total:
        raise DatasetError(f"a gallery of {gallery} clips out of {total}: the split does not hold as many")
    return sorted(np.random.default_rng(seed).permutation(total)[:gallery].tolist())
