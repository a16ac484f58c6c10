"""`svta generate`: descriptions in, a clips folder out; interrupted runs go on where they were."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from svta.builder.errors import quantity
from svta.cli.app import CheckFailed
from svta.cli.console import emit, note, own_taxonomy_hint, pack_command, progress, tell_loss
from svta.cli.options import AsJson, Workers, generate_options
from svta.cli.outputs import FOLDER, writes

if TYPE_CHECKING:
    from svta.generation.backends.config import GenerateConfig
    from svta.generation.executor.run import RunReport
    from svta.generation.planning.plan import Plan


@writes(out=FOLDER)
@generate_options()
def command(
    config: GenerateConfig,
    descriptions: Annotated[Path | None, typer.Argument(help="The descriptions file of `svta describe`.")] = None,
    out: Annotated[Path, typer.Option(help="The clips folder.")] = Path("clips"),
    executor: Annotated[
        str, typer.Option(help="local (processes here), rank (RANK of WORLD_SIZE, Slurm) or ray.")
    ] = "local",
    workers: Workers = None,
    status: Annotated[
        Path | None, typer.Option(help="Show the progress of this clips folder; generate nothing.")
    ] = None,
    rate: Annotated[float | None, typer.Option(min=0, max=1e6, help="With --status: price per worker-hour.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only plan; generate nothing (see also `svta plan`).")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Generate a clip for every description; the same command resumes a killed run.

    Example: svta generate descriptions.jsonl --out clips/ --backend storyboard
    """
    from svta.builder.layout.clips_folder import check_clips_folder
    from svta.generation.backends.spec import PlanError
    from svta.generation.executor.run import share_of
    from svta.generation.planning.request import plan_request

    if status is not None:
        _show_status(status, rate, workers, as_json)
        return
    if descriptions is None:
        raise PlanError("give a descriptions file (`svta describe` writes one), or --status CLIPS")
    check_clips_folder(out)
    share_of(executor)  # wrong use is said before any work
    plan = plan_request(descriptions, config, measure_here=executor == "local", clips_dir=out, on_note=note).plan
    unknown = plan.to_dict()["refused"].get("unknown_category")
    for line in own_taxonomy_hint(unknown, config.taxonomy):
        note(line)
    if not plan.clips:
        raise CheckFailed(f"{descriptions}: no caption may be generated; `svta plan {descriptions} --refused` says why")
    if dry_run:
        refused = ", ".join(f"{n} {reason}" for reason, n in plan.to_dict()["refused"].items()) or "none"
        clips, units = quantity(len(plan.clips), "clip"), quantity(plan.num_units, "unit")
        text = f"{clips} in {units} would be generated; refused: {refused}"
        emit(plan.to_dict(), as_json=as_json, text=text)
        return
    report = run_with_progress(plan, out, executor=executor, workers=workers)
    _show_report(report, plan, out, as_json)
    if report.complete and not as_json:
        note("next: " + pack_command(out))
    if report.complete:
        tell_loss(report.clips, report.rejected, out / "rejected.jsonl", "clips")


def run_with_progress(plan: Plan, out: Path, *, executor: str = "local", workers: int | None = None) -> RunReport:
    """run_plan with a progress bar over the clips."""
    from svta.generation.backends.unit import UnitResult
    from svta.generation.executor.run import run_plan

    with progress("clips") as bar:
        done = 0

        def on_unit(result: UnitResult) -> None:
            nonlocal done
            done += result.generated + result.rejected
            bar(done, len(plan.clips))

        return run_plan(plan, out, executor=executor, workers=workers, on_unit=on_unit)


def _show_report(report: RunReport, plan: Plan, out: Path, as_json: bool) -> None:
    result = asdict(report) | {"complete": report.complete, "out": str(out)}
    refused = f"{report.rejected:,} refused or rejected (see {out / 'rejected.jsonl'})"
    lines = [f"{quantity(report.clips, 'clip')} in {out}, {refused}"]
    if report.reused:
        lines += [f"{report.reused:,} of {quantity(report.units, 'unit')} finished before"]
    if not report.complete:
        lines += [f"{quantity(report.units - report.finished, 'unit')} left to other ranks"]
    emit(result, as_json=as_json, text="\n".join(lines))
    if not report.clips and report.complete:
        raise CheckFailed(f"no clip was generated; {out / 'rejected.jsonl'} says why")


def _show_status(clips_dir: Path, rate: float | None, workers: int | None, as_json: bool) -> None:
    from svta.generation.executor.status import status

    now = status(clips_dir)
    result = asdict(now)
    units, clips = quantity(now.units, "unit"), quantity(now.planned, "clip")
    lines = [
        f"{now.finished:,} of {units}, {now.clips:,} of {clips}, {now.rejected:,} rejected, "
        f"{now.num_bytes / 1e6:,.1f} MB"
    ]
    if now.finished < now.units and now.clips_per_minute and now.seconds_left is not None:
        lines += [f"{now.clips_per_minute:,.0f} clips a minute, {now.seconds_left / 60:,.1f} minutes left"]
    if rate is not None:
        result["cost_so_far"] = round((now.seconds_spent or 0.0) / 3600 * rate * (workers or 1), 2)
        spent = f"{result['cost_so_far']:,.2f} spent so far at {rate:g} an hour on {quantity(workers or 1, 'worker')}"
        lines += [f"{spent}, up to the last finished unit" + (" (none is yet)" if not now.finished else "")]
    emit(result, as_json=as_json, text="\n".join(lines))
