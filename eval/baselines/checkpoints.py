"""A baseline's checkpoint as an Encoder: an official file (.bin, .pt, .safetensors) or a folder save_pretrained wrote.

`svta eval --baseline clip4clip --head meanP --checkpoint FILE`. Files of torch are read with weights_only: nothing in
them is run. Official files hold no vocabulary: --tokenizer names it (CLIP's, BERT's for gram).
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from svta.eval.encoders.base import Encoder, check_dtype, default_device
from svta.eval.encoders.fingerprint import model_fingerprint
from svta.eval.encoders.registry import load_encoder, read_model_type

from .kinds import BaselineError

BASELINES: Final = ("clip4clip", "xclip", "gram")
TOKENIZERS: Final = {"clip4clip": "openai/clip-vit-base-patch32", "xclip": "openai/clip-vit-base-patch32",
                     "gram": "google-bert/bert-base-uncased"}  # fmt: skip
FRAMES, WORDS, GRAM_WORDS = 12, 32, 40


def load_checkpoint(
    baseline: str,
    checkpoint: str,
    *,
    head: str | None = None,
    tokenizer: str | None = None,
    vision: str | None = None,
    max_frames: int | None = None,
    max_words: int | None = None,
    device: str | torch.device | None = None,
    dtype: str | torch.dtype | None = None,
) -> Encoder:
    """The encoder of one checkpoint; a folder or Hub id says everything itself, an official file needs the rest.

    head: meanP (default) | seqLSTM | seqTransf | tightTransf. max_frames, max_words: 12 and 32 (GRAM 40), X-CLIP's
    follow from its matrices. vision: the folder of GRAM's frame tower, which official files do not hold as Transformers
    knows it. Raises BaselineError and EncoderError.
    """
    if baseline not in BASELINES:
        raise BaselineError(f"baseline {baseline!r}: one of {', '.join(BASELINES)}; what svta trained goes by --model")
    if not Path(checkpoint).is_file():
        return _saved(baseline, checkpoint, head, device, dtype)
    kind = check_dtype(dtype)
    weights = read_state_dict(checkpoint)
    if baseline == "gram":
        model = _gram(checkpoint, weights, vision, max_words or GRAM_WORDS)
    else:
        frames, words = _sizes(baseline, weights, max_frames, max_words)
        model = _official(baseline, checkpoint, weights, head, frames, words)
    model.tokens = _tokens(model, tokenizer or TOKENIZERS[baseline], checkpoint)
    return _encoder(model, checkpoint, torch.device(device or default_device()), kind)


def read_state_dict(path: str | Path) -> dict[str, Tensor]:
    """Tensors by name of a checkpoint file; a dict below "state_dict" or "model" is found. Raises BaselineError."""
    try:
        if str(path).endswith(".safetensors"):
            from safetensors.torch import load_file

            found: Any = load_file(path)
        else:
            found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise BaselineError(f"{path}: holds more than tensors, or is no checkpoint; nothing of it was run") from None
    except Exception as error:  # torch, zipfile and safetensors each have errors of their own for damaged files
        reason = str(error).strip().splitlines()
        raise BaselineError(f"{path}: no readable checkpoint: {(reason or [type(error).__name__])[0][:200]}") from None
    for name in ("state_dict", "model", "module"):
        if isinstance(found, Mapping) and isinstance(found.get(name), Mapping):
            found = found[name]
    tensors = {str(k): v for k, v in found.items() if isinstance(v, Tensor)} if isinstance(found, Mapping) else {}
    if not tensors:
        raise BaselineError(f"{path}: holds no state dict")
    return {name.removeprefix("module."): value for name, value in tensors.items()}


def _saved(baseline: str, checkpoint: str, head: str | None, device: Any, dtype: Any) -> Encoder:
    model_type = read_model_type(checkpoint)
    if model_type != f"svta_{baseline}":
        raise BaselineError(f"{checkpoint}: holds a model of type {model_type!r}, not {baseline}")
    encoder: Any = load_encoder(checkpoint, device=device, dtype=dtype)
    own = getattr(encoder.model.config, "head", None)
    if head is not None and own is not None and head != own:
        raise BaselineError(f"{checkpoint}: its head is {own}, not {head}")
    return encoder  # type: ignore[no-any-return]


def _sizes(baseline: str, weights: Mapping[str, Tensor], frames: int | None, words: int | None) -> tuple[int, int]:
    told = {"frames": weights.get("frame_logit_weight"), "words": weights.get("word_logit_weight")}
    found = {name: len(value) for name, value in told.items() if baseline == "xclip" and value is not None}
    for name, asked in (("frames", frames), ("words", words)):
        if asked is not None and found.get(name, asked) != asked:
            raise BaselineError(f"this checkpoint was trained on {found[name]} {name}, not on {asked}")
    return frames or found.get("frames", FRAMES), words or found.get("words", WORDS)


def _official(
    baseline: str, path: str, weights: Mapping[str, Tensor], head: str | None, frames: int, words: int
) -> Any:
    from .kinds import HEADS
    from .official import from_official_state_dict

    head = "seqTransf" if baseline == "xclip" else head or "meanP"
    if head not in HEADS:
        raise BaselineError(f"head {head!r}: one of {', '.join(HEADS)}")
    try:
        return from_official_state_dict(baseline, weights, head=head, max_frames=frames, max_words=words)  # type: ignore[arg-type]
    except BaselineError as error:
        raise BaselineError(f"{path}: {error}") from None


def _gram(path: str, weights: Mapping[str, Tensor], vision: str | None, words: int) -> Any:
    from transformers import CLIPVisionModel

    from svta.eval.encoders.inputs import load_model

    from .gram_model import gram_from_official

    if vision is None:
        raise BaselineError(
            f"{path}: official GRAM files hold a tower that transformers lacks (EVA01-CLIP-g/14): name another one, as "
            "wide, with --vision DIR; a GRAM that svta trained is a folder: --checkpoint FOLDER"
        )
    tower = load_model(CLIPVisionModel, vision, torch.device("cpu"), torch.float32)
    try:
        return gram_from_official(weights, vision=tower, max_words=words)
    except BaselineError as error:
        raise BaselineError(f"{path}: {error}") from None


def _tokens(model: Any, tokenizer: str, path: str) -> Any:
    from .tokens import CaptionTokens

    tokens = CaptionTokens.load(tokenizer, model.config.max_words)
    clip = getattr(model.config, "clip_config", None)
    known = (clip.text_config if clip is not None else model.config.text_config).vocab_size
    if tokens.vocab_size > known:
        raise BaselineError(f"{path}: knows {known:,} tokens, the tokenizer {tokenizer} has {tokens.vocab_size:,}")
    return tokens


def _encoder(model: Any, path: str, device: torch.device, dtype: torch.dtype) -> Encoder:
    from .encoder import BaselineEncoder, ScoringEncoder
    from .gram_model import GramEncoder, GramModel

    class OfficialGram(GramEncoder):
        """GramEncoder of a model at hand instead of a folder."""

        def __init__(self) -> None:
            ScoringEncoder.__init__(self, model, path, device, dtype)

    if isinstance(model, GramModel):
        encoder: Any = OfficialGram()
    else:
        encoder = (BaselineEncoder if model.feature_shapes is None else ScoringEncoder)(model, path, device, dtype)
    config = model.config
    parts = [
        model_fingerprint(path),
        config.model_type,
        getattr(config, "head", ""),
        config.max_frames,
        config.max_words,
    ]
    encoder.fingerprint = "-".join(str(part) for part in parts)
    return encoder  # type: ignore[no-any-return]
