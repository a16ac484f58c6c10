"""ClipDataset: random access to the clips of a folder or Hub repo, decoded, for training loops and evaluation.

Reads clips.parquet and, a clip at a time, the mp4's bytes from its shard, checked against the index.

    ds = svta.open_dataset("DIR", split="train", num_frames=12, size=224)
    ds[0]["pixel_values"].shape                                     # (12, 3, 224, 224), uint8
    for batch in ds.batches(32, shuffle=True, seed=0): ...          # see batches.py
    load_dataset("svta", data_dir="DIR", split="train").with_transform(svta.frames(num_frames=12, size=224))
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from .batches import Batches
from .errors import DatasetError
from .ranges import read_video
from .record import Clip
from .rows import Index, find_index
from .shards import ShardError
from .source import TAXONOMY, Source, open_source
from .taxonomy import Taxonomy, load_taxonomy

_VIDEO_COLUMNS: Final = ("video", "mp4")  # of load_dataset("svta"), and of a folder loaded by its README alone
_MAX_THREADS: Final = 8

Transform = Callable[[dict[str, Any]], Any]


class ClipDataset:
    """Map-style dataset: len(ds), ds[i], ds.clip(i), ds.batches(...). Made by open_dataset; fits torch's DataLoader.

    ds[i] -> {"key", "caption", "category" int (-1 for null, order of taxonomy.json), "is_anomaly" bool or None,
    "pixel_values" uint8 [F, 3, H, W], "frame_mask" bool [F]}, arrays of numpy.
    """

    def __init__(
        self,
        source: Source,
        splits: Sequence[str],
        *,
        num_frames: int = 12,
        size: int | None = 224,
        sampling: str = "uniform",
        resize: str = "crop",
        transform: Transform | None = None,
        threads: int | None = None,
        cache: bool = True,
        proxy: bool = False,
    ):
        self.source, self.splits, self.cache, self.proxy = source, list(dict.fromkeys(splits)), cache, proxy
        self.num_frames, self.size, self.sampling, self.resize = num_frames, size, sampling, resize
        self.transform = transform
        self.threads = _idle_threads() if threads is None else threads
        if self.threads < 0:
            raise DatasetError(f"threads={threads}: 0 decodes in place, None takes the idle cores")
        self.rows: np.ndarray = self._index.rows(self.splits)
        if not len(self.rows):
            raise DatasetError(f"{source.root}: no clip in {', '.join(self.splits) or 'any split'}")

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int) -> Any:
        return self.sample(i)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def clip(self, i: int) -> Clip:
        """The record of clip i. No video is read."""
        return self._index.clip(self._row(i))

    def video(self, i: int) -> bytes:
        """The mp4 of clip i as it was packed. Raises ShardError if the shard holds other bytes than the index says."""
        return self._read(self._row(i), self.clip(i))

    def sample(self, i: int, *, seed: int | None = None) -> Any:
        """As ds[i]; `seed` repeats what sampling="random-segment" draws."""
        row = self._row(i)
        clip = self._index.clip(row)
        frames, mask = self._decode(self._read(row, clip), row, clip, seed)
        sample = {
            "key": clip.key,
            "caption": clip.caption,
            "category": -1 if clip.category is None else self.taxonomy.index(clip.category),
            "is_anomaly": clip.is_anomaly,
            "pixel_values": frames,
            "frame_mask": mask,
        }
        return self.transform(sample) if self.transform else sample

    def batches(
        self, batch_size: int, *, shuffle: bool = True, seed: int = 0, rank: int = 0, world_size: int = 1
    ) -> Batches:
        """Batches of `batch_size` clips a rank, collated, with state_dict() / load_state_dict(): see Batches."""
        return Batches(self, batch_size, shuffle=shuffle, seed=seed, rank=rank, world_size=world_size)

    def empty_batch(self) -> Any:
        """What batches() gives a rank that has no clip in a step: the same keys, first axis 0."""
        if self.transform is not None:
            return []
        frames = np.zeros((0, self.num_frames, 3, self.size or 0, self.size or 0), np.uint8)
        none = np.zeros(0, np.int64)
        batch = {"key": [], "caption": [], "category": _tensor(none), "is_anomaly": _tensor(none.copy())}
        return {**batch, "pixel_values": _tensor(frames), "frame_mask": _tensor(np.zeros(frames.shape[:2], bool))}

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """The dataset's own categories; their order gives the numbers in "category"."""
        return load_taxonomy(self.source.find(TAXONOMY))

    @property
    def fingerprint(self) -> str:
        """Names the clips and their order: equal on every machine, another one when the dataset is packed anew."""
        return hashlib.sha256(f"{self._index.fingerprint} {self.splits}".encode()).hexdigest()[:32]

    @cached_property
    def _index(self) -> Index:
        return find_index(self.source, proxy=self.proxy)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_index"}

    def __repr__(self) -> str:
        return f"ClipDataset({self.source.root!r}, {'+'.join(self.splits)}, {len(self)} clips)"

    def _row(self, i: int) -> int:
        if not -len(self.rows) <= i < len(self.rows):
            raise IndexError(f"clip {i} of {len(self.rows)}")
        return int(self.rows[i])

    def _place(self, row: int) -> str:
        return self._index.shard_names[self._index.shard[row]]

    def _read(self, row: int, clip: Clip) -> bytes:
        shard = self._place(row)
        place = (clip.key, int(self._index.offset[row]), int(self._index.size[row]))
        data = read_video(self.source, shard, place, download=self.cache)
        if clip.sha256 is not None and hashlib.sha256(data).hexdigest() != clip.sha256:  # 1% of the time of decoding
            raise ShardError(self.source.url(shard), "the video's sha256 is not the index's: damaged", clip.key)
        return data

    def _decode(self, data: bytes, row: int, clip: Clip, seed: int | None) -> tuple[np.ndarray, np.ndarray]:
        from .video import VideoError, decode

        try:
            frames, mask = decode(
                data,
                num_frames=self.num_frames,
                size=self.size,
                sampling=self.sampling,  # type: ignore[arg-type]
                resize=self.resize,  # type: ignore[arg-type]
                seed=seed,
            )
        except VideoError as error:
            raise VideoError(f"{self.source.url(self._place(row))} key {clip.key}: {error}") from None
        return _channels_first(frames), mask


