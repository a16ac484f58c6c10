"""Settings of a diffusion model: presets, and what users change of them; resolved to final values at planning.

`--preset reference|balanced|fast|distilled` gives the values, `--set NAME=VALUE` changes one. All of it is recorded in
plan.json, and what decides a clip's pixels in its provenance.

    settings = resolve(read_model_info("models/wan"), "balanced", parse(["steps=30"]), height=480, width=832)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Final

from svta.generation.backends.quality import Gates
from svta.generation.backends.settings import parse_settings, typed
from svta.generation.backends.spec import JsonObject, Options, PlanError

from .cache_hooks import can_cache, repeated_blocks
from .families import LARGE_FRAME, NEGATIVE
from .model_info import ModelInfo
from .step_schedules import MAG, STATIC, known_checkpoint

DEVICES: Final = ("cuda", "cpu", "mps")
DTYPES: Final = ("bfloat16", "float16", "float32")
FP8: Final = ("off", "layerwise", "dynamic")
MAX_BATCH: Final = 256
SHIFTS: Final = ("flow_shift", "shift")  # what schedulers call their flow shift
FIRST_BLOCK: Final = 0.08  # what its author takes for video models; .12 is bold
DISTILLED_NAMES: Final = ("distill", "fastwan", "causvid", "lightx2v", "lightning", "turbo", "self-forcing", "4step")


@dataclass(frozen=True)
class DiffusionSettings:
    """Everything that decides a clip's pixels besides caption, size and seed; all values are final.

    flow_shift 0 and attention "": as the model and torch have it. cache: {} none, else its settings with `kind`.
    compile: off, or a torch.compile backend. fp8: off, layerwise (memory) or dynamic (speed, torchao). batch_size 0:
    to be measured before planning. lora: a folder, file or Hub id (owner/name or owner/name/FILE), one per denoiser,
    separated by commas. similarity: encoder:MODEL (as `svta eval` takes them) or module:function, called
    with (frames, caption), whose number is recorded and never a gate: a gate by CLIP would favour what CLIP likes.
    """

    preset: str = "balanced"
    steps: int = 50
    guidance_scale: float = 5.0
    flow_shift: float = 0.0
    negative_prompt: str = NEGATIVE
    negative_prompts: Mapping[str, str] = field(default_factory=dict)
    batch_size: int = 1
    attempts: int = 3
    gates: Mapping[str, float] = field(default_factory=dict)
    device: str = "cpu"
    dtype: str = "float32"
    vae_dtype: str = "float32"
    vae_tiling: bool = False
    vae_slicing: bool = False
    cache: Options = field(default_factory=dict)
    compile: str = "off"
    fp8: str = "off"
    attention: str = ""
    lora: str = ""
    similarity: str = ""
    cpu_threads: int = 1

    def to_dict(self) -> JsonObject:
        """As plain data, the path of a LoRA left out (its hash is kept by the spec)."""
        return {name: value for name, value in asdict(self).items() if name != "lora"}


@dataclass(frozen=True)
class Preset:
    """Values that a preset puts over the model's own; None keeps the model's. `vae_half`: VAE in the denoiser's dtype.

    threshold and max_skip_steps: of a MagCache that is bolder than its default; first_block: of a FirstBlockCache.
    """

    cached: bool = True
    compiled: bool = True
    vae_half: bool = False
    steps: int | None = None
    guidance_scale: float | None = None
    mag: Mapping[str, float] = field(default_factory=dict)
    first_block: float = FIRST_BLOCK


PRESETS: Final[Mapping[str, Preset]] = {
    # every step computed, nothing compiled; what the others are measured against
    "reference": Preset(cached=False, compiled=False),
    # the default: a step cache (MagCache for known checkpoints, FirstBlockCache elsewhere), compiled blocks
    "balanced": Preset(),
    # a bolder cache (18 of 50 steps of Wan 2.1 computed) and the VAE in half precision: motion may suffer
    "fast": Preset(vae_half=True, mag={"threshold": 0.24, "max_skip_steps": 6}, first_block=0.12),
    # a few-step checkpoint or LoRA: 4 steps, guidance off, no cache; recorded as a generator of its own
    "distilled": Preset(cached=False, vae_half=True, steps=4, guidance_scale=1.0),
}


def default_cache(info: ModelInfo, preset: Preset) -> JsonObject:
    """The step cache that suits a model: {} where diffusers has none for it."""
    if not preset.cached:
        return {}
    known = known_checkpoint(info.pipeline, info.denoisers)
    if known is not None:
        return {"kind": "mag", "checkpoint": known["name"], **MAG, **preset.mag}
    classes = [str(config.get("_class_name")) for config in info.denoisers.values()]
    usable = classes and all(map(can_cache, classes))
    return {"kind": "first_block", "threshold": preset.first_block} if usable else {}


def parse(settings: Iterable[str]) -> JsonObject:
    """`NAME=VALUE` texts as typed values; tables as JSON. Raises PlanError that names what there is."""
    return parse_settings(settings, DiffusionSettings, without=("preset",))


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def parse_cache(text: str, info: ModelInfo) -> JsonObject:
    """`--cache-config`: none, mag, teacache, first_block, calibrate, a JSON object with `kind`, or a .json file of one.

    calibrate: a MagCache whose ratios are measured on one clip before planning.
    """
    if text == "none":
        return {}
    if text == "calibrate":
        return {"kind": STATIC[0], "calibrate": True, **MAG}
    is_table = text.lstrip().startswith("{") or text.endswith(".json")
    cache: JsonObject = typed("cache", text, "Mapping") if is_table else {"kind": text}
    if not isinstance(cache.get("kind"), str):
        raise PlanError("--cache-config: a JSON object with `kind` is needed")
    for name in ("mag_ratios", "coefficients"):
        if name in cache and not is_numbers(cache[name]):
            raise PlanError(f"--cache-config {name}: a list of numbers is needed")
    for name in ("threshold", "max_skip_steps", "retention_ratio"):
        if name in cache and not _is_number(cache[name]):
            raise PlanError(f"--cache-config {name}: a number is needed")
    known = known_checkpoint(info.pipeline, info.denoisers)
    if cache["kind"] in STATIC and known is not None:
        cache.setdefault("checkpoint", known["name"])
    if cache["kind"] == "first_block":
        cache.setdefault("threshold", FIRST_BLOCK)
    return cache


def is_numbers(value: object) -> bool:
    """Whether a JSON value is a list of numbers."""
    return isinstance(value, list) and all(map(_is_number, value))


def resolve(info: ModelInfo, preset: str, given: Options, *, height: int, width: int) -> DiffusionSettings:
    """The model's values, the preset's over them and the given ones over both. Raises PlanError."""
    if preset not in PRESETS:
        raise PlanError(f"--preset {preset}: one of {', '.join(PRESETS)}")
    chosen, family = PRESETS[preset], info.family
    device = given.get("device") or _device()
    dtype = given.get("dtype", "bfloat16" if device != "cpu" else "float32")
    shift = family.flow_shift if has_shift(info) else None
    keeps_float32 = family.vae_float32 and family.casts_latents and not chosen.vae_half
    guidance = info.guidance_scale if chosen.guidance_scale is None else chosen.guidance_scale
    values: JsonObject = {
        "steps": chosen.steps or info.steps,
        "guidance_scale": guidance,
        "flow_shift": 0.0 if shift is None else shift[height * width >= LARGE_FRAME],
        "negative_prompt": NEGATIVE if "negative_prompt" in info.arguments else "",
        "device": device,
        "dtype": dtype,
        "vae_dtype": "float32" if keeps_float32 else dtype,
        "vae_tiling": family.vae_tiling,
        "vae_slicing": family.vae_slicing,
        "cache": default_cache(info, chosen),
        "compile": "inductor" if chosen.compiled and device == "cuda" and _repeats(info) else "off",
        **given,
    }
    settings = DiffusionSettings(preset=preset, **values)
    for fault in _faults(settings, info):
        raise PlanError(f"--set {fault}")
    Gates.of(settings.gates)
    few_steps = settings.lora or any(hint in info.name.lower() for hint in DISTILLED_NAMES)
    if preset == "distilled" and not few_steps:
        raise PlanError(
            f"--preset distilled: {info.name} does not look like a few-step checkpoint; add its LoRA with "
            "--set lora=FOLDER_OR_ID, or name it with --model-id"
        )
    return settings


def has_shift(info: ModelInfo) -> bool:
    """Whether the model's scheduler has a flow shift to set."""
    return any(name in info.scheduler for name in SHIFTS)


