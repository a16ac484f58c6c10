"""tiny: a dual encoder small enough to train from scratch on two CPU cores in a minute or two.

Video: two small CNNs, one for the looks of the middle frame and one for what changes from frame to frame, after
Simonyan and Zisserman's two streams (2014) with differences in the place of optical flow. Text: word stems, a one-layer
transformer. Both sides have two halves, scored together: a learned one, and a lexical one, where the text is its own
weighted bag of words and of pairs of neighbouring words, and the video predicts it: with 1,400 clips that half is what
makes unseen COMBINATIONS of known words findable; pairs tell "waves before jumping" from "jumps before waving".

    svta train --data DIR --baseline tiny --out CKPT        # writes config.json, vocabulary.json, model.safetensors
    svta eval --data DIR --split test --model CKPT          # load_encoder(CKPT) finds it by model_type svta_tiny
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from svta.builder.io.files import atomic_write, write_json
from svta.builder.io.json_text import JsonObject, read_json
from svta.builder.video.frame_spec import FrameSpec
from svta.builder.video.sampling import Resize, Sampling
from svta.eval.encoders.base import EncoderError
from svta.eval.encoders.hub_files import model_file
from svta.eval.encoders.loading import MAX_SIDE, library_errors, read_config
from svta.eval.encoders.registry import register_encoder

from .encoder import BaselineEncoder
from .tokens import PAD_ID, UNKNOWN_ID, Vocabulary
from .trainable import Features, Trainable

MODEL_TYPE: Final = "svta_tiny"
_FILES: Final = ("config.json", "vocabulary.json", "model.safetensors")
_LARGEST: Final = {"text_layers": 100, "num_words": 10_000_000, "num_phrases": 10_000_000, "min_count": 10**9}
_PHRASE_COUNT: Final = 8  # captions that hold a pair of neighbouring words, for it to count
_SHIFT: Final = 4  # pixels of random shift in training
_MOTION_FEATURES: Final = 64  # of each step from one frame to the next


@dataclass(frozen=True)
class TinyConfig:
    """Sizes. lexical words are those in at least `min_count` captions and at most `max_share` of them."""

    model_type: str = MODEL_TYPE
    num_frames: int = 8
    image_size: int = 64
    width: int = 32
    motion_width: int = 24
    embed_dim: int = 256
    text_width: int = 192
    text_layers: int = 1
    max_words: int = 48
    num_words: int = 2  # with PAD_ID and UNKNOWN_ID
    num_phrases: int = 0  # pairs of neighbouring words that the lexical half knows
    min_count: int = 3
    max_share: float = 0.6
    sampling: Sampling = "uniform"
    resize: Resize = "squash"
    trained_resize: str = ""

    @classmethod
    def from_dict(cls, values: Mapping[str, object], place: str) -> TinyConfig:
        """The fields of a config.json; EncoderError, naming `place`, for a type or size that no tiny model has."""
        given: JsonObject = {}
        for field in fields(cls):
            value = given[field.name] = values.get(field.name, field.default)
            if type(value) is not type(field.default) and not (field.type == "float" and isinstance(value, int)):
                raise EncoderError(f"{place}: {field.name} {value!r}: a {field.type} is needed")
            least, most = 0 if field.name == "num_phrases" else 1, _LARGEST.get(field.name, MAX_SIDE)
            if field.type == "int" and isinstance(value, int) and not least <= value <= most:
                raise EncoderError(f"{place}: {field.name} {value:,} is not a valid size of a tiny model")
        return cls(**given)


def _conv(inputs: int, outputs: int, kernel: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def _dense(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, outputs, bias=False), nn.BatchNorm1d(outputs), nn.ReLU())


class _Residual(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.first = _conv(inputs, outputs, 3, stride)
        self.second = nn.Sequential(nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs))
        self.short = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.second(self.first(x)) + self.short(x))


class Appearance(nn.Module):
    """One picture [V, 3, S, S] -> [V, D]; where in the picture things are is kept."""

    def __init__(self, image_size: int, width: int, features: int):
        super().__init__()
        self.stem = nn.Sequential(_conv(3, width, 3, 2), _conv(width, width, 3, 2))
        self.trunk = nn.Sequential(
            _Residual(width, 2 * width, 1), _Residual(2 * width, 3 * width, 2), _Residual(3 * width, 4 * width, 2)
        )
        self.pool = _dense(4 * width * (image_size // 16) ** 2, features)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.pool(self.trunk(self.stem(x)).flatten(1))
        return out


def _halved(x: Tensor) -> Tensor:
    """Means of 2 x 2 pixels, as avg_pool2d gives them; sums of every other row take it half the time on one core."""
    x = x[..., : x.shape[-2] // 2 * 2, : x.shape[-1] // 2 * 2]
    rows = x[..., ::2, :] + x[..., 1::2, :]
    return (rows[..., ::2] + rows[..., 1::2]).mul_(0.25)


class Motion(nn.Module):
    """Frames [V, F, 3, S, S] -> [V, D]: every step, a difference of neighbours beside their mean, by one small CNN;
    then all steps together, in their order."""

    def __init__(self, num_frames: int, image_size: int, width: int, features: int):
        super().__init__()
        cells = (image_size // 16) ** 2  # halved, then three strides of 2
        self.step = nn.Sequential(
            _conv(6, width, 3, 2), _Residual(width, 2 * width, 2), _Residual(2 * width, 2 * width, 2)
        )
        self.pool = _dense(2 * width * cells, _MOTION_FEATURES)
        self.steps = _dense(_MOTION_FEATURES * (num_frames - 1), features)

    def forward(self, x: Tensor) -> Tensor:
        count, frames = x.shape[:2]
        x = _halved(x)  # what moves is seen at half the size
        before, after = x[:, :-1], x[:, 1:]
        steps = torch.cat([after - before, (after + before) / 2], 2).flatten(0, 1)
        seen = self.pool(self.step(steps.contiguous(memory_format=torch.channels_last)).flatten(1))
        out: Tensor = self.steps(seen.unflatten(0, (count, frames - 1)).flatten(1))
        return out


class TwoStreams(nn.Module):
    """Frames [V, F, 3, S, S] -> [V, num_features]: the middle frame's looks, then the clip's motion."""

    def __init__(self, num_frames: int, image_size: int, width: int, motion_width: int, features: int):
        super().__init__()
        self.appearance = Appearance(image_size, width, features)
        self.motion = Motion(num_frames, image_size, motion_width, features) if num_frames > 1 else None
        self.num_features = features * (1 if self.motion is None else 2)

    def forward(self, x: Tensor) -> Tensor:
        middle = x[:, x.shape[1] // 2].contiguous(memory_format=torch.channels_last)
        looks: Tensor = self.appearance(middle)
        return looks if self.motion is None else torch.cat([looks, self.motion(x)], 1)


class TinyModel(Trainable):
    """The two streams over frames, the text transformer, and the two halves of the score; see the module's text."""

    word_weight: Tensor  # [words + phrases]
    phrases: Tensor  # int64 [phrases], rising: first word * num_words + second word

    def __init__(self, config: TinyConfig, vocabulary: Vocabulary):
        super().__init__()
        self.config, self.vocabulary = config, vocabulary
        dim = config.embed_dim
        self.video = TwoStreams(config.num_frames, config.image_size, config.width, config.motion_width, 2 * dim)
        self.video_head = nn.Linear(self.video.num_features, dim)
        self.word_head = nn.Linear(self.video.num_features, config.num_words + config.num_phrases)
        vectors = torch.empty(config.num_words, config.text_width)  # new_model draws them
        self.words = nn.Embedding.from_pretrained(vectors, freeze=False, padding_idx=PAD_ID)
        self.positions = nn.Parameter(torch.empty(config.max_words, config.text_width))
        layer = nn.TransformerEncoderLayer(
            config.text_width, 4, 2 * config.text_width, 0.0, "gelu", batch_first=True, norm_first=True
        )
        self.text_trunk = nn.TransformerEncoder(layer, config.text_layers, enable_nested_tensor=False)
        self.text_head = nn.Linear(2 * config.text_width, dim)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        self.lexical_share = nn.Parameter(torch.tensor(0.0))  # sigmoid: how much the lexical half counts
        self.register_buffer("word_weight", torch.zeros(config.num_words + config.num_phrases))
        self.register_buffer("phrases", torch.zeros(config.num_phrases, dtype=torch.long))
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @property
    def frame_spec(self) -> FrameSpec:
        """The frames to decode for this model."""
        decoded = max(self.config.num_frames, 3)  # of three, a model of one frame sees the middle one
        return FrameSpec(decoded, self.config.image_size, self.config.sampling, self.config.resize)

    @property
    def trained_resize(self) -> str:
        return self.config.trained_resize

    def tokenize(self, captions: Sequence[str]) -> Tensor:
        """int64 [T, W] word numbers."""
        return self.vocabulary.ids(captions)

    def prepare(self, pixel_values: Tensor, rng: np.random.Generator | None = None) -> Tensor:
        """uint8 [V, F, 3, H, W] -> float in [-1, 1]; with an rng: shifted by a few pixels, brighter or darker.

        Never mirrored: captions say left and right.
        """
        if rng is None:
            return pixel_values.float().div_(127.5).sub_(1)
        count, height, width = len(pixel_values), *pixel_values.shape[-2:]
        shifts = rng.integers(-_SHIFT, _SHIFT + 1, (count, 2)).tolist()
        gain, offset = (rng.uniform(-most, most, count) for most in (0.15, 0.1))
        device = pixel_values.device
        out = torch.empty(pixel_values.shape, device=device)
        rows, columns = torch.arange(height, device=device), torch.arange(width, device=device)
        for i, (down, right) in enumerate(shifts):  # clip by clip in bytes: 5 x the speed of padding floats
            y, x = (rows + down).clamp(0, height - 1), (columns + right).clamp(0, width - 1)
            shifted = pixel_values[i].index_select(2, y).index_select(3, x)
            torch.mul(shifted, (1 + gain[i]) / 127.5, out=out[i]).add_(offset[i] - 1 - gain[i])
        return out

    def text_features(self, input_ids: Tensor) -> Features:
        """(learned half [T, D], lexical half [T, words + phrases]), each of length 1."""
        ids = input_ids
        if self.training:  # a word in ten is hidden
            ids = torch.where((torch.rand(ids.shape, device=ids.device) < 0.1) & (ids > 0), UNKNOWN_ID, ids)
        there = ids != PAD_ID
        embedded = self.words(ids)
        context = self.text_trunk(embedded + self.positions[: ids.shape[1]], src_key_padding_mask=~there)
        both = torch.cat([embedded, context], 2) * there[..., None]
        learned = self.text_head(both.sum(1) / there.sum(1, keepdim=True).clamp(min=1))
        return functional.normalize(learned.float(), dim=1), functional.normalize(self.bag(input_ids), dim=1)

    def bag(self, input_ids: Tensor) -> Tensor:
        """[T, words + phrases]: the weight of every word and phrase that occurs, however often."""
        words, phrases = self.config.num_words, len(self.phrases)
        bag = torch.zeros(len(input_ids), words + phrases + 1, device=input_ids.device)  # the last: pairs nobody knows
        bag.scatter_(1, input_ids, 1.0)
        if phrases:
            codes = _neighbours(input_ids, words)
            places = torch.searchsorted(self.phrases, codes).clamp(max=phrases - 1)
            bag.scatter_(1, words + torch.where(self.phrases[places] == codes, places, phrases), 1.0)
        return bag[:, :-1] * self.word_weight

    def video_features(self, pixel_values: Tensor, frame_mask: Tensor) -> Features:
        """(learned half [V, D], lexical half [V, words + phrases]), each of length 1; in training also its logits."""
        hidden = self.video(self._fitted(pixel_values, frame_mask))
        logits = self.word_head(hidden).float()
        known = self.word_weight > 0
        centred = (logits - logits[:, known].mean(1, keepdim=True)) * known
        halves = functional.normalize(self.video_head(hidden).float(), dim=1), functional.normalize(centred, dim=1)
        return (*halves, logits) if self.training else halves

    def _fitted(self, x: Tensor, frame_mask: Tensor) -> Tensor:
        """Any number of frames of any size -> num_frames of image_size, spread over each clip's valid frames."""
        frames, size = self.config.num_frames, self.config.image_size
        last = (frame_mask.sum(1) - 1).clamp(min=0)
        if x.shape[1] != frames or bool((last + 1 < x.shape[1]).any()):
            places = torch.linspace(0, 1, frames) if frames > 1 else torch.full((1,), 0.5)
            place = places.to(x.device)[None] * last[:, None]
            x = x[torch.arange(len(x), device=x.device)[:, None], place.round().long()]
        if x.shape[-2:] != (size, size):
            x = functional.adaptive_avg_pool2d(x.flatten(0, 1), size).unflatten(0, x.shape[:2])
        return x

    def score(self, text: Features, video: Features) -> Tensor:
        """Logits [T, V] of the two halves together."""
        return self.logit_scale.exp() * self._joined(text) @ self._joined(video).T

    def rows(self, features: Features) -> Tensor:
        """The two halves as one vector of length 1 [N, D + words + phrases]."""
        return functional.normalize(self._joined(features), dim=1)

    def _joined(self, features: Features) -> Tensor:
        share = self.lexical_share.sigmoid()
        return torch.cat([features[0] * (1 - share).sqrt(), features[1] * share.sqrt()], 1)

    def extra_loss(self, input_ids: Tensor, text: Features, video: Features, same: Tensor | None = None) -> Tensor:
        """The video names the caption's words: cross entropy against their weights."""
        bag = self.bag(input_ids)
        target = bag / bag.sum(1, keepdim=True).clamp(min=1e-6)
        logits = video[2].masked_fill(self.word_weight <= 0, -1e4)
        return -(target * functional.log_softmax(logits, 1)).sum(1).mean()

    def after_step(self) -> None:
        """Keep the temperature within CLIP's bound."""
        with torch.no_grad():
            self.logit_scale.clamp_(max=math.log(100))

    def save_pretrained(self, save_directory: str | Path) -> None:
        """config.json, vocabulary.json, model.safetensors and the card."""
        from safetensors.torch import save

        folder = Path(save_directory)
        with atomic_write(folder / "model.safetensors") as file:
            file.write(save({name: value.contiguous() for name, value in self.state_dict().items()}))
        write_json(folder / "vocabulary.json", self.vocabulary.words)
        write_json(folder / "config.json", asdict(self.config))
        self.save_notes(folder)

    @classmethod
    def from_pretrained(cls, folder: str | Path) -> TinyModel:
        """A folder or Hub id, in eval mode. Raises EncoderError if a file is missing or does not fit."""
        from safetensors.torch import load_file

        paths = {name: path for name in _FILES if (path := model_file(str(folder), name)) is not None}
        if missing := [name for name in _FILES if name not in paths]:
            raise EncoderError(f"{folder}: {missing[0]} is missing, so this is not a trained tiny model")
        config = TinyConfig.from_dict(read_config(paths["config.json"]), str(paths["config.json"]))
        words = read_json(paths["vocabulary.json"], error=EncoderError)
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise EncoderError(f"{paths['vocabulary.json']}: a list of words is needed")
        if len(words) + 2 != config.num_words:
            raise EncoderError(f"{paths['vocabulary.json']}: {len(words):,} words, not {config.num_words - 2:,}")
        with library_errors(str(folder), "not a tiny model that can be loaded"):
            with torch.device("meta"):  # no memory for a size that the weights do not have
                model = cls(config, Vocabulary(words, config.max_words))
            weights = load_file(paths["model.safetensors"])
            if kinds := {str(value.dtype) for name, value in weights.items()} - {"torch.float32", "torch.int64"}:
                raise EncoderError(f"{paths['model.safetensors']}: weights of {', '.join(sorted(kinds))}, not float32")
            weights.setdefault("phrases", torch.zeros(0, dtype=torch.long))  # made before it knew any
            if "stem.0.0.weight" in weights:
                raise EncoderError(f"{folder}: a tiny model of an older svta, without two streams; train it again")
            model.load_state_dict(weights, assign=True)
        model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        model.load_notes(str(folder))
        return model.eval()


