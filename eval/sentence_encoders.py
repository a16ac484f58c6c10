"""sentence-transformers (5.4 and later) models that take video or frames, e.g. Qwen3-VL-Embedding, and VL rerankers.

load_encoder(FOLDER) picks this for folders with modules.json; instructions are the model's own prompts.
The package is optional: pip install sentence-transformers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from svta.builder.errors import MissingExtra

from .encoders import EncoderError, check_texts, check_video, register_encoder, split_revision
from .model_parts import clean_text, nan_without_frames

BATCH: Final = 16


@register_encoder("sentence-transformers")
class SentenceEncoder:
    """SentenceTransformer.encode for captions and for videos, or their frames averaged where video is not taken."""

    def __init__(self, model: str, *, device: torch.device, dtype: torch.dtype):
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError:
            raise _missing() from None
        self.name, self.device = model, device
        repo_id, revision = split_revision(model)
        self.model: Any = SentenceTransformer(
            repo_id, revision=revision, device=str(device), model_kwargs={"dtype": dtype}
        )
        prompts: dict[str, str] = getattr(self.model, "prompts", None) or {}
        self.query_instruction, self.document_instruction = prompts.get("query", ""), prompts.get("document", "")
        self.takes_video = bool(self.model.supports("video"))
        if not self.takes_video and not self.model.supports("image"):
            raise EncoderError(f"{model}: takes {', '.join(self.model.modalities)}; video or image is needed")

    def encode_text(self, texts: list[str]) -> Tensor:
        """float32 [T, D], L2-normalised, as queries."""
        cleaned = [clean_text(text) for text in check_texts(texts)]
        return self._encode(self.model.encode_query, cleaned)

    def encode_video(self, pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
        """float32 [V, D], L2-normalised, as documents; NaN without a real frame."""
        check_video(pixel_values, frame_mask)
        mask = frame_mask.bool().cpu()
        clips = [frames.cpu()[seen] if seen.any() else frames.cpu()[:1] for frames, seen in zip(pixel_values, mask)]
        if self.takes_video:
            found = self._encode(self.model.encode_document, [{"video": clip.numpy()} for clip in clips])
        else:
            images = [_image(frame) for clip in clips for frame in clip]
            vectors = self._encode(self.model.encode_document, images)
            parts = vectors.split([len(clip) for clip in clips])
            found = torch.nn.functional.normalize(torch.stack([part.mean(dim=0) for part in parts]), dim=-1)
        return nan_without_frames(found, mask)

    @staticmethod
    def _encode(encode: Callable[..., Any], inputs: list[Any]) -> Tensor:
        found = encode(inputs, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False)
        return torch.from_numpy(np.asarray(found, dtype=np.float32))


class PairReranker:
    """A sentence-transformers CrossEncoder that takes text and video, as `pair_scores` for another encoder's top k."""

    def __init__(self, model: str, *, device: torch.device | None = None):
        try:
            from sentence_transformers import CrossEncoder
        except ImportError:
            raise _missing() from None
        self.name = model
        repo_id, revision = split_revision(model)
        self.model: Any = CrossEncoder(repo_id, revision=revision, device=str(device or "cpu"))

    def pair_scores(self, texts: list[str], pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
        """float32 [P] scores of text p with video p; NaN for a video without a real frame."""
        check_video(pixel_values, frame_mask)
        if len(check_texts(texts)) != len(pixel_values):
            raise EncoderError(f"pair_scores: {len(texts)} texts and {len(pixel_values)} videos, one to one is needed")
        mask = frame_mask.bool().cpu()
        clips = [frames.cpu()[seen] if seen.any() else frames.cpu()[:1] for frames, seen in zip(pixel_values, mask)]
        pairs = [(clean_text(text), {"video": clip.numpy()}) for text, clip in zip(texts, clips)]
        scores = self.model.predict(pairs, batch_size=BATCH, show_progress_bar=False)
        return nan_without_frames(torch.as_tensor(np.asarray(scores, dtype=np.float32)), mask)


def _image(frame: Tensor) -> Image.Image:
    return Image.fromarray(frame.permute(1, 2, 0).contiguous().numpy())


def _missing() -> MissingExtra:
    error = MissingExtra("sentence-transformers", "eval")
    error.args = ("sentence-transformers is not installed: pip install 'sentence-transformers>=5.4'",)
    return error
