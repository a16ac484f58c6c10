"""The official repositories' own views of a model, for comparison: GRAM's ranks, CLIP4Clip's weight names."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from torch import Tensor

from svta.eval.baselines.clip_backbone import ClipBaseline
from svta.eval.baselines.kinds import BaselineError
from svta.eval.baselines.official import StateDict, clip_to_official
from svta.eval.metrics.ranks import lower_median


def official_ranks(
    scores: Tensor, ids: Sequence[Hashable], ids_txt: Sequence[Hashable], *, ascending: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """GRAM's own ranks from 0: (one a text, one a video) of scores [T, V]; ascending for volumes.

    ids names the videos, ids_txt the video of each text. A text seeks the first video of its id; a video its best text.
    Ties go by place (the official sort leaves them to chance): never compare their mean ranks.
    """
    values = scores.detach().float().cpu().numpy() * (1 if ascending else -1)
    if values.shape != (len(ids_txt), len(ids)):
        raise BaselineError(f"scores {values.shape} for {len(ids_txt)} texts and {len(ids)} videos")
    first = {name: place for place, name in reversed(list(enumerate(ids)))}
    if missing := [name for name in ids_txt if name not in first]:
        raise BaselineError(f"no video has the id {missing[0]!r} of a text")
    by_text = np.argsort(np.argsort(values, axis=1, kind="stable"), axis=1)
    by_video = np.argsort(np.argsort(values, axis=0, kind="stable"), axis=0)
    forward = np.array([by_text[row, first[name]] for row, name in enumerate(ids_txt)])
    texts_of: dict[Hashable, list[int]] = {}
    for row, name in enumerate(ids_txt):
        texts_of.setdefault(name, []).append(row)
    if missing := [name for name in ids if name not in texts_of]:
        raise BaselineError(f"no text has the id {missing[0]!r} of a video")
    return forward, np.array([by_video[texts_of[name], column].min() for column, name in enumerate(ids)])


def official_summary(ranks: np.ndarray) -> dict[str, float]:
    """R@1 R@5 R@10 (percent), MdR (the lower of two middle ranks) and MnR of ranks from 0, as GRAM counts them."""
    recalls = {f"R@{k}": 100.0 * float(np.mean(ranks < k)) for k in (1, 5, 10)}
    return recalls | {"MdR": lower_median(ranks + 1), "MnR": float(np.mean(ranks + 1))}


def to_official_state_dict(model: ClipBaseline, tensors: StateDict | None = None) -> dict[str, Tensor]:
    """A model's weights, or other tensors under its parameter names (gradients), under the official names."""
    tensors = model.state_dict() if tensors is None else tensors
    clip = {name.removeprefix("clip."): value for name, value in tensors.items() if name.startswith("clip.")}
    official = {f"clip.{name}": value for name, value in clip_to_official(clip).items()}
    patches = "vision_model.embeddings.patch_embedding.conv2.weight"
    if patches in clip:
        official["clip.visual.conv2.weight"] = clip[patches]
        official["clip.visual.conv1.weight"] = clip[patches][:, :, 1].contiguous()
    return official | {name: value for name, value in tensors.items() if not name.startswith("clip.")}
