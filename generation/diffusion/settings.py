"""How a diffusion model is to film: presets, and what users change of them; resolved into a FilmSpec at planning.

`--preset reference|balanced|fast|distilled` gives the values, `--set NAME=VALUE` changes one. All of it lands in
plan.json, and what decides a clip's pixels in its provenance.

    choices = resolve(read_outline("models/wan"), "balanced", parse(["steps=30"]), height=480, width=832)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from svta.generation.backends.quality import Gates
from svta.generation.backends.spec import PlanError

from .families import NEGATIVE
from .model_info import Outline
from .step_schedules import MAG, STATIC, can_cache, known_checkpoint

DEVICES: Final = ("cuda", "cpu", "mps")
DTYPES: Final = ("bfloat16", "float16", "float32")
LARGE_FRAME: Final = 600_000  # pixels a frame from which flow_shift is the larger of a family's two
MAX_BATCH: Final = 256
SHIFTS: Final = ("flow_shift", "shift")  # what schedulers call their flow shift
FIRST_BLOCK: Final = 0.08  # what its author takes for video models; .12 is bold
DISTILLED_NAMES: Final = ("distill", "fastwan", "causvid", "lightx2v", "lightning", "turbo", "self-forcing", "4step")


@dataclass(frozen=True)
class Choices:
    """Everything that decides a clip's pixels besides caption, size and seed; all values are final.

    flow_shift 0 and attention "": as the model and torch have it. cache: {} none, else its settings with `kind`.
    compile: off, or a torch.compile backend. fp8: off, layerwise (memory) or dynamic (speed, torchao). batch_size 0:
    to be found by a trial before planning. lora: a folder, file or Hub id (owner/name or owner/name/FILE), one a
    denoiser, separated by commas. similarity: module:function, called with (frames, caption), whose number is recorded
    and never a gate: a gate by CLIP would favour models that CLIP likes.
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
    cache: Mapping[str, Any] = field(default_factory=dict)
    compile: str = "off"
    fp8: str = "off"
    attention: str = ""
    lora: str = ""
    similarity: str = ""
    cpu_threads: int = 1

    def to_dict(self) -> dict[str, Any]:
        """As plain data, the path of a LoRA left out (its hash is kept by the spec)."""
        return {name: value for name, value in asdict(self).items() if name != "lora"}


def reference(outline: Outline) -> dict[str, Any]:
    """No tricks: every step computed, nothing compiled; what the others are measured against."""
    return {"cache": {}, "compile": "off", "vae_dtype": None}


def balanced(outline: Outline) -> dict[str, Any]:
    """The default: a step cache (MagCache for known checkpoints, FirstBlockCache elsewhere), compiled blocks."""
    return {"cache": default_cache(outline), "compile": None, "vae_dtype": None}


def fast(outline: Outline) -> dict[str, Any]:
    """A bolder cache (18 of 50 steps of Wan 2.1 computed) and the VAE in half precision: motion may suffer."""
    cache = default_cache(outline)
    if cache.get("kind") == "mag":
        cache |= {"threshold": 0.24, "max_skip_steps": 6}
    elif cache:
        cache |= {"threshold": 0.12}
    return {"cache": cache, "compile": None, "vae_dtype": "half"}


def distilled(outline: Outline) -> dict[str, Any]:
    """A few-step checkpoint or LoRA: 4 steps, guidance off, no cache; recorded as a generator of its own."""
    return {"steps": 4, "guidance_scale": 1.0, "cache": {}, "compile": None, "vae_dtype": "half"}


PRESETS: Final = {"reference": reference, "balanced": balanced, "fast": fast, "distilled": distilled}


def default_cache(outline: Outline) -> dict[str, Any]:
    """The step cache that suits a model: {} where diffusers has none for it."""
    known = known_checkpoint(outline.pipeline, outline.denoisers)
    if known is not None:
        return {"kind": "mag", "checkpoint": known["name"], **MAG}
    classes = [str(config.get("_class_name")) for config in outline.denoisers.values()]
    return {"kind": "first_block", "threshold": FIRST_BLOCK} if classes and all(map(can_cache, classes)) else {}


