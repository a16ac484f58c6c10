"""One file of a dataset repo by one request: streamed, or kept in a cache of huggingface_hub's layout.

hf_hub_download asks for the headers of a file before it asks for the file; the first batch of a repo should wait for
as few requests as can be. Writes <cache>/datasets--ns--name/{blobs,snapshots,refs}, the documented layout that other
programs fill too; tests/builder/io/test_hub_file.py reads it back by the installed huggingface_hub.

    path = keep_file("ns/name", "clips.parquet", None, None, cache=Path(HF_HUB_CACHE), max_bytes=1_000_000)
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from .files import locked_file, sha256_file
from .hub_client import COMMIT, UntrustedAnswer, blob_name
from .hub_errors import BUSY
from .safe_path import check_relative

if TYPE_CHECKING:
    import httpx

Token = str | bool | None
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@contextmanager
def hub_answer(
    repo_id: str, name: str, revision: str | None, token: Token, *, first: int = 0, last: int | None = None
) -> Iterator[httpx.Response]:
    """The answer to one GET of a file, its body not read yet; of its bytes `first` to `last` where they are given."""
    from huggingface_hub import hf_hub_url
    from huggingface_hub.utils import build_hf_headers, http_stream_backoff

    headers = build_hf_headers(token=token)
    if first or last is not None:
        headers["range"] = f"bytes={first}-{'' if last is None else last}"
    with http_stream_backoff(
        "GET",
        hf_hub_url(repo_id, check_relative(name), repo_type="dataset", revision=revision),
        headers=headers,
        follow_redirects=True,
        timeout=60,
        retry_on_exceptions=(),
        retry_on_status_codes=BUSY,
    ) as response:
        yield response


def kept_file(repo_id: str, name: str, revision: str | None, *, cache: Path | None = None) -> Path | None:
    """Where a cache (None: huggingface_hub's own) holds this file, of any age for a branch."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(
        repo_id, check_relative(name), cache_dir=cache, revision=revision, repo_type="dataset"
    )
    return Path(found) if isinstance(found, str) else None


def keep_file(
    repo_id: str,
    name: str,
    revision: str | None,
    token: Token,
    *,
    cache: Path,
    max_bytes: int,
    admit: Callable[[int], bool] = lambda size: True,
) -> Path | None:
    """The file's path in `cache`, fetched if need be; None if admit(its size) says no.

    One process at a time fetches a file, the others wait for it. The file appears only when complete; of a commit,
    a next try goes on where this one ended. An ETag of 64 hex digits is the sha256 of the file, as of all LFS files:
    bytes of another one are thrown away. Other ETags, of small files outside LFS, say nothing of the bytes, and only
    their number is checked. Raises what huggingface_hub raises, ConnectionError for an answer that is cut or is
    something else, UntrustedAnswer for one that names no place in the cache or is larger than `max_bytes`.
    """
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    branch = check_relative(revision or "main", repo_id)
    folder = cache / repo_folder_name(repo_id=repo_id, repo_type="dataset")
    work = hashlib.sha1(f"{constants.ENDPOINT}/{revision}/{name}".encode()).hexdigest()
    with locked_file(cache / ".locks" / folder.name / f"{work}.lock"):
        if (found := kept_file(repo_id, name, revision, cache=cache)) is not None:
            return found
        blobs = folder / "blobs"
        blobs.mkdir(parents=True, exist_ok=True)
        earlier = next(blobs.glob(f"{work}.*.part"), None)
        if earlier is not None and not (revision is not None and COMMIT.fullmatch(revision)):
            earlier.unlink()  # a branch moves on
            earlier = None
        first = earlier.stat().st_size if earlier is not None else 0
        with hub_answer(repo_id, name, revision, token, first=first) as answer:
            about = _about(answer, name, earlier)
            part = blobs / f"{work}.{about.blob}.part"
            if earlier is not None and earlier != part:
                earlier.unlink()
                raise ConnectionError(f"{name} differs from the part received before")
            try:
                with open(part, "ab") as file:
                    received = _receive(answer, file, name, about, max_bytes, admit)
                    os.fsync(file.fileno())
            except OSError as error:
                if is_of_disk(error):  # a full one has better use for the bytes
                    part.unlink(missing_ok=True)
                raise
        if not received:
            part.unlink()
            return None
        if _SHA256.fullmatch(about.blob) and sha256_file(part) != about.blob:
            part.unlink()
            raise ConnectionError(f"{name} arrived with bytes that do not match its sha256")
        blob, place = blobs / about.blob, folder / "snapshots" / about.commit / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if blob.exists():  # of the same ETag: another Hub's answer takes no place of bytes that are trusted already
            part.unlink()
        else:
            os.replace(part, blob)
        _point(place, Path(os.path.relpath(blob, place.parent)))
        if branch != about.commit:
            reference = folder / "refs" / branch
            reference.parent.mkdir(parents=True, exist_ok=True)
            partial = reference.with_name(f"{reference.name}.{os.getpid()}.tmp")
            partial.write_text(about.commit)
            os.replace(partial, reference)
        return place


