"""ClipDataset: random access to the clips of a folder or Hub repo, decoded, for training loops and evaluation.

Reads clips.parquet and, a clip at a time, the mp4's bytes from its shard, checked against the index.

    ds = svta.open_dataset("DIR", split="train", num_frames=12, size=224)
    ds[0]["pixel_values"].shape                                     # (12, 3, 224, 224), uint8
    for batch in ds.batches(32, shuffle=True, seed=0): ...          # see batches.py
    load_dataset("svta", data_dir="DIR", split="train").with_transform(svta.frames(num_frames=12, size=224))
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from functools import cached_property
from operator import index
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypedDict, TypeVar, Unpack, cast, overload

import numpy as np

from svta.builder.errors import DatasetError
from svta.builder.io.parallel import cpu_count
from svta.builder.paths import TAXONOMY
from svta.builder.record import CLIP_FIELDS, Clip
from svta.builder.shards.lookup import Index
from svta.builder.shards.sample import ShardError
from svta.builder.taxonomy import Taxonomy, load_taxonomy
from svta.builder.video.frame_spec import FrameSpec
from svta.builder.video.sampling import Resize, Sampling

from .batches import Batches, OnError, ReadsAhead
from .collation import Batch, Sample, channels_first, empty_batch
from .frame_cache import DEFAULT_GIGABYTES, FrameCache
from .read_ahead import VideosAhead, Wanted, read_video
from .source import Source, open_source
from .source_index import find_index
from .transforms import MAX_THREADS

Item = TypeVar("Item")  # what ds[i] gives: a Sample, or what a transform makes of it
Other = TypeVar("Other")
Transform = Callable[[Sample], Item]
_FRAMES: Final = FrameSpec()
if TYPE_CHECKING:
    from torch.utils.data import Dataset

    from svta.builder.video.decoder import FrameSample
else:
    Dataset = Generic  # to type checkers a torch Dataset; torch is not imported for it


class ClipDataset(Dataset[Item], ReadsAhead):
    """Map-style dataset: len(ds), ds[i], ds.clip(i), ds.batches(...). Made by open_dataset; fits torch's DataLoader.

    ds[i] -> {"key", "caption", "category" int (-1 for null, order of taxonomy.json), "is_anomaly" bool or None,
    "pixel_values" uint8 [F, 3, H, W], "frame_mask" bool [F]}, arrays of numpy. ds[2:5] and ds[[7, 3]] are datasets of
    those clips, as ds.select(...); ds["caption"] is a column of the index, a list; neither decodes anything.
    """

    def __init__(
        self, source: Source, splits: Sequence[str], frames: FrameSpec = _FRAMES, *,
        transform: Transform[Item] | None = None, threads: int | None = None, cache: bool = True, proxy: bool = False,
        kept: FrameCache | None = None,
    ):  # fmt: skip
        self.source, self.splits, self.cache, self.proxy = source, list(dict.fromkeys(splits)), cache, proxy
        self.frames, self.transform, self.kept = frames, transform, kept
        self.threads = cpu_count(MAX_THREADS) if threads is None else threads
        if self.threads < 0:
            raise DatasetError(f"threads={threads}: 0 decodes in place, None takes the idle cores")
        self.rows: np.ndarray = self._index.rows(self.splits)
        if not len(self.rows):
            raise DatasetError(f"{source.root}: no clip in {', '.join(self.splits) or 'any split'}")
        self._all_rows = True
        self._ahead: VideosAhead | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, i: int, /) -> Item: ...
    @overload
    def __getitem__(self, i: slice | Sequence[int] | np.ndarray, /) -> ClipDataset[Item]: ...
    @overload
    def __getitem__(self, i: Literal["key", "caption"], /) -> list[str]: ...
    @overload
    def __getitem__(self, i: str, /) -> list[Any]: ...
    def __getitem__(self, i: Any, /) -> Any:
        if isinstance(i, str):
            return self._column(i)
        if isinstance(i, slice):
            return self.select(range(*i.indices(len(self))))
        return self.select(i) if isinstance(i, Iterable) else self.sample(i)

    def __iter__(self) -> Iterator[Item]:
        return (self.sample(i) for i in range(len(self)))

    def select(self, indices: Iterable[int]) -> ClipDataset[Item]:
        """The clips at `indices` as a dataset, in that order; a mask of bools, one per clip, works too.

        Raises IndexError beyond the end, and for a mask of another length.
        """
        part = copy(self)
        part.rows, part._all_rows = self.rows[_positions(indices, len(self.rows))], False
        return part

    @property
    def captions(self) -> list[str]:
        """The caption of every clip, in order; as ds["caption"]."""
        return self["caption"]

    def clip(self, i: int) -> Clip:
        """The record of clip i. No video is read."""
        return self._index.clip(self._row(i))

    def video(self, i: int) -> bytes:
        """The mp4 of clip i as it was packed. Raises ShardError if the shard holds other bytes than the index says."""
        return self._read(i, self.clip(i))

    def sample(self, i: int, *, seed: int | None = None) -> Item:
        """As ds[i]; `seed` repeats what sampling="random-segment" draws.

        Without it torch.manual_seed does, in DataLoader workers too: torch seeds those.
        """
        clip = self._index.clip(self._row(i))
        found = self._frames_of(i, clip, seed)
        sample: Sample = {
            "key": clip.key,
            "caption": clip.caption,
            "category": self._category(clip.category),
            "is_anomaly": clip.is_anomaly,
            "pixel_values": channels_first(found.frames),
            "frame_mask": found.mask,
        }
        return cast("Item", sample) if self.transform is None else self.transform(sample)

    def read_frames(self, i: int, *, seed: int | None = None) -> FrameSample:
        """The frames of clip i [F, H, W, 3], their mask and their times. Raises VideoError, naming shard and key."""
        return self._frames_of(i, self.clip(i), seed)

    def _frames_of(self, i: int, clip: Clip, seed: int | None) -> FrameSample:
        from svta.builder.video.frame_buffer import VideoError

        def decode(frames: FrameSpec, *, seed: int | None) -> FrameSample:
            data = self._read(i, clip)
            try:
                return frames.sample(data, seed=seed)
            except VideoError as error:
                shard = self.source.url(self._index.shard_name(self._row(i)))
                raise VideoError(f"{shard} key {clip.key}: {error}") from None

        try:
            if self.kept is None:
                return decode(self.frames, seed=seed)
            return self.kept.sample(self._name(clip), self.frames, decode, seed=seed, num_frames=clip.num_frames)
        finally:
            if self._ahead is not None:
                self._ahead.done(i)

    def _name(self, clip: Clip) -> str:
        """What frames of this video are kept as."""
        return clip.sha256 or f"{self._index.fingerprint} {clip.key}"

    @contextmanager
    def ahead(self, positions: Iterable[int], first: int) -> Iterator[ClipDataset[Item]]:
        """These clips for one loop over `positions`, each once: those of a Hub repo are read ahead of the loop."""
        if not self.source.is_remote:
            yield self
            return
        wanted = (self._wanted(i) for i in positions)
        with VideosAhead(self.source, wanted, first=first, download=self.cache) as ahead:
            part = copy(self)
            part._ahead = ahead
            yield part

    def _wanted(self, i: int) -> Wanted:
        row = self._row(i)
        clip = self._index.clip(row)
        is_kept = self.kept is not None and self.kept.holds(self._name(clip), self.frames)
        return i, self._index.shard_name(row), None if is_kept else self._index.place(row, clip)

    def with_frames(self, frames: FrameSpec) -> ClipDataset[Item]:
        """The same clips with other frames."""
        other = copy(self)
        other.frames = frames
        return other

    def batches(
        self, batch_size: int, *, shuffle: bool = True, seed: int = 0, rank: int = 0, world_size: int = 1,
        on_error: OnError = "raise",
    ) -> Batches:  # fmt: skip
        """Batches of `batch_size` clips a rank, collated, with state_dict() / load_state_dict(): see Batches."""
        return Batches(
            self, batch_size, shuffle=shuffle, seed=seed, rank=rank, world_size=world_size, on_error=on_error
        )

    def empty_batch(self) -> Batch:
        """What batches() gives a rank that has no clip in a step: the same keys, first axis 0."""
        if self.transform is not None:
            return []
        return empty_batch(self.frames.num_frames, self.frames.size)

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """The dataset's own categories; their order gives the numbers in "category"."""
        return load_taxonomy(self.source.find(TAXONOMY))

    @property
    def fingerprint(self) -> str:
        """Names the clips and their order: equal on every machine, another one when the dataset is packed again."""
        digest = hashlib.sha256(f"{self._index.fingerprint} {self.splits}".encode())
        if not self._all_rows:
            digest.update(self.rows.astype("<i8").tobytes())
        return digest.hexdigest()[:32]

    @cached_property
    def _index(self) -> Index:
        return find_index(self.source, proxy=self.proxy)

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name != "_index"}

    def __repr__(self) -> str:
        splits = ("" if self._all_rows else "part of ") + "+".join(self.splits)
        small = ", proxy videos" if self.proxy else ""
        return f"ClipDataset({self.source.root!r}, {splits}, {len(self)} clips, {self.frames}{small})"

    def _column(self, name: str) -> list[Any]:
        if name not in (columns := (*CLIP_FIELDS, "split")):
            decoded = " is decoded clip by clip, ds[i];" if name in Sample.__annotations__ else ": no such column;"
            raise DatasetError(f"{name[:80]!r}{decoded} columns are {', '.join(columns)}")
        values = self._index.column(name, self.rows)
        return [self._category(value) for value in values] if name == "category" else values

    def _category(self, name: str | None) -> int:
        return -1 if name is None else self.taxonomy.index(name)

    def _row(self, i: int) -> int:
        if not -len(self.rows) <= i < len(self.rows):
            raise IndexError(f"clip {i} of {len(self.rows)}")
        return int(self.rows[i])

    def _read(self, i: int, clip: Clip) -> bytes:
        row = self._row(i)
        shard = self._index.shard_name(row)
        data = None if self._ahead is None else self._ahead.take(i)
        if data is None:
            data = read_video(self.source, shard, self._index.place(row, clip), download=self.cache)
        if clip.sha256 is not None and hashlib.sha256(data).hexdigest() != clip.sha256:  # 1% of the time of decoding
            raise ShardError(self.source.url(shard), "the video's sha256 is not the index's: damaged", clip.key)
        return data


