"""Batches for training loops: global shuffle, equally many on every rank, exact resume at any batch.

Reads a ClipDataset through threads (PyAV releases the GIL: 4 threads beat 4 worker processes), never more than one
batch and a few clips ahead.

    batches = svta.open_dataset("DIR").batches(32, shuffle=True, seed=0, rank=rank, world_size=world_size)
    batches.load_state_dict(checkpoint)          # if there is one: the first loop gives the rest of its epoch
    for epoch in range(batches.epoch, 10):
        for batch in batches:                    # every loop is one whole epoch, however the last one ended
            checkpoint = batches.state_dict()
"""

from __future__ import annotations

import hashlib
import warnings
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from importlib.util import find_spec
from typing import Literal, NamedTuple, Protocol, get_args

from svta.builder.errors import DatasetError, first_line
from svta.builder.io.parallel import thread_pool
from svta.builder.shards.sample import ShardError

from .collation import Batch, collate
from .epochs import EpochLoop, Step, Steps

OnError = Literal["raise", "skip"]


class Samples(Protocol):
    """What batches are made of: a ClipDataset, or anything like it."""

    @property
    def fingerprint(self) -> str: ...

    @property
    def threads(self) -> int: ...

    def __len__(self) -> int: ...

    def sample(self, i: int, *, seed: int = 0) -> object: ...

    def empty_batch(self) -> Batch: ...


class ReadsAhead(ABC):
    """A dataset that a loop can tell in what order it needs the clips."""

    @abstractmethod
    def ahead(self, positions: Iterable[int], first: int) -> AbstractContextManager[Samples]:
        """The same clips for one loop over `positions`, of which the first `first` are wanted before any other."""


class Skipped(NamedTuple):
    """A clip that on_error="skip" left out: its position in the dataset and what was wrong with it, in one line."""

    position: int
    reason: str


class Batches(EpochLoop[Batch]):
    """An iterable of decoded batches; every loop is one whole epoch (see EpochLoop for order, ranks and resuming).

    A clip that cannot be read or decoded is an error where it comes (`on_error="raise"`), after which the same
    iterator tries it again; with "skip" its batch is a clip shorter, `skipped` lists it, and a warning at the end of
    the loop counts what was left out. Ranks keep equally many batches: one whose clips all fail is an empty batch.
    So are the clips of a shard that is missing or whose server fails; it is tried again in the next epoch. An epoch of
    which no clip at all can be had is an error all the same.
    """

    def __init__(
        self,
        dataset: Samples,
        batch_size: int,
        *,
        shuffle: bool = True,
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
        on_error: OnError = "raise",
    ):
        super().__init__(dataset, batch_size, shuffle=shuffle, seed=seed, rank=rank, world_size=world_size)
        if on_error not in get_args(OnError):
            raise DatasetError(f"on_error={on_error!r}: one of {', '.join(get_args(OnError))}")
        _register()
        self.dataset, self.on_error = dataset, on_error
        self.skipped: list[Skipped] = []

    def _run(self, steps: Steps) -> Generator[Batch]:
        before, epoch, good = len(self.skipped), self.epoch, self.position
        try:
            for samples in self._samples(steps):
                good += len(samples)
                yield collate(samples) if samples else self.dataset.empty_batch()
            if not good and len(self.skipped) > before:
                raise DatasetError(f"epoch {epoch}: no clip can be read: {self.skipped[before].reason}")
        finally:
            if left_out := self.skipped[before:]:
                first = "; ".join(clip.reason for clip in left_out[:3])
                more = f"; and {len(left_out) - 3} more, see .skipped" if len(left_out) > 3 else ""
                warnings.warn(f"epoch {epoch}: {len(left_out)} clips left out: {first}{more}", stacklevel=2)

    def _samples(self, steps: Steps) -> Generator[list[object]]:
        """The samples of each step, read ahead by threads where the dataset has any."""
        first = next((len(step.indices) for step in steps), 0)
        with self._reading((i for step in steps for i in step.indices), first) as dataset:
            threads = self.dataset.threads
            if not threads:
                for step in steps:
                    yield self._good((self._load(dataset, i) for i in step.indices), step)
                return
            todo = (i for step in steps for i in step.indices)
            far = dataset is not self.dataset  # where the first batch waits for nothing else
            ahead: deque[Future[object]] = deque()
            pool = thread_pool(threads, name="svta-clips")
            try:
                for number, step in enumerate(steps):
                    samples: list[object] = []
                    for _ in step.indices:
                        room = first - len(samples) if far and not number else self.batch_size + 2 * threads
                        while len(ahead) < room and (i := next(todo, None)) is not None:
                            ahead.append(pool.submit(self._load, dataset, i))
                        samples.append(ahead.popleft().result())
                    yield self._good(samples, step)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _reading(self, positions: Iterable[int], first: int) -> AbstractContextManager[Samples]:
        dataset = self.dataset
        return dataset.ahead(positions, first) if isinstance(dataset, ReadsAhead) else nullcontext(dataset)

    def _good(self, samples: Iterable[object], step: Step) -> list[object]:
        """What was read of a step; what was not goes to `skipped`."""
        good = []
        for i, sample in zip(step.indices, samples, strict=True):
            if isinstance(sample, _Unreadable):
                self.skipped.append(Skipped(i, sample.reason))
            else:
                good.append(sample)
        return good

    def _load(self, dataset: Samples, i: int) -> object:
        from svta.builder.video.frame_buffer import VideoError

        text = f"{self.seed} {self.epoch} {i}".encode()
        try:
            return dataset.sample(i, seed=int.from_bytes(hashlib.blake2b(text, digest_size=6).digest()))
        except (ShardError, VideoError) as error:
            if self.on_error == "raise":
                raise
            return _Unreadable(first_line(error))


@cache
def _register() -> None:
    """Let DataLoader(batches, batch_size=None) iterate over batches: to torch an IterableDataset, where torch is."""
    if find_spec("torch") is not None:
        from torch.utils.data import IterableDataset

        IterableDataset.register(Batches)


class _Unreadable(NamedTuple):
    reason: str
