"""Clips -> one tar shard."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from svta.builder.io.files import atomic_write
from svta.builder.record import Clip

from .sample import MAX_VIDEO_BYTES, ShardEntry, ShardError, frame
from .tar import BLOCK

if TYPE_CHECKING:
    from hashlib import _Hash


def write_shard(
    path: str | Path, clips: Iterable[tuple[Clip, bytes]], *, digest: _Hash | None = None
) -> list[ShardEntry]:
    """Write (clip, mp4 bytes) pairs in the order given; the tar appears only when it is complete.

    Same input, same bytes: ustar, mtime 0, uid and gid 0. `digest`, a hashlib object, is fed the whole tar: its
    checksum without a second read. Raises ShardError for a repeated key, an empty or oversized video, or a video
    whose sha256 is not the one its clip states.
    """
    entries: list[ShardEntry] = []
    keys: set[str] = set()
    with atomic_write(path) as buffered:
        offset, file = 0, buffered.fileno()
        for clip, video in clips:
            if clip.key in keys:
                raise ShardError(str(path), "is given twice; keys are unique", clip.key)
            if not 0 < len(video) <= MAX_VIDEO_BYTES:
                raise ShardError(str(path), f"a video of {len(video):,} bytes, 1 to {MAX_VIDEO_BYTES:,} fit", clip.key)
            keys.add(clip.key)
            checksum = hashlib.sha256(video).hexdigest()
            if clip.sha256 not in (None, checksum):
                raise ShardError(str(path), "its video's sha256 is not the one its record states", clip.key)
            head, tail = frame(clip, len(video))
            _write(file, head, video, tail)
            if digest is not None:
                digest.update(head)
                digest.update(video)
                digest.update(tail)
            entries.append(ShardEntry(clip.key, offset + BLOCK, len(video), checksum))
            offset += BLOCK + len(video) + len(tail)
        _write(file, bytes(2 * BLOCK))
        if digest is not None:
            digest.update(bytes(2 * BLOCK))
    return entries


def _write(file: int, *pieces: bytes) -> None:
    """All pieces by one system call: a buffered file would take one each."""
    written = os.writev(file, pieces)
    if written < sum(map(len, pieces)):  # a signal, or a disk that is nearly full
        rest = memoryview(b"".join(pieces))[written:]
        while rest:
            rest = rest[os.write(file, rest) :]
