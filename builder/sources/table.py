"""Any table with a caption column."""

from __future__ import annotations

from collections.abc import Iterator

from svta.builder.errors import ClipError
from svta.builder.io.tables import Row

from .base import Source
from .columns import slug


class Table(Source):
    """Any CSV, TSV, JSONL, JSON, XLSX or Parquet file with a column of captions."""

    name = "table"

    def rows(self) -> Iterator[Row]:
        for path in self.paths():
            for place, fields in self.table(path):
                if not isinstance(fields, ClipError) and not fields.get("source"):
                    fields["source"] = slug(path.stem)
                yield f"{path.name} {place}", fields
