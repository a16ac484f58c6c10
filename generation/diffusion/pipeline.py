"""A planned diffusion model from disk to device: weights, scheduler, LoRA, FP8, cache, compile, in an order that works.

Reads RenderSpec.local (where the model is on this machine) and its settings. Called once per process by backend.py.
"""

from __future__ import annotations

import inspect
import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from svta.builder.errors import first_line
from svta.builder.io.hub_client import limited
from svta.generation.backends.spec import JsonObject, PlanError, RenderSpec

from .families import Pipe, family_of
from .lora import load_lora
from .model_files import ModelError, read_index
from .model_info import pipeline_class
from .optimizations import check_fp8, compile_blocks, dynamic_fp8_config, layerwise_fp8, set_attention, set_vae
from .settings import SHIFTS, DiffusionSettings
from .step_cache import enable_cache

if TYPE_CHECKING:
    import torch
    from diffusers import DiffusionPipeline


def load_pipeline(
    spec: RenderSpec, settings: DiffusionSettings, pipeline: str
) -> tuple[DiffusionPipeline, list[bool] | None]:
    """The pipeline, ready to generate, and the steps its static cache computes.

    Raises ModelError, PlanError, GenerationError.
    """
    import torch

    if settings.device == "cpu":
        torch.set_num_threads(settings.cpu_threads)  # sums depend on how many: the same on every worker
    elif settings.device == "cuda":
        if not torch.cuda.is_available():
            raise PlanError("device cuda: the plan is for a GPU, and none is here (or torch is built without CUDA)")
        torch.cuda.set_device(local_gpu(torch.cuda.device_count()))
    pipe: Pipe = _load_weights(spec, settings, pipeline)
    if hasattr(pipe, "disable_sea_cache"):
        pipe.disable_sea_cache()  # Cosmos 3 would put a cache on by itself, which no preset asked for
    _set_scheduler(pipe, settings)
    if settings.lora:
        load_lora(pipe, settings.lora)
    if settings.fp8 == "layerwise":
        layerwise_fp8(pipe, getattr(torch, settings.dtype))
    set_vae(pipe, tiling=settings.vae_tiling, slicing=settings.vae_slicing)
    if settings.attention:
        set_attention(pipe, settings.attention)
    for name, part in pipe.components.items():
        if isinstance(part, torch.nn.Module) and not name.startswith("text_encoder"):
            part.eval().requires_grad_(False)
            part.to(settings.device)
    _set_guidance(pipe, settings)
    computed = enable_cache(pipe, settings.cache, settings.steps)
    if settings.compile != "off":
        compile_blocks(pipe, settings.compile)
    return pipe, computed


def local_gpu(count: int) -> int:
    """Which of the `count` GPUs this process sees is its own: torchrun and srun start one per GPU on each node."""
    own = next((os.environ[name] for name in ("LOCAL_RANK", "SLURM_LOCALID") if name in os.environ), "0")
    return int(own) % max(1, count) if own.isascii() and own.isdigit() else 0


def _load_weights(spec: RenderSpec, settings: DiffusionSettings, pipeline: str) -> DiffusionPipeline:
    """The pipeline with the weights of all its parts, on the host. Raises ModelError."""
    import diffusers
    import torch
    import transformers

    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    model, cls = str(spec.options["model"]), pipeline_class(pipeline)
    needed = family_of(pipeline).needs
    if needed and find_spec(needed) is None:
        raise ModelError(f"--model {model}: {pipeline} needs {needed}: pip install {needed}")
    folder = _download(cls, spec, model)
    options: JsonObject = {
        "dtype": {"default": getattr(torch, settings.dtype), "vae": getattr(torch, settings.vae_dtype)},
        "use_safetensors": True,  # pickled weights may run code
        "trust_remote_code": False,
    }
    if settings.fp8 == "dynamic":
        names = [name for name in inspect.signature(cls.__init__).parameters if name.startswith("transformer")]
        options["quantization_config"] = dynamic_fp8_config(settings.device, names)
    encoders = _load_encoders(cls, folder, getattr(torch, settings.dtype), model)
    try:
        with limited():
            pipe = cls.from_pretrained(folder, **options, **encoders)
    except Exception as error:  # of diffusers, about this model's files: any type
        raise _load_error(error, folder, model) from error
    _check_whole(pipe, model)
    pipe.set_progress_bar_config(disable=True)
    if settings.fp8 == "dynamic":
        check_fp8(pipe)
    return pipe


