"""Any video-text model as an Encoder: `load_encoder` reads a model folder's config.json and picks the class for it.

Reads a folder or a Hub id; writes nothing; `svta eval --model DIR_OR_ID` calls it. Your own model is one decorator and
two methods, in a file that `svta eval --plugin FILE` names (or a package, under the entry points `svta.encoders`):

    @register_encoder("my_model")                       # the "model_type" of its config.json
    class MyEncoder:
        def __init__(self, model, *, device=None, dtype=None): ...
        def encode_text(self, texts): ...               # list[str] -> float32 [T, D], L2-normalised
        def encode_video(self, pixel_values, frame_mask): ...   # uint8 [V, F, 3, H, W], bool [V, F] -> float32 [V, D]
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar, runtime_checkable

from svta.builder.errors import MissingExtra

from .model_files import EncoderError, model_file, split_revision

if TYPE_CHECKING:
    import torch

__all__ = ["Encoder", "EncoderError", "check_dtype", "check_texts", "check_video", "default_device",
           "known_model_types", "load_encoder", "load_plugin", "load_reranker", "model_file", "read_model_type",
           "register_encoder", "split_revision"]  # fmt: skip
logger = logging.getLogger(__name__)


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
    "altclip": "svta.eval.dual_encoders",
    "chinese_clip": "svta.eval.dual_encoders",
    "clip": "svta.eval.dual_encoders",
    "groupvit": "svta.eval.dual_encoders",
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
    "colpali": "svta.eval.late_interaction",
    "colqwen2": "svta.eval.late_interaction",
    "sentence-transformers": "svta.eval.sentence_encoders",
    "cross-encoder": "svta.eval.sentence_encoders",
    "mteb": "svta.eval.from_mteb",
    "svta_clip4clip": "svta.eval.baselines.clip4clip",
    "svta_xclip": "svta.eval.baselines.xclip",
    "svta_gram": "svta.eval.baselines.gram_model",
    "svta_tiny": "svta.eval.baselines.tiny",
}
PLUGIN: Final = "svta_plugin_"  # how modules of --plugin are named
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
    """The encoder for a model folder, a Hub id (`ns/name[@revision]`), or mteb's name of a model (`mteb:ns/name`).

    device: default cuda where there is one (each process of a launch its own), else cpu. dtype: "float32" (default) |
    "float16" | "bfloat16" or a torch dtype, for the weights; embeddings come out as float32. Raises EncoderError (no
    config.json, unknown model_type) and MissingExtra.
    """
    loaded = _load(model_dir_or_id, device, dtype)
    if not hasattr(loaded, "encode_video") and hasattr(loaded, "pair_scores"):
        raise EncoderError(f"{model_dir_or_id}: scores pairs and embeds nothing: it goes with `svta eval --rerank`")
    return loaded  # type: ignore[no-any-return]


def load_reranker(
    model_dir_or_id: str | Path, *, device: str | torch.device | None = None, dtype: str | torch.dtype | None = None
) -> Any:
    """A model with `pair_scores`, from the same places. Raises EncoderError where it has none."""
    loaded = _load(model_dir_or_id, device, dtype)
    if not hasattr(loaded, "pair_scores"):
        raise EncoderError(f"{model_dir_or_id}: {type(loaded).__name__} scores no pairs, so it cannot re-rank")
    return loaded


def load_plugin(path: str | Path) -> None:
    """Run a user's Python file, whose `register_encoder` decorators add their models. Raises EncoderError."""
    file = Path(path)
    spec = spec_from_file_location(f"{PLUGIN}{file.stem}", file) if file.is_file() else None
    if spec is None or spec.loader is None:
        raise EncoderError(f"{path}: no Python file of encoders")
    before = dict(_registered)
    module = sys.modules[spec.name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # whatever a user's file raises is told in one line; --debug shows it all
        raise EncoderError(f"{path}: {type(error).__name__}: {error}") from error
    if _registered == before:
        raise EncoderError(f"{path}: registers no encoder: @register_encoder(MODEL_TYPE) is missing")


def default_device() -> str:
    """cuda where there is one, in a launch of several processes the one of this process; else cpu."""
    import torch

    if not torch.cuda.is_available():
        return "cpu"
    return f"cuda:{int(os.environ.get('LOCAL_RANK', '0')) % torch.cuda.device_count()}"


def check_dtype(dtype: str | torch.dtype | None) -> torch.dtype:
    """A torch dtype for weights; float32 for None. Raises EncoderError."""
    import torch

    kind = getattr(torch, dtype, None) if isinstance(dtype, str) else dtype or torch.float32
    if kind not in (torch.float32, torch.float16, torch.bfloat16):
        raise EncoderError(f"dtype {dtype!r}: float32, float16 or bfloat16")
    return kind  # type: ignore[return-value]


def _load(model_dir_or_id: str | Path, device: str | torch.device | None, dtype: str | torch.dtype | None) -> Any:
    try:
        import torch
    except ImportError:
        raise MissingExtra("torch", "eval") from None
    model = str(model_dir_or_id)
    kind = check_dtype(dtype)
    model_type = read_model_type(model)
    factory = _find(model_type)
    if factory is None:
        raise EncoderError(
            f"{model}: model_type {model_type!r} is not known; known are {', '.join(known_model_types())}"
        )
    try:
        place = torch.device(device or default_device())
        torch.empty(0, device=place)
    except (RuntimeError, AssertionError) as error:
        raise EncoderError(f"device {device!r}: {str(error).splitlines()[0][:120]}") from None
    with redirect_stdout(sys.stderr):  # some models print when they are imported; stdout belongs to results
        return _named(factory(model, device=place, dtype=kind), model)


def _named(loaded: Any, model: str) -> Any:
    """A user's encoder as caches know it: by its model, and by the code of the plugin it comes from."""
    if hasattr(loaded, "__dict__") and getattr(loaded, "name", None) is None:
        loaded.name = model
    module = sys.modules.get(type(loaded).__module__)
    if module is not None and module.__name__.startswith(PLUGIN) and not hasattr(loaded, "fingerprint"):
        from svta.builder.files import sha256_file

        from .embedding_cache import model_fingerprint

        loaded.fingerprint = f"{model_fingerprint(model)}-{sha256_file(str(module.__file__))[:16]}"
    return loaded


def _find(model_type: str) -> Factory | None:
    if model_type not in _registered and model_type in BUILT_IN:
        import_module(BUILT_IN[model_type])
    if model_type not in _registered:
        for point in entry_points(group="svta.encoders", name=model_type):
            point.load()
    return _registered.get(model_type)


def read_model_type(model: str) -> str:
    """The model_type of a folder or Hub id; "sentence-transformers" or "cross-encoder" where modules.json lies there,
    "mteb" for names that begin with `mteb:`.
    """
    if model.startswith("mteb:"):
        return "mteb"
    if model_file(model, "modules.json") is not None:
        told = model_file(model, "config_sentence_transformers.json")
        return "cross-encoder" if told and _json(told).get("model_type") == "CrossEncoder" else "sentence-transformers"
    path = model_file(model, "config.json")
    if path is None:
        raise EncoderError(f"{model}: no config.json there; a model folder or a Hub id ns/name[@revision] is needed")
    model_type = _json(path).get("model_type")
    if not isinstance(model_type, str):
        raise EncoderError(f"{path}: no model_type in it")
    return model_type


def _json(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise EncoderError(f"{path}: not JSON: {error}") from None
    return config if isinstance(config, dict) else {}


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
    """The texts as a list; EncoderError for a bare string, for anything that is no text, and for none at all."""
    if isinstance(texts, str) or not len(texts) or not all(isinstance(text, str) for text in texts):
        raise EncoderError("texts: a list of strings is needed, one or more")
    return list(texts)
