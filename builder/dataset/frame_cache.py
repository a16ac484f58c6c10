"""FrameCache: decoded frames, kept once and mapped into memory by every later epoch, process and rank.

Reads and writes DIR/<frames>/<2 hex>/<sha256>.frames: uint8 [F, 3, H, W], then a trailer (JSON: shape, checksum,
times). A file is named by the video's own sha256, so that a dataset that is packed again never gives old frames. The
folder says what was done: number, size, sampling and resizing of frames, and the versions of what decoded them.

    data = svta.open_dataset("DIR", cache_frames="FRAMES", max_gigabytes=200)
"""

from __future__ import annotations

import hashlib
import json
import math
import mmap
import os
import platform
import re
import sys
import time
import warnings
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import get_ident
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from svta.builder.errors import DatasetError, SvtaError
from svta.builder.io.files import atomic_write
from svta.builder.io.json_text import parse_json_object
from svta.builder.io.limits import regular
from svta.builder.video.frame_spec import FrameSpec
from svta.builder.video.sampling import frame_indices

from .collation import channels_first
from .folder_budget import FolderBudget, mark_used

if TYPE_CHECKING:
    from svta.builder.video.decoder import FrameSample

DEFAULT_GIGABYTES: Final = 100.0
_MAGIC: Final = b"SVTAFRM1"
_END: Final = len(_MAGIC) + 8  # magic, length of the trailer
_MAX_FILE_BYTES: Final = 256_000_000  # of one video's frames; what is larger is decoded each time
_LARGEST_SIDE: Final = 1_080  # assumed of frames in the video's own size
_OWN: Final = re.compile(r"[^/]+-av[^/]+-pillow[^/]+/[0-9a-f]{2}/[0-9a-f]{64}\.frames(?:\.\d+\.part)?")  # _path()
_PAUSE_SECONDS: Final = 600.0  # after which a full disk or folder is tried again


class Decode(Protocol):
    """What gives the frames of one video."""

    def __call__(self, frames: FrameSpec, *, seed: int | None) -> FrameSample: ...


class FrameCache:
    """Frames of videos under `folder`, at most `max_gigabytes` (10^9 bytes), shared by all who name the same folder.

    Files appear only when complete and are checked when read; a damaged one is decoded and written again. When
    the ceiling is reached, files that were not used for a day go, the least recently used first; if that is not enough,
    or the disk is full or read-only, a warning says once that the other clips are decoded each time. For
    sampling="random-segment" every frame of a video is kept, and draws are those of decoding it.
    """

    def __init__(self, folder: str | Path, max_gigabytes: float = DEFAULT_GIGABYTES):
        self.folder, self.max_gigabytes = Path(folder).expanduser().absolute(), max_gigabytes
        if not max_gigabytes > 0:
            raise DatasetError(f"max_gigabytes={max_gigabytes!r}: a number above 0")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatasetError(f"cache_frames={os.fspath(folder)!r}: {error.strerror}") from None
        max_bytes = sys.maxsize if math.isinf(max_gigabytes) else int(max_gigabytes * 1e9)
        self._budget = FolderBudget(self.folder, max_bytes, own=_OWN)
        self._busy: dict[Path, int] = {}  # files that threads of this process write
        self._paused_until = 0.0
        self._warned = False

    def sample(
        self, video: str, frames: FrameSpec, decode: Decode, *, seed: int | None, num_frames: int | None
    ) -> FrameSample:
        """The frames of a video (named by a hash of its bytes) as decode(frames, seed=seed) gives them.

        `num_frames`: how many the index says it has.
        """
        wanted = _kept_as(frames)
        draws = wanted is not frames
        path = self._path(video, wanted)
        found = read_frames_file(path)
        if found is None:
            if draws and not _fits(frames, num_frames):
                return decode(frames, seed=seed)
            found = decode(wanted, seed=None)
            self._keep(path, found)
        return _drawn(found, frames, seed) if draws else found

    def holds(self, video: str, frames: FrameSpec) -> bool:
        """Whether there is a file of these frames, valid or not: the video is probably not wanted."""
        return self._path(video, _kept_as(frames)).exists()

    def __repr__(self) -> str:
        return f"FrameCache({str(self.folder)!r}, {self.max_gigabytes:g} GB)"

    def _path(self, video: str, frames: FrameSpec) -> Path:
        name = hashlib.sha256(video.encode()).hexdigest()
        return self.folder / _folder_name(frames) / name[:2] / f"{name}.frames"

    def _keep(self, path: Path, found: FrameSample) -> None:
        if time.monotonic() < self._paused_until or found.frames.nbytes > _MAX_FILE_BYTES:
            return
        if self._busy.setdefault(path, get_ident()) != get_ident():
            return
        try:
            pixels, trailer = channels_first(found.frames), _trailer(found)
            if self._budget.reserve(pixels.nbytes + len(trailer)):
                with atomic_write(path, sync=False) as file:
                    file.write(pixels.data)
                    file.write(trailer)
            else:
                self._pause(f"its {self.max_gigabytes:g} GB are taken")
        except OSError as error:
            self._pause(error.strerror or str(error))
        finally:
            del self._busy[path]

    def _pause(self, problem: str) -> None:
        self._paused_until = time.monotonic() + _PAUSE_SECONDS
        if not self._warned:
            self._warned = True
            warnings.warn(f"{self.folder}: {problem}; frames that are not kept are decoded each time", stacklevel=2)


