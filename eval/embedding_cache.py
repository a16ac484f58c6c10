"""Embeddings on disk, so that nothing is embedded twice: by model, dataset and sampling; resumable, several processes.

Writes CACHE/<name>/part-000000.npz (some clips, whole or not at all) and reads them back; a killed run goes on with the
parts that are missing. Processes of one `accelerate launch` take every n-th part each.

    cache = EmbeddingCache("cache/", encoder, dataset)
    videos, unreadable = cache.videos(range(len(dataset)))
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from svta.builder.errors import SvtaError
from svta.builder.files import atomic_write, sha256_file, write_json

from .frames import read_blocks

logger = logging.getLogger(__name__)
PART: Final = 256
START_BATCH: Final = 64
WAIT_SECONDS: Final = 3_600.0
Floats = npt.NDArray[np.float32]


class CacheError(SvtaError):
    """A cache folder that holds something else, or a part another process never finished."""


def model_fingerprint(model: str | Path) -> str:
    """Names a model's weights: hashes of a folder's config and weights; a Hub id by the commit its cache points to."""
    folder = Path(model)
    if not folder.is_dir():
        from huggingface_hub import try_to_load_from_cache

        from .encoders import split_revision

        repo_id, revision = split_revision(str(model))
        found = try_to_load_from_cache(repo_id, "config.json", revision=revision)
        return f"{repo_id}@{Path(found).parent.name if isinstance(found, str) else revision or 'main'}"
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in (".json", ".safetensors", ".bin", ".txt", ".model") and path.is_file():
            digest.update(f"{path.name} {sha256_file(path)}\n".encode())
    return digest.hexdigest()[:32]


class EmbeddingCache:
    """Embeddings of one encoder over one dataset with one way of sampling frames.

    rank and world default to the process's place under accelerate (0 and 1 alone).
    """

    def __init__(
        self,
        folder: str | Path,
        encoder: Any,
        dataset: Any,
        *,
        fingerprint: str | None = None,
        rank: int | None = None,
        world: int | None = None,
        part: int = PART,
    ):
        name = getattr(encoder, "name", None)
        if fingerprint is None and name is None:
            raise CacheError("the encoder has no name: give the cache its fingerprint")
        self.encoder, self.dataset, self.part = encoder, dataset, part
        frames = {key: getattr(dataset, key) for key in ("num_frames", "size", "sampling", "resize")}
        self.identity = {
            "model": fingerprint or model_fingerprint(str(name)),
            "dataset": dataset.fingerprint,
            "dtype": str(getattr(encoder, "dtype", "float32")).removeprefix("torch."),
            "frames": frames,
            "part": part,
        }
        text = json.dumps(self.identity, sort_keys=True)
        self.folder = Path(folder) / hashlib.sha256(text.encode()).hexdigest()[:20]
        self.rank, self.world = _place(rank, world)
        self.batch = START_BATCH

    def videos(
        self, positions: Sequence[int], on_clips: Callable[[int], None] | None = None
    ) -> tuple[Floats, list[int], list[tuple[int, str]]]:
        """(embeddings of the readable clips, their positions in order, (position, reason) of the others).

        Parts on disk are read; this process makes its share of the others and waits for the rest.
        """
        starts = range(0, len(self.dataset), self.part)
        needed = [start for start in starts if any(start <= p < start + self.part for p in positions)]
        if self.rank == 0 and not (self.folder / "cache.json").exists():
            write_json(self.folder / "cache.json", self.identity)
        for turn, start in enumerate(needed):
            if turn % self.world == self.rank and not self._path(start).exists():
                self._make(start)
            if on_clips is not None:
                on_clips(min(start + self.part, len(self.dataset)) - start)
        held: dict[int, Floats] = {}
        reasons: dict[int, str] = {}
        for start in needed:
            made = self._read(start)
            held.update(zip(made["positions"].tolist(), made["embeddings"]))
            reasons.update(zip(made["unreadable"].tolist(), made["reasons"].tolist()))
        good = [position for position in positions if position in held]
        embeddings = np.stack([held[position] for position in good]) if good else np.zeros((0, 0), np.float32)
        return embeddings, good, [(position, reasons[position]) for position in positions if position in reasons]

    def _path(self, start: int) -> Path:
        return self.folder / f"part-{start // self.part:06d}.npz"

    def _make(self, start: int) -> None:
        wanted = range(start, min(start + self.part, len(self.dataset)))
        found: list[Floats] = []
        positions: list[int] = []
        unreadable: list[tuple[int, str]] = []
        for block in read_blocks(self.dataset, wanted, self.part):
            unreadable += block.unreadable
            positions += block.positions
            if block.positions:
                found.append(self._embed(block.pixel_values, block.frame_mask))
        buffer = io.BytesIO()
        np.savez(
            buffer,
            embeddings=np.concatenate(found) if found else np.zeros((0, 0), np.float32),
            positions=np.array(positions, np.int64),
            unreadable=np.array([position for position, _ in unreadable], np.int64),
            reasons=np.array([reason for _, reason in unreadable], dtype=str),
        )
        with atomic_write(self._path(start)) as file:
            file.write(buffer.getbuffer())

    def _embed(self, pixel_values: Any, frame_mask: Any) -> Floats:
        """In batches as large as memory allows: halved whenever the GPU is full, and kept so."""
        import torch

        while True:
            try:
                parts = zip(pixel_values.split(self.batch), frame_mask.split(self.batch))
                return np.concatenate([np.asarray(self.encoder.encode_video(*part), np.float32) for part in parts])
            except torch.OutOfMemoryError:
                if self.batch == 1:
                    raise CacheError(
                        "not even one clip fits into the GPU's memory: take fewer or smaller frames"
                    ) from None
                self.batch //= 2
                torch.cuda.empty_cache()
                logger.info("out of GPU memory: going on with batches of %d clips", self.batch)

    def _read(self, start: int) -> dict[str, Any]:
        path = self._path(start)
        until = time.monotonic() + WAIT_SECONDS
        while not path.exists():
            if self.world == 1 or time.monotonic() > until:
                raise CacheError(f"{path}: not there; another process was to make it. Run the same command again")
            time.sleep(0.2)
        try:
            with np.load(path, allow_pickle=False) as data:
                return {name: data[name] for name in ("embeddings", "positions", "unreadable", "reasons")}
        except (OSError, ValueError, KeyError) as error:
            raise CacheError(f"{path}: not readable ({type(error).__name__}); delete it and run again") from None


def _place(rank: int | None, world: int | None) -> tuple[int, int]:
    if rank is not None and world is not None:
        return rank, world
    from accelerate import PartialState

    state = PartialState()
    return state.process_index, state.num_processes
