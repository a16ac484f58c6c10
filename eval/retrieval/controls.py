"""Controls: what a score has to beat: chance, colours alone, one frame alone, the same frames in the wrong order.

Reads frames and captions; writes nothing. `svta eval --controls` puts the figures beside the model's, so that a reader
sees what shape, words and motion each add.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from svta.eval.metrics.retrieval import COLUMNS, RECALLS, retrieval_metrics_from_embeddings

if TYPE_CHECKING:
    import torch

    from svta.eval.embeddings.frame_store import FrameStore

Rows = npt.NDArray[np.float32]
LEVELS: Final = 4  # a channel, so 64 colours
RIDGES: Final = (0.03, 0.1, 0.3, 1.0, 3.0)


def chance(gallery: int) -> dict[str, float]:
    """Expected figures of random ranks in a gallery: R@K is K/N."""
    recalls = [100.0 * min(k, gallery) / gallery for k in RECALLS]
    return dict(zip(COLUMNS, (*recalls, (gallery + 1) / 2, (gallery + 1) / 2)))


def still(pixel_values: torch.Tensor, frame_mask: torch.Tensor) -> torch.Tensor:
    """[V, F, 3, H, W] with each clip's middle valid frame in every valid place: no motion, nothing else changed."""
    import torch

    middle = (frame_mask.sum(1) // 2).clamp(max=pixel_values.shape[1] - 1)
    one = pixel_values[torch.arange(len(pixel_values)), middle][:, None]
    return torch.where(frame_mask[:, :, None, None, None], one, pixel_values)


def shuffled(pixel_values: torch.Tensor, frame_mask: torch.Tensor, names: Sequence[int], seed: int = 0) -> torch.Tensor:
    """[V, F, 3, H, W] with each clip's valid frames in a random order that is not the true one: what was, but not when.

    names [V] number the clips: a clip's order follows from the seed and its number, not from the rest of the batch.
    """
    out = pixel_values.clone()
    for row, (count, name) in enumerate(zip(frame_mask.sum(1).tolist(), names)):
        if count > 1:
            out[row, :count] = pixel_values[row, _disorder(count, [seed, name])]
    return out


def _disorder(count: int, seed: list[int]) -> npt.NDArray[np.int64]:
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(count)
        if (order != np.arange(count)).any():
            return order


def colour_histograms(pixel_values: torch.Tensor, frame_mask: torch.Tensor) -> Rows:
    """[V, 64]: the square root of each colour's share among all pixels of a clip's valid frames."""
    import torch

    levels = (pixel_values.to(torch.int32) * LEVELS) >> 8
    colours = (levels[:, :, 0] * LEVELS + levels[:, :, 1]) * LEVELS + levels[:, :, 2]
    rows = []
    for clip, mask in zip(colours, frame_mask):
        counts = torch.bincount(clip[mask].flatten(), minlength=LEVELS**3).float()
        rows.append((counts / counts.sum().clamp(min=1)).sqrt())
    return torch.stack(rows).numpy()


class ColourModel:
    """Ridge regression from a clip's 64-colour histogram to its caption's weighted words; ranks by cosine.

    Fitted on training clips; the ridge is chosen on the last fifth of them.
    """

    def __init__(self, histograms: Rows, captions: Sequence[str]):
        from svta.eval.baselines.tokens import Vocabulary

        self._vocabulary = Vocabulary.of(captions, max_words=64)
        counts = self._counts(captions)
        seen = (counts > 0).sum(0)
        self._weight = np.where(seen > 0, np.log(len(captions) / np.maximum(seen, 1)), 0.0).astype(np.float32)
        words = counts * self._weight
        self._mean_x, self._mean_y = histograms.mean(0), words.mean(0)
        x, y = histograms - self._mean_x, words - self._mean_y
        cut = max(1, len(x) * 4 // 5)
        best = max(RIDGES, key=lambda ridge: self._recall(_ridge(x[:cut], y[:cut], ridge), x[cut:], y[cut:]))
        self._map = _ridge(x, y, best)

    def text(self, captions: Sequence[str]) -> Rows:
        """[T, words], of length 1."""
        return _unit(self._counts(captions) * self._weight - self._mean_y)

    def video(self, histograms: Rows) -> Rows:
        """[V, words], of length 1."""
        return _unit((histograms - self._mean_x) @ self._map)

    def _counts(self, captions: Sequence[str]) -> Rows:
        ids = self._vocabulary.ids(captions).numpy()
        bag = np.zeros((len(captions), len(self._vocabulary.words) + 2), np.float32)
        np.put_along_axis(bag, ids, 1.0, axis=1)
        return bag[:, 2:]  # without padding and unknown words

    @staticmethod
    def _recall(mapping: Rows, x: Rows, y: Rows) -> float:
        if not len(x):
            return 0.0
        return retrieval_metrics_from_embeddings(_unit(y), _unit(x @ mapping)).t2v.recall(10)


def colour_model(train: FrameStore, block: int = 128) -> ColourModel:
    """The colour baseline fitted on a training split."""
    parts = []
    for start in range(0, len(train), block):
        parts.append(colour_histograms(*train.get(range(start, min(start + block, len(train))))))
    return ColourModel(np.concatenate(parts), train.captions)


def _ridge(x: Rows, y: Rows, ridge: float) -> Rows:
    gram = x.T @ x
    strength = ridge * np.trace(gram) / len(gram) + 1e-6
    return np.linalg.solve(gram + strength * np.eye(len(gram), dtype=x.dtype), x.T @ y)


def _unit(rows: Rows) -> Rows:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
