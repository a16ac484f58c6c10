"""Limits in bytes and seconds, kept before and while a file or an answer of a server is read.

A few bytes can name a device, unpack to gigabytes or come one a second; all foreign data is read here.

    data = read_bytes("taxonomy.json", 1_000_000)
    data = read_chunks(response.iter_raw(), 1_000_000, deadline=Deadline(60, "ns/name"), place="ns/name")
"""

from __future__ import annotations

import codecs
import errno
import os
import stat
import time
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, TextIO

from svta.builder.errors import DatasetError

_BLOCK: Final = 1 << 20
_LFS_POINTER: Final = b"version https://git-lfs.github.com/spec/"


class TooLarge(DatasetError):
    """More bytes, or more seconds, than this kind of data may take; names it and the limit."""


class Deadline:
    """The moment by which work on `place` has to be done: a server that sends a byte a second never ends otherwise."""

    def __init__(self, seconds: float, place: str):
        self.seconds, self.place = seconds, place
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until then, at least 0."""
        return max(0.0, self._end - time.monotonic())

    def check(self) -> None:
        """Raise TooLarge if it has passed."""
        if time.monotonic() > self._end:
            raise TooLarge(f"{self.place}: not finished after {self.seconds:g} seconds")


def regular(path: str, flags: int) -> int:
    """An opener for open(): a regular file, never a device, nor a pipe, which may block for ever, nor the pointer that
    Git leaves where LFS was not installed.

    open("shard.tar", "rb", opener=regular)
    """
    descriptor = os.open(path, flags | os.O_NONBLOCK, 0o666)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        raise DatasetError(f"{path}: is not a regular file")
    if not flags & (os.O_WRONLY | os.O_RDWR) and (problem := lfs_problem(os.pread(descriptor, 64, 0))) is not None:
        os.close(descriptor)
        raise DatasetError(f"{path}: {problem}")
    return descriptor


def check_regular(path: str | Path) -> None:
    """Raise what opening `path` by `regular` raises, before a library opens it by its name."""
    os.close(regular(str(path), os.O_RDONLY))


def read_bytes(path: str | Path, max_bytes: int) -> bytes:
    """A regular file of at most `max_bytes`, whole.

    Raises TooLarge before it is read, DatasetError for a device and for a pointer of Git LFS.

    OSErrors pass as they are: the caller knows what a missing file means.
    """
    with open(path, "rb", opener=regular) as file:
        if (size := os.fstat(file.fileno()).st_size) > max_bytes:
            raise _too_large(str(path), max_bytes, size)
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise _too_large(str(path), max_bytes)
    return data


def lfs_problem(data: bytes) -> str | None:
    """What is wrong with a file that begins so, if it is the pointer that Git leaves where LFS was not installed."""
    if not data.startswith(_LFS_POINTER):
        return None
    return "is a Git LFS pointer, not the file itself: run `git lfs pull` in the clone that it comes from"


def read_text(path: str | Path, max_bytes: int) -> str:
    """read_bytes as UTF-8 text. Raises DatasetError if it is not UTF-8."""
    try:
        return read_bytes(path, max_bytes).decode("utf-8")
    except UnicodeDecodeError:
        raise DatasetError(f"{path}: is not UTF-8 text") from None


def open_text(path: Path) -> TextIO:
    """A text file: UTF-8, or UTF-16 if its first bytes say so. Bytes that are not UTF-8 come as half surrogates."""
    with open(path, "rb", opener=regular) as file:
        is_utf16 = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    if is_utf16:  # what Excel calls Unicode text
        return open(path, encoding="utf-16", errors="replace", newline="", opener=regular)
    return open(path, encoding="utf-8-sig", errors="surrogateescape", newline="", opener=regular)


def read_chunks(
    chunks: Iterable[bytes],
    max_bytes: int,
    *,
    place: str,
    deadline: Deadline | None = None,
    skip: int = 0,
    cut: bool = False,
) -> bytes:
    """All chunks joined: the body of an answer. Raises TooLarge beyond `max_bytes` or after `deadline`.

    Give an iterator that yields data as it arrives (no chunk size), so that a slow server is noticed. The first `skip`
    bytes are read and dropped. cut=True stops at `max_bytes` instead of raising: enough for the text of an error.
    """
    body, count = bytearray(), 0
    for chunk in chunks:
        body += chunk[max(0, skip - count) :]
        count += len(chunk)
        if count > max_bytes or (cut and count == max_bytes):
            if cut:
                return bytes(body[: max(0, max_bytes - skip)])
            raise _too_large(place, max_bytes)
        if deadline is not None:
            deadline.check()
    return bytes(body)


def unpack_gzip(chunks: Iterable[bytes], *, place: str) -> Iterator[bytes]:
    """gzip or zlib data unpacked at most 1 MB per step, so that read_chunks stops a bomb. Raises DatasetError."""
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
    for chunk in chunks:
        while chunk:
            try:
                yield unpacker.decompress(chunk, _BLOCK)
            except zlib.error as error:
                raise DatasetError(f"{place}: damaged gzip data ({error})") from None
            chunk = unpacker.unconsumed_tail


def _too_large(place: str, max_bytes: int, size: int | None = None) -> TooLarge:
    has = f"has {size:,} bytes" if size is not None else f"has more than {max_bytes:,} bytes"
    return TooLarge(f"{place}: {has}; the limit is {max_bytes:,}")
