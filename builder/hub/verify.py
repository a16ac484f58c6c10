"""Verifies a dataset repo on the Hub without downloading its videos."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from svta.builder.dataset.source import Source, max_bytes_of
from svta.builder.errors import DatasetError
from svta.builder.io.files import sha256_file
from svta.builder.io.limits import read_text
from svta.builder.layout.manifest import parse_sums
from svta.builder.paths import BUILD, CARD, INDEX, REJECTED, SUMS, TAXONOMY
from svta.builder.verify.dataset_folder import DatasetFolder
from svta.builder.verify.finding import Finding
from svta.builder.verify.folder import Level, Verification, verify_folder
from svta.builder.verify.foreign_files import is_code

from .repo import FOLDER_PREFIXES, MAX_NOTES, RemoteFile, open_repo

_READ: Final = (INDEX, f"proxy/{INDEX}", SUMS, CARD, TAXONOMY, BUILD, REJECTED)


class RepoFolder(DatasetFolder):
    """A dataset repo: names, sizes and the sha256 of LFS files as the Hub lists them, small files through its cache.

    `refused`: files that only claim to be an index, a card or a shard; they are too large to be fetched.
    """

    def __init__(self, source: Source, listed: dict[str, RemoteFile], *, read_shards: bool):
        self._source, self.listed = source, listed
        self.sizes_only, self.links_out = not read_shards, set()
        self.refused: dict[str, Finding] = {}
        self._wanted = set(_READ)
        self._wanted |= set(self._named_in_sums())

    def checksums(self) -> dict[str, str]:
        inner = (name for name in self.listed if "/" not in name or name.startswith(FOLDER_PREFIXES))
        return {name: self._checksum(name) for name in inner if name != SUMS}

    def _checksum(self, name: str) -> str:
        """The sha256 of a file; "" if it is not known: files that no list contains are not fetched."""
        file = self.listed[name]
        by_listing = file.sha256 is not None and name.endswith(".tar") and self.sizes_only
        if by_listing or name not in self._wanted:
            return file.sha256 or ""
        if file.size <= max_bytes_of(name):
            return sha256_file(self._source.path(name))
        if name in _READ or name.endswith(".tar") or file.sha256 is None:
            problem = f"claims {file.size:,} bytes; the limit is {max_bytes_of(name):,}: it was not fetched"
            self.refused[name] = Finding("too_large", name, problem)
        return file.sha256 or ""

    def file(self, name: str) -> Path:
        if name not in self.listed or name in self.refused:
            raise FileNotFoundError(2, "No such file or directory", name)
        return self._source.path(name)

    def size(self, name: str) -> int:
        if name not in self.listed:
            raise FileNotFoundError(2, "No such file or directory", name)
        return self.listed[name].size

    def has_folder(self, name: str) -> bool:
        return False  # hidden folders of a repo do not belong to the dataset

    def _named_in_sums(self) -> Iterable[str]:
        """The names that the repo's SHA256SUMS lists; none where it is missing, damaged or too large."""
        if SUMS not in self.listed:
            return ()
        if self.listed[SUMS].size > max_bytes_of(SUMS):
            self._checksum(SUMS)
            return ()
        try:
            return parse_sums(read_text(self._source.path(SUMS), max_bytes_of(SUMS)))
        except DatasetError:
            return ()  # verify says what is wrong with it


def verify_repo(
    target: str,
    *,
    level: Level = "full",
    workers: int | None = None,
    token: str | bool | None = None,
    on_shard: Callable[[int, int], None] | None = None,
) -> Verification:
    """Check a Hub repo: sizes and sums of all files, index, card, leaks. Shards are read with level="deep" alone.

    Raises DatasetError if there is no such repo, or no dataset in it.
    """
    source, listed = open_repo(target, token)
    listed = {name: file for name, file in listed.items() if not name.startswith(".")}
    folder = RepoFolder(source, listed, read_shards=level == "deep")
    result = verify_folder(folder, target, level, workers=workers, on_shard=on_shard)
    found = [finding for finding in result.findings if finding.file not in folder.refused]
    sums = result.listed | {SUMS}
    code = [name for name in listed if is_code(name) and name not in sums]
    refused = [*folder.refused.values()]
    refused += [Finding("code", name, "is code, which no svta dataset contains") for name in sorted(code)]
    foreign = sorted(name for name in listed.keys() - sums - set(code) if not name.startswith(FOLDER_PREFIXES))
    notes = [Finding("foreign", name, "is not part of the dataset; load_dataset ignores it") for name in foreign]
    return replace(result, files=len(listed), findings=[*refused, *found], notes=notes[:MAX_NOTES])
