"""Encoder: what a video-text model has to offer, with a default for all that it may leave out; checks of what it gets.

A user's own class needs `encode_text` and `encode_video` alone; it may derive from Encoder and need not: `as_encoder`
gives the defaults to a plain object.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from svta.builder.errors import SvtaError
from svta.builder.video.frame_spec import FrameSpec, Quality
from svta.builder.video.sampling import Resize, Sampling

if TYPE_CHECKING:
    import torch

    from svta.builder.video.decoder import FrameTimes


class EncoderError(SvtaError):
    """A model folder that cannot be loaded as an encoder, or input an encoder cannot take."""


class Encoder:
    """A video-text model as evaluation uses it. `encode_text` and `encode_video` are required, all else has a default.

    name: a model folder or Hub id, by which caches know the weights; fingerprint: what names the weights where the
    folder's files do not. num_frames: None if any number is taken. image_size: side of the square frames in pixels,
    None if whole frames are taken. pools_frames: a clip's vector is the normalised mean of its frames' unit vectors.
    cpu_threads: torch threads that it gains from beside a decoder; None: all. Instructions: None if it takes none.
    """

    name: str | None = None
    fingerprint: str | None = None
    dtype: torch.dtype | None = None
    num_frames: int | None = None
    image_size: int | None = None
    sampling: Sampling = FrameSpec.sampling
    resize: Resize = FrameSpec.resize
    pools_frames: bool = False
    cpu_threads: int | None = None
    query_instruction: str | None = None
    document_instruction: str | None = None

    def encode_text(self, texts: list[str]) -> torch.Tensor:
        """float32 [T, D], L2-normalised; rows of any shape [T, ...] where `similarity` is the encoder's own."""
        raise EncoderError(f"{type(self).__name__} does not embed texts")

    def encode_video(self, pixel_values: torch.Tensor, frame_mask: torch.Tensor) -> torch.Tensor:
        """float32 [V, D], L2-normalised, of uint8 [V, F, 3, H, W] frames and their bool mask [V, F]; or [V, ...]."""
        raise EncoderError(f"{type(self).__name__} does not embed videos")

    def prepare(self, frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """uint8 [F, H, W, 3] of one clip as decoded -> uint8 [F, 3, h, w] as encode_video takes them.

        For models whose own processor resizes; it runs in the threads that decode. The size stays unless overridden.
        """
        return np.ascontiguousarray(frames.transpose(0, 3, 1, 2))

    def encode_clips(
        self, pixel_values: torch.Tensor, frame_mask: torch.Tensor, times: Sequence[FrameTimes]
    ) -> torch.Tensor:
        """`encode_video` for models that also take where each clip's frames are in time; all others leave it out."""
        return self.encode_video(pixel_values, frame_mask)

    def similarity(self, text: torch.Tensor, video: torch.Tensor) -> torch.Tensor:
        """float32 [T, V] scores of what the two methods gave: dot products unless a model scores otherwise."""
        return text @ video.T

    def pair_scores(self, texts: list[str], pixel_values: torch.Tensor, frame_mask: torch.Tensor) -> torch.Tensor:
        """float32 [P]: text p and video p scored together, for re-ranking. EncoderError where the model cannot."""
        raise EncoderError(f"{type(self).__name__} does not score pairs: re-ranking needs pair_scores")

    def score_clips(
        self, texts: list[str], pixel_values: torch.Tensor, frame_mask: torch.Tensor, times: Sequence[FrameTimes]
    ) -> torch.Tensor:
        """`pair_scores` for models that also take where the frames are in time; all others leave it out."""
        return self.pair_scores(texts, pixel_values, frame_mask)

    @property
    def embeds(self) -> bool:
        """Whether texts and videos are embedded apart; False for a model that scores pairs alone."""
        return type(self).encode_video is not Encoder.encode_video

    @property
    def dot_product(self) -> bool:
        """Whether scores are plain dot products, which are ranked without the whole [T, V] matrix."""
        return type(self).similarity is Encoder.similarity

    @property
    def scores_pairs(self) -> bool:
        """Whether `pair_scores` is the encoder's own."""
        return type(self).pair_scores is not Encoder.pair_scores

    @property
    def frame_spec(self) -> FrameSpec:
        """The frames to decode for this encoder where speed counts, with the usual values for what it leaves open."""
        usual = FrameSpec()
        return FrameSpec(
            int(self.num_frames or usual.num_frames),
            None if self.image_size is None else int(self.image_size),
            self.sampling or usual.sampling,
            self.resize or usual.resize,
        )

    def frames(self, quality: Quality = "exact") -> FrameSpec:
        """fast: `frame_spec`. exact: whole frames for an own `prepare`, else PIL's bicubic instead of libswscale."""
        if quality == "exact" and type(self).prepare is not Encoder.prepare:
            return replace(self.frame_spec, size=None)
        return self.frame_spec.with_quality(quality)

    @property
    def torch_module(self) -> torch.nn.Module | None:
        """The network behind the encoder, which `svta eval --compile` compiles; None if there is none in `model`."""
        from torch.nn import Module

        network = self if isinstance(self, Module) else vars(self).get("model")
        return network if isinstance(network, Module) else None


def as_encoder(model: object) -> Encoder:
    """`model` as an Encoder: a plain object's class gets Encoder's defaults behind its own members. EncoderError."""
    if isinstance(model, Encoder):
        return model
    own = type(model)
    try:
        model.__class__ = type(own.__name__, (own, Encoder), {"__module__": own.__module__, "__doc__": own.__doc__})
    except TypeError:
        raise EncoderError(f"{own.__name__}: an encoder has to derive from svta.eval.encoders.Encoder") from None
    return cast("Encoder", model)


def check_dtype(dtype: str | torch.dtype | None) -> torch.dtype:
    """A torch dtype for weights; float32 for None. Raises EncoderError."""
    import torch

    kind = getattr(torch, dtype, None) if isinstance(dtype, str) else dtype or torch.float32
    if kind not in (torch.float32, torch.float16, torch.bfloat16):
        raise EncoderError(f"dtype {dtype!r}: float32, float16 or bfloat16")
    return kind


def check_video(pixel_values: torch.Tensor, frame_mask: torch.Tensor) -> None:
    """EncoderError unless these are uint8 [V, F, 3, H, W] frames and a mask [V, F]."""
    import torch

    if pixel_values.ndim != 5 or pixel_values.shape[2] != 3 or pixel_values.dtype != torch.uint8:
        raise EncoderError(
            f"pixel_values: uint8 [V, F, 3, H, W] is needed, this is {pixel_values.dtype} {list(pixel_values.shape)}"
        )
    if frame_mask.shape != pixel_values.shape[:2]:
        raise EncoderError(f"frame_mask: {list(pixel_values.shape[:2])} is needed, this is {list(frame_mask.shape)}")
    if not min(pixel_values.shape):
        raise EncoderError(f"pixel_values: empty, shape {list(pixel_values.shape)}")


def check_texts(texts: Sequence[str]) -> list[str]:
    """The texts as a list; EncoderError for a bare string, for anything that is not text, and for none at all."""
    if isinstance(texts, str) or not len(texts) or not all(isinstance(text, str) for text in texts):
        raise EncoderError("texts: a list of strings is needed, one or more")
    return list(texts)
