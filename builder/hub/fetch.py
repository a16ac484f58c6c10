"""The files of a repo into a folder: room for them first, then each downloaded or linked, and hashed.

Reads the repo ns/name; writes DIR/.pull/repo, from which pull.py makes the dataset. A killed run resumes.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from svta.builder.dataset.source import HUB, Source
from svta.builder.errors import DatasetError
from svta.builder.io.files import sha256_file
from svta.builder.io.hub_client import Limits
from svta.builder.io.hub_errors import HubError, with_retries
from svta.builder.io.parallel import thread_pool
from svta.builder.io.safe_path import Root
from svta.builder.packing.derive import link
from svta.builder.paths import SUMS

from .repo import DATASET_REPO, RemoteFile

STAGE: Final = ".pull"
_PAUSES: Final = (1.0, 2.0, 4.0, 8.0, 16.0)
_THREADS: Final = 8


def check_room(
    source: Source, listed: Mapping[str, RemoteFile], out: Path, wanted: Mapping[str, str]
) -> dict[str, int]:
    """Before anything is fetched: the repo holds what its SHA256SUMS lists, and the disk has room for it.

    Returns the sizes of the wanted files.
    """
    repo_id = source.root.removeprefix(HUB).partition("@")[0]
    missing, sizes = 0, {}
    present, stage = Root(out), Root(out / STAGE / "repo")
    for name, digest in wanted.items():
        if (file := listed.get(name)) is None:
            raise HubError(f"{repo_id} {name}: is not in the repo, but {SUMS} lists it; see `svta verify {repo_id}`")
        if file.sha256 not in (None, digest):
            raise HubError(f"{repo_id} {name}: is not the file that {SUMS} lists; see `svta verify {repo_id}`")
        sizes[name] = file.size
        if not any(
            path.is_file() and path.stat().st_size == file.size for path in (stage.path(name), present.path(name))
        ):
            missing += file.size
    place = out
    while not place.is_dir():
        place = place.absolute().parent
    if (free := shutil.disk_usage(place).free) < missing:
        problem = f"{missing / 1e6:,.1f} MB must be downloaded and {free / 1e6:,.1f} MB are free on this disk"
        raise DatasetError(f"{out}: {problem}; make room, or pull fewer splits with --split")
    return sizes


def fetch(
    source: Source,
    stage: Path,
    out: Path,
    wanted: Mapping[str, str],
    sizes: Mapping[str, int],
    on_file: Callable[[int, int], None] | None,
) -> int:
    """Bring the wanted files (name -> sha256) into `stage`: from an earlier run, from `out`, or from the Hub."""
    fetched = 0
    with thread_pool(_THREADS) as pool:
        jobs = [
            pool.submit(_fetch_one, source, stage, out, name, digest, sizes[name]) for name, digest in wanted.items()
        ]
        try:
            for done, job in enumerate(jobs, 1):
                fetched += job.result()
                if on_file is not None:
                    on_file(done, len(jobs))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return fetched


def _fetch_one(source: Source, stage: Path, out: Path, name: str, digest: str, size: int) -> bool:
    """Whether a file came over the net; it is in `stage` then, and is the one that SHA256SUMS lists."""
    from huggingface_hub import hf_hub_download

    repo_id, _, commit = source.root.removeprefix(HUB).partition("@")
    path, present = Root(stage).path(name), Root(out).path(name)
    if path.is_file() and sha256_file(path) == digest:
        return False
    if present.is_file() and sha256_file(present) == digest:
        link(present, path)
        return False
    limits = Limits(max_bytes=size)

    def download(again: bool = False) -> str:
        return hf_hub_download(
            repo_id,
            name,
            repo_type=DATASET_REPO,
            revision=commit,
            local_dir=stage,
            token=source.token,
            force_download=again,
        )

    with_retries(f"{repo_id} {name}", download, pauses=_PAUSES, limits=limits)
    if sha256_file(path) != digest:
        with_retries(f"{repo_id} {name}", lambda: download(again=True), pauses=_PAUSES, limits=limits)
        if sha256_file(path) != digest:
            path.unlink()
            raise HubError(f"{repo_id} {name}: is not the file that {SUMS} lists; see `svta verify {repo_id}`")
    return True
