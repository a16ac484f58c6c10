"""Which weights of a run are kept: averaged over steps if the recipe says so, and best on the validation split."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from svta.eval.embeddings.one_video import several_captions
from svta.eval.metrics.retrieval import retrieval_metrics

if TYPE_CHECKING:
    from svta.eval.baselines.trainable import Trainable
    from svta.eval.embeddings.frame_store import FrameStore


class KeptWeights:
    """The weights that would be kept at this step: an exponential average, or the raw ones where ema is 0."""

    def __init__(self, model: nn.Module, ema: float):
        self.model, self.ema = model, ema
        self.averaged = {k: v.detach().clone().float() for k, v in model.state_dict().items()} if ema else None

    def update(self, step: int) -> None:
        """Average in the weights of `step`; early steps count more, so that the start is soon forgotten."""
        if self.averaged is not None:
            decay = min(self.ema, (1 + step) / (10 + step))
            for name, value in self.model.state_dict().items():
                self.averaged[name].lerp_(value.float(), 1 - decay)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The model with the kept weights inside the block, with its own again behind it."""
        if self.averaged is None:
            yield
            return
        raw = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
        self.model.load_state_dict({k: v.to(raw[k].dtype) for k, v in self.averaged.items()})
        try:
            yield
        finally:
            self.model.load_state_dict(raw)


def validation_figures(model: Trainable, clips: FrameStore, device: torch.device) -> dict[str, float]:
    """Retrieval figures of `model` on `clips`; `score`, the mean of R@1, R@5 and R@10 both ways, selects weights.

    Measured as `svta eval` does, in float32 and with a video of several captions as one answer.
    """
    groups = clips.videos.inverse if several_captions(clips.videos) else None
    metrics = retrieval_metrics(similarity_matrix(model, clips, device), groups=groups).as_dict()
    score = float(np.mean([metrics[way][f"R@{k}"] for way in ("t2v", "v2t") for k in (1, 5, 10)]))
    flat = {f"{way}_{name}": float(value) for way, values in metrics.items() for name, value in values.items()}
    return {"score": score, "gallery": len(clips.videos.first), **flat}


@torch.no_grad()
def similarity_matrix(model: Trainable, clips: FrameStore, device: torch.device, block: int = 64) -> Tensor:
    """Logits [N, V] of all captions against all videos of `clips`, in eval mode and float32, scored in blocks."""
    model.eval()
    input_ids = model.tokenize(clips.captions)
    texts, videos = [], []
    for start in range(0, len(clips), block):
        texts.append(model.text_features(input_ids[start : start + block].to(device)))
    for start in range(0, len(clips.videos.first), block):
        frames, mask = clips.get(clips.videos.first[start : start + block].tolist())
        videos.append(model.video_features(model.prepare(frames.to(device), None), mask.to(device)))
    return torch.cat([torch.cat([model.score(t, v).cpu() for v in videos], 1) for t in texts])


def as_float(rows: Tensor) -> Tensor:
    """Half precision of autocast back to float32; whole numbers and masks stay."""
    return rows.float() if rows.is_floating_point() else rows
