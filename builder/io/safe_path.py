"""The one place where a path that comes from data is joined to a folder.

Index shards, SHA256SUMS, plans, markers, keys, `video` columns: the author of the data chose these names, and "../x",
"/etc/passwd" or a symbolic link would lead out of the folder. Nothing else in svta may join such a name.

    root = Root("DIR")
    root.path("data/train/svta-train-00000.tar", "DIR/clips.parquet")      # DIR/data/train/...; else UnsafePath
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from svta.builder.errors import UnsafePath

MAX_PATH_BYTES: Final = 2_000
MAX_NAME_BYTES: Final = 255
_SCHEME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")  # https: as well as C:
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_HUB_SNAPSHOT: Final = re.compile(r"(.*/(?:datasets|models|spaces)--[^/]+)/snapshots/[0-9a-f]{40}(?:/.*)?")
_BLOB: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")  # how the Hub's cache names files: by a hash of their content


_FOLDERS: Final = re.compile(  # of an absolute path, spaces and all: up to its last separator before a colon or quote
    r"""(?<![\w.:/\\-])(?:file://|~[\w.-]*|[A-Za-z]:)?(?=[/\\]+[^\s/\\'"])(?:[^'"\n:]*[/\\])"""
)


def without_folders(text: str) -> str:
    """`text` with the file name alone in place of each absolute path: folders tell who worked where, and on what.

    without_folders("'/home/jo/Case 7/x.mp4' is not below the folder of videos")    # "'x.mp4' is not below ..."
    """
    return _FOLDERS.sub("", text)


def check_relative(name: object, where: str = "") -> str:
    """`name` if it is a plain relative path, with slashes. Raises UnsafePath naming `where` and the value.

    No absolute path, drive, URL, backslash, control character or "..", and nothing too long to exist.
    """
    problem = _problem(name)
    if problem is None:
        assert isinstance(name, str)
        return name
    raise UnsafePath(f"{where + ': ' if where else ''}{ascii(str(name))[:122]} {problem}")


def _problem(name: object) -> str | None:
    if not isinstance(name, str) or not name:
        return "is not a path: a relative one is needed"
    try:
        encoded = os.fsencode(name)
    except UnicodeEncodeError:
        return "is not a path: half a surrogate pair is in it"
    if _CONTROL.search(name):
        return "is not a path: a control character is in it"
    parts = name.split("/")
    if name[0] == "/" or _SCHEME.match(name) or ".." in parts:
        return "is a URL or leaves its folder"
    if "\\" in name or parts[-1] in ("", "."):
        return "is not a plain relative path"
    if len(encoded) > MAX_PATH_BYTES or any(len(os.fsencode(part)) > MAX_NAME_BYTES for part in parts):
        return "is too long for a path"
    return None


class Root:
    """A folder, opened once; `path` joins names out of data to it, `files` lists it, neither leaves it.

    A symbolic link below the folder is followed only to where it stays inside, or inside one of `links_to`. A snapshot
    in the cache of huggingface_hub consists of links into the blobs of that cache; these are followed, and so are links
    to files named by a hash in a folder `blobs` beside the folder: a snapshot that was copied together with its blobs.
    """

    def __init__(self, folder: str | Path, *, links_to: Sequence[str | Path] = ()):
        self.folder = Path(folder)
        self._real = os.path.realpath(self.folder)
        self._allowed = [self._real, *map(os.path.realpath, links_to)]
        self._blobs = [f"{os.path.dirname(self._real)}/blobs"]
        if matched := _HUB_SNAPSHOT.fullmatch(self._real):
            repo = matched[1]
            self._blobs += [f"{repo}/blobs", f"{os.path.dirname(repo)}/blobs"]  # its own, and all repos' common ones

    def __repr__(self) -> str:
        return f"Root({str(self.folder)!r})"

    def path(self, name: object, where: str = "") -> Path:
        """The folder joined with the relative path `name`. Raises UnsafePath if it is not one or a link leads out.

        `where` tells an error's reader what file holds the name. Nothing needs to exist there.
        """
        text = check_relative(name, where or str(self.folder))
        place = str(self.folder)
        for part in text.split("/"):
            place = f"{place}/{part}"
            if os.path.islink(place):
                self._check_link(place)
        return self.folder / text

    def file(self, name: object, where: str = "") -> Path:
        """As path(), of a regular file that exists: no folder, device or pipe. Raises UnsafePath, FileNotFoundError."""
        path = self.path(name, where)
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise UnsafePath(f"{path}: is not a regular file")
        return path

    def files(self, below: str = "") -> Iterator[tuple[str, Path]]:
        """(relative name, path) of all regular files below, sorted by name. Raises UnsafePath at a link that leads out.

        Linked folders are not walked.
        """
        top = self.path(below) if below else self.folder
        found = []
        for folder, folders, names in os.walk(top):
            for name in (*names, *folders):
                place = f"{folder}/{name}"
                if os.path.islink(place):
                    self._check_link(place)
                if os.path.isfile(place):
                    found.append((Path(place).relative_to(self.folder).as_posix(), Path(place)))
        yield from sorted(found)

    def _check_link(self, place: str) -> None:
        target = os.path.realpath(place)
        if os.path.islink(target):
            raise UnsafePath(f"{place}: is a broken symbolic link; put the file itself there")
        folder, _, name = target.rpartition("/")
        is_blob = folder in self._blobs and _BLOB.fullmatch(name) is not None
        if not is_blob and not any(target == root or target.startswith(f"{root}/") for root in self._allowed):
            raise UnsafePath(f"{place}: is a symbolic link that leads out of {self.folder}; put the file itself there")
