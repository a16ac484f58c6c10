"""GRAM as a model: BERT as text and pair encoder, a CLIP vision tower for frames, heads, ITM; trains, saves, re-ranks.

Video-text form (SVTA has no audio): one view, or two, the second being how the frames' features change. The official
vision tower (EVA01-CLIP-g/14) is not in transformers, so official weights are taken for everything but that tower.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import BertConfig, BertModel, CLIPVisionConfig, CLIPVisionModel, PretrainedConfig

from svta.builder.io.json_text import JsonObject
from svta.eval.encoders.base import check_texts, check_video
from svta.eval.encoders.registry import register_classes, register_encoder

from .encoder import ScoringEncoder
from .gram import volume
from .kinds import BaselineError
from .model import RetrievalModel, RetrievalProcessor, check_frames, hide_missing
from .temporal import mean_pool, unit
from .trainable import Features, Shapes

logger = logging.getLogger(__name__)
ITM_SHARE: Final = 0.1


class GramConfig(PretrainedConfig):
    """Sizes; text_config is a BertConfig, vision_config a CLIPVisionConfig (or their dicts). views: 1, or 2."""

    model_type: ClassVar[str] = "svta_gram"
    sub_configs_defaults: ClassVar[dict[str, Any]] = {
        "text_config": BertConfig,
        "vision_config": CLIPVisionConfig,
    }

    text_config: JsonObject | PretrainedConfig | None = None
    vision_config: JsonObject | PretrainedConfig | None = None
    contra_dim: int = 512
    max_frames: int = 8
    max_words: int = 40
    views: int = 1
    sampling: str = "uniform"
    trained_resize: str = ""

    def __post_init__(self, **kwargs: object) -> None:
        if not isinstance(self.text_config, BertConfig):
            self.text_config = BertConfig(**(self.text_config or {}))
        if not isinstance(self.vision_config, CLIPVisionConfig):
            self.vision_config = CLIPVisionConfig(**(self.vision_config or {}))
        self.text_config.is_decoder = self.text_config.add_cross_attention = True
        super().__post_init__(**kwargs)
        if self.views not in (1, 2):
            raise BaselineError(f"views {self.views}: 1 (frames) or 2 (frames and their change)")


class ContraHead(nn.Module):
    """Bias-free projection into the space where volumes are measured."""

    def __init__(self, width: int, out: int):
        super().__init__()
        self.linear = nn.Linear(width, out, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return unit(self.linear(x))


class MatchHead(nn.Module):
    """Linear, GELU, LN, Linear to (no match, match)."""

    def __init__(self, width: int):
        super().__init__()
        self.linear1 = nn.Linear(width, width)
        self.layernorm = nn.LayerNorm(width, eps=1e-12)
        self.linear2 = nn.Linear(width, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear2(self.layernorm(F.gelu(self.linear1(x))))


class GramModel(RetrievalModel):
    """GRAM in its video-text form."""

    config_class = GramConfig
    label_smoothing = 0.1
    scores_in_half = True  # the matching loss runs BERT again; volumes are always float32

    def __init__(self, config: GramConfig):
        super().__init__(config)
        text, vision = config.text_config, config.vision_config
        assert isinstance(text, BertConfig) and isinstance(vision, CLIPVisionConfig)
        self.bert = BertModel(text, add_pooling_layer=False)
        self.vision = CLIPVisionModel._from_config(vision)
        self.contra_head_t = ContraHead(text.hidden_size, config.contra_dim)
        self.contra_head_v = ContraHead(vision.hidden_size, config.contra_dim)
        if config.views == 2:
            self.contra_head_d = ContraHead(vision.hidden_size, config.contra_dim)
        self.contra_temp = nn.Parameter(torch.tensor(0.07))
        self.itm_head = MatchHead(text.hidden_size)
        self.hidden_trans_vision_multimodal = nn.Sequential(
            nn.Linear(vision.hidden_size, text.hidden_size), nn.LayerNorm(text.hidden_size, eps=1e-12)
        )
        self.vision_frame_embedding = nn.Parameter(0.02 * torch.randn(1, config.max_frames, text.hidden_size))
        self.vision_type_embeddings = nn.Parameter(0.02 * torch.randn(1, 1, text.hidden_size))
        self.post_init()

    def read(self, input_ids: Tensor, condition: Tensor | None = None, seen: Tensor | None = None) -> Tensor:
        """BERT's states [T, W, H]; with condition tokens [T, N, H] (and their mask) through its cross-attention.

        Bidirectional although is_decoder is set: a 2-D mask would make transformers read causally.
        """
        mask = input_ids != 0
        allowed = mask[:, None, None, :].expand(-1, 1, mask.shape[1], -1)
        bias = torch.zeros_like(allowed, dtype=self.dtype).masked_fill(~allowed, torch.finfo(self.dtype).min)
        inputs = {"encoder_hidden_states": condition, "encoder_attention_mask": seen} if condition is not None else {}
        return self.bert(input_ids=input_ids, attention_mask=bias, use_cache=False, **inputs).last_hidden_state

    def frame_tokens(self, pixel_values: Tensor) -> Tensor:
        """All tokens of every frame by itself, float [V, F, 3, H, W] -> [V, F, N, C]; CLS first."""
        num_videos, num_frames = pixel_values.shape[:2]
        states = self.vision(pixel_values=pixel_values.flatten(0, 1)).last_hidden_state
        return self.vision.post_layernorm(states).unflatten(0, (num_videos, num_frames))

    def condition_tokens(self, vision_output: Tensor) -> Tensor:
        """What the pair encoder attends to, [V, F, N, C] -> [V, F * N, H]; frame places are nearest-interpolated."""
        tokens = self.hidden_trans_vision_multimodal(vision_output)
        places: Tensor = self.vision_frame_embedding
        if places.shape[1] != tokens.shape[1]:
            places = F.interpolate(places.transpose(1, 2).float(), tokens.shape[1], mode="nearest").transpose(1, 2)
        return (tokens + places.to(tokens.dtype)[:, :, None] + self.vision_type_embeddings[:, :, None]).flatten(1, 2)

    def match_logits(self, input_ids: Tensor, condition: Tensor, seen: Tensor | None = None) -> Tensor:
        """[P, 2] logits (no match, match) of text p with the condition tokens p."""
        return self.itm_head(self.read(input_ids, condition, seen)[:, 0])

    def text_features(self, input_ids: Tensor) -> Features:
        """[T, W] -> ([T, D],)."""
        return (self.contra_head_t(self.read(input_ids)[:, 0]),)

    def video_features(self, pixel_values: Tensor, frame_mask: Tensor) -> Features:
        """One or two [V, D] views; in training also condition tokens [V, F * N, H] and their mask, for extra_loss."""
        check_frames(pixel_values, frame_mask, self.image_size)
        output = self.frame_tokens(hide_missing(pixel_values, frame_mask))
        cls = output[:, :, 0]
        views = [self.contra_head_v(or_nan(mean_pool(cls, frame_mask), frame_mask))]
        if self.config.views == 2:
            pairs = frame_mask[:, 1:] & frame_mask[:, :-1]
            change = mean_pool((cls[:, 1:] - cls[:, :-1]).abs(), pairs) if cls.shape[1] > 1 else cls[:, 0] * 0
            still = ~pairs.any(dim=1) if cls.shape[1] > 1 else torch.ones_like(frame_mask[:, 0])
            views.append(self.contra_head_d(torch.where(still[:, None], cls.mean(dim=1), change)))
        if not self.training:
            return tuple(views)
        return (*views, self.condition_tokens(output), frame_mask.repeat_interleave(output.shape[2], dim=1).float())

    def score(self, text: Features, video: Features) -> Tensor:
        """[T, V] logits, -volume / temperature."""
        return -volume(text[0], *video[: self.config.views]) / self.contra_temp

    def extra_loss(self, input_ids: Tensor, text: Features, video: Features, same: Tensor | None = None) -> Tensor:
        """.1 x matching loss over 3B rows: the pair, a hard wrong video, a hard wrong text (drawn by similarity).

        A text that fits every video of the batch (`same`) has no wrong one, and adds no such row.
        """
        condition, seen = video[-2:]
        size = len(input_ids)
        same = torch.eye(size, dtype=torch.bool, device=input_ids.device) if same is None else same
        with torch.no_grad():
            closeness = self.score(text, video)
            wrong_video, wrong_text = (
                torch.multinomial((rows.softmax(dim=1) + 1e-4).masked_fill(fits & ~fits.all(1, keepdim=True), 0), 1)[
                    :, 0
                ]
                for rows, fits in ((closeness, same), (closeness.T, same.T))
            )
        logits = self.match_logits(
            torch.cat((input_ids, input_ids, input_ids[wrong_text])),
            torch.cat((condition, condition[wrong_video], condition)),
            torch.cat((seen, seen[wrong_video], seen)),
        )
        target = torch.zeros(3 * size, dtype=torch.int64, device=logits.device)
        target[:size] = 1
        target[size:][torch.cat((same.all(1), same.all(0)))] = -100  # as cross_entropy ignores
        return ITM_SHARE * F.cross_entropy(logits.float(), target)

    @torch.no_grad()
    def after_step(self) -> None:
        """Keep the temperature positive."""
        self.contra_temp.clamp_(min=1e-3)

    @property
    def feature_shapes(self) -> tuple[Shapes, Shapes]:
        """Shapes of one text's and one video's features in eval mode."""
        shape = (self.config.contra_dim,)
        return [shape], [shape] * self.config.views

    @property
    def vocab_size(self) -> int:
        return int(self.config.text_config.vocab_size)

    @property
    def image_size(self) -> int:
        """Side of the square frames, in pixels."""
        return int(self.config.vision_config.image_size)


class GramEncoder(ScoringEncoder):
    """GRAM as Encoder, with matching scores for re-ranking."""

    model: GramModel

    @torch.no_grad()
    def pair_scores(self, texts: list[str], pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
        """float32 [P], the probability that text p matches video p."""
        check_video(pixel_values, frame_mask)
        ids = self.model.tokenize(check_texts(texts)).to(self.device)
        frames = hide_missing(self.model.prepare(pixel_values.to(self.device)), frame_mask.to(self.device))
        with self.autocast():
            output = self.model.frame_tokens(frames)
            seen = frame_mask.to(self.device).repeat_interleave(output.shape[2], dim=1).float()
            logits = self.model.match_logits(ids, self.model.condition_tokens(output), seen)
        return logits.float().softmax(dim=1)[:, 1].cpu()


@register_encoder(GramConfig.model_type)
def load_gram(folder: str, *, device: torch.device | None = None, dtype: torch.dtype | None = None) -> GramEncoder:
    """A saved GRAM as Encoder."""
    return GramEncoder(GramModel.from_pretrained(folder), str(folder), device, dtype)


def gram_from_official(state_dict: Mapping[str, Tensor], *, vision: CLIPVisionModel, max_words: int = 40) -> GramModel:
    """Official GRAM weights (text and pair encoder, heads, ITM, embeddings) around another vision tower; eval mode.

    `vision` must be as wide as the official tower's output. Its own tower (EVA01-CLIP-g/14) and other modalities in the
    state dict are named in a warning. Raises BaselineError when a needed weight is missing.
    """
    weights = {
        re.sub(r"^(module\.)?(multimodal_encoder\.)?", "", name): value.float() for name, value in state_dict.items()
    }
    try:
        vocabulary, width = weights["bert.embeddings.word_embeddings.weight"].shape
        positions = len(weights["bert.embeddings.position_embeddings.weight"])
        inner = len(weights["bert.encoder.layer.0.intermediate.dense.weight"])
        frames, out = weights["vision_frame_embedding"].shape[1], len(weights["contra_head_t.linear.weight"])
    except KeyError as error:
        raise BaselineError(f"not an official GRAM state dict: {error.args[0]} is missing") from None
    layers = len({name.split(".")[3] for name in weights if name.startswith("bert.encoder.layer.")})
    text = {"vocab_size": vocabulary, "hidden_size": width, "num_hidden_layers": layers, "intermediate_size": inner}
    text |= {"num_attention_heads": max(width // 64, 2), "max_position_embeddings": positions}
    config = GramConfig(
        text_config=text, vision_config=vision.config.to_dict(), contra_dim=out, max_frames=frames, max_words=max_words
    )
    model = GramModel(config)
    own = {name: value for name, value in model.state_dict().items() if not name.startswith("vision.")}
    for name, value in own.items():
        if name not in weights and name != "contra_temp":
            raise BaselineError(f"official GRAM state dict: {name} is missing")
        if name in weights and weights[name].shape != value.shape:
            raise BaselineError(f"{name}: {list(weights[name].shape)} in the checkpoint, not {list(value.shape)}")
    unused = sorted(weights.keys() - own.keys() - {"bert.embeddings.position_ids"})
    if unused:
        logger.warning("%d GRAM weights are not used: %s", len(unused), unused[:6])
    model.load_state_dict({name: weights[name] for name in own if name in weights}, strict=False)
    model.vision.load_state_dict(vision.state_dict())
    return model.eval()


def official_gram_groups(
    model: GramModel, *, lr: float = 2e-5, vision_lr_factor: float = 1 / 40, weight_decay: float = 0.01
) -> list[dict[str, object]]:
    """The official AdamW groups: the vision tower at a fortieth of the rate; biases and BERT's norms not decayed.

    Other norms (`layer_norm1`, the matching head's `layernorm`) are decayed: the official rule looks for "LayerNorm".
    """
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        decayed = "bias" not in name and "LayerNorm." not in name
        groups.setdefault((name.startswith("vision."), decayed), []).append(parameter)
    return [
        {
            "params": groups[vision, decayed],
            "lr": lr * vision_lr_factor if vision else lr,
            "weight_decay": weight_decay if decayed else 0.0,
        }
        for vision, decayed in sorted(groups, reverse=True)
    ]


def or_nan(features: Tensor, frame_mask: Tensor) -> Tensor:
    """`features` [V, D], NaN for videos without a real frame."""
    return features.masked_fill(~frame_mask.bool().any(dim=1, keepdim=True), float("nan"))


register_classes(GramConfig, GramModel, RetrievalProcessor)
