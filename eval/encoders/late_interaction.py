"""Late interaction: ColModernVBert, ColPali, ColQwen2. Every token of a caption seeks its best token among all frames.

encoder = load_encoder("ModernVBERT/colmodernvbert-merged")
encoder.similarity(encoder.encode_text(texts), encoder.encode_video(pixel_values, frame_mask))   # [T, V]
"""

from __future__ import annotations

from typing import Any, Final

import torch
from PIL import Image
from torch import Tensor

from .base import Encoder
from .hub_files import hub_options, split_revision
from .inputs import MAX_TOKENS, clean_text, load_model, nan_without_frames, text_batches, video_batches
from .loading import NO_CODE, library_errors
from .registry import register_encoder

TEXTS_AT_A_TIME: Final = 32
SCORED_AT_A_TIME: Final = 16


class LateEncoder(Encoder):
    """A whole frame is a document image of the model's own processor; zero rows are padding."""

    model_class = processor_class = ""

    def __init__(self, model: str, *, device: torch.device, dtype: torch.dtype):
        import transformers

        self.name, self.device, self.dtype = model, device, dtype
        self.model = load_model(getattr(transformers, self.model_class), model, device, dtype)
        processor_class = getattr(transformers, self.processor_class)
        with library_errors(model, "no processor"):
            self.processor: Any = processor_class.from_pretrained(
                split_revision(model)[0], **hub_options(model), **NO_CODE
            )

    @property
    def query_instruction(self) -> str:
        """What is before every caption; the model's own prefix unless it was set."""
        return str(self.processor.query_prefix)

    @query_instruction.setter
    def query_instruction(self, text: str) -> None:
        self.processor.query_prefix = text

    @torch.inference_mode()
    def encode_text(self, texts: list[str]) -> Tensor:
        """float32 [T, L, D], unit token vectors, zero where padded; for `similarity`."""
        limit = min(int(self.model.config.get_text_config().max_position_embeddings), MAX_TOKENS)
        parts = []
        for batch in text_batches(texts, TEXTS_AT_A_TIME):
            cleaned = [clean_text(text) for text in batch]
            tokens = self.processor.process_queries(cleaned, return_tensors="pt", truncation=True, max_length=limit)
            inputs = {name: tokens[name].to(self.device) for name in ("input_ids", "attention_mask")}
            parts.append(self.model(**inputs).embeddings.float().cpu())
        return _padded(parts)

    @torch.inference_mode()
    def encode_video(self, pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
        """float32 [V, F * L, D], unit token vectors of all frames, zero where a frame is missing; for `similarity`."""
        parts = []
        for frames, mask in video_batches(pixel_values, frame_mask):
            images = [Image.fromarray(frame.permute(1, 2, 0).numpy()) for frame in frames.flatten(0, 1).cpu()]
            given = self.processor.process_images(images, return_tensors="pt")
            inputs = {k: v.to(self.device) for k, v in given.items() if k not in ("rows", "cols", "labels")}
            inputs["pixel_values"] = inputs["pixel_values"].to(self.dtype)
            tokens = self.model(**inputs).embeddings.float().cpu().unflatten(0, mask.shape)
            tokens = tokens * mask.cpu()[..., None, None]
            parts.append(nan_without_frames(tokens.flatten(1, 2), mask))
        return _padded(parts)

    def similarity(self, text: Tensor, video: Tensor) -> Tensor:
        """float32 [T, V]: the sum over a caption's tokens of the best match among a video's tokens, in blocks."""
        rows = []
        for some in text.split(SCORED_AT_A_TIME):
            rows.append(torch.cat([_best_matches(some, part) for part in video.split(SCORED_AT_A_TIME)], dim=1))
        return torch.cat(rows)


@register_encoder("colmodernvbert")
class ColModernVBertEncoder(LateEncoder):
    """ColModernVBert; whether frames are split into tiles is for its processor to say."""

    model_class, processor_class = "ColModernVBertForRetrieval", "ColModernVBertProcessor"

    def __init__(self, model: str, *, device: torch.device, dtype: torch.dtype):
        super().__init__(model, device=device, dtype=dtype)
        vision, factor = self.model.config.vlm_config.vision_config, self.model.config.vlm_config.pixel_shuffle_factor
        self.processor.image_seq_len = (vision.image_size // vision.patch_size) ** 2 // factor**2


@register_encoder("colpali")
class ColPaliEncoder(LateEncoder):
    """ColPali: PaliGemma at its own side."""

    model_class, processor_class = "ColPaliForRetrieval", "ColPaliProcessor"


@register_encoder("colqwen2")
class ColQwen2Encoder(LateEncoder):
    """ColQwen2: Qwen2-VL, which takes frames of any size."""

    model_class, processor_class = "ColQwen2ForRetrieval", "ColQwen2Processor"


def _best_matches(text: Tensor, video: Tensor) -> Tensor:
    scores = torch.einsum("tld,vmd->tvlm", text, video)
    padded = (video == 0).all(dim=-1)  # a zero row would otherwise beat every negative match
    return (
        scores.masked_fill(padded[None, :, None], -torch.inf)
        .amax(dim=-1)
        .masked_fill((text == 0).all(dim=-1)[:, None], 0)
        .sum(dim=-1)
    )


def _padded(parts: list[Tensor]) -> Tensor:
    length = max(part.shape[1] for part in parts)
    return torch.cat([torch.nn.functional.pad(part, (0, 0, 0, length - part.shape[1])) for part in parts])
