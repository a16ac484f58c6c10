"""Embeddings on disk, so that nothing is embedded twice: by model, dataset and sampling; resumable, several processes.

Writes CACHE/<name>/video-000000.npz and text-000000.npz (some clips each, whole or not at all) and reads them back; a
killed run goes on with the parts that are missing. Processes of one `accelerate launch` take every n-th part each.

    cache = EmbeddingCache("cache/", encoder, dataset)
    videos, positions, unreadable = cache.videos(range(len(dataset)))
"""

from __future__ import annotations

import hashlib
import io
import json
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from svta.builder.errors import SvtaError
from svta.builder.io.files import atomic_write, write_json
from svta.eval.distributed import place
from svta.eval.encoders.base import Encoder, as_encoder
from svta.eval.encoders.fingerprint import model_fingerprint

from .batching import BLOCK, FittingBatch, join
from .embed import Floats
from .frame_store import read_blocks

PART: Final = BLOCK
FORMAT: Final = 1  # raised when the same model, dataset and sampling would give other embeddings than before
WAIT_SECONDS: Final = 3_600.0


class CacheError(SvtaError):
    """A cache folder that holds something else, or a part another process never finished."""


class EmbeddingCache:
    """Embeddings of one encoder over one dataset with one way of sampling frames.

    fingerprint: what names the weights (default: of the encoder's own `fingerprint` or of the place in its `name`).
    rank and world default to the process's place under accelerate (0 and 1 alone).
    """

    def __init__(
        self,
        folder: str | Path,
        encoder: Encoder,
        dataset: Any,
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
        frames = {key: getattr(dataset, key) for key in ("num_frames", "size", "sampling", "resize")}
        self.identity = {
            "format": FORMAT,
            "model": fingerprint or model_fingerprint(str(encoder.name)),
            "dataset": dataset.fingerprint,
            "dtype": str(encoder.dtype or "float32").removeprefix("torch."),
            "frames": frames,
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
        held: dict[int, Floats] = {}
        reasons: dict[int, str] = {}
        for made in self._parts("video", self._make_videos, positions, on_clips):
            held.update(zip(made["positions"].tolist(), made["embeddings"]))
            reasons.update(zip(made["unreadable"].tolist(), made["reasons"].tolist()))
        good = [position for position in positions if position in held]
        return (
            join([held[position][None] for position in good]),
            good,
            [(position, reasons[position]) for position in positions if position in reasons],
        )

    def texts(self, positions: Sequence[int]) -> Floats:
        """Embeddings of the captions of the clips at `positions`, in order."""
        held: dict[int, Floats] = {}
        for made in self._parts("text", self._make_texts, positions, None):
            held.update(zip(made["positions"].tolist(), made["embeddings"]))
        return join([held[position][None] for position in positions])

    def _parts(
        self,
        kind: str,
        make: Callable[[range], dict[str, Any]],
        positions: Sequence[int],
        on_clips: Callable[[int], None] | None,
    ) -> list[dict[str, Any]]:
        """The parts that hold `positions`, read back after this process made its share of the missing ones."""
        starts = sorted({position // self.part * self.part for position in positions})
        if self.rank == 0 and not (self.folder / "cache.json").exists():
            write_json(self.folder / "cache.json", self.identity)
        for turn, start in enumerate(starts):
            wanted = range(start, min(start + self.part, len(self.dataset)))
            path = self._path(kind, start)
            if turn % self.world == self.rank and not (path.exists() and self._is_whole(path)):
                buffer = io.BytesIO()
                np.savez(buffer, **make(wanted))
                with atomic_write(path) as file:
                    file.write(buffer.getbuffer())
            if on_clips is not None:
                on_clips(len(wanted))
        return [self._read(self._path(kind, start)) for start in starts]

    def _path(self, kind: str, start: int) -> Path:
        return self.folder / f"{kind}-{start // self.part:06d}.npz"

    def _is_whole(self, path: Path) -> bool:
        """False for a part with unreadable clips: they may be readable by now."""
        return not len(self._read(path).get("unreadable", ()))

    def _make_videos(self, wanted: range) -> dict[str, Any]:
        found: list[Floats] = []
        positions: list[int] = []
        unreadable: list[tuple[int, str]] = []
        for block in read_blocks(self.dataset, wanted, self.part):
            unreadable += block.unreadable
            positions += block.positions
            if block.positions:
                found.append(self.batch(self.encoder.encode_video, block.pixel_values, block.frame_mask))
        return {
            "embeddings": join(found),
            "positions": np.array(positions, np.int64),
            "unreadable": np.array([position for position, _ in unreadable], np.int64),
            "reasons": np.array([reason for _, reason in unreadable], dtype=str),
        }

    def _make_texts(self, wanted: range) -> dict[str, Any]:
        captions = [self.dataset.clip(position).caption for position in wanted]
        embeddings = self._text_batch(self.encoder.encode_text, captions)
        return {"embeddings": embeddings, "positions": np.array(wanted, np.int64)}

    def _read(self, path: Path) -> dict[str, Any]:
        until = time.monotonic() + WAIT_SECONDS
        while not path.exists():
            if self.world == 1 or time.monotonic() > until:
                raise CacheError(f"{path}: not there; another process was to make it. Run the same command again")
            time.sleep(0.2)
        try:
            with np.load(path, allow_pickle=False) as data:
                return {name: data[name] for name in data.files}
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise CacheError(f"{path}: not readable ({type(error).__name__}); delete it and run again") from None
