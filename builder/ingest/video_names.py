"""Which video file below a folder a name in somebody's annotations means: the one resolver of every command.

videos = VideoFolder("UCF_Crimes")
videos.find(("Abuse028_x264",))        # "Abuse/Abuse028_x264.mp4"; RowProblem if no video or several match
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote

from svta.builder.errors import ClipError
from svta.builder.io.safe_path import Root
from svta.builder.paths import is_video_name, without_video_ending
from svta.builder.sources.columns import Fields
from svta.builder.sources.records import RowProblem, video_names
from svta.builder.sources.registry import plain_name, video_stem

_MSRVTT: Final = re.compile(r"msr(\d+)")  # its captions name msr7020, its files are video7020
_UPLOAD: Final = re.compile(r"(^|/)[0-9a-f]{8}-(?=[^/]+$)")  # what Label Studio puts before the name of a file
_ZEROS: Final = re.compile(r"(^|/)0+(?=\d+$)")  # that a spreadsheet drops


def _same_letters(name: str) -> str:
    return unicodedata.normalize("NFC", without_video_ending(name))  # macOS writes accents the other way


def _any_case(name: str) -> str:
    return _same_letters(name).casefold()


def _without_zeros(name: str) -> str:
    return _ZEROS.sub(r"\1", _any_case(name))


_LEVELS: Final[tuple[Callable[[str], str], ...]] = str, without_video_ending, _same_letters, _any_case, _without_zeros
_EXACT: Final = 2  # levels, from the first
_LOOSE: Final = 3  # the first that may take another name for this one


class VideoFolder:
    """The videos below one folder. An exact name wins over one of another ending, that over one of another case.

    follow_links: also what symbolic links to files and folders outside it lead to; else `links` names them.
    """

    def __init__(self, folder: str | Path, *, follow_links: bool = False):
        self.follow_links, self.links = follow_links, list[str]()
        links = list(_links(Path(folder))) if follow_links else []
        self.root = Root(folder, links_to=links)
        self._claimed: set[str] = set()
        self._claimed_by_path: set[str] = set()
        self._meant: set[str] = set()  # by a name that was looked up

    @cached_property
    def files(self) -> list[str]:
        """Every file below, by its relative name; `links` are those that lead out and are not followed."""
        found = []
        for name in files_below(self.root.folder, follow_links=self.follow_links):
            if name.endswith("/") or not self._is_inside(name):
                self.links.append(name.rstrip("/"))
            else:
                found.append(name)
        return found

    @cached_property
    def videos(self) -> list[str]:
        """The files that end as videos do."""
        return [name for name in self.files if is_video_name(name)]

    @property
    def problem(self) -> str | None:
        """Why no video can be found in it: no folder, or none below it; None if there are some."""
        folder = self.root.folder
        if not folder.is_dir():
            return f"{folder}: no such folder of videos"
        if self.videos:
            return None
        links = f"; {', '.join(self.links[:3])[:200]}: symbolic links that lead out of it, see --follow-links"
        return f"{folder}: no video file in it or below{links if self.links else ''}"

    def unnamed(self, rows: Iterable[Fields], beside: str | Path | None = None) -> list[str]:
        """The videos that no name looked up so far means, nor one of these rows."""
        for fields in rows:
            with suppress(RowProblem):
                self.find(video_names(fields), beside)
        return [video for video in self.videos if video not in self._meant]

    def expect(self, names: Iterable[str]) -> None:
        """All names of an annotation file: a video that one of them names exactly is not meant by a looser one."""
        for name in map(plain_name, names):
            exact = next((like for level in range(_EXACT) if (like := self._ending_in(name, level))), set())
            if len(exact) == 1:
                self._claimed |= exact
                self._claimed_by_path |= exact if "/" in name else set()

    def is_video(self, name: str) -> bool:
        """Whether a name may mean one or several of the videos."""
        return bool(name.strip()) and any(like for form in _forms(name) for like, _, _ in self._likenesses(form))

    def find(self, names: Iterable[str], beside: str | Path | None = None) -> str:
        """The path below the folder that the first of `names` to mean one means; `beside`: the annotations' folder.

        Exact path, the annotations' own folder, exact name, then another ending, Unicode form, case or folder. Raises
        RowProblem: no_video, outside_folder, missing_video (of several candidates: with all of them).
        """
        names = tuple(names)
        own = self._relative(beside)
        problem = None
        for name in names:
            try:
                if found := self._exact(name, own) or self._alike(name, own):
                    self._meant.add(found)
                    return found
            except RowProblem as found_problem:
                problem = problem or found_problem
        if not names:
            raise RowProblem("no_video", "the row has no video name")
        if problem is not None and (len(names) == 1 or problem.reason == "missing_video"):
            raise problem
        linked = next((link for link in self.links if _any_case(plain_name(names[0])) == _any_case(link)), None)
        hint = f": {linked[:200]} is a symbolic link that leads out of it, see --follow-links" if linked else ""
        raise RowProblem("missing_video", f"{names[0][:200]!r} is not below the folder of videos{hint}")

    def find_for(self, fields: Fields, beside: str | Path | None = None) -> str:
        """`find` for a row; a video that it names and of which the file is a part becomes its group."""
        names = video_names(fields)
        found = self.find(names, beside)
        if "video" in fields and not self.is_video(names[0]):
            fields.setdefault("group", video_stem(names[0]))
        return found

    def size(self, video: str) -> int:
        """Bytes of the regular file `video`. Raises RowProblem: outside_folder, missing_video."""
        try:
            found = self.root.path(video, "video").stat()
        except ClipError as error:
            hint = "" if self.follow_links or "symbolic link" not in str(error) else ", or --follow-links"
            raise RowProblem("outside_folder", f"{error}{hint}") from None
        except OSError:
            raise RowProblem("missing_video", f"{video[:200]!r} is not below the folder of videos") from None
        if not stat.S_ISREG(found.st_mode):
            raise RowProblem("missing_video", f"{video[:200]!r} is not a regular file")
        return found.st_size

    def _exact(self, name: str, own: str | None) -> str | None:
        """The name itself, or the same below the annotations' folder, if there is such a file."""
        path = name.replace("\\", "/").removeprefix("./")
        if path.strip() != plain_name(path):
            return None
        for candidate in (path, f"{own}/{path}" if own else path):
            try:
                self.size(candidate)
            except RowProblem as problem:
                if problem.reason == "outside_folder":
                    raise
            else:
                return candidate
        return None

    def _alike(self, name: str, own: str | None) -> str | None:
        """The one video whose name is like this one. Raises RowProblem if several are."""
        for form in _forms(name):
            for like, level, folders_cut in self._likenesses(form):
                like = like - (self._claimed if level >= _LOOSE else set())  # dQw4 and DQW4 are two
                like = like - (self._claimed_by_path if folders_cut else set())
                beside = {video for video in like if own is not None and str(PurePosixPath(video).parent) == own}
                like = beside if len(beside) == 1 else like
                if len(like) > 1:
                    self._meant |= like
                    shown = ", ".join(sorted(like))[:200]
                    raise RowProblem("missing_video", f"{name[:200]!r} may be any of {shown}")
                if like:
                    return next(iter(like))
        return None

    def _likenesses(self, name: str) -> Iterator[tuple[set[str], int, int]]:
        """(videos, level, leading folders of the name left out) from the most to the least alike."""
        parts = name.split("/")
        for cut in range(len(parts)):
            for level in range(len(_LEVELS)):
                if like := self._ending_in("/".join(parts[cut:]), level):
                    yield like, level, cut

    def _ending_in(self, name: str, level: int) -> set[str]:
        """The videos whose paths end in the whole of `name`, at one level of likeness."""
        found = self._by_end[level].get(_LEVELS[level](name), set())
        return found | self._by_end[level].get(_LEVELS[level](f"{name}.mp4"), set()) if level else found  # a.avi.mp4

    @cached_property
    def _by_end(self) -> list[dict[str, set[str]]]:
        """For each level: every end of a path -> the videos that have it."""
        index: list[dict[str, set[str]]] = [defaultdict(set) for _ in _LEVELS]
        for video in self.videos:
            for ends, form in zip(index, _LEVELS):
                parts = form(video).split("/")
                for start in range(len(parts)):
                    ends["/".join(parts[start:])].add(video)
        return [dict(ends) for ends in index]

    def _relative(self, folder: str | Path | None) -> str | None:
        """A folder of annotations relative to that of the videos; None if it is elsewhere."""
        if folder is None:
            return None
        try:
            return Path(os.path.abspath(folder)).relative_to(os.path.abspath(self.root.folder)).as_posix()
        except ValueError:
            return None

    def _is_inside(self, name: str) -> bool:
        try:
            self.root.path(name)
        except ClipError:
            return False
        return True


