"""The captions of Oops!"""

from __future__ import annotations

from collections.abc import Iterator

from svta.builder.errors import ClipError
from svta.builder.io.tables import Row, SourceError, read_rows

from .base import Source
from .columns import column_names, column_value, rename


class Oops(Source):
    """OOPS!: any table with the columns goal and wentwrong, joined by a blank (PAPER: how its captions look)."""

    name = "oops"

    def rows(self) -> Iterator[Row]:
        for path in self.paths():
            for place, fields in read_rows(path):
                if not isinstance(fields, ClipError):
                    goal, wrong = (column_value(fields, self.columns.get(c, c)) for c in ("goal", "wentwrong"))
                    if goal is None and wrong is None:
                        raise SourceError(f"{path} {place}: no columns goal and wentwrong; has {column_names(fields)}")
                    renamed = rename(fields, self.columns, str(path), need_caption=False)
                    caption = " ".join(str(part).strip() for part in (goal, wrong) if part and str(part).strip())
                    fields = {**renamed, "caption": caption, "is_anomaly": True}
                yield f"{path.name} {place}", fields