def open_dataset(
    path_or_repo_id: str | Path,
    split: str | Sequence[str] = "train",
    *,
    num_frames: int = 12,
    size: int | None = 224,
    sampling: str = "uniform",
    resize: str = "crop",
    transform: Transform | None = None,
    threads: int | None = None,
    cache: bool = True,
    proxy: bool = False,
    token: str | bool | None = None,
) -> ClipDataset:
    """Open a packed folder, or a Hub repo "ns/name[@revision]", for random access to decoded clips.

    split: train, validation, test, a list of them, or "all". num_frames, size (pixels; None keeps the video's own),
    sampling (uniform | official | random-segment | all) and resize (crop | squash | exact) are those of
    svta.builder.video.decode. transform gets the finished sample and gives what ds[i] gives. threads: how many decode
    in batches(); None takes the idle cores, 0 none. Of a Hub repo, cache=True keeps the shards that are touched in the
    Hub's own cache; cache=False reads each clip by HTTP range and keeps nothing. proxy=True takes the small videos
    that `svta pack --proxy` made: half the time at 224 pixels.

    Raises DatasetError where there is no dataset or no such split.
    """
    source = open_source(path_or_repo_id, token=token)
    splits = [split] if isinstance(split, str) else list(split)
    if splits == ["all"]:
        splits = find_index(source, proxy=proxy).splits()
    return ClipDataset(
        source,
        splits,
        num_frames=num_frames,
        size=size,
        sampling=sampling,
        resize=resize,
        transform=transform,
        threads=threads,
        cache=cache,
        proxy=proxy,
    )


