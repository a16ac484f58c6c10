"""Parquet files that anybody may have written, read in batches of a bounded size.

A value is stored once and may be in every row, so 3 kB of Parquet can unpack to gigabytes. Texts are therefore read
as numbers into a dictionary, and what they unpack to is computed before any of them is written out.

    for batch in read_batches("rows.parquet"):
        rows = batch.to_pylist() if not isinstance(batch, TooLarge) else ...
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from svta.builder.errors import DatasetError

from .limits import TooLarge, check_regular
from .parquet_checks import check_footer, check_pages

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

BATCH_BYTES: Final = 64_000_000  # of a batch, unpacked
MAX_VALUES_A_BYTE: Final = 16  # of the file: 200 million empty rows take 420 kB
MAX_FIXED_BYTES: Final = 4_096  # of a value of a fixed size: hashes and decimals have less
_FREE_VALUES: Final = 100_000
_BATCH_ROWS: Final = 8_192
_FREE_BYTES: Final = 256_000_000
_MAX_RATIO: Final = 200  # bytes of all pages for each byte of the file: text packs 5 to 20 times
_VALUE_BYTES: Final = 8  # of any value, as a Python object


def read_metadata(path: str | Path) -> pq.FileMetaData:
    """The footer of a Parquet file. Raises DatasetError for a pipe or a device, which pyarrow would read for ever, for
    names that are not text and for what would end the process; what else pyarrow raises passes.
    """
    import pyarrow.parquet as pq

    check_regular(path)
    try:
        metadata = pq.read_metadata(path)
        check_footer(path, metadata)
        for group in map(metadata.row_group, range(metadata.num_row_groups)):
            for number in range(group.num_columns):
                group.column(number).path_in_schema  # noqa: B018 - raises where it is not text
    except UnicodeDecodeError:
        raise DatasetError(f"{path}: damaged: a column name is not UTF-8 text") from None
    return metadata


def read_batches(path: str | Path, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch | TooLarge]:
    """All rows in order, in batches that unpack to at most BATCH_BYTES; a row that alone is larger is a TooLarge.

    Texts come as dictionaries, in structs as they are, few rows at once. Raises DatasetError for a file that claims
    more than one of its size holds; what pyarrow raises passes.
    """
    import pyarrow.parquet as pq

    path = Path(path)
    size = path.stat().st_size
    left = _most(size)
    metadata = read_metadata(path)
    rows = min(_BATCH_ROWS, _check(path, size, metadata))
    check_pages(path, metadata)
    leaves = [metadata.schema.column(i) for i in range(len(metadata.schema))]
    texts = [leaf.path for leaf in leaves if _is_text(leaf) and ("." not in leaf.path or leaf.max_repetition_level)]
    in_structs = [i for i, leaf in enumerate(leaves) if _is_text(leaf) and leaf.path not in texts]
    with pq.ParquetFile(path, metadata=metadata, read_dictionary=texts, pre_buffer=False) as file:
        for number in range(metadata.num_row_groups):
            longest = sum(metadata.row_group(number).column(i).total_uncompressed_size for i in in_structs)
            count = min(rows, max(1, BATCH_BYTES // max(1, longest)))
            for batch in file.iter_batches(count, row_groups=[number], columns=columns and list(columns)):
                left -= sum(map(unpacked_bytes, batch.columns))
                if left < 0:
                    raise DatasetError(f"{path}: its {size:,} bytes unpack to over {_most(size):,}")
                yield from _bounded(path, batch)


def _is_text(leaf: pq.ColumnSchema) -> bool:
    return bool(leaf.physical_type == "BYTE_ARRAY" and leaf.logical_type.type != "DECIMAL")


def _most(size: int) -> int:
    return _FREE_BYTES + _MAX_RATIO * size


def _check(path: Path, size: int, metadata: pq.FileMetaData) -> int:
    """Refuse values and bytes that the file is too small for; returns how many rows may be decoded at once."""
    schema = metadata.schema
    fixed = [schema.column(i).length for i in range(len(schema))]
    if max(fixed, default=0) > MAX_FIXED_BYTES:
        raise DatasetError(f"{path}: a column of {max(fixed):,} bytes a value; the limit is {MAX_FIXED_BYTES:,}")
    rows = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    if max(metadata.num_rows, sum(rows)) > max(_FREE_VALUES, MAX_VALUES_A_BYTE * size):
        raise DatasetError(f"{path}: {max(metadata.num_rows, sum(rows)):,} rows in a file too small for texts")
    unpacked = 0
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        chunks = [group.column(i) for i in range(group.num_columns)]
        values = max((chunk.num_values for chunk in chunks), default=0)
        if values > max(_FREE_VALUES, MAX_VALUES_A_BYTE * size):
            raise DatasetError(f"{path}: {values:,} values in {group.num_rows:,} rows of so small a file")
        unpacked += sum(chunk.total_uncompressed_size for chunk in chunks)
    if unpacked > _most(size):
        raise DatasetError(f"{path}: {size:,} bytes claim to unpack to {unpacked:,}")
    return max(1, BATCH_BYTES // (_VALUE_BYTES * len(fixed) + sum(length for length in fixed if length > 0)))


def _bounded(path: Path, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch | TooLarge]:
    size = sum(map(unpacked_bytes, batch.columns))
    if size <= BATCH_BYTES:
        yield batch
    elif batch.num_rows == 1:
        yield TooLarge(f"{path}: a row of {size:,} bytes; the limit is {BATCH_BYTES:,}")
    else:
        half = batch.num_rows // 2
        yield from _bounded(path, batch.slice(0, half))
        yield from _bounded(path, batch.slice(half))


def unpacked_bytes(array: pa.Array) -> int:
    """Bytes of an array with every value written out, computed without writing one out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = array.type
    if pa.types.is_dictionary(kind):
        words = array.dictionary
        if not (pa.types.is_string(words.type) or pa.types.is_binary(words.type)):
            return int(_VALUE_BYTES * len(array) + words.nbytes)
        lengths = pc.take(pc.binary_length(words), array.indices)
        return int(_VALUE_BYTES * len(array) + (pc.sum(lengths.cast(pa.int64())).as_py() or 0))
    if pa.types.is_struct(kind):
        return int(_VALUE_BYTES * len(array) + sum(map(unpacked_bytes, array.flatten())))
    if pa.types.is_map(kind):  # no kernel flattens one
        first, end = array.offsets[0].as_py(), array.offsets[-1].as_py()
        both = (part.slice(first, end - first) for part in (array.keys, array.items))
        return int(_VALUE_BYTES * len(array) + sum(map(unpacked_bytes, both)))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return int(_VALUE_BYTES * len(array) + unpacked_bytes(array.flatten()))
    return int(_VALUE_BYTES * len(array) + array.nbytes)
