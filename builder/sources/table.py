"""Any table with a caption column."""

from __future__ import annotations

import re
from collections.abc import Iterator

from svta.builder.errors import ClipError

from .base import Source, SourceRow


class Table(Source):
    """Any CSV, TSV, JSONL, JSON, XLSX or Parquet file with a column of captions."""

    name = "table"

    def rows(self) -> Iterator[SourceRow]:
        for path in self.paths():
            for place, fields in self.table(path):
                if not isinstance(fields, ClipError):
                    fields.setdefault("source", _slug(path.stem))
                yield place, fields


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:60] or "table"
