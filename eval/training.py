"""The training loop of every baseline: `svta train --data DIR --baseline tiny --out CKPT`.

Reads the train split (frames in memory where they fit) and selects on the validation split, never on test. Writes
CKPT/: config.json + model.safetensors (the best weights on validation), metrics.jsonl, training.json (what was asked
and came out, last) and, while it runs, trainer.pt: killed at any moment, the same command goes on exactly where it
was, because all randomness is a function of (seed, step).
"""

from __future__ import annotations

import io
import json
import logging
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from svta.builder.errors import SvtaError
from svta.builder.files import atomic_write, write_json, write_text
from svta.builder.manifest import keep_out

from .frames import FrameSpec, FrameStore
from .metrics import retrieval_metrics
from .recipe import Recipe, make_optimiser, pick_precision, schedule

logger = logging.getLogger(__name__)
STATE: Final = "trainer.pt"
DONE: Final = "training.json"
METRICS: Final = "metrics.jsonl"
SAVE_SECONDS: Final = 60.0


class TrainingError(SvtaError):
    """A training run that cannot start or go on: no clips, another run's checkpoint, a loss that is no number."""


class Trainable(Protocol):
    """What the loop needs of a model (an nn.Module besides). Features are tuples of tensors with one row an item.

    Optional: `extra_loss(input_ids, text, video) -> scalar`, added to the contrastive loss; `after_step()`, called when
    the optimiser has made a step.
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
        self.step, self.history = 0, list[dict[str, Any]]()
        self.best: dict[str, float] = {}  # the validation figures of the weights kept
        self.since: list[dict[str, float]] = []  # figures of the steps since the last measurement
        self.seconds = 0.0
        self.input_ids = model.tokenize(train.captions)
        self.repeats = np.unique([c.strip().casefold() for c in train.captions], return_inverse=True)[1]

    def advance(self) -> dict[str, float]:
        """One optimiser step; everything random in it follows from (seed, step)."""
        recipe, model = self.recipe, self.model
        epoch, place = divmod(self.step, self.steps_an_epoch)
        order = np.random.default_rng([recipe.seed, 1, epoch]).permutation(len(self.train))
        chosen = order[place * self.batch_size : (place + 1) * self.batch_size]
        mine = np.array_split(chosen, self.world)[self.rank]
        torch.manual_seed(int(np.random.default_rng([recipe.seed, 2, self.step, self.rank]).integers(2**62)))
        rng = np.random.default_rng([recipe.seed, 3, self.step, self.rank])

        model.train()
        frames, mask = self.train.get(mine.tolist())
        pixel_values = model.prepare(frames.to(self.device, non_blocking=True), rng)
        input_ids = self.input_ids[mine].to(self.device)
        with torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32):
            text = model.text_features(input_ids)
            video = model.video_features(pixel_values, mask.to(self.device))
        text, video = (tuple(self._gathered(as_float(rows)) for rows in features) for features in (text, video))
        input_ids = self._gathered(input_ids)
        similarity = model.score(text, video)
        if recipe.mask_repeats:
            same = torch.from_numpy(self.repeats[chosen][:, None] == self.repeats[chosen][None]).to(self.device)
            same.fill_diagonal_(False)
            similarity = similarity.masked_fill(same, -1e4)
        contrastive = model.contrastive_loss(similarity)
        extra = model.extra_loss(input_ids, text, video) if hasattr(model, "extra_loss") else contrastive.new_zeros(())
        loss = contrastive + extra
        if not torch.isfinite(loss):
            raise TrainingError(f"the loss is {loss.item()} at step {self.step}: a lower --lr, or float32, may help")
        lr = schedule(self.optimiser, recipe, self.step, self.total)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self._average_gradients()
        norm = nn.utils.clip_grad_norm_(model.parameters(), recipe.max_grad_norm or float("inf"))
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

    def keep_if_best(self, measured: dict[str, float]) -> None:
        """Save the weights when they are the best on validation so far (or when there is no validation split)."""
        if measured and self.best and measured["score"] <= self.best["score"]:
            return
        self.best = measured
        if self.rank == 0:
            raw = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
            self.model.load_state_dict(self.kept_weights())
            self.model.save_pretrained(self.out)
            self.model.load_state_dict(raw)

    def save(self, asked: dict[str, Any]) -> None:
        """All that a later process needs to go on exactly here."""
        if self.rank:
            return
        state = {
            "asked": json.dumps(asked, sort_keys=True),
            "model": self.model.state_dict(),
            "averaged": self.averaged,
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "best": self.best,
            "seconds": self.seconds,
            "history": json.dumps([self.history, self.since]),
        }
        buffer = io.BytesIO()
        torch.save(state, buffer)
        with atomic_write(self.out / STATE) as file:
            file.write(buffer.getbuffer())
        write_text(self.out / METRICS, "".join(json.dumps(line) + "\n" for line in self.history))

    def resume(self, asked: dict[str, Any]) -> bool:
        """Go on from CKPT/trainer.pt; False where there is none. TrainingError when it belongs to another run."""
        path = self.out / STATE
        if not path.exists():
            return False
        try:
            state = torch.load(path, map_location=self.device, weights_only=True)
        except Exception as error:  # torch raises many kinds for a damaged file
            raise TrainingError(f"{path}: not readable ({type(error).__name__}); delete it to start anew") from None
        check_same_run(path, json.loads(state["asked"]), asked)
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.averaged, self.step, self.best = state["averaged"], state["step"], state["best"]
        self.seconds, (self.history, self.since) = state["seconds"], json.loads(state["history"])
        return True


def train(
    model: Any,
    train_clips: FrameStore,
    validation_clips: FrameStore | None,
    recipe: Recipe,
    out: str | Path,
    *,
    asked: dict[str, Any] | None = None,
    on_step: Callable[[int, int, dict[str, float]], None] | None = None,
) -> dict[str, Any]:
    """Train `model` (see Trainable) and leave the best weights on validation in `out`; returns what training.json says.

    asked: what identifies the run besides the recipe (dataset, baseline); a checkpoint of another run is refused. A
    finished run returns at once. on_step(step, total, figures) is called after every step. Raises TrainingError.
    """
    out = Path(out)
    keep_out(out)
    asked = {**(asked or {}), "recipe": recipe.as_dict()}
    if (finished := finished_run(out, asked)) is not None:
        return finished
    run = Run(model, train_clips, validation_clips, recipe, out)
    if run.resume(asked):
        logger.info("%s: going on at step %d of %d", out, run.step, run.total)
    evaluate_at = {round(run.total * (i + 1) / recipe.evaluations) for i in range(recipe.evaluations)}
    started = saved = time.monotonic()
    before = run.seconds
    while run.step < run.total:
        run.since.append(run.advance())
        run.seconds = before + time.monotonic() - started
        if on_step is not None:
            on_step(run.step, run.total, run.since[-1])
        if run.step in evaluate_at:
            measured = run.measure()
            run.keep_if_best(measured)
            means = {name: float(np.mean([f[name] for f in run.since])) for name in run.since[0]}
            run.history.append(
                {"step": run.step, "epoch": run.step / run.steps_an_epoch, "seconds": round(run.seconds, 1), **means}
                | {f"validation_{name}": value for name, value in measured.items()}
            )
            run.since = []
        if run.step in evaluate_at or time.monotonic() - saved > SAVE_SECONDS:
            run.save(asked)
            saved = time.monotonic()
    result = {
        **asked,
        "steps": run.total,
        "seconds": round(run.seconds, 1),
        "threads": torch.get_num_threads(),
        "dtype": str(run.dtype).removeprefix("torch."),
        "clips": {"train": len(train_clips), "validation": len(validation_clips) if validation_clips else 0},
        "unreadable": [*train_clips.unreadable, *(validation_clips.unreadable if validation_clips else ())],
        "best": run.best,
    }
    if run.rank == 0:
        write_json(out / DONE, result)
        (out / STATE).unlink(missing_ok=True)
    return result


def find_place() -> tuple[torch.device, int, int]:
    """(device, rank, world size): of `accelerate launch` or torchrun where one started this process, else alone."""
    if int(os.environ.get("WORLD_SIZE", "1")) < 2:  # accelerate takes seconds to import
        return torch.device("cuda" if torch.cuda.is_available() else "cpu"), 0, 1
    from accelerate import PartialState

    place = PartialState()
    return place.device, place.process_index, place.num_processes


def finished_run(out: Path, asked: dict[str, Any]) -> dict[str, Any] | None:
    """What training.json of a finished run says, None where there is none; TrainingError if it was another run."""
    if not (out / DONE).exists():
        return None
    done: dict[str, Any] = json.loads((out / DONE).read_text())
    check_same_run(out / DONE, {name: done.get(name) for name in asked}, asked)
    return done


def check_same_run(path: Path, found: dict[str, Any], asked: dict[str, Any]) -> None:
    """TrainingError that names the first thing in which the run at `path` differs from the one asked for."""
    flat_found, flat_asked = ({**d, **d.get("recipe", {})} for d in (found, asked))
    for name, value in flat_asked.items():
        if name != "recipe" and flat_found.get(name) != value:
            raise TrainingError(
                f"{path} belongs to another run ({name} {flat_found.get(name)!r}, asked for {value!r}): "
                "take another --out, or delete it"
            )


@torch.no_grad()
def similarity_matrix(
    model: Any, clips: FrameStore, device: torch.device, dtype: torch.dtype, block: int = 64
) -> Tensor:
    """Logits [N, N] of all captions against all videos of `clips`, in eval mode, scored in blocks."""
    block = 64
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
