"""`svta plan`: what `svta generate` would do with a descriptions file, what it refuses, how long and how big it gets.

svta plan descriptions.jsonl --backend storyboard
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .console import emit


def command(
    descriptions: Annotated[Path, typer.Argument(help="What `svta describe` wrote.")],
    backend: Annotated[str, typer.Option(help="What films the captions.")] = "storyboard",
    unit_size: Annotated[int, typer.Option(help="Clips a unit: what a killed worker may lose.")] = 32,
    num_frames: Annotated[int, typer.Option(help="Frames a clip.")] = 33,
    height: Annotated[int, typer.Option(help="Pixels.")] = 192,
    width: Annotated[int, typer.Option(help="Pixels.")] = 320,
    fps: Annotated[float, typer.Option(help="Frames a second.")] = 16.0,
    seed: Annotated[int, typer.Option(help="Another seed films every caption anew.")] = 0,
    taxonomy: Annotated[Path | None, typer.Option(help="Your own taxonomy.json.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; default one a core.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="The first N descriptions only.")] = None,
    refused: Annotated[bool, typer.Option("--refused", help="List every refused row with its reason.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Nothing but JSON on stdout.")] = False,
) -> None:
    """Count units, refusals, time and disk before anything is made; time and size are measured on a few clips.

    Example: svta plan descriptions.jsonl --refused
    """
    from svta.builder.taxonomy import load_taxonomy
    from svta.generation.executors import cores
    from svta.generation.plan import make_plan, read_descriptions
    from svta.generation.trial import measure
    from svta.generation.worker import spec_for

    spec = spec_for(backend, num_frames=num_frames, height=height, width=width, fps=fps, seed=seed)
    clips, rejects = read_descriptions(descriptions, limit=limit)
    plan = make_plan(clips, spec, unit_size=unit_size, taxonomy=load_taxonomy(taxonomy), refused=rejects)
    count = min(workers or cores(), max(1, plan.num_units))
    trial = measure(plan)
    result = plan.to_dict() | {
        "workers": count,
        "seconds_a_clip": trial.seconds_a_clip,
        "bytes_a_clip": trial.bytes_a_clip,
        "core_hours": round(trial.seconds_a_clip * len(plan.clips) / 3600, 4),
        "hours": round(trial.seconds_a_clip * len(plan.clips) / 3600 / count, 4),
        "disk_bytes": trial.bytes_a_clip * len(plan.clips),
    }
    lines = [f"{len(plan.clips):>9,}  clips to film in {plan.num_units:,} units of {unit_size}"]
    lines += [f"{n:>9,}  refused: {reason}" for reason, n in plan.to_dict()["refused"].items()]
    lines += [
        f"{trial.seconds_a_clip:>9.3f}  seconds a clip and core, measured on {trial.clips} clips; "
        f"{_time(result['hours'] * 3600)} on {count} workers",
        f"{result['disk_bytes'] / 1e6:>9,.1f}  MB of disk",
    ]
    if refused:
        result["refused_rows"] = list(plan.refused)
        lines += [f"{row['reason']}  {row.get('category') or '-'}  {row.get('caption', '')}" for row in plan.refused]
    emit(result, as_json=as_json, text="\n".join(lines))


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
