"""The index of a dataset, local or on the Hub, opened for lookup."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from svta.builder.errors import DatasetError
from svta.builder.paths import INDEX

from .source import Source

if TYPE_CHECKING:
    pass
from svta.builder.shards.lookup import Index


def find_index(source: Source, *, proxy: bool = False) -> Index:
    """The index of a dataset, or of its small videos. Raises DatasetError if it has none."""
    if not proxy:
        return open_index(source.path(INDEX))
    if (path := source.find(f"proxy/{INDEX}")) is None:
        raise DatasetError(f"{source.root}: no proxy videos; `svta pack --proxy 256` makes them")
    return open_index(path)


def open_index(path: str | Path) -> Index:
    """The index at `path`, opened once per process as long as the file stays the same."""
    try:
        stat = os.stat(path)
    except OSError as error:
        raise DatasetError(f"{path}: {error.strerror}") from None
    return _open(str(path), stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4)
def _open(path: str, mtime_ns: int, size: int) -> Index:
    return Index(path)
