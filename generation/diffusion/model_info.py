"""What a diffusion model is, from its configs alone: no weights are read. `svta plan` and `generate` read it first.

Reads a model folder (model_index.json and the components' configs) or a Hub id; gives its frame rule, size steps,
parameters and arithmetic. Refuses in one line what is not a text-to-video pipeline.
"""

from __future__ import annotations

import inspect
import logging
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from svta.builder.errors import MissingExtra, first_line
from svta.generation.backends.spec import JsonObject, Options

from .families import (
    CONDITIONS,
    DENOISERS,
    FRAME_ARGUMENTS,
    NOT_FROM_TEXT,
    PYRAMID_STEPS,
    SPATIAL_RATIOS,
    TEMPORAL_RATIOS,
    Family,
    Pipe,
    family_of,
)
from .model_files import ModelError, check_sizes, fingerprint, locate, read_config, read_index

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline

CHUNKED: Final = "num_latent_frames_per_chunk"
NABLA_TOKENS: Final = 8  # Kandinsky's sparse attention takes 8 x 8 tokens
USUAL_TEXT_TOKENS: Final = 256  # of a prompt, where a pipeline's call names no limit
# parameters that meet the text, or run once a forward, and no position of the video
_OFF_THE_VIDEO: Final = re.compile(
    r"\battn2\.(?:to|add)_[kv]\b|(?:^|\.)(?:condition_embedder|time_\w*embed\w*|timestep_embed\w*|text_embed\w*|"
    r"caption_projection|context_embedder|time_proj)\."
)
Config = Options  # of a component, as its JSON has it
Arguments = Mapping[str, inspect.Parameter]


@dataclass(frozen=True)
class Steps:
    """What a length may be: base + k * step; a step of 0 stands for base alone."""

    base: int
    step: int

    def snap(self, wanted: int) -> int:
        """The largest possible value that is not above `wanted`; at least the base."""
        return self.base + max(0, wanted - self.base) // self.step * self.step if self.step else self.base


