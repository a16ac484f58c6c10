"""What lies in a dataset repo on the Hub, and whether it is whole, without downloading its shards.

Reads the Hub's listing (sizes, and the sha256 of LFS files), the repo's small files and, with --deep, everything.

    svta verify ns/name[@revision] [--quick|--deep]
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha1
from pathlib import Path
from typing import Any, Final, NamedTuple

from .errors import DatasetError
from .findings import Finding
from .hub_errors import patiently
from .manifest import SUMS, parse_sums
from .record import check_relative_path
from .source import HUB, REPO, NotInRepo, Source, open_source
from .verify import Level, Verification, verify

DATASET_REPO: Final = "dataset"


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
    source = open_source(HUB + target.removeprefix(HUB), token=token)
    repo_id, _, commit = source.root.removeprefix(HUB).partition("@")
    listed = {name: file for name, file in remote_files(repo_id, commit, token).items() if not name.startswith(".")}
    with tempfile.TemporaryDirectory(prefix="svta-verify-") as folder:
        known = _lay_out(source, Path(folder), listed, whole=level == "deep")
        result = verify(folder, level=level, workers=workers, known_sums=known)
        found = [replace(finding, problem=finding.problem.replace(folder, target)) for finding in result.findings]
    return replace(result, target=target, findings=found)


def _lay_out(source: Source, folder: Path, listed: Mapping[str, RemoteFile], *, whole: bool) -> dict[str, str]:
    """The repo as a folder: small files as they are, shards as holes of their size; returns the shards' sums."""
    known: dict[str, str] = {}
    for name, file in listed.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if file.sha256 is not None and name.endswith(".tar") and not whole:
            with open(path, "wb") as hole:
                hole.truncate(file.size)
            known[name] = file.sha256
        else:
            os.symlink(source.path(name), path)
    return known


def pushed_sums(source: Source) -> dict[str, str]:
    """SHA256SUMS of a repo: path -> sha256. Raises DatasetError where there is none: it was not pushed to its end."""
    try:
        text: Any = source.path(SUMS).read_bytes().decode("ascii")
        return parse_sums(text)
    except NotInRepo as error:
        raise NotInRepo(f"{error}; it was pushed by something else, or not to its end: `svta push` again") from None
    except (DatasetError, UnicodeDecodeError) as error:
        raise DatasetError(f"{source.root}: {error}; push the dataset again") from None
