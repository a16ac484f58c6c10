"""One sample of a shard: its fields, its limits, its bytes in the tar."""

from __future__ import annotations

from typing import Final, NamedTuple
from zlib import adler32

from svta.builder.errors import SvtaError, escaped
from svta.builder.record import Clip

from .tar import BLOCK

MAX_VIDEO_BYTES: Final = 256_000_000  # one clip has to fit into a shard
MAX_TEXT_BYTES: Final = 16_384
TAIL: Final = b"0" + bytes(100) + b"ustar\x0000" + bytes(64) + b"0000000\x000000000\x00" + bytes(167)
TAIL_SUM: Final = sum(TAIL)


def frame(clip: Clip, size: int) -> tuple[bytes, bytes]:
    """The bytes before and after a clip's mp4 of `size` bytes in a shard: its header; padding, json and txt."""
    record, text = clip.to_bytes(), clip.caption.encode()
    parts = (
        bytes(-size % BLOCK),
        _header(f"{clip.key}.json", len(record)),
        record,
        bytes(-len(record) % BLOCK),
        _header(f"{clip.key}.txt", len(text)),
        text,
        bytes(-len(text) % BLOCK),
    )
    return _header(f"{clip.key}.mp4", size), b"".join(parts)


def _header(name: str, size: int) -> bytes:
    head = b"%b0000644\x000000000\x000000000\x00%011o\x0000000000000\x00" % (
        name.encode("ascii").ljust(100, b"\0"),
        size,
    )
    checksum = (adler32(head) & 0xFFFF) - 1 + TAIL_SUM + 8 * 0x20  # its low half: the byte sum plus one
    return b"%b%06o\x00 %b" % (head, checksum, TAIL)


EXTENSIONS: Final = ("mp4", "json", "txt")


class ShardError(SvtaError):
    """A shard, or one sample of it, is damaged or refused. `.shard` and `.key` name the place (key may be None)."""

    def __init__(self, shard: str, problem: str, key: str | None = None):
        self.shard, self.key, self.problem = shard, key, problem
        place = escaped(shard) if key is None else f"{escaped(shard)} key {key[:200]!a}"
        super().__init__(f"{place}: {problem}")


class ShardEntry(NamedTuple):
    """Where a clip's mp4 is in its shard: the bytes [offset, offset + size) of the tar, and their sha256."""

    key: str
    offset: int
    size: int
    sha256: str


class Sample(NamedTuple):
    """A clip as it is in a shard: the record, the mp4, where the mp4 starts, the members' extensions in order."""

    clip: Clip
    video: bytes
    offset: int
    members: tuple[str, ...]
