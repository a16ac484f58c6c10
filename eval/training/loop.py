"""The training loop of every baseline: `svta train --data DIR --baseline tiny --out CKPT`.

Reads the train split (frames in memory where they fit) and selects on the validation split, never on test. Writes
CKPT/ (training_state.py says what). Killed at any moment, the same command goes on exactly where it was, because all
randomness is a function of (seed, step): that is the state of sampler and generators, and none other is needed.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from svta.builder.io.files import write_json
from svta.builder.layout.guards import keep_out
from svta.builder.video.frame_spec import FrameSpec
from svta.eval.embeddings.frame_store import FrameStore
from svta.eval.metrics.retrieval import retrieval_metrics

from .checkpointing import (
    DONE,
    METRICS,
    STATE,
    MetricsLog,
    TrainingError,
    finished_run,
    load_state,
    save_model,
    save_state,
    told_when_full,
)
from .optimizers import make_optimiser, pick_precision, schedule
from .recipe import Recipe
from .trackers import Trackers

logger = logging.getLogger(__name__)
SAVE_SECONDS: Final = 60.0
PATIENCE: Final = timedelta(hours=1)  # one process may decode or measure while the others wait
Card = Callable[[dict[str, float]], str]


class Trainable(Protocol):
    """What the loop needs of a model (an nn.Module besides). Features are tuples of tensors with one row an item.

    Optional: `extra_loss(input_ids, text, video) -> scalar`, added to the contrastive loss; `after_step()`, called when
    the optimiser has made a step; `scores_in_half`, True where score and extra_loss should run under autocast too.
    """

    frame_spec: FrameSpec

    def tokenize(self, captions: Sequence[str]) -> Tensor:
        """int64 [T, W]."""
        ...

    def prepare(self, pixel_values: Tensor, rng: np.random.Generator | None) -> Tensor:
        """float [V, F, 3, H, W] of uint8 frames; augmented when an rng is given."""
        ...

    def text_features(self, input_ids: Tensor) -> tuple[Tensor, ...]: ...

    def video_features(self, pixel_values: Tensor, frame_mask: Tensor) -> tuple[Tensor, ...]: ...

    def score(self, text: tuple[Tensor, ...], video: tuple[Tensor, ...]) -> Tensor:
        """Logits [T, V]."""
        ...

    def contrastive_loss(self, similarity: Tensor) -> Tensor: ...

    def save_pretrained(self, folder: str | Path) -> None: ...


class Run:
    """One training run: model, optimiser, averaged weights, history, and how they are saved and resumed."""

    def __init__(self, model: Any, train: FrameStore, validation: FrameStore | None, recipe: Recipe, out: Path):
        self.device, self.rank, self.world = find_place()
        self.model = model.to(self.device)
        self.train, self.validation, self.recipe, self.out = train, validation, recipe, out
        self.batch_size = min(recipe.batch_size, len(train)) // self.world * self.world
        if self.batch_size < max(2, self.world):
            raise TrainingError(f"{len(train)} clips to train on: at least {max(2, self.world)} are needed")
        self.steps_an_epoch = len(train) // self.batch_size
        self.total = recipe.epochs * self.steps_an_epoch
        self.dtype = pick_precision(recipe.precision, self.device)
        self.optimiser = make_optimiser(model, recipe, self.total)
        self.averaged = {k: v.detach().clone().float() for k, v in model.state_dict().items()} if recipe.ema else None
        self.step, self.seconds = 0, 0.0
        self.best: dict[str, float] = {}  # the validation figures of the weights kept
        self.input_ids = model.tokenize(train.captions)
        self.repeats = np.unique([c.strip().casefold() for c in train.captions], return_inverse=True)[1]

    def advance(self) -> dict[str, float]:
        """One optimiser step; everything random in it follows from (seed, step)."""
        recipe, model = self.recipe, self.model
        epoch, place = divmod(self.step, self.steps_an_epoch)
        order = np.random.default_rng([recipe.seed, 1, epoch]).permutation(len(self.train))
        chosen = order[place * self.batch_size : (place + 1) * self.batch_size]
        mine = np.array_split(chosen, self.world)[self.rank]
        self._seed(2, self.rank)  # dropout over one's own clips
        rng = np.random.default_rng([recipe.seed, 3, self.step, self.rank])

        model.train()
        frames, mask = self.train.get(mine.tolist())
        pixel_values = model.prepare(frames.to(self.device, non_blocking=True), rng)
        input_ids = self.input_ids[mine].to(self.device)
        with self._autocast():
            text = model.text_features(input_ids)
            video = model.video_features(pixel_values, mask.to(self.device))
        text, video = (tuple(self._gathered(as_float(rows)) for rows in features) for features in (text, video))
        input_ids = self._gathered(input_ids)
        self._seed(4)  # what is drawn over the whole batch is drawn alike on every process
        with self._autocast(getattr(model, "scores_in_half", False)):
            similarity = model.score(text, video).float()
        if recipe.mask_repeats:
            same = torch.from_numpy(self.repeats[chosen][:, None] == self.repeats[chosen][None]).to(self.device)
            same.fill_diagonal_(False)
            similarity = similarity.masked_fill(same, -1e4)
        contrastive = model.contrastive_loss(similarity)
        extra = contrastive.new_zeros(())
        if hasattr(model, "extra_loss"):
            with self._autocast(getattr(model, "scores_in_half", False)):
                extra = model.extra_loss(input_ids, text, video)
        loss = contrastive + extra
        self._check_finite("loss", loss)
        lr = schedule(self.optimiser, recipe, self.step, self.total)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self._average_gradients()
        norm = nn.utils.clip_grad_norm_(model.parameters(), recipe.max_grad_norm or float("inf"))
        self._check_finite("gradient", norm)
        self.optimiser.step()
        if hasattr(model, "after_step"):
            model.after_step()
        self._average_weights()
        self.step += 1
        right = (similarity.detach().argmax(1) == torch.arange(len(similarity), device=self.device)).float().mean()
        return {
            "loss": contrastive.item(),
            "extra_loss": extra.item(),
            "batch_R@1": 100 * right.item(),
            "grad_norm": float(norm),
            "lr": lr,
        }

    def _seed(self, purpose: int, *more: int) -> None:
        torch.manual_seed(int(np.random.default_rng([self.recipe.seed, purpose, self.step, *more]).integers(2**62)))

    def _autocast(self, wanted: bool = True) -> Any:
        return torch.autocast(self.device.type, self.dtype, enabled=wanted and self.dtype != torch.float32)

    def _check_finite(self, what: str, value: Tensor) -> None:
        if not torch.isfinite(value):
            kept = "the best weights so far are kept" if self.best else "no weights were kept yet"
            raise TrainingError(
                f"the {what} is {value.item()} at step {self.step} of {self.total}: in another --out, a lower --lr or "
                f"--precision float32 may help; {self.out}: {kept}"
            )

    def _gathered(self, rows: Tensor) -> Tensor:
        """Rows of all processes. The backward pass sums over processes, so averaged gradients equal one process's."""
        if self.world == 1:
            return rows
        import torch.distributed as dist
        from torch.distributed.nn.functional import all_gather

        if rows.is_floating_point():
            return torch.cat(all_gather(rows))
        whole = rows.to(torch.int64)  # gloo knows no bool
        parts = [torch.empty_like(whole) for _ in range(self.world)]
        dist.all_gather(parts, whole)
        return torch.cat(parts).to(rows.dtype)

    def _average_gradients(self) -> None:
        if self.world > 1:
            import torch.distributed as dist

            for parameter in self.model.parameters():
                if parameter.requires_grad:
                    parameter.grad = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
                    dist.all_reduce(parameter.grad)
                    parameter.grad /= self.world

    def _average_weights(self) -> None:
        if self.averaged is not None:
            decay = min(self.recipe.ema, (1 + self.step) / (10 + self.step))
            for name, value in self.model.state_dict().items():
                self.averaged[name].lerp_(value.float(), 1 - decay)

    def kept_weights(self) -> dict[str, Tensor]:
        """What is validated and saved: the averaged weights, or the raw ones without ema."""
        raw = self.model.state_dict()
        if self.averaged is None:
            return {k: v.detach().clone() for k, v in raw.items()}
        return {k: v.to(raw[k].dtype) for k, v in self.averaged.items()}

    def measure(self) -> dict[str, float]:
        """Retrieval on the validation split with the weights that would be kept; `score` is what selection goes by."""
        if self.validation is None:
            return {}
        raw = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
        self.model.load_state_dict(self.kept_weights())
        similarity = similarity_matrix(self.model, self.validation, self.device, self.dtype)
        self.model.load_state_dict(raw)
        found = retrieval_metrics(similarity).as_dict()
        score = float(np.mean([found[way][f"R@{k}"] for way in ("t2v", "v2t") for k in (1, 5, 10)]))
        flat = {f"{way}_{name}": float(value) for way, values in found.items() for name, value in values.items()}
        return {"score": score, "gallery": len(self.validation), **flat}

    def keep_if_best(self, measured: dict[str, float], card: Card | None) -> None:
        """Save the weights when they are the best on validation so far (or when there is no validation split)."""
        if measured and self.best and measured["score"] <= self.best["score"]:
            return
        self.best = measured
        if self.rank == 0:
            raw = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
            self.model.load_state_dict(self.kept_weights())
            self.model.card = card(measured) if card is not None else None
            save_model(self.model, self.out)
            self.model.load_state_dict(raw)

    def save(self, asked: dict[str, Any]) -> None:
        """All that a later process needs to go on exactly here."""
        if self.rank == 0:
            state = {name: getattr(self, name) for name in ("step", "total", "world", "best", "seconds", "averaged")}
            state |= {"model": self.model.state_dict(), "optimiser": self.optimiser.state_dict()}
            save_state(self.out, state | {"asked": json.dumps(asked, sort_keys=True)})

    def resume(self, asked: dict[str, Any]) -> bool:
        """Go on from CKPT/trainer.pt; False where there is none. TrainingError when it belongs to another run."""
        state = load_state(self.out, asked, self.device)
        if state is None:
            return False
        if state["total"] != self.total:
            raise TrainingError(
                f"{self.out / STATE} counts {state['total']} steps, this run {self.total}: it was started on "
                f"{state['world']} processes, or with clips that can no longer be read"
            )
        if state["world"] != self.world:
            logger.warning("started on %d processes, goes on with %d: not to the last bit", state["world"], self.world)
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.averaged, self.step, self.best = state["averaged"], state["step"], state["best"]
        self.seconds = state["seconds"]
        return True