def _download(cls: type[DiffusionPipeline], spec: RenderSpec, model: str) -> Path:
    """The folder of the weights: a local one, or that of the planned commit in the Hub's cache. Raises ModelError."""
    place = spec.local["model"]
    if Path(place).is_dir():
        return Path(place)
    revision = str(spec.options["revision"])
    try:
        with limited():
            return Path(cls.download(place, revision=revision, use_safetensors=True, trust_remote_code=False))
    except Exception as error:  # of diffusers and huggingface_hub: any type
        raise _load_error(error, Path(place), model) from error


def _load_encoders(pipeline: type[DiffusionPipeline], folder: Path, dtype: torch.dtype, model: str) -> JsonObject:
    """Text encoders and other parts of transformers, none of their weights missing. Raises ModelError.

    transformers fills in random values for what the files lack; diffusers does not pass on its report of them.
    """
    import transformers

    encoders: JsonObject = {}
    index = read_index(folder, model)
    for name in inspect.signature(pipeline.__init__).parameters.keys() & index.keys():
        entry = index[name]
        cls = getattr(transformers, entry[1], None) if isinstance(entry, list) and entry[0] == "transformers" else None
        if not (isinstance(cls, type) and issubclass(cls, transformers.PreTrainedModel)):
            continue
        try:
            with limited():
                loaded: Any = cls.from_pretrained(
                    folder / name, dtype=dtype, use_safetensors=True, output_loading_info=True, trust_remote_code=False
                )
            encoders[name], report = loaded
        except Exception as error:  # of transformers, about this part's files: any type
            raise _load_error(error, folder, model) from error
        # a text encoder's language model head is not used
        _check_missing(name, sorted(weight for weight in report["missing_keys"] if "lm_head" not in weight), model)
    return encoders


def _load_error(error: Exception, folder: Path, model: str) -> ModelError:
    """Why a model cannot be loaded, in one line."""
    import torch

    if isinstance(error, torch.OutOfMemoryError):
        return ModelError(f"--model {model}: no memory for its weights; try fp8=layerwise")
    if isinstance(error, ImportError):
        return ModelError(f"--model {model}: {first_line(error)}")
    pickled = ".safetensors" in str(error) and any(folder.glob("*/*.bin"))
    why = "its weights are pickled, which may run code; save them as safetensors" if pickled else first_line(error)
    return ModelError(f"--model {model}: cannot be loaded ({why})")


def _check_whole(pipe: Pipe, model: str) -> None:
    """No part of diffusers lacks a weight. Raises ModelError."""
    import torch

    for name, part in pipe.components.items():
        if isinstance(part, torch.nn.Module):
            _check_missing(name, [weight for weight, values in part.named_parameters() if values.is_meta], model)


def _check_missing(part: str, weights: list[str], model: str) -> None:
    if weights:
        raise ModelError(
            f"--model {model}: {part} lacks {len(weights)} of its weights, first {weights[0]}; its files are "
            "incomplete, or its config.json is another model's"
        )


def _set_scheduler(pipe: Pipe, settings: DiffusionSettings) -> None:
    """flow_shift is part of the scheduler's config; Wan wants 3 at 480p, 5 at 720p."""
    if not settings.flow_shift:
        return
    config = pipe.scheduler.config
    name = next((name for name in SHIFTS if name in config), None)
    if name is None:
        raise PlanError(f"--set flow_shift: {type(pipe.scheduler).__name__} has none; give flow_shift=0")
    pipe.scheduler = type(pipe.scheduler).from_config(config, **{name: settings.flow_shift})


def _set_guidance(pipe: Pipe, settings: DiffusionSettings) -> None:
    """Pipelines without a guidance argument hold it in a guider component."""
    guider = pipe.components.get("guider")
    if guider is not None and not family_of(type(pipe).__name__).guidance:
        pipe.guider = guider.new(guidance_scale=settings.guidance_scale)
