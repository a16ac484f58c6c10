"""Where a dataset is: a packed folder, or a dataset repo on the Hub pinned to one commit.

Reads clips.parquet, taxonomy.json and byte ranges of shards; of a Hub repo through its local cache or by HTTP range.
Used by load_dataset("svta"), svta.open_dataset, `svta eval` and `svta train`.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final, TypeVar

from svta.builder.errors import DatasetError
from svta.builder.io.disk import disk_full_as_error
from svta.builder.io.files import sha256_file
from svta.builder.io.hub_client import Limits, limited
from svta.builder.io.hub_errors import PAUSES, HubError, is_passing, reach_hub, reason_of, with_retries
from svta.builder.io.hub_file import Token, hub_answer, keep_file, kept_file
from svta.builder.io.limits import read_chunks
from svta.builder.io.safe_path import Root
from svta.builder.paths import INDEX, REJECTED
from svta.builder.shards.reader import read_member
from svta.builder.shards.sample import ShardError

from .shard_cache import ShardCache

HUB: Final = "hf://datasets/"
FOUR_WAYS: Final = (
    "no svta dataset was named and none was found: give data_dir=FOLDER (or data_files=TARS), or "
    "repo_id='ns/name[@revision]', or set SVTA_DATA to a folder or ns/name[@revision], or run beside a dataset folder "
    "./svta (`svta demo` makes one)"
)
MISSING: Final = "is missing: see `svta verify`, then pack or pull the dataset again"
REPLACED: Final = "cut or replaced: see `svta verify`"
REPO: Final = re.compile(r"(?:hf://datasets/)?([\w.-]+/[\w.-]+)(?:@(.+))?")
_MAX_SHARD_BYTES: Final = 2_000_000_000  # svta's own have 256 MB
_MAX_INDEX_BYTES: Final = 4_000_000_000  # 400 bytes per clip
_MAX_SMALL_BYTES: Final = 64_000_000
Found = TypeVar("Found")


class NotInRepo(DatasetError):
    """The Hub repo is there, the file is not in it."""


class ShardUnavailable(ShardError):
    """A whole shard that cannot be had: it is missing, or its server fails. Not the fault of one clip."""


@dataclass(frozen=True)
class Source:
    """`root` is an absolute folder or "hf://datasets/ns/name@commit"; names below are relative, with slashes.

    A token that was given as text is not pickled: a process that gets a copy reads its own (HF_TOKEN or the login).
    """

    root: str
    token: Token = field(default=None, repr=False, compare=False)

    def __getstate__(self) -> dict[str, Token]:
        return {"root": self.root, "token": self.token if isinstance(self.token, bool) else None}

    @cached_property
    def _folder(self) -> Root:
        return Root(self.root)

    @property
    def is_remote(self) -> bool:
        """On the Hub, not in a folder."""
        return self.root.startswith(HUB)

    def path(self, name: str) -> Path:
        """A local path of the file `name`; of a Hub repo it is downloaded into the Hub's own cache once."""
        if not self.is_remote:
            return self._folder.path(name)
        repo_id, commit = self._repo()
        return _download(repo_id, name, commit, self.token)

    def find(self, name: str) -> Path | None:
        """As path(), or None if the dataset holds nothing of this name; what is there may not be a file."""
        if not self.is_remote:
            return path if (path := self.path(name)).exists() else None
        try:
            return self.path(name)
        except NotInRepo:
            return None

    def url(self, name: str) -> str:
        """What datasets and fsspec open: an absolute path or hf://datasets/ns/name@commit/NAME."""
        return f"{self.root}/{name}"

    def index_sha256(self) -> str:
        """sha256 of clips.parquet: changes whenever the dataset is packed again with other content."""
        return sha256_file(self.path(INDEX))

    def read(self, name: str, offset: int, size: int, *, download: bool = False) -> bytes:
        """`size` bytes of a shard at `offset`; download=True fetches a Hub repo's whole shard into its cache first.

        Dropped connections, 429, 5xx and cut bodies are retried. Raises ShardError when the bytes are not there.
        """
        path = self.fetch_shard(name) if download else self.local(name)
        if path is not None:
            try:
                return read_member(path, offset, size)
            except FileNotFoundError as error:
                if not self.is_remote:  # a shard of the Hub may have had to go since
                    raise refusal(self, name, error) from None
            except OSError as error:
                raise refusal(self, name, error) from None
        return self._read_range(name, offset, size)

    def fetch_shard(self, name: str) -> Path | None:
        """As path(), of a shard that the index names; None if it has to be read by ranges (see ShardCache).

        Raises ShardError if it cannot be had.
        """
        if not self.is_remote:
            return self.path(name)
        if (path := self._shards.find(name)) is not None:
            return path
        repo_id, commit = self._repo()
        max_bytes = max_bytes_of(name)
        try:
            return _with_retries(repo_id, name, commit, lambda: self._shards.fetch(name, max_bytes))
        except NotInRepo:
            raise ShardUnavailable(self.url(name), MISSING) from None
        except HubError as error:
            raise ShardUnavailable(self.url(name), str(error).partition(": ")[2]) from None

    @property
    def keeps_shards(self) -> bool:
        """Whether a shard that was fetched stays on this machine: no ceiling makes it go."""
        return not (self.is_remote and self._shards.has_ceiling)

    @cached_property
    def _shards(self) -> ShardCache:
        return ShardCache(*self._repo(), self.token)

    def _repo(self) -> tuple[str, str]:
        repo_id, _, commit = self.root.removeprefix(HUB).partition("@")
        return repo_id, commit

    def local(self, name: str) -> Path | None:
        """Where the file is on this machine; None while a Hub repo's file is not in the local cache."""
        return self._shards.find(name) if self.is_remote else self._folder.path(name)

    def _read_range(self, name: str, offset: int, size: int) -> bytes:
        from huggingface_hub.errors import HfHubHTTPError

        where, problem = f"bytes {offset:,} to {offset + size:,}", ""
        kind: type[ShardError] = ShardError
        for pause in (*PAUSES, None):
            try:
                kind = ShardError
                data, problem = self._ask_range(name, offset, size)
                if not problem:
                    return data
            except HfHubHTTPError as error:
                gone = error.response is not None and error.response.status_code == 404
                raise ShardUnavailable(self.url(name), MISSING if gone else f"{where}: {reason_of(error)}") from None
            except DatasetError:
                raise
            except Exception as error:  # of the HTTP library, where any other error is ours
                if (reason := reason_of(error)) is None:
                    raise
                problem, kind = f"{where}: {reason}", ShardUnavailable
                if not is_passing(error):
                    break
            if pause is not None:
                time.sleep(pause)
        raise kind(self.url(name), problem)

    def _ask_range(self, name: str, offset: int, size: int) -> tuple[bytes, str]:
        """(the bytes, "") or, where the answer holds others, (b"", what is wrong with it)."""
        from huggingface_hub.utils import hf_raise_for_status

        repo_id, commit = self._repo()
        last = offset + size - 1
        with limited(), hub_answer(repo_id, name, commit, self.token, first=offset, last=last) as response:
            if response.status_code == 416:
                raise ShardError(self.url(name), f"ends before byte {offset + size:,}: {REPLACED}")
            hf_raise_for_status(response)
            skip = offset if response.status_code == 200 else 0  # a server without ranges sends the whole file
            data = read_chunks(response.iter_bytes(), skip + size, place=self.url(name), skip=skip, cut=True)
            start = response.headers.get("content-range", f"bytes {offset}-").removeprefix("bytes ")
        if len(data) == size and start.startswith(f"{offset}-"):
            return data, ""
        return b"", f"gave {len(data):,} of {size:,} bytes at {offset:,}: {REPLACED}"


