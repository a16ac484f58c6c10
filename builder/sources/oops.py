"""The captions of Oops!"""

from __future__ import annotations

from collections.abc import Iterator

from svta.builder.errors import ClipError
from svta.builder.io.tables import SourceError

from .base import Source, SourceRow


class Oops(Source):
    """OOPS!: any table with the columns goal and wentwrong, joined by a blank (PAPER: how its captions look)."""

    name = "oops"
    extra_columns = ("goal", "wentwrong")

    def rows(self) -> Iterator[SourceRow]:
        for path in self.paths():
            for place, fields in self.table(path):
                if not isinstance(fields, ClipError):
                    parts = [fields.pop(column, "") for column in self.extra_columns]
                    odd = next((part for part in parts if not isinstance(part, str)), None)
                    caption = " ".join(str(part).strip() for part in parts).strip() if odd is None else odd
                    fields |= {"caption": caption, "is_anomaly": True}
                yield place, fields

    def check_columns(self, place: str) -> bool:
        if not self.columns.has(*self.extra_columns):
            raise SourceError(f"{place}: no columns goal and wentwrong; has {self.columns.column_names()}")
        return True
