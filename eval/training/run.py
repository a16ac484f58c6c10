"""A whole training run from its settings: dataset, model, recipe, loop, model card. `svta train` calls it.

record = train_baseline(TrainConfig("DIR", "CKPT", baseline="tiny"))
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from svta.builder.dataset.clip_dataset import open_dataset
from svta.builder.errors import DatasetError, SvtaError
from svta.eval.baselines.model_card import model_card
from svta.eval.baselines.trainable import Trainable
from svta.eval.distributed import place
from svta.eval.embeddings.frame_store import FrameStore

from .checkpointing import finished_run
from .config import TrainConfig, TrainingRecord
from .factory import make_baseline, read_captions
from .loop import OnStep, Run, lock_folder
from .recipes import default_recipe
from .trackers import check_trackers


def train_baseline(
    config: TrainConfig,
    *,
    on_clips: Callable[[int, int], None] | None = None,
    on_step: OnStep | None = None,
    on_note: Callable[[str], None] | None = None,
) -> TrainingRecord:
    """Train what `config` says into its `out`; a finished run returns its record at once, a killed one goes on.

    on_clips(decoded, all) while the train split is read; on_step as in `train`; on_note(line) for clips that are left
    out. Raises SvtaError of many kinds: each is one line with the next step to take.
    """
    import torch

    trackers = check_trackers(config.trackers)
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    with lock_folder(config.out):
        captions = read_captions(config.data, "train", config.limit)
        start_recipe = default_recipe(config.baseline, config.recipe, len(captions), config.start, head=config.head)
        recipe = config.with_changes(start_recipe)
        identity = config.identity(open_dataset(config.data, "train").fingerprint)
        settings: dict[str, object] = {**identity, "recipe": recipe.as_dict()}
        if (finished := finished_run(Path(config.out), settings)) is not None:
            return finished
        model = make_baseline(
            config.baseline,
            captions,
            start=config.start,
            head=config.head,
            num_frames=config.num_frames,
            sampling=config.sampling,
            resize=config.resize,
            seed=config.seed,
        )
        clips, validation = _decode(config, model, len(captions), on_clips)
        if on_note is not None and place()[0] == 0:
            for line in _notes(clips, validation, recipe.batch_size):
                on_note(line)

        def card(best: dict[str, float]) -> str:
            parameters = sum(parameter.numel() for parameter in model.parameters())
            return model_card(settings, clips.clips, best, data=config.data, parameters=parameters)

        return Run(model, clips, validation, recipe, Path(config.out), settings).complete(trackers, card, on_step)


def _decode(
    config: TrainConfig, model: Trainable, total: int, on_clips: Callable[[int, int], None] | None
) -> tuple[FrameStore, FrameStore]:
    """The train and validation split with the model's frames, resized as the checkpoint will record it."""
    shown = model.trained_frames.as_dict()
    decoded = 0

    def count(clips: int) -> None:
        nonlocal decoded
        decoded += clips
        if on_clips is not None:
            on_clips(decoded, total)

    clips = FrameStore(open_dataset(config.data, "train", **shown), limit=config.limit, on_clips=count)
    try:
        validation = FrameStore(open_dataset(config.data, "validation", **shown), limit=config.limit)
    except DatasetError as error:
        raise SvtaError(f"{error}; training needs a validation split to select on (svta pack makes one)") from None
    return clips, validation


def _notes(clips: FrameStore, validation: FrameStore, batch_size: int) -> list[str]:
    unreadable = (*clips.unreadable, *validation.unreadable)
    lines = [f"left out, not readable: {key}: {reason}" for key, reason in unreadable]
    if batch_size > len(clips) >= 2:
        lines.append(f"a step takes all {len(clips)} clips of the train split, not {batch_size}")
    return lines
