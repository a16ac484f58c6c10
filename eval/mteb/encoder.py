"""An encoder of svta as a model of mteb."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from svta.builder.video.frame_buffer import VideoError
from svta.builder.video.frame_spec import FrameSpec
from svta.eval.embeddings.batching import Floats, as_rows, join
from svta.eval.embeddings.clip_gallery import ClipGallery
from svta.eval.embeddings.frame_store import read_blocks
from svta.eval.encoders.base import Encoder, EncoderError, as_encoder
from svta.eval.encoders.hub_files import split_revision
from svta.eval.encoders.registry import load_encoder

from .video import ClipVideo  # first: names the extra

if TYPE_CHECKING:
    import torch
    from mteb.models.model_meta import ModelMeta
    from mteb.types import Array, BatchedInput, PromptType


BATCH: Final = 64


class MtebEncoder:
    """An encoder of ours under mteb's EncoderProtocol: text and video, scored by its own similarity where it has one.

    model_name: a model folder or Hub id, loaded with load_encoder unless `encoder` is given. frames: other frames than
    the model asks for, e.g. encoder.frames("fast"). For the tasks of tasks.py.
    """

    def __init__(
        self,
        model_name: str,
        revision: str | None = None,
        *,
        device: str | None = None,
        encoder: Encoder | None = None,
        frames: FrameSpec | None = None,
        **options: Any,
    ):
        model = f"{model_name}@{revision}" if revision else model_name
        self.encoder = load_encoder(model, device=device, **options) if encoder is None else as_encoder(encoder)
        self._name, self._revision = model_name, revision or split_revision(model_name)[1]
        self._frames = frames or self.encoder.frames()
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
        return torch.from_numpy(join([as_rows(embedded, len(embedded)) for _, embedded in parts]))

    def _batch(self, batch: BatchedInput) -> tuple[bool, torch.Tensor]:
        import torch

        if "video" not in batch:
            if "text" not in batch:
                raise EncoderError(f"mteb asks for {', '.join(batch)}: only text and video are encoded")
            return False, torch.as_tensor(self.encoder.encode_text(list(batch["text"])))
        if any(not isinstance(video, ClipVideo) for video in batch["video"]):
            raise EncoderError("mteb gives a video of another task: MtebEncoder reads clips of the SVTA tasks")
        (dataset, *others) = {id(video.dataset): video.dataset for video in batch["video"]}.values()
        if others:
            raise EncoderError("mteb gives a batch of videos of several datasets")
        return True, torch.from_numpy(self._embed(dataset, [video.position for video in batch["video"]]))

    def _embed(self, dataset: ClipGallery, positions: list[int]) -> Floats:
        rows: dict[int, Floats] = {}
        for block in read_blocks(dataset.with_frames(self._frames), positions, len(positions), self.encoder.prepare):
            if block.unreadable:
                raise VideoError(block.unreadable[0][1])
            embedded = self.encoder.encode_clips(block.pixel_values, block.frame_mask, block.times)
            rows.update(zip(block.positions, as_rows(embedded, len(block.positions))))
        return join([rows[position][None] for position in positions])

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
