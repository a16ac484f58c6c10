"""Official CLIP4Clip and X-CLIP checkpoints (pytorch_model.bin.N) into modules on Hugging Face CLIPModel.

Reads a state dict with the official names; the key table is notes of the two repositories, checked by running them:
tests/eval/baselines/test_official.py. The official recipe: eval/training/bertadam.py (optimiser) and recipes.py.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import torch
from torch import Tensor
from transformers import CLIPConfig, CLIPModel

from svta.eval.encoders.loading import MAX_LAYERS

from .clip4clip import Clip4Clip, Clip4ClipConfig
from .clip_backbone import ClipBaseline, Head
from .kinds import BaselineError
from .xclip import XClip, XClipConfig

logger = logging.getLogger(__name__)

StateDict = Mapping[str, Tensor]
OFFICIAL_CROSS_LAYERS: Final = 4
NOT_WEIGHTS: Final = ("input_resolution", "context_length", "vocab_size")

# official name (after `clip.`) -> CLIPModel's; {i} is a layer. Transposed ones end in " T".
_TOP: Final = {
    "logit_scale": "logit_scale",
    "text_projection": "text_projection.weight T",
    "visual.proj": "visual_projection.weight T",
    "positional_embedding": "text_model.embeddings.position_embedding.weight",
    "token_embedding.weight": "text_model.embeddings.token_embedding.weight",
    "ln_final.weight": "text_model.final_layer_norm.weight",
    "ln_final.bias": "text_model.final_layer_norm.bias",
    "visual.class_embedding": "vision_model.embeddings.class_embedding",
    "visual.positional_embedding": "vision_model.embeddings.position_embedding.weight",
    "visual.conv1.weight": "vision_model.embeddings.patch_embedding.weight",
    "visual.ln_pre.weight": "vision_model.pre_layrnorm.weight",
    "visual.ln_pre.bias": "vision_model.pre_layrnorm.bias",
    "visual.ln_post.weight": "vision_model.post_layernorm.weight",
    "visual.ln_post.bias": "vision_model.post_layernorm.bias",
}
_LAYER: Final = {
    "attn.out_proj": "self_attn.out_proj",
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
}
_TOWERS: Final = {"transformer": "text_model", "visual.transformer": "vision_model"}
_BLOCKS: Final = {"seqTransf": "transformerClip.resblocks.", "tightTransf": "cross.transformer.resblocks."}
_DIMENSIONS: Final = {
    "visual.conv1.weight": 4,
    "text_projection": 2,
    "token_embedding.weight": 2,
    "positional_embedding": 2,
    "visual.positional_embedding": 2,
}
_BLOCK: Final = re.compile(r"((?:visual\.)?transformer)\.resblocks\.(\d+)\.(.+\.[^.]+)")


def clip_from_official(state_dict: StateDict) -> dict[str, Tensor]:
    """OpenAI CLIP names (without `clip.`) -> CLIPModel names, float32."""
    converted: dict[str, Tensor] = {}
    for name, value in state_dict.items():
        if name in NOT_WEIGHTS:
            continue
        value = value.float()
        if name in _TOP:
            target, _, transpose = _TOP[name].partition(" ")
            converted[target] = value.T.contiguous() if transpose else value
        elif match := _BLOCK.fullmatch(name):
            layer = f"{_TOWERS[match[1]]}.encoder.layers.{match[2]}"
            part, kind = match[3].replace("in_proj_", "in_proj.").rsplit(".", 1)
            if part == "attn.in_proj":
                for letter, piece in zip("qkv", value.chunk(3)):
                    converted[f"{layer}.self_attn.{letter}_proj.{kind}"] = piece.contiguous()
            elif part in _LAYER:
                converted[f"{layer}.{_LAYER[part]}.{kind}"] = value
            else:
                raise BaselineError(f"official CLIP weight {name!r} is not known")
        else:
            raise BaselineError(f"official CLIP weight {name!r} is not known")
    return converted


def clip_to_official(state_dict: StateDict) -> dict[str, Tensor]:
    """CLIPModel names -> OpenAI CLIP names (without `clip.`); the inverse of clip_from_official."""
    official: dict[str, Tensor] = {}
    for name, target in _TOP.items():
        target, _, transpose = target.partition(" ")
        if target in state_dict:
            official[name] = state_dict[target].T.contiguous() if transpose else state_dict[target]
    for tower, model in _TOWERS.items():
        for i in range(_count_layers(state_dict, f"{model}.encoder.layers.")):
            old, new = f"{model}.encoder.layers.{i}.", f"{tower}.resblocks.{i}."
            for kind in ("weight", "bias"):
                parts = [state_dict.get(f"{old}self_attn.{letter}_proj.{kind}") for letter in "qkv"]
                if all(part is not None for part in parts):
                    official[f"{new}attn.in_proj_{kind}"] = torch.cat(parts)  # type: ignore[arg-type]
                for part, hf in _LAYER.items():
                    if f"{old}{hf}.{kind}" in state_dict:
                        official[f"{new}{part}.{kind}"] = state_dict[f"{old}{hf}.{kind}"]
    return official


def clip_config_of(state_dict: StateDict) -> CLIPConfig:
    """Sizes of an OpenAI CLIP state dict (ViT towers, heads of 64); the two highest token ids are start and end."""
    for name, dimensions in _DIMENSIONS.items():
        if name in state_dict and state_dict[name].ndim != dimensions:
            raise BaselineError(f"clip.{name}: {list(state_dict[name].shape)} in the checkpoint, {dimensions}-D needed")
    try:
        conv, proj = state_dict["visual.conv1.weight"], state_dict["text_projection"]
        vocab, text_width = state_dict["token_embedding.weight"].shape
        positions, grid = len(state_dict["positional_embedding"]), len(state_dict["visual.positional_embedding"]) - 1
    except KeyError as error:
        hint = "; these are Hugging Face's names" if any(k.startswith("text_model.") for k in state_dict) else ""
        raise BaselineError(f"not an official CLIP ViT state dict: {error.args[0]} is missing{hint}") from None
    for tower, width in (("text", text_width), ("vision", conv.shape[0])):
        if width < 1 or width % max(width // 64, 1):
            raise BaselineError(f"not an official CLIP ViT state dict: {tower} width {width} has no heads of 64")
    text = {
        "hidden_size": text_width,
        "intermediate_size": 4 * text_width,
        "num_hidden_layers": _count_layers(state_dict, "transformer.resblocks."),
        "num_attention_heads": max(text_width // 64, 1),
        "max_position_embeddings": positions,
        "vocab_size": vocab,
        "bos_token_id": vocab - 2,
        "eos_token_id": vocab - 1,
        "pad_token_id": 0,
        "projection_dim": proj.shape[1],
    }
    vision = {
        "hidden_size": conv.shape[0],
        "intermediate_size": 4 * conv.shape[0],
        "num_hidden_layers": _count_layers(state_dict, "visual.transformer.resblocks."),
        "num_attention_heads": max(conv.shape[0] // 64, 1),
        "patch_size": conv.shape[-1],
        "image_size": conv.shape[-1] * round(grid**0.5),
        "projection_dim": proj.shape[1],
    }
    return CLIPConfig(text_config=text, vision_config=vision, projection_dim=proj.shape[1])


def plain_state_dict(state_dict: object) -> dict[str, Tensor]:
    """Names and tensors alone: taken out of a training script's {"model": ...}, a leading `module.` cut off."""
    for wrapper in ("state_dict", "model_state_dict", "model", "module"):
        if isinstance(state_dict, Mapping) and isinstance(state_dict.get(wrapper), Mapping):
            state_dict = state_dict[wrapper]
    if not isinstance(state_dict, Mapping):
        raise BaselineError(f"a state dict is needed, names and tensors; this is a {type(state_dict).__name__}")
    for key, value in state_dict.items():
        if not isinstance(key, str) or not isinstance(value, Tensor):
            raise BaselineError(f"a state dict is needed, names and tensors; {key!r} is a {type(value).__name__}")
    return {key.removeprefix("module."): value for key, value in state_dict.items()}


