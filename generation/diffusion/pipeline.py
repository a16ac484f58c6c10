"""A planned diffusion model from disk to device: weights, scheduler, LoRA, FP8, cache, compile, in an order that works.

Reads FilmSpec.local (where the model lies on this machine) and Choices. Called once a process by diffusion.py.
"""

from __future__ import annotations

import inspect
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from svta.generation.backends.spec import FilmSpec, PlanError

from .families import family_of
from .lora import LOAD_ERRORS, load_lora
from .model_info import ModelError, first_line, pipeline_class
from .optimizations import check_fp8, compile_blocks, dynamic_fp8_config, layerwise_fp8, set_attention, set_vae
from .settings import SHIFTS, Choices
from .step_cache import enable_cache

log = logging.getLogger(__name__)

_MISSING: Final = re.compile(r"^(\S+)\s*\|\s*(?:\x1b\[\d+m)*MISSING", re.MULTILINE)  # a row of transformers' report


def load_pipeline(spec: FilmSpec, choices: Choices, pipeline: str) -> tuple[Any, list[bool] | None]:
    """The pipeline, ready to film, and the steps its static cache computes. Raises ModelError, PlanError, FilmError."""
    import torch

    if choices.device == "cpu":
        torch.set_num_threads(choices.cpu_threads)  # sums depend on how many: the same on every worker
    elif choices.device == "cuda":
        if not torch.cuda.is_available():
            raise PlanError("device cuda: the plan is for a GPU, and none is here (or torch is built without CUDA)")
        torch.cuda.set_device(local_gpu(torch.cuda.device_count()))
    pipe = _from_disk(spec, choices, pipeline)
    if hasattr(pipe, "disable_sea_cache"):
        pipe.disable_sea_cache()  # Cosmos 3 would put a cache on by itself, which no preset asked for
    _set_scheduler(pipe, choices)
    if choices.lora:
        load_lora(pipe, choices.lora)
    if choices.fp8 == "layerwise":
        layerwise_fp8(pipe, getattr(torch, choices.dtype))
    set_vae(pipe, tiling=choices.vae_tiling, slicing=choices.vae_slicing)
    if choices.attention:
        set_attention(pipe, choices.attention)
    for name, part in pipe.components.items():
        if isinstance(part, torch.nn.Module) and not name.startswith("text_encoder"):
            part.eval().requires_grad_(False)
            part.to(choices.device)
    _set_guidance(pipe, choices)
    computed = enable_cache(pipe, choices.cache, choices.steps)
    if choices.compile != "off":
        compile_blocks(pipe, choices.compile)
    return pipe, computed


def local_gpu(count: int) -> int:
    """Which of the `count` GPUs this process sees is its own: torchrun and srun start a process a GPU on each node."""
    own = next((os.environ[name] for name in ("LOCAL_RANK", "SLURM_LOCALID") if name in os.environ), "0")
    return int(own) % max(1, count) if own.isdigit() else 0


def _from_disk(spec: FilmSpec, choices: Choices, pipeline: str) -> Any:
    import diffusers
    import torch
    import transformers
    from safetensors import SafetensorError

    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    place, cls = spec.local["model"], pipeline_class(pipeline)
    needed = family_of(pipeline).needs
    if needed and find_spec(needed) is None:
        raise ModelError(f"--model {spec.options['model']}: {pipeline} needs {needed}: pip install {needed}")
    wanted: dict[str, Any] = {
        "dtype": {"default": getattr(torch, choices.dtype), "vae": getattr(torch, choices.vae_dtype)},
        "use_safetensors": True,  # pickled weights may run code
    }
    if not Path(place).is_dir():
        wanted["revision"] = spec.options["revision"]
    if choices.fp8 == "dynamic":
        names = [name for name in inspect.signature(cls.__init__).parameters if name.startswith("transformer")]
        wanted["quantization_config"] = dynamic_fp8_config(choices.device, names)
    try:
        with _told_missing() as missing:
            pipe = cls.from_pretrained(place, **wanted)
    except (*LOAD_ERRORS, SafetensorError) as error:
        if isinstance(error, torch.OutOfMemoryError):
            raise ModelError(f"--model {spec.options['model']}: no memory for its weights; try fp8=layerwise") from None
        pickled = ".safetensors" in str(error) and any(Path(place).glob("*/*.bin"))
        why = "its weights are pickled, which may run code; save them as safetensors" if pickled else first_line(error)
        raise ModelError(f"--model {spec.options['model']}: cannot be loaded ({why})") from None
    except ImportError as error:
        raise ModelError(f"--model {spec.options['model']}: {first_line(error)}") from None
    _check_whole(pipe, missing, str(spec.options["model"]))
    pipe.set_progress_bar_config(disable=True)
    if choices.fp8 == "dynamic":
        check_fp8(pipe)
    return pipe


def _check_whole(pipe: Any, missing: list[str], model: str) -> None:
    """No part lacks a weight: transformers would make one up, each run another. Raises ModelError."""
    import torch

    parts = [(name, part) for name, part in pipe.components.items() if isinstance(part, torch.nn.Module)]
    lacking = {name: [weight for weight, values in part.named_parameters() if values.is_meta] for name, part in parts}
    missing = [weight for weight in missing if "lm_head" not in weight]  # a text encoder's words are never asked for
    for name, weights in {**lacking, "text encoder": missing}.items():
        if weights:
            raise ModelError(
                f"--model {model}: {name} lacks {len(weights)} of its weights, first {weights[0]}; its files are "
                "incomplete, or its config.json is another model's"
            )


@contextmanager
def _told_missing() -> Iterator[list[str]]:
    """Names of weights that transformers reports as missing while it loads; it goes on without them."""
    found: list[str] = []

    class Report(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.extend(_MISSING.findall(record.getMessage()))

    logger, handler = logging.getLogger("transformers.modeling_utils"), Report()
    level, propagate = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    try:
        yield found
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate


def _set_scheduler(pipe: Any, choices: Choices) -> None:
    """flow_shift is part of the scheduler's config; Wan wants 3 at 480p, 5 at 720p."""
    if not choices.flow_shift:
        return
    config = pipe.scheduler.config
    name = next((name for name in SHIFTS if name in config), None)
    if name is None:
        raise PlanError(f"--set flow_shift: {type(pipe.scheduler).__name__} has none; give flow_shift=0")
    pipe.scheduler = type(pipe.scheduler).from_config(config, **{name: choices.flow_shift})


def _set_guidance(pipe: Any, choices: Choices) -> None:
    """Pipelines without a guidance argument hold it in a guider component."""
    if family_of(type(pipe).__name__).guidance or getattr(pipe, "guider", None) is None:
        return
    pipe.guider = pipe.guider.new(guidance_scale=choices.guidance_scale)
