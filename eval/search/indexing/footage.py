"""Which files are footage: folders walked, files named, each with its place, size and times, or why it is not taken.

found = find_footage(["/cameras", "holiday.mkv"])
found.files, found.refused      # FileRow each
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from svta.builder.errors import SvtaError, escaped, first_line
from svta.builder.ingest.video_names import VideoFolder
from svta.builder.io.safe_path import Root
from svta.builder.io.tables import is_unicode
from svta.builder.paths import is_video_name
from svta.eval.search.store.layout import FileRow, SearchError


@dataclass
class Footage:
    """places: the folders and files that were named, absolute; files by path; refused: with their problem."""

    places: list[str] = field(default_factory=list)
    files: dict[str, FileRow] = field(default_factory=dict)
    refused: dict[str, FileRow] = field(default_factory=dict)

    def covers(self, path: str) -> bool:
        """Whether a file of this path would have been among them."""
        return is_below(path, self.places)


def is_below(path: str, places: Iterable[str]) -> bool:
    """Whether an absolute path is one of the places, or is in one."""
    return any(path == place or path.startswith(f"{place.rstrip('/')}/") for place in places)


def find_footage(places: Sequence[str | Path], *, besides: Path | None = None, follow_links: bool = False) -> Footage:
    """The videos in folders and below, by their endings, and the files named. Raises SearchError for a missing place.

    besides: a folder that is left out, the index's own.
    """
    found = Footage()
    left_out = [] if besides is None else [os.path.abspath(besides)]
    for place in places:
        top = os.path.abspath(place)
        try:
            mode = os.stat(top).st_mode
        except OSError as error:
            raise SearchError(f"{place}: {error.strerror}; name files and folders of footage") from None
        found.places.append(top)
        if stat.S_ISDIR(mode):
            folder = VideoFolder(top, follow_links=follow_links)
            for name in folder.files:
                if is_video_name(name) and not is_below(f"{top}/{name}", left_out):
                    _add(found, folder.root, top, name)
            for name in filter(is_video_name, folder.links):  # links that lead out, and invalid names
                _add(found, folder.root, top, name)
        else:
            parent, name = os.path.split(top)
            _add(found, Root(parent, links_to=[os.path.realpath(top)]), parent, name)
    return found


def _add(found: Footage, root: Root, top: str, name: str) -> None:
    """The file as it is now, or why it cannot be taken."""
    row = FileRow(top, name, 0, 0, 0)
    try:
        if not is_unicode(name):
            raise SearchError("its name is not UTF-8 text; rename it")
        row = stat_row(top, name, os.stat(root.file(name)))
        found.files.setdefault(row.path, row)
    except (SvtaError, OSError) as error:
        problem = reason(error, row.path)
        shown = replace(row, name=escaped(name), problem=problem)
        found.refused.setdefault(shown.path, shown)


def stat_row(root: str, name: str, seen: os.stat_result) -> FileRow:
    """A file's row by what the system says of it; its change time tells what its times alone would hide."""
    return FileRow(root, name, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)


def same_file(a: FileRow, b: FileRow) -> bool:
    """Whether a file was not written to between two looks at it."""
    return (a.size, a.mtime_ns, a.ctime_ns) == (b.size, b.mtime_ns, b.ctime_ns)


def reason(error: Exception, path: str) -> str:
    """Why a file cannot be read, without its name, in one line."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else first_line(error, 300)
    return escaped(text.removeprefix(path).removeprefix(":").strip()) or type(error).__name__
