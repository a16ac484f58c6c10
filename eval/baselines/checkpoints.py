"""A baseline's checkpoint as an Encoder: an official file (.bin, .pt, .safetensors) or a folder save_pretrained wrote.

`svta eval --baseline clip4clip --head meanP --checkpoint FILE`. Files of torch are read with weights_only: nothing in
them is run. Official files contain no vocabulary: --tokenizer gives it (CLIP's, BERT's for gram).
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import torch
from torch import Tensor

from svta.builder.errors import first_line
from svta.eval.distributed import default_device
from svta.eval.encoders.base import Encoder, check_dtype
from svta.eval.encoders.fingerprint import model_fingerprint
from svta.eval.encoders.loading import library_errors, unpacks_to_more
from svta.eval.encoders.registry import load_encoder, read_model_type

from .kinds import HEADS, BaselineError

if TYPE_CHECKING:
    from .clip_backbone import Head
    from .model import RetrievalModel
    from .tokens import CaptionTokens

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
    if baseline not in TOKENIZERS:
        raise BaselineError(f"baseline {baseline!r}: one of {', '.join(TOKENIZERS)}; models of svta need --model")
    if not Path(checkpoint).is_file():
        return _saved(baseline, checkpoint, head, device, dtype)
    kind = check_dtype(dtype)
    weights = read_state_dict(checkpoint)
    try:
        if baseline == "gram":
            model = _gram(checkpoint, weights, vision, max_words or GRAM_WORDS)
        else:
            model = _official(baseline, checkpoint, weights, head, *_sizes(baseline, weights, max_frames, max_words))
        model.tokens = _tokens(model, tokenizer or TOKENIZERS[baseline])
    except BaselineError as error:
        raise BaselineError(f"{checkpoint}: {error}") from None
    encoder = _encoder(model, checkpoint, torch.device(device or default_device()), kind)
    parts = [checkpoint, tokenizer or TOKENIZERS[baseline], *([vision] if vision else [])]
    sizes = (model.head, str(model.config.max_frames), str(model.config.max_words))
    encoder.fingerprint = "-".join((*map(model_fingerprint, parts), model.config.model_type, *sizes))
    return encoder


def read_state_dict(path: str | Path) -> dict[str, Tensor]:
    """Tensors by name of a checkpoint file; a dict below "state_dict" or "model" is taken out. Raises BaselineError."""
    from .official import plain_state_dict

    try:
        if str(path).endswith(".safetensors"):
            from safetensors.torch import load_file

            weights = plain_state_dict(load_file(path))
        elif unpacks_to_more(path):
            raise BaselineError("compressed, which torch never writes")
        else:
            weights = plain_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        if not weights:
            raise BaselineError("contains no state dict")
        return weights
    except pickle.UnpicklingError:
        raise BaselineError(f"{path}: more than tensors, or not a checkpoint; none of it was executed") from None
    except Exception as error:  # torch, zipfile and safetensors each have errors of their own for damaged files
        raise BaselineError(f"{path}: not a readable checkpoint: {first_line(error)}") from None


def _saved(
    baseline: str,
    checkpoint: str,
    head: str | None,
    device: str | torch.device | None,
    dtype: str | torch.dtype | None,
) -> Encoder:
    from .encoder import BaselineEncoder

    model_type = read_model_type(checkpoint)
    if model_type != f"svta_{baseline}":
        raise BaselineError(f"{checkpoint}: contains a model of type {model_type!r}, not {baseline}")
    encoder = load_encoder(checkpoint, device=device, dtype=dtype)
    own = encoder.model.head if isinstance(encoder, BaselineEncoder) else ""
    if head is not None and own and head != own:
        raise BaselineError(f"{checkpoint}: its head is {own}, not {head}")
    return encoder


def _sizes(baseline: str, weights: Mapping[str, Tensor], frames: int | None, words: int | None) -> tuple[int, int]:
    """(frames, words): X-CLIP's matrices say how many it was trained on."""
    matrices = {"frames": weights.get("frame_logit_weight"), "words": weights.get("word_logit_weight")}
    own = {name: len(value) for name, value in matrices.items() if baseline == "xclip" and value is not None}
    for name, requested in (("frames", frames), ("words", words)):
        if requested is not None and own.get(name, requested) != requested:
            raise BaselineError(f"was trained on {own[name]} {name}, not on {requested}")
    return frames or own.get("frames", FRAMES), words or own.get("words", WORDS)


def _official(
    baseline: str, path: str, weights: Mapping[str, Tensor], head: str | None, frames: int, words: int
) -> RetrievalModel:
    from .official import from_official_state_dict

    head = "seqTransf" if baseline == "xclip" else head or "meanP"
    if head not in HEADS:
        raise BaselineError(f"head {head!r}: one of {', '.join(HEADS)}")
    with library_errors(path, "not an official checkpoint"):
        return from_official_state_dict(baseline, weights, head=cast("Head", head), max_frames=frames, max_words=words)


def _gram(path: str, weights: Mapping[str, Tensor], vision: str | None, words: int) -> RetrievalModel:
    from transformers import CLIPVisionModel

    from svta.eval.encoders.inputs import load_model

    from .gram_model import gram_from_official

    if vision is None:
        raise BaselineError(
            "official GRAM files contain a tower that transformers lacks (EVA01-CLIP-g/14): name another one, as wide, "
            "with --vision DIR; a GRAM that svta trained is a folder: --checkpoint FOLDER"
        )
    tower = load_model(CLIPVisionModel, vision, torch.device("cpu"), torch.float32)
    with library_errors(path, "not an official checkpoint"):
        return gram_from_official(weights, vision=tower, max_words=words)


def _tokens(model: RetrievalModel, tokenizer: str) -> CaptionTokens:
    from .tokens import CaptionTokens

    tokens = CaptionTokens.load(tokenizer, model.config.max_words)
    if tokens.vocab_size > model.vocab_size:
        raise BaselineError(f"knows {model.vocab_size:,} tokens, the tokenizer {tokenizer} has {tokens.vocab_size:,}")
    return tokens


def _encoder(model: RetrievalModel, path: str, device: torch.device, dtype: torch.dtype) -> Encoder:
    from .encoder import encoder_of
    from .gram_model import GramEncoder, GramModel

    if isinstance(model, GramModel):
        return GramEncoder(model, path, device, dtype)
    return encoder_of(model, path, device, dtype)
