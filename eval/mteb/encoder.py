"""An encoder of svta as a model of mteb."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from svta.builder.io.parallel import thread_pool
from svta.eval.encoders.base import Encoder, EncoderError, as_encoder
from svta.eval.encoders.hub_files import split_revision
from svta.eval.encoders.registry import load_encoder

from .video import ClipVideo  # first: names the extra

if TYPE_CHECKING:
    import torch
    from mteb.models.model_meta import ModelMeta
    from mteb.types import Array, BatchedInput, PromptType


BATCH: Final = 64
_THREADS: Final = 4


class MtebEncoder:
    """An encoder of ours under mteb's EncoderProtocol: text and video, scored by its own similarity where it has one.

    model_name: a model folder or Hub id, loaded with load_encoder unless `encoder` is given. frames: other arguments of
    svta.open_dataset than the model's own, e.g. {"num_frames": 24}. For the tasks of tasks.py.
    """

    def __init__(
        self,
        model_name: str,
        revision: str | None = None,
        *,
        device: str | None = None,
        encoder: Encoder | None = None,
        frames: Mapping[str, object] | None = None,
        **options: Any,
    ):
        model = f"{model_name}@{revision}" if revision else model_name
        self.encoder = load_encoder(model, device=device, **options) if encoder is None else as_encoder(encoder)
        self._name, self._revision = model_name, revision or split_revision(model_name)[1]
        self._frames = {**self.encoder.frame_spec.as_dict(), **(frames or {})}
        self._queries_are_videos = False

    @property
    def mteb_model_meta(self) -> ModelMeta:
        """Name, revision and modalities; a folder counts as local/<its name>."""
        from mteb.models.model_meta import ModelMeta

        name = split_revision(self._name)[0]
        if Path(name).exists() or name.count("/") != 1:
            name = f"local/{Path(name).name}"
        revision = self._revision or "local"
        return ModelMeta.create_empty(
            {"name": name, "revision": revision, "modalities": ["text", "video"], "framework": ["PyTorch"]}
        )

    def encode(
        self, inputs: Iterable[BatchedInput], *, prompt_type: PromptType | str | None = None, **options: object
    ) -> torch.Tensor:
        """Embeddings [N, ...] of a DataLoader's batches of "text" or "video". Raises EncoderError for anything else."""
        import torch

        parts = [self._batch(batch) for batch in inputs]
        if prompt_type is None or str(getattr(prompt_type, "value", prompt_type)) == "query":
            self._queries_are_videos = bool(parts) and parts[0][0]
        return torch.cat([embedded for _, embedded in parts])

    def _batch(self, batch: BatchedInput) -> tuple[bool, torch.Tensor]:
        import torch

        if "video" not in batch:
            if "text" not in batch:
                raise EncoderError(f"mteb asks for {', '.join(batch)}: only text and video are encoded")
            return False, torch.as_tensor(self.encoder.encode_text(list(batch["text"])))
        if any(not isinstance(video, ClipVideo) for video in batch["video"]):
            raise EncoderError("mteb gives a video of another task: MtebEncoder reads clips of the SVTA tasks")
        with thread_pool(_THREADS, name="svta-mteb") as pool:
            decoded = list(pool.map(lambda video: video.frames(**self._frames), batch["video"]))
        pixels, mask = (torch.from_numpy(np.stack(arrays)) for arrays in zip(*decoded))
        return True, torch.as_tensor(self.encoder.encode_video(pixels, mask))

    def similarity(self, embeddings1: Array, embeddings2: Array) -> torch.Tensor:
        """Scores [N, M], float32; equal embeddings tie exactly, NaN is -inf."""
        import torch

        first, second = torch.as_tensor(embeddings1), torch.as_tensor(embeddings2)
        if self.encoder.dot_product:
            scores = first.double() @ second.double().T  # rounded: float32 products of equal rows may differ by place
        else:
            text, video = (second, first) if self._queries_are_videos else (first, second)
            scores = torch.as_tensor(self.encoder.similarity(text, video))
            scores = scores.T if self._queries_are_videos else scores
        return torch.nan_to_num(scores.float(), nan=-torch.inf, posinf=torch.inf, neginf=-torch.inf)

    def similarity_pairwise(self, embeddings1: Array, embeddings2: Array) -> torch.Tensor:
        """Scores [N] of embedding i with embedding i."""
        pairs = zip(embeddings1, embeddings2)
        import torch

        return torch.stack([self.similarity(first[None], second[None])[0, 0] for first, second in pairs])
