"""The dataset opened for ranking, and a drawn gallery."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from svta.builder.dataset.clip_dataset import ClipDataset, open_dataset
from svta.builder.errors import DatasetError
from svta.builder.record import Clip
from svta.builder.video.frame_spec import FrameSpec, Quality
from svta.eval.embeddings.one_video import one_video
from svta.eval.encoders.base import Encoder, as_encoder

from .config import EvalConfig


def open_for(
    encoder: Encoder, data: str, split: str, resize: Quality = "exact", *, frames: FrameSpec | None = None
) -> ClipDataset:
    """The dataset with the frames this encoder asks for, as its own processor resizes or fast; or with `frames`."""
    return open_dataset(data, split).with_frames(frames or as_encoder(encoder).frames(resize))


def draw_gallery(clips: Sequence[Clip], positions: Sequence[int], config: EvalConfig) -> list[int]:
    """Which `positions` (those of `clips`) are ranked: all captions or the first of each video (config.captions).

    With config.gallery so many videos are drawn by config.seed, each with its captions, in order. DatasetError if there
    are too few.
    """
    videos = one_video(clips)
    total, wanted = len(videos.first), config.gallery
    drawn = np.ones(total, bool)
    if wanted is not None:
        if not 1 <= wanted <= total:
            raise DatasetError(f"a gallery of {wanted} clips out of {total}: the split does not hold as many")
        drawn[np.random.default_rng(config.seed).permutation(total)[wanted:]] = False
    rows = videos.first if config.captions == "first" else np.arange(len(clips))
    return [positions[i] for i in rows if drawn[videos.inverse[i]]]
