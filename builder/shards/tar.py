"""One tar, read front to back, block by block: the part of the shard reader that knows the tar format.

Reads plain tar or gzip (by content) from a path or a binary file. Nothing is allocated because a header says so, no
member name is ever used as a path, and links, devices, sparse files and renamed members come out as refused.
"""

from __future__ import annotations

import gzip
import io
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, Protocol
from zlib import adler32

from svta.builder.errors import first_line

BLOCK: Final = 512
CHUNK: Final = 1 << 20
MAX_GZIP_MEMBER: Final = 64_000_000  # 250 kB of gzip can hold 256 MB: what is unpacked has a limit of its own
MAX_PADDING: Final = 1 << 20  # zero blocks after the end; tar pads to 10 kB, some tools to 1 MB
_MAX_EXTENSION: Final = 65_536
_ZEROS: Final = bytes(BLOCK)
_KINDS: Final = {
    b"1": "a hard link", b"2": "a symbolic link", b"3": "a character device", b"4": "a block device", b"6": "a fifo",
    b"S": "a sparse file",
}  # fmt: skip
_RENAMING: Final = ("path", "linkpath", "size", "hdrcharset", "charset")


class TarError(Exception):
    """The tar's structure is broken here; nothing behind this place can be trusted."""


class TarEnd(Exception):
    """The tar ended as a tar has to end."""


class Member(NamedTuple):
    """One header: raw name, size of its data in bytes, and why the member is refused (None: a regular file)."""

    name: bytes
    size: int
    problem: str | None
    is_directory: bool


