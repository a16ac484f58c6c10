"""Encoder: what a video-text model has to offer, and checks of what it gives."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import torch


from svta.builder.errors import SvtaError


@runtime_checkable
class Encoder(Protocol):
    """What evaluation needs of a model. Two methods are required; everything below them is optional.

    Optional attributes, read with getattr: `image_size` (int, frames are decoded at this size), `sampling`, `resize`,
    `num_frames` (int, a model that takes no other number), `query_instruction` / `document_instruction`, `name`.
    Optional methods: `similarity(text, video) -> float32 [T, V]` scores what the two methods return where a dot product
    does not (their outputs may then have any shape [T, ...], [V, ...]); `pair_scores(texts, pixel_values, frame_mask)
    -> float32 [P]` scores text p against video p together, for re-ranking.
    """

    def encode_text(self, texts: list[str]) -> torch.Tensor:
        """float32 [T, D], L2-normalised."""
        ...

    def encode_video(self, pixel_values: torch.Tensor, frame_mask: torch.Tensor) -> torch.Tensor:
        """float32 [V, D], L2-normalised, of uint8 [V, F, 3, H, W] frames and their bool mask [V, F]."""
        ...


def default_device() -> str:
    """cuda where there is one, in a launch of several processes the one of this process; else cpu."""
    import torch

    if not torch.cuda.is_available():
        return "cpu"
    return f"cuda:{int(os.environ.get('LOCAL_RANK', '0')) % torch.cuda.device_count()}"


def check_dtype(dtype: str | torch.dtype | None) -> torch.dtype:
    """A torch dtype for weights; float32 for None. Raises EncoderError."""
    import torch

    kind = getattr(torch, dtype, None) if isinstance(dtype, str) else dtype or torch.float32
    if kind not in (torch.float32, torch.float16, torch.bfloat16):
        raise EncoderError(f"dtype {dtype!r}: float32, float16 or bfloat16")
    return kind  # type: ignore[return-value]


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
        raise EncoderError(f"pixel_values: nothing in them, shape {list(pixel_values.shape)}")


def check_texts(texts: Sequence[str]) -> list[str]:
    """The texts as a list; EncoderError for a bare string, for anything that is no text, and for none at all."""
    if isinstance(texts, str) or not len(texts) or not all(isinstance(text, str) for text in texts):
        raise EncoderError("texts: a list of strings is needed, one or more")
    return list(texts)


class EncoderError(SvtaError):
    """A model folder that cannot be loaded as an encoder, or input an encoder cannot take."""
