"""BLIP-2's image-text retrieval model: contrastive scores of query tokens, and its matching head for re-ranking.

encoder = load_encoder("Salesforce/blip2-itm-vit-g")
encoder.similarity(encoder.encode_text(texts), encoder.encode_video(pixel_values, frame_mask))   # [T, V]
encoder.pair_scores(texts, pixel_values, frame_mask)                                              # [P], text p, video p
"""

from __future__ import annotations

import torch
from torch import Tensor

from .base import Encoder, EncoderError, check_texts, check_video
from .inputs import (
    TEXTS_AT_A_TIME,
    clean_text,
    load_model,
    load_tokenizer,
    nan_without_frames,
    side_of,
    text_batches,
    tokenise,
    unit,
    video_batches,
)
from .pixels import CLIP_MEAN, CLIP_STD, Bytes, load_pixels, squashed
from .registry import register_encoder

VIDEOS_AT_A_TIME = 256


@register_encoder("blip-2", "blip_2")
class Blip2Encoder(Encoder):
    """A frame's score is its best query token's; a video's is the mean over its real frames."""

    dtype: torch.dtype

    def __init__(self, model: str, *, device: torch.device, dtype: torch.dtype):
        from transformers import Blip2ForImageTextRetrieval

        self.name, self.device, self.dtype = model, device, dtype
        self.model = load_model(Blip2ForImageTextRetrieval, model, device, dtype)
        self.tokenizer = load_tokenizer(model)
        side = side_of(self.model.config.vision_config.image_size)
        clip = {"image_mean": list(CLIP_MEAN), "image_std": list(CLIP_STD)}
        self.pixels = load_pixels(model, {**squashed(side), **clip})
        self.image_size, self.resize = self.pixels.decode_size or side, self.pixels.resize
        self.positions = int(self.model.config.qformer_config.max_position_embeddings)

    def prepare(self, frames: Bytes) -> Bytes:
        """Resized as the model's own processor does."""
        return self.pixels.prepare(frames)

    def _tokens(self, texts: list[str]) -> dict[str, Tensor]:
        cleaned = [clean_text(text) for text in texts]
        return tokenise(self.tokenizer, cleaned, positions=self.positions, device=self.device)

    @torch.inference_mode()
    def encode_text(self, texts: list[str]) -> Tensor:
        """float32 [T, D], L2-normalised."""
        parts = []
        for batch in text_batches(texts):
            tokens = self._tokens(batch)
            embeddings = self.model.embeddings(input_ids=tokens["input_ids"])
            states = self.model.qformer(
                query_embeds=embeddings, query_length=0, attention_mask=tokens["attention_mask"], return_dict=True
            ).last_hidden_state
            parts.append(unit(self.model.text_projection(states[:, 0].to(self.model.text_projection.weight.dtype))))
        return torch.cat(parts)

    @torch.inference_mode()
    def encode_video(self, pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
        """float32 [V, F, Q, D], unit query tokens of every frame, zero for missing frames; for `similarity`."""
        parts = []
        for frames, mask in video_batches(pixel_values, frame_mask):
            images = self._images(frames.flatten(0, 1))
            queries = self.model.query_tokens.expand(len(images), -1, -1)
            states = self.model.qformer(
                query_embeds=queries, encoder_hidden_states=images, return_dict=True
            ).last_hidden_state
            tokens = unit(self.model.vision_projection(states.to(self.model.vision_projection.weight.dtype)))
            tokens = tokens.unflatten(0, mask.shape) * mask.cpu()[..., None, None]
            parts.append(nan_without_frames(tokens, mask))
        return torch.cat(parts)

    def _images(self, frames: Tensor) -> Tensor:
        pixels = self.pixels(frames.to(self.device), self.dtype)
        return self.model.vision_model(pixel_values=pixels, return_dict=True).last_hidden_state

    def similarity(self, text: Tensor, video: Tensor) -> Tensor:
        """float32 [T, V] of what encode_text and encode_video gave, in blocks."""
        columns = []
        for part in video.split(VIDEOS_AT_A_TIME):
            real = (part != 0).any(dim=-1).any(dim=-1)  # [V, F]; NaN counts as real and stays NaN
            rows = []
            for some in text.split(TEXTS_AT_A_TIME):
                best = torch.einsum("td,vfqd->tvfq", some, part).amax(dim=-1)
                rows.append(best.masked_fill(~real, 0).sum(dim=-1) / real.sum(dim=-1).clamp(min=1))
            columns.append(torch.cat(rows))
        return torch.cat(columns, dim=1)

    @torch.inference_mode()
    def pair_scores(self, texts: list[str], pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
        """float32 [P]: the matching head's probability for text p and video p, mean over the real frames."""
        check_video(pixel_values, frame_mask)
        if len(check_texts(texts)) != len(pixel_values):
            raise EncoderError(f"pair_scores: {len(texts)} texts and {len(pixel_values)} videos, one to one is needed")
        parts = []
        for row, (frames, mask) in enumerate(zip(pixel_values, frame_mask.bool())):
            real = frames[mask]
            if not len(real):
                parts.append(torch.tensor(float("nan")))
                continue
            tokens = self._tokens([texts[row]] * len(real))
            logits = self._match(self._images(real), **tokens)
            parts.append(logits.float().softmax(dim=1)[:, 1].mean().cpu())
        return torch.stack(parts)

    def _match(self, images: Tensor, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        queries = self.model.query_tokens.expand(len(images), -1, -1)
        embeddings = self.model.embeddings(input_ids=input_ids, query_embeds=queries)
        mask = torch.cat((attention_mask.new_ones(queries.shape[:2]), attention_mask), dim=1)
        states = self.model.qformer(
            query_embeds=embeddings,
            query_length=queries.shape[1],
            attention_mask=mask,
            encoder_hidden_states=images,
            return_dict=True,
        ).last_hidden_state
        head = self.model.itm_head
        return head(states[:, : queries.shape[1]].to(head.weight.dtype)).mean(dim=1)
