"""`svta train`: a baseline on the train split, selected on the validation split; killed runs go on exactly.

svta train --data DIR --baseline tiny --out CKPT
svta train --data DIR --baseline clip4clip --head seqTransf --start small --out CKPT
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer


def command(
    data: Annotated[str, typer.Option(help="A dataset folder or Hub repo ns/name[@revision].")],
    out: Annotated[Path, typer.Option(help="The checkpoint folder to write.")],
    baseline: Annotated[str, typer.Option(help="tiny, clip4clip, xclip or gram.")] = "tiny",
    start: Annotated[
        str | None,
        typer.Option(
            "--start", "--from", help="Where weights start: a CLIP or baseline folder or Hub id; `small`: from scratch."
        ),  # torchrun takes --start for one of its own
    ] = None,
    head: Annotated[
        str | None, typer.Option(help="meanP, seqLSTM, seqTransf or tightTransf, of clip4clip; default meanP.")
    ] = None,
    recipe: Annotated[str, typer.Option(help="modern (AdamW, cosine) or official (as published).")] = "modern",
    epochs: Annotated[int | None, typer.Option(min=1, help="Times through the train split.")] = None,
    batch_size: Annotated[int | None, typer.Option(min=2, help="Clips a step, all processes together.")] = None,
    lr: Annotated[float | None, typer.Option(min=0, help="Peak learning rate.")] = None,
    num_frames: Annotated[int | None, typer.Option(min=1, help="Frames a clip the model sees.")] = None,
    sampling: Annotated[str, typer.Option(help="uniform, or official (a frame a second, rest grey).")] = "uniform",
    precision: Annotated[str | None, typer.Option(help="auto, float32 or bfloat16; default: the recipe's.")] = None,
    evaluations: Annotated[int | None, typer.Option(min=1, help="How often validation is measured.")] = None,
    tracker: Annotated[list[str] | None, typer.Option(help="trackio, tensorboard or wandb; may repeat.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed trains another model.")] = 0,
    limit: Annotated[int | None, typer.Option(min=2, help="The first N clips of each split only.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads; default one a core.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on stdout and nothing else.")] = False,
) -> None:
    """Train a retrieval model. The same command again goes on where a killed run stopped, to the same weights.

    Several processes: torchrun --nproc-per-node 2 -m svta train ... --from small (--batch-size counts all of them).

    Example: svta train --data svta --baseline tiny --out checkpoint
    """
    from svta.builder.layout.guards import keep_out

    if head is not None and baseline != "clip4clip" and (baseline, head) != ("xclip", "seqTransf"):
        raise typer.BadParameter(f"{baseline} has no choice of heads, clip4clip has", param_hint="--head")
    head = head or "meanP"
    keep_out(out, kind="folder")  # before any large import
    import torch

    from svta.builder.dataset.clip_dataset import open_dataset
    from svta.builder.errors import DatasetError, SvtaError
    from svta.cli.console import command_line, emit, note, progress, quiet_torchao
    from svta.eval.baselines.model_card import model_card
    from svta.eval.embeddings.frame_store import FrameStore
    from svta.eval.training.checkpointing import finished_run
    from svta.eval.training.factory import new_baseline, read_captions
    from svta.eval.training.loop import find_place, train
    from svta.eval.training.recipes import default_recipe
    from svta.eval.training.trackers import check_trackers

    trackers = check_trackers(tracker or [])
    if threads is not None:
        torch.set_num_threads(threads)
    captions = read_captions(data, "train", limit)
    plan = default_recipe(baseline, recipe, len(captions), start, head=head)
    changes: dict[str, Any] = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "evaluations": evaluations}
    changes |= {"precision": precision, "seed": seed}
    plan = replace(plan, **{name: value for name, value in changes.items() if value is not None})
    asked: dict[str, Any] = {"baseline": baseline, "start": start, "head": head, "num_frames": num_frames}
    asked |= {"sampling": sampling, "limit": limit}
    asked["dataset"] = open_dataset(data, "train").fingerprint
    main_process = find_place()[1] == 0
    done = finished_run(out, {**asked, "recipe": plan.as_dict()})
    if done is None:
        if baseline != "tiny":
            quiet_torchao()
            _quiet_transformers()
        model = new_baseline(
            baseline, captions, start=start, head=head, num_frames=num_frames, sampling=sampling, seed=seed
        )
        spec = model.frame_spec.as_dict()
        train_set = open_dataset(data, "train", **spec)
        with progress("decoding") as bar:
            read = [0]

            def on_clips(count: int) -> None:
                read[0] += count
                bar(read[0], len(captions))

            train_clips = FrameStore(train_set, limit=limit, on_clips=on_clips)
        try:
            validation = FrameStore(open_dataset(data, "validation", **spec), limit=limit)
        except DatasetError as error:
            raise SvtaError(f"{error}; training needs a validation split to select on (svta pack makes one)") from None
        if main_process:
            for store in (train_clips, validation):
                for key, reason in store.unreadable:
                    note(f"left out, not readable: {key}: {reason}")
            if plan.batch_size > len(train_clips) >= 2:
                note(f"a step takes all {len(train_clips)} clips of the train split, not {plan.batch_size}")

        def card(best: dict[str, float]) -> str:
            told = {**asked, "recipe": plan.as_dict()}
            parameters = sum(p.numel() for p in model.parameters())
            return model_card(told, train_clips.clips, best, data=data, parameters=parameters)

        with _live(f"training {baseline}", shown=main_process) as on_step:
            done = train(
                model, train_clips, validation, plan, out, asked=asked, trackers=trackers, card=card, on_step=on_step
            )
    if not main_process:
        return
    figures = done["best"]
    text = (
        f"{baseline} trained on {done['clips']['train']:,} clips in {done['seconds']:.0f} s "
        f"({done['threads']} threads, {done['dtype']})\n"
        f"validation: text-to-video R@1 {figures['t2v_R@1']:.1f}, video-to-text R@1 {figures['v2t_R@1']:.1f} "
        f"in a gallery of {figures['gallery']:,}\n"
        f"-> {out}\nnext: {command_line('eval', data=data, split='test', model=out, out='results')}"
    )
    emit({"checkpoint": str(out), **done}, as_json=as_json, text=text)


@contextmanager
def _live(label: str, *, shown: bool) -> Iterator[Callable[[int, int, dict[str, Any]], None]]:
    """What on_step shows on stderr: a line a measurement, and on a terminal a bar with the loss beside it."""
    from svta.cli.console import note

    def measured(step: int, total: int, figures: dict[str, Any]) -> str | None:
        if "validation_score" not in figures:
            return None
        ways = ", ".join(f"{way} R@1 {figures[f'validation_{way}_R@1']:.1f}" for way in ("t2v", "v2t"))
        return f"step {step:,} of {total:,}: loss {figures['loss']:.3f}, validation {ways}"

    if not (shown and sys.stderr.isatty()):

        def tell(step: int, total: int, figures: dict[str, Any]) -> None:
            if shown and (line := measured(step, total, figures)):
                note(line)

        yield tell
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)

        def move(step: int, total: int, figures: dict[str, Any]) -> None:
            bar.update(task, completed=step, total=total, description=f"{label}, loss {figures['loss']:.3f}")
            if line := measured(step, total, figures):
                bar.console.print(line)

        yield move


def _quiet_transformers() -> None:
    """Our own progress is shown; a bar for each file written or read would stand between its lines."""
    from transformers.utils import logging

    logging.disable_progress_bar()
