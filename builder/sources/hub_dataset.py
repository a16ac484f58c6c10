"""Any dataset on the Hub with a caption column."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from svta.builder.errors import first_line
from svta.builder.io.hub_client import limited
from svta.builder.io.tables import Row, SourceError

from .base import Source
from .columns import Fields

# of datasets: invalid files, Python in the repo (RuntimeError), data at an address it has no package for
_REFUSALS: Final = (OSError, ValueError, RuntimeError, ImportError)
_TABLES: Final = frozenset((".csv", ".jsonl", ".xlsx", ".parquet"))
_SAME: Final = {".tsv": ".csv", ".ndjson": ".jsonl"}


class Hub(Source):
    """A dataset of the Hub, NAMESPACE/NAME[@revision], or a local folder `datasets` can load; streamed."""

    name = "hub"
    is_rights_holder = False
    _split = ""
    _number = 0

    @property
    def label(self) -> str:
        return self.path.partition("@")[0]

    def rows(self) -> Iterator[Row]:
        import datasets

        repo_id, _, revision = self.path.partition("@")
        self._check_folder(Path(self.path))
        try:
            with limited():
                splits = datasets.load_dataset(repo_id, revision=revision or None, streaming=True)
        except _REFUSALS as error:
            raise SourceError(f"hub={self.path}: {first_line(error)}") from None
        for self._split, rows in splits.items():
            self._number, each = 0, iter(rows)
            while True:
                try:
                    with limited():
                        row = next(each)
                except StopIteration:
                    break
                except (*_REFUSALS, datasets.exceptions.DatasetsError) as error:
                    place = f"hub={self.path} {self._split} after row {self._number}"
                    raise SourceError(f"{place}: {first_line(error)}") from None
                self._number += 1
                yield f"{self._split} row {self._number}", dict(row)
                self.check_columns()

    def _check_folder(self, folder: Path) -> None:
        """Raise SourceError for a folder of several kinds of tables: `datasets` reads the most frequent one alone."""
        if not folder.is_dir() or (folder / "README.md").exists():  # the card names the files
            return
        kinds = {_SAME.get(path.suffix.lower(), path.suffix.lower()) for path in folder.rglob("*")} & _TABLES
        if len(kinds) > 1:
            which = ", ".join(sorted(kinds))
            raise SourceError(f"hub={folder}: has tables of several kinds ({which}); table={folder} reads all of them")

    def complete(self, fields: Fields, place: str) -> None:
        fields.setdefault("source_split", self._split)
        if "key" not in fields:
            fields.setdefault("source_id", f"{self._split}-{self._number - 1}")
