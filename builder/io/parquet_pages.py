"""The sizes that the pages of a Parquet file name, held against what its footer says before any page is unpacked.

A reader allocates what the header of a page names. 30 kB of a file can hold a page of 2 GB under a footer that says
1 kB, and whoever decides by the footer how many rows to read is told wrong.

    check_pages("clips.parquet", pq.read_metadata("clips.parquet"))
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from svta.builder.errors import DatasetError

from .limits import regular

if TYPE_CHECKING:
    import pyarrow.parquet as pq

_HEADER_BYTES: Final = (4_096, 1_048_576)  # nearly all headers fit the first; statistics of long texts do not
_FREE_BYTES: Final = 1_000_000  # that a chunk's pages may be larger than its footer says: writers count differently
_MAX_DEPTH: Final = 16
_INTEGERS: Final = (4, 5, 6)  # i16, i32, i64 of Thrift's compact protocol


class _Page(NamedTuple):
    header: int
    unpacked: int
    packed: int


def check_pages(path: str | Path, metadata: pq.FileMetaData) -> None:
    """Raise DatasetError where the pages of a column chunk unpack to more than the footer says of it."""
    descriptor = regular(str(path), os.O_RDONLY)
    try:
        for number in range(metadata.num_row_groups):
            group = metadata.row_group(number)
            for i in range(group.num_columns):
                chunk = group.column(i)
                if not chunk.num_values:  # then no page of it is read
                    continue
                start = chunk.dictionary_page_offset or chunk.data_page_offset
                size = _unpacked_size(descriptor, min(start, chunk.data_page_offset), chunk.total_compressed_size, path)
                if size > 1.1 * chunk.total_uncompressed_size + _FREE_BYTES:
                    says = f"{chunk.path_in_schema[:80]!a} says {chunk.total_uncompressed_size:,} bytes"
                    raise DatasetError(f"{path}: damaged: column {says}, its pages say {size:,}")
    finally:
        os.close(descriptor)


def _unpacked_size(descriptor: int, start: int, packed: int, path: str | Path) -> int:
    """Bytes of all pages in [start, start + packed), by their headers."""
    at, total = start, 0
    while at < start + packed:
        page = _page(descriptor, at)
        if page is None or page.packed < 0 or page.unpacked < 0:
            raise DatasetError(f"{path}: damaged: no page of Parquet at byte {at:,}")
        total += page.header + page.unpacked
        at += page.header + page.packed
    return total


def _page(descriptor: int, at: int) -> _Page | None:
    for length in _HEADER_BYTES:
        try:
            data = os.pread(descriptor, length, at)
            fields, end = _struct(data, 0, 0)
            return _Page(end, fields[2], fields[3])
        except IndexError:  # longer than what was read
            continue
        except (KeyError, ValueError, OSError, OverflowError):
            return None
    return None


def _struct(data: bytes, at: int, depth: int) -> tuple[dict[int, int], int]:
    """(the integers by their field's number, where it ends) of a struct of Thrift's compact protocol."""
    if depth > _MAX_DEPTH:
        raise ValueError("nested too deeply")
    integers: dict[int, int] = {}
    field = 0
    while head := data[at]:
        at += 1
        kind = head & 15
        if head >> 4:
            field += head >> 4
        else:
            field, at = _integer(data, at)
        if kind in _INTEGERS:
            integers[field], at = _integer(data, at)
        else:
            at = _skip(data, at, kind, depth)
    return integers, at + 1


def _skip(data: bytes, at: int, kind: int, depth: int) -> int:
    """Where a value ends. Raises ValueError for what no header of a page holds."""
    if kind in (1, 2):  # true and false are kinds of their own
        return at
    if kind == 3:
        return at + 1
    if kind == 7:
        return at + 8
    if kind == 8:
        length, at = _varint(data, at)
        return at + length
    if kind == 12:
        return _struct(data, at, depth + 1)[1]
    raise ValueError(f"kind {kind}")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value, at = value | (byte & 127) << shift, at + 1
        if byte < 128:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("no number")


def _integer(data: bytes, at: int) -> tuple[int, int]:
    value, at = _varint(data, at)
    return value >> 1 ^ -(value & 1), at
