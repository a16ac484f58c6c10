"""The audit_* columns of clips.parquet: what people or a model found out about single clips; null if not asked.

They are in the index alone, beside svta's other columns, which readers take by name: shards do not change. Numbers
and truth values only: nothing of a caption. Written by `svta audit --dataset-out`, kept by append, push and pull.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Final

from svta.builder.errors import DatasetError, escaped, first_line
from svta.builder.io.files import atomic_write
from svta.builder.io.limits import TooLarge
from svta.builder.io.parquet import read_batches, read_metadata

from .index import read_tables

if TYPE_CHECKING:
    import pyarrow as pa

PREFIX: Final = "audit_"
BY: Final = ("people", "judge")


@dataclass(frozen=True)
class AuditMark:
    """One clip. verified: it shows its caption; by: who judged; mean scores from 1 to 5 on SynTVA's axes."""

    verified: bool
    by: str
    object_scene: float | None = None
    action: float | None = None
    attribute: float | None = None
    prompt_fidelity: float | None = None


NAMES: Final = tuple(field.name for field in fields(AuditMark))
COLUMNS: Final = tuple(PREFIX + name for name in NAMES)


def read_marks(index: str | Path) -> dict[str, AuditMark]:
    """The marks of an index by key; none where it has no audit_* columns. Raises DatasetError for columns of another
    kind."""
    import pyarrow as pa

    marks: dict[str, AuditMark] = {}
    try:
        present = read_metadata(index).schema.to_arrow_schema().names
        if f"{PREFIX}verified" not in present:
            return {}
        wanted = ["key", *(name for name in COLUMNS if name in present)]
        for batch in read_batches(index, wanted):
            if isinstance(batch, TooLarge):
                raise DatasetError(str(batch))
            for row in batch.to_pylist():
                mark = _mark({name: row.get(PREFIX + name) for name in NAMES})
                if mark is not None and isinstance(row["key"], str):
                    marks[row["key"]] = mark
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{index}: damaged index: {escaped(first_line(error))}") from None
    return marks


def _mark(values: Mapping[str, object]) -> AuditMark | None:
    """A row's mark; None if it has none, or where somebody else's values are there."""
    verified, by = values["verified"], values["by"]
    if not isinstance(verified, bool) or by not in BY:
        return None
    scores = {
        name: float(value) if isinstance(value := values[name], int | float) and 1 <= value <= 5 else None
        for name in NAMES[2:]
    }
    return AuditMark(verified, str(by), **scores)


def write_marks(index: str | Path, marks: Mapping[str, AuditMark]) -> None:
    """Give an index these columns, atomically. Without marks it stays as it is. Same marks, same bytes."""
    if not marks:
        return
    import pyarrow.parquet as pq

    tables = _with_columns(index, marks)
    first = next(tables, None)
    if first is None:
        return
    with atomic_write(index) as file, pq.ParquetWriter(file, first.schema, compression="zstd") as writer:
        writer.write_table(first, row_group_size=max(1, first.num_rows))
        for table in tables:
            writer.write_table(table, row_group_size=max(1, table.num_rows))


def _with_columns(index: str | Path, marks: Mapping[str, AuditMark]) -> Iterator[pa.Table]:
    import pyarrow as pa

    kinds = {"verified": pa.bool_(), "by": pa.string()}
    for table in read_tables(index):
        found = [marks.get(key) for key in table["key"].to_pylist()]
        for name in NAMES:
            values = [None if mark is None else getattr(mark, name) for mark in found]
            table = table.append_column(PREFIX + name, pa.array(values, kinds.get(name, pa.float64())))
        yield table
