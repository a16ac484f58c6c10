"""What the encoders of Transformers models share: loading, captions into ids, frames in and out, normalising.

Reads model folders or Hub ids; used by image_text.py, video_text.py, blip2.py, late_interaction.py.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

import ftfy
import numpy as np
import torch
from torch import Tensor

from svta.builder.video.decoder import FrameTimes

from .base import EncoderError, check_texts, check_video
from .hub_files import hub_options, split_revision
from .loading import NO_CODE, check_model_folder, library_errors

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

TEXTS_AT_A_TIME: Final = 256
FRAMES_AT_A_TIME: Final = 128
FRAMES_ON_GPU: Final = 1_024  # halved with the batch where memory is full, see embedding.py
MAX_CAPTION_CHARS: Final = 20_000  # far past any text encoder's positions; a hostile caption must not cost minutes
MAX_TOKENS: Final = 512


def clean_text(text: str, *, lower: bool = False, entities: bool = False) -> str:
    """ftfy and single blanks; HTML entities twice and lower case where a model was trained so (CLIP: both)."""
    text = ftfy.fix_text(text[:MAX_CAPTION_CHARS])
    text = " ".join((html.unescape(html.unescape(text)) if entities else text).split())
    return text.lower() if lower else text


def load_model(model_class: Any, name: str, device: torch.device, dtype: torch.dtype, **options: Any) -> Any:
    """`model_class.from_pretrained` of a folder or `ns/name[@revision]`, in eval mode. Raises EncoderError."""
    check_model_folder(name)
    with library_errors(name):
        model = model_class.from_pretrained(
            split_revision(name)[0], **hub_options(name), **NO_CODE, dtype=dtype, **options
        )
        return model.to(device).eval()


def load_tokenizer(name: str) -> PreTrainedTokenizerBase:
    """The folder's tokenizer. Raises EncoderError."""
    from transformers import AutoTokenizer

    check_model_folder(name)
    with library_errors(name, "no tokenizer"):
        return AutoTokenizer.from_pretrained(split_revision(name)[0], **hub_options(name), **NO_CODE)


def tokenise(
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[str],
    *,
    positions: int,
    padding: bool | str = True,
    device: torch.device,
) -> dict[str, Tensor]:
    """input_ids and attention_mask [T, W], cut at what the tokenizer and the model's `positions` allow."""
    name = tokenizer.name_or_path
    if tokenizer.pad_token is None:
        raise EncoderError(f"{name}: its tokenizer has no padding token, so it is not the tokenizer of a text encoder")
    with library_errors(name, "its tokenizer fails"):
        limit = min(positions, int(min(tokenizer.model_max_length, 10**6)), MAX_TOKENS)
        tokens = tokenizer(list(texts), padding=padding, truncation=True, max_length=limit, return_tensors="pt")
    if not tokens["input_ids"].shape[1]:
        raise EncoderError(f"no token in {len(texts)} captions, e.g. {texts[0][:60]!r}")
    return {part: tokens[part].to(device) for part in ("input_ids", "attention_mask") if part in tokens}


def text_batches(texts: Sequence[str], size: int = TEXTS_AT_A_TIME) -> Iterator[list[str]]:
    """Checked texts, `size` at a time."""
    checked = check_texts(texts)
    return (checked[start : start + size] for start in range(0, len(checked), size))


def video_batches(pixel_values: Tensor, frame_mask: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Checked videos, so many that their frames keep a CPU's caches or a GPU's cores busy."""
    check_video(pixel_values, frame_mask)
    frames = FRAMES_ON_GPU if torch.cuda.is_available() else FRAMES_AT_A_TIME
    size = max(1, frames // pixel_values.shape[1])
    return zip(pixel_values.split(size), frame_mask.bool().split(size))


def resample_frames(pixel_values: Tensor, frame_mask: Tensor, num_frames: int) -> Tensor:
    """`num_frames` of each video's real frames, evenly spread and repeated where there are fewer, [V, num_frames, ...].

    For models whose temporal positions are fixed. Masked frames come last; a video without frames gives its first slot.
    """
    real = frame_mask.sum(dim=1).clamp(min=1)
    steps = torch.arange(num_frames, device=pixel_values.device)
    index = steps[None] * (real - 1)[:, None] // max(num_frames - 1, 1)  # whole numbers: floats lose a frame of 8
    return pixel_values[torch.arange(len(pixel_values), device=pixel_values.device)[:, None], index]


def steady_times(frame_mask: Tensor, fps: float) -> list[FrameTimes]:
    """Times for frames without known times: every real frame of each video is the next one at `fps`."""
    counts = frame_mask.bool().sum(dim=1).clamp(min=1).tolist()
    return [FrameTimes(np.arange(count), count, fps) for count in counts]


def video_metadata(times: FrameTimes, fps: float) -> dict[str, object]:
    """Times as Transformers' VideoMetadata takes them; `fps` where the video's own rate is unknown."""
    rate = times.fps or fps
    indices = times.indices.tolist()
    return {"total_num_frames": times.total, "fps": rate, "duration": times.total / rate, "frames_indices": indices}


def unit(features: Tensor) -> Tensor:
    """L2-normalised float32 rows on the CPU."""
    return torch.nn.functional.normalize(features.float(), dim=-1).cpu()


def nan_without_frames(features: Tensor, frame_mask: Tensor) -> Tensor:
    """NaN for videos that have no real frame: nothing is known of them, so they rank last and are counted."""
    empty = ~frame_mask.bool().any(dim=1).to(features.device)
    return features.masked_fill(empty.view(-1, *[1] * (features.ndim - 1)), float("nan"))


def pooled(output: Any) -> Tensor:
    """The projected features of a get_*_features call: v5 gives a ModelOutput, its pooler_output is meant."""
    return cast(Tensor, output if isinstance(output, Tensor) else output.pooler_output)


def side_of(size: int | Sequence[int] | Mapping[str, int]) -> int:
    """One number for an image size that configs spell as int, pair or mapping."""
    if isinstance(size, int):
        return size
    return int(max(size.values() if isinstance(size, Mapping) else size))
