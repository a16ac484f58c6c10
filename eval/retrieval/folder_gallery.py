"""Other test sets than ours: a folder of videos and captions by name, ranked as a packed dataset is.

Reads clips (captions with source_id or group) and a folder of video files; `svta eval --data ucfcrime-ar=FILE --videos
DIR` (also oops=FILE, msrvtt-1ka=FILE, or any table) calls it. Nothing is copied, nothing is packed.

    gallery = FolderGallery.open(clips, "videos/", num_frames=12, size=224)   # gallery.missing: rows without a video
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Final

import numpy as np

from svta.builder.errors import DatasetError, SvtaError
from svta.builder.io.files import sha256_file
from svta.builder.io.limits import read_bytes
from svta.builder.io.parallel import thread_pool
from svta.builder.record import Clip
from svta.builder.taxonomy import Taxonomy, load_taxonomy
from svta.builder.video.frame_spec import FrameSpec
from svta.builder.video.sampling import Resize, Sampling

SUFFIXES: Final = (".mp4", ".webm", ".mkv", ".avi", ".mov", ".m4v", ".mpg", ".mpeg", ".wmv", ".flv", ".3gp")
MAX_VIDEO_BYTES: Final = 1_000_000_000  # as import takes
THREADS: Final = 4


class TransferError(SvtaError):
    """A test set that cannot be put together from its captions and a folder of videos."""


@dataclass(frozen=True)
class _Place:
    """Where a gallery lies, as far as an evaluation asks."""

    root: str

    def find(self, name: str) -> Path | None:
        """None: a folder of videos has no index files."""
        return None


class FolderGallery:
    """Clips and their video files, read like a ClipDataset: len, [i], clip(i), video(i).

    `missing` lists (key, reason) of the rows that have no video here: they are named, not dropped in silence.
    """

    def __init__(
        self,
        clips: Sequence[Clip],
        paths: Sequence[Path],
        missing: Sequence[tuple[str, str]],
        root: str,
        *,
        num_frames: int = 12,
        size: int | None = 224,
        sampling: Sampling = "uniform",
        resize: Resize = "crop",
        threads: int = THREADS,
    ):
        self.clips, self.paths, self.missing = list(clips), list(paths), list(missing)
        self.source, self.splits = _Place(root), ["test"]
        self.frames, self.threads = FrameSpec(num_frames, size, sampling, resize), threads

    @classmethod
    def open(cls, clips: Iterable[Clip], videos: str | Path, **frames: Any) -> FolderGallery:
        """Pair clips with the files below `videos`. Raises TransferError when the set makes no sense as a gallery.

        A video is found by its name with or without suffix and folder: the clip's source_id, its group, then what
        follows the last colon or # of either is cut. Several captions of one file are clips of one group, and each
        file's content is hashed, so that captions of one video and twins are known. A clip that is only a part of its
        video (start, end) is refused: `svta import` cuts it.
        """
        root = Path(videos)
        if not root.is_dir():
            raise TransferError(f"{videos}: no such folder of videos")
        index = index_videos(root)
        if not index:
            raise TransferError(f"{videos}: no video file below it ({', '.join(SUFFIXES[:4])}, ...)")
        paired: list[tuple[Clip, Path]] = []
        missing: list[tuple[str, str]] = []
        for clip in clips:
            path = next((index[name] for name in video_names(clip) if name in index), None)
            if path is None:
                missing.append((clip.key, f"no video {next(iter(video_names(clip)), '(no name)')}"))
            elif clip.start is not None or clip.end is not None:
                raise TransferError(f"{clip.key}: a part of {path.name} by time: cut it first with svta import")
            else:
                paired.append((clip, path))
        if not paired:
            reason = missing[0][1] if missing else "no caption was given"
            raise TransferError(f"{videos}: not one of {len(missing)} captions has its video there: {reason}")
        return cls(_of_one_video(paired), [path for _, path in paired], missing, str(videos), **frames)

    def with_frames(self, **frames: Any) -> FolderGallery:
        """The same clips with other frames: num_frames, size, sampling, resize, threads."""
        own = {**self.frames.as_dict(), "threads": self.threads}
        return FolderGallery(self.clips, self.paths, self.missing, self.source.root, **{**own, **frames})

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, i: int) -> dict[str, Any]:
        clip = self.clips[i]
        try:
            frames, mask = self.frames.decode(self.video(i))
        except SvtaError as error:
            raise DatasetError(f"{self.paths[i].name} ({clip.key}): {error}") from None
        pixels = np.ascontiguousarray(frames.transpose(0, 3, 1, 2))
        return {
            "key": clip.key,
            "caption": clip.caption,
            "is_anomaly": clip.is_anomaly,
            "pixel_values": pixels,
            "frame_mask": mask,
        }

    def clip(self, i: int) -> Clip:
        """The record of clip i."""
        return self.clips[i]

    def video(self, i: int) -> bytes:
        """The bytes of clip i's file."""
        return read_bytes(self.paths[i], MAX_VIDEO_BYTES)

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """The 98 categories that svta ships."""
        return load_taxonomy()

    @cached_property
    def fingerprint(self) -> str:
        """Names the captions, their order and the files, by name and content."""
        digest = hashlib.sha256()
        for clip, path in zip(self.clips, self.paths):
            digest.update(f"{clip.key}\x1f{clip.caption}\x1f{path.name}\x1f{clip.sha256}\n".encode())
        return digest.hexdigest()[:32]


