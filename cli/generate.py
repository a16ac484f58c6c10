"""`svta generate`: film descriptions, unit by unit, resumable; `--status` tells how far a folder is.

svta generate descriptions.jsonl --out clips/ --backend storyboard
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from .app import CheckFailed
from .console import emit, note, progress


def command(
    descriptions: Annotated[Path | None, typer.Argument(help="What `svta describe` wrote.")] = None,
    out: Annotated[Path, typer.Option(help="The clips folder.")] = Path("clips"),
    backend: Annotated[str, typer.Option(help="What films the captions: storyboard.")] = "storyboard",
    executor: Annotated[
        str, typer.Option(help="local (processes here) or rank (RANK of WORLD_SIZE, Slurm).")
    ] = "local",
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; default one a core.")] = None,
    unit_size: Annotated[int, typer.Option(help="Clips a unit: what a killed worker may lose.")] = 32,
    num_frames: Annotated[int, typer.Option(help="Frames a clip.")] = 33,
    height: Annotated[int, typer.Option(help="Pixels.")] = 192,
    width: Annotated[int, typer.Option(help="Pixels.")] = 320,
    fps: Annotated[float, typer.Option(help="Frames a second.")] = 16.0,
    seed: Annotated[int, typer.Option(help="Another seed films every caption anew.")] = 0,
    taxonomy: Annotated[Path | None, typer.Option(help="Your own taxonomy.json.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="The first N descriptions only.")] = None,
    status: Annotated[Path | None, typer.Option(help="Tell how far this clips folder is, and make nothing.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Plan, make nothing (see also `svta plan`).")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Nothing but JSON on stdout.")] = False,
) -> None:
    """Film every description into a clips folder; the same command again goes on where a killed run stopped.

    Example: svta generate descriptions.jsonl --out clips/ --num-frames 33 --width 832 --height 480
    """
    from svta.builder.taxonomy import load_taxonomy
    from svta.generation.plan import PlanError, make_plan, read_descriptions

    if status is not None:
        _tell_status(status, as_json)
        return
    if descriptions is None:
        raise PlanError("give a descriptions file (`svta describe` writes one), or --status CLIPS")
    from svta.generation.executors import run_plan
    from svta.generation.worker import UnitResult, spec_for

    spec = spec_for(backend, num_frames=num_frames, height=height, width=width, fps=fps, seed=seed)
    clips, rejects = read_descriptions(descriptions, limit=limit)
    plan = make_plan(clips, spec, unit_size=unit_size, taxonomy=load_taxonomy(taxonomy), refused=rejects)
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
        note(f"next: svta pack {out} --out DIR")


def _tell_status(clips_dir: Path, as_json: bool) -> None:
    from svta.generation.executors import status

    now = status(clips_dir)
    lines = [
        f"{now.finished:,} of {now.units:,} units, {now.clips:,} of {now.planned:,} clips, {now.rejected:,} rejected, "
        f"{now.num_bytes / 1e6:,.1f} MB"
    ]
    if now.finished < now.units and now.clips_per_minute and now.seconds_left is not None:
        lines += [f"{now.clips_per_minute:,.0f} clips a minute, {now.seconds_left / 60:,.1f} minutes left"]
    emit(asdict(now), as_json=as_json, text="\n".join(lines))
