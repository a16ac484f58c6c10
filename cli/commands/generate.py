"""`svta generate`: film descriptions, unit by unit, resumable; `--status` tells how far a folder is.

svta generate descriptions.jsonl --out clips/ --backend storyboard
svta generate descriptions.jsonl --out clips/ --backend diffusion --model models/Wan2.1-T2V-1.3B-Diffusers
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from svta.cli.app import CheckFailed
from svta.cli.console import command_line, emit, note, progress


def command(
    descriptions: Annotated[Path | None, typer.Argument(help="What `svta describe` wrote.")] = None,
    out: Annotated[Path, typer.Option(help="The clips folder.")] = Path("clips"),
    backend: Annotated[
        str, typer.Option(help="storyboard (drawn on the CPU), diffusion, or your own as module:class.")
    ] = "storyboard",
    model: Annotated[str | None, typer.Option(help="Diffusion: a model folder or Hub id.")] = None,
    model_id: Annotated[str | None, typer.Option(help="Diffusion: whose model a local folder is (owner/name).")] = None,
    preset: Annotated[
        str | None, typer.Option(help="Diffusion: reference, balanced (default), fast or distilled.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Diffusion: NAME=VALUE over the preset, e.g. steps=30.")
    ] = None,
    cache_config: Annotated[
        str | None, typer.Option(help="Diffusion: none, mag, teacache, first_block, calibrate, or JSON.")
    ] = None,
    extend_prompts: Annotated[
        str | None, typer.Option(help="A chat model (URL or id) that lengthens what is filmed.")
    ] = None,
    executor: Annotated[
        str, typer.Option(help="local (processes here), rank (RANK of WORLD_SIZE, Slurm) or ray.")
    ] = "local",
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; default one a core, or one a GPU.")] = None,
    unit_size: Annotated[int, typer.Option(help="Clips a unit: what a killed worker may lose.")] = 32,
    num_frames: Annotated[int | None, typer.Option(help="Frames a clip; default 33.")] = None,
    height: Annotated[int | None, typer.Option(help="Pixels; default 192, or the model's.")] = None,
    width: Annotated[int | None, typer.Option(help="Pixels; default 320, or the model's.")] = None,
    fps: Annotated[float | None, typer.Option(help="Frames a second; default 16, or the model's.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed films every caption anew.")] = 0,
    taxonomy: Annotated[Path | None, typer.Option(help="Your own taxonomy.json.")] = None,
    choreography: Annotated[
        Path | None, typer.Option(help="Storyboard: your own categories or actions as JSON (docs/generation.md).")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="The first N descriptions only.")] = None,
    status: Annotated[Path | None, typer.Option(help="Tell how far this clips folder is, and make nothing.")] = None,
    rate: Annotated[float | None, typer.Option(min=0, max=1e6, help="With --status: money an hour and worker.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Plan, make nothing (see also `svta plan`).")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Nothing but JSON on stdout.")] = False,
) -> None:
    """Film every description into a clips folder; the same command again goes on where a killed run stopped.

    Example: svta generate descriptions.jsonl --out clips/ --backend storyboard
    """
    from svta.generation.backends.spec import PlanError
    from svta.generation.planning.request import Order, commission

    if status is not None:
        _tell_status(status, rate, workers, as_json)
        return
    if descriptions is None:
        raise PlanError("give a descriptions file (`svta describe` writes one), or --status CLIPS")
    from svta.builder.layout.guards import keep_out
    from svta.generation.backends.unit import UnitResult
    from svta.generation.executor.run import run_plan

    keep_out(out, kind="folder")
    order = Order(
        backend=backend,
        model=model,
        model_id=model_id,
        preset=preset,
        settings=tuple(settings or ()),
        cache_config=cache_config,
        num_frames=num_frames,
        height=height,
        width=width,
        fps=fps,
        seed=seed,
        unit_size=unit_size,
        taxonomy=taxonomy,
        choreography=choreography,
        limit=limit,
        extend_prompts=extend_prompts,
    )
    commissioned = commission(descriptions, order, find_batch=executor == "local", clips_dir=out)
    plan = commissioned.plan
    for line in commissioned.notes:
        note(line)
    if not plan.clips:
        raise CheckFailed(
            f"{descriptions}: not one caption may be filmed; `svta plan {descriptions} --refused` says why"
        )
    if dry_run:
        refused = ", ".join(f"{n} {reason}" for reason, n in plan.to_dict()["refused"].items()) or "none"
        text = f"{len(plan.clips):,} clips in {plan.num_units:,} units would be made; refused: {refused}"
        emit(plan.to_dict(), as_json=as_json, text=text)
        return
    with progress("clips") as bar:
        done = 0

        def on_unit(result: UnitResult) -> None:
            nonlocal done
            done += result.made + result.rejected
            bar(done, len(plan.clips))

        report = run_plan(plan, out, executor=executor, workers=workers, on_unit=on_unit)
    result = asdict(report) | {"complete": report.complete, "spec": plan.digest, "out": str(out)}
    lines = [f"{report.clips:,} clips in {out}, {report.rejected:,} refused or rejected (see {out / 'rejected.jsonl'})"]
    if report.reused:
        lines += [f"{report.reused:,} of {report.units:,} units were finished before"]
    if not report.complete:
        lines += [f"{report.units - report.finished:,} units are still to be made by other ranks"]
    emit(result, as_json=as_json, text="\n".join(lines))
    if not report.clips and report.complete:
        raise CheckFailed(f"not one clip was made; {out / 'rejected.jsonl'} says why")
    if report.complete and not as_json:
        note("next: " + command_line("pack", out, out="svta-dataset", taxonomy=taxonomy))


def _tell_status(clips_dir: Path, rate: float | None, workers: int | None, as_json: bool) -> None:
    from svta.generation.executor.status import status

    now = status(clips_dir)
    result = asdict(now)
    lines = [
        f"{now.finished:,} of {now.units:,} units, {now.clips:,} of {now.planned:,} clips, {now.rejected:,} rejected, "
        f"{now.num_bytes / 1e6:,.1f} MB"
    ]
    if now.finished < now.units and now.clips_per_minute and now.seconds_left is not None:
        lines += [f"{now.clips_per_minute:,.0f} clips a minute, {now.seconds_left / 60:,.1f} minutes left"]
    if rate is not None:
        result["cost_so_far"] = round((now.seconds_spent or 0.0) / 3600 * rate * (workers or 1), 2)
        spent = f"{result['cost_so_far']:,.2f} spent so far at {rate:g} an hour on {workers or 1} workers"
        lines += [f"{spent}, up to the last finished unit" + (" (none is yet)" if not now.finished else "")]
    emit(result, as_json=as_json, text="\n".join(lines))