def _of_one_video(paired: Sequence[tuple[Clip, Path]]) -> list[Clip]:
    """The clips with their file's hash; captions of one file share a group. Raises TransferError for a lost file."""
    groups: dict[Path, set[str | None]] = {}
    for clip, path in paired:
        groups.setdefault(path, set()).add(clip.group)
    captions = Counter(path for _, path in paired)
    try:
        with thread_pool(THREADS, name="svta-hash") as pool:
            hashes = dict(zip(groups, pool.map(sha256_file, groups)))
    except OSError as error:
        raise TransferError(f"{error.filename}: {error.strerror}") from None
    clips = []
    for clip, path in paired:
        changes = {"sha256": hashes[path]}
        if captions[path] > 1 and (len(groups[path]) > 1 or clip.group is None):
            changes["group"] = min((name for name in groups[path] if name), default=path.name)
        clips.append(clip.model_copy(update=changes))
    return clips


def index_videos(root: Path) -> dict[str, Path]:
    """Video files below `root` by relative name, bare name and stem, in lower case; a name that two share is none."""
    by_name: dict[str, Path] = {}
    twice: set[str] = set()
    for path in sorted(root.rglob("*")):
        if path.suffix.lower() not in SUFFIXES or not path.is_file():
            continue
        relative = path.relative_to(root).as_posix().lower()
        for name in {relative, relative.rpartition(".")[0], path.name.lower(), path.stem.lower()}:
            if by_name.setdefault(name, path) != path:
                twice.add(name)
    return {name: path for name, path in by_name.items() if name not in twice}


def video_names(clip: Clip) -> list[str]:
    """The names a clip's video may bear, the surest first, in lower case."""
    names: dict[str, None] = {}
    for text in (clip.source_id, clip.group):
        if not text:
            continue
        plain = text.strip().replace("\\", "/")
        for name in (
            plain,
            plain.rpartition(":")[2],
            plain.partition("#")[0],
            plain.rpartition(":")[2].partition("#")[0],
        ):
            path = PurePosixPath(name.lower())
            names |= dict.fromkeys((str(path), path.name, path.stem))
            if path.name.startswith("msr") and path.name[3:].isdigit():  # MSR-VTT: caption msr7020, file video7020
                names |= {f"video{path.name[3:]}": None}
    return [name for name in names if name and name != "."]
