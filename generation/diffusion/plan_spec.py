"""From a GenerateConfig to the RenderSpec of a diffusion model, its settings and licences: no weights are read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Final

from svta.builder.record import Clip
from svta.builder.rights import Part
from svta.generation.backends.config import GenerateConfig
from svta.generation.backends.licences import licence_notes as model_licence_notes
from svta.generation.backends.spec import JsonObject, PlanError, RenderSpec

from .lora import lora_parts, split_place
from .model_files import ModelError, fingerprint, read_config
from .model_info import read_model_info
from .settings import DiffusionSettings, parse, parse_cache, resolve

NUM_FRAMES: Final = 33
_HUB_ID: Final = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")


def plan_spec(config: GenerateConfig, versions: Mapping[str, str]) -> RenderSpec:
    """Frames and size snapped down to what the model generates, every setting final. Raises ModelError, PlanError."""
    if config.model is None:
        raise PlanError("--backend diffusion needs --model FOLDER_OR_HUB_ID")
    info = read_model_info(config.model, model_id=config.model_id)
    height, width = info.snap_size(config.height or info.family.height, config.width or info.family.width)
    given = dict(config.settings) if isinstance(config.settings, Mapping) else parse(config.settings)
    if config.cache_config is not None:
        given["cache"] = parse_cache(config.cache_config, info)
    settings = resolve(info, config.preset or "balanced", given, height=height, width=width)
    options = {"model": info.name, "revision": info.revision, "pipeline": info.pipeline}
    local = {"model": info.repo_id or str(info.folder), "configs": str(info.folder)}
    if settings.lora:
        local["lora"] = settings.lora
        options["lora_revision"] = ",".join(_revision(place) for place in lora_parts(settings.lora))
    return RenderSpec(
        backend=config.backend,
        num_frames=info.snap_frames(NUM_FRAMES if config.num_frames is None else config.num_frames),
        height=height,
        width=width,
        fps=float(config.fps or info.family.fps),
        seed=config.seed,
        options=options | settings.to_dict(),
        versions=versions,
        local=local,
    )


def settings_of(spec: RenderSpec) -> DiffusionSettings:
    """The settings that a spec's options hold."""
    names = {field.name for field in fields(DiffusionSettings)}
    values: JsonObject = {name: value for name, value in spec.options.items() if name in names}
    return DiffusionSettings(**values, lora=spec.local.get("lora", ""))


def _revision(place: str) -> str:
    """A LoRA's Hub id, or the hash of its file or folder. Raises PlanError."""
    path = Path(place)
    if path.exists():
        return fingerprint(path)
    if path.is_absolute() or len(path.parts) < 2 or path.parts[0] in (".", ".."):
        raise PlanError(f"--set lora={place}: no such file or folder, and not a Hub id (owner/name[/FILE])")
    return str(path)


def licence_notes(spec: RenderSpec, clips: Iterable[Clip] = ()) -> list[str]:
    """What the licences of everything in the videos allow, a line per part; unknown ones first.

    Parts are the model, its LoRAs and text encoders, and the chat models and reference footage of the clips.
    """
    places = lora_parts(spec.local["lora"]) if spec.local.get("lora") else ()
    more = [Part("lora", _lora_name(place)) for place in places]
    more += [Part("component", name) for name in text_encoders(spec)]
    return model_licence_notes(str(spec.options["model"]), clips, more)


def text_encoders(spec: RenderSpec) -> list[str]:
    """Hub ids of the model's text encoders, where its configs name them."""
    return text_encoder_names(Path(spec.local["configs"])) if "configs" in spec.local else []


def _lora_name(place: str) -> str:
    """owner/name of a LoRA on the Hub, else the name of its file or folder: no path of this machine."""
    return Path(place).name if Path(place).exists() else split_place(place)[0]


def text_encoder_names(folder: Path) -> list[str]:
    """Hub ids of the text encoders that a model's configs name as their origin."""
    names: list[str] = []
    for path in sorted(folder.glob("text_encoder*/config.json")):
        try:
            origin = read_config(path, folder.name).get("_name_or_path")
        except ModelError:
            continue  # refused with a message where it is loaded
        if isinstance(origin, str) and _HUB_ID.fullmatch(origin) and origin not in names:
            names.append(origin)
    return names
