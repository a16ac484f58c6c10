"""Batches for training loops: global shuffle, equally many on every rank, exact resume at any batch.

Reads a ClipDataset through threads (PyAV releases the GIL: 4 threads beat 4 worker processes), never more than one
batch and a few clips ahead. State is one position in one global order, so it also resumes on other numbers of ranks.

    batches = svta.open_dataset("DIR").batches(32, shuffle=True, seed=0, rank=rank, world_size=world_size)
    for epoch in range(batches.epoch, 10):
        for batch in batches:                    # goes on where load_state_dict() put it
            checkpoint = batches.state_dict()
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Generator
from concurrent.futures import Future
from itertools import pairwise
from typing import Any, Final, Protocol

import numpy as np

from svta.builder.errors import DatasetError
from svta.builder.io.json_text import JsonObject
from svta.builder.io.parallel import thread_pool

from .collation import Batch, collate

_STATE_VERSION: Final = 1


class Samples(Protocol):
    """What batches are made of: a ClipDataset, or anything like it."""

    @property
    def fingerprint(self) -> str: ...

    @property
    def threads(self) -> int: ...

    def __len__(self) -> int: ...

    def sample(self, i: int, *, seed: int = 0) -> Any: ...

    def empty_batch(self) -> Batch: ...


class Batches:
    """An iterator over one epoch after another: each `for` goes to the end of the epoch, the next one starts the next.

    `epoch` counts from 0; `position` is the number of clips of this epoch that all ranks together have been given.
    A step gives every rank batch_size clips. The last step shares what is left; where that is less than one clip a
    rank, it is added to the step before, so that no clip is lost, none repeats, and no rank waits for another. (Resumed
    on more ranks than clips are left in the epoch, some ranks get one empty batch: the same keys, first axis 0.)
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
    ):
        if batch_size < 1 or world_size < 1 or not 0 <= rank < world_size:
            raise DatasetError(f"batch_size {batch_size}, rank {rank} of {world_size}: no such batches")
        if len(dataset) < world_size:
            raise DatasetError(f"{len(dataset)} clips cannot be shared by {world_size} ranks")
        self.dataset, self.batch_size, self.shuffle, self.seed = dataset, batch_size, shuffle, seed
        self.rank, self.world_size = rank, world_size
        self.epoch = self.position = 0
        self._running: Generator[tuple[int, Batch]] | None = None

    def __len__(self) -> int:
        """Batches left in this epoch: the same number on every rank."""
        return len(_bounds(self.position, len(self.dataset), self.batch_size, self.world_size)) - 1

    def __iter__(self) -> Batches:
        return self

    def __next__(self) -> Batch:
        if self._running is None:
            self._running = self._run()
        try:
            self.position, batch = next(self._running)
        except StopIteration:
            self._running, self.position = None, 0
            self.epoch += 1
            raise
        except BaseException:
            self._running = None  # the next call tries again at the same place: an epoch never ends early
            raise
        return batch

    def __repr__(self) -> str:
        shared = f", rank {self.rank} of {self.world_size}" if self.world_size > 1 else ""
        return (
            f"Batches({len(self)} left of epoch {self.epoch}, {self.batch_size} clips each{shared}, "
            f"{'shuffled' if self.shuffle else 'in order'}, seed {self.seed}, of {self.dataset!r})"
        )

    def state_dict(self) -> JsonObject:
        """Where the loop stands after the batch it was given last; equal on every rank, plain JSON."""
        return {
            "version": _STATE_VERSION,
            "epoch": self.epoch,
            "position": self.position,
            "shuffle": self.shuffle,
            "seed": self.seed,
            "num_clips": len(self.dataset),
            "dataset": self.dataset.fingerprint,
        }

    def load_state_dict(self, state: JsonObject) -> None:
        """Go on where state_dict() was taken, on any number of ranks and with any batch size.

        Raises DatasetError when the state was taken on another dataset or by another version, or is damaged.
        """
        if state.get("version") != _STATE_VERSION:
            raise DatasetError(f"a state of version {state.get('version')}, {_STATE_VERSION} is known")
        try:
            clips, dataset = int(state["num_clips"]), str(state["dataset"])
            place = int(state["epoch"]), int(state["position"])
            order = bool(state["shuffle"]), int(state["seed"])
        except (KeyError, TypeError, ValueError) as error:
            raise DatasetError(f"no whole state of Batches ({type(error).__name__} {error}): was it cut?") from None
        if (clips, dataset) != (len(self.dataset), self.dataset.fingerprint):
            raise DatasetError(
                f"the state was taken on a dataset of {clips} clips that is not this one "
                f"({len(self.dataset)} clips): it was packed anew, or another split or folder is open"
            )
        if place[0] < 0 or not 0 <= place[1] <= clips:
            raise DatasetError(f"the state stands at clip {place[1]} of {clips}, epoch {place[0]}: no such place")
        self.close()
        (self.epoch, self.position), (self.shuffle, self.seed) = place, order

    def close(self) -> None:
        """Stop reading ahead; the next batch starts the threads again."""
        if self._running is not None:
            self._running.close()
            self._running = None

    def order(self) -> np.ndarray:
        """Positions [N] in the dataset, in the order of this epoch over all ranks."""
        if not self.shuffle:
            return np.arange(len(self.dataset))
        return np.random.default_rng([self.seed, self.epoch]).permutation(len(self.dataset))

    def _run(self) -> Generator[tuple[int, Batch]]:
        order, threads = self.order(), self.dataset.threads
        bounds = _bounds(self.position, len(order), self.batch_size, self.world_size)
        steps = [(_share(a, b, self.rank, self.world_size), b) for a, b in pairwise(bounds)]
        if not threads:
            for (first, last), end in steps:
                yield end, self._collate([self._load(int(i)) for i in order[first:last]])
            return
        todo = (int(i) for (first, last), _ in steps for i in order[first:last])
        ahead: deque[Future[Any]] = deque()
        pool = thread_pool(threads, name="svta-clips")
        try:
            for (first, last), end in steps:
                samples = []
                for _ in range(last - first):
                    while len(ahead) < self.batch_size + 2 * threads and (i := next(todo, None)) is not None:
                        ahead.append(pool.submit(self._load, i))
                    samples.append(ahead.popleft().result())
                yield end, self._collate(samples)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _collate(self, samples: list[Any]) -> Batch:
        return collate(samples) if samples else self.dataset.empty_batch()

    def _load(self, i: int) -> Any:
        text = f"{self.seed} {self.epoch} {i}".encode()
        return self.dataset.sample(i, seed=int.from_bytes(hashlib.blake2b(text, digest_size=6).digest()))


def _bounds(position: int, total: int, batch_size: int, world_size: int) -> list[int]:
    """Positions where steps begin and end: [position, ..., total]."""
    step = batch_size * world_size
    bounds = list(range(position, total, step))
    if len(bounds) > 1 and total - bounds[-1] < world_size:
        bounds.pop()
    return [*bounds, total]


def _share(start: int, end: int, rank: int, world_size: int) -> tuple[int, int]:
    """A rank's part of one step; parts differ by one clip at most."""
    return start + (end - start) * rank // world_size, start + (end - start) * (rank + 1) // world_size
