"""`svta plan`: what `svta generate` would do with a descriptions file, what it refuses, how long and how big it gets.

svta plan descriptions.jsonl --backend storyboard
svta plan descriptions.jsonl --backend diffusion --model models/Wan2.1-T2V-1.3B-Diffusers --gpu h100 --rate 2.5
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from svta.cli.console import command_line, emit, note

if TYPE_CHECKING:
    from svta.generation.planning.plan import Plan
    from svta.generation.planning.request import Order


CPU_TRIAL_FLOPS = 1e12  # a clip that takes more is not tried on a CPU: minutes


def command(
    descriptions: Annotated[Path, typer.Argument(help="What `svta describe` wrote.")],
    backend: Annotated[str, typer.Option(help="What films the captions: storyboard, diffusion.")] = "storyboard",
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
    gpu: Annotated[str, typer.Option(help="Diffusion: the GPU to reckon with where none is here.")] = "h100",
    rate: Annotated[float | None, typer.Option(min=0, max=1e6, help="Money a GPU-hour (or core-hour) costs.")] = None,
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
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; default one a core, or one a GPU.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="The first N descriptions only.")] = None,
    refused: Annotated[bool, typer.Option("--refused", help="List every refused row with its reason.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Nothing but JSON on stdout.")] = False,
) -> None:
    """Count units, refusals, time, money and disk before anything is made; measured on a few clips where that is quick.

    Example: svta plan descriptions.jsonl --refused
    """
    from svta.generation.executor.ranks import default_workers
    from svta.generation.planning.request import Order, commission

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
    )
    commissioned = commission(descriptions, order)
    plan = commissioned.plan
    for line in commissioned.notes:
        note(line)
    count = min(workers or default_workers(plan.spec), max(1, plan.num_units))
    result = plan.to_dict() | {"workers": count}
    lines = [f"{len(plan.clips):>9,}  clips to film in {plan.num_units:,} units of {unit_size}"]
    lines += [f"{n:>9,}  refused: {reason}" for reason, n in plan.to_dict()["refused"].items()]
    tried = True
    if plan.spec.backend == "diffusion":
        figures, more, tried = _reckon(plan, order, gpu, rate, count)
        result, lines = result | figures, lines + more
    if tried:
        figures, more = _measure(plan, count, rate)
        result, lines = result | figures, lines + more
    if refused:
        result["refused_rows"] = list(plan.refused)
        lines += [f"{row['reason']}  {row.get('category') or '-'}  {row.get('caption', '')}" for row in plan.refused]
    emit(result, as_json=as_json, text="\n".join(lines))
    if plan.clips and not as_json:
        asked = {name: value for name, value in vars(order).items() if value != getattr(Order(), name)}
        found = f"batch_size={plan.spec.options.get('batch_size')}"  # not to be searched again
        asked["set"] = [found if text == "batch_size=auto" else text for text in asked.pop("settings", ())]
        note("next: " + command_line("generate", descriptions, out="clips", workers=workers, **asked))


def _measure(plan: Plan, count: int, rate: float | None) -> tuple[dict[str, Any], list[str]]:
    """Film a few clips here and say what all of them take."""
    from svta.generation.planning.measure import measure

    on_gpu = plan.spec.options.get("device") == "cuda"
    batch = int(plan.spec.options.get("batch_size", 4))
    trial = measure(plan, clips=max(2, batch))
    hours = trial.seconds_a_clip * len(plan.clips) / 3600
    figures: dict[str, Any] = {
        "seconds_a_clip": trial.seconds_a_clip,
        "bytes_a_clip": trial.bytes_a_clip,
        "gpu_hours" if on_gpu else "core_hours": round(hours, 4),
        "hours": round(hours / count, 4),
        "disk_bytes": trial.bytes_a_clip * len(plan.clips),
    }
    what = "GPU" if on_gpu else "core"
    lines = [
        f"{trial.seconds_a_clip:>9.3f}  seconds a clip and {what}, measured on {trial.clips} clips; "
        f"{_time(hours / count * 3600)} on {count} workers",
        f"{figures['disk_bytes'] / 1e6:>9,.1f}  MB of disk",
    ]
    if rate is not None:
        figures["price"] = round(hours * rate, 2)
        lines += [f"{figures['price']:>9,.2f}  to pay at {rate:g} a {what}-hour"]
    return figures, lines


def _reckon(
    plan: Plan, order: Order, gpu: str, rate: float | None, count: int
) -> tuple[dict[str, Any], list[str], bool]:
    """What arithmetic says of a diffusion plan, and whether a trial is quick enough here to measure it too."""
    from svta.generation.diffusion.model_info import read_outline
    from svta.generation.planning.cost import estimate

    cost = estimate(plan, read_outline(str(order.model), model_id=order.model_id), gpu=gpu, rate=rate)
    quick = plan.spec.options.get("device") == "cuda" or cost.petaflop_a_clip * 1e15 <= CPU_TRIAL_FLOPS
    figures = {"reckoned": cost.to_dict(), "disk_bytes": cost.disk_bytes}
    lines = [
        f"{_figure(cost.petaflop_a_clip):>9}  PFLOP of denoising a clip in {cost.forwards_a_clip:g} forwards, reckoned",
        f"{_figure(cost.gpu_hours):>9}  GPU-hours of denoising on {cost.gpu}, {_figure(cost.gpu_hours_low)} to "
        f"{_figure(cost.gpu_hours_high)}: reckoned, not measured ({_time(cost.gpu_hours / count * 3600)} on {count})",
        f"{_figure(cost.weights_bytes / 1e9):>9}  GB of GPU memory for the denoiser's weights alone",
    ]
    if not quick:
        lines += [f"{cost.disk_bytes / 1e6:>9,.1f}  MB of disk, reckoned"]
        if cost.price is not None:
            lines += [f"{cost.price:>9,.2f}  to pay at {rate:g} a GPU-hour"]
    return figures, lines, quick


def _figure(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