@dataclass(frozen=True)
class ModelInfo:
    """One model. `name`: Hub id or folder name, never a path; `revision`: commit, or hash of a local folder's files.

    frames, heights, widths: the sizes it generates; frames are cut down to a count that frame_trim divides but for one.
    temporal_ratio, spatial_ratio: frames and pixels a latent position spans. parameters: how many each denoiser has;
    text_parameters: those of the first that read the `text_tokens` of a prompt, or run once, not for each position.
    """

    name: str
    revision: str
    folder: Path
    repo_id: str | None
    pipeline: str
    frames: Steps
    heights: Steps
    widths: Steps
    temporal_ratio: int
    spatial_ratio: int
    steps: int
    guidance_scale: float
    parameters: Mapping[str, int]
    denoisers: Mapping[str, Config]
    scheduler: Config
    frame_trim: int = 1
    text_parameters: int = 0
    text_tokens: int = 0

    @property
    def family(self) -> Family:
        """Its row of the table of families."""
        return family_of(self.pipeline)

    @cached_property
    def arguments(self) -> Arguments:
        """What the pipeline's call takes."""
        return call_arguments(pipeline_class(self.pipeline))

    @property
    def denoiser(self) -> Config:
        """The first denoiser's config; {} if there is none."""
        return next(iter(self.denoisers.values()), {})

    def snap_frames(self, num_frames: int) -> int:
        """The largest count this model generates that is not above `num_frames` (pipelines shorten silently)."""
        trim = self.frame_trim
        most = (num_frames - 1) // trim * trim + trim
        return (self.frames.snap(most) - 1) // trim * trim + 1

    def snap_size(self, height: int, width: int) -> tuple[int, int]:
        """The largest height and width in this model's steps that are not above those wanted."""
        return self.heights.snap(height), self.widths.snap(width)

    def tokens(self, num_frames: int, height: int, width: int) -> int:
        """Positions the first denoiser attends over for one clip; 0 without a denoiser."""
        if not self.denoiser:
            return 0
        patch_frames, rows, columns = patch_size(self.denoiser)
        latent_frames = -(-((num_frames - 1) // self.temporal_ratio + 1) // patch_frames)
        return latent_frames * (height // (rows * self.spatial_ratio)) * (width // (columns * self.spatial_ratio))

    def forward_flops(self, num_frames: int, height: int, width: int) -> float:
        """Floating-point operations of one forward of one clip: two a parameter and token, and attention.

        Keys and values of cross-attention are made of the text alone, and its embedders run once a forward.
        """
        tokens, text = self.tokens(num_frames, height, width), self.text_tokens
        width_of_layers = hidden_width(self.denoiser) * whole(self.denoiser, "num_layers")
        parameters = next(iter(self.parameters.values()), 0) - self.text_parameters
        attention = 4.0 * tokens * (tokens + (text if self.text_parameters else 0)) * width_of_layers
        return 2.0 * parameters * tokens + 2.0 * self.text_parameters * text + attention

    def activation_bytes(self, num_frames: int, height: int, width: int, batch: int = 1) -> int:
        """Memory of one forward beside the weights, in 16 bits, attention never written out: its largest moment.

        That is the feed-forward layer of a block, before and after its activation, or its norms in float32. Within 2 %
        of Wan 2.1 on the meta device, 1.3B and 14B; of other models a guess.
        """
        wide = hidden_width(self.denoiser)
        inner = self.denoiser.get("ffn_dim")
        inner = inner if isinstance(inner, int) else 4 * wide
        values = max(2.0 * inner + 4.25 * wide, 11.2 * wide)
        return round(2 * values * self.tokens(num_frames, height, width) * batch)


def pipeline_class(name: str) -> type[DiffusionPipeline]:
    """A pipeline class of diffusers. Raises ModelError, or MissingExtra without diffusers."""
    try:
        import diffusers
    except ImportError:
        raise MissingExtra("diffusers", "generate") from None
    with _quiet_imports():  # a class is imported when it is first used
        found = getattr(diffusers, name, None)
    if not (isinstance(found, type) and hasattr(found, "from_pretrained")):
        raise ModelError(f"pipeline {name[:80]}: not in diffusers {diffusers.__version__}")
    return found


def call_arguments(pipeline: type[DiffusionPipeline]) -> Arguments:
    """The parameters of a pipeline's call."""
    return inspect.signature(pipeline.__call__).parameters


@contextmanager
def _quiet_imports() -> Iterator[None]:
    """Without the warnings of diffusers and torchao about optional parts of torchao."""
    loggers = [logging.getLogger(name) for name in ("diffusers", "torchao", "torch.utils._pytree")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels):
            logger.setLevel(level)


def read_model_info(model: str | Path, *, revision: str | None = None, model_id: str | None = None) -> ModelInfo:
    """Read what a model is from a folder or a Hub id, its configs alone. Raises ModelError.

    `model_id` names a local folder's model (its licence is looked up by that); default: the id in its path in the Hub's
    cache, else the folder's name.
    """
    place = locate(model, revision)
    index = read_index(place.folder, str(model))
    cls = checked_class(index["_class_name"], str(model))
    shell = _shell(cls, place.folder, index, str(model))
    parts = {part: shell.components[part] for part in DENOISERS if shell.components.get(part) is not None}
    configs = {part: dict(module.config) for part, module in parts.items()}
    arguments = call_arguments(cls)
    temporal, spatial = (_ratio(shell, names, usual) for names, usual in ((TEMPORAL_RATIOS, 1), (SPATIAL_RATIOS, 8)))
    try:
        frames, heights, widths = _grid(shell, arguments, configs, temporal, spatial)
    except (ModelError, TypeError, ValueError, IndexError) as error:
        raise ModelError(f"--model {model}: a component's config cannot be read ({first_line(error)})") from None
    guidance = arguments.get(family_of(cls.__name__).guidance)
    scheduler = shell.components.get("scheduler")
    return ModelInfo(
        name=model_id or place.name,
        revision=place.commit or fingerprint(place.folder),
        folder=place.folder,
        repo_id=place.repo_id,
        pipeline=cls.__name__,
        frames=frames,
        heights=heights,
        widths=widths,
        temporal_ratio=temporal,
        spatial_ratio=spatial,
        steps=_default_steps(arguments),
        guidance_scale=float(guidance.default or 1.0) if guidance is not None else _guider_scale(place.folder),
        parameters={part: sum(p.numel() for p in module.parameters()) for part, module in parts.items()},
        denoisers=configs,
        scheduler={} if scheduler is None else dict(scheduler.config),
        frame_trim=temporal if CHUNKED in arguments else 1,
        text_parameters=sum(p.numel() for part in list(parts.values())[:1] for p in _text_parameters(part)),
        text_tokens=_text_tokens(arguments),
    )


def _text_parameters(denoiser: Any) -> Iterator[Any]:
    """The parameters that no position of the video meets: of cross-attention's keys and values, and of embedders."""
    for name, parameter in denoiser.named_parameters():
        if _OFF_THE_VIDEO.search(name):
            yield parameter


def _text_tokens(arguments: Arguments) -> int:
    """How many tokens of a prompt a denoiser gets: padded to what its pipeline's call takes by default."""
    default = arguments["max_sequence_length"].default if "max_sequence_length" in arguments else None
    return default if isinstance(default, int) else USUAL_TEXT_TOKENS


def checked_class(name: str, model: str) -> type[DiffusionPipeline]:
    """The pipeline class, if it generates videos from words alone. Raises ModelError."""
    try:
        cls = pipeline_class(name)
    except ModelError as error:
        raise ModelError(f"--model {model}: {error}") from None
    arguments = call_arguments(cls)
    if "prompt" not in arguments or not any(frames in arguments for frames in FRAME_ARGUMENTS):
        raise ModelError(f"--model {model}: {name} is not a text-to-video pipeline")
    if what := next((what for part, what in NOT_FROM_TEXT.items() if part in name), None):
        raise ModelError(f"--model {model}: {name} {what}; a text-to-video pipeline is needed")
    if "num_inference_steps" not in arguments and PYRAMID_STEPS not in arguments:
        raise ModelError(f"--model {model}: {name} takes no number of steps; it is not supported")
    needed = [a for a in CONDITIONS if a in arguments and arguments[a].default is inspect.Parameter.empty]
    if needed:
        raise ModelError(f"--model {model}: {name} needs {', '.join(needed)}; a text-to-video pipeline is needed")
    return cls


class _Absent:
    """Stands for a safety checker or a tokenizer in a pipeline without weights."""

    eos_token_id = 0

    def convert_tokens_to_ids(self, tokens: object) -> int:
        """Cosmos 3 calls it when it is created."""
        return 0


def _shell(cls: type[DiffusionPipeline], folder: Path, index: Config, model: str) -> Pipe:
    """The pipeline with its VAE and denoisers on the meta device (no memory, no weights), the rest absent."""
    given: JsonObject = {}
    for name, parameter in inspect.signature(cls.__init__).parameters.items():
        if name == "self" or parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        entry = index.get(name, None if parameter.default is inspect.Parameter.empty else parameter.default)
        given[name] = None if isinstance(entry, list) else entry
        if isinstance(entry, list) and entry[:1] == ["diffusers"] and name in (*DENOISERS, "vae", "scheduler"):
            given[name] = _component(name, entry[1], folder / name, model)
    if "text_tokenizer" in given:
        given["text_tokenizer"] = _Absent()
    if "safety_checker" in given:
        given["safety_checker"] = _Absent()  # Cosmos builds its guardrail when none is given; nothing is generated here
    try:
        return cls(**given)
    except Exception as error:  # of diffusers, about this model's parts: any type
        raise ModelError(f"--model {model}: {cls.__name__} is incomplete ({first_line(error)})") from error


def _component(name: str, class_name: str, folder: Path, model: str) -> Any:
    """A VAE or denoiser without weights, or a scheduler, from its config."""
    import diffusers
    import torch
    from diffusers import ConfigMixin

    part = getattr(diffusers, class_name, None)
    if not (isinstance(part, type) and issubclass(part, ConfigMixin)):
        raise ModelError(
            f"--model {model}: {name} is a {class_name[:80]}, unknown to diffusers {diffusers.__version__}"
        )
    config = read_config(folder / str(part.config_name), model)
    check_sizes(config, f"{name}/", model)
    try:
        with torch.device("meta") if name != "scheduler" else torch.device("cpu"):
            return part.from_config(config)
    except Exception as error:  # of diffusers, about this config: any type
        raise ModelError(f"--model {model}: {name}/ cannot be read ({first_line(error)})") from error


def _ratio(shell: Pipe, names: tuple[str, ...], usual: int) -> int:
    return next((int(getattr(shell, name)) for name in names if hasattr(shell, name)), usual)


def _grid(
    shell: Pipe, arguments: Arguments, configs: Mapping[str, Config], temporal: int, spatial: int
) -> tuple[Steps, Steps, Steps]:
    """The frames, heights and widths a model generates."""
    config = next(iter(configs.values()), {})
    _, rows, columns = patch_size(config)
    coarse = NABLA_TOKENS if config.get("attention_type") == "nabla" else 1
    if PYRAMID_STEPS in arguments:
        coarse = 2 ** (len(arguments[PYRAMID_STEPS].default) - 1)  # each stage but the last is half as large
    multiple = family_of(type(shell).__name__).size_multiple
    row, column = (math.lcm(multiple, patch * spatial * coarse) for patch in (rows, columns))
    frames = Steps(1, temporal)
    if CHUNKED in arguments:  # Helios: whole chunks, and what is left over in the end cut off
        chunk = (int(arguments[CHUNKED].default) - 1) * temporal + 1
        frames = Steps(chunk, chunk)
    elif "chunk_partition" in arguments and config.get("chunk_partition"):  # AnyFlow FAR: as many as its chunks hold
        frames = Steps((sum(config["chunk_partition"]) - 1) * temporal + 1, 0)
    elif "video_length" in arguments and config.get("video_length"):  # Latte: one position embedding a frame
        frames = Steps(whole(config, "video_length"), 0)
    vae = shell.components.get("vae")
    if type(vae).__name__ == "AutoencoderKLCogVideoX":  # three frames more of an even count
        frames = Steps(1, temporal * int(vae.num_latent_frames_batch_size))
    if type(vae).__name__ == "AutoencoderKLAllegro":  # decodes whole tiles and leaves the rest grey
        tiles = [Steps(int(base), int(step)) for base, step in zip(vae.kernel, vae.stride)]
        return tiles[0], tiles[1], tiles[2]
    return frames, Steps(row, row), Steps(column, column)


def patch_size(config: Config) -> tuple[int, int, int]:
    """Patch size (frames, height, width) of a denoiser's config. Raises ModelError."""
    patch = config.get("patch_size") or 1
    sizes = list(patch) if isinstance(patch, (list, tuple)) else [whole(config, "patch_size_t") or 1, patch, patch]
    if len(sizes) < 3:
        sizes = [1, sizes[0], sizes[-1]]
    if not all(isinstance(size, int) and size > 0 for size in sizes):
        raise ModelError(f"patch_size {str(patch)[:80]}: whole numbers are needed")
    return sizes[0], sizes[1], sizes[2]


def hidden_width(config: Config) -> int:
    """Channels of a transformer's hidden states; 0 if its config does not state them."""
    heads, size = (config.get(name) for name in ("num_attention_heads", "attention_head_dim"))
    return heads * size if isinstance(heads, int) and isinstance(size, int) else 0


def whole(config: Config, name: str) -> int:
    """A whole number of a config; 0 if it is absent. Raises ModelError."""
    value = config.get(name) or 0
    if not isinstance(value, int):
        raise ModelError(f"{name} {str(value)[:80]}: a whole number is needed")
    return value


def _guider_scale(folder: Path) -> float:
    """The guidance scale of a model whose guider component holds it; 5 where its config does not state it."""
    try:
        scale = read_config(folder / "guider" / "guider_config.json", folder.name).get("guidance_scale")
    except ModelError:
        return 5.0
    return float(scale) if isinstance(scale, (int, float)) else 5.0


def _default_steps(arguments: Arguments) -> int:
    """Denoising steps a pipeline takes by default (of each stage of a pyramid); 50 where it has none."""
    if PYRAMID_STEPS in arguments:
        return int(arguments[PYRAMID_STEPS].default[0])
    return int(arguments["num_inference_steps"].default or 50)
