"""key -> split from a table of any kind that has these two columns: `svta pack --splits FILE`."""

from __future__ import annotations

from pathlib import Path

from svta.builder.errors import ClipError
from svta.builder.splits import SPLITS, SplitError, split_in

from .columns import ColumnMap
from .rows import KINDS, read_rows


def read_split_file(path: str | Path) -> dict[str, str]:
    """key -> split from the rows of a table. Raises SplitError naming the row."""
    path, columns = Path(path), ColumnMap()
    if path.suffix.lower() in KINDS and not path.exists():
        raise SplitError(f"--splits {path}: no such file")
    if not path.is_file() or path.suffix.lower() not in KINDS:
        raise SplitError(f"--splits {path}: it takes three ratios, source or a file of key,split ({' '.join(KINDS)})")
    splits: dict[str, str] = {}
    for place, row in read_rows(path):
        where = f"{path.name} {place}"
        try:
            if isinstance(row, ClipError):
                raise row
            fields = columns.fields(row)
        except ClipError as error:
            raise SplitError(f"{where}: {error}") from None
        key, name = fields.get("key"), fields.get("source_split")
        if not isinstance(key, str) or not isinstance(name, str):
            raise SplitError(f"{where}: columns key and split are needed")
        if (split := split_in(name)) is None:
            raise SplitError(f"{where}: {name[:40]!r} is not a split; use {', '.join(SPLITS)}")
        if splits.setdefault(key, split) != split:
            raise SplitError(f"{where}: {key[:80]!r} is in {splits[key]} and in {split}")
    if not splits:
        raise SplitError(f"{path.name}: contains no row of key,split")
    return splits
