"""Refuses to overwrite what is not svta's own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Literal

from svta.builder.errors import DatasetError
from svta.builder.io.files import is_special
from svta.builder.io.safe_path import Root
from svta.builder.paths import BUILD, CARD, INDEX, REJECTED, SUMS, TAXONOMY, is_video_name


def check_output(out: str | Path, *, kind: Literal["file", "folder"] | None = None) -> None:
    """Raise DatasetError if `out` is, or is inside, a finished dataset, which would be damaged by what is written.

    kind: what is going to be written there; raises too if the other one is there, before any work is done.
    """
    path = Path(out).absolute()
    if is_special(path):
        raise DatasetError(f"{out}: is not a regular file; a {kind or 'file or folder'} is needed there")
    for folder in (path, *path.parents):
        if (folder / SUMS).is_file() and (folder / BUILD).is_file():
            raise DatasetError(
                f"{out}: {folder.name} is a finished dataset, which this would damage; use another --out"
            )
        if folder.is_file() and not (folder == path and kind != "folder"):
            raise DatasetError(f"{out}: {folder.name} is a file; a folder is needed there")
    if kind == "file" and path.is_file() and is_video_name(path.name):
        raise DatasetError(f"{out}: is a video, which would be overwritten; name another file")
    if kind == "file" and path.is_dir():
        raise DatasetError(f"{out}: is a folder; a file is needed there")


def check_foreign(out: str | Path, marks: Iterable[str], what: str, own: str = "") -> None:
    """Raise DatasetError if the folder `out` holds somebody's files and nothing that svta wrote.

    Ours is a folder with one of `marks` in it: files that the command leaves. `own` (a pattern) are names that a run
    leaves before the first of them, if it is killed. Empty folders and hidden files count for nothing. `what` names
    what such a folder holds.
    """
    folder = Path(out)
    if not folder.is_dir() or any((folder / name).exists() for name in marks):
        return
    for path in sorted(folder.iterdir()):
        is_empty = path.is_dir() and not path.is_symlink() and not any(path.iterdir())
        if not (is_empty or path.name.startswith(".") or path.name.endswith(".part") or re.fullmatch(own, path.name)):
            raise DatasetError(f"{out}: contains {path.name}, which is not part of any {what}; use another --out")


def check_files(dataset: str | Path) -> None:
    """Raise UnsafePath where a file of a dataset folder is a pipe, a folder or a link that is not followed.

    Before anything in it is opened or replaced: what only asks whether a file is there would pass these over.
    """
    root = Root(dataset)
    for name in (SUMS, BUILD, INDEX, TAXONOMY, REJECTED, CARD, f"proxy/{INDEX}"):
        with suppress(FileNotFoundError):
            root.file(name)


def check_folder(out: str | Path) -> Path:
    """`out` as a path at which a folder is or can be made. Raises DatasetError if a file is in the way."""
    out = Path(out)
    for place in (out, *out.absolute().parents):
        if place.is_dir():
            return out
        if place.exists() or place.is_symlink():
            what = "is a file" if place.is_file() else "is not a folder"
            raise DatasetError(f"{place}: {what}; a folder is needed there")
    return out
