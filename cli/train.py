"""`svta train`: a baseline on the train split, selected on the validation split; killed runs go on exactly.

svta train --data DIR --baseline tiny --out CKPT
"""

from __future__ import annotations

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
        typer.Option(help="Where weights start: a CLIP or baseline folder or Hub id; `small`: from scratch."),
    ] = None,
    head: Annotated[str, typer.Option(help="meanP, seqLSTM, seqTransf or tightTransf (clip4clip).")] = "meanP",
    recipe: Annotated[str, typer.Option(help="modern (AdamW, cosine) or official (as published).")] = "modern",
    epochs: Annotated[int | None, typer.Option(min=1, help="Times through the train split.")] = None,
    batch_size: Annotated[int | None, typer.Option(min=2, help="Clips a step, all processes together.")] = None,
    lr: Annotated[float | None, typer.Option(min=0, help="Peak learning rate.")] = None,
    num_frames: Annotated[int | None, typer.Option(min=1, help="Frames a clip the model sees.")] = None,
    precision: Annotated[str, typer.Option(help="auto, float32 or bfloat16.")] = "auto",
    seed: Annotated[int, typer.Option(min=0, help="Another seed trains another model.")] = 0,
    limit: Annotated[int | None, typer.Option(min=2, help="The first N clips of each split only.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads; default one a core.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on stdout and nothing else.")] = False,
) -> None:
    """Train a retrieval model. The same command again goes on where a killed run stopped, to the same weights.

    Example: svta train --data svta --baseline tiny --out checkpoint
    """
    import torch

    from svta.builder.dataset import open_dataset
    from svta.builder.errors import DatasetError, SvtaError
    from svta.eval.frames import FrameStore
    from svta.eval.starting import default_recipe, new_baseline, read_captions
    from svta.eval.training import finished_run, train

    from .console import emit, note, progress

    if threads is not None:
        torch.set_num_threads(threads)
    captions = read_captions(data, "train", limit)
    plan = default_recipe(baseline, recipe, len(captions), start)
    changes: dict[str, Any] = {"epochs": epochs, "batch_size": batch_size, "lr": lr}
    changes |= {"precision": precision, "seed": seed}
    plan = replace(plan, **{name: value for name, value in changes.items() if value is not None})
    asked: dict[str, Any] = {
        "baseline": baseline,
        "start": start,
        "head": head,
        "num_frames": num_frames,
        "limit": limit,
    }
    asked["dataset"] = open_dataset(data, "train").fingerprint
    done = finished_run(out, {**asked, "recipe": plan.as_dict()})
    if done is None:
        model = new_baseline(baseline, captions, start=start, head=head, num_frames=num_frames, seed=seed)
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
        for store in (train_clips, validation):
            for key, reason in store.unreadable:
                note(f"left out, not readable: {key}: {reason}")
        with progress(f"training {baseline}") as bar:
            done = train(
                model, train_clips, validation, plan, out, asked=asked, on_step=lambda step, total, _: bar(step, total)
            )
    figures = done["best"]
    text = (
        f"{baseline} trained on {done['clips']['train']:,} clips in {done['seconds']:.0f} s "
        f"({done['threads']} threads, {done['dtype']})\n"
        f"validation: text-to-video R@1 {figures['t2v_R@1']:.1f}, video-to-text R@1 {figures['v2t_R@1']:.1f} "
        f"in a gallery of {figures['gallery']:,}\n"
        f"-> {out}\nnext: svta eval --data {data} --split test --model {out} --out results"
    )
    emit({"checkpoint": str(out), **done}, as_json=as_json, text=text)
