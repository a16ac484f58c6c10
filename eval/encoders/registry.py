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

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from svta.builder.errors import MissingExtra, first_line
from svta.eval.distributed import default_device

from .base import Encoder, EncoderError, as_encoder, check_dtype
from .hub_files import model_file
from .loading import library_errors, read_config

if TYPE_CHECKING:
    import torch

Factory = Callable[..., object]  # an Encoder, or a user's plain object with its two methods
F = TypeVar("F", bound=Callable[..., object])

# model_type of config.json -> the module here that registers it
BUILT_IN: Final = {
    "altclip": "svta.eval.encoders.image_text",
    "chinese_clip": "svta.eval.encoders.image_text",
    "clip": "svta.eval.encoders.image_text",
    "groupvit": "svta.eval.encoders.image_text",
    "siglip": "svta.eval.encoders.image_text",
    "siglip2": "svta.eval.encoders.image_text",
    "metaclip_2": "svta.eval.encoders.image_text",
    "xclip": "svta.eval.encoders.video_text",
    "videoprism": "svta.eval.encoders.video_text",
    "pe_video": "svta.eval.encoders.video_text",
    "pe_audio_video": "svta.eval.encoders.video_text",
    "blip-2": "svta.eval.encoders.blip2",
    "blip_2": "svta.eval.encoders.blip2",
    "colmodernvbert": "svta.eval.encoders.late_interaction",
    "colpali": "svta.eval.encoders.late_interaction",
    "colqwen2": "svta.eval.encoders.late_interaction",
    "sentence-transformers": "svta.eval.encoders.sentence_transformers",
    "cross-encoder": "svta.eval.encoders.sentence_transformers",
    "mteb": "svta.eval.mteb.models",
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


def register_classes(config: Any, model: Any, processor: Any) -> None:
    """Enter a checkpoint's own classes: called by the module that defines them."""
    from transformers import AutoConfig, AutoModel, AutoProcessor

    AutoConfig.register(config.model_type, config, exist_ok=True)
    AutoModel.register(config, model, exist_ok=True)
    AutoProcessor.register(config, processor, exist_ok=True)


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
    if not loaded.embeds:
        raise EncoderError(f"{model_dir_or_id}: only scores pairs and does not embed: use it with `svta eval --rerank`")
    return loaded


def load_reranker(
    model_dir_or_id: str | Path, *, device: str | torch.device | None = None, dtype: str | torch.dtype | None = None
) -> Encoder:
    """A model with `pair_scores`, from the same places. Raises EncoderError if it has none."""
    loaded = _load(model_dir_or_id, device, dtype)
    if not loaded.scores_pairs:
        raise EncoderError(f"{model_dir_or_id}: {type(loaded).__name__} does not score pairs, so it cannot re-rank")
    return loaded


def load_plugin(path: str | Path) -> None:
    """Run a user's Python file, whose `register_encoder` decorators add their models. Raises EncoderError."""
    file = Path(path)
    spec = spec_from_file_location(f"{PLUGIN}{file.stem}", file) if file.is_file() else None
    if spec is None or spec.loader is None:
        raise EncoderError(f"{path}: not a Python file of encoders")
    before = dict(_registered)
    module = sys.modules[spec.name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # whatever a user's file raises is one line; --debug shows it all
        raise EncoderError(f"{path}: {type(error).__name__}: {error}") from error
    if _registered == before:
        raise EncoderError(f"{path}: registers no encoder: @register_encoder(MODEL_TYPE) is missing")


def _load(model_dir_or_id: str | Path, device: str | torch.device | None, dtype: str | torch.dtype | None) -> Encoder:
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
        raise EncoderError(f"device {device!r}: {first_line(error, 120)}") from None
    with library_errors(model):
        return _named(as_encoder(factory(model, device=place, dtype=kind)), model)


def _named(encoder: Encoder, model: str) -> Encoder:
    """A user's encoder as caches know it: by its model, and by the code of the plugin it comes from."""
    if encoder.name is None:
        encoder.name = model
    module = sys.modules.get(type(encoder).__module__)
    if module is not None and module.__name__.startswith(PLUGIN) and encoder.fingerprint is None:
        from svta.builder.io.files import sha256_file

        from .fingerprint import model_fingerprint

        encoder.fingerprint = f"{model_fingerprint(model)}-{sha256_file(str(module.__file__))[:16]}"
    return encoder


def _find(model_type: str) -> Factory | None:
    if model_type not in _registered and model_type in BUILT_IN:
        import_module(BUILT_IN[model_type])
    if model_type not in _registered:
        for point in entry_points(group="svta.encoders", name=model_type):
            point.load()
    return _registered.get(model_type)


def read_model_type(model: str) -> str:
    """The model_type of a folder or Hub id; "sentence-transformers" or "cross-encoder" where modules.json is there,
    "mteb" for names that begin with `mteb:`.
    """
    if model.startswith("mteb:"):
        return "mteb"
    if model_file(model, "modules.json") is not None:
        own = model_file(model, "config_sentence_transformers.json")
        pairs = own is not None and read_config(own).get("model_type") == "CrossEncoder"
        return "cross-encoder" if pairs else "sentence-transformers"
    path = model_file(model, "config.json")
    if path is None:
        raise EncoderError(f"{model}: no config.json there; a model folder or a Hub id ns/name[@revision] is needed")
    model_type = read_config(path).get("model_type")
    if not isinstance(model_type, str):
        raise EncoderError(f"{path}: no model_type in it")
    return model_type