def _kept_as(frames: FrameSpec) -> FrameSpec:
    """The frames that are kept: all of a video where some are drawn from them."""
    return replace(frames, sampling="all") if frames.sampling == "random-segment" else frames


def _drawn(whole: FrameSample, frames: FrameSpec, seed: int | None) -> FrameSample:
    """Of all frames of a video those that decoding it would draw."""
    from svta.builder.video.decoder import FrameSample, FrameTimes

    indices = frame_indices(whole.times.total, frames.num_frames, frames.sampling, seed=seed)
    every = whole.frames.transpose(0, 3, 1, 2)
    picked = np.zeros((frames.num_frames, *every.shape[1:]), np.uint8)
    np.take(every, indices, axis=0, out=picked[: len(indices)], mode="clip")
    mask = np.arange(frames.num_frames) < len(indices)
    return FrameSample(picked.transpose(0, 2, 3, 1), mask, FrameTimes(indices, whole.times.total, whole.times.fps))


def _fits(frames: FrameSpec, num_frames: int | None) -> bool:
    """Whether all frames of a video are few enough to be decoded at once and kept; unknown numbers are not."""
    side = frames.size or _LARGEST_SIDE
    return num_frames is not None and num_frames * 3 * side * side <= _MAX_FILE_BYTES


def _folder_name(frames: FrameSpec) -> str:
    number = "all" if frames.sampling == "all" else f"{frames.num_frames}-{frames.sampling}"
    resize = "crop" if frames.resize == "fast" else frames.resize
    return f"{number}-{frames.size or 'full'}-{resize}-{_decoder()}"


@cache
def _decoder() -> str:
    """What pixels depend on beside the options."""
    return f"av{version('av')}-pillow{version('pillow')}-{platform.machine()}"


def _trailer(found: FrameSample) -> bytes:
    times = found.times
    every = len(times.indices) == times.total
    text = json.dumps(
        {
            "shape": [*found.frames.shape[:1], 3, *found.frames.shape[1:3]],
            "sum": _checksum(channels_first(found.frames).reshape(-1)),
            "indices": None if every else times.indices.tolist(),
            "total": times.total,
            "fps": times.fps,
        }
    ).encode()
    return text + _MAGIC + len(text).to_bytes(8, "little")


def read_frames_file(path: Path) -> FrameSample | None:
    """What a file holds, mapped into memory (writes stay in this process); None if it is missing or not whole."""
    from svta.builder.video.decoder import FrameSample, FrameTimes

    try:
        with open(path, "rb", opener=regular) as file:
            stat = os.fstat(file.fileno())
            memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        mark_used(path, stat.st_mtime)
        length = int.from_bytes(memory[-8:], "little")
        if memory[-_END:-8] != _MAGIC or length > len(memory) - _END:
            return None
        trailer = parse_json_object(memory[-_END - length : -_END])
        pixels = np.frombuffer(memory, np.uint8, len(memory) - _END - length)
        if _checksum(pixels) != trailer["sum"]:
            return None
        frames = pixels.reshape(trailer["shape"]).transpose(0, 2, 3, 1)
        total, indices = int(trailer["total"]), trailer["indices"]
        times = FrameTimes(np.array(range(total) if indices is None else indices, np.int64), total, trailer["fps"])
        return FrameSample(frames, np.arange(len(frames)) < len(times.indices), times)
    except (OSError, ValueError, KeyError, TypeError, SvtaError):
        return None


def _checksum(pixels: np.ndarray) -> int:
    """Sum of the bytes [N] as 64-bit words: 0.1 ms for 12 x 224, a tenth of crc32."""
    words = pixels[: len(pixels) // 8 * 8].view("<u8")
    return int(words.sum(dtype=np.uint64)) + int(pixels[len(words) * 8 :].sum())
