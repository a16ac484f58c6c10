"""What a diffusion model is, from its configs alone: no weights are read. `svta plan` and `generate` ask it first.

Reads a model folder (model_index.json and the components' configs) or a Hub id; gives its frame rule, size steps,
parameters and arithmetic. Refuses in one line what is no text-to-video pipeline.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import logging
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from svta.builder.errors import MissingExtra, SvtaError
from svta.builder.io.hub_client import guard_client

from .families import (
    FRAME_ARGUMENTS,
    NOT_FROM_TEXT,
    PYRAMID_STEPS,
    RATE_ARGUMENTS,
    SPATIAL_RATIOS,
    TEMPORAL_RATIOS,
    Family,
    family_of,
)

INDEX: Final = "model_index.json"
DENOISERS: Final = ("transformer", "transformer_2", "unet")
CHUNKED: Final = "num_latent_frames_per_chunk"
WHOLE_BELOW: Final = 1 << 20  # files up to this are hashed whole, larger ones by samples
SAMPLE: Final = 1 << 16
SAMPLES: Final = 32
# arguments without which a pipeline films something else than a caption
CONDITIONS: Final = ("image", "video", "controls", "mask_video", "audio")


class ModelError(SvtaError):
    """A model folder or id that is not there, or is no text-to-video pipeline."""


@dataclass(frozen=True)
class Outline:
    """One model. `name`: Hub id or folder name, never a path; `revision`: commit, or hash of a local folder's files.

    Clips have frame_base + k * frame_step frames (a step of 0: frame_base alone), cut down to a count that frame_trim
    divides but for one; height and width are size_base + k * size_step pixels. temporal_ratio, spatial_ratio: frames
    and pixels a latent position spans. parameters: how many each denoiser has.
    """

    name: str
    revision: str
    folder: Path
    repo_id: str | None
    pipeline: str
    frame_base: int
    frame_step: int
    size_base: tuple[int, int]
    size_step: tuple[int, int]
    temporal_ratio: int
    spatial_ratio: int
    steps: int
    guidance_scale: float
    parameters: Mapping[str, int]
    denoisers: Mapping[str, Mapping[str, Any]]
    scheduler: Mapping[str, Any]
    vae_cast: bool
    frame_trim: int = 1

    @property
    def family(self) -> Family:
        """Its habits."""
        return family_of(self.pipeline)

    @cached_property
    def arguments(self) -> Mapping[str, inspect.Parameter]:
        """What the pipeline's call takes."""
        return inspect.signature(pipeline_class(self.pipeline).__call__).parameters

    @property
    def frames_argument(self) -> str:
        """num_frames, or what this pipeline calls it."""
        return next(name for name in FRAME_ARGUMENTS if name in self.arguments)

    @property
    def rate_argument(self) -> str | None:
        """The argument for frames a second, where the model is told."""
        return next((name for name in RATE_ARGUMENTS if name in self.arguments), None)

    def snap_frames(self, num_frames: int) -> int:
        """The largest count this model can make that is not above `num_frames` (pipelines shorten silently)."""
        trim = self.frame_trim
        most = (num_frames - 1) // trim * trim + trim
        return (_snap(most, self.frame_base, self.frame_step) - 1) // trim * trim + 1

    def snap_size(self, height: int, width: int) -> tuple[int, int]:
        """The largest height and width in this model's steps that are not above those asked for."""
        (rows, columns), (row_step, column_step) = self.size_base, self.size_step
        return _snap(height, rows, row_step), _snap(width, columns, column_step)

    def tokens(self, num_frames: int, height: int, width: int) -> int:
        """Positions the first denoiser attends over for one clip; 0 where its config does not tell."""
        config = next(iter(self.denoisers.values()), None)
        if config is None:
            return 0
        patch_t = _patch(config)[0]
        latent_frames = -(-((num_frames - 1) // self.temporal_ratio + 1) // patch_t)
        rows, columns = self.patches
        return latent_frames * (height // rows) * (width // columns)

    @property
    def patches(self) -> tuple[int, int]:
        """Pixels a token spans, (height, width)."""
        _, rows, columns = _patch(next(iter(self.denoisers.values())))
        return rows * self.spatial_ratio, columns * self.spatial_ratio

    def forward_flops(self, num_frames: int, height: int, width: int) -> float:
        """Floating-point operations of one forward of one clip: two a parameter and token, and self-attention."""
        tokens = self.tokens(num_frames, height, width)
        config: Mapping[str, Any] = next(iter(self.denoisers.values()), {})
        width_of = int(config.get("num_attention_heads") or 0) * int(config.get("attention_head_dim") or 0)
        layers = int(config.get("num_layers") or 0)
        parameters = next(iter(self.parameters.values()), 0)
        return 2.0 * parameters * tokens + 4.0 * tokens**2 * width_of * layers


def pipeline_class(name: str) -> Any:
    """A pipeline class of diffusers. Raises ModelError, or MissingExtra without diffusers."""
    try:
        import diffusers
    except ImportError:
        raise MissingExtra("diffusers", "generate") from None
    with _hushed():  # a class is imported when it is first asked for
        found = getattr(diffusers, name, None)
    if found is None or not hasattr(found, "from_pretrained"):
        raise ModelError(f"pipeline {name}: not in diffusers {diffusers.__version__}")
    return found


@contextmanager
def _hushed() -> Iterator[None]:
    """Without diffusers' and torchao's warnings about parts of torchao that nobody asked for."""
    chatty = [logging.getLogger(name) for name in ("diffusers", "torchao", "torch.utils._pytree")]
    levels = [logger.level for logger in chatty]
    for logger in chatty:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(chatty, levels):
            logger.setLevel(level)


def read_outline(model: str | Path, *, revision: str | None = None, model_id: str | None = None) -> Outline:
    """Read what a model is from a folder or a Hub id, its configs alone. Raises ModelError.

    `model_id` names a local folder's model (its licence is looked up by that); default: the id its path in the Hub's
    cache tells, else the folder's name.
    """
    folder, repo_id, name, commit = _locate(model, revision)
    index = _index(folder, str(model))
    cls = _checked_class(index["_class_name"], str(model))
    shell = _shell(cls, folder, index, str(model))
    parts = {part: shell.components[part] for part in DENOISERS if shell.components.get(part) is not None}
    configs = {part: dict(module.config) for part, module in parts.items()}
    spatial = next((int(getattr(shell, ratio)) for ratio in SPATIAL_RATIOS if hasattr(shell, ratio)), 8)
    temporal = next((int(getattr(shell, ratio)) for ratio in TEMPORAL_RATIOS if hasattr(shell, ratio)), 1)
    stated = [int(found) for found in re.findall(r"height % (\d+)", inspect.getsource(cls))] or [2]
    arguments = inspect.signature(cls.__call__).parameters
    frames, heights, widths = _grid(shell, arguments, configs, temporal, spatial, max(stated))
    guidance = arguments.get(family_of(cls.__name__).guidance)
    return Outline(
        name=model_id or name,
        revision=commit or fingerprint(folder),
        folder=folder,
        repo_id=repo_id,
        pipeline=cls.__name__,
        frame_base=frames[0],
        frame_step=frames[1],
        size_base=(heights[0], widths[0]),
        size_step=(heights[1], widths[1]),
        temporal_ratio=temporal,
        spatial_ratio=spatial,
        steps=int(_default_steps(arguments) or 50),
        guidance_scale=float(guidance.default or 1.0) if guidance is not None else _guider_scale(folder),
        parameters={part: sum(p.numel() for p in module.parameters()) for part, module in parts.items()},
        denoisers=configs,
        scheduler=dict(getattr(shell.components.get("scheduler"), "config", {})),
        vae_cast="self.vae.dtype" in inspect.getsource(cls.__call__),
        frame_trim=temporal if CHUNKED in arguments else 1,
    )


def _grid(
    shell: Any,
    arguments: Mapping[str, inspect.Parameter],
    configs: Mapping[str, Mapping[str, Any]],
    temporal: int,
    spatial: int,
    stated: int,
) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """(smallest, step) of frames, heights and widths a model makes. `stated`: what its own check divides by."""
    config = next(iter(configs.values()), {})
    _, rows, columns = _patch(config)
    coarse = 8 if config.get("attention_type") == "nabla" else 1  # Kandinsky's sparse attention takes 8 x 8 tokens
    if PYRAMID_STEPS in arguments:
        coarse = 2 ** (len(arguments[PYRAMID_STEPS].default) - 1)  # each stage but the last is half as large
    row, column = (math.lcm(stated, patch * spatial * coarse) for patch in (rows, columns))
    frames = (1, temporal)
    if CHUNKED in arguments:  # Helios: whole chunks, and what is left over in the end cut off
        chunk = (int(arguments[CHUNKED].default) - 1) * temporal + 1
        frames = (chunk, chunk)
    elif "chunk_partition" in arguments and config.get("chunk_partition"):  # AnyFlow FAR: as many as its chunks hold
        frames = ((sum(config["chunk_partition"]) - 1) * temporal + 1, 0)
    elif "video_length" in arguments and config.get("video_length"):  # Latte: one position embedding a frame
        frames = (int(config["video_length"]), 0)
    vae = getattr(shell, "vae", None)
    if vae is not None and type(vae).__name__ == "AutoencoderKLCogVideoX":  # three frames more of an even count
        frames = (1, temporal * int(vae.num_latent_frames_batch_size))
    tile, stride = (getattr(vae, name, None) for name in ("kernel", "stride"))
    if isinstance(tile, tuple) and isinstance(stride, tuple):  # Allegro: decodes whole tiles and leaves the rest grey
        return (tile[0], stride[0]), (tile[1], stride[1]), (tile[2], stride[2])
    return frames, (row, row), (column, column)


def _snap(wanted: int, base: int, step: int) -> int:
    return base + max(0, wanted - base) // step * step if step else base


def _guider_scale(folder: Path) -> float:
    """The guidance scale of a model whose guider component holds it; 5 where its config does not tell."""
    try:
        told = json.loads((folder / "guider" / "guider_config.json").read_bytes()).get("guidance_scale")
    except (OSError, ValueError, AttributeError):
        return 5.0
    return float(told) if isinstance(told, (int, float)) else 5.0


def _default_steps(arguments: Mapping[str, inspect.Parameter]) -> int | None:
    """Denoising steps a pipeline takes of itself (of each stage of a pyramid)."""
    if PYRAMID_STEPS in arguments:
        return int(arguments[PYRAMID_STEPS].default[0])
    steps = arguments["num_inference_steps"].default
    return None if steps is None else int(steps)


def fingerprint(path: Path) -> str:
    """Hash of a folder's (or file's) names, sizes and contents: small files whole, large ones by 32 samples."""
    digest = hashlib.sha256()
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file() and ".git" not in p.parts)
    for file in files:
        size = file.stat().st_size
        digest.update(f"{file.relative_to(path) if file != path else file.name}\x1f{size}\x1f".encode())
        with open(file, "rb") as data:
            if size <= WHOLE_BELOW:
                digest.update(data.read())
                continue
            for number in range(SAMPLES):
                data.seek((size - SAMPLE) * number // (SAMPLES - 1))
                digest.update(data.read(SAMPLE))
    return "files:" + digest.hexdigest()[:32]


def _locate(model: str | Path, revision: str | None) -> tuple[Path, str | None, str, str | None]:
    """(folder with the configs, Hub id to load from or None, name, commit or None)."""
    path = Path(model)
    if path.is_dir():
        path = path.resolve()
        cached = re.search(r"models--([^/]+)--([^/]+)/snapshots/([0-9a-f]{40})$", path.as_posix())
        if cached:
            return path, None, f"{cached[1]}/{cached[2]}", cached[3]
        return path, None, path.name, None
    text, at, wanted = str(model).partition("@")
    revision = wanted if at else revision
    if path.exists() or not re.fullmatch(r"[\w.-]+/[\w.-]+", text):
        raise ModelError(f"--model {model}: no such folder, and no Hub id (owner/name or owner/name@revision)")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        guard_client()
        folder = Path(snapshot_download(text, revision=revision, allow_patterns=["*.json"]))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise ModelError(f"--model {model}: no such folder, and not read from the Hub ({first_line(error)})") from None
    return folder, text, text, folder.name


def _index(folder: Path, model: str) -> dict[str, Any]:
    path = folder / INDEX
    if not path.is_file():
        if (folder / "modular_model_index.json").is_file():
            raise ModelError(f"--model {model}: a modular pipeline; only models with a {INDEX} can be driven")
        what = "a single component" if (folder / "config.json").is_file() else "no diffusers pipeline"
        raise ModelError(f"--model {model}: {what} (no {INDEX}); a text-to-video pipeline is needed")
    try:
        index = json.loads(path.read_bytes())
        if not isinstance(index["_class_name"], str):
            raise ModelError(f"--model {model}: {INDEX} names a pipeline of its own code, which is not run")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"--model {model}: {INDEX} cannot be read ({type(error).__name__}: {error})") from None
    return dict(index)


def _checked_class(name: str, model: str) -> Any:
    """The pipeline class, if it makes videos from words alone."""
    try:
        cls = pipeline_class(name)
    except ModelError as error:
        raise ModelError(f"--model {model}: {error}") from None
    arguments = inspect.signature(cls.__call__).parameters
    if "prompt" not in arguments or not any(frames in arguments for frames in FRAME_ARGUMENTS):
        raise ModelError(f"--model {model}: {name} is no text-to-video pipeline")
    if what := next((what for part, what in NOT_FROM_TEXT.items() if part in name), None):
        raise ModelError(f"--model {model}: {name} {what}; a text-to-video pipeline is needed")
    if "num_inference_steps" not in arguments and PYRAMID_STEPS not in arguments:
        raise ModelError(f"--model {model}: {name} takes no number of steps; it cannot be driven")
    needed = [a for a in CONDITIONS if a in arguments and arguments[a].default is inspect.Parameter.empty]
    if needed:
        raise ModelError(f"--model {model}: {name} needs {', '.join(needed)}; a text-to-video pipeline is needed")
    return cls


class _Nobody:
    """Stands where a safety checker or a tokenizer would be, in a shell without weights."""

    eos_token_id = 0

    def convert_tokens_to_ids(self, tokens: Any) -> int:
        """Cosmos 3 asks for one when it is made."""
        return 0


def _shell(cls: Any, folder: Path, index: dict[str, Any], model: str) -> Any:
    """The pipeline with its VAE and denoisers on the meta device (no memory, no weights), the rest absent."""
    import diffusers
    import torch

    given: dict[str, Any] = {}
    for name, parameter in inspect.signature(cls.__init__).parameters.items():
        if name == "self" or parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        entry = index.get(name, None if parameter.default is inspect.Parameter.empty else parameter.default)
        given[name] = None if isinstance(entry, list) else entry
        if not isinstance(entry, list) or entry[0] != "diffusers" or name not in (*DENOISERS, "vae", "scheduler"):
            continue
        part = getattr(diffusers, entry[1], None)
        if part is None:
            raise ModelError(f"--model {model}: {name} is a {entry[1]}, unknown to diffusers {diffusers.__version__}")
        try:
            config = part.load_config(folder / name)
            with torch.device("meta") if name != "scheduler" else torch.device("cpu"):
                given[name] = part.from_config(config)
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            raise ModelError(f"--model {model}: {name}/ cannot be read ({first_line(error)})") from None
    if "text_tokenizer" in given:
        given["text_tokenizer"] = _Nobody()
    if "safety_checker" in given:
        given["safety_checker"] = _Nobody()  # Cosmos builds its guardrail when none is given; this shell films nothing
    try:
        return cls(**given)
    except (AttributeError, TypeError, ValueError, ImportError) as error:
        raise ModelError(f"--model {model}: {cls.__name__} is incomplete ({first_line(error)})") from None


def _patch(config: Mapping[str, Any]) -> tuple[int, int, int]:
    """Patch size (frames, height, width) of a denoiser's config."""
    patch = config.get("patch_size") or 1
    if isinstance(patch, (list, tuple)):
        return (int(patch[0]), int(patch[1]), int(patch[2])) if len(patch) == 3 else (1, int(patch[0]), int(patch[-1]))
    return int(config.get("patch_size_t") or 1), int(patch), int(patch)


def first_line(error: BaseException) -> str:
    """The first line of an error's text, for a message of one line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
