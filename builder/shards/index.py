"""clips.parquet, written and streamed: one row per clip with its metadata and where its video is stored.

Reads and writes DIR/clips.parquet and DIR/proxy/clips.parquet, one row group a shard, in split and shard order;
lookup.py gives random access to it.

    for row in read_index("DIR/clips.parquet"):
        row.clip, row.split, row.shard, row.offset, row.size
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from svta.builder.errors import ClipError, DatasetError
from svta.builder.io.files import atomic_write
from svta.builder.io.safe_path import check_relative
from svta.builder.paths import INDEX
from svta.builder.record import CLIP_FIELDS, Clip

from .index_file import PLACE_FIELDS, Columns, IndexFile, index_schema

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS_AT_A_TIME: Final = 4_096  # as Python objects


class IndexRow(NamedTuple):
    """A clip, its split, its shard (path from the dataset folder) and the bytes [offset, offset + size) of its mp4."""

    clip: Clip
    split: str
    shard: str
    offset: int
    size: int


def to_table(rows: Sequence[IndexRow]) -> pa.Table:
    """The rows as one Arrow table of index_schema()."""
    import pyarrow as pa

    columns: Columns = {name: [getattr(row.clip, name) for row in rows] for name in CLIP_FIELDS}
    columns["flags"] = [list(flags) for flags in columns["flags"]]
    columns |= {name: [getattr(row, name) for row in rows] for name in PLACE_FIELDS}
    return pa.table(columns, schema=index_schema())


def write_index(path: str | Path, tables: Iterable[pa.Table]) -> int:
    """Write tables as row groups, atomically; returns the number of rows. Same rows, same bytes."""
    import pyarrow.parquet as pq

    count = 0
    with atomic_write(path) as file, pq.ParquetWriter(file, index_schema(), compression="zstd") as writer:
        for table in tables:
            writer.write_table(table, row_group_size=max(1, table.num_rows))
            count += table.num_rows
    return count


def read_tables(path: str | Path, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """An index in row groups (large ones in slices), all columns or some. Raises DatasetError if it is not svta's."""
    file = IndexFile(path, index_schema().names if columns is None else columns)
    try:
        yield from file.tables(columns)
    finally:
        file.close()


def write_rows(path: str | Path, table: pa.Table) -> str:
    """One shard's rows as an Arrow file, quick to write and read: what pack keeps until the index is written.

    Returns its sha256. The file is not synced: its mark holds that sum, and is checked before it is believed.
    """
    import pyarrow as pa

    held = pa.BufferOutputStream()
    with pa.ipc.new_file(held, table.schema) as writer:
        writer.write_table(table)
    data = held.getvalue()
    with atomic_write(path, sync=False) as file:
        file.write(data)
    return hashlib.sha256(data).hexdigest()


def read_rows(path: str | Path) -> pa.Table:
    """What write_rows wrote."""
    import pyarrow as pa

    with pa.OSFile(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


def read_index(path: str | Path) -> Iterator[IndexRow]:
    """All rows in order. Raises DatasetError for a damaged index or a row that is not a valid clip, naming its key."""
    for table in read_tables(path):
        yield from rows_of(table, str(path))


def rows_of(table: pa.Table, name: str = INDEX) -> Iterator[IndexRow]:
    """The rows of one table of an index."""
    for start in range(0, table.num_rows, _ROWS_AT_A_TIME):
        for fields in table.slice(start, _ROWS_AT_A_TIME).to_pylist():
            fields["flags"] = fields["flags"] or []
            try:
                clip = Clip.from_dict(fields)
            except ClipError as error:
                raise DatasetError(f"{name} key {str(fields.get('key'))[:80]!a}: {error}") from None
            place = [fields[field] for field in PLACE_FIELDS]
            if None in place:
                raise DatasetError(f"{name} key {clip.key}: no {PLACE_FIELDS[place.index(None)]}")
            check_relative(place[1], f"{name} key {clip.key}")
            yield IndexRow(clip, *place)