def _faults(settings: DiffusionSettings, info: ModelInfo) -> Iterator[str]:
    """What is wrong with a model's settings: values out of range, then values that do not go together."""
    for name, value, allowed in (
        ("device", settings.device, DEVICES),
        ("dtype", settings.dtype, DTYPES),
        ("vae_dtype", settings.vae_dtype, DTYPES),
    ):
        if value not in allowed:
            yield f"{name} {value}: one of {', '.join(allowed)}"
    if settings.fp8 not in FP8:
        yield f"fp8 {settings.fp8}: off, layerwise or dynamic"
    for name, number, least, most, text in (
        ("steps", settings.steps, 1, 1_000, "1 to 1000"),
        ("batch_size", settings.batch_size, 0, MAX_BATCH, f"1 to {MAX_BATCH}, or auto"),
        ("attempts", settings.attempts, 1, 100, "1 to 100"),
        ("guidance_scale", settings.guidance_scale, 0, 100, "0 to 100"),
        ("flow_shift", settings.flow_shift, 0, 100, "0 (the scheduler's own) to 100"),
        ("cpu_threads", settings.cpu_threads, 1, 1_024, "1 to 1024"),
    ):
        if not least <= number <= most:
            yield f"{name} {number:g}: {text}"
    if wrong := next((name for name, text in settings.negative_prompts.items() if not isinstance(text, str)), None):
        yield f"negative_prompts: {wrong} needs a text"
    yield from _contradictions(settings, info)


