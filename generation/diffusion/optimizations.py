"""FP8, regional compile, attention backend, VAE tiling: applied to a loaded pipeline, and checked for an effect.

Changes a diffusers pipeline in place, after loading. A requested setting without effect is an error, never a silent
no-op. Step caches are in step_cache.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from svta.builder.errors import MissingExtra, first_line
from svta.generation.backends.base import GenerationError
from svta.generation.backends.spec import PlanError

from .cache_hooks import is_cached, repeated_blocks, replace_forward
from .families import Pipe, denoisers_of

if TYPE_CHECKING:
    import torch
    from diffusers import PipelineQuantizationConfig


def compile_blocks(pipe: Pipe, backend: str) -> int:
    """Compile the repeated blocks of the denoisers; how many. Raises PlanError if a class names none.

    diffusers' own compile_repeated_blocks has no effect under its MagCache (the hook switches the compiler off), so a
    cached block's own forward is compiled below the hook.
    """
    import torch

    known = torch.compiler.list_backends(exclude_tags=None)
    if backend not in known:
        raise PlanError(f"compile {backend}: off, or one of {', '.join(known)}")
    count = 0
    for part in denoisers_of(pipe).values():
        blocks = [module for module in part.modules() if type(module).__name__ in repeated_blocks(part)]
        for block in blocks:
            if is_cached(block):
                replace_forward(block, lambda forward: torch.compile(forward, backend=backend))
            else:
                block.compile(backend=backend)
        count += len(blocks)
    if not count:
        raise PlanError(f"compile: {type(pipe).__name__} lists no repeated blocks; give --set compile=off")
    return count


def compiled_graphs() -> int:
    """How many graphs the compiler has made in this process."""
    from torch._dynamo.utils import counters

    return int(counters["stats"]["unique_graphs"])


def layerwise_fp8(pipe: Pipe, compute_dtype: torch.dtype) -> int:
    """Keep the denoisers' weights as float8, compute in `compute_dtype`: half the memory, no faster. How many."""
    import torch

    stored = 0
    for part in denoisers_of(pipe).values():
        part.enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=compute_dtype)
        stored += sum(p.numel() for p in part.parameters() if p.dtype == torch.float8_e4m3fn)
    if not stored:
        raise GenerationError("fp8 layerwise: no weight became float8")
    return stored


def dynamic_fp8_config(device: str, denoisers: Sequence[str]) -> PipelineQuantizationConfig:
    """torchao's FP8 for activations and weights, a scale per row. Raises PlanError below compute capability 8.9."""
    import torch

    if device != "cuda" or torch.cuda.get_device_capability() < (8, 9):
        raise PlanError("fp8=dynamic needs a GPU of compute capability 8.9 (Ada, Hopper) or newer; try fp8=layerwise")
    try:
        from diffusers import PipelineQuantizationConfig, TorchAoConfig
        from torchao.quantization import Float8DynamicActivationFloat8WeightConfig, PerRow
    except ImportError:
        raise MissingExtra("torchao", "fp8") from None
    config: Any = TorchAoConfig(Float8DynamicActivationFloat8WeightConfig(granularity=PerRow()))
    return PipelineQuantizationConfig(quant_mapping=dict.fromkeys(denoisers, config))


def check_fp8(pipe: Pipe) -> None:
    """After loading with dynamic_fp8_config: some weights are torchao's. Raises GenerationError."""
    weights = (weight for part in denoisers_of(pipe).values() for weight in part.parameters())
    if not any("torchao" in type(weight.data).__module__ for weight in weights):
        raise GenerationError("fp8 dynamic: no weight was quantized; give --set fp8=off")


def set_attention(pipe: Pipe, backend: str) -> None:
    """Set the denoisers' attention backend (diffusers' names: native, flash, sage ...). Raises PlanError."""
    for part in denoisers_of(pipe).values():
        try:
            part.set_attention_backend(backend)
        except (ValueError, RuntimeError, ImportError, AttributeError) as error:
            raise PlanError(f"attention {backend}: {first_line(error)}") from None


def set_vae(pipe: Pipe, *, tiling: bool, slicing: bool) -> None:
    """Decode in tiles (less memory, slower, other pixels) or clip by clip. Raises PlanError if the VAE cannot."""
    for wanted, name in ((tiling, "tiling"), (slicing, "slicing")):
        if not wanted:
            continue
        if not hasattr(pipe.vae, f"use_{name}"):  # diffusers checks the same before it enables either
            raise PlanError(f"vae_{name}: {type(pipe.vae).__name__} has none")
        getattr(pipe.vae, f"enable_{name}")()
