"""Where a training run starts: the model of a baseline's name, and its recipe.

Reads captions and, for the CLIP-based baselines, a CLIP folder or Hub id, a saved baseline to go on from, or `small`:
a little CLIP from scratch with a word vocabulary of the captions, which trains on a CPU without any download.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

from svta.eval.baselines.kinds import BASELINES, HEADS

from .config import DEFAULT_HEAD, BaselineChoiceError

if TYPE_CHECKING:
    from svta.builder.io.json_text import JsonObject
    from svta.builder.video.frame_spec import Quality
    from svta.eval.baselines.clip_backbone import Head
    from svta.eval.baselines.model import RetrievalModel
    from svta.eval.baselines.tiny import TinyModel
    from svta.eval.baselines.trainable import Trainable

SMALL: Final = "small"
MAX_WORDS, MAX_FRAMES, SMALL_FRAMES = 32, 12, 4
_SMALL_VISION: Final = {"hidden_size": 128, "intermediate_size": 512, "num_hidden_layers": 3,
                        "num_attention_heads": 2, "patch_size": 16, "image_size": 96}  # fmt: skip


def read_captions(data: str, split: str, limit: int | None = None) -> list[str]:
    """The captions of a split, in order; no video is read."""
    from svta.builder.dataset.clip_dataset import open_dataset

    dataset = open_dataset(data, split)
    return [dataset.clip(i).caption for i in range(len(dataset) if limit is None else min(limit, len(dataset)))]


def make_baseline(
    name: str,
    captions: Sequence[str],
    *,
    start: str | None = None,
    head: str | None = None,
    num_frames: int | None = None,
    sampling: str = "uniform",
    resize: Quality = "fast",
    seed: int = 0,
) -> Trainable:
    """An untrained (or half-trained: `start`) model. Raises BaselineChoiceError.

    sampling: of frames, `uniform` or `official` (CLIP4Clip's extractor, one frame a second; missing ones grey).
    resize: of the frames it is trained on, which its config.json records, so that evaluation shows it the same.
    """
    if sampling not in ("uniform", "official"):
        raise BaselineChoiceError(f"sampling {sampling!r}: uniform or official")
    if name == "tiny":
        if sampling != "uniform":
            raise BaselineChoiceError("tiny sees frames spread over the clip: leave out --sampling")
        return _tiny(captions, start, num_frames, resize, seed)
    model = _start(name, captions, start, head or DEFAULT_HEAD, num_frames, seed)
    if sampling != "uniform":
        model.config.sampling = sampling
    model.config.trained_resize = resize
    return model


def _tiny(captions: Sequence[str], start: str | None, num_frames: int | None, resize: Quality, seed: int) -> TinyModel:
    from svta.eval.baselines import tiny

    if start not in (None, SMALL):
        raise BaselineChoiceError("tiny starts from scratch: leave out --start")
    config = tiny.TinyConfig(trained_resize=resize)
    return tiny.new_model(captions, config if num_frames is None else replace(config, num_frames=num_frames), seed=seed)


def _start(
    name: str, captions: Sequence[str], start: str | None, head: str, num_frames: int | None, seed: int
) -> RetrievalModel:
    import torch

    if name not in BASELINES:
        raise BaselineChoiceError(f"baseline {name!r}: one of {', '.join(BASELINES)}")
    torch.manual_seed(seed)
    if start is None:
        raise BaselineChoiceError(f"{name} needs --start: a CLIP folder or Hub id, a saved {name}, or `small`")
    if start == SMALL:
        return _small_gram(captions, num_frames) if name == "gram" else _small(name, captions, head, num_frames)
    from svta.eval.encoders.registry import read_model_type

    model_type = read_model_type(start)
    if model_type == f"svta_{name}":
        return _class(name).from_pretrained(start).train()
    if model_type != "clip" or name == "gram":
        wanted = f"a saved {name}" if name == "gram" else f"a CLIP model or a saved {name}"
        raise BaselineChoiceError(
            f"{start}: a model of type {model_type!r}; {name} starts from {wanted}, or from `small`"
        )
    return _on_clip(name, start, head, num_frames)


def _class(name: str) -> type[RetrievalModel]:
    if name == "clip4clip":
        from svta.eval.baselines.clip4clip import Clip4Clip

        return Clip4Clip
    if name == "xclip":
        from svta.eval.baselines.xclip import XClip

        return XClip
    from svta.eval.baselines.gram_model import GramModel

    return GramModel


def _on_clip(name: str, start: str, head: str, num_frames: int | None) -> RetrievalModel:
    import torch
    from transformers import CLIPModel

    from svta.eval.baselines.official import from_clip
    from svta.eval.baselines.tokens import CaptionTokens
    from svta.eval.encoders.inputs import load_model

    clip = load_model(CLIPModel, start, torch.device("cpu"), torch.float32)
    words = min(MAX_WORDS, clip.config.text_config.max_position_embeddings)
    model = from_clip(name, clip, head=_head(name, head), max_frames=num_frames or MAX_FRAMES, max_words=words)
    model.tokens = CaptionTokens.load(start, words)
    return model


def _small(name: str, captions: Sequence[str], head: str, num_frames: int | None) -> RetrievalModel:
    import torch
    from transformers import CLIPConfig, CLIPModel

    from svta.eval.baselines.clip4clip import Clip4Clip
    from svta.eval.baselines.official import from_clip
    from svta.eval.baselines.tokens import CaptionTokens

    tokens = CaptionTokens.learn(captions, MAX_WORDS)
    text = {"hidden_size": 128, "intermediate_size": 512, "num_hidden_layers": 2, "num_attention_heads": 2}
    text |= {"max_position_embeddings": MAX_WORDS, "vocab_size": tokens.vocab_size, "projection_dim": 128}
    text |= {"pad_token_id": 0, "bos_token_id": tokens.start, "eos_token_id": tokens.end}
    config = CLIPConfig(text_config=text, vision_config={**_SMALL_VISION, "projection_dim": 128}, projection_dim=128)
    frames = num_frames or SMALL_FRAMES
    options = {"cross_layers": 1} if head == "tightTransf" else {}  # it runs for every pair of a batch
    model = from_clip(
        name, CLIPModel(config), head=_head(name, head), max_frames=frames, max_words=MAX_WORDS, **options
    )
    if isinstance(model, Clip4Clip) and head == "tightTransf":
        # at the official .02, made for width 512, learning starts late
        for layer in (model.cross.pooler.dense, model.similarity_dense):
            torch.nn.init.normal_(layer.weight, std=128**-0.5)
    model.tokens = tokens
    return model


def _small_gram(captions: Sequence[str], num_frames: int | None) -> RetrievalModel:
    from svta.eval.baselines.gram_model import GramConfig, GramModel
    from svta.eval.baselines.tokens import CaptionTokens

    tokens = CaptionTokens.learn(captions, MAX_WORDS)
    text: JsonObject = {"hidden_size": 128, "intermediate_size": 512, "num_hidden_layers": 2}
    text |= {"num_attention_heads": 2, "vocab_size": tokens.vocab_size, "pad_token_id": 0}
    text |= {"max_position_embeddings": MAX_WORDS, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    text["initializer_range"] = 128**-0.5  # with BERT's .02 every text starts out the same, and stays so for long
    config = GramConfig(text_config=text, vision_config=_SMALL_VISION, contra_dim=128, max_words=MAX_WORDS,
                        max_frames=num_frames or SMALL_FRAMES)  # fmt: skip
    model = GramModel(config)
    model.tokens = tokens
    return model.train()


def _head(name: str, head: str) -> Head:
    """X-CLIP's official scripts all use seqTransf."""
    if head not in HEADS:
        raise BaselineChoiceError(f"head {head!r}: one of {', '.join(HEADS)}")
    return "seqTransf" if name == "xclip" else cast("Head", head)
