"""Any video-text model as an Encoder: `load_encoder` reads a model folder's config.json and picks the class for it.

Reads a folder or a Hub id; writes nothing; `svta eval --model DIR_OR_ID` calls it. Your own model is one decorator and
two methods (a package may name its module under the entry point group `svta.encoders`):

    @register_encoder("my_model")                       # the "model_type" of its config.json
    class MyEncoder:
        def __init__(self, model, *, device=None, dtype=None): ...
        def encode_text(self, texts): ...               # list[str] -> float32 [T, D], L2-normalised
        def encode_video(self, pixel_values, frame_mask): ...   # uint8 [V, F, 3, H, W], bool [V, F] -> float32 [V, D]
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar, runtime_checkable

from svta.builder.errors import MissingExtra, SvtaError

if TYPE_CHECKING:
    import torch

logger = logging.getLogger(__name__)


class EncoderError(SvtaError):
    """A model folder that cannot be loaded as an encoder, or input an encoder cannot take."""


@runtime_checkable
class Encoder(Protocol):
    """What evaluation needs of a model. Two methods are required; everything below them is optional.

    Optional attributes, read with getattr: `image_size` (int, frames are decoded at this size), `sampling`, `resize`,
    `num_frames` (int, a model that takes no other number), `query_instruction` / `document_instruction`, `name`.
    Optional methods: `similarity(text, video) -> float32 [T, V]` scores what the two methods return where a dot product
    does not (their outputs may then have any shape [T, ...], [V, ...]); `pair_scores(texts, pixel_values, frame_mask)
    -> float32 [P]` scores text p against video p together, for re-ranking.
    """

    def encode_text(self, texts: list[str]) -> torch.Tensor:
        """float32 [T, D], L2-normalised."""
        ...

    def encode_video(self, pixel_values: torch.Tensor, frame_mask: torch.Tensor) -> torch.Tensor:
        """float32 [V, D], L2-normalised, of uint8 [V, F, 3, H, W] frames and their bool mask [V, F]."""
        ...


Factory = Callable[..., Encoder]
F = TypeVar("F", bound=Callable[..., Any])

# model_type of config.json -> the module here that registers it
BUILT_IN: Final = {
    "clip": "svta.eval.dual_encoders",
    "siglip": "svta.eval.dual_encoders",
    "siglip2": "svta.eval.dual_encoders",
    "metaclip_2": "svta.eval.dual_encoders",
    "xclip": "svta.eval.video_encoders",
    "videoprism": "svta.eval.video_encoders",
    "pe_video": "svta.eval.video_encoders",
    "pe_audio_video": "svta.eval.video_encoders",
    "blip-2": "svta.eval.pair_encoders",
    "blip_2": "svta.eval.pair_encoders",
    "colmodernvbert": "svta.eval.late_interaction",
    "sentence-transformers": "svta.eval.sentence_encoders",
    "svta_clip4clip": "svta.eval.baselines.clip4clip",
    "svta_xclip": "svta.eval.baselines.xclip",
    "svta_gram": "svta.eval.baselines.gram_model",
    "svta_tiny": "svta.eval.baselines.tiny",
}
_registered: dict[str, Factory] = {}


def register_encoder(*model_types: str) -> Callable[[F], F]:
    """Decorator: this class (or function) makes the encoder of folders whose config.json has one of these model_types.

    It is called as `factory(model_dir_or_id, device=..., dtype=...)`. A later registration replaces an earlier one.
    """
    if not model_types:
        raise EncoderError("register_encoder needs the model_type of a config.json")

    def register(factory: F) -> F:
        for model_type in model_types:
            _registered[model_type] = factory
        return factory

    return register


def known_model_types() -> list[str]:
    """Every model_type that load_encoder takes, the built-in ones and the registered ones."""
    return sorted(BUILT_IN.keys() | _registered.keys() | {point.name for point in entry_points(group="svta.encoders")})


def load_encoder(
    model_dir_or_id: str | Path, *, device: str | torch.device | None = None, dtype: str | torch.dtype | None = None
) -> Encoder:
    """The encoder for a model folder or a Hub id (`ns/name[@revision]`).

    device: default cuda where there is one, else cpu. dtype: "float32" (default) | "float16" | "bfloat16" or a torch
    dtype, for the weights; embeddings come out as float32. Raises EncoderError (no config.json, unknown model_type) and
    MissingExtra.
    """
    try:
        import torch
    except ImportError:
        raise MissingExtra("torch", "eval") from None
    model = str(model_dir_or_id)
    model_type = read_model_type(model)
    factory = _find(model_type)
    if factory is None:
        raise EncoderError(
            f"{model}: model_type {model_type!r} is not known; known are {', '.join(known_model_types())}"
        )
    kind = getattr(torch, dtype, None) if isinstance(dtype, str) else dtype or torch.float32
    if not isinstance(kind, torch.dtype):
        raise EncoderError(f"dtype {dtype!r}: float32, float16 or bfloat16")
    return factory(model, device=torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu")), dtype=kind)


def _find(model_type: str) -> Factory | None:
    if model_type not in _registered and model_type in BUILT_IN:
        import_module(BUILT_IN[model_type])
    if model_type not in _registered:
        for point in entry_points(group="svta.encoders", name=model_type):
            point.load()
    return _registered.get(model_type)


def read_model_type(model: str) -> str:
    """The model_type of a folder or Hub id; "sentence-transformers" where modules.json lies beside or instead."""
    if model_file(model, "modules.json") is not None:
        return "sentence-transformers"
    path = model_file(model, "config.json")
    if path is None:
        raise EncoderError(f"{model}: no config.json there; a model folder or a Hub id ns/name[@revision] is needed")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise EncoderError(f"{path}: not JSON: {error}") from None
    if not isinstance(config, dict) or not isinstance(config.get("model_type"), str):
        raise EncoderError(f"{path}: no model_type in it")
    return str(config["model_type"])


def split_revision(model: str) -> tuple[str, str | None]:
    """("ns/name", revision) of a Hub id `ns/name[@revision]`; a folder stays as it is."""
    if Path(model).exists() or "@" not in model:
        return model, None
    name, _, revision = model.rpartition("@")
    return name, revision


def model_file(model: str, name: str) -> Path | None:
    """A small file of a folder, or of a Hub repo through the cache; None where there is none."""
    if Path(model).is_dir():
        path = Path(model, name)
        return path if path.is_file() else None
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    repo_id, revision = split_revision(model)
    try:
        return Path(hf_hub_download(repo_id, name, revision=revision))
    except LocalEntryNotFoundError:
        raise EncoderError(f"{model}: no such folder, and the Hub cannot be reached") from None
    except EntryNotFoundError:
        return None
    except HFValidationError:
        raise EncoderError(f"{model}: no such folder, and no Hub id either") from None
    except HfHubHTTPError as error:
        raise EncoderError(f"{model}: {str(error).splitlines()[0]}") from None


def check_video(pixel_values: torch.Tensor, frame_mask: torch.Tensor) -> None:
    """EncoderError unless these are uint8 [V, F, 3, H, W] frames and a mask [V, F]."""
    import torch

    if pixel_values.ndim != 5 or pixel_values.shape[2] != 3 or pixel_values.dtype != torch.uint8:
        raise EncoderError(
            f"pixel_values: uint8 [V, F, 3, H, W] is needed, this is {pixel_values.dtype} {list(pixel_values.shape)}"
        )
    if frame_mask.shape != pixel_values.shape[:2]:
        raise EncoderError(f"frame_mask: {list(pixel_values.shape[:2])} is needed, this is {list(frame_mask.shape)}")
    if not min(pixel_values.shape):
        raise EncoderError(f"pixel_values: nothing in them, shape {list(pixel_values.shape)}")


def check_texts(texts: Sequence[str]) -> list[str]:
    """The texts as a list; EncoderError for a bare string or anything that is no text."""
    if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
        raise EncoderError("texts: a list of strings is needed")
    return list(texts)