def train(
    model: Any,
    train_clips: FrameStore,
    validation_clips: FrameStore | None,
    recipe: Recipe,
    out: str | Path,
    *,
    asked: dict[str, Any] | None = None,
    trackers: Sequence[str] = (),
    card: Card | None = None,
    on_step: Callable[[int, int, dict[str, Any]], None] | None = None,
) -> dict[str, Any]:
    """Train `model` (see Trainable) and leave the best weights on validation in `out`; returns what training.json says.

    asked: what identifies the run besides the recipe (dataset, baseline); a checkpoint of another run is refused. A
    finished run returns at once. trackers: see tracking.py. card: README.md of the weights from their figures on
    validation. on_step(step, total, figures) is called after every step, figures as in metrics.jsonl. Raises
    TrainingError.
    """
    out = Path(out)
    keep_out(out, kind="folder")
    asked = {**(asked or {}), "recipe": recipe.as_dict()}
    if (finished := finished_run(out, asked)) is not None:
        return finished
    run = Run(model, train_clips, validation_clips, recipe, out)
    if run.resume(asked):
        logger.info("%s: going on at step %d of %d", out, run.step, run.total)
    evaluate_at = {round(run.total * (i + 1) / recipe.evaluations) for i in range(recipe.evaluations)}
    log = MetricsLog(out / METRICS, run.step) if run.rank == 0 else None
    followers = Trackers(trackers if run.rank == 0 else (), out, {**asked, **recipe.as_dict()}, run.step)
    started = saved = time.monotonic()
    before = run.seconds
    try:
        while run.step < run.total:
            figures: dict[str, Any] = run.advance()
            run.seconds = before + time.monotonic() - started
            step = {"step": run.step, "epoch": run.step / run.steps_an_epoch, "seconds": round(run.seconds, 2)}
            with told_when_full(out, run.step):
                if run.step in evaluate_at:
                    measured = run.measure()
                    run.keep_if_best(measured, card)
                    figures |= {f"validation_{name}": value for name, value in measured.items()}
                if log is not None:
                    log.write({**step, **figures})
                followers.log(figures, run.step)
                if run.step in evaluate_at or time.monotonic() - saved > SAVE_SECONDS:
                    run.save(asked)
                    saved = time.monotonic()
            if on_step is not None:
                on_step(run.step, run.total, figures)
    finally:
        followers.finish()
        if log is not None:
            log.close()
    result = {
        **asked,
        "steps": run.total,
        "seconds": round(run.seconds, 1),
        "threads": torch.get_num_threads(),
        "processes": run.world,
        "dtype": str(run.dtype).removeprefix("torch."),
        "clips": {"train": len(train_clips), "validation": len(validation_clips) if validation_clips else 0},
        "unreadable": [*train_clips.unreadable, *(validation_clips.unreadable if validation_clips else ())],
        "best": run.best,
    }
    if run.rank == 0:
        with told_when_full(out, run.step):
            write_json(out / DONE, result)
            (out / STATE).unlink(missing_ok=True)
    return result