def parse(settings: Iterable[str]) -> dict[str, Any]:
    """`NAME=VALUE` texts as typed values; tables as JSON. Raises PlanError that names what there is."""
    kinds = {f.name: f.type for f in fields(Choices) if f.name != "preset"}
    given: dict[str, Any] = {}
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals or name not in kinds:
            raise PlanError(f"--set {text}: NAME=VALUE is needed, NAME one of {', '.join(kinds)}")
        given[name] = _typed(name, value, str(kinds[name]))
    return given


def _typed(name: str, value: str, kind: str) -> Any:
    try:
        if name == "batch_size" and value == "auto":
            return 0
        if kind.startswith("Mapping"):
            table = json.loads(Path(value).read_text() if value.endswith(".json") else value, parse_constant=_no_number)
            if not isinstance(table, dict):
                raise ValueError("a JSON object is needed")
            return table
        if kind == "bool":
            return {"true": True, "false": False, "on": True, "off": False, "1": True, "0": False}[value.lower()]
        return {"int": int, "float": float, "str": str}[kind](value)
    except (ValueError, KeyError, OSError) as error:
        wanted = {"bool": "true or false", "int": "a whole number", "float": "a number"}.get(kind, "a JSON object")
        raise PlanError(f"--set {name}={value[:80]}: {wanted} is needed ({str(error)[:100]})") from None


def _no_number(constant: str) -> Any:
    raise ValueError(f"{constant} is no number")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def parse_cache(text: str, outline: Outline) -> dict[str, Any]:
    """`--cache-config`: none, mag, teacache, first_block, calibrate, a JSON object with `kind`, or a .json file of one.

    calibrate: a MagCache whose ratios are measured on one clip before planning.
    """
    if text == "none":
        return {}
    if text == "calibrate":
        return {"kind": STATIC[0], "calibrate": True, **MAG}
    if not text.lstrip().startswith("{") and not text.endswith(".json"):
        cache: dict[str, Any] = {"kind": text}
    else:
        cache = dict(_typed("cache", text, "Mapping"))
    if not isinstance(cache.get("kind"), str):
        raise PlanError("--cache-config: a JSON object with `kind` is needed")
    for name in ("mag_ratios", "coefficients"):
        if name in cache and not (isinstance(cache[name], list) and all(map(_is_number, cache[name]))):
            raise PlanError(f"--cache-config {name}: a list of numbers is needed")
    for name in ("threshold", "max_skip_steps", "retention_ratio"):
        if name in cache and not _is_number(cache[name]):
            raise PlanError(f"--cache-config {name}: a number is needed")
    known = known_checkpoint(outline.pipeline, outline.denoisers)
    if cache["kind"] in STATIC and known is not None:
        cache.setdefault("checkpoint", known["name"])
    if cache["kind"] == "first_block":
        cache.setdefault("threshold", FIRST_BLOCK)
    return cache


def resolve(outline: Outline, preset: str, given: Mapping[str, Any], *, height: int, width: int) -> Choices:
    """The preset's values with the given ones over them, what is left open filled in. Raises PlanError."""
    if preset not in PRESETS:
        raise PlanError(f"--preset {preset}: one of {', '.join(PRESETS)}")
    device = given.get("device") or _device()
    half = "bfloat16" if device != "cpu" else "float32"
    shift = outline.family.flow_shift if has_shift(outline) else None
    own = {
        "steps": outline.steps,
        "guidance_scale": outline.guidance_scale,
        "flow_shift": 0.0 if shift is None else shift[height * width >= LARGE_FRAME],
        "negative_prompt": NEGATIVE if "negative_prompt" in outline.arguments else "",
        "device": device,
        "dtype": half,
        "vae_tiling": outline.family.vae_tiling,
        "vae_slicing": outline.family.vae_slicing,
    }
    values: dict[str, Any] = {**own, **PRESETS[preset](outline), **given}
    if values["vae_dtype"] is None and outline.family.vae_float32 and outline.vae_cast:
        values["vae_dtype"] = "float32"
    elif values["vae_dtype"] in (None, "half"):
        values["vae_dtype"] = values["dtype"]
    if values["compile"] is None:
        values["compile"] = "inductor" if device == "cuda" and _repeats(outline) else "off"
    choices = Choices(preset=preset, **values)
    _check(choices, outline)
    return choices


