"""`svta train`: a baseline on the train split, selected on the validation split; killed runs go on exactly.

svta train --data DIR --baseline tiny --out CKPT
svta train --data DIR --baseline clip4clip --head seqTransf --start small --out CKPT
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from svta.cli.options import AsJson
from svta.cli.outputs import FOLDER, writes

if TYPE_CHECKING:
    from svta.eval.training.config import TrainConfig, TrainingRecord


@writes(out=FOLDER)
def command(
    data: Annotated[str, typer.Option(help="A dataset folder or Hub repo ns/name[@revision].")],
    out: Annotated[Path, typer.Option(help="The checkpoint folder to write.")],
    baseline: Annotated[str, typer.Option(help="tiny, clip4clip, xclip or gram.")] = "tiny",
    start: Annotated[
        str | None,
        typer.Option(
            "--start", "--from", help="Initial weights: a CLIP or baseline folder or Hub id; `small`: from scratch."
        ),  # torchrun takes --start for one of its own
    ] = None,
    head: Annotated[
        str | None, typer.Option(help="Head of clip4clip: meanP (default), seqLSTM, seqTransf or tightTransf.")
    ] = None,
    recipe: Annotated[str, typer.Option(help="modern (AdamW, cosine) or official (as published).")] = "modern",
    epochs: Annotated[int | None, typer.Option(min=1, help="Number of passes over the train split.")] = None,
    batch_size: Annotated[int | None, typer.Option(min=2, help="Clips per step, over all processes.")] = None,
    lr: Annotated[float | None, typer.Option(min=0, help="Peak learning rate.")] = None,
    num_frames: Annotated[int | None, typer.Option(min=1, help="Frames per clip that the model sees.")] = None,
    sampling: Annotated[
        str, typer.Option(help="uniform, or official (one frame per second, the rest grey).")
    ] = "uniform",
    resize: Annotated[
        str, typer.Option(help="fast (libswscale) or exact (PIL's bicubic); `svta eval` does the same.")
    ] = "fast",
    precision: Annotated[str | None, typer.Option(help="auto, float32 or bfloat16; default: the recipe's.")] = None,
    evaluations: Annotated[int | None, typer.Option(min=1, help="Number of validation measurements.")] = None,
    tracker: Annotated[list[str] | None, typer.Option(help="trackio, tensorboard or wandb; may repeat.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed gives another model.")] = 0,
    limit: Annotated[int | None, typer.Option(min=2, help="The first N clips of each split only.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads; default: one per core.")] = None,
    as_json: AsJson = False,
) -> None:
    """Train a retrieval model. The same command resumes a killed run and gives the same weights.

    Several processes: torchrun --nproc-per-node 2 -m svta train ... --from small (--batch-size counts all of them).

    Example: svta train --data svta --baseline tiny --out checkpoint
    """
    options = {name: value for name, value in locals().items() if name not in ("tracker", "as_json")}
    from svta.builder.layout.guards import check_output
    from svta.eval.training.config import TrainConfig

    config = TrainConfig(**options, trackers=tuple(tracker or ()))
    check_output(out, kind="folder")  # before any large import
    record = _train(config)
    if record is not None:
        from svta.cli.console import emit

        emit({"checkpoint": str(out), **record.to_dict()}, as_json=as_json, text=_summary(config, record))


def _train(config: TrainConfig) -> TrainingRecord | None:
    """Train with progress on stderr; None on every process but the first of a launch."""
    from svta.cli.console import note, quiet_torchao
    from svta.eval.distributed import place
    from svta.eval.training.run import train_baseline

    is_main = place()[0] == 0
    if config.baseline != "tiny":
        quiet_torchao()
        _quiet_transformers()
    with _live(f"training {config.baseline}", shown=is_main) as (on_clips, on_step):
        record = train_baseline(config, on_clips=on_clips, on_step=on_step, on_note=note)
    return record if is_main else None


def _summary(config: TrainConfig, record: TrainingRecord) -> str:
    from svta.cli.console import command_line

    figures = record.best
    return (
        f"{config.baseline} trained on {record.clips['train']:,} clips in {record.seconds:.0f} s "
        f"({record.threads} threads, {record.dtype})\n"
        f"validation: text-to-video R@1 {figures['t2v_R@1']:.1f}, video-to-text R@1 {figures['v2t_R@1']:.1f} "
        f"in a gallery of {figures['gallery']:,}\n"
        f"-> {config.out}\n"
        f"next: {command_line('eval', data=config.data, split='test', model=config.out, out='results')}"
    )


@contextmanager
def _live(
    label: str, *, shown: bool
) -> Iterator[tuple[Callable[[int, int], None], Callable[[int, int, dict[str, float]], None]]]:
    """(on_clips, on_step): a line a measurement on stderr, and on a terminal a bar of clips and then of steps."""
    from svta.cli.console import note

    def measured(step: int, total: int, figures: dict[str, float]) -> str | None:
        if "validation_score" not in figures:
            return None
        ways = ", ".join(f"{way} R@1 {figures[f'validation_{way}_R@1']:.1f}" for way in ("t2v", "v2t"))
        score = f"mean of R@1, R@5, R@10 {figures['validation_score']:.1f}"
        return f"step {step:,} of {total:,}: loss {figures['loss']:.3f}, validation {ways}, {score}"

    if not (shown and sys.stderr.isatty()):

        def show_line(step: int, total: int, figures: dict[str, float]) -> None:
            if shown and (line := measured(step, total, figures)):
                note(line)

        yield lambda done, total: None, show_line
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("decoding", total=None)

        def move(step: int, total: int, figures: dict[str, float]) -> None:
            bar.update(task, completed=step, total=total, description=f"{label}, loss {figures['loss']:.3f}")
            if line := measured(step, total, figures):
                bar.console.print(line)

        yield lambda done, total: bar.update(task, completed=done, total=total), move


def _quiet_transformers() -> None:
    """Our own progress is shown; a bar for each file written or read would be between its lines."""
    from transformers.utils import logging

    logging.disable_progress_bar()
