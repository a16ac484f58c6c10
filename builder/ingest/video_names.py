"""Which video file a cell of an annotation table means."""

from __future__ import annotations

import os
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from svta.builder.paths import VIDEO_ENDINGS

MATCHING: Final = 0.5  # the share of a file's rows that name a video, for it to be a caption file
SEPARATORS: Final = ("\t", "##", "|", ",", ";", ":", " ")


class VideoNames:
    """Finds the video a cell means: by its whole path, else by as much of the path's end as is needed."""

    def __init__(self, videos: Iterable[str]):
        self._by_end: dict[str, set[str]] = defaultdict(set)
        for video in videos:
            parts = plain_name(video).split("/")
            for start in range(len(parts)):
                self._by_end["/".join(parts[start:])].add(video)

    def find(self, cell: object) -> set[str]:
        """The videos a cell may mean: none, one, or several of the same name."""
        if not isinstance(cell, (str, int)) or isinstance(cell, bool) or not str(cell).strip():
            return set()
        parts = plain_name(str(cell)).split("/")
        for start in range(len(parts)):
            if videos := self._by_end.get("/".join(parts[start:])):
                return videos
        return set()

    def ending_in(self, name: str) -> set[str]:
        """The videos whose paths end in the whole of `name`: `a/x` is not the `x` of another folder."""
        return self._by_end.get(plain_name(name), set())


def files_below(root: Path) -> Iterator[str]:
    """Every file below root by its relative name, folder by folder; not hidden ones and macOS's copies."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        for name in sorted(files):
            if not name.startswith("."):
                yield Path(folder, name).relative_to(root).as_posix()


def is_video_name(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in VIDEO_ENDINGS


def plain_name(name: str) -> str:
    composed = unicodedata.normalize("NFC", name)  # macOS writes names the other way
    path = PurePosixPath(composed.strip().replace("\\", "/").casefold())
    return str(path.with_suffix("") if path.suffix in VIDEO_ENDINGS else path).removeprefix("/")
