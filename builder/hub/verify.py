"""Verifies a dataset repo on the Hub without downloading its videos."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from svta.builder.dataset.source import Source, max_bytes_of
from svta.builder.errors import DatasetError
from svta.builder.layout.manifest import parse_sums
from svta.builder.paths import INDEX, SUMS
from svta.builder.verify.finding import Finding
from svta.builder.verify.folder import Level, Verification, verify
from svta.builder.verify.foreign_files import is_code

from .repo import FOLDER_PREFIXES, MAX_NOTES, RemoteFile, open_repo

_READ: Final = (INDEX, f"proxy/{INDEX}", SUMS, "README.md", "taxonomy.json", "build.json", "rejected.jsonl")


def verify_repo(
    target: str, *, level: Level = "full", workers: int | None = None, token: str | bool | None = None
) -> Verification:
    """Check a Hub repo: sizes and sums of all files, index, card, leaks. Shards are read with level="deep" alone.

    Raises DatasetError where there is no such repo, or no dataset in it.
    """
    source, listed = open_repo(target, token)
    listed = {name: file for name, file in listed.items() if not name.startswith(".")}
    refused: list[Finding] = []
    with tempfile.TemporaryDirectory(prefix="svta-verify-") as folder:
        known = _lay_out(source, Path(folder), listed, refused, whole=level == "deep")
        result = verify(folder, level=level, workers=workers, known_sums=known)
        told = {finding.file for finding in refused}
        found = [replace(f, problem=f.problem.replace(folder, target)) for f in result.findings if f.file not in told]
    sums = result.listed | {SUMS}
    code = [name for name in listed if is_code(name) and name not in sums]
    refused += [Finding("code", name, "is code, which no dataset of svta holds") for name in sorted(code)]
    foreign = sorted(name for name in listed.keys() - sums - set(code) if not name.startswith(FOLDER_PREFIXES))
    notes = [Finding("foreign", name, "is none of the dataset; load_dataset leaves it alone") for name in foreign]
    return replace(result, target=target, files=len(listed), findings=[*refused, *found], notes=notes[:MAX_NOTES])


def _lay_out(
    source: Source, folder: Path, listed: Mapping[str, RemoteFile], refused: list[Finding], *, whole: bool
) -> dict[str, str]:
    """The repo as a folder: the dataset's small files as they are, shards as holes; returns what sums the Hub tells.

    What only claims to be an index or a card is not fetched: `refused` says so.
    """
    known: dict[str, str] = {}
    wanted = {*_READ, *_listed_in(source, listed)}
    for name, file in listed.items():
        if "/" in name and not name.startswith(FOLDER_PREFIXES):
            continue  # no folder of a dataset
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        limit = max_bytes_of(name)
        if name.endswith(".tar") and file.sha256 is not None and (not whole or file.size > limit):
            if whole:
                refused.append(_too_large(name, file.size, limit))
            with open(path, "wb") as hole:
                hole.truncate(min(file.size, limit))
            known[name] = file.sha256
        elif name in wanted and file.size <= limit:
            os.symlink(source.path(name), path)
        elif name in _READ or (name in wanted and file.sha256 is None):
            refused.append(_too_large(name, file.size, limit))
        else:  # of a large file its checksum is enough; what no list names is not fetched at all
            path.touch()
            known[name] = file.sha256 or ""
    return known


def _listed_in(source: Source, listed: Mapping[str, RemoteFile]) -> Iterable[str]:
    """The names that the repo's SHA256SUMS lists; none where it is missing, damaged or too large."""
    if SUMS not in listed or listed[SUMS].size > max_bytes_of(SUMS):
        return ()
    try:
        return parse_sums(source.path(SUMS).read_bytes().decode("ascii"))
    except (DatasetError, UnicodeDecodeError):
        return ()  # verify says what is wrong with it


def _too_large(name: str, size: int, limit: int) -> Finding:
    return Finding("too_large", name, f"claims {size:,} bytes, {limit:,} are read: it was not fetched")
