"""Video-text models of Transformers: XCLIP (Microsoft's), VideoPrism-CLIP, PE-Video and PE-AudioVideo (without audio).

load_encoder("google/videoprism-lvt-base-f16r288").encode_video(pixel_values, frame_mask)   # float32 [V, 768]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from .base import Encoder, EncoderError
from .hub_files import hub_options, model_file, split_revision
from .inputs import (
    clean_text,
    load_model,
    load_tokenizer,
    nan_without_frames,
    pooled,
    resample_frames,
    side_of,
    text_batches,
    tokenise,
    unit,
    video_batches,
)
from .loading import NO_CODE, library_errors, read_config
from .pixels import Bytes, Pixels, cropped, load_pixels, squashed
from .registry import register_encoder

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase


class VideoEncoder(Encoder):
    """The loop around one model; subclasses say how a batch of captions and of videos becomes features."""

    dtype: torch.dtype
    lower = entities = False
    padding: bool | str = True
    positions = 77

    def __init__(self, name: str, model: Any, tokenizer: PreTrainedTokenizerBase, pixels: Pixels, image_size: int):
        self.name, self.model, self.tokenizer, self.pixels = name, model, tokenizer, pixels
        self.image_size, self.resize = pixels.decode_size or image_size, pixels.resize
        self.device, self.dtype = model.device, model.dtype

    def prepare(self, frames: Bytes) -> Bytes:
        """Resized and cropped as the model's own processor does."""
        return self.pixels.prepare(frames)

    @torch.inference_mode()
    def encode_text(self, texts: list[str]) -> Tensor:
        """float32 [T, D], L2-normalised."""
        parts = []
        for batch in text_batches(texts):
            cleaned = [clean_text(text, lower=self.lower, entities=self.entities) for text in batch]
            tokens = tokenise(
                self.tokenizer, cleaned, positions=self.positions, padding=self.padding, device=self.device
            )
            parts.append(unit(self.text_features(tokens)))
        return torch.cat(parts)

    @torch.inference_mode()
    def encode_video(self, pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
        """float32 [V, D], L2-normalised; NaN without a real frame."""
        parts = []
        for frames, mask in video_batches(pixel_values, frame_mask):
            if self.num_frames is not None:
                frames = resample_frames(frames, mask, self.num_frames)
            pixels = self.pixels(frames.to(self.device), self.dtype)
            parts.append(nan_without_frames(unit(self.video_features(pixels, mask.to(self.device))), mask))
        return torch.cat(parts)

    def text_features(self, tokens: dict[str, Tensor]) -> Tensor:
        """[T, D] of input_ids and attention_mask."""
        return pooled(self.model.get_text_features(**tokens))

    def video_features(self, pixels: Tensor, mask: Tensor) -> Tensor:
        """[V, D] of float [V, F, 3, h, w]."""
        return pooled(self.model.get_video_features(pixels))


@register_encoder("xclip")
class XClipEncoder(VideoEncoder):
    """Microsoft's X-CLIP: as many frames as its positions, captions without the video-specific prompt."""

    lower = entities = True

    def __init__(self, model: str, *, device: torch.device, dtype: torch.dtype):
        from transformers import XCLIPModel

        loaded = load_model(XCLIPModel, model, device, dtype)
        vision = loaded.config.vision_config
        side = side_of(vision.image_size)
        super().__init__(model, loaded, load_tokenizer(model), load_pixels(model, cropped(side)), side)
        self.num_frames = int(vision.num_frames)
        self.positions = loaded.config.text_config.max_position_embeddings


@register_encoder("videoprism")
class VideoPrismEncoder(VideoEncoder):
    """VideoPrism's video-text model: 0 to 1 without normalising, captions padded to full length."""

    padding = "max_length"

    def __init__(self, model: str, *, device: torch.device, dtype: torch.dtype):
        from transformers import VideoPrismClipModel

        loaded = load_model(VideoPrismClipModel, model, device, dtype)
        vision = loaded.config.vision_config
        side = side_of(vision.image_size)
        pixels = load_pixels(model, squashed(side, do_normalize=False), video=True)
        super().__init__(model, loaded, load_tokenizer(model), pixels, side)
        self.num_frames = int(vision.num_frames)
        self.positions = loaded.config.text_config.max_position_embeddings

    def video_features(self, pixels: Tensor, mask: Tensor) -> Tensor:
        return pooled(self.model.get_video_features(pixel_values_videos=pixels)).flatten(1)


@register_encoder("pe_video", "pe_audio_video")
class PeVideoEncoder(VideoEncoder):
    """PE-Video, and the video half of PE-AudioVideo: SVTA has no sound. Its frame tower needs the package timm."""

    positions = 512

    def __init__(self, model: str, *, device: torch.device, dtype: torch.dtype):
        from transformers import PeAudioVideoModel, PeVideoModel

        config, model_class = pe_config(model)
        whole = load_model(model_class, model, device, dtype, config=config)
        loaded = whole.video_model if model_class is PeAudioVideoModel else whole
        assert isinstance(loaded, PeVideoModel)
        video: Any = loaded.config.video_config
        vision = video.vision_config
        side = side_of(getattr(vision, "image_size", None) or 336)
        pixels = load_pixels(model, squashed(side, resample=2), video=True)
        super().__init__(model, loaded, load_tokenizer(model), pixels, side)

    def text_features(self, tokens: dict[str, Tensor]) -> Tensor:
        states = self.model.text_model(**tokens, output_hidden_states=True).hidden_states[-1]
        return self.model.text_video_head(states[:, 0])

    def video_features(self, pixels: Tensor, mask: Tensor) -> Tensor:
        seen = mask | ~mask.any(dim=1, keepdim=True)  # attention needs one frame; the row becomes NaN afterwards
        states = self.model.video_encoder(pixel_values_videos=pixels, padding_mask_videos=seen)
        return self.model.video_head(states.pooler_output)


def pe_config(model: str) -> tuple[PretrainedConfig, type[PreTrainedModel]]:
    """(configuration, class) of a PE folder; a frame tower outside timm keeps its own class."""
    from transformers import AutoConfig, PeAudioVideoModel, PeVideoModel

    path = model_file(model, "config.json")
    if path is None:
        raise EncoderError(f"{model}: no config.json")
    raw = read_config(path)
    both = raw.get("model_type") == "pe_audio_video"
    with library_errors(model):
        config = AutoConfig.from_pretrained(split_revision(model)[0], **hub_options(model), **NO_CODE)
        video = config.audio_video_config.video_config if both else config.video_config
        raw_video = raw["audio_video_config"]["video_config"] if both else raw["video_config"]
        vision = dict(raw_video.get("vision_config") or {})
        kind = vision.pop("model_type", "timm_wrapper")
        if kind != "timm_wrapper":
            video.vision_config = AutoConfig.for_model(kind, **vision)
    return config, PeAudioVideoModel if both else PeVideoModel