def _positions(indices: Iterable[int], count: int) -> np.ndarray:
    """Indices of `count` clips, or a mask of them, as int64. Raises IndexError beyond the end."""
    given = list(indices)
    if given and all(isinstance(value, bool | np.bool_) for value in given):
        if len(given) != count:
            raise IndexError(f"a mask of {len(given)} for {count} clips")
        given = np.flatnonzero(given).tolist()
    chosen = np.array([index(i) for i in given], np.int64)
    if bad := [int(i) for i in chosen if not -count <= i < count]:
        raise IndexError(f"clip {bad[0]} of {count}")
    return chosen


class _Options(TypedDict, total=False):
    """The options of open_dataset beside its transform."""

    num_frames: int
    size: int | None
    sampling: Sampling
    resize: Resize
    threads: int | None
    cache: bool
    proxy: bool
    cache_frames: str | Path | None
    max_gigabytes: float
    token: str | bool | None


@overload
def open_dataset(
    path_or_repo_id: str | Path, split: str | Sequence[str] = ..., **options: Unpack[_Options]
) -> ClipDataset[Sample]: ...
@overload
def open_dataset(
    path_or_repo_id: str | Path,
    split: str | Sequence[str] = ...,
    *,
    transform: Transform[Other],
    **options: Unpack[_Options],
) -> ClipDataset[Other]: ...
def open_dataset(
    path_or_repo_id: str | Path,
    split: str | Sequence[str] = "train",
    *,
    num_frames: int = 12,
    size: int | None = 224,
    sampling: Sampling = "uniform",
    resize: Resize = "crop",
    transform: Transform[Any] | None = None,
    threads: int | None = None,
    cache: bool = True,
    proxy: bool = False,
    cache_frames: str | Path | None = None,
    max_gigabytes: float = DEFAULT_GIGABYTES,
    token: str | bool | None = None,
) -> ClipDataset[Any]:
    """Open a packed folder, or a Hub repo "ns/name[@revision]", for random access to decoded clips.

        data = svta.open_dataset("DIR", "train", num_frames=12, size=224)
        data[0]["pixel_values"]                        # numpy uint8 [12, 3, 224, 224]: frames, RGB, height, width
        data[0]["frame_mask"]                          # bool [12]: False if a video has fewer frames
        data[0]["caption"], data[0]["category"]        # str; int in the order of taxonomy.json, -1 for null
        for batch in data.batches(32, seed=0):         # each loop is one whole epoch, the next one
            batch["pixel_values"]                      # torch uint8 [32, 12, 3, 224, 224]

    split: train, validation, test, a list of them, or "all".
    num_frames, size (pixels; None keeps the video's own), sampling, resize: as svta.builder.video.decode has them.
        sampling is uniform, official (CLIP4Clip's), random-segment or all. resize is crop (also called fast) or squash,
        which are libswscale's, exact or exact-squash, which are PIL's bicubic, as in CLIP's own code.
    transform: gets the finished sample and gives what ds[i] gives.
    threads: how many decode in batches(); None takes the idle cores, 0 none.
    cache: of a Hub repo, True keeps the shards that are touched in the Hub's own cache; False reads each clip by HTTP
        range and keeps nothing.
    proxy: take the small videos that `svta pack --proxy` made: a quarter of the time at 224 pixels.
    cache_frames: a folder that keeps decoded frames for later epochs, processes and ranks, at most max_gigabytes
        (10^9 bytes): 23 to 37 times the clips per CPU-second of decoding 832x480, 1.8 MB per clip of 12 x 224.
    token: of the Hub; None takes HF_TOKEN or the login.

    Raises DatasetError if there is no dataset or no such split, SamplingError for frames that cannot be read.
    """
    spec = FrameSpec(num_frames, size, sampling, resize)
    source = open_source(path_or_repo_id, token=token)
    splits = [split] if isinstance(split, str) else list(split)
    if splits == ["all"]:
        splits = find_index(source, proxy=proxy).splits()
    return ClipDataset(
        source,
        splits,
        spec,
        transform=transform,
        threads=threads,
        cache=cache,
        proxy=proxy,
        kept=None if cache_frames is None else FrameCache(cache_frames, max_gigabytes),
    )
