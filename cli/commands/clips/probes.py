"""`svta probes`: minimal sets of clips that differ in one factor, with captions that differ in it alone.

svta probes --out probes --seed 7
svta probes --out probes --factors order,direction,role --per-factor 500
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from svta.cli.options import AsJson, Workers, options_from
from svta.cli.outputs import FOLDER, writes

if TYPE_CHECKING:
    from svta.generation.probes.config import ProbesConfig


def _probes_config(
    factors: Annotated[
        str,
        typer.Option(help="Comma-separated: role,colour,count,place,time,order,direction,presence,negation,speed."),
    ] = "role,colour,count,place,time,order,direction,presence,negation,speed",
    per_factor: Annotated[int, typer.Option(min=1, help="Sets per factor.")] = 200,
    category: Annotated[list[str] | None, typer.Option(help="Only this category; may repeat. Default: all.")] = None,
    grid: Annotated[int, typer.Option(min=2, max=6, help="Clips per set, if the factor has so many variants.")] = 2,
    doses: Annotated[
        str, typer.Option(help="Also draw each set at every level of these doses: size,length,clutter,delay.")
    ] = "",
    seed: Annotated[int, typer.Option(min=0, help="Another seed gives sets that no model was trained on.")] = 0,
    backend: Annotated[
        str, typer.Option(help="storyboard; or diffusion: the edited captions with one seed, marked as not audited.")
    ] = "storyboard",
    model: Annotated[str | None, typer.Option(help="Of --backend diffusion: a model folder or Hub id.")] = None,
    preset: Annotated[
        str | None, typer.Option(help="Diffusion: reference, balanced (default), fast or distilled.")
    ] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help="Diffusion: NAME=VALUE, e.g. steps=30.")] = None,
    num_frames: Annotated[int, typer.Option(help="Frames per clip.")] = 33,
    size: Annotated[
        str | None, typer.Option(help="WIDTHxHEIGHT, even numbers; default 320x192, or the model's.")
    ] = None,
    fps: Annotated[float | None, typer.Option(help="Frames per second; default 16, or the model's.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="The first N sets of each factor only.")] = None,
) -> ProbesConfig:
    from svta.generation.probes.config import ProbesConfig

    width, _, height = (size or "").lower().partition("x")
    if size is not None and not (width.isdecimal() and height.isdecimal()):
        raise typer.BadParameter(f"{size!r}: like 320x192", param_hint="--size")
    return ProbesConfig(
        factors=_names(factors), per_factor=min(per_factor, limit or per_factor), categories=tuple(category or ()),
        grid=grid, seed=seed, doses=_names(doses), backend=backend, model=model, num_frames=num_frames,
        height=int(height) if size else None, width=int(width) if size else None, fps=fps,
        preset=preset, settings=tuple(settings or ()),
    )  # fmt: skip


@writes(out=FOLDER)
@options_from(config=_probes_config)
def command(
    out: Annotated[Path, typer.Option(help="The dataset folder to write, with probes.jsonl.")],
    *,
    config: ProbesConfig,
    workers: Workers = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count the sets; draw nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a dataset of counterfactual probes: sets of clips that differ in one factor only.

    Example: svta probes --out probes --per-factor 50 --seed 7
    """
    from dataclasses import asdict

    from svta.builder.project.find import find_project
    from svta.cli.console import command_line, emit, note, progress
    from svta.generation.probes.make import counted, make_probes, num_sets

    config.check()
    if dry_run:
        emit({"sets": num_sets(config)}, as_json=as_json, text=counted(config))
        return
    with progress("probes") as bar:
        summary = make_probes(config, out, find_project().project, workers=workers, on_set=bar)
    each = ", ".join(f"{factor} {total:,}" for factor, total in summary.sets.items())
    text = (
        f"{out}: {summary.clips:,} clips in {sum(summary.sets.values()):,} sets ({each}); {summary.drawn:,} drawn now"
    )
    emit(asdict(summary), as_json=as_json, text=text)
    if not as_json:
        note("next: " + command_line("eval", probes=out, model="CHECKPOINT"))


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
