"""Any table with a caption column, and the one of Oops!, which has two."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from svta.builder.errors import ClipError
from svta.builder.io.tables import Row, SourceError

from .base import Source
from .column_names import fold
from .columns import Fields
from .rows import KINDS

_WRITTEN: Final = (".rejected.jsonl", ".report.json", ".labels.jsonl", ".groups.json", ".balance.json", "taxonomy.json")


class Table(Source):
    """Any CSV, TSV, JSONL, JSON, XLSX, Parquet or text file of captions, or a folder: all such files in it but text."""

    name = "table"
    is_published = False
    _passed_over: Sequence[str] = ()

    @property
    def label(self) -> str:
        """Übungen.csv: ubungen; a name in another script: table and a hash, so that two files are two sources."""
        stem = Path(self.path).stem
        letters = unicodedata.normalize("NFKD", stem.casefold())
        label = re.sub(r"[^a-z0-9]+", "-", re.sub(r"[\u0300-\u036f]", "", letters)).strip("-")[:60]
        if any(letter.isalpha() and not letter.isascii() for letter in letters):
            label = f"{label or 'table'}-{hashlib.sha256(letters.encode(errors='replace')).hexdigest()[:8]}"
        return label or "table"

    def paths(self) -> list[Path]:
        """The file given; of a folder its tables of captions, and `passed_over` what else may be one."""
        if not (folder := Path(self.path)).is_dir():
            return super().paths()
        passed_over: list[str] = []
        found: list[Path] = []
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() not in KINDS and not path.is_dir():
                continue
            if why := self._is_none(path):
                passed_over.append(f"{path.name}: {why}")
            else:
                found.append(path)
        self._passed_over = passed_over
        if not found:
            why = "; ".join(passed_over) or f"it reads {' '.join(KINDS)}"
            raise SourceError(f"{folder}: a folder without a table of captions ({why})")
        return found

    def _is_none(self, path: Path) -> str | None:
        """Why something in a folder is not a table of captions."""
        if path.is_dir():
            return "a folder"
        if path.name.endswith(_WRITTEN):
            return "written by svta"
        if path.is_file() and not path.stat().st_size:
            return "empty"
        if path.suffix.lower() == ".txt":
            return "text, to be named"
        for _, row in self._reader(path, self.is_video, self.columns.names_captions):
            return None if isinstance(row, ClipError) or self.columns.names_captions(row) else "no column of captions"
        return "no rows"

    def chosen(self) -> dict[str, str]:
        told = {"passed_over": "; ".join(self._passed_over)} if self._passed_over else {}
        return super().chosen() | told


class GivenRows(Table):
    """Rows that somebody has read already."""

    def __init__(self, rows: Iterable[Row], columns: Mapping[str, str] | None = None, *, keep_repeats: bool = True):
        super().__init__("rows", columns, keep_repeats=keep_repeats)
        self._rows = rows

    def rows(self) -> Iterator[Row]:
        yield from self._rows


class Oops(Source):
    """OOPS!: any table with the columns goal and wentwrong, joined by a blank (PAPER: how its captions look)."""

    name = "oops"
    own_columns = ("goal", "wentwrong")
    _has_parts = False

    def fields(self, row: Mapping[str, object]) -> Fields:
        by_name = {fold(column): value for column, value in row.items()}
        self._has_parts = self._has_parts or any(part in by_name for part in self.own_columns)
        parts = [by_name.get(part) or "" for part in self.own_columns]
        odd = next((part for part in parts if not isinstance(part, str)), None)
        caption = " ".join(str(part).strip() for part in parts).strip() if odd is None else odd
        return {**super().fields(row), "caption": {0: caption} if isinstance(caption, list) else caption}

    def complete(self, fields: Fields, place: str) -> None:
        fields["is_anomaly"] = True

    def check_columns(self) -> bool:
        if not self._has_parts:
            raise SourceError(f"{self.path}: no columns goal and wentwrong; has {self.columns.column_names()}")
        return True
