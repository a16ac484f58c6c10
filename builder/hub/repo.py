"""What is in a dataset repo on the Hub, and whether it is whole, without downloading its shards.

Reads the Hub's listing (sizes, and the sha256 of LFS files), the repo's small files and, with --deep, everything.

    svta verify ns/name[@revision] [--quick|--deep]
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha1
from pathlib import Path
from typing import Final, NamedTuple

from svta.builder.dataset.source import HUB, REPO, NotInRepo, Source, max_bytes_of
from svta.builder.errors import DatasetError
from svta.builder.io.hub_client import UntrustedAnswer
from svta.builder.io.hub_errors import HubError, reach_hub, read_answer
from svta.builder.io.limits import read_bytes, read_text
from svta.builder.io.safe_path import check_relative
from svta.builder.layout.manifest import is_listed, parse_sums
from svta.builder.paths import FOLDERS, INDEX, SUMS
from svta.builder.verify.finding import Finding
from svta.builder.verify.foreign_files import is_code

DATASET_REPO: Final = "dataset"
FOLDER_PREFIXES: Final = tuple(f"{folder}/" for folder in FOLDERS)
MAX_NOTES: Final = 20
_NAME: Final = re.compile(r"[A-Za-z0-9_](?:[\w.-]{0,94}\w)?", re.ASCII)
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_MAX_FILES: Final = 200_000  # twice what the Hub allows


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
        files: dict[str, RemoteFile] = {}
        api = HfApi(token=token)
        for entry in api.list_repo_tree(repo_id, recursive=True, revision=revision, repo_type=DATASET_REPO):
            if isinstance(entry, RepoFile):
                sha256 = entry.lfs.sha256 if entry.lfs else None
                files[check_relative(entry.path, repo_id)] = _checked(RemoteFile(entry.size, sha256, entry.blob_id))
            if len(files) > _MAX_FILES:
                raise UntrustedAnswer(f"the Hub lists more than {_MAX_FILES:,} files, which no dataset of svta has")
        return files

    return read_answer(repo_id, read)


def _checked(file: RemoteFile) -> RemoteFile:
    """A file as a listing may name it: a size, and hashes that are hashes of nothing else. Raises UntrustedAnswer."""
    hashes = file.sha256 is None or (isinstance(file.sha256, str) and _SHA256.fullmatch(file.sha256) is not None)
    if not (type(file.size) is int and file.size >= 0 and hashes and isinstance(file.git_oid, str)):
        raise UntrustedAnswer(f"the Hub lists a file without size or hash: {str(tuple(file))[:200]}")
    return file


def compare(local: Mapping[str, Path], sums: Mapping[str, str], remote: Mapping[str, RemoteFile]) -> list[Finding]:
    """What of `local` (name -> path) the Hub does not hold byte for byte, and what shards it has more."""
    findings = []
    for name, path in local.items():
        there = remote.get(name)
        if there is None:
            findings.append(Finding("missing", name, "is not in the repo"))
        elif there.size != path.stat().st_size:
            findings.append(
                Finding("size", name, f"has {there.size:,} bytes there and {path.stat().st_size:,} in the folder")
            )
        elif there.sha256 != sums[name] if there.sha256 else there.git_oid != git_oid(read_bytes(path, there.size)):
            findings.append(Finding("checksum", name, "is a different file there"))
    for name in sorted(remote.keys() - local.keys()):
        if name.startswith(("data/", "proxy/")):
            findings.append(
                Finding("unexpected", name, "is in the repo and not in the folder; load_dataset would read it")
            )
    return findings


def git_oid(data: bytes) -> str:
    """git's name of a blob."""
    return sha1(b"blob %d\0" % len(data) + data).hexdigest()


def is_repo(target: str) -> bool:
    """Whether a command's argument names a Hub repo: hf://datasets/..., or ns/name where no such path is here."""
    return target.startswith(HUB) or (REPO.fullmatch(target) is not None and not Path(target).exists())


def open_repo(target: str, token: str | bool | None = None) -> tuple[Source, dict[str, RemoteFile]]:
    """A dataset repo, pinned to one commit, and what is listed there. Raises DatasetError if it is not a dataset."""
    from huggingface_hub import HfApi

    repo_id, revision = repo_and_revision(target)
    place = f"{repo_id}@{revision}" if revision else repo_id
    reach_hub(target)
    commit = read_answer(place, lambda: _commit_of(HfApi(token=token).dataset_info(repo_id, revision=revision).sha))
    listed = remote_files(repo_id, commit, token)
    if (index := listed.get(INDEX)) is None:
        raise NotInRepo(f"{place}: contains no {INDEX}, so it is not an svta dataset")
    if index.size > max_bytes_of(INDEX):
        raise DatasetError(f"{place}: its {INDEX} claims {index.size:,} bytes; the limit is {max_bytes_of(INDEX):,}")
    return Source(f"{HUB}{repo_id}@{commit}", token), listed


def _commit_of(sha: str | None) -> str:
    if _COMMIT.fullmatch(sha or "") is None:
        raise ValueError(f"{sha!r:.80} is not a commit id")
    return str(sha)


def repo_and_revision(target: str) -> tuple[str, str | None]:
    """("ns/name", revision or None) of ns/name[@revision] or hf://datasets/...; DatasetError for anything else."""
    matched = REPO.fullmatch(target)
    if matched is None or not all(_NAME.fullmatch(part) for part in matched[1].split("/")):
        raise DatasetError(f"{target[:120]!r} is not a repo id: use NAMESPACE/NAME, or NAMESPACE/NAME@REVISION")
    return matched[1], matched[2]


def pushed_sums(source: Source) -> dict[str, str]:
    """SHA256SUMS of a repo: path -> sha256. Raises DatasetError if it is missing: the push did not finish.

    A list with code or hidden files in it is refused: a pulled dataset must be a folder one can work in.
    """
    try:
        sums = parse_sums(read_text(source.path(SUMS), max_bytes_of(SUMS)))
        if odd := next((name for name in sums if is_code(name) or not is_listed(name)), None):
            raise DatasetError(f"{SUMS} lists {odd}, which no svta dataset contains; do not use this repo")
        return sums
    except NotInRepo as error:
        raise NotInRepo(f"{error}; it was pushed by something else, or not to its end: `svta push` again") from None
    except HubError:
        raise
    except DatasetError as error:
        raise DatasetError(f"{source.root}: {error}; push the dataset again") from None
