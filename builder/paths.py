"""The names of the files that svta writes."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

CARD: Final = "README.md"


INDEX: Final = "clips.parquet"


def shard_name(split: str, number: int, prefix: str, variant: str = "data") -> str:
    """The path of a shard inside its dataset folder; `prefix` is the project's name, `variant` data or proxy."""
    return f"{variant}/{split}/{prefix}-{split}-{number:05d}.tar"


SUMS: Final = "SHA256SUMS"
BUILD: Final = "build.json"
FOLDERS: Final = ("data", "proxy", "plots")


PLAN: Final = "plan.json"
PLANNED: Final = "planned.txt"
REJECTED: Final = "rejected.jsonl"


TAXONOMY: Final = "taxonomy.json"
VIDEO_ENDINGS: Final = frozenset(  # of files that an import opens without a row that names them in full
    [
        *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".mts", ".m2ts", ".mpg", ".mpeg", ".mpe", ".vob"),
        *(".m2v", ".wmv", ".asf", ".flv", ".f4v", ".3gp", ".3g2", ".ogv", ".mxf", ".dv", ".dav", ".divx", ".gif"),
    ]
)


def is_video_name(name: str) -> bool:
    """Whether a file's name ends as videos do."""
    return PurePosixPath(name).suffix.lower() in VIDEO_ENDINGS


def without_video_ending(name: str) -> str:
    """A video's name without .mp4 and the like; another dot in it is not an ending (Bad.Boys.1995 stays whole)."""
    return name.rpartition(".")[0] if is_video_name(name) else name