def refusal(source: Source, shard: str, error: OSError) -> ShardError:
    """What the operating system says of a shard, as the error that names it."""
    return ShardUnavailable(source.url(shard), MISSING if isinstance(error, FileNotFoundError) else str(error.strerror))


def open_source(path_or_repo_id: str | Path, *, token: Token = None) -> Source:
    """The dataset in a folder, or in the Hub repo "ns/name[@revision]". A folder of that name wins.

    Raises DatasetError in one line if there is no dataset.
    """
    text = os.fspath(path_or_repo_id)
    if not text.startswith(HUB):
        folder = Path(text).expanduser()
        if folder.is_dir():
            return _folder(folder)
        if not (matched := REPO.fullmatch(text)) or folder.is_absolute() or text.startswith("."):
            raise DatasetError(f"{text}: no such dataset folder, and not a Hub repo id (ns/name[@revision])")
    elif not (matched := REPO.fullmatch(text)):
        raise DatasetError(f"{text}: not hf://datasets/ns/name[@revision]")
    repo_id, revision = matched.groups()
    if not is_cached(repo_id, INDEX, revision):
        reach_hub(text)
    index = _download(repo_id, INDEX, revision, token)
    return Source(f"{HUB}{repo_id}@{index.parent.name}", token)


def find_source(*, data_dir: str | None = None, repo_id: str | None = None, token: Token = None) -> Source:
    """What load_dataset("svta") means: data_dir, else repo_id, else SVTA_DATA, else ./svta; else a DatasetError."""
    if data_dir is not None:
        return open_source(data_dir, token=token) if data_dir.startswith(HUB) else _folder(Path(data_dir).expanduser())
    if repo_id is not None:
        if not REPO.fullmatch(repo_id):
            raise DatasetError(f"repo_id {repo_id[:120]!r} is not of the form ns/name[@revision]")
        return open_source(HUB + repo_id.removeprefix(HUB), token=token)
    if named := os.environ.get("SVTA_DATA"):
        return open_source(named, token=token)
    if Path("svta", INDEX).is_file():
        return _folder(Path("svta"))
    raise DatasetError(FOUR_WAYS)


