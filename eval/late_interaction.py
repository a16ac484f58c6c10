"""ColModernVBert: every token of a caption seeks its best token among all frames (late interaction).

encoder = load_encoder("ModernVBERT/colmodernvbert-merged")
encoder.similarity(encoder.encode_text(texts), encoder.encode_video(pixel_values, frame_mask))   # [T, V]
"""

from __future__ import annotations

from typing import Any, Final

import torch
from PIL import Image
from torch import Tensor

from .encoders import EncoderError, register_encoder, split_revision
from .model_parts import clean_text, load_model, nan_without_frames, text_batches, video_batches

TEXTS_AT_A_TIME: Final = 32
SCORED_AT_A_TIME: Final = 16


@register_encoder("colmodernvbert")
class ColModernVBertEncoder:
    """A frame is a document image of the model's own processor, not split into tiles; zero rows are padding."""

    query_instruction = ""

    def __init__(self, model: str, *, device: torch.device, dtype: torch.dtype):
        from transformers import ColModernVBertForRetrieval, ColModernVBertProcessor

        self.name, self.device, self.dtype = model, device, dtype
        self.model = load_model(ColModernVBertForRetrieval, model, device, dtype)
        repo_id, revision = split_revision(model)
        try:
            self.processor: Any = ColModernVBertProcessor.from_pretrained(repo_id, revision=revision or "main")
        except (OSError, ValueError, ImportError) as error:
            raise EncoderError(f"{model}: no processor: {str(error).strip().splitlines()[0][:200]}") from None
        self.image_size = int(self.model.config.vlm_config.vision_config.image_size)
        self.query_instruction = self.processor.query_prefix
        vision, factor = self.model.config.vlm_config.vision_config, self.model.config.vlm_config.pixel_shuffle_factor
        self.processor.image_seq_len = (vision.image_size // vision.patch_size) ** 2 // factor**2

    @torch.inference_mode()
    def encode_text(self, texts: list[str]) -> Tensor:
        """float32 [T, L, D], unit token vectors, zero where padded; for `similarity`."""
        found = []
        for batch in text_batches(texts, TEXTS_AT_A_TIME):
            tokens = self.processor.process_queries([clean_text(text) for text in batch], return_tensors="pt")
            limit = self.model.config.get_text_config().max_position_embeddings
            inputs = {k: tokens[k][:, :limit].to(self.device) for k in ("input_ids", "attention_mask")}
            found.append(self.model(**inputs).embeddings.float().cpu())
        return _padded(found)

    @torch.inference_mode()
    def encode_video(self, pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
        """float32 [V, F * L, D], unit token vectors of all frames, zero where a frame is missing; for `similarity`."""
        found = []
        for frames, mask in video_batches(pixel_values, frame_mask):
            images = [Image.fromarray(frame.permute(1, 2, 0).numpy()) for frame in frames.flatten(0, 1).cpu()]
            side = {"longest_edge": self.image_size}
            inputs = self.processor.process_images(
                images, return_tensors="pt", do_image_splitting=False, size=side, max_image_size=side
            )
            inputs = {k: v.to(self.device) for k, v in inputs.items() if k not in ("rows", "cols")}
            inputs["pixel_values"] = inputs["pixel_values"].to(self.dtype)
            tokens = self.model(**inputs).embeddings.float().cpu().unflatten(0, mask.shape)
            tokens = tokens * mask.cpu()[..., None, None]
            found.append(nan_without_frames(tokens.flatten(1, 2), mask))
        return _padded(found)

    def similarity(self, text: Tensor, video: Tensor) -> Tensor:
        """float32 [T, V]: the sum over a caption's tokens of the best match among a video's tokens, in blocks."""
        rows = []
        for some in text.split(SCORED_AT_A_TIME):
            rows.append(torch.cat([_best_matches(some, part) for part in video.split(SCORED_AT_A_TIME)], dim=1))
        return torch.cat(rows)


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
