"""A folder that many processes fill up to so many bytes, and whose least recently used files make room.

Reads and writes DIR/usage (bytes that are taken, under the kernel's lock); removes files of DIR/**. For frame_cache.py.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

USAGE: Final = "usage"
UNUSED_SECONDS: Final = 86_400.0  # a file that was used since then is never removed: shuffled epochs would thrash
_TOUCH_SECONDS: Final = 3_600.0  # how old a time of use may be
_PART_SECONDS: Final = 3_600.0  # a part file that old belongs to a process that was killed
_ROOM: Final = 0.9  # of the ceiling is left taken once files had to go


class KeptFile(NamedTuple):
    """A file that counts: when it was used last (seconds since 1970) and what it takes on disk."""

    used: float
    size: int
    path: Path


class FolderBudget:
    """At most `max_bytes` in `folder`, counted across processes.

    A process that is killed between reserve() and its file leaves the count too high; the count is made anew from the
    files whenever it says that the folder is full.
    """

    def __init__(self, folder: Path, max_bytes: int):
        self.folder, self.max_bytes = folder, max_bytes

    def reserve(self, size: int) -> bool:
        """Count `size` bytes as taken, if need be after removing what nobody used for a day. False: no room."""
        with _locked(self.folder / USAGE) as descriptor:
            taken = _number(os.pread(descriptor, 32, 0))
            if taken is None or taken + size > self.max_bytes:
                taken = self._make_room(size)
            if fits := taken + size <= self.max_bytes:
                taken += size
            os.pwrite(descriptor, b"%-31d\n" % taken, 0)
            return fits

    def _make_room(self, size: int) -> int:
        files = sorted(self._files())
        taken = sum(file.size for file in files)
        if taken + size <= self.max_bytes:
            return taken
        old = (file for file in files if file.used < time.time() - UNUSED_SECONDS)
        return taken - remove_least_recent(old, taken - int(self.max_bytes * _ROOM) + size)

    def _files(self) -> Iterator[KeptFile]:
        for path in self.folder.rglob("*"):
            with suppress(OSError):  # removed by another process
                stat = path.lstat()
                if path.suffix == ".part" and stat.st_mtime < time.time() - _PART_SECONDS:
                    path.unlink()
                elif path.is_file() and path.name != USAGE:
                    yield KeptFile(stat.st_mtime, stat.st_size, path)


def remove_least_recent(files: Iterable[KeptFile], wanted: int) -> int:
    """Remove files in the order given until `wanted` bytes are free; returns how many bytes were."""
    freed = 0
    for file in files:
        if freed >= wanted:
            break
        with suppress(OSError):
            file.path.unlink()
            freed += file.size
    return freed


def mark_used(path: Path, modified: float) -> None:
    """Let `path`, last marked at `modified`, count as used now; where nothing may be written it stays as it is."""
    if time.time() - modified > _TOUCH_SECONDS:
        with suppress(OSError):
            os.utime(path)


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """A descriptor of a file that one thread of one process holds at a time; no lock where a file system has none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _number(text: bytes) -> int | None:
    return int(text) if text.strip().isdigit() else None
