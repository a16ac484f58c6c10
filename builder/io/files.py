"""Finished files only: written beside their place, fsynced, then renamed over it. A killed run leaves no half file."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from svta.builder.errors import DatasetError

from .limits import regular

FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def atomic_write(path: str | Path, *, sync: bool = True) -> Iterator[BinaryIO]:
    """A binary file that appears at `path` whole when the block ends, and not at all when it raises.

    sync=False: a power cut may leave it empty; for files that are checked before they are believed. Raises DatasetError
    for a device or pipe (/dev/null, /dev/stdout): a rename would put a file in its place, for the whole machine.
    """
    path = Path(path)
    if is_special(path):
        raise DatasetError(f"{path}: is not a regular file, and a file cannot take its place; name another")
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            yield file
            file.flush()
            if sync:
                os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in FULL and error.filename is None:
            error.filename = str(path)  # a write that a full disk refuses does not say which file it was of
        raise


def is_special(path: Path) -> bool:
    """Whether a device, a pipe or a socket is there, or a link to one or to what a process has open (/dev/stdout)."""
    if not path.exists() or path.is_dir():
        return False
    return not path.is_file() or (path.is_symlink() and os.readlink(path).startswith("/proc/"))


@contextmanager
def exclusive_lock(folder: str | Path) -> Iterator[None]:
    """The folder, made if need be, for this process alone; DatasetError while another process holds it.

    The kernel's lock on the folder itself: nothing is there, and kill -9 frees it. A folder that was made for this
    and is still empty at the end is removed. Where a file system knows no locks, none is held.
    """
    folder = Path(folder)
    new = not folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    busy = DatasetError(f"{folder}: another process is at work there; wait for it, or use another folder")
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise busy from None
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.EBADF, errno.EINVAL, errno.ENOSYS):
                raise
        if not (folder.is_dir() and os.path.samestat(os.fstat(descriptor), folder.stat())):
            raise busy
        try:
            yield
        finally:
            if new and folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
    finally:
        os.close(descriptor)


@contextmanager
def locked_file(path: Path) -> Iterator[int]:
    """A descriptor of a file that one thread of one process holds at a time; the others wait, and kill -9 frees it.

    No lock where a file system has none.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def write_text(path: str | Path, text: str) -> None:
    """`text` as UTF-8, atomically."""
    with atomic_write(path) as file:
        file.write(text.encode())


def write_json(path: str | Path, value: object) -> None:
    """Readable, stable JSON: two blanks of indent, keys in the order given."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def sha256_file(path: str | Path) -> str:
    """Hex sha256 of a file's bytes, read in blocks."""
    with open(path, "rb", opener=regular) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
