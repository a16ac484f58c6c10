"""Other test sets than ours: a folder of videos and captions by name, ranked as a packed dataset is.

Reads captions with their videos' names and a folder of video files; `svta eval --data ucfcrime-ar=FILE --videos
DIR` (also oops=FILE, msrvtt-1ka=FILE, or any table) calls it. Nothing is copied, nothing is packed.

    gallery = FolderGallery.open(records, VideoFolder("videos/"))   # gallery.missing: captions without a video
"""

from __future__ import annotations

import hashlib
import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from svta.builder.errors import DatasetError, NothingUsable, SvtaError
from svta.builder.ingest.video_names import VideoFolder
from svta.builder.io.files import sha256_file
from svta.builder.io.limits import read_bytes
from svta.builder.io.parallel import thread_pool
from svta.builder.record import Clip
from svta.builder.sources.records import NO_RATE, RowProblem, is_cut_file
from svta.builder.sources.registry import Record
from svta.builder.taxonomy import Taxonomy, load_taxonomy
from svta.builder.video.frame_spec import FrameSpec

if TYPE_CHECKING:
    from svta.builder.video.decoder import FrameSample

MAX_VIDEO_BYTES: Final = 1_000_000_000  # as import takes
THREADS: Final = 4
_FRAMES: Final = FrameSpec()


class TransferError(SvtaError):
    """A test set that cannot be put together from its captions and a folder of videos."""


class NoVideoFound(TransferError, NothingUsable):
    """Not one caption of a test set has its video."""


def pair_with_videos(
    records: Sequence[Record], videos: VideoFolder, beside: str | Path | None = None
) -> tuple[list[tuple[Record, str]], list[tuple[str, str]]]:
    """(captions with their videos' paths below the folder, (key, reason) of those without one). Raises TransferError.

    beside: where the captions' file is.
    """
    if videos.problem is not None:
        raise TransferError(videos.problem)
    videos.expect(name for record in records for name in record.videos[:1])
    paired: list[tuple[Record, str]] = []
    missing: list[tuple[str, str]] = []
    for record in records:
        try:
            paired.append((record, videos.find(record.videos, beside)))
        except RowProblem as problem:
            name = next(iter(record.videos), "(no name)")
            several = f": {problem.detail}" if "may be any of" in problem.detail or "link" in problem.detail else ""
            missing.append((record.clip.key, f"no video {name}{several}"))
    return paired, missing


@dataclass(frozen=True)
class _Place:
    """Where a gallery is, the part that an evaluation reads."""

    root: str

    def find(self, name: str) -> Path | None:
        """None: a folder of videos has no index files."""
        return None


class FolderGallery:
    """Clips and their video files, read like a ClipDataset: len, clip(i), video(i), read_frames(i).

    `missing` lists (key, reason) of the rows that have no video here: they are named, not dropped in silence.
    `taxonomy`: of the clips' categories; the built-in one where none is given.
    """

    def __init__(
        self,
        clips: Sequence[Clip],
        paths: Sequence[Path],
        missing: Sequence[tuple[str, str]],
        root: str,
        *,
        frames: FrameSpec = _FRAMES,
        threads: int = THREADS,
        taxonomy: Taxonomy | None = None,
    ):
        self.taxonomy = taxonomy or load_taxonomy()
        self.clips, self.paths, self.missing = list(clips), list(paths), list(missing)
        self.source, self.splits = _Place(root), ["test"]
        self.frames, self.threads = frames, threads

    @classmethod
    def open(
        cls,
        records: Iterable[Record],
        videos: VideoFolder,
        beside: str | Path | None = None,
        *,
        frames: FrameSpec = _FRAMES,
        taxonomy: Taxonomy | None = None,
    ) -> FolderGallery:
        """Pair captions with the videos they name. Raises TransferError when the set makes no sense as a gallery.

        Several captions of one file are clips of one group, and each file's content is hashed, so that captions of one
        video and twins are known. A clip that is a part of its video (start, end) is refused: `svta import` cuts it.
        """
        paired, missing = pair_with_videos(list(records), videos, beside)
        root = videos.root.folder
        parts = [(record, video) for record, video in paired if _is_part(record, video)]
        if parts:
            record, video = parts[0]
            raise TransferError(
                f"{record.place}: names a part of {video} by time, as do {len(parts):,} of {len(paired):,} captions; "
                f"cut them first: svta import --videos {shlex.quote(str(root))} --annotations FILE"
            )
        if not paired:
            reason = missing[0][1] if missing else "no caption was given"
            raise NoVideoFound(f"{root}: none of {len(missing)} captions has its video there: {reason}")
        files = [(record.clip, videos.root.path(video)) for record, video in paired]
        return cls(
            _of_one_video(files), [path for _, path in files], missing, str(root), frames=frames, taxonomy=taxonomy
        )

    def with_frames(self, frames: FrameSpec) -> FolderGallery:
        """The same clips with other frames."""
        own = (self.clips, self.paths, self.missing, self.source.root)
        return FolderGallery(*own, frames=frames, threads=self.threads, taxonomy=self.taxonomy)

    def __len__(self) -> int:
        return len(self.clips)

    def read_frames(self, i: int) -> FrameSample:
        """The frames of clip i, their mask and their times. Raises DatasetError, naming file and key."""
        try:
            return self.frames.sample(self.video(i))
        except SvtaError as error:
            raise DatasetError(f"{self.paths[i].name} ({self.clips[i].key}): {error}") from None

    def clip(self, i: int) -> Clip:
        """The record of clip i."""
        return self.clips[i]

    def video(self, i: int) -> bytes:
        """The bytes of clip i's file."""
        return read_bytes(self.paths[i], MAX_VIDEO_BYTES)

    @cached_property
    def fingerprint(self) -> str:
        """Names the captions, their order and the files, by name and content."""
        digest = hashlib.sha256()
        for clip, path in zip(self.clips, self.paths):
            digest.update(f"{clip.key}\x1f{clip.caption}\x1f{path.name}\x1f{clip.sha256}\n".encode())
        return digest.hexdigest()[:32]


def _is_part(record: Record, video: str) -> bool:
    """Whether a caption is of a part of the file that it was paired with, which is not cut yet."""
    clip = record.clip
    is_cut = is_cut_file(video, next(iter(record.videos), ""), {"start": clip.start, "end": clip.end})
    return NO_RATE in clip.flags or (not is_cut and (clip.start, clip.end) != (None, None))


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
