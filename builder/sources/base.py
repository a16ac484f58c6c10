"""Source: what every reader of captions offers. A new kind is one small class with a name and rows()."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import ClassVar, Final

from svta.builder.errors import ClipError
from svta.builder.io.tables import KINDS, SourceError, read_rows

from .columns import CAPTION_COLUMNS, ColumnMap, Fields
from .records import Reject

OnReject = Callable[[Reject], object]
SourceRow = tuple[str, Fields | ClipError]
_ROWS_DIFFER: Final = frozenset({"json", "jsonl"})


class Source(ABC):
    """One kind of caption source: a file or a folder -> rows under a clip's field names.

    name: what `--source NAME=FILE` calls it. files: the names its publisher gives the files, as a glob.
    """

    name: ClassVar[str]
    files: ClassVar[str] = ""
    extra_columns: ClassVar[tuple[str, ...]] = ()

    def __init__(self, path: str, columns: Mapping[str, str] | None = None):
        self.path = path
        self.columns = ColumnMap({**CAPTION_COLUMNS, **dict.fromkeys(self.extra_columns, ())}, columns)

    @abstractmethod
    def rows(self) -> Iterator[SourceRow]:
        """(place, fields of a clip, or what is wrong with the row). Raises SourceError for a file of another kind."""

    def table(self, path: Path) -> Iterator[SourceRow]:
        """Rows of a table file under a clip's field names. Raises SourceError where no column holds captions."""
        is_checked = False
        for place, row in read_rows(path):
            if isinstance(row, ClipError):
                yield f"{path.name} {place}", row
                continue
            fields = self.fields(row)
            if not is_checked and KINDS[path.suffix.lower()] not in _ROWS_DIFFER:
                is_checked = self.check_columns(str(path))
            yield f"{path.name} {place}", fields
        if self.columns.is_used:
            self.check_columns(str(path))

    def fields(self, row: Mapping[str, object]) -> Fields:
        """A row under a clip's field names; a key of its own is where the caption comes from, not the clip's key."""
        fields = self.columns.fields(row)
        if (key := fields.pop("key", None)) is not None:
            fields.setdefault("source_id", str(key) if type(key) is int else key)
        return fields

    def check_columns(self, place: str) -> bool:
        """Raise SourceError where the rows so far lack a column that was named, or any of captions."""
        if missing := self.columns.missing():
            raise SourceError(f"{place}: no column {missing[0]!r}; has {self.columns.column_names()}")
        if not self.columns.has("caption", "key", "category"):
            names = self.columns.column_names()
            raise SourceError(f"{place}: no column of captions; name it with --columns caption=NAME; has {names}")
        return True

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