def _neighbours(input_ids: Tensor, num_words: int) -> Tensor:
    """[T, W - 1]: a number for each two words beside each other, -1 where one of them is unknown or padding."""
    first, second = input_ids[:, :-1], input_ids[:, 1:]
    known = (first > UNKNOWN_ID) & (second > UNKNOWN_ID)
    return torch.where(known, first * num_words + second, -1)


def new_model(captions: Sequence[str], config: TinyConfig | None = None, *, seed: int = 0) -> TinyModel:
    """An untrained model whose vocabulary and word weights (inverse document frequency) come from training captions."""
    config = config or TinyConfig()
    vocabulary = Vocabulary.of(captions, config.max_words)
    words, most = len(vocabulary.words) + 2, config.max_share * len(captions)
    ids = vocabulary.ids(captions)
    pairs = Counter(code for row in _neighbours(ids, words).tolist() for code in set(row))
    phrases = sorted(code for code, count in pairs.items() if code >= 0 and _PHRASE_COUNT <= count <= most)
    config = TinyConfig(**{**asdict(config), "num_words": words, "num_phrases": len(phrases)})
    torch.manual_seed(seed)
    model = TinyModel(config, vocabulary)
    nn.init.normal_(model.words.weight, std=0.3)  # here, as on the meta device it imports torch's compiler: seconds
    nn.init.normal_(model.positions, std=0.02)
    model.phrases.copy_(torch.tensor(phrases, dtype=torch.long))
    documents = Counter(number for row in ids.tolist() for number in set(row))
    known = {i: n for i, n in documents.items() if i > UNKNOWN_ID and config.min_count <= n <= most}
    known |= {words + i: pairs[code] for i, code in enumerate(phrases)}
    for number, count in known.items():
        model.word_weight[number] = math.log(len(captions) / count)
    if not bool((model.word_weight > 0).any()):  # a handful of captions: every word counts
        model.word_weight[2:] = 1.0
    return model


class TinyEncoder(BaselineEncoder):
    """TinyModel as an Encoder: both halves side by side in one vector of length 1; any number and size of frames."""

    texts_at_a_time, videos_at_a_time = 512, 64
    autocast_text = False  # a table and one layer


@register_encoder(MODEL_TYPE)
def load_tiny(folder: str, *, device: torch.device | None = None, dtype: torch.dtype | None = None) -> TinyEncoder:
    """A saved tiny model as Encoder."""
    return TinyEncoder(TinyModel.from_pretrained(folder), str(folder), device, dtype)