def is_of_disk(error: OSError) -> bool:
    """Whether a disk refused, not the network; errors of the Hub are OSErrors too, without a number."""
    return error.errno is not None and not isinstance(error, ConnectionError | TimeoutError)


class _About(NamedTuple):
    commit: str
    blob: str
    size: int | None


def _receive(
    answer: httpx.Response, file: BinaryIO, name: str, about: _About, max_bytes: int, admit: Callable[[int], bool]
) -> bool:
    """Write the body behind what `file` has of it; False, and nothing read, where it is not admitted."""
    had = file.tell()
    if answer.status_code != 206:
        file.truncate(0)
        file.seek(had := 0)
    elif not answer.headers.get("content-range", "").startswith(f"bytes {had}-"):
        file.truncate(0)
        raise ConnectionError(f"{name}: the part that arrived is not the part that was requested")
    if about.size is not None and about.size > max_bytes:
        raise UntrustedAnswer(f"the Hub says that it has {about.size:,} bytes; the limit is {max_bytes:,}")
    if not had and not admit(about.size or max_bytes):
        return False
    for chunk in answer.iter_bytes():  # of an undeclared length, or unpacked to more than was said
        if file.tell() + len(chunk) > max_bytes:
            file.truncate(0)
            raise UntrustedAnswer(f"more than the {max_bytes:,} bytes that are read came")
        file.write(chunk)
    file.flush()
    if about.size is not None and file.tell() != about.size:
        if file.tell() > about.size:
            file.truncate(0)
        raise ConnectionError(f"{name} arrived with a length that the Hub does not list")
    return True


def _about(answer: httpx.Response, name: str, earlier: Path | None) -> _About:
    """What the Hub's own answer says: the file itself may come from another host. `earlier`: what was to go on."""
    from huggingface_hub.utils import hf_raise_for_status

    if answer.status_code == 416 and earlier is not None:
        earlier.unlink()
        raise ConnectionError(f"{name} is shorter than the part received before")
    hf_raise_for_status(answer)
    headers = next((one.headers for one in (*answer.history, answer) if "x-repo-commit" in one.headers), None)
    if headers is None or not (etag := headers.get("x-linked-etag") or headers.get("etag")):
        raise ConnectionError(f"something else than {name} came: no commit and ETag of the Hub")
    length = answer.headers.get("content-length")
    if answer.status_code == 206:
        length = answer.headers.get("content-range", "").rpartition("/")[2]
    length = headers.get("x-linked-size") or length
    return _About(headers["x-repo-commit"], blob_name(etag), int(length) if length and length.isdecimal() else None)


def _point(place: Path, blob: Path) -> None:
    """A link at `place`; the file itself where a file system has none."""
    with suppress(FileNotFoundError):
        place.unlink()
    try:
        place.symlink_to(blob)
    except OSError:
        os.replace(place.parent / blob, place)
