"""Which video file a cell of an annotation table means."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Final

VIDEO_ENDINGS: Final = frozenset(
    [".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".mpg", ".mpeg", ".wmv", ".flv", ".3gp", ".ogv"]
)
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


def plain_name(name: str) -> str:
    composed = unicodedata.normalize("NFC", name)  # macOS writes names the other way
    path = PurePosixPath(composed.strip().replace("\\", "/").casefold())
    return str(path.with_suffix("") if path.suffix in VIDEO_ENDINGS else path).removeprefix("/")
