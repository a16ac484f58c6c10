"""What a path is, for a command that expected something else: one line that names it and says what to do.

Reads a few names and the first bytes of a file, writes nothing; verify, push, pull, import and `svta info` ask here.

    raise DatasetError(f"{path}: {suggest_path(path)}")
"""

from __future__ import annotations

import shlex
from itertools import chain, islice
from pathlib import Path
from typing import Final, Literal

from svta.builder.io.limits import regular
from svta.builder.paths import BUILD, FOLDERS, INDEX, PLAN, SUMS, VIDEO_ENDINGS

Kind = Literal[
    "missing", "dataset", "unfinished", "inside", "clips", "parts", "index", "tar", "folder", "file", "device"
]
_TAR_ENDINGS: Final = (".tar", ".tar.gz", ".tgz")
_MAGIC_AT: Final = 257


def detect_kind(path: str | Path) -> Kind:
    """What is at `path`. `inside`: a folder of a dataset; `parts`: the folder of a clips folder's finished units."""
    path = Path(path)
    if not path.exists():
        return "missing"
    if path.is_dir():
        if any((path / name).is_file() for name in (SUMS, INDEX, BUILD)):
            return "dataset"
        if (path / PLAN).is_file():
            return "clips"
        if (path / ".build").is_dir() or (path / ".pull").is_dir():
            return "unfinished"
        if path.name == "parts" and (path.parent / PLAN).is_file():
            return "parts"
        return "inside" if dataset_of(path) is not None else "folder"
    if not path.is_file():
        return "device"
    if path.name == INDEX:
        return "index"
    return "tar" if path.name.endswith(_TAR_ENDINGS) or _has_magic(path) else "file"


def suggest_path(path: str | Path) -> str:
    """What `path` is instead of a dataset folder, and the next step, without the path itself."""
    path = Path(path)
    root = dataset_of(path)
    match detect_kind(path):
        case "missing":
            return "no such dataset folder or tar, and not a Hub repo id (NAMESPACE/NAME)"
        case "clips":
            return f"a clips folder, which is not packed yet: `svta pack {_quoted(path)} --out DIR`"
        case "parts":
            clips = path.parent
            return f"the parts of the clips folder {clips}, not packed yet: `svta pack {_quoted(clips)} --out DIR`"
        case "inside" | "index" if root is not None:
            return f"a part of the dataset {root}: name that folder"
        case "tar" if root is not None:
            return f"one shard of the dataset {root}: name that folder"
        case "tar":
            return "a single tar, not a dataset folder"
        case "device":
            return "neither a folder nor a regular file"
        case "file" | "index" if path.suffix.lower() == ".jsonl":
            return f"a file, not a dataset folder; `svta generate {_quoted(path)} --out CLIPS` makes clips of it"
        case "file" | "index":
            return "a file, not a dataset folder; `svta pack` makes one"
        case "unfinished":
            verb = "pack" if (path / ".build").is_dir() else "pull"
            return f"{verb}ing is not finished; run the same `svta {verb}` again"
        case "folder" if (path / "metrics.json").is_file():
            return f"results of an evaluation, not a dataset: `svta report {_quoted(path)}` shows them"
        case "folder" if (path / "training.json").is_file():
            return f"a trained model, not a dataset: `svta eval --data DATASET --model {_quoted(path)}` measures it"
        case "folder" if _holds_videos(path):
            use = f"`svta import --videos {_quoted(path)} --out CLIPS`, then `svta pack CLIPS`"
            return f"videos, not an svta dataset: {use}"
        case _:
            return f"not an svta dataset (no {INDEX}, no {SUMS}); make one with `svta pack`"


def dataset_of(path: Path) -> Path | None:
    """The dataset folder that a shard, an index or a folder of shards is in."""
    for folder in (path.parent, *path.parent.parents[:2]):
        if (folder / INDEX).is_file() and (folder / SUMS).is_file():
            inner = path.relative_to(folder).parts
            return folder if inner[0] in (*FOLDERS, INDEX) else None
    return None


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))


def _holds_videos(folder: Path) -> bool:
    """Whether a video is in a folder or in one right below it, among the first 1,000 names."""
    names = islice(chain(folder.iterdir(), folder.glob("*/*")), 1000)
    return any(name.suffix.lower() in VIDEO_ENDINGS for name in names)


def _has_magic(path: Path) -> bool:
    with open(path, "rb", opener=regular) as file:
        head = file.read(_MAGIC_AT + 5)
    return head[:2] == b"\x1f\x8b" or head[_MAGIC_AT:] == b"ustar"
