"""Parquet files whose footers say less than their pages hold."""

from __future__ import annotations

import struct
from pathlib import Path

import pyarrow.parquet as pq


def varint(number: int, length: int = 0) -> bytes:
    """As a footer writes a number: twice of it, seven bits a byte, in at least `length` bytes."""
    number, out = number * 2, bytearray()
    while number >= 128 or len(out) < length - 1:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def understate(path: Path, says: int = 1_000) -> None:
    """Write `says` in the place of every large size in the footer, in as many bytes."""
    data, metadata = path.read_bytes(), pq.read_metadata(path)
    start = len(data) - 8 - struct.unpack("<I", data[-8:-4])[0]
    footer = data[start:-8]
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        for size in (
            group.total_byte_size,
            *(group.column(i).total_uncompressed_size for i in range(group.num_columns)),
        ):
            if size > 1_000_000:
                footer = footer.replace(varint(size), varint(says, len(varint(size))))
    path.write_bytes(data[:start] + footer + data[-8:])
