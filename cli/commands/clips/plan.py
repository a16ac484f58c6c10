"""`svta plan`: what `svta generate` would do with a descriptions file, what it refuses, how long and how big it gets.

svta plan descriptions.jsonl --backend storyboard
svta plan descriptions.jsonl --backend diffusion --model models/Wan2.1-T2V-1.3B-Diffusers --gpu h100 --rate 2.5
svta plan descriptions.jsonl --backend endpoint --endpoint http://gpu1:30000/v1 --model OWNER/NAME --clip-price 0.2
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from svta.builder.errors import quantity
from svta.cli.console import command_line, emit, note, own_taxonomy_hint, tell_loss
from svta.cli.options import AsJson, Rate, Workers, generate_options
from svta.cli.project_defaults import project_defaults

if TYPE_CHECKING:
    from svta.generation.backends.config import GenerateConfig
    from svta.generation.planning.plan import Plan

CPU_TRIAL_FLOPS: Final = 1e12  # a clip that takes more is not generated on a CPU to measure it: minutes


@dataclass
class _Answer:
    """What the command says: data for --json, and lines."""

    result: dict[str, object]
    lines: list[str] = field(default_factory=list)


@generate_options(without=("extend_prompts",))
def command(
    config: GenerateConfig,
    descriptions: Annotated[Path, typer.Argument(help="The descriptions file of `svta describe`.")],
    gpu: Annotated[str, typer.Option(help="Diffusion: the GPU for the estimate, if this machine has none.")] = "h100",
    rate: Rate = None,
    clip_price: Annotated[
        float | None,
        typer.Option(min=0, max=1e6, help="Endpoint: price per clip; otherwise give --rate per server-hour."),
    ] = None,
    workers: Workers = None,
    refused: Annotated[bool, typer.Option("--refused", help="List every refused row with its reason.")] = False,
    as_json: AsJson = False,
) -> None:
    """Estimate units, refusals, time, money and disk space before generating; measured where that is quick.

    Example: svta plan descriptions.jsonl --refused
    """
    from svta.generation.backends.registry import backend_class
    from svta.generation.planning.request import plan_request

    if clip_price is not None and config.backend != "endpoint":
        raise typer.BadParameter("is for --backend endpoint", param_hint="--clip-price")
    plan = plan_request(descriptions, config, on_note=note).plan
    suited = workers or backend_class(plan.spec.backend).workers(plan.spec)
    count = min(suited, max(1, plan.num_units))
    answer = _Answer(plan.to_dict() | {"workers": count})
    units = f"{quantity(plan.num_units, 'unit')} of up to {config.unit_size}"
    answer.lines += [f"{len(plan.clips):>9,}  clips to generate in {units}"]
    answer.lines += [f"{n:>9,}  refused: {reason}" for reason, n in plan.to_dict()["refused"].items()]
    if plan.spec.backend == "endpoint":
        _served(answer, plan, clip_price, rate)
    elif plan.spec.backend != "diffusion" or _estimate(answer, plan, config, gpu, rate, count):
        _measure(answer, plan, count, rate)
    if refused:
        answer.result["refused_rows"] = list(plan.refused)
        for row in plan.refused:
            answer.lines += [f"{row['reason']}  {row.get('category') or '-'}  {row.get('caption', '')}"]
    answer.lines += own_taxonomy_hint(plan.to_dict()["refused"].get("unknown_category"), config.taxonomy)
    emit(answer.result, as_json=as_json, text="\n".join(answer.lines))
    tell_loss(len(plan.clips), len(plan.refused), "--refused")
    if plan.clips and not as_json:
        known = project_defaults(["generate", str(descriptions)]).get("generate", {})  # svta.yaml says it already
        options = {name: value for name, value in config.changed().items() if str(known.get(name)) != str(value)}
        found = f"batch_size={plan.spec.options.get('batch_size')}"  # not to be measured again
        options["set"] = [found if text == "batch_size=auto" else text for text in options.pop("settings", ())]
        note("next: " + command_line("generate", descriptions, out="clips", workers=workers, **options))


def _measure(answer: _Answer, plan: Plan, count: int, rate: float | None) -> None:
    """Generate a few clips here and say what all of them take."""
    from svta.generation.planning.measure import measure

    measured = measure(plan, clips=max(2, int(plan.spec.options.get("batch_size", 4))))
    hours = measured.seconds_a_clip * len(plan.clips) / 3600
    disk_bytes = measured.bytes_a_clip * len(plan.clips)
    what = "GPU" if plan.spec.on_gpu else "core"
    answer.result |= {
        "seconds_a_clip": measured.seconds_a_clip,
        "bytes_a_clip": measured.bytes_a_clip,
        f"{what.lower()}_hours": round(hours, 4),
        "hours": round(hours / count, 4),
        "disk_bytes": disk_bytes,
    }
    answer.lines += [
        f"{measured.seconds_a_clip:>9.3f}  seconds a clip and {what}, measured on {measured.clips} clips; "
        f"{_time(hours / count * 3600)} on {quantity(count, 'worker')}",
        f"{disk_bytes / 1e6:>9,.1f}  MB of disk",
    ]
    if rate is not None:
        answer.result["price"] = round(hours * rate, 2)
        answer.lines += [f"{answer.result['price']:>9,.2f}  to pay at {rate:g} a {what}-hour"]


def _served(answer: _Answer, plan: Plan, clip_price: float | None, rate: float | None) -> None:
    """What the trial jobs of the servers say of all clips."""
    from svta.generation.backends.endpoint import trials_of
    from svta.generation.planning.cost import served_estimate

    if not plan.clips:
        return
    cost = served_estimate(plan, clip_price=clip_price, rate=rate)
    answer.result |= asdict(cost)
    answer.result["engines"] = {url: trial.facts for url, trial in trials_of(plan.spec).items()}
    answer.lines += [
        f"{cost.seconds_a_clip:>9.3f}  seconds a clip and server, of two trial jobs each; "
        f"{_time(cost.hours * 3600)} on {quantity(cost.servers, 'server')}, one job at a time",
        f"{cost.disk_bytes / 1e6:>9,.1f}  MB of disk, by the trial's files",
    ]
    if cost.price is not None:
        by = f"{clip_price:g} a clip" if clip_price is not None else f"{rate:g} a server-hour"
        answer.lines += [f"{cost.price:>9,.2f}  to pay at {by}; a clip that a gate refuses is generated again"]


def _estimate(answer: _Answer, plan: Plan, config: GenerateConfig, gpu: str, rate: float | None, count: int) -> bool:
    """What arithmetic says of a diffusion plan; whether it is also measured here, because a clip is quick enough."""
    from svta.generation.diffusion.model_info import read_model_info
    from svta.generation.planning.cost import estimate

    cost = estimate(plan, read_model_info(str(config.model), model_id=config.model_id), gpu=gpu, rate=rate)
    quick = plan.spec.on_gpu or cost.petaflop_a_clip * 1e15 <= CPU_TRIAL_FLOPS
    answer.result |= {"reckoned": cost.to_dict(), "disk_bytes": cost.disk_bytes}
    answer.lines += [
        f"{_figure(cost.petaflop_a_clip):>9}  PFLOP of denoising a clip ({cost.forwards_a_clip:g} forwards), estimated",
        f"{_figure(cost.gpu_hours):>9}  GPU-hours of denoising on {cost.gpu}, {_figure(cost.gpu_hours_low)} to "
        f"{_figure(cost.gpu_hours_high)}: estimated, not measured ({_time(cost.gpu_hours / count * 3600)} on {count})",
        f"{_figure(cost.weights_bytes / 1e9):>9}  GB of GPU memory for the denoiser's weights, "
        f"{_figure(cost.activation_bytes / 1e9)} for its activations; text encoder and VAE come on top",
    ]
    if not quick:
        answer.lines += [f"{cost.disk_bytes / 1e6:>9,.1f}  MB of disk, estimated"]
        if cost.price is not None:
            answer.lines += [f"{cost.price:>9,.2f}  to pay at {rate:g} a GPU-hour, denoising alone, estimated"]
    return quick


def _figure(value: float) -> str:
    """Three significant digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
