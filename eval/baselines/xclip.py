"""X-CLIP (Ma et al. 2022, the retrieval model, not Microsoft's) on CLIPModel: similarity at four grains.

model = XClip.from_pretrained(DIR)   # or from_official_state_dict("xclip", ...), or official.from_clip(...)
model.similarity(input_ids, pixel_values, frame_mask)   # [T, V] logits, in blocks
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

import torch
from torch import Tensor, nn

from svta.builder.io.parallel import thread_pool
from svta.eval.encoders.registry import register_classes, register_encoder
from svta.eval.metrics.rank_counts import MOST_THREADS

from .clip_backbone import BaselineConfig, ClipBaseline
from .encoder import ScoringEncoder
from .kinds import BaselineError
from .model import RetrievalProcessor
from .temporal import unit
from .trainable import Features, Shapes

TEMPERATURE: Final = 0.01
BLOCK_TEXTS: Final = 16
BLOCK_VIDEOS: Final = 64


class XClipConfig(BaselineConfig):
    """Configuration of XClip; its matrices tie a checkpoint to max_words and max_frames."""

    model_type: ClassVar[str] = "svta_xclip"


class XClip(ClipBaseline):
    """X-CLIP with a meanP, seqLSTM or seqTransf temporal head (all official scripts use seqTransf)."""

    config_class = XClipConfig

    def __init__(self, config: XClipConfig):
        super().__init__(config)
        if config.head == "tightTransf":
            raise BaselineError("xclip has no head tightTransf: meanP, seqLSTM or seqTransf")
        width, words, frames = config.clip_config.projection_dim, config.max_words, config.max_frames
        self.global_mat_weight = nn.Parameter(torch.eye(width))
        self.local_mat_weight = nn.Parameter(torch.eye(width))
        self.word_logit_weight = nn.Parameter(torch.eye(words))
        self.word_mat_weight = nn.Parameter(torch.eye(words))
        self.word_mat_weight2 = nn.Parameter(torch.eye(words))
        self.frame_logit_weight = nn.Parameter(torch.eye(frames))
        self.frame_mat_weight = nn.Parameter(torch.eye(frames))
        self.frame_mat_weight2 = nn.Parameter(torch.eye(frames))
        self.post_init()

    def text_features(self, input_ids: Tensor) -> Features:
        """[T, W] -> ([T, D], [T, W, D]) unit vectors: the sentence, and every token, padding included."""
        if input_ids.shape[-1] != self.config.max_words:
            raise BaselineError(
                f"input_ids: this checkpoint takes {self.config.max_words} words, not {input_ids.shape[-1]}"
            )
        words = self.words(input_ids)
        return unit(self.sentences(input_ids, words)), unit(words)

    def video_features(self, pixel_values: Tensor, frame_mask: Tensor) -> Features:
        """[V, F, 3, H, W] -> ([V, D], [V, F, D]) unit vectors: the pooled temporal frames, and the frames before that.

        Padded words and padded frames take part in the attention, as officially; only the pooled video is masked.
        """
        if pixel_values.ndim == 5 and pixel_values.shape[1] != self.config.max_frames:
            raise BaselineError(
                f"pixel_values: this checkpoint takes {self.config.max_frames} frames, not {pixel_values.shape[1]}"
            )
        frames = self.frames(pixel_values, frame_mask)
        return self.video_vectors(frames, frame_mask), unit(frames)

    def score(self, text: Features, video: Features, *, block: int | None = BLOCK_VIDEOS) -> Tensor:
        """[T, V] logits of what text_features and video_features give; block=None makes them in one piece.

        2,000 x 2,000 in blocks of 16 x 64: 1.4 to 2 x its frame-word product alone (benchmarks/metrics.py).
        """
        (sentence, words), frames = text, video[1]
        coarse_text = sentence, words, sentence @ self.global_mat_weight
        turned = (words @ self.local_mat_weight,)
        if block is None:
            logits = self._coarse(*coarse_text, *video) + self._frame_word(*turned, frames)
        else:
            logits = in_blocks(self._coarse, coarse_text, video, BLOCK_TEXTS, 16 * block)
            logits = logits + in_blocks(self._frame_word, turned, (frames,), BLOCK_TEXTS, block)
        return self.clip.logit_scale.exp() * logits / 4

    def _coarse(self, sentence: Tensor, words: Tensor, turned: Tensor, pooled: Tensor, frames: Tensor) -> Tensor:
        video_word = focus((words @ pooled.T).transpose(1, 2), self.word_logit_weight)
        by_frame = (sentence @ frames.flatten(0, 1).T).unflatten(1, frames.shape[:2])
        return turned @ pooled.T + video_word + focus(by_frame, self.frame_logit_weight)

    def _frame_word(self, words: Tensor, frames: Tensor) -> Tensor:
        num_texts, num_words, num_videos, num_frames = *words.shape[:2], *frames.shape[:2]
        scores = words.flatten(0, 1) @ frames.flatten(0, 1).T  # [T * W, V * F]
        # the reduced axis in the middle and a long one behind it: batched products stay large and softmax vectorises
        by_word = scores.view(num_texts, num_words, num_videos * num_frames)
        by_frame = scores.T.contiguous().view(num_videos, num_frames, num_texts * num_words)
        of_frames = focus_middle(by_word, self.word_mat_weight).view(num_texts, num_videos, num_frames)
        of_words = focus_middle(by_frame, self.frame_mat_weight).view(num_videos, num_texts, num_words).transpose(0, 1)
        return (focus(of_frames, self.frame_mat_weight2) + focus(of_words, self.word_mat_weight2)) / 2

    @property
    def feature_shapes(self) -> tuple[Shapes, Shapes]:
        """Sentence and words; pooled video and frames."""
        width = self.config.clip_config.projection_dim
        return [(width,), (self.config.max_words, width)], [(width,), (self.config.max_frames, width)]


@register_encoder(XClipConfig.model_type)
def load_xclip(folder: str, *, device: torch.device | None = None, dtype: torch.dtype | None = None) -> ScoringEncoder:
    """A saved XClip as Encoder."""
    return ScoringEncoder(XClip.from_pretrained(folder), str(folder), device, dtype)


def in_blocks(grain: Callable[..., Tensor], text: Features, video: Features, texts: int, videos: int) -> Tensor:
    """`grain(*text, *video)` [T, V], `texts` x `videos` at a time; on a CPU each thread makes rows of its own.

    Blocks are small: threads that share one wait for each other longer than they work.
    """
    columns = list(zip(*(part.split(videos) for part in video)))

    def row(block: tuple[Tensor, ...]) -> Tensor:
        return torch.cat([grain(*block, *column) for column in columns], dim=1)

    def alone(block: tuple[Tensor, ...]) -> Tensor:
        with torch.no_grad():  # a thread starts with gradients
            return row(block)

    rows, threads = list(zip(*(part.split(texts) for part in text))), torch.get_num_threads()
    whole = torch.is_grad_enabled() or torch.is_autocast_enabled("cpu")  # both belong to this thread
    if threads == 1 or len(rows) == 1 or whole or text[0].device.type != "cpu":
        return torch.cat([row(block) for block in rows])
    torch.set_num_threads(1)  # threads that start now take this number
    try:
        with thread_pool(min(threads, MOST_THREADS)) as pool:
            return torch.cat(list(pool.map(alone, rows)))
    finally:
        torch.set_num_threads(threads)


def focus(scores: Tensor, matrix: Tensor) -> Tensor:
    """sum_n (softmax(scores / .01) @ matrix) * scores over the last axis, [..., N] -> [...]."""
    return ((scores / TEMPERATURE).softmax(dim=-1) @ matrix * scores).sum(dim=-1)


def focus_middle(scores: Tensor, matrix: Tensor) -> Tensor:
    """The same over the middle axis, [B, N, M] -> [B, M]."""
    weights = torch.bmm(matrix.T.expand(len(scores), -1, -1), (scores / TEMPERATURE).softmax(dim=1))  # @ would copy
    return (weights * scores).sum(dim=1)


register_classes(XClipConfig, XClip, RetrievalProcessor)
