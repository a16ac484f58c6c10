"""Loads LoRA weights onto a pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from .model_info import ModelError, first_line
from .step_cache import denoisers_of

LOAD_ERRORS: Final = (OSError, ValueError, TypeError, KeyError, RuntimeError, AttributeError, IndexError)


def load_lora(pipe: Any, lora: str) -> None:
    """Merge a LoRA into each denoiser's weights, one place a denoiser: nothing is left to switch while filming."""
    from safetensors import SafetensorError

    from svta.builder.errors import MissingExtra

    parts, places = denoisers_of(pipe), lora.split(",")
    if not hasattr(pipe, "load_lora_weights"):
        raise ModelError(f"--set lora={lora}: {type(pipe).__name__} takes none")
    if len(places) != len(parts):
        raise ModelError(
            f"--set lora={lora}: {type(pipe).__name__} has {len(parts)} denoisers ({', '.join(parts)}); give as many "
            "LoRAs, separated by commas, in this order"
        )
    for (name, part), place in zip(parts.items(), places):
        before = _checksum(part)
        try:
            repo, file = _lora_place(place)
            second = {"load_into_transformer_2": True} if name == "transformer_2" else {}
            pipe.load_lora_weights(repo, weight_name=file, use_safetensors=True, adapter_name="lora", **second)
            pipe.fuse_lora(components=[name])
            pipe.unload_lora_weights()
        except ImportError:
            raise MissingExtra("peft", "generate") from None
        except (*LOAD_ERRORS, SafetensorError) as error:
            if "peft backend" in str(error).lower():
                raise MissingExtra("peft", "generate") from None
            raise ModelError(f"--set lora={place}: does not fit {type(part).__name__} ({first_line(error)})") from None
        if _checksum(part) == before:
            raise ModelError(f"--set lora={place}: changes no weight of {type(part).__name__}")


def _lora_place(place: str) -> tuple[str, str | None]:
    """(folder, file or Hub id; the file in it where that is given): FILE, FOLDER, owner/name or owner/name/FILE."""
    parts = place.split("/")
    if Path(place).exists() or len(parts) < 3:
        return place, None
    return "/".join(parts[:2]), "/".join(parts[2:])


def _checksum(part: Any) -> float:
    return float(sum(weight.detach().float().abs().sum() for weight in part.parameters()))