def _contradictions(settings: DiffusionSettings, info: ModelInfo) -> Iterator[str]:
    family, cache = info.family, settings.cache.get("kind")
    batch = f"batch_size {settings.batch_size or 'auto'}"
    if settings.flow_shift > 0 and not has_shift(info):
        yield f"flow_shift {settings.flow_shift:g}: the scheduler of {info.name} has none"
    if settings.negative_prompt and "negative_prompt" not in info.arguments:
        yield f"negative_prompt: {info.pipeline} takes none"
    if settings.dtype == "float16" and family.vae_float32:
        yield f"dtype float16: {info.pipeline} makes noise in it; bfloat16 is fine"
    if settings.fp8 == "dynamic" and settings.lora:
        yield "fp8 dynamic: a LoRA cannot be merged into quantized weights; give fp8=layerwise, or merge it beforehand"
    if settings.vae_dtype != settings.dtype and not family.casts_latents:
        yield f"vae_dtype {settings.vae_dtype}: {info.pipeline} hands its VAE {settings.dtype}"
    if settings.batch_size != 1 and family.one_by_one:
        yield f"{batch}: {info.pipeline} generates one clip per call"
    if settings.batch_size != 1 and cache and cache not in STATIC:
        yield (
            f"{batch}: cache {cache} decides for a whole batch, so a clip would depend on its neighbours; generate one "
            "by one or give --cache-config none"
        )


def _repeats(info: ModelInfo) -> bool:
    """Whether diffusers names the repeated blocks of every denoiser, which can be compiled one by one."""
    import diffusers

    classes = [getattr(diffusers, str(config.get("_class_name")), None) for config in info.denoisers.values()]
    return bool(classes) and all(repeated_blocks(cls) for cls in classes)


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
