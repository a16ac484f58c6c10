"""Videos of one shard by their byte ranges: neighbours are read together, headers are checked, nothing else is read.

Reads data/<split>/*.tar of a folder, or of a Hub repo by HTTP range. For load_dataset("svta") and ClipDataset.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Final

from svta.builder.io.limits import regular
from svta.builder.shards.reader import read_member
from svta.builder.shards.sample import MAX_VIDEO_BYTES, ShardError
from svta.builder.shards.tar import BLOCK

from .source import Source, refusal

READ_BYTES: Final = 8 << 20
_GAP_BYTES: Final = 65_536  # cheaper to read over than to ask for anew

Place = tuple[str, int, int]  # key, offset and size of the mp4


def read_videos(source: Source, shard: str, places: Sequence[Place]) -> Iterator[bytes]:
    """mp4 bytes of each place, in order; places ascend by offset. Raises ShardError where the shard disagrees."""
    path = source.local(shard)
    if path is None:
        yield from _read_far(source, shard, places)
        return
    try:
        descriptor = regular(str(path), os.O_RDONLY)
    except OSError as error:
        raise refusal(source, shard, error) from None
    try:
        for key, offset, size in places:  # one clip a time: blocks of many megabytes cost three times as much
            _check_place(source, shard, key, offset, size)
            _check_header(source, shard, key, os.pread(descriptor, BLOCK, offset - BLOCK), size)
            try:
                yield read_member(descriptor, offset, size)
            except ShardError as error:
                raise ShardError(source.url(shard), error.problem, key) from None
    except OSError as error:
        raise refusal(source, shard, error) from None
    finally:
        os.close(descriptor)


def _read_far(source: Source, shard: str, places: Sequence[Place]) -> Iterator[bytes]:
    first = 0
    for key, offset, size in places:
        _check_place(source, shard, key, offset, size)
    while first < len(places):
        start, last = places[first][1] - BLOCK, first
        end = places[first][1] + places[first][2]
        while last + 1 < len(places):
            _, offset, size = places[last + 1]
            if offset - BLOCK - end > _GAP_BYTES or offset + size - start > READ_BYTES:
                break
            last, end = last + 1, offset + size
        data = source.read(shard, start, end - start)
        for key, offset, size in places[first : last + 1]:
            at = offset - start
            _check_header(source, shard, key, data[at - BLOCK : at], size)
            yield data[at : at + size]
        first = last + 1


def read_video(source: Source, shard: str, place: Place, *, download: bool = False) -> bytes:
    """mp4 bytes of one place, by one read. Raises ShardError where the shard disagrees with the index."""
    key, offset, size = place
    _check_place(source, shard, key, offset, size)
    data = source.read(shard, offset - BLOCK, BLOCK + size, download=download)
    _check_header(source, shard, key, data[:BLOCK], size)
    return data[BLOCK:]


def _check_place(source: Source, shard: str, key: str, offset: int, size: int) -> None:
    if offset < BLOCK or not 0 < size <= MAX_VIDEO_BYTES:
        raise ShardError(source.url(shard), f"no clip can be {size:,} bytes at {offset:,}: the index is damaged", key)


def _check_header(source: Source, shard: str, key: str, header: bytes, size: int) -> None:
    if len(header) < BLOCK:
        raise ShardError(source.url(shard), "ends before this clip: cut or replaced since it was indexed", key)
    if header[:100].rstrip(b"\0") != f"{key}.mp4".encode() or header[124:135] != b"%011o" % size:
        raise ShardError(source.url(shard), "the index places it here, the shard holds something else: replaced?", key)
