"""A folder that many processes fill up to so many bytes, and whose least recently used files make room.

Reads and writes DIR/.svta-usage (bytes that are taken, under the kernel's lock); removes files of DIR/**, never links,
locks and what is being written, nor what its user put there. For frame_cache.py and shard_cache.py.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from svta.builder.io.files import locked_file

USAGE: Final = ".svta-usage"  # no name that a file of the folder's user would have
PART: Final = ".part"
UNUSED_SECONDS: Final = 86_400.0  # a file that was used since then is not removed: shuffled epochs would thrash
_TOUCH_SECONDS: Final = 3_600.0  # how old a time of use may be
_PART_SECONDS: Final = 3_600.0  # a part file that old belongs to a process that was killed
_ROOM: Final = 0.9  # of the ceiling is left taken once files had to go


class KeptFile(NamedTuple):
    """A file that counts: when it was used last (seconds since 1970) and what it takes on disk."""

    used: float
    size: int
    path: Path


class FolderBudget:
    """At most `max_bytes` in `folder`, counted across processes; what was used in the last `unused_seconds` stays.

    own: fits the paths below the folder that the cache gives, unfinished ones too; other files do not count and are
    never removed. None: the folder is the cache's own, and so are all files.

    A process that is killed between reserve() and its file leaves the count too high; the count is made again from the
    files whenever it says that the folder is full.
    """

    def __init__(
        self,
        folder: Path,
        max_bytes: int,
        *,
        own: re.Pattern[str] | None = None,
        unused_seconds: float = UNUSED_SECONDS,
    ):
        self.folder, self.max_bytes, self.unused_seconds = folder, max_bytes, unused_seconds
        self._own = own

    def reserve(self, size: int) -> bool:
        """Count `size` bytes as taken, if necessary after removing what was not used for long. False: no room."""
        if size > self.max_bytes:
            return False
        with locked_file(self.folder / USAGE) as descriptor:
            taken = _number(os.pread(descriptor, 32, 0))
            if taken is None or taken + size > self.max_bytes:
                taken = self._make_room(size)
            if fits := taken + size <= self.max_bytes:
                taken += size
            os.pwrite(descriptor, b"%-31d\n" % taken, 0)
            return fits

    def settle(self) -> None:
        """Count again and keep the limit: a large file that was being written counted as what there was of it."""
        with locked_file(self.folder / USAGE) as descriptor:
            os.pwrite(descriptor, b"%-31d\n" % self._make_room(0), 0)

    def _make_room(self, size: int) -> int:
        files = sorted(self._files())
        taken = sum(file.size for file in files)
        if taken + size <= self.max_bytes:
            return taken
        latest = time.time() - self.unused_seconds
        old = (file for file in files if file.used < latest and file.path.suffix != PART)
        return taken - remove_least_recent(old, taken - int(self.max_bytes * _ROOM) + size)

    def _files(self) -> Iterator[KeptFile]:
        for path in self.folder.rglob("*"):
            if self._own is not None and self._own.fullmatch(path.relative_to(self.folder).as_posix()) is None:
                continue
            with suppress(OSError):  # removed by another process
                status = path.lstat()
                if path.suffix == PART and status.st_mtime < time.time() - _PART_SECONDS:
                    path.unlink()
                elif stat.S_ISREG(status.st_mode) and path.name != USAGE and path.suffix != ".lock":
                    yield KeptFile(status.st_mtime, status.st_size, path)


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


def mark_used(path: Path, modified: float, *, after: float = _TOUCH_SECONDS) -> None:
    """Let `path` count as used now if it was last marked, at `modified`, more than `after` seconds ago.

    Where nothing may be written it stays as it is.
    """
    if time.time() - modified > after:
        with suppress(OSError):
            os.utime(path)


def _number(text: bytes) -> int | None:
    return int(text) if text.strip().isdigit() else None