def find_place() -> tuple[torch.device, int, int]:
    """(device, rank, world size): of `accelerate launch` or torchrun where one started this process, else alone."""
    wanted = int(os.environ.get("WORLD_SIZE", "1"))
    if wanted < 2:  # accelerate takes seconds to import
        return torch.device("cuda" if torch.cuda.is_available() else "cpu"), 0, 1
    from accelerate import PartialState

    place = PartialState(cpu=not torch.cuda.is_available(), timeout=PATIENCE)  # without cpu=True each would be alone
    if place.num_processes != wanted:
        raise TrainingError(f"WORLD_SIZE is {wanted}, but accelerate set up {place.num_processes} processes")
    return place.device, place.process_index, place.num_processes


@torch.no_grad()
def similarity_matrix(
    model: Any, clips: FrameStore, device: torch.device, dtype: torch.dtype, block: int = 64
) -> Tensor:
    """Logits [N, N] of all captions against all videos of `clips`, in eval mode, scored in blocks."""
    model.eval()
    input_ids = model.tokenize(clips.captions)
    texts, videos = [], []
    with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
        for start in range(0, len(clips), block):
            rows = range(start, min(start + block, len(clips)))
            frames, mask = clips.get(rows)
            text = model.text_features(input_ids[rows.start : rows.stop].to(device))
            video = model.video_features(model.prepare(frames.to(device), None), mask.to(device))
            texts.append(tuple(map(as_float, text)))
            videos.append(tuple(map(as_float, video)))
    return torch.cat([torch.cat([model.score(t, v).cpu() for v in videos], 1) for t in texts])


def as_float(rows: Tensor) -> Tensor:
    """Half precision of autocast back to float32; whole numbers and masks stay."""
    return rows.float() if rows.is_floating_point() else rows
