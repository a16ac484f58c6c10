"""Embeddings on disk, so that nothing is embedded twice: by model, dataset and sampling; resumable, several processes.

Writes CACHE/<name>/video-000000.npz and text-000000.npz (some clips each, atomically) and reads them back; a
killed run resumes with the parts that are missing. Processes of one `accelerate launch` take every n-th part each.

    cache = EmbeddingCache("cache/", encoder, dataset)
    videos, positions, unreadable = cache.videos(range(len(dataset)))
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

from svta.builder.io.files import write_json
from svta.eval.distributed import place
from svta.eval.encoders.base import Encoder, as_encoder
from svta.eval.encoders.fingerprint import model_fingerprint

from .batching import BLOCK, FittingBatch, Floats, join
from .clip_gallery import ClipGallery
from .frame_store import read_blocks
from .one_video import one_video
from .part import CacheError, Part, read_part, write_part

PART: Final = BLOCK
FORMAT: Final = 2  # raised when the same model, dataset and sampling would give other embeddings than before
WAIT_SECONDS: Final = 3_600.0


class EmbeddingCache:
    """Embeddings of one encoder over one dataset with one way of sampling frames.

    fingerprint: what names the weights (default: of the encoder's own `fingerprint` or of the place in its `name`).
    rank and world default to the process's place under accelerate (0 and 1 alone).
    """

    def __init__(
        self,
        folder: str | Path,
        encoder: Encoder,
        dataset: ClipGallery,
        *,
        fingerprint: str | None = None,
        rank: int | None = None,
        world: int | None = None,
        part: int = PART,
    ):
        encoder = as_encoder(encoder)
        fingerprint = fingerprint or encoder.fingerprint
        if fingerprint is None and encoder.name is None:
            raise CacheError("the encoder has no name: give the cache its fingerprint")
        self.encoder, self.dataset, self.part = encoder, dataset, part
        self.identity = {
            "format": FORMAT,
            "model": fingerprint or model_fingerprint(str(encoder.name)),
            "dataset": dataset.fingerprint,
            "dtype": str(encoder.dtype or "float32").removeprefix("torch."),
            "frames": dataset.frames.as_dict(),
            "instructions": [encoder.query_instruction or "", encoder.document_instruction or ""],
            "part": part,
        }
        text = json.dumps(self.identity, sort_keys=True)
        self.folder = Path(folder) / hashlib.sha256(text.encode()).hexdigest()[:20]
        self.rank, self.world = place() if rank is None or world is None else (rank, world)
        self.batch, self._text_batch = FittingBatch(part), FittingBatch(part)

    def videos(
        self, positions: Sequence[int], on_clips: Callable[[int], None] | None = None
    ) -> tuple[Floats, list[int], list[tuple[int, str]]]:
        """(embeddings of the readable clips, their positions in order, (position, reason) of the others).

        Parts on disk are read; this process makes its share of the others and waits for the rest.
        """
        rows: dict[int, Floats] = {}
        reasons: dict[int, str] = {}
        shown = {position: self._first[position] for position in positions}
        for part in self._parts("video", self._embed_videos, list(shown.values()), on_clips):
            rows.update(zip(part.positions.tolist(), part.embeddings))
            reasons.update(zip(part.unreadable.tolist(), part.reasons.tolist()))
        if missing := [first for first in shown.values() if first not in rows and first not in reasons]:
            raise CacheError(
                f"{self._path('video', missing[0])}: clip {missing[0]} is missing; delete it and run again"
            )
        good = [position for position in positions if shown[position] in rows]
        return (
            join([rows[shown[position]][None] for position in good]),
            good,
            [(position, reasons[shown[position]]) for position in positions if shown[position] in reasons],
        )

    @cached_property
    def _first(self) -> list[int]:
        """The position at which each clip's video is first in the dataset: a video is embedded there alone."""
        videos = one_video([self.dataset.clip(i) for i in range(len(self.dataset))])
        return [int(position) for position in videos.first[videos.inverse]]

    def texts(self, positions: Sequence[int]) -> Floats:
        """Embeddings of the captions of the clips at `positions`, in order. Raises CacheError."""
        rows: dict[int, Floats] = {}
        for part in self._parts("text", self._embed_texts, positions, None):
            rows.update(zip(part.positions.tolist(), part.embeddings))
        if missing := [position for position in positions if position not in rows]:
            raise CacheError(f"{self._path('text', missing[0])}: clip {missing[0]} is missing; delete it and run again")
        return join([rows[position][None] for position in positions])

    def _parts(
        self,
        kind: str,
        embed: Callable[[range], Part],
        positions: Sequence[int],
        on_clips: Callable[[int], None] | None,
    ) -> list[Part]:
        """The parts that hold `positions`, read back after this process wrote its share of the missing ones."""
        starts = sorted({position // self.part * self.part for position in positions})
        if self.rank == 0 and not (self.folder / "cache.json").exists():
            write_json(self.folder / "cache.json", self.identity)
        for turn, start in enumerate(starts):
            numbers = range(start, min(start + self.part, len(self.dataset)))
            path = self._path(kind, start)
            if turn % self.world == self.rank and not (path.exists() and self._is_whole(path)):
                write_part(path, embed(numbers))
            if on_clips is not None:
                on_clips(len(numbers))
        return [self._read(self._path(kind, start)) for start in starts]

    def _path(self, kind: str, start: int) -> Path:
        return self.folder / f"{kind}-{start // self.part:06d}.npz"

    def _is_whole(self, path: Path) -> bool:
        """False for a part with unreadable clips: they may be readable by now."""
        return not len(read_part(path).unreadable)

    def _embed_videos(self, numbers: range) -> Part:
        rows: list[Floats] = []
        positions: list[int] = []
        unreadable: list[tuple[int, str]] = []
        firsts = [n for n in numbers if self._first[n] == n]
        for block in read_blocks(self.dataset, firsts, self.part, self.encoder.prepare):
            unreadable += block.unreadable
            positions += block.positions
            if block.positions:
                rows.append(self.batch(self.encoder.encode_clips, block.pixel_values, block.frame_mask, block.times))
        return Part(
            join(rows),
            np.array(positions, np.int64),
            np.array([position for position, _ in unreadable], np.int64),
            np.array([reason for _, reason in unreadable], dtype=str),
        )

    def _embed_texts(self, numbers: range) -> Part:
        captions = [self.dataset.clip(position).caption for position in numbers]
        return Part(self._text_batch(self.encoder.encode_text, captions), np.array(numbers, np.int64))

    def _read(self, path: Path) -> Part:
        until = time.monotonic() + WAIT_SECONDS
        while not path.exists():
            if self.world == 1 or time.monotonic() > until:
                raise CacheError(f"{path}: missing; another process should have made it. Run the same command again")
            time.sleep(0.2)
        return read_part(path)
