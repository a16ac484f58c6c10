"""Refuses to overwrite what is not svta's own."""

from __future__ import annotations

import os
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


def check_foreign(out: str | Path, written: Iterable[str], marks: Iterable[str], what: str) -> None:
    """Raise DatasetError if a file that is going to be `written` is in the folder `out` and was not written by svta.

    Ours are those beside which one of `marks` is: files that an earlier run of the command leaves first. `what` names
    what such a folder holds: without this an evaluation would take the place of a model's config.json.
    """
    folder = Path(out)
    lying = next((name for name in written if os.path.lexists(folder / name)), None)
    if lying is not None and not any((folder / name).exists() for name in marks):
        raise DatasetError(
            f"{out}: contains a {lying} that is not part of any {what} and would be overwritten; use another --out"
        )


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
