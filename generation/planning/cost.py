"""What a plan costs: of diffusion on a GPU by arithmetic from the model's configs, of servers by their trial jobs.

Reads a Plan and its model's ModelInfo, or the trials; measures nothing. Where a GPU is present `svta plan` generates
two clips of the plan as well (measure.py) and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from svta.generation.backends.endpoint import trials_of
from svta.generation.backends.spec import JsonObject, PlanError
from svta.generation.diffusion.model_info import ModelInfo
from svta.generation.diffusion.plan_spec import settings_of
from svta.generation.diffusion.settings import DiffusionSettings
from svta.generation.diffusion.step_schedules import MAG, STATIC, checkpoints, mag_steps

from .plan import Plan

# dense bfloat16 TFLOP/s of the makers' data sheets
GPUS: Final[Mapping[str, float]] = {
    "b200": 2250,
    "h200": 989,
    "h100": 989,
    "a100": 312,
    "l40s": 362,
    "rtx4090": 165,
    "l4": 121,
}
# shares of that which video models reach: 155 to 544 TFLOP/s are reported on 989, the estimate takes 400
LOW: Final = 0.16
LIKELY: Final = 0.40
HIGH: Final = 0.55
BITS_A_PIXEL: Final = 0.1  # of mp4 at crf 21; 14 real clips of 832x480x33 have .066, generated ones more grain


@dataclass(frozen=True)
class Cost:
    """One plan on one kind of GPU. Hours are GPU-hours of denoising alone; price in the currency of the rate."""

    gpu: str
    petaflop_a_clip: float
    forwards_a_clip: float
    seconds_a_clip: float
    gpu_hours: float
    gpu_hours_low: float
    gpu_hours_high: float
    price: float | None
    weights_bytes: int
    activation_bytes: int
    disk_bytes: int

    def to_dict(self) -> JsonObject:
        """Plain data for --json."""
        return asdict(self)


def estimate(plan: Plan, info: ModelInfo, *, gpu: str = "h100", rate: float | None = None) -> Cost:
    """Arithmetic for a plan on `gpu`; `rate` is money a GPU-hour. Raises PlanError for an unknown GPU."""
    name = gpu.lower().replace(" ", "").replace("-", "")
    if name not in GPUS:
        raise PlanError(f"--gpu {gpu}: one of {', '.join(GPUS)}")
    spec = plan.spec
    settings = settings_of(spec)
    forwards = forwards_a_clip(settings, info)
    flops = forwards * info.forward_flops(spec.num_frames, spec.height, spec.width)
    seconds = {share: flops / (GPUS[name] * 1e12 * share) for share in (LOW, LIKELY, HIGH)}
    hours = {share: value * len(plan.clips) / 3600 for share, value in seconds.items()}
    bytes_a_clip = spec.num_frames * spec.height * spec.width * BITS_A_PIXEL / 8
    half = settings.dtype != "float32" or settings.device == "cpu"  # planned without a GPU: there it will be bfloat16
    width = 1 if settings.fp8 != "off" else 2 if half else 4
    return Cost(
        gpu=name,
        petaflop_a_clip=round(flops / 1e15, 3),
        forwards_a_clip=round(forwards, 2),
        seconds_a_clip=round(seconds[LIKELY], 3),
        gpu_hours=round(hours[LIKELY], 3),
        gpu_hours_low=round(hours[HIGH], 3),
        gpu_hours_high=round(hours[LOW], 3),
        price=None if rate is None else round(hours[LIKELY] * rate, 2),
        weights_bytes=sum(info.parameters.values()) * width,
        activation_bytes=info.activation_bytes(spec.num_frames, spec.height, spec.width, max(1, settings.batch_size)),
        disk_bytes=round(bytes_a_clip * len(plan.clips)),
    )


@dataclass(frozen=True)
class ServedCost:
    """One plan on the servers that were tried. hours: of all servers together side by side; server_hours: summed up.

    price: by the clip where that is stated, else by the server's hour; clips that a gate refuses are paid once more.
    """

    servers: int
    seconds_a_clip: float
    server_hours: float
    hours: float
    price: float | None
    disk_bytes: int


def served_estimate(plan: Plan, *, clip_price: float | None = None, rate: float | None = None) -> ServedCost:
    """What the trial jobs of a plan's servers say of all its clips, one job at a time on each server."""
    trials = trials_of(plan.spec).values()
    rates = [1 / max(trial.seconds, 1e-3) for trial in trials]
    seconds, clips = len(rates) / sum(rates), len(plan.clips)
    server_hours = seconds * clips / 3600
    by_hour = None if rate is None else server_hours * rate
    price = by_hour if clip_price is None else clip_price * clips
    size = max(trial.num_bytes for trial in trials)
    return ServedCost(
        servers=len(rates),
        seconds_a_clip=round(seconds, 3),
        server_hours=round(server_hours, 4),
        hours=round(server_hours / len(rates), 4),
        price=None if price is None else round(price, 2),
        disk_bytes=size * clips,
    )


def forwards_a_clip(settings: DiffusionSettings, info: ModelInfo) -> float:
    """Forwards of the denoiser one clip needs; a cache that decides while it runs is counted as skipping none."""
    guided = 2 if settings.guidance_scale > 1 and "negative_prompt" in info.arguments else 1
    return guided * settings.steps * computed_share(settings)


def computed_share(settings: DiffusionSettings) -> float:
    """The share of steps that a MagCache with known ratios computes; 1 for every other cache."""
    cache = settings.cache
    if cache.get("kind") != STATIC[0]:
        return 1.0
    row = next((row for row in checkpoints() if row["name"] == cache.get("checkpoint")), {})
    ratios = cache.get("mag_ratios") or row.get("mag_ratios")
    if not ratios:
        return 1.0
    names = ("threshold", "max_skip_steps", "retention_ratio")
    schedule = {**MAG, **{name: cache[name] for name in names if name in cache}}
    return sum(mag_steps(ratios, settings.steps, **schedule)) / settings.steps