def from_official_state_dict(
    name: str,
    state_dict: StateDict,
    *,
    head: Head,
    max_frames: int,
    max_words: int,
    cross_layers: int | None = None,
) -> ClipBaseline:
    """An official checkpoint as a module in eval mode, float32 on the CPU.

    name: clip4clip | xclip. state_dict: official names, CLIP's under `clip.` (a leading `module.`, and bare OpenAI CLIP
    files, are taken too). Head weights that are missing start as the official code starts them: positions and blocks
    from CLIP's text tower, X-CLIP's matrices as identities, the rest at random. cross_layers: blocks of such a fresh
    head (default 4, or all that CLIP has); the state dict's own count comes first. Raises BaselineError.
    """
    weights = plain_state_dict(state_dict)
    if not any(key.startswith("clip.") for key in weights):
        weights = {f"clip.{key}" if _is_clip(key) else key: value for key, value in weights.items()}
    clip = {key.removeprefix("clip."): value for key, value in weights.items() if key.startswith("clip.")}
    heads = {key: value.float() for key, value in weights.items() if not key.startswith("clip.")}
    temporal_patches = clip.pop("visual.conv2.weight", None)
    config = clip_config_of(clip)
    layers = cross_layers if cross_layers is not None else _fresh_layers(config)
    if (blocks := _BLOCKS.get(head)) is not None:
        numbers = (key.removeprefix(blocks).split(".")[0] for key in _under(heads, blocks))
        layers = max((int(number) + 1 for number in numbers if number.isdigit()), default=layers)
        if layers > MAX_LAYERS:
            raise BaselineError(f"{blocks}{layers - 1}: {layers:,} blocks, {MAX_LAYERS:,} are taken")
    model = _build(
        name,
        clip_config=config,
        head=head,
        max_frames=max_frames,
        max_words=max_words,
        cross_layers=layers,
        linear_patch="2d" if temporal_patches is None else "3d",
    )
    converted = clip_from_official(clip)
    if temporal_patches is not None:
        patches = "vision_model.embeddings.patch_embedding"
        del converted[f"{patches}.weight"]
        converted[f"{patches}.conv2.weight"] = temporal_patches.float()
    _load(model.clip, converted, "clip.")
    start_head(model, given=heads)
    return model.eval()