def has_shift(outline: Outline) -> bool:
    """Whether the model's scheduler has a flow shift to set."""
    return any(name in outline.scheduler for name in SHIFTS)


def _check(choices: Choices, outline: Outline) -> None:
    bad = [
        (choices.device not in DEVICES, f"device {choices.device}: one of {', '.join(DEVICES)}"),
        (not 1 <= choices.steps <= 1_000, f"steps {choices.steps}: 1 to 1000"),
        (not 0 <= choices.batch_size <= MAX_BATCH, f"batch_size {choices.batch_size}: 1 to {MAX_BATCH}, or auto"),
        (not 1 <= choices.attempts <= 100, f"attempts {choices.attempts}: 1 to 100"),
        (not 0 <= choices.guidance_scale <= 100, f"guidance_scale {choices.guidance_scale:g}: 0 to 100"),
        (not 0 <= choices.flow_shift <= 100, f"flow_shift {choices.flow_shift:g}: 0 (the scheduler's own) to 100"),
        (
            choices.flow_shift > 0 and not has_shift(outline),
            f"flow_shift {choices.flow_shift:g}: the scheduler of {outline.name} has none",
        ),
        (choices.dtype not in DTYPES, f"dtype {choices.dtype}: one of {', '.join(DTYPES)}"),
        (choices.vae_dtype not in DTYPES, f"vae_dtype {choices.vae_dtype}: one of {', '.join(DTYPES)}"),
        (choices.fp8 not in ("off", "layerwise", "dynamic"), f"fp8 {choices.fp8}: off, layerwise or dynamic"),
        (
            choices.dtype == "float16" and outline.family.vae_float32,
            f"dtype float16: {outline.pipeline} makes noise in it; bfloat16 is fine",
        ),
        (
            choices.fp8 == "dynamic" and bool(choices.lora),
            "fp8 dynamic: a LoRA cannot be merged into quantized weights; give fp8=layerwise, or merge it beforehand",
        ),
        (
            choices.vae_dtype != choices.dtype and not outline.vae_cast,
            f"vae_dtype {choices.vae_dtype}: {outline.pipeline} hands its VAE {choices.dtype}",
        ),
        (
            choices.batch_size != 1 and outline.family.one_by_one,
            f"batch_size {choices.batch_size or 'auto'}: {outline.pipeline} films one clip a call",
        ),
        (
            choices.batch_size != 1 and bool(choices.cache) and choices.cache["kind"] not in STATIC,
            f"batch_size {choices.batch_size or 'auto'}: cache {choices.cache.get('kind')} decides for a whole batch, "
            "so a clip would hang on its neighbours; film one by one or give --cache-config none",
        ),
    ]
    for failed, text in bad:
        if failed:
            raise PlanError(f"--set {text}")
    Gates.of(choices.gates)
    if wrong := next((name for name, text in choices.negative_prompts.items() if not isinstance(text, str)), None):
        raise PlanError(f"--set negative_prompts: {wrong} needs a text")
    few_steps = choices.lora or any(hint in outline.name.lower() for hint in DISTILLED_NAMES)
    if choices.preset == "distilled" and not few_steps:
        raise PlanError(
            f"--preset distilled: {outline.name} does not look like a few-step checkpoint; add its LoRA with "
            "--set lora=FOLDER_OR_ID, or name it with --model-id"
        )


def _repeats(outline: Outline) -> bool:
    import diffusers

    classes = [getattr(diffusers, str(config.get("_class_name")), None) for config in outline.denoisers.values()]
    return bool(classes) and all(getattr(cls, "_repeated_blocks", None) for cls in classes)


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
