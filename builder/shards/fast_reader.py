"""The short way through a shard that write_shard wrote: two positioned reads a sample, no reader object, no copies.

    start       start + 512             end       end + 512          ...
    | header    | mp4, padded to 512    | header  | json | header  | txt | header of the next mp4, or zeros
                ^ the reader's pread     ^------------- one pread of 5 blocks here ---------------------^

Anything else (another order, pax, GNU, gzip, a record with foreign fields) ends it, and the careful reader
(reader.py over tar.py) goes on from the same byte: it alone says what is wrong. Worth its lines: reading takes 1.5 to
2 times as long without it, reading and hashing 1.1 to 1.9 times (docs/benchmarks.md).
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Final
from zlib import adler32

from svta.builder.io.json_text import MAX_LINE_BYTES
from svta.builder.record import Clip

from .sample import MAX_TEXT_BYTES, MAX_VIDEO_BYTES, TAIL, TAIL_SUM
from .tar import BLOCK, octal

RECORDS_AT_A_TIME: Final = 8  # parsed ahead of their videos
_ZEROS: Final = bytes(BLOCK)
_ENDINGS: Final = b"\0 "  # of a number in a header
_IMPOSSIBLE: Final = -1 << 20  # below every byte sum of a header, and of two


def plain_records(descriptor: int, start: int) -> tuple[list[tuple[bytes, Clip, int, int]], int]:
    """(key, clip, the mp4's offset and size) of the next few samples from `start` on, and where they end.

    A few at a time, so that this code stays in the processor's cache while no video runs through it.
    """
    pread, size_of, parse = os.pread, _plain_size, Clip.from_plain_json
    records: list[tuple[bytes, Clip, int, int]] = []
    room = 5 * BLOCK  # json, txt and the next header seldom need more
    tail, at = pread(descriptor, BLOCK, start), 0
    size, (key, _, extension) = size_of(tail), tail[: tail.find(0, 0, 100)].partition(b".")
    while len(records) < RECORDS_AT_A_TIME and 0 < size <= MAX_VIDEO_BYTES and extension == b"mp4":
        end = (start + size + 2 * BLOCK - 1) & -BLOCK
        tail = pread(descriptor, room, end)
        length = size_of(tail)
        if not 0 < length <= MAX_LINE_BYTES or not tail.startswith(key + b".json\0"):
            break
        record_end = BLOCK + length
        at = (record_end + BLOCK - 1) & -BLOCK
        if len(tail) < at + 2 * BLOCK:
            room = at + 3 * BLOCK
            tail = pread(descriptor, room, end)
        clip = parse(tail[BLOCK:record_end])
        length = size_of(tail, at)
        if clip is None or not 0 <= length <= MAX_TEXT_BYTES or not tail.startswith(key + b".txt\0", at):
            break
        at += BLOCK
        text_end = at + length
        if text_end > len(tail):
            room = text_end + 2 * BLOCK
            tail = pread(descriptor, room, end)
        if tail[at:text_end] != clip.caption.encode() or clip.key.encode() != key:
            break
        at = (text_end + BLOCK - 1) & -BLOCK
        if len(tail) < at + BLOCK:
            tail, at, end = pread(descriptor, BLOCK, end + at), 0, end + at
        record = key, clip, start + BLOCK, size
        size, (name, _, extension) = size_of(tail, at), tail[at : tail.find(0, at, at + 100)].partition(b".")
        another = size >= 0 and extension == b"mp4" and name != key and b"/" not in name
        if not another and tail[at : at + BLOCK] != _ZEROS:
            break  # perhaps more of this sample, in another form: the careful reader reads it again, whole
        records.append(record)
        start, key = end + at, name
    return records, start


def _plain_size(data: bytes, at: int = 0) -> int:
    """The size in the header at `at`, if it is the plainest ustar one: a regular file, 11 octal digits. Else -1."""
    head = data[at : at + 156]
    # adler32's low half is the byte sum plus one, at C speed; 156 bytes stay below its modulus
    if _HEAD_SUMS[head[148:]] != (adler32(head) & 0xFFFF) or not data.startswith(TAIL, at + 156):
        rest = _rest_sum(data[at + 156 : at + BLOCK])
        if _HEAD_SUMS[head[148:]] + TAIL_SUM != (adler32(head) & 0xFFFF) + rest:
            return -1
    digits = head[124:135]
    try:
        return int(digits, 8) if digits.isdigit() and head[135] in _ENDINGS else -1
    except ValueError:  # an 8 or a 9
        return -1


class _HeadSums(dict[bytes, int]):
    """One more than the byte sum of a header's first 156 bytes if TAIL follows, by its 8 bytes of checksum; kept."""

    def __missing__(self, checksum: bytes) -> int:
        declared = octal(checksum) if len(checksum) == 8 else None
        if declared is None:
            return _IMPOSSIBLE
        promised = declared - 255 + sum(checksum) - TAIL_SUM
        if len(self) < 1 << 16:
            self[checksum] = promised
        return promised


_HEAD_SUMS: Final = _HeadSums()


@lru_cache(256)
def _rest_sum(rest: bytes) -> int:
    """The byte sum of a header's last 356 bytes where they are a regular file's, without a prefix."""
    plain = len(rest) == BLOCK - 156 and rest[:1] == b"0" and rest[101:109] == b"ustar\x0000" and not rest[189]
    return sum(rest) if plain else 2 * _IMPOSSIBLE
