"""Models of mteb's registry as Encoders: `svta eval --model mteb:NAME[@revision]`, queries and documents as mteb asks.

Needs `pip install 'svta[mteb]'`. (The other way round, our encoders under mteb, is encoder.py.)
"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from svta.builder.errors import first_line
from svta.builder.video.decoder import FrameTimes
from svta.eval.encoders.base import Encoder, EncoderError, check_texts, check_video
from svta.eval.encoders.hub_files import split_revision
from svta.eval.encoders.inputs import clean_text, nan_without_frames, steady_times
from svta.eval.encoders.loading import library_errors
from svta.eval.encoders.registry import register_encoder

BATCH: Final = 16
FPS: Final = 2.0  # the stated rate of frames whose times are not known


@register_encoder("mteb")
class FromMteb(Encoder):
    """mteb.get_model(NAME): captions as queries, videos as documents; where it takes no video, frames as images.

    A model that takes videos gets every frame of them and samples them itself, as under mteb.
    """

    def __init__(self, model: str, *, device: torch.device, dtype: torch.dtype):
        import mteb

        from .tasks import SVTAT2VRetrieval  # first: names the extra

        self.name, self.device = model, device
        name, revision = split_revision(model.removeprefix("mteb:"))
        try:
            meta = mteb.get_model_meta(name, revision)
        except (KeyError, ValueError) as error:
            raise EncoderError(f"{model}: {first_line(str(error.args[0]))}") from None
        kinds = set(meta.modalities)
        if "text" not in kinds or not kinds & {"video", "image"}:
            raise EncoderError(f"{model}: takes {', '.join(sorted(kinds))}; text and video or images are needed")
        with library_errors(model, code_option="--trust-remote-code"):
            self.model: Any = meta.load_model(device=str(device))
        self.takes_video = "video" in kinds
        self.sampling = "all" if self.takes_video else "uniform"
        self._task = SVTAT2VRetrieval.metadata

    def encode_text(self, texts: list[str]) -> Tensor:
        """float32 [T, D], L2-normalised, as queries."""
        return self._encode("text", [clean_text(text) for text in check_texts(texts)], "query")

    def encode_video(self, pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
        """float32 [V, D], L2-normalised, as documents; NaN without a real frame."""
        check_video(pixel_values, frame_mask)
        return self.encode_clips(pixel_values, frame_mask, steady_times(frame_mask, FPS))

    def encode_clips(self, pixel_values: Tensor, frame_mask: Tensor, times: Sequence[FrameTimes]) -> Tensor:
        """The same with the times of the frames."""
        check_video(pixel_values, frame_mask)
        mask = frame_mask.bool().cpu()
        clips = [frames.cpu()[seen] if seen.any() else frames.cpu()[:1] for frames, seen in zip(pixel_values, mask)]
        if self.takes_video:
            videos = [SampledFrames(clip, about) for clip, about in zip(clips, times)]
            return nan_without_frames(self._encode("video", videos, "document"), mask)
        from PIL import Image

        images = [Image.fromarray(frame.permute(1, 2, 0).contiguous().numpy()) for clip in clips for frame in clip]
        parts = self._encode("image", images, "document").split([len(clip) for clip in clips])
        means = torch.nn.functional.normalize(torch.stack([part.mean(dim=0) for part in parts]), dim=-1)
        return nan_without_frames(means, mask)

    def _encode(self, kind: str, inputs: Sequence[object], role: str) -> Tensor:
        from mteb.types import PromptType

        rows: Any = Rows(kind, inputs)
        loader: Any = DataLoader(rows, batch_size=BATCH, collate_fn=_as_lists)
        try:
            encoded = self.model.encode(
                loader,
                task_metadata=self._task,
                hf_split="test",
                hf_subset="default",
                prompt_type=PromptType(role),
                batch_size=BATCH,
                show_progress_bar=False,
            )
        except ImportError as error:  # mteb asks for its extras only when a model first sees such an input
            raise EncoderError(f"{self.name}: {first_line(error, 250)}") from None
        is_tensor = isinstance(encoded, Tensor)
        vectors = encoded.detach().float().cpu() if is_tensor else torch.from_numpy(np.asarray(encoded))
        if vectors.ndim != 2:
            raise EncoderError(
                f"{self.name}: gives {list(vectors.shape)} for {len(inputs)} inputs; one vector is needed"
            )
        return torch.nn.functional.normalize(vectors.float(), dim=-1)


class Rows:
    """Inputs of one kind as the part of a datasets.Dataset that mteb's models look at."""

    def __init__(self, kind: str, inputs: Sequence[object]):
        self.kind, self.inputs = kind, inputs
        self.features = {kind: None}
        self.column_names = [kind]

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, i: int) -> dict[str, object]:
        return {self.kind: self.inputs[i]}


class SampledFrames:
    """uint8 [F, 3, H, W] with what mteb's collators ask of a torchcodec VideoDecoder."""

    def __init__(self, frames: Tensor, times: FrameTimes):
        self.frames = frames
        count, span = len(frames), float(times.seconds[-1] - times.seconds[0]) if times.fps else 0.0
        rate = times.fps if count == times.total else (count - 1) / span if count > 1 and span else times.fps
        fps = rate or FPS
        self.metadata = SimpleNamespace(
            num_frames=count, average_fps=fps, end_stream_seconds=count / fps, duration_seconds=count / fps
        )

    def __len__(self) -> int:
        return len(self.frames)

    def get_frames_at(self, indices: Sequence[int]) -> SimpleNamespace:
        """The frames at `indices` as `.data`."""
        return SimpleNamespace(data=self.frames[list(indices)])

    def get_frames_in_range(self, start: int, stop: int) -> SimpleNamespace:
        """The frames from start to stop as `.data`."""
        return SimpleNamespace(data=self.frames[start:stop])


def _as_lists(rows: list[dict[str, object]]) -> dict[str, list[object]]:
    return {key: [row[key] for row in rows] for key in rows[0]}
