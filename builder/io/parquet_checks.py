"""What a Parquet file claims, checked before pyarrow reads by it.

A reader allocates what the header of a page names. 30 kB of a file can hold a page of 2 GB under a footer that says
1 kB, and a reader that decides by the footer how many rows to read is misled. And pyarrow ends the process, without an
error, when it is asked about a column whose footer contradicts itself.

    check_footer("clips.parquet", metadata := pq.read_metadata("clips.parquet"))
    check_pages("clips.parquet", metadata)
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from svta.builder.errors import DatasetError

from .json_text import Json
from .limits import regular

if TYPE_CHECKING:
    import pyarrow.parquet as pq

Fields = dict[int, Json]  # of a Thrift struct, by their numbers

_HEADER_BYTES: Final = (4_096, 1_048_576)  # nearly all headers fit the first; statistics of long texts do not
_FREE_BYTES: Final = 1_000_000  # that a chunk's pages may be larger than its footer says: writers count differently
_MAX_DEPTH: Final = 16
_INTEGERS: Final = (4, 5, 6)  # i16, i32, i64 of Thrift's compact protocol
_TAIL_BYTES: Final = 8  # behind the footer: its length, and "PAR1"
_ROW_GROUPS, _COLUMNS = 4, 1  # numbers of fields: of the footer, of a row group,
_META_DATA, _ENCRYPTED = 3, 8  # of a column chunk,
_SIZES, _TEXT_BYTES, _REPETITIONS, _DEFINITIONS = 16, 1, 2, 3  # and of its metadata


class _Page(NamedTuple):
    header: int
    unpacked: int
    packed: int


def check_footer(path: str | Path, metadata: pq.FileMetaData) -> None:
    """Raise DatasetError for column chunks that pyarrow cannot make an object of: it aborts the process."""
    descriptor = regular(str(path), os.O_RDONLY)
    try:
        end = os.fstat(descriptor).st_size - _TAIL_BYTES
        length = int.from_bytes(os.pread(descriptor, 4, end), "little")
        footer, _ = _struct(os.pread(descriptor, length, end - length), 0, 0)
        schema = metadata.schema
        leaves = [schema.column(i) for i in range(len(schema))]
        for group in footer.get(_ROW_GROUPS) or []:
            chunks = group[_COLUMNS]
            if len(chunks) != len(leaves):
                raise DatasetError(f"{path}: damaged: {len(chunks)} columns in a row group, {len(leaves)} in the file")
            for leaf, chunk in zip(leaves, chunks, strict=True):
                if _ENCRYPTED in chunk or _META_DATA not in chunk:
                    raise DatasetError(f"{path}: column {leaf.name[:80]!a} is encrypted")
                if not _sizes_fit(leaf, chunk[_META_DATA].get(_SIZES, {})):
                    raise DatasetError(f"{path}: damaged: sizes that column {leaf.name[:80]!a} cannot have")
    except (IndexError, KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise DatasetError(f"{path}: damaged: its footer cannot be read") from None
    finally:
        os.close(descriptor)


def _sizes_fit(leaf: pq.ColumnSchema, sizes: Fields) -> bool:
    """Whether a column can have these: bytes of texts in texts alone, a count for each level or none."""
    counts = ((_REPETITIONS, leaf.max_repetition_level), (_DEFINITIONS, leaf.max_definition_level))
    if any(sizes.get(field) and len(sizes[field]) != level + 1 for field, level in counts):
        return False
    return _TEXT_BYTES not in sizes or leaf.physical_type == "BYTE_ARRAY"


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
            return _Page(end, int(fields[2]), int(fields[3]))
        except IndexError:  # longer than what was read
            continue
        except (KeyError, TypeError, ValueError, OSError, OverflowError):
            return None
    return None


def _struct(data: bytes, at: int, depth: int) -> tuple[Fields, int]:
    """(values by their field's number, where it ends) of a struct of Thrift's compact protocol; texts are None."""
    if depth > _MAX_DEPTH:
        raise ValueError("nested too deeply")
    values: Fields = {}
    field = 0
    while head := data[at]:
        at += 1
        if head >> 4:
            field += head >> 4
        else:
            field, at = _integer(data, at)
        values[field], at = _value(data, at, head & 15, depth)
    return values, at + 1


def _value(data: bytes, at: int, kind: int, depth: int) -> tuple[Json, int]:
    """A value and where it ends. Raises ValueError for what neither a footer nor the header of a page holds."""
    if kind in _INTEGERS:
        return _integer(data, at)
    if kind in (1, 2):  # true and false are kinds of their own
        return kind == 1, at
    if kind == 3:
        return data[at], at + 1
    if kind == 7:
        return None, at + 8
    if kind == 8:
        length, at = _varint(data, at)
        return None, at + length
    if kind in (9, 10):
        return _list(data, at, depth)
    if kind == 12:
        return _struct(data, at, depth + 1)
    raise ValueError(f"kind {kind}")


def _list(data: bytes, at: int, depth: int) -> tuple[list[Json], int]:
    head, at = data[at], at + 1
    count, kind = head >> 4, head & 15
    if count == 15:
        count, at = _varint(data, at)
    if count > len(data):
        raise ValueError("longer than the file")
    values = []
    for _ in range(count):
        if kind in (1, 2):  # in a list they are bytes
            value, at = data[at] == 1, at + 1
        else:
            value, at = _value(data, at, kind, depth + 1)
        values.append(value)
    return values, at


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
