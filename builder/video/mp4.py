"""An mp4 with its index in front, so that reading can start before the end has arrived."""

from __future__ import annotations

from typing import Final

import numpy as np

_CONTAINERS: Final = (b"moov", b"trak", b"mdia", b"minf", b"stbl")


def index_first(mp4: bytes) -> bytes:
    """The same mp4 with its index (moov) before the media data, so that a player can start at once.

    FFmpeg's own faststart needs a file it can open twice; in memory it is a move and a shift of every chunk offset.
    """
    tops = boxes(mp4, 0, len(mp4))
    kinds = [kind for kind, _, _ in tops]
    if b"moov" not in kinds or b"mdat" not in kinds or kinds.index(b"moov") < kinds.index(b"mdat"):
        return mp4
    start, end = next((start, end) for kind, start, end in tops if kind == b"moov")
    moov = bytearray(mp4[start:end])
    _shift_offsets(moov, 0, len(moov), end - start)
    front = next(start for kind, start, _ in tops if kind in (b"mdat", b"free"))
    return mp4[:front] + bytes(moov) + mp4[front:start] + mp4[end:]


def boxes(data: bytes | bytearray, start: int, end: int) -> list[tuple[bytes, int, int]]:
    """(type, start, end) of the boxes that are side by side in data[start:end]; headers are 8 or 16 bytes."""
    found = []
    while start + 8 <= end:
        size = int.from_bytes(data[start : start + 4], "big")
        if size == 1:
            size = int.from_bytes(data[start + 8 : start + 16], "big")
        found.append((bytes(data[start + 4 : start + 8]), start, start + size))
        start += max(size, 8)
    return found


def _shift_offsets(moov: bytearray, start: int, end: int, shift: int) -> None:
    for kind, box, box_end in boxes(moov, start, end):
        if kind in _CONTAINERS:
            _shift_offsets(moov, box + 8, box_end, shift)
        elif kind in (b"stco", b"co64"):
            width = 4 if kind == b"stco" else 8
            offsets = np.frombuffer(bytes(moov[box + 16 : box_end]), f">u{width}") + np.uint64(shift)
            moov[box + 16 : box_end] = offsets.astype(f">u{width}").tobytes()
