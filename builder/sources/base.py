"""Source: what every reader of captions offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from svta.builder.errors import ClipError
from svta.builder.io.tables import Row, SourceError, read_rows

from .columns import rename

Reject = dict[str, Any]
OnReject = Callable[[Reject], Any]


class Source:
    """One kind of source. `rows` yields (place, Clip fields or what is wrong with the row)."""

    name: ClassVar[str]
    files: ClassVar[str] = ""

    def __init__(self, path: str, columns: Mapping[str, str] | None = None):
        self.path = path
        self.columns = dict(columns or {})

    def rows(self) -> Iterator[Row]:
        """Fields as Clip names them, caption not yet stripped. Raises SourceError for a file of another kind."""
        raise SourceError(f"{self.name}: reads no rows")

    def table(self, path: Path) -> Iterator[Row]:
        """Rows of a table file under Clip's field names: columns given first, then found by their names."""
        for place, fields in read_rows(path):
            yield place, fields if isinstance(fields, ClipError) else rename(fields, self.columns, str(path))

    def paths(self) -> list[Path]:
        """The file given, or those of a folder that bear the names the source publishes."""
        path = Path(self.path)
        if not path.is_dir():
            if not path.is_file():
                raise SourceError(f"{path}: no such file")
            return [path]
        if not self.files or not (found := sorted(path.glob(self.files))):
            raise SourceError(f"{path}: a folder without {self.files or 'a table of captions'}")
        return found
