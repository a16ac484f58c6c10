"""clips.parquet as a file that anybody may have written: schema, rows and size are checked before it is read.

A column of another type would end as a TypeError far away, and 100 kB of Parquet can name 6 GB of text (one long value,
repeated by number). So few rows are decoded at once, and what all of them unpack to is limited by the file's size.

    file = IndexFile("DIR/clips.parquet")
    for table in file.tables(["key", "caption"]): ...        # one row group each, large ones in slices
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from svta.builder.errors import DatasetError, escaped, first_line
from svta.builder.io.parquet import read_metadata
from svta.builder.io.parquet_checks import check_pages
from svta.builder.record import clip_schema

if TYPE_CHECKING:
    import pyarrow as pa

Columns = dict[str, list[Any]]  # of an Arrow table, as to_pydict() gives them

PLACE_FIELDS: Final = ("split", "shard", "offset", "size")
SLICE_BYTES: Final = 64_000_000  # of a table, unpacked; a row group of svta's own is smaller
_MIN_ROW_BYTES: Final = 4  # a key alone takes more, however it is compressed
_FREE_ROWS: Final = 100_000
_MAX_RATIO: Final = 1_000  # unpacked bytes for each byte of the file
_FREE_BYTES: Final = 256_000_000
_AT_ONCE: Final = 512_000_000  # bytes of a row group, or of the rows decoded together, at the worst
_FEWEST_ROWS: Final = 256
_MOST_ROWS: Final = 65_536


def index_schema() -> pa.Schema:
    """Arrow schema of clips.parquet: the columns of Clip, then split, shard, offset and size."""
    import pyarrow as pa

    places = {"offset": pa.int64(), "size": pa.int64()}
    return pa.schema([*clip_schema(), *((name, places.get(name, pa.string())) for name in PLACE_FIELDS)])


class IndexFile:
    """An index, opened; `names`: those of svta's columns that it has. Raises DatasetError for what is not an index."""

    def __init__(self, path: str | Path, needed: Sequence[str] = ()):
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.path = Path(path)
        with self.reading():
            metadata = read_metadata(self.path)
            present = metadata.schema.to_arrow_schema()
            schema = index_schema()
            self.names = [name for name in schema.names if name in present.names]
            if missing := [name for name in needed if name not in self.names]:
                raise DatasetError(f"{self.path}: no column {', '.join(missing)}; pack the dataset again")
            for name in self.names:
                if present.names.count(name) > 1:
                    raise self.damaged(f"column {name} occurs twice")
                if not _fits(present.field(name).type, schema.field(name).type):
                    raise self.damaged(f"column {name} holds {str(present.field(name).type)[:60]}")
            self.schema = pa.schema([schema.field(name) for name in self.names])
            self.texts = [name for name in self.names if schema.field(name).type == pa.string()]
            self.file_size = self.path.stat().st_size
            self.metadata = metadata
            self._check_size()
            check_pages(self.path, metadata)
            self._plain = pq.ParquetFile(self.path, metadata=metadata, pre_buffer=False)
            self._texts_as_numbers = pq.ParquetFile(
                self.path, metadata=metadata, read_dictionary=self.texts, pre_buffer=False
            )

    @property
    def num_rows(self) -> int:
        """Rows of all row groups."""
        return int(self.metadata.num_rows)

    def close(self) -> None:
        """Close the file."""
        self._plain.close()
        self._texts_as_numbers.close()

    def tables(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """All rows in order, in the types of index_schema(): a table per row group, larger ones in slices.

        Raises DatasetError if they unpack to what no index of this size holds.
        """
        names = self.names if columns is None else list(columns)
        schema = self._schema_of(names)
        budget = _MAX_RATIO * self.file_size + _FREE_BYTES
        for number in range(self.metadata.num_row_groups):
            with self.reading():
                for part in self._parts(number, names):
                    budget -= _unpacked(part)
                    if budget < 0:
                        raise self.damaged(f"it unpacks to over {_MAX_RATIO} times its {self.file_size:,} bytes")
                    part.validate(full=True)  # invalid texts, before they are used
                    part = part if part.schema.equals(schema) else part.cast(schema)
                    yield part if all(column.num_chunks <= 1 for column in part.columns) else part.combine_chunks()

    def _parts(self, number: int, names: list[str]) -> Iterator[pa.Table]:
        """A row group in parts of about SLICE_BYTES: as it is where that is safe, else with texts as dictionaries."""
        import pyarrow as pa

        group = self.metadata.row_group(number)
        chunks = [group.column(i) for i in range(group.num_columns)]
        longest = sum(chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema in names)
        rows = _AT_ONCE // max(1, longest)  # as many as fit memory were each of them as long as all of them
        if rows >= group.num_rows and sum(chunk.total_uncompressed_size for chunk in chunks) <= SLICE_BYTES:
            yield self._plain.read_row_group(number, columns=names).select(names)
            return
        if rows < _FEWEST_ROWS:
            table = self._texts_as_numbers.read_row_group(number, columns=names).select(names)
            step = max(1, SLICE_BYTES * table.num_rows // max(SLICE_BYTES, _unpacked(table)))
            yield from (table.slice(start, step) for start in range(0, table.num_rows, step))
            return
        batches, size = [], 0
        for batch in self._plain.iter_batches(min(rows, _MOST_ROWS), row_groups=[number], columns=names):
            batches.append(batch)
            size += batch.nbytes
            if size > SLICE_BYTES:
                yield pa.Table.from_batches(batches).select(names)
                batches, size = [], 0
        if batches:
            yield pa.Table.from_batches(batches).select(names)

    def column(self, name: str) -> pa.ChunkedArray:
        """One column of all rows; text as dictionaries."""
        with self.reading():
            column = self._texts_as_numbers.read(columns=[name])[name]
            column.validate(full=True)
            return column if name in self.texts else column.cast(self.schema.field(name).type)

    def damaged(self, problem: str) -> DatasetError:
        """The error for a fault of this file."""
        return DatasetError(f"{self.path}: damaged index: {problem}; pack the dataset again")

    @contextmanager
    def reading(self) -> Iterator[None]:
        """What pyarrow raises inside, as a DatasetError that names the file."""
        import pyarrow as pa

        try:
            yield
        except FileNotFoundError:
            raise DatasetError(f"{self.path}: no such index; make a dataset with `svta pack`") from None
        except (pa.ArrowException, OSError, UnicodeDecodeError, OverflowError) as error:
            raise DatasetError(f"{self.path}: damaged index: {escaped(first_line(error))}") from None

    def _check_size(self) -> None:
        """Refuse rows and row groups that the file is too small for, and groups that are too large to read whole."""
        if self.num_rows > _FREE_ROWS and self.file_size < _MIN_ROW_BYTES * self.num_rows:
            raise self.damaged(f"{self.num_rows:,} rows in {self.file_size:,} bytes")
        rows = 0
        for number in range(self.metadata.num_row_groups):
            group = self.metadata.row_group(number)
            rows += group.num_rows
            values = max((group.column(i).num_values for i in range(group.num_columns)), default=0)
            if values > 64 * group.num_rows + _FREE_ROWS:
                raise self.damaged(f"{values:,} values in {group.num_rows:,} rows")
            if group.total_byte_size > max(_AT_ONCE, _MAX_RATIO * group.num_rows * 2):
                raise self.damaged(f"a row group of {group.total_byte_size:,} bytes and {group.num_rows:,} rows")
        if rows != self.num_rows:
            raise self.damaged(f"{self.num_rows:,} rows, and {rows:,} in its row groups")

    def _schema_of(self, names: Sequence[str]) -> pa.Schema:
        import pyarrow as pa

        return pa.schema([self.schema.field(name) for name in names])


def _unpacked(table: pa.Table) -> int:
    """Bytes of a table with every text written out, computed without writing it out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    total = 0
    for column in table.columns:
        if not pa.types.is_dictionary(column.type):
            total += column.nbytes
            continue
        for chunk in column.chunks:
            lengths = pc.take(pc.binary_length(chunk.dictionary), chunk.indices)
            total += 4 * len(chunk) + (pc.sum(lengths.cast(pa.int64())).as_py() or 0)
    return int(total)


def _fits(found: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether a column of this type can be read as one of ours, without loss where its values allow."""
    import pyarrow as pa

    types = pa.types
    if types.is_null(found):
        return True
    if types.is_dictionary(found):
        found = found.value_type
    if types.is_list(wanted):
        return (types.is_list(found) or types.is_large_list(found)) and _fits(found.value_type, pa.string())
    if wanted == pa.string():
        return bool(types.is_string(found) or types.is_large_string(found))
    if types.is_boolean(wanted):
        return bool(types.is_boolean(found))
    if types.is_floating(wanted):
        return bool(types.is_floating(found) or types.is_integer(found))
    return bool(types.is_integer(found))
