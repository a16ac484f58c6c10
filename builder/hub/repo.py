"""What lies in a dataset repo on the Hub, and whether it is whole, without downloading its shards.

Reads the Hub's listing (sizes, and the sha256 of LFS files), the repo's small files and, with --deep, everything.

    svta verify ns/name[@revision] [--quick|--deep]
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import sha1
from pathlib import Path
from typing import Any, Final, NamedTuple

from .errors import DatasetError
from .findings import Finding
from .foreign import is_code
from .hub_errors import patiently, reach_hub
from .index import INDEX
from .manifest import FOLDERS, SUMS, is_listed, parse_sums
from .record import check_relative_path
from .source import HUB, REPO, NotInRepo, Source
from .verify import Level, Verification, verify

DATASET_REPO: Final = "dataset"
FOLDER_PREFIXES: Final = tuple(f"{folder}/" for folder in FOLDERS)
MAX_NOTES: Final = 20
_NAME: Final = re.compile(r"[A-Za-z0-9_](?:[\w.-]{0,94}\w)?", re.ASCII)
_READ: Final = (INDEX, f"proxy/{INDEX}", SUMS, "README.md", "taxonomy.json", "build.json", "rejected.jsonl")
_MAX_SHARD_BYTES: Final = 2_000_000_000  # svta's own have 256 MB
_MAX_SMALL_BYTES: Final = 64_000_000
_LIMITS: Final = dict.fromkeys((INDEX, f"proxy/{INDEX}", "rejected.jsonl"), 4_000_000_000)  # 400 bytes a clip


class RemoteFile(NamedTuple):
    """A file as the Hub lists it. `sha256` is known of LFS files, `git_oid` (of the bytes) of the others."""

    size: int
    sha256: str | None
    git_oid: str


def remote_files(repo_id: str, revision: str | None, token: str | bool | None = None) -> dict[str, RemoteFile]:
    """Path -> what the Hub says of it, for all files of a revision. Raises HubError."""
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

    def read() -> dict[str, RemoteFile]:
        entries = HfApi(token=token).list_repo_tree(repo_id, recursive=True, revision=revision, repo_type=DATASET_REPO)
        return {
            check_relative_path(entry.path): RemoteFile(
                entry.size, entry.lfs.sha256 if entry.lfs else None, entry.blob_id
            )
            for entry in entries
            if isinstance(entry, RepoFile)
        }

    return patiently(repo_id, read)


def compare(local: Mapping[str, Path], sums: Mapping[str, str], remote: Mapping[str, RemoteFile]) -> list[Finding]:
    """What of `local` (name -> path) the Hub does not hold byte for byte, and what shards it has more."""
    findings = []
    for name, path in local.items():
        there = remote.get(name)
        if there is None:
            findings.append(Finding("missing", name, "is not in the repo"))
        elif there.size != path.stat().st_size:
            findings.append(Finding("size", name, f"has {there.size:,} bytes there and {path.stat().st_size:,} here"))
        elif there.sha256 != sums[name] if there.sha256 else there.git_oid != git_oid(path.read_bytes()):
            findings.append(Finding("checksum", name, "is another file there"))
    for name in sorted(remote.keys() - local.keys()):
        if name.startswith(("data/", "proxy/")):
            findings.append(Finding("unexpected", name, "is in the repo and not here; load_dataset would read it"))
    return findings


def git_oid(data: bytes) -> str:
    """git's name of a blob."""
    return sha1(b"blob %d\0" % len(data) + data).hexdigest()


def is_repo(target: str) -> bool:
    """Whether a command's argument names a Hub repo: hf://datasets/..., or ns/name where no such path is here."""
    return target.startswith(HUB) or (REPO.fullmatch(target) is not None and not Path(target).exists())


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
        limit = _largest(name)
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
    if SUMS not in listed or listed[SUMS].size > _largest(SUMS):
        return ()
    try:
        return parse_sums(source.path(SUMS).read_bytes().decode("ascii"))
    except (DatasetError, UnicodeDecodeError):
        return ()  # verify says what is wrong with it


def _largest(name: str) -> int:
    """How many bytes a file of this name may have before it is not even fetched."""
    if name.endswith(".tar"):
        return _MAX_SHARD_BYTES
    return _LIMITS.get(name, _MAX_SMALL_BYTES)


def _too_large(name: str, size: int, limit: int) -> Finding:
    return Finding("too_large", name, f"claims {size:,} bytes, {limit:,} are read: it was not fetched")


def open_repo(target: str, token: str | bool | None = None) -> tuple[Source, dict[str, RemoteFile]]:
    """A dataset repo, pinned to one commit, and what is listed there. Raises DatasetError where it is no dataset."""
    from huggingface_hub import HfApi

    repo_id, revision = repo_and_revision(target)
    place = f"{repo_id}@{revision}" if revision else repo_id
    reach_hub(target)
    info = patiently(place, lambda: HfApi(token=token).dataset_info(repo_id, revision=revision))
    listed = remote_files(repo_id, info.sha, token)
    if (index := listed.get(INDEX)) is None:
        raise NotInRepo(f"{place}: holds no {INDEX}, so it is no svta dataset")
    if index.size > _largest(INDEX):
        raise DatasetError(f"{place}: its {INDEX} claims {index.size:,} bytes, {_largest(INDEX):,} are read")
    return Source(f"{HUB}{repo_id}@{info.sha}", token), listed


def repo_and_revision(target: str) -> tuple[str, str | None]:
    """("ns/name", revision or None) of ns/name[@revision] or hf://datasets/...; DatasetError for anything else."""
    matched = REPO.fullmatch(target)
    if matched is None or not all(_NAME.fullmatch(part) for part in matched[1].split("/")):
        raise DatasetError(f"{target[:120]!r} is no repo id: it is NAMESPACE/NAME, or NAMESPACE/NAME@REVISION")
    return matched[1], matched[2]


def pushed_sums(source: Source) -> dict[str, str]:
    """SHA256SUMS of a repo: path -> sha256. Raises DatasetError where there is none: it was not pushed to its end.

    A list with code or hidden files in it is refused: a pulled dataset must be a folder one can work in.
    """
    try:
        text: Any = source.path(SUMS).read_bytes().decode("ascii")
        sums = parse_sums(text)
        if odd := next((name for name in sums if is_code(name) or not is_listed(name)), None):
            raise DatasetError(f"{SUMS} lists {odd}, which no dataset of svta holds; do not use this repo")
        return sums
    except NotInRepo as error:
        raise NotInRepo(f"{error}; it was pushed by something else, or not to its end: `svta push` again") from None
    except (DatasetError, UnicodeDecodeError) as error:
        raise DatasetError(f"{source.root}: {error}; push the dataset again") from None
