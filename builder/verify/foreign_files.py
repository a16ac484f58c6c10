"""What is in a dataset folder and does not belong to it: links, code, other files and folders.

Reads names, opens nothing; `svta verify` reports it. A note is not damage: people keep their own files beside the data,
and a cache of the Hub is made of links.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from svta.builder.paths import FOLDERS, SUMS

from .finding import Finding

# Python imports these from the folder it is started in: a dataset that brings them is an attack
CODE_ENDINGS: Final = frozenset(
    [".py", ".pyc", ".pyd", ".so", ".pth", ".pkl", ".pickle", ".sh", ".exe", ".dll", ".bat"]
)
_NAMED: Final = 20  # notes of one kind; the rest are counted


def is_code(name: str) -> bool:
    """Whether a file of this name could run by being there: no dataset of svta holds any."""
    return PurePosixPath(name.casefold()).suffix in CODE_ENDINGS


def check_foreign_files(dataset: Path, listed: Iterable[str]) -> tuple[list[Finding], list[Finding]]:
    """(findings, notes) about what is in the folder and in no list: devices and code are findings, the rest notes."""
    known = set(listed) | {SUMS}
    findings = [
        Finding("code", name, "is code, which no svta dataset contains; do not run anything in this folder")
        for name in sorted(known)
        if is_code(name)
    ]
    notes: list[Finding] = []
    for name, status in _walk(dataset):
        top = "/" not in name
        if status is None:
            findings.append(Finding("link", name, "is a broken link"))
            continue
        if stat.S_ISLNK(status.st_mode):
            where = os.readlink(dataset / name)
            if not top and (dataset / name).is_dir():
                findings.append(
                    Finding("link", name, f"is a link to the folder {where[:200]!a}; its content is not read")
                )
            elif "../blobs/" not in where:  # the Hub's own cache is made of these
                notes.append(Finding("link", name, f"is a link to {where[:200]!a}; push sends what is there"))
        elif not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
            findings.append(Finding("unexpected", name, "is neither a file nor a folder"))
        is_folder = stat.S_ISDIR(status.st_mode)
        if top and name not in (*FOLDERS, *known):
            what = "folder" if is_folder else "file"
            notes.append(
                Finding("foreign", name, f"is a {what} that is not part of the dataset: neither checked nor pushed")
            )
        elif is_folder and (name.count("/") > 1 or name.startswith("plots/")):
            notes.append(Finding("foreign", name, "is a folder inside a folder of shards; svta makes none there"))
    return findings, _short(notes)


def _walk(dataset: Path) -> Iterator[tuple[str, os.stat_result | None]]:
    """(name, its lstat; None for a link that leads nowhere) of all but hidden and unfinished files; links stay shut."""
    for top in sorted(os.scandir(dataset), key=lambda entry: entry.name):
        if top.name.startswith(".") or top.name.endswith(".part"):
            continue
        yield top.name, _status(top.path)
        if top.name in FOLDERS and top.is_dir():
            for folder, folders, files in os.walk(top.path):
                folders.sort()
                place = Path(folder).relative_to(dataset).as_posix()
                for name in sorted((*folders, *files)):
                    if not name.startswith(".") and not name.endswith(".part"):
                        yield f"{place}/{name}", _status(os.path.join(folder, name))


def _status(path: str) -> os.stat_result | None:
    status = os.lstat(path)
    return None if stat.S_ISLNK(status.st_mode) and not os.path.exists(path) else status


def _short(notes: list[Finding]) -> list[Finding]:
    if len(notes) <= _NAMED:
        return notes
    more = Finding("foreign", "", f"{len(notes) - _NAMED:,} more files and folders are not part of the dataset")
    return [*notes[:_NAMED], more]
