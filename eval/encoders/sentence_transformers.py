"""sentence-transformers (5.4 and later) models that take video or frames, e.g. Qwen3-VL-Embedding, and VL rerankers.

load_encoder(FOLDER) picks this for folders with modules.json; instructions are the model's own prompts.
The package is optional: pip install sentence-transformers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor

from svta.builder.errors import MissingExtra
from svta.builder.video.decoder import FrameTimes

from .base import Encoder, EncoderError, check_texts, check_video
from .hub_files import TRUSTED, hub_options, split_revision
from .inputs import clean_text, nan_without_frames, steady_times, video_metadata
from .loading import check_model_folder, library_errors
from .registry import register_encoder

NO_LIMIT: Final = 10**6  # transformers writes 10**30 for "no limit"
BATCH: Final = 16
FPS: Final = 2.0  # the stated rate of frames whose times are not known
SAMPLED: Final = {"processing_kwargs": {"video": {"do_sample_frames": False}}}  # the frames given are those shown


@register_encoder("sentence-transformers")
class SentenceEncoder(Encoder):
    """SentenceTransformer.encode for captions and for videos, or their frames averaged where video is not taken."""

    def __init__(self, model: str, *, device: torch.device, dtype: torch.dtype):
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError:
            raise _missing() from None
        self.name, self.device = model, device
        self.model: Any = _load(SentenceTransformer, model, device, dtype)
        _limit_tokens(self.model)
        prompts: dict[str, str] = self.model.prompts or {}
        self.query_instruction, self.document_instruction = prompts.get("query", ""), prompts.get("document", "")
        self.takes_video = bool(self.model.supports("video"))
        if not self.takes_video and not self.model.supports("image"):
            raise EncoderError(f"{model}: takes {', '.join(map(str, self.model.modalities))}; video or image is needed")

    def encode_text(self, texts: list[str]) -> Tensor:
        """float32 [T, D], L2-normalised, as queries."""
        cleaned = [clean_text(text) for text in check_texts(texts)]
        return self._encode(self.model.encode_query, cleaned, self.query_instruction)

    def encode_video(self, pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
        """float32 [V, D], L2-normalised, as documents; NaN without a real frame."""
        check_video(pixel_values, frame_mask)
        return self.encode_clips(pixel_values, frame_mask, steady_times(frame_mask, FPS))

    def encode_clips(self, pixel_values: Tensor, frame_mask: Tensor, times: Sequence[FrameTimes]) -> Tensor:
        """The same with the times of the frames, which models such as Qwen3-VL write between them."""
        check_video(pixel_values, frame_mask)
        mask = frame_mask.bool().cpu()
        clips = [frames.cpu()[seen] if seen.any() else frames.cpu()[:1] for frames, seen in zip(pixel_values, mask)]
        if self.takes_video:
            document = partial(self.model.encode_document, **SAMPLED)
            vectors = self._encode(document, _videos(clips, times), self.document_instruction)
        else:
            images = [_image(frame) for clip in clips for frame in clip]
            by_frame = self._encode(self.model.encode_document, images, self.document_instruction)
            parts = by_frame.split([len(clip) for clip in clips])
            vectors = torch.nn.functional.normalize(torch.stack([part.mean(dim=0) for part in parts]), dim=-1)
        return nan_without_frames(vectors, mask)

    @staticmethod
    def _encode(encode: Callable[..., npt.ArrayLike], inputs: Sequence[object], instruction: str | None) -> Tensor:
        options: dict[str, int | bool] = {"batch_size": BATCH, "normalize_embeddings": True, "show_progress_bar": False}
        rows = encode(inputs, prompt=instruction, **options)
        return torch.from_numpy(np.asarray(rows, dtype=np.float32))


@register_encoder("cross-encoder")
class PairReranker(Encoder):
    """A sentence-transformers CrossEncoder as `pair_scores` for another encoder's top k.

    It takes text and video; or text and images, then a video's score is the mean over its real frames.
    """

    def __init__(self, model: str, *, device: torch.device | None = None, dtype: torch.dtype = torch.float32):
        try:
            from sentence_transformers import CrossEncoder
        except ImportError:
            raise _missing() from None
        self.name = model
        self.model: Any = _load(CrossEncoder, model, device or torch.device("cpu"), dtype)
        self.takes_video = bool(self.model.supports("video"))
        if not self.takes_video and not self.model.supports("image"):
            raise EncoderError(f"{model}: takes {', '.join(map(str, self.model.modalities))}; video or image is needed")

    def pair_scores(self, texts: list[str], pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
        """float32 [P] scores of text p with video p; NaN for a video without a real frame."""
        check_video(pixel_values, frame_mask)
        return self.score_clips(texts, pixel_values, frame_mask, steady_times(frame_mask, FPS))

    def score_clips(
        self, texts: list[str], pixel_values: Tensor, frame_mask: Tensor, times: Sequence[FrameTimes]
    ) -> Tensor:
        """The same with the times of the frames."""
        check_video(pixel_values, frame_mask)
        if len(check_texts(texts)) != len(pixel_values):
            raise EncoderError(f"pair_scores: {len(texts)} texts and {len(pixel_values)} videos, one to one is needed")
        mask = frame_mask.bool().cpu()
        clips = [frames.cpu()[seen] if seen.any() else frames.cpu()[:1] for frames, seen in zip(pixel_values, mask)]
        if self.takes_video:
            pairs = [(clean_text(text), video) for text, video in zip(texts, _videos(clips, times))]
            scores = self._predict(pairs, **SAMPLED)
        else:
            every = self._predict([(clean_text(t), _image(frame)) for t, clip in zip(texts, clips) for frame in clip])
            scores = torch.stack([part.mean() for part in every.split([len(clip) for clip in clips])])
        return nan_without_frames(scores, mask)

    def _predict(self, pairs: Sequence[object], **options: Any) -> Tensor:
        scores = self.model.predict(pairs, batch_size=BATCH, show_progress_bar=False, **options)
        return torch.from_numpy(np.asarray(scores, dtype=np.float32)).reshape(len(pairs))


def _load(model_class: Any, model: str, device: torch.device, dtype: torch.dtype) -> Any:
    """A sentence-transformers model of a folder or Hub id. Raises EncoderError."""
    check_model_folder(model)
    with library_errors(model, code_option="--trust-remote-code"):
        return model_class(
            split_revision(model)[0],
            device=str(device),
            model_kwargs={"dtype": dtype},
            trust_remote_code=TRUSTED.get(),
            **hub_options(model),
        )


def _limit_tokens(model: Any) -> None:
    """Cut captions at the positions a text tower has, where the tokenizer that came with it names no limit."""
    tokenizer = getattr(model, "tokenizer", None)
    if getattr(tokenizer, "model_max_length", 0) <= NO_LIMIT:
        return
    config = getattr(getattr(model[0], "auto_model", None), "config", None)
    positions = getattr(getattr(config, "text_config", config), "max_position_embeddings", None)
    if isinstance(positions, int):
        model.max_seq_length = positions


def _videos(clips: list[Tensor], times: Sequence[FrameTimes]) -> list[dict[str, object]]:
    """Videos as sentence-transformers takes them: the frames shown, and where they are in their video."""
    return [{"video": {"array": c.numpy(), "video_metadata": video_metadata(t, FPS)}} for c, t in zip(clips, times)]


def _image(frame: Tensor) -> Image.Image:
    return Image.fromarray(frame.permute(1, 2, 0).contiguous().numpy())


def _missing() -> MissingExtra:
    return MissingExtra("sentence-transformers", "sentence")
