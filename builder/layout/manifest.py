"""SHA256SUMS and build.json: what a finished dataset folder says about its own files.

SHA256SUMS lists every file but itself and the card, which its owner may edit, and is written last: a folder without it
is unfinished. build.json repeats the sums (so that a damaged list can be told from a damaged file) and holds the
configuration and the rights.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from svta.builder.errors import DatasetError
from svta.builder.io.files import sha256_file, write_json, write_text
from svta.builder.io.json_text import JsonObject, read_json_object
from svta.builder.io.limits import read_text
from svta.builder.io.safe_path import Root
from svta.builder.paths import BUILD, CARD, FOLDERS, SUMS

MAX_BUILD_BYTES: Final = 64_000_000  # it lists every shard: 100 bytes each
_LINE: Final = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9_.-][A-Za-z0-9_./-]*)")


def is_listed(name: str) -> bool:
    """Whether SHA256SUMS lists this file: everything but itself, hidden files and unfinished ones."""
    return name != SUMS and not name.endswith(".part") and not any(p.startswith(".") for p in name.split("/"))


def files_of(dataset: Path) -> dict[str, Path]:
    """The files a finished dataset may list, by their path inside it, sorted; a user's other folders are not walked."""
    tops = [path for path in dataset.iterdir() if path.is_file()]
    inner = [path for folder in FOLDERS for path in (dataset / folder).rglob("*") if path.is_file()]
    names = {path.relative_to(dataset).as_posix(): path for path in (*tops, *inner)}
    return {name: names[name] for name in sorted(names) if is_listed(name)}


def sums_text(sums: dict[str, str]) -> str:
    """The text of SHA256SUMS, as `sha256sum -c` reads it."""
    return "".join(f"{sums[name]}  {name}\n" for name in sorted(sums))


def parse_sums(text: str) -> dict[str, str]:
    """Path -> sha256. Raises DatasetError naming the line that is invalid."""
    sums: dict[str, str] = {}
    for number, line in enumerate(text.split("\n")[:-1], 1):
        matched = _LINE.fullmatch(line)
        if matched is None or ".." in matched[2].split("/"):
            raise DatasetError(f"{SUMS} line {number}: not a checksum and a file name")
        sums[matched[2]] = matched[1]
    if sums_text(sums) != text:
        raise DatasetError(f"{SUMS}: lines are missing, repeated or out of order")
    return sums


def read_sums(dataset: str | Path) -> dict[str, str]:
    """SHA256SUMS of a dataset folder: path -> sha256. Raises DatasetError, FileNotFoundError."""
    return parse_sums(read_text(Root(dataset).path(SUMS), MAX_BUILD_BYTES))


def read_build(dataset: Path) -> JsonObject:
    """build.json of a dataset folder. Raises DatasetError."""
    path = dataset / BUILD
    try:
        return read_json_object(path, MAX_BUILD_BYTES)
    except FileNotFoundError as error:
        raise DatasetError(f"{path}: {error.strerror}; not a finished dataset") from None
    except DatasetError as error:
        raise DatasetError(f"{error}; the dataset is damaged, see `svta verify`") from None


def is_sealed(dataset: Path) -> bool:
    """Whether the last file was written: SHA256SUMS is there and belongs to the build.json that is there."""
    try:
        return f"{sha256_file(dataset / BUILD)}  {BUILD}\n" in read_text(dataset / SUMS, MAX_BUILD_BYTES)
    except (OSError, DatasetError):
        return False


def seal(dataset: Path, build: JsonObject, known: Mapping[str, str] | None = None) -> JsonObject:
    """Write build.json, with the sums of all other files, then SHA256SUMS: from here on the dataset is finished.

    `known`: sums of files that were hashed while they were written. Returns build.json's content.
    """
    known = known or {}
    files = {name: path for name, path in files_of(dataset).items() if name not in (BUILD, CARD)}
    sums = {name: known.get(name) or sha256_file(path) for name, path in files.items()}
    build = {**build, "files": sums}
    write_json(dataset / BUILD, build)
    write_text(dataset / SUMS, sums_text({**sums, BUILD: sha256_file(dataset / BUILD)}))
    return build
