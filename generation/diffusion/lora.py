"""Loads LoRA weights onto a pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from svta.builder.errors import MissingExtra, first_line
from svta.builder.io.hub_client import limited

from .families import Module, Pipe, denoisers_of
from .model_files import ModelError

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline


def lora_parts(lora: str) -> list[str]:
    """The places of `--set lora=A,B`: one per denoiser."""
    return lora.split(",")


def load_lora(pipe: DiffusionPipeline, lora: str) -> None:
    """Merge a LoRA into each denoiser's weights, one place a denoiser: nothing is left to switch while generating."""
    parts, places = denoisers_of(pipe), lora_parts(lora)
    if not hasattr(pipe, "load_lora_weights"):
        raise ModelError(f"--set lora={lora}: {type(pipe).__name__} takes none")
    if len(places) != len(parts):
        raise ModelError(
            f"--set lora={lora}: {type(pipe).__name__} has {len(parts)} denoisers ({', '.join(parts)}); give as many "
            "LoRAs, separated by commas, in this order"
        )
    for (name, part), place in zip(parts.items(), places):
        before = _checksum(part)
        repo, file = split_place(place)
        try:
            with limited():
                _merge(pipe, name, repo, file)
        except ImportError:
            raise MissingExtra("peft", "generate") from None
        except Exception as error:  # of diffusers and peft, about this file's weights: any type
            if "peft backend" in str(error).lower():
                raise MissingExtra("peft", "generate") from None
            raise ModelError(f"--set lora={place}: does not fit {type(part).__name__} ({first_line(error)})") from error
        if _checksum(part) == before:
            raise ModelError(f"--set lora={place}: changes no weight of {type(part).__name__}")


def _merge(pipe: Pipe, name: str, repo: str, file: str | None) -> None:
    second = {"load_into_transformer_2": True} if name == "transformer_2" else {}
    pipe.load_lora_weights(repo, weight_name=file, use_safetensors=True, adapter_name="lora", **second)
    pipe.fuse_lora(components=[name])
    pipe.unload_lora_weights()


def split_place(place: str) -> tuple[str, str | None]:
    """(folder, file or Hub id; the file in it where that is given): FILE, FOLDER, owner/name or owner/name/FILE."""
    parts = place.split("/")
    if Path(place).exists() or len(parts) < 3:
        return place, None
    return "/".join(parts[:2]), "/".join(parts[2:])


def _checksum(part: Module) -> float:
    return float(sum(weight.detach().float().abs().sum() for weight in part.parameters()))