def _folder(folder: Path) -> Source:
    if not folder.is_dir():
        raise DatasetError(f"{folder}: no such dataset folder")
    try:
        Root(folder).file(INDEX)
    except FileNotFoundError:
        raise DatasetError(f"{folder}: no {INDEX}, so this is not an svta dataset; `svta pack` makes one") from None
    return Source(str(folder.resolve()))


def is_cached(repo_id: str, name: str, revision: str | None) -> bool:
    """Whether huggingface_hub's cache holds this file of a dataset repo, of any age."""
    return kept_file(repo_id, name, revision) is not None


def _download(repo_id: str, name: str, revision: str | None, token: Token) -> Path:
    """A file in huggingface_hub's cache: by one request if it is not there, else as new as the Hub says.

    Raises DatasetError if the disk of the cache is full, HubError and NotInRepo.
    """
    from huggingface_hub import constants, hf_hub_download

    def fetch() -> Path:
        if not constants.HF_HUB_OFFLINE and not is_cached(repo_id, name, revision):
            cache = Path(constants.HF_HUB_CACHE)
            if (path := keep_file(repo_id, name, revision, token, cache=cache, max_bytes=max_bytes)) is not None:
                return path
        return Path(hf_hub_download(repo_id, name, repo_type="dataset", revision=revision, token=token))

    max_bytes = max_bytes_of(name)
    with disk_full_as_error(Path(constants.HF_HUB_CACHE)):
        return _with_retries(repo_id, name, revision, fetch)


def _with_retries(repo_id: str, name: str, revision: str | None, fetch: Callable[[], Found]) -> Found:
    """A busy server is waited out, and a file that the repo does not hold is NotInRepo."""
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, LocalEntryNotFoundError

    place = f"{repo_id}@{revision}" if revision else repo_id

    def one_try() -> Found:
        try:
            return fetch()
        except LocalEntryNotFoundError:
            raise
        except EntryNotFoundError:
            no_index = ", so it is not an svta dataset" if name == INDEX else ""
            raise NotInRepo(f"{place}: contains no {name}{no_index}") from None
        except HfHubHTTPError:
            raise
        except OSError as error:
            if "Consistency check" not in str(error):
                raise
            raise ConnectionError(f"{name} arrived with a length that the Hub does not list") from None

    return with_retries(place, one_try, limits=Limits(max_bytes=max_bytes_of(name)))


def max_bytes_of(name: str) -> int:
    """How many bytes a file of this name may have before it is not even fetched."""
    if name.endswith(".tar"):
        return _MAX_SHARD_BYTES
    return _MAX_INDEX_BYTES if name.rpartition("/")[2] in (INDEX, REJECTED) else _MAX_SMALL_BYTES
