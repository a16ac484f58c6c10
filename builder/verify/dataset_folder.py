"""What verify reads of a dataset: names, checksums, sizes, small files and shards, from a folder on this machine.

A dataset on the Hub is another kind of folder (hub/verify.py), whose names, sizes and checksums the Hub lists.
"""

from __future__ import annotations

import os
from pathlib import Path

from svta.builder.errors import UnsafePath
from svta.builder.io.files import sha256_file
from svta.builder.io.safe_path import Root
from svta.builder.layout.manifest import files_of


class DatasetFolder:
    """A dataset whose files are all here.

    `sizes_only`: shards are compared by their size and checksum, their members are not read. `links_out`: files that
    are links out of the folder; they are not followed.
    """

    sizes_only = False

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self._root = Root(path)
        self.links_out: set[str] = set()

    def checksums(self) -> dict[str, str]:
        """File of the dataset -> its sha256."""
        sums = {}
        for name in files_of(self.path):
            try:
                sums[name] = sha256_file(self._root.path(name))
            except UnsafePath:
                self.links_out.add(name)
        return sums

    def file(self, name: str) -> Path:
        """A local path of a file, to be read. Raises FileNotFoundError if there is none, UnsafePath."""
        return self._root.file(name)

    def size(self, name: str) -> int:
        """Bytes of a file. Raises FileNotFoundError, UnsafePath."""
        return self.file(name).stat().st_size

    def shard(self, name: str) -> Path | None:
        """As file(), of a shard whose members are to be read; None if only its size is compared."""
        return None if self.sizes_only else self.file(name)

    def has_folder(self, name: str) -> bool:
        """Whether there is a folder of this name at the top."""
        return os.path.isdir(self.path / name)