class ByteFile(Protocol):
    """What a tar is read from: a file of this machine, a pipe, or a stream of another library."""

    def read(self, size: int, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def fileno(self) -> int: ...


class TarReader:
    """next_member(), then read_data() or skip_data(), until TarEnd; TarError where the structure breaks."""

    def __init__(self, file: ByteFile, size: int | None, *, seekable: bool, packed: bool = False):
        self._file, self._size, self._seekable, self._packed = file, size, seekable, packed
        self.position = 0  # of the next byte; the offset of a member's data once its header is read
        self._data = 0  # bytes of the current member not yet consumed
        self._pad = 0
        self._everything: str | None = None  # a global PAX record that renames
        self._descriptor, self._stamp = -1, (0, 0)

    @property
    def descriptor(self) -> int | None:
        """The file descriptor of a plain local tar, for positioned reads; None of a stream or gzip."""
        return self._file.fileno() if self._size is not None else None

    def jump(self, position: int) -> None:
        """Go on at the header at `position` of a plain local tar."""
        self._file.seek(position)
        self.position, self._data, self._pad = position, 0, 0

    def watch(self, file: ByteFile) -> None:
        """Let the end of the tar be damage, not the end, if somebody writes into `file` until then."""
        try:
            descriptor = file.fileno()
        except (AttributeError, TypeError, OSError):  # no file of this machine
            return
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            self._descriptor, self._stamp = descriptor, _stamp(descriptor)

    def next_member(self) -> Member:
        """The next member that carries a name; PAX and GNU extension headers are folded into it."""
        problem, real_name = self._everything, None
        while True:
            name, kind, size = self._header()
            self._data, self._pad = size, -size % BLOCK
            if kind in (b"0", b"\0"):
                is_directory = kind == b"\0" and name.endswith(b"/")
                if self._packed and size > MAX_GZIP_MEMBER:
                    raise TarError(f"a gzip member of {size:,} bytes, {MAX_GZIP_MEMBER:,} are allowed")
                return Member(real_name or name, size, problem, is_directory)
            if kind == b"5":
                return Member(real_name or name, size, None, True)
            if kind in (b"x", b"g"):
                renamed = _renaming(self._extension())
                if renamed is not None:
                    real_name = renamed[1] or real_name
                    problem = f"a PAX record sets its {renamed[0]}: refused"
                    if kind == b"g":
                        self._everything = problem
            elif kind in (b"L", b"K"):
                text = self._extension()
                real_name = text.rstrip(b"\0") if kind == b"L" else real_name
                problem = "a GNU long name: refused, keys have at most 80 characters"
            else:
                if kind in b"12346":
                    self._data = self._pad = 0  # no data follows these, even if the header says so
                if kind == b"S":
                    self._skip_sparse_map()
                what = _KINDS.get(kind, f"a member of type {kind.decode('latin-1')!a}")
                return Member(real_name or name, size, f"is {what}, not a regular file", False)

    def read_data(self) -> bytes:
        """The current member's bytes, all of them or TarError."""
        data = self._take(self._data)
        self._data = 0
        return data

    def skip_data(self) -> None:
        """Go past the current member without holding it."""
        left, self._data = self._data + self._pad, 0
        self._pad = 0
        if self._size is not None and self.position + left > self._size:
            raise TarError("is cut off")
        if self._seekable:
            self._file.seek(left, os.SEEK_CUR)
            self.position += left
            return
        while left > 0:
            left -= len(self._take(min(left, CHUNK)))

    def _header(self) -> tuple[bytes, bytes, int]:
        if self._data:
            self.skip_data()
        first = self.position == 0
        block = self._block()
        if block == _ZEROS:
            self._end()
        checksum = octal(block[148:156])
        # adler32 is the byte sum modulo 65521, at C speed; only non-ASCII headers can exceed it
        total = (adler32(block) - 1) & 0xFFFF if block.isascii() else sum(block)
        if checksum is None or checksum != total - sum(block[148:156]) + 256:
            raise TarError("is not a tar archive" if first else f"a damaged header at byte {self.position - BLOCK:,}")
        size = octal(block[124:136])
        if size is None:
            raise TarError(f"a header that declares an impossible size at byte {self.position - BLOCK:,}")
        name = block[:100].split(b"\0", 1)[0]
        if block[257:262] == b"ustar" and block[345] and block[263:265] == b"00":
            name = block[345:500].split(b"\0", 1)[0] + b"/" + name
        return name, block[156:157], size

    def _block(self) -> bytes:
        pad, self._pad = self._pad, 0
        if self._size is not None and self._size - self.position < pad + BLOCK:
            self._short(self._size - self.position - pad)
        data = self._read(pad + BLOCK)
        self.position += len(data)
        if len(data) < pad + BLOCK:
            self._short(len(data) - pad)
        return data[pad:] if pad else data

    def _short(self, got: int) -> None:
        if got == 0 and self.position > 0:
            raise TarError("ends without the two closing blocks: it may be cut at the border of a member")
        if self.position < BLOCK:
            raise TarError("is empty" if got <= 0 and not self.position else "is not a tar archive")
        raise TarError("is cut off")

    def _end(self) -> None:
        if self._block() != _ZEROS:
            raise TarError(f"data after a closing block at byte {self.position - BLOCK:,}")
        left = MAX_PADDING
        while chunk := self._read(min(left, 65_536) or 1):
            if chunk.count(0) != len(chunk) or left == 0:
                raise TarError("data after the end of the archive")
            left -= len(chunk)
        if self._descriptor >= 0 and _stamp(self._descriptor) != self._stamp:
            raise TarError("was written to while it was read: what was read may be wrong")
        raise TarEnd

    def _extension(self) -> bytes:
        if self._data > _MAX_EXTENSION:
            raise TarError(f"an extension header of {self._data:,} bytes")
        return self.read_data()

    def _skip_sparse_map(self) -> None:
        if self._last[482]:
            while self._block()[504]:
                pass

    def _take(self, size: int) -> bytes:
        if self._size is not None and self.position + size > self._size:
            raise TarError("is cut off")
        if size <= CHUNK or self._size is not None:
            data = self._read(size)
        else:  # a stream of unknown length: hold what arrives, never what a header promises
            parts, left = [], size
            while left and (part := self._read(min(left, CHUNK))):
                parts.append(part)
                left -= len(part)
            data = b"".join(parts)
        self.position += len(data)
        if len(data) < size:
            raise TarError("is cut off")
        return data

    def _read(self, size: int) -> bytes:
        try:
            data = self._file.read(size)
            while len(data) < size:  # network files may give less than asked
                more = self._file.read(size - len(data))
                if not more:
                    break
                data += more
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise TarError(f"damaged gzip: {first_line(error, 100)}") from None
        self._last = data
        return data


@contextmanager
def open_tar(path_or_file: str | Path | BinaryIO) -> Iterator[TarReader]:
    """A TarReader over a path or an open binary file; gzip is recognised by its first bytes, never by its name."""
    if isinstance(path_or_file, (str, Path)):
        with open(path_or_file, "rb") as file:
            status = os.fstat(file.fileno())
            tar = _tape(file, status.st_size if stat.S_ISREG(status.st_mode) else None)
            tar.watch(file)
            yield tar
    else:
        tar = _tape(path_or_file, None)
        tar.watch(path_or_file)
        yield tar


def _tape(file: ByteFile, size: int | None) -> TarReader:
    magic = file.read(2)
    if magic == b"\x1f\x8b":
        return TarReader(gzip.GzipFile(fileobj=_Chained(magic, file), mode="rb"), None, seekable=False, packed=True)
    if size is not None:
        file.seek(0)
        return TarReader(file, size, seekable=True)
    return TarReader(_Chained(magic, file), None, seekable=False)


class _Chained(io.RawIOBase):
    """A stream with the bytes that were looked at put back in front."""

    def __init__(self, head: bytes, file: ByteFile):
        self._head, self._file = head, file

    def read(self, size: int = -1) -> bytes:
        if self._head:
            head, self._head = self._head, b""
            return head if size < 0 or size >= len(head) else self._split(head, size)
        return self._file.read(size)

    def _split(self, head: bytes, size: int) -> bytes:
        self._head = head[size:]
        return head[:size]


def _stamp(descriptor: int) -> tuple[int, int]:
    status = os.fstat(descriptor)
    return status.st_mtime_ns, status.st_size


def octal(field: bytes) -> int | None:
    """Strict octal; None for base-256 (negative, or beyond 8 GiB), signs, blanks only and anything else."""
    digits = field.strip(b" \0")
    if not digits.isdigit():
        return None
    try:
        return int(digits, 8)
    except ValueError:
        return None


def _renaming(records: bytes) -> tuple[str, bytes | None] | None:
    """(field, new path) if PAX records change what a member is; malformed records count as that."""
    position = 0
    while position < len(records):
        length_text, _, _ = records[position : position + 12].partition(b" ")
        length = int(length_text) if length_text.isdigit() else 0
        field, equals, value = records[position + len(length_text) + 1 : position + length - 1].partition(b"=")
        if length < 5 or position + length > len(records) or not equals:
            return "format (malformed)", None
        name = field.decode("utf-8", "replace")
        if name in _RENAMING or name.startswith("GNU."):
            return name, value if name == "path" else None
        position += length
    return None
