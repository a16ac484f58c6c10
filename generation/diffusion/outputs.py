"""What a pipeline returns, to takes: frames checked and rounded on the device, copied to the host while it films on.

Reads a pipeline's output of one batch; gives for each clip what waits for its pixels. Called by diffusion.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from svta.generation.backends.base import FilmError, Take
from svta.generation.backends.spec import FilmSpec

FRAMES_AS: Final = "pt"  # frames stay on the device as [B, N, C, H, W] in [0, 1]


@dataclass(frozen=True)
class Pictures:
    """One batch: uint8 [B, N, H, W, 3] and whether each clip is finite, on the host once `wait` returns."""

    pixels: Any
    finite: Any
    audio: Any
    audio_rate: int
    wait: Callable[[], None]

    def developer(self, index: int, facts: Mapping[str, Any]) -> Callable[[], Take]:
        """What waits for one clip's pixels and gives its take."""

        def develop() -> Take:
            self.wait()
            if not bool(self.finite[index]):
                detail = "NaN or infinite pixels; bfloat16 or float32 may mend it"
                return Take(None, reason="not_finite", detail=detail, again=True)
            sound = None if self.audio is None else (self.audio[index].numpy(), self.audio_rate)
            return Take(self.pixels[index].numpy(), facts, audio=sound)

        return develop


def develop(output: Any, pipe: Any, spec: FilmSpec, batch: int, name: str) -> Pictures:
    """Check a batch's shape, round it to uint8, start its copy. Raises FilmError where it is not what was planned."""
    import torch

    made = getattr(output, "frames", None)
    video = _as_tensor(output.video[None] if made is None else made)  # Cosmos 3: one clip, without the batch around it
    want = (batch, spec.num_frames, 3, spec.height, spec.width)
    if tuple(video.shape) != want:
        raise FilmError(f"{name} made [clips, frames, colours, height, width] {list(video.shape)}, not {list(want)}")
    finite = torch.isfinite(video).flatten(1).all(1)
    # rounded to nearest: truncating, as export_to_video does, darkens every pixel by half a level
    pixels = (torch.nan_to_num(video.float()).clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 1, 3, 4, 2)
    audio, rate = _sound(output, pipe)
    if not video.is_cuda:
        return Pictures(pixels.contiguous().cpu(), finite.cpu(), audio, rate, lambda: None)
    host = torch.empty(pixels.shape, dtype=torch.uint8, pin_memory=True)
    flags = torch.empty(finite.shape, dtype=torch.bool, pin_memory=True)
    host.copy_(pixels, non_blocking=True)
    flags.copy_(finite, non_blocking=True)
    event = torch.cuda.Event()
    event.record()
    return Pictures(host, flags, audio, rate, event.synchronize)


def _as_tensor(frames: Any) -> Any:
    """[B, N, C, H, W] in [0, 1], whatever a pipeline calls its frames."""
    import torch

    if isinstance(frames, torch.Tensor):
        return frames if frames.ndim == 5 and frames.shape[2] == 3 else frames.movedim(-1, 2)
    if isinstance(frames, np.ndarray):
        return torch.from_numpy(frames).movedim(-1, 2)
    clips = [torch.stack([torch.from_numpy(np.array(picture)) for picture in clip]) for clip in frames]
    return torch.stack(clips).movedim(-1, 2).float() / 255


def _sound(output: Any, pipe: Any) -> tuple[Any, int]:
    """The audio track [B, channels, samples] on the host and its rate, where the model makes one."""
    audio = getattr(output, "audio", None)
    if audio is None:
        return None, 0
    told = [
        getattr(getattr(pipe, part, None), "config", {}).get(name)
        for part, name in (("vocoder", "output_sampling_rate"), ("audio_vae", "sample_rate"))
    ]
    rate = next(filter(None, [*told, getattr(pipe, "audio_sampling_rate", None)]), None)
    if not rate:
        raise FilmError(f"{type(pipe).__name__} makes sound, but does not tell its sampling rate")
    return (audio[:, None] if audio.ndim == 2 else audio).float().cpu(), int(rate)
