"""The training loop of every baseline: `svta train --data DIR --baseline tiny --out CKPT`.

Reads the train split (frames in memory where they fit) and selects on the validation split, never on test. Writes
CKPT/ (checkpointing.py says what). Killed at any moment, the same command resumes exactly where it was, because all
randomness is a function of (seed, step): that is the state of sampler and generators, and none other is needed.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import torch

from svta.builder.errors import DatasetError
from svta.builder.io.disk import disk_full_as_error
from svta.builder.io.files import exclusive_lock, write_json
from svta.builder.layout.guards import check_foreign, check_output
from svta.eval.distributed import gather, place
from svta.eval.encoders.training_clips import ClipHashes, TrainingClips

from .checkpointing import DONE, METRICS, STATE, MetricsLog, TrainerState, finished_run, save_model
from .config import TrainingError, TrainingRecord
from .selection import KeptWeights, validation_figures
from .step import NotFiniteError, Stepper
from .trackers import Trackers

if TYPE_CHECKING:
    from svta.eval.baselines.trainable import Trainable
    from svta.eval.embeddings.frame_store import FrameStore

    from .recipe import Recipe

logger = logging.getLogger(__name__)
SAVE_SECONDS: Final = 60.0
Card = Callable[[dict[str, float]], str]  # README.md of the weights from their figures on validation
OnStep = Callable[[int, int, dict[str, float]], None]


def train(
    model: Trainable,
    train_clips: FrameStore,
    validation_clips: FrameStore | None,
    recipe: Recipe,
    out: str | Path,
    *,
    identity: Mapping[str, object] | None = None,
    trackers: Sequence[str] = (),
    card: Card | None = None,
    on_step: OnStep | None = None,
) -> TrainingRecord:
    """Train `model` and leave the best weights on validation in `out`; returns what training.json says.

    identity: what identifies the run besides the recipe (dataset, baseline); a checkpoint of another run is refused. A
    finished run returns at once. trackers: see trackers.py. on_step(step, total, figures) is called after every step,
    figures as in metrics.jsonl. Raises TrainingError, also while another process trains in `out`.
    """
    with lock_folder(out):
        settings: dict[str, object] = {**(identity or {}), "recipe": recipe.as_dict()}
        if (finished := finished_run(Path(out), settings)) is not None:
            return finished
        return Run(model, train_clips, validation_clips, recipe, Path(out), settings).complete(trackers, card, on_step)


@contextmanager
def lock_folder(out: str | Path) -> Iterator[None]:
    """`out` for this launch alone: the first process holds the lock, and all of them stop where it gets none."""
    check_output(out, kind="folder")
    check_foreign(out, (METRICS, STATE, DONE), "training run")
    with ExitStack() as stack:
        problem = None
        if place()[0] == 0:
            try:
                stack.enter_context(exclusive_lock(out))
            except DatasetError as error:
                problem = str(error)
        if (problem := gather([problem])[0]) is not None:
            raise TrainingError(problem)
        yield


class Run:
    """One training run: its steps, the weights kept so far, and how it is saved and resumed."""

    def __init__(
        self,
        model: Trainable,
        train_clips: FrameStore,
        validation_clips: FrameStore | None,
        recipe: Recipe,
        out: Path,
        settings: dict[str, object],
    ):
        self.model, self.clips, self.validation = model, train_clips, validation_clips
        self.recipe, self.out, self.settings = recipe, out, settings
        self.stepper, self.kept = Stepper(model, train_clips, recipe), KeptWeights(model, recipe.ema)
        self.is_main = self.stepper.process.rank == 0
        stores = [train_clips] if validation_clips is None else [train_clips, validation_clips]
        seen = [ClipHashes.of(some.clips, some.coded_hashes()) for some in stores]
        model.training_clips = TrainingClips(*seen) | model.training_clips
        self.step, self.seconds = 0, 0.0
        self.best: dict[str, float] = {}  # the validation figures of the weights kept

    def complete(self, trackers: Sequence[str], card: Card | None, on_step: OnStep | None) -> TrainingRecord:
        """All steps that are left, then training.json."""
        if self._resume():
            logger.info("%s: going on at step %d of %d", self.out, self.step, self.stepper.total)
        log = MetricsLog(self.out / METRICS, self.step) if self.is_main else None
        config = {**self.settings, **self.recipe.as_dict()}
        open_trackers = Trackers(trackers if self.is_main else (), self.out, config, self.step)
        try:
            self._steps(log, open_trackers, card, on_step)
        finally:
            open_trackers.finish()
            if log is not None:
                log.close()
        record = self._record()
        if self.is_main:
            with disk_full_as_error(self.out):
                write_json(self.out / DONE, record.to_dict())
                (self.out / STATE).unlink(missing_ok=True)
        return record

    def _steps(self, log: MetricsLog | None, trackers: Trackers, card: Card | None, on_step: OnStep | None) -> None:
        total, times = self.stepper.total, self.recipe.evaluations
        evaluate_at = {round(total * (i + 1) / times) for i in range(times)}
        started = saved = time.monotonic()
        before = self.seconds
        while self.step < total:
            figures = self._advance()
            self.seconds = before + time.monotonic() - started
            epoch = self.step / self.stepper.steps_an_epoch
            with disk_full_as_error(self.out):
                if self.step in evaluate_at:
                    measured = self._measure_and_keep(card)
                    figures |= {f"validation_{name}": value for name, value in measured.items()}
                if log is not None:
                    log.write({"step": self.step, "epoch": epoch, "seconds": round(self.seconds, 2), **figures})
                trackers.log(figures, self.step)
                if self.step in evaluate_at or time.monotonic() - saved > SAVE_SECONDS:
                    self._save()
                    saved = time.monotonic()
            if on_step is not None:
                on_step(self.step, total, figures)

    def _advance(self) -> dict[str, float]:
        try:
            figures = self.stepper.advance(self.step)
        except NotFiniteError as error:
            kept = "the best weights so far are kept" if self.best else "no weights were kept yet"
            raise TrainingError(f"{error}; {self.out}: {kept}") from None
        self.kept.update(self.step)
        self.step += 1
        return figures

    def _measure_and_keep(self, card: Card | None) -> dict[str, float]:
        """Figures on validation; the weights are saved when they are the best so far, or without a validation split."""
        measured: dict[str, float] = {}
        with self.kept.in_place():
            if self.validation is not None:
                measured = validation_figures(self.model, self.validation, self.stepper.process.device)
            if not (measured and self.best and measured["score"] <= self.best["score"]):
                self.best = measured
                if self.is_main:
                    self.model.card = card(measured) if card is not None else None
                    save_model(self.model, self.out)
        return measured

    def _save(self) -> None:
        """All that a later process needs to go on exactly from this step."""
        if self.is_main:
            TrainerState(
                step=self.step,
                total=self.stepper.total,
                world=self.stepper.process.world,
                seconds=self.seconds,
                best=self.best,
                averaged=self.kept.averaged,
                model=self.model.state_dict(),
                optimiser=self.stepper.optimiser.state_dict(),
                settings=json.dumps(self.settings, sort_keys=True),
            ).save(self.out)

    def _resume(self) -> bool:
        """Go on from CKPT/trainer.pt; False if there is none. TrainingError when it belongs to another run."""
        process, total = self.stepper.process, self.stepper.total
        state = TrainerState.load(self.out, self.settings, process.device)
        if state is None:
            return False
        if state.total != total:
            raise TrainingError(
                f"{self.out / STATE} counts {state.total} steps, this run {total}: it was started on "
                f"{state.world} processes, or with clips that can no longer be read"
            )
        if state.world != process.world:
            logger.warning("started on %d processes, goes on with %d: not to the last bit", state.world, process.world)
        state.restore(self.out, self.model, self.stepper.optimiser)
        self.kept.averaged = state.averaged
        self.step, self.best, self.seconds = state.step, state.best, state.seconds
        return True

    def _record(self) -> TrainingRecord:
        validation = self.validation
        return TrainingRecord(
            identity={name: value for name, value in self.settings.items() if name != "recipe"},
            recipe=self.recipe.as_dict(),
            steps=self.stepper.total,
            seconds=round(self.seconds, 1),
            threads=torch.get_num_threads(),
            processes=self.stepper.process.world,
            dtype=str(self.stepper.dtype).removeprefix("torch."),
            clips={"train": len(self.clips), "validation": len(validation) if validation is not None else 0},
            unreadable=[*self.clips.unreadable, *(validation.unreadable if validation is not None else ())],
            best=self.best,
        )
