"""One optimiser step of a run. All randomness in it is a function of (seed, step), so that a resumed run is the same.

Several processes: each encodes its share of the batch, the features are gathered, every process computes the loss of
the whole batch, and gradients are averaged: the losses of one process, 1.2e-6 apart. (DDP would gather gradients of
losses over each process's own negatives; it also calls `forward` alone.)
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from torch import Tensor, nn

from svta.builder.errors import quantity
from svta.eval.distributed import average_gradients, gather_rows, this_process
from svta.eval.metrics.contrast_ranks import contrast_numbers

from .config import TrainingError
from .optimizers import make_optimiser, pick_precision, schedule
from .selection import as_float

if TYPE_CHECKING:
    from svta.eval.baselines.trainable import Features, Trainable
    from svta.eval.embeddings.frame_store import FrameStore

    from .recipe import Recipe

_ORDER, _OWN_CLIPS, _AUGMENTATION, _WHOLE_BATCH = 1, 2, 3, 4  # what a random stream is for
_NO_NEGATIVE: Final = -1e4


class NotFiniteError(TrainingError):
    """A loss or a gradient that is not a number."""


class Stepper:
    """The model, its optimiser and the train split; `advance(step)` makes one optimiser step."""

    def __init__(self, model: Trainable, clips: FrameStore, recipe: Recipe):
        self.process = this_process()
        self.model, self.clips, self.recipe = model.to(self.process.device), clips, recipe
        world = self.process.world
        self.batch_size = min(recipe.batch_size, len(clips)) // world * world
        if self.batch_size < max(2, world):
            raise TrainingError(f"{quantity(len(clips), 'clip')} to train on: at least {max(2, world)} are needed")
        self.steps_an_epoch = len(clips) // self.batch_size
        self.total = recipe.epochs * self.steps_an_epoch
        self.dtype = pick_precision(recipe.precision, self.process.device)
        self.optimiser = make_optimiser(model, recipe, self.total)
        self._input_ids = model.tokenize(clips.captions)
        self._captions = np.unique([c.strip().casefold() for c in clips.captions], return_inverse=True)[1]
        self._videos = clips.videos.inverse
        self._together = contrast_numbers(clips.clips)

    def advance(self, step: int) -> dict[str, float]:
        """Step number `step` (from 0); its figures. Raises NotFiniteError."""
        chosen = self._batch(step)
        similarity, contrastive, extra = self._losses(step, chosen)
        loss = contrastive + extra
        self._check_finite("loss", loss, step)
        lr = schedule(self.optimiser, self.recipe, step, self.total)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        average_gradients(self.model, self.process.world)
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.max_grad_norm or float("inf"))
        self._check_finite("gradient", norm, step)
        self.optimiser.step()
        self.model.after_step()
        right = similarity.detach().argmax(1) == torch.arange(len(similarity), device=similarity.device)
        return {
            "loss": contrastive.item(),
            "extra_loss": extra.item(),
            "batch_R@1": 100 * right.float().mean().item(),
            "grad_norm": float(norm),
            "lr": lr,
        }

    def _batch(self, step: int) -> np.ndarray:
        """Numbers of the clips of this step, alike on every process."""
        epoch, place = divmod(step, self.steps_an_epoch)
        rng = np.random.default_rng([self.recipe.seed, _ORDER, epoch])
        if len(self._together.first) == len(self.clips):
            order = rng.permutation(len(self.clips))
        else:  # what one thing alone tells apart is in one batch: each is the other's hard negative
            turn = np.empty(len(self._together.first), np.int64)
            turn[rng.permutation(len(turn))] = np.arange(len(turn))
            order = np.argsort(turn[self._together.inverse], kind="stable")
        return order[place * self.batch_size : (place + 1) * self.batch_size]

    def _losses(self, step: int, chosen: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
        """(similarity, contrastive loss, the model's extra loss) of the whole batch."""
        input_ids, text, video = self._features(step, chosen)
        self._seed(_WHOLE_BATCH, step)  # what is drawn over the whole batch is drawn alike on every process
        with self._autocast(self.model.scores_in_half):
            similarity = self.model.score(text, video).float()
        same = self._same(chosen).to(similarity.device)
        similarity = similarity.masked_fill(same.clone().fill_diagonal_(False), _NO_NEGATIVE)
        contrastive = self.model.contrastive_loss(similarity)
        with self._autocast(self.model.scores_in_half):
            extra = self.model.extra_loss(input_ids, text, video, same)
        return similarity, contrastive, extra

    def _same(self, chosen: np.ndarray) -> Tensor:
        """bool [B, B]: which texts of a batch fit which videos: the pair itself, others of its video or its caption."""
        codes = [self._videos, self._captions] if self.recipe.mask_repeats else [self._videos]
        return torch.from_numpy(np.any([of[chosen][:, None] == of[chosen][None] for of in codes], axis=0))

    def _features(self, step: int, chosen: np.ndarray) -> tuple[Tensor, Features, Features]:
        """Token ids and features of the whole batch, this process's share encoded, the others' gathered."""
        rank, world, device = self.process.rank, self.process.world, self.process.device
        own = np.array_split(chosen, world)[rank]
        self._seed(_OWN_CLIPS, step, rank)  # dropout over one's own clips
        rng = np.random.default_rng([self.recipe.seed, _AUGMENTATION, step, rank])
        self.model.train()
        frames, mask = self.clips.get(own.tolist())
        pixel_values = self.model.prepare(frames.to(device, non_blocking=True), rng)
        input_ids = self._input_ids[own].to(device)
        with self._autocast():
            text = self.model.text_features(input_ids)
            video = self.model.video_features(pixel_values, mask.to(device))
        text, video = (tuple(gather_rows(as_float(rows), world) for rows in some) for some in (text, video))
        return gather_rows(input_ids, world), text, video

    def _seed(self, purpose: int, step: int, *more: int) -> None:
        torch.manual_seed(int(np.random.default_rng([self.recipe.seed, purpose, step, *more]).integers(2**62)))

    def _autocast(self, wanted: bool = True) -> AbstractContextManager[None]:
        enabled = wanted and self.dtype != torch.float32
        return torch.autocast(self.process.device.type, self.dtype, enabled=enabled)

    def _check_finite(self, what: str, value: Tensor, step: int) -> None:
        if not torch.isfinite(value):
            raise NotFiniteError(
                f"the {what} is {value.item()} at step {step} of {self.total}: in another --out, a lower --lr or "
                "--precision float32 may help"
            )