def from_clip(
    name: str, clip: CLIPModel, *, head: Head, max_frames: int, max_words: int, **options: Any
) -> ClipBaseline:
    """A fresh baseline on a CLIPModel, its head started as the official code does; in train mode.

    options: cross_layers (default 4, or all that CLIP has), cross_dropout, linear_patch ("2d" | "3d").
    """
    options.setdefault("cross_layers", _fresh_layers(clip.config))
    sizes = {"head": head, "max_frames": max_frames, "max_words": max_words}
    model = _build(name, clip_config=CLIPConfig(**clip.config.to_dict()), **sizes, **options)
    weights = dict(clip.state_dict())
    if model.config.linear_patch == "3d":
        plain = weights.pop("vision_model.embeddings.patch_embedding.weight")
        weights["vision_model.embeddings.patch_embedding.conv2.weight"] = torch.stack(
            (torch.zeros_like(plain), plain, torch.zeros_like(plain)), dim=2
        )
    _load(model.clip, weights, "clip.")
    start_head(model, given={})
    return model.train()


@torch.no_grad()
def start_head(model: ClipBaseline, given: StateDict) -> None:
    """Set the head's weights: the given ones, and for the missing what the official code starts with."""
    text = clip_to_official({name: value for name, value in model.clip.state_dict().items()})
    start: dict[str, Tensor] = {}
    for name, value in model.state_dict().items():
        if name.startswith("clip."):
            continue
        if name in given:
            start[name] = given[name]
        elif name.endswith("position_embeddings.weight"):
            start[name] = text["positional_embedding"]
        elif match := re.fullmatch(r"(?:transformerClip|cross\.transformer)\.(resblocks\..+)", name):
            start[name] = text.get(f"transformer.{match[1]}", value)
    fresh = sorted(n for n in model.state_dict() if not n.startswith("clip.") and n not in given)
    if fresh and given.keys() & start.keys():
        logger.warning("head %s is there in part: %d weights are new: %s", model.config.head, len(fresh), fresh[:6])
    unused = sorted(given.keys() - start.keys())
    if unused:
        logger.warning(
            "head %s does not use %d weights of the checkpoint: %s", model.config.head, len(unused), unused[:6]
        )
    _load(model, {name: value for name, value in model.state_dict().items() if name not in start} | start, "")


def _fresh_layers(clip_config: CLIPConfig) -> int:
    text: Any = clip_config.text_config
    return min(OFFICIAL_CROSS_LAYERS, int(text.num_hidden_layers))


def _build(name: str, **options: Any) -> ClipBaseline:
    if name == "clip4clip":
        return Clip4Clip(Clip4ClipConfig(**options))
    if name == "xclip":
        return XClip(XClipConfig(**options))
    raise BaselineError(f"baseline {name!r}: clip4clip or xclip")


def _load(module: torch.nn.Module, weights: StateDict, prefix: str) -> None:
    own = module.state_dict()
    for name, value in weights.items():
        if name in own and own[name].shape != value.shape:
            raise BaselineError(
                f"{prefix}{name}: {list(value.shape)} in the checkpoint, {list(own[name].shape)} needed"
            )
    missing, unexpected = module.load_state_dict(dict(weights), strict=False)
    if missing or unexpected:
        raise BaselineError(
            f"checkpoint: missing {missing[:3]}, unexpected {unexpected[:3]} under {prefix or 'the head'!r}"
        )


def _is_clip(key: str) -> bool:
    return key in _TOP or key in NOT_WEIGHTS or _BLOCK.fullmatch(key) is not None


def _count_layers(state_dict: StateDict, prefix: str) -> int:
    return len({key[len(prefix) :].split(".")[0] for key in _under(state_dict, prefix)})


def _under(state_dict: StateDict, prefix: str) -> Iterator[str]:
    return (key for key in state_dict if key.startswith(prefix))