def files_below(root: Path, *, follow_links: bool = False) -> Iterator[str]:
    """Every file below root by its relative name, folder by folder; not hidden ones and macOS's copies.

    A linked folder that is not followed comes as its name and a slash.
    """
    seen = {os.path.realpath(root)}
    for folder, folders, files in os.walk(root, followlinks=follow_links):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        if follow_links:  # a link to a folder above would be walked for ever
            folders[:] = [name for name in folders if os.path.realpath(f"{folder}/{name}") not in seen]
            seen |= {os.path.realpath(f"{folder}/{name}") for name in folders}
        else:
            for name in folders:
                if os.path.islink(f"{folder}/{name}"):
                    yield Path(folder, name).relative_to(root).as_posix() + "/"
        for name in sorted(files):
            if not name.startswith("."):
                yield Path(folder, name).relative_to(root).as_posix()


def _forms(name: str) -> Iterable[str]:
    """A plain name, and as it is where spreadsheets, URLs, MSR-VTT and Label Studio write it so."""
    name = plain_name(name)
    others = video_stem(name), unquote(name), _MSRVTT.sub(r"video\1", name), _UPLOAD.sub(r"\1", name)
    return dict.fromkeys((name, *others))


def _links(root: Path) -> Iterator[Path]:
    """Where the symbolic links below root lead."""
    for folder, folders, files in os.walk(root, followlinks=False):
        for name in (*folders, *files):
            if os.path.islink(place := f"{folder}/{name}"):
                yield Path(os.path.realpath(place))
