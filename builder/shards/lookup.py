"""Random access to clips.parquet: arrow columns, one row per clip, constant time at any size. (index.py writes it.)

Reads clips.parquet. Four columns (split, shard, offset, size) are held as arrays; the rest is held whole when small,
else rewritten once, on first use, as an Arrow file of small batches in the cache, which all processes share.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from svta.builder.errors import ClipError, DatasetError
from svta.builder.io.files import atomic_write
from svta.builder.io.limits import regular
from svta.builder.io.safe_path import check_relative
from svta.builder.paths import INDEX
from svta.builder.record import CLIP_FIELDS, Clip
from svta.builder.splits import SPLITS

from .index_file import Columns, IndexFile

if TYPE_CHECKING:
    import pyarrow as pa


IN_MEMORY_BYTES: Final = 256_000_000  # of uncompressed index; above, the rows are read from a cache file
_NEEDED: Final = ("key", "caption", "split", "shard", "offset", "size")
_SPLIT_NAME: Final = re.compile(r"\w+(?:\.\w+)*")  # as datasets has them
_BATCH_ROWS: Final = 512  # of the cache file: what one random access reads
_FOOTER_BYTES: Final = 1 << 20


class Index:
    """Rows of clips.parquet in file order; `split`, `shard` (codes into the name lists), `offset`, `size` as arrays."""

    def __init__(self, path: str | Path):
        self.path, self._lock = Path(path), Lock()
        self._selected: tuple[tuple[tuple[str, ...] | None, bool | None] | None, np.ndarray] = (None, np.empty(0, bool))
        self._file = IndexFile(path, _NEEDED)
        names = self._file.names
        self.fields: tuple[str, ...] = tuple(name for name in CLIP_FIELDS if name in names and not self._is_null(name))
        self.split_names, self.split = _codes(self._place("split"))
        if bad := [name for name in self.split_names if not _SPLIT_NAME.fullmatch(name)]:
            raise self._file.damaged(f"{bad[0][:40]!r} is not the name of a split")
        names, self.shard = _codes(self._place("shard"))
        self.shard_names = [check_relative(name, str(self.path)) for name in names]
        self.offset, self.size = self._place("offset").to_numpy(), self._place("size").to_numpy()
        for name, numbers in (("offset", self.offset), ("size", self.size)):
            if len(numbers) and int(numbers.min()) < 0:
                raise self._file.damaged(f"row {int(numbers.argmin()):,}: {name} below zero")
        if {len(self.split), len(self.shard), len(self.offset), len(self.size)} != {self._file.num_rows}:
            raise self._file.damaged("its columns differ in length")

    def __len__(self) -> int:
        return len(self.offset)

    @cached_property
    def fingerprint(self) -> str:
        """Names this index by its length and its parquet footer: cheap at any size, equal on every machine."""
        size = self.path.stat().st_size
        with open(self.path, "rb", opener=regular) as file:
            file.seek(max(0, size - _FOOTER_BYTES))
            return hashlib.sha256(size.to_bytes(8, "little") + file.read()).hexdigest()[:32]

    def splits(self) -> list[str]:
        """Names of the splits that hold clips: train, validation, test, then others by name."""
        known = {name: place for place, name in enumerate(SPLITS)}
        return sorted(self.split_names, key=lambda name: (known.get(name, len(known)), name))

    def rows(self, splits: Sequence[str]) -> np.ndarray:
        """Row numbers [N] of these splits, split by split, else in file order. DatasetError for an unknown split."""
        if unknown := [name for name in splits if name not in self.split_names]:
            raise DatasetError(
                f"{self.path}: no split {unknown[0]!r}; it contains {', '.join(self.splits()) or 'nothing'}"
            )
        parts = [np.flatnonzero(self.split == self.split_names.index(name)) for name in splits]
        return parts[0] if len(parts) == 1 else np.concatenate([np.empty(0, np.int64), *parts])

    def shards(self, split: str) -> list[str]:
        """Shards of a split, in name order."""
        codes = np.unique(self.shard[self.rows([split])])
        return sorted(self.shard_names[code] for code in codes)

    def rows_of_shard(self, shard: str) -> np.ndarray:
        """Row numbers of the clips in a shard, in the order of their bytes."""
        rows = np.flatnonzero(self.shard == self.shard_names.index(shard))
        return rows[np.argsort(self.offset[rows], kind="stable")]

    def select(self, *, categories: Sequence[str] | None = None, is_anomaly: bool | None = None) -> np.ndarray:
        """Mask bool [rows] of the clips with one of these category names, and with this is_anomaly."""
        wanted = None if categories is None else tuple(categories), is_anomaly
        selected = self._selected
        if selected[0] != wanted:  # a stream asks again for each shard
            selected = self._selected = wanted, self._mask(*wanted)
        return selected[1]

    def _mask(self, categories: Sequence[str] | None, is_anomaly: bool | None) -> np.ndarray:
        mask = np.ones(len(self), bool)
        for name, value in (("category", categories), ("is_anomaly", is_anomaly)):
            if value is not None and name not in self.fields:  # nothing but null there
                return ~mask
        if categories is not None:
            names, codes = _codes(self._file.column("category"))
            mask &= np.isin(codes, [names.index(name) for name in categories if name in names])
        if is_anomaly is not None:
            column = self._file.column("is_anomaly")
            mask &= column.fill_null(not is_anomaly).to_numpy() == is_anomaly
        return mask

    def columns(self, rows: np.ndarray) -> Columns:
        """Clip's columns of some rows, as Python lists; the ones the index lacks are None throughout."""
        part = self._take(rows)
        found = {name: part[name].to_pylist() for name in self.fields}
        return {name: found.get(name) or [None] * len(rows) for name in CLIP_FIELDS}

    def column(self, name: str, rows: np.ndarray) -> list[Any]:
        """One of Clip's columns, or "split", for some rows, read alone; None throughout where the index lacks it."""
        if name == "split":
            return [self.split_names[code] for code in self.split[rows]]
        if name not in self.fields:
            return [None] * len(rows)
        values: list[Any] = self._file.column(name).take(rows).to_pylist()
        return values

    def shard_name(self, row: int) -> str:
        """The shard in which the clip of a row is."""
        return self.shard_names[self.shard[row]]

    def place(self, row: int, clip: Clip) -> tuple[str, int, int]:
        """(key, offset, size) of a clip's video in its shard."""
        return clip.key, int(self.offset[row]), int(self.size[row])

    def clip(self, row: int) -> Clip:
        """The record in one row."""
        fields = self._take(np.array([row])).to_pylist()[0]
        try:
            return Clip.from_dict({name: value for name, value in fields.items() if value is not None})
        except ClipError as error:
            raise DatasetError(f"{INDEX} key {str(fields.get('key'))[:80]!a}: {error}") from None

    def _take(self, rows: np.ndarray) -> pa.Table:
        import pyarrow as pa

        if isinstance(self._records, pa.Table):
            start, stop = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, 0)
            together = stop - start == len(rows) and bool(np.all(np.diff(rows) == 1))
            return self._records.slice(start, len(rows)) if together else self._records.take(rows)
        numbers, which = np.unique(rows // _BATCH_ROWS, return_inverse=True)
        with self._lock, self._file.reading():
            batches = [self._records.get_batch(int(number)) for number in numbers]
        return pa.Table.from_batches(batches, self._records.schema).take(which * _BATCH_ROWS + rows % _BATCH_ROWS)

    @cached_property
    def _records(self) -> pa.Table | pa.RecordBatchFileReader:
        """Clip's columns of all rows: a table when small, else batches read one by one from the cache file."""
        import pyarrow as pa

        claimed = sum(
            self._file.metadata.row_group(i).total_byte_size for i in range(self._file.metadata.num_row_groups)
        )
        if claimed <= IN_MEMORY_BYTES or not self._cached_path().exists():
            tables, size = [self._empty()], 0
            for table in self._file.tables(self.fields):
                tables.append(table)
                size += table.nbytes
                if size > IN_MEMORY_BYTES:
                    break
            else:
                return pa.concat_tables(tables).combine_chunks()
            tables.clear()
        cached = self._cached_path()
        if not cached.exists():
            self._write_cached(cached)
        with self._file.reading():
            return pa.ipc.open_file(pa.OSFile(str(cached)))

    def _empty(self) -> pa.Table:
        import pyarrow as pa

        return pa.schema([self._file.schema.field(name) for name in self.fields]).empty_table()

    def _cached_path(self) -> Path:
        from huggingface_hub import cached_assets_path

        stat = self.path.stat()
        name = hashlib.sha256(f"{self.fingerprint} {stat.st_mtime_ns}".encode()).hexdigest()[:32]
        return Path(cached_assets_path("svta", namespace="index", subfolder="arrow")) / f"{name}.arrow"

    def _write_cached(self, path: Path) -> None:
        """All rows in batches of _BATCH_ROWS: what one random access reads."""
        import pyarrow as pa

        options = pa.ipc.IpcWriteOptions(compression="lz4")
        left = self._empty()
        with atomic_write(path) as out, pa.ipc.new_file(out, left.schema, options=options) as writer:
            for table in self._file.tables(self.fields):
                table = pa.concat_tables([left, table])
                whole = len(table) // _BATCH_ROWS * _BATCH_ROWS
                writer.write_table(table.slice(0, whole).combine_chunks(), max_chunksize=_BATCH_ROWS)
                left = table.slice(whole)
            writer.write_table(left.combine_chunks(), max_chunksize=_BATCH_ROWS)

    def _place(self, name: str) -> pa.ChunkedArray:
        column = self._file.column(name)
        if column.null_count:
            raise self._file.damaged(f"a row without {name}")
        return column

    def _is_null(self, name: str) -> bool:
        """Whether a column holds nothing at all, by the file's own statistics."""
        metadata = self._file.metadata
        groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
        chunks = [c for g in groups for c in map(g.column, range(g.num_columns)) if c.path_in_schema == name]
        full = [c.statistics.null_count == c.num_values for c in chunks if c.statistics is not None]
        return bool(full) and len(full) == len(groups) and all(full)


def _codes(column: pa.ChunkedArray) -> tuple[list[str], np.ndarray]:
    """(names, code int32 [rows]) of a text column; null is -1."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(column)
    column = column.unify_dictionaries()
    if column.num_chunks == 0:
        return [], np.empty(0, np.int32)
    parts = [chunk.indices.fill_null(-1) if chunk.null_count else chunk.indices for chunk in column.chunks]
    codes = np.concatenate([part.to_numpy() for part in parts])
    return column.chunk(0).dictionary.to_pylist(), codes.astype(np.int32, copy=False)