def frames(
    num_frames: int = 12,
    size: int | None = 224,
    *,
    sampling: str = "uniform",
    resize: str = "crop",
    seed: int | None = None,
    threads: int | None = None,
) -> Frames:
    """A transform that replaces videos by decoded frames: ds.with_transform(svta.frames()), stream.map(svta.frames()).

    "video" (or "mp4", in a folder loaded by its README alone) goes; "pixel_values" uint8 [F, 3, H, W] and "frame_mask"
    bool [F] come. Takes single examples and batches of columns. Raises VideoError for a video that cannot be decoded.
    """
    return Frames(num_frames, size, sampling, resize, seed, _idle_threads() if threads is None else threads)


class Frames:
    """What frames() returns: callable and picklable."""

    def __init__(self, num_frames: int, size: int | None, sampling: str, resize: str, seed: int | None, threads: int):
        self.num_frames, self.size, self.sampling, self.resize = num_frames, size, sampling, resize
        self.seed, self.threads = seed, threads

    def __call__(self, columns: dict[str, Any]) -> dict[str, Any]:
        name = next((name for name in _VIDEO_COLUMNS if name in columns), None)
        if name is None:
            raise DatasetError(f"svta.frames() needs a column video or mp4, there are {', '.join(columns)}")
        videos = columns[name]
        rest = {key: value for key, value in columns.items() if key != name}
        if not isinstance(videos, list):
            pixel_values, frame_mask = self._decode(videos)
            return {**rest, "pixel_values": pixel_values, "frame_mask": frame_mask}
        if self.threads > 1 and len(videos) > 1:
            with ThreadPoolExecutor(self.threads) as pool:
                decoded = list(pool.map(self._decode, videos))
        else:
            decoded = [self._decode(video) for video in videos]
        return {**rest, "pixel_values": [d[0] for d in decoded], "frame_mask": [d[1] for d in decoded]}

    def _decode(self, video: Any) -> tuple[np.ndarray, np.ndarray]:
        from .video import decode

        if isinstance(video, dict) and video.get("bytes") is None and video.get("path"):
            video = Path(video["path"]).read_bytes()
        data = video["bytes"] if isinstance(video, dict) else video
        if not isinstance(data, bytes):
            raise DatasetError(
                f"svta.frames() needs the video's bytes (Video(decode=False)), not {type(video).__name__}"
            )
        pixels, mask = decode(
            data,
            num_frames=self.num_frames,
            size=self.size,
            sampling=self.sampling,  # type: ignore[arg-type]
            resize=self.resize,  # type: ignore[arg-type]
            seed=self.seed,
        )
        return _channels_first(pixels), mask


def collate(samples: Sequence[Any]) -> Any:
    """Samples of a ClipDataset as one batch, for encoders and torch's DataLoader(collate_fn=svta.collate).

    pixel_values uint8 [B, F, 3, H, W] and frame_mask bool [B, F]; category and is_anomaly int64 [B], -1 for null; other
    columns are lists. Tensors where torch is installed, else numpy arrays. Videos of unlike sizes stay a list. Samples
    that a transform made into something else than a dict are returned as a list.
    """
    if not samples or not all(isinstance(sample, dict) for sample in samples):
        return list(samples)
    batch: dict[str, Any] = {name: [sample[name] for sample in samples] for name in samples[0]}
    for name, values in batch.items():
        if name in ("category", "is_anomaly"):
            batch[name] = _tensor(np.array([-1 if value is None else int(value) for value in values], np.int64))
        elif hasattr(values[0], "shape") and len({tuple(value.shape) for value in values}) == 1:
            batch[name] = _stack(values)
    return batch


def _stack(values: list[Any]) -> Any:
    if isinstance(values[0], np.ndarray):
        return _tensor(np.stack(values))
    import torch

    return torch.stack(values)


def _tensor(array: np.ndarray) -> Any:
    if find_spec("torch") is None:
        return array
    import torch

    return torch.from_numpy(array)


def _channels_first(frames: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(frames.transpose(0, 3, 1, 2))


def _idle_threads() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _MAX_THREADS)
