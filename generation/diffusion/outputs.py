"""What a pipeline returns, as backend outputs: frames checked and rounded on the device, copied to the host meanwhile.

Reads a pipeline's output of one batch; gives for each clip a BackendOutput whose pixels may still be on their way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from svta.generation.backends.base import BackendOutput, GenerationError
from svta.generation.backends.spec import Options, RenderSpec

from .families import Pipe

if TYPE_CHECKING:
    from torch import Tensor

OUTPUT_TYPE: Final = "pt"  # frames stay on the device as [B, N, C, H, W] in [0, 1]


@dataclass(frozen=True)
class BatchFrames:
    """One batch: uint8 [B, N, H, W, 3] and whether each clip is finite, on the host once `wait` returns."""

    pixels: Tensor
    finite: Tensor
    audio: Tensor | None
    audio_rate: int
    wait: Callable[[], None]

    def clip(self, index: int, provenance: Options) -> BackendOutput:
        """One clip of the batch, its pixels deferred."""

        def deferred() -> BackendOutput:
            self.wait()
            if not bool(self.finite[index]):
                detail = "NaN or infinite pixels; bfloat16 or float32 may help"
                return BackendOutput(None, reason="not_finite", detail=detail, retry=True)
            sound = None if self.audio is None else (self.audio[index].numpy(), self.audio_rate)
            return BackendOutput(self.pixels[index].numpy(), provenance, audio=sound)

        return BackendOutput(None, provenance, deferred=deferred)


def batch_frames(output: Any, pipe: Pipe, spec: RenderSpec, batch: int, name: str) -> BatchFrames:
    """Check a batch's shape, round it to uint8, start its copy. Raises GenerationError for an unplanned shape."""
    import torch

    frames = getattr(output, "frames", None)
    video = _as_tensor(output.video[None] if frames is None else frames)  # Cosmos 3: one clip, without the batch
    expected = (batch, spec.num_frames, 3, spec.height, spec.width)
    if tuple(video.shape) != expected:
        raise GenerationError(
            f"{name} made [clips, frames, colours, height, width] {list(video.shape)}, not {list(expected)}"
        )
    finite = torch.isfinite(video).flatten(1).all(1)
    # rounded to nearest: truncating, as export_to_video does, darkens every pixel by half a level
    pixels = (torch.nan_to_num(video.float()).clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 1, 3, 4, 2)
    audio, rate = _audio(output, pipe)
    if not video.is_cuda:
        return BatchFrames(pixels.contiguous().cpu(), finite.cpu(), audio, rate, lambda: None)
    host = torch.empty(pixels.shape, dtype=torch.uint8, pin_memory=True)
    flags = torch.empty(finite.shape, dtype=torch.bool, pin_memory=True)
    host.copy_(pixels, non_blocking=True)
    flags.copy_(finite, non_blocking=True)
    event = torch.cuda.Event()
    event.record()
    return BatchFrames(host, flags, audio, rate, event.synchronize)


def _as_tensor(frames: Any) -> Tensor:
    """[B, N, C, H, W] in [0, 1], for any type of a pipeline's frames."""
    import torch

    if isinstance(frames, torch.Tensor):
        return frames if frames.ndim == 5 and frames.shape[2] == 3 else frames.movedim(-1, 2)
    if isinstance(frames, np.ndarray):
        return torch.from_numpy(frames).movedim(-1, 2)
    clips = [torch.stack([torch.from_numpy(np.array(image)) for image in clip]) for clip in frames]
    return torch.stack(clips).movedim(-1, 2).float() / 255


def _audio(output: Any, pipe: Pipe) -> tuple[Tensor | None, int]:
    """The audio track [B, channels, samples] on the host and its rate, where the model generates one."""
    audio = getattr(output, "audio", None)
    if audio is None:
        return None, 0
    configs = (
        (pipe.components.get(part), name)
        for part, name in (("vocoder", "output_sampling_rate"), ("audio_vae", "sample_rate"))
    )
    rates = [part.config.get(name) for part, name in configs if part is not None]
    rate = next(filter(None, [*rates, getattr(pipe, "audio_sampling_rate", None)]), None)
    if not rate:
        raise GenerationError(f"{type(pipe).__name__} generates sound, but its sampling rate is not known")
    return (audio[:, None] if audio.ndim == 2 else audio).float().cpu(), int(rate)
