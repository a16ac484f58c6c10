"""EpochLoop: one global order of clips per epoch, shared by ranks in equally many steps, resumed at any step.

What Batches (decoded clips) and DistributedClipSampler (their positions, for any DataLoader) have in common. State is
one position in one global order, so it also resumes on another number of ranks and with another batch size.
"""

from __future__ import annotations

import sys
import warnings
import weakref
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from itertools import pairwise
from typing import Any, Final, Generic, Literal, NamedTuple, Protocol, TypeVar

import numpy as np

from svta.builder.errors import DatasetError
from svta.builder.io.json_text import JsonObject

_STATE_VERSION: Final = 1
_LEFT_AT_FIRST: Final = 5  # loops in a row; one or two are a look at the data
Item = TypeVar("Item")


class Clips(Protocol):
    """What an order is made over: a ClipDataset, or anything with a length and a name for its content."""

    @property
    def fingerprint(self) -> str: ...

    def __len__(self) -> int: ...


class Step(NamedTuple):
    """One step of a rank: its positions in the dataset, and how many clips all ranks have been given after it."""

    indices: list[int]
    end: int


class Steps:
    """The steps of one rank from some position to the end of an epoch; each loop over it makes them again.

    Workers of a DataLoader take turns, so that the DataLoader gives the steps in their order. A worker's position is
    the end of the round: loaded again, by this worker or by all, the next round begins there.
    """

    def __init__(self, order: np.ndarray, bounds: list[int], rank: int, world_size: int):
        self._order, self._bounds, self._rank, self._world_size = order, bounds, rank, world_size

    def __iter__(self) -> Iterator[Step]:
        worker, workers = _worker()
        for number, (start, end) in enumerate(pairwise(self._bounds)):
            if number % workers == worker:
                first, last = (start + (end - start) * r // self._world_size for r in (self._rank, self._rank + 1))
                round_end = self._bounds[min(number - worker + workers, len(self._bounds) - 1)]
                yield Step(self._order[first:last].tolist(), round_end)


def _worker() -> tuple[int, int]:
    """(number, how many) of the DataLoader worker that this process is; (0, 1) if it is not one."""
    info = _worker_info()
    return (0, 1) if info is None else (info.id, info.num_workers)


def _worker_info() -> Any:
    data = sys.modules.get("torch.utils.data")
    return data.get_worker_info() if data is not None else None


def _after_end(epoch: int, position: int) -> tuple[int, int]:
    """The end of an epoch is the beginning of the next, but to a worker of several: others are still in this one."""
    return (epoch + 1, 0) if _worker()[1] == 1 else (epoch, position)


class EpochLoop(ABC, Generic[Item]):
    """An iterable whose every `for` is one whole epoch, the next one, however the last loop ended.

    `epoch` counts from 0 and names the epoch that runs, or the next one when none does; `position` is the number of
    its clips that all ranks together have been given. A step gives every rank batch_size clips. The last step shares
    what is left; where that is less than one clip per rank, it is added to the step before, so that no clip is lost,
    none repeats, and no rank waits for another. (Resumed on more ranks than clips are left in the epoch, some ranks
    get an empty step.)
    """

    drop_last: Final = False  # as torch's batch samplers have it: no clip is ever dropped

    def __init__(self, dataset: Clips, batch_size: int, *, shuffle: bool, seed: int, rank: int, world_size: int):
        if batch_size < 1:
            raise DatasetError(f"batch_size {batch_size}: at least 1")
        if not 0 <= rank < world_size:
            raise DatasetError(f"rank {rank} of world_size {world_size}: ranks are 0 to world_size - 1")
        if len(dataset) < world_size:
            raise DatasetError(f"{len(dataset)} clips cannot be shared by {world_size} ranks")
        self.batch_size, self.shuffle, self.seed = batch_size, shuffle, seed
        self.rank, self.world_size = rank, world_size
        self.epoch = self.position = 0
        self._clips = dataset
        self._next = (0, 0)  # epoch and position at which the next loop begins
        self._began = (0, 0)  # and at which the last one began
        self._loop: weakref.ref[_Loop[Item]] | None = None
        self._named = False  # whether set_epoch() or load_state_dict() said where to begin
        self._left_at_first = 0  # loops in a row that were left at their first item

    @abstractmethod
    def _run(self, steps: Steps) -> Generator[Item]:
        """One item for each step."""

    def __len__(self) -> int:
        """How many items the whole epoch has: the same number on every rank, and also where a loop gives its rest.

        So training frameworks understand it, which count the items before a stop themselves, and samplers have it.
        """
        start = self._began[1] if self._running() is not None else self._next[1]
        return -(-start // (self.batch_size * self.world_size)) + len(self._bounds(start)) - 1

    def __iter__(self) -> Iterator[Item]:
        return _Loop(self)

    def __repr__(self) -> str:
        shared = f", rank {self.rank} of {self.world_size}" if self.world_size > 1 else ""
        order = f"shuffled by seed {self.seed}" if self.shuffle else "in order"
        return (
            f"{type(self).__name__}({len(self)} of {self.batch_size} clips in epoch {self.epoch}{shared}, "
            f"{order}, of {self._clips!r})"
        )

    def set_epoch(self, epoch: int) -> None:
        """Let the next loop be `epoch`, as torch's samplers have it; what load_state_dict() resumed there is kept."""
        if epoch < 0:
            raise DatasetError(f"epoch {epoch}: epochs count from 0")
        self._named = True
        if epoch != self._next[0]:
            self._next = (epoch, 0)
        if self._running() is None:
            self.epoch, self.position = self._next

    def state_dict(self) -> JsonObject:
        """Where the loop is after what it was given last; equal on every rank, plain JSON."""
        return self._state(self.epoch, self.position)

    def _state(self, epoch: int, position: int) -> JsonObject:
        if position == len(self._clips):
            epoch, position = _after_end(epoch, position)
        return {
            "version": _STATE_VERSION,
            "epoch": epoch,
            "position": position,
            "shuffle": self.shuffle,
            "seed": self.seed,
            "num_clips": len(self._clips),
            "dataset": self._clips.fingerprint,
        }

    def load_state_dict(self, state: JsonObject) -> None:
        """Let the next loop go on where state_dict() was taken, on any number of ranks and with any batch size.

        A state at the end of an epoch goes on with the whole next one. Raises DatasetError when the state was taken
        on another dataset or by another version, or is damaged.
        """
        if state.get("version") != _STATE_VERSION:
            raise DatasetError(f"a state of version {state.get('version')}; this svta reads version {_STATE_VERSION}")
        try:
            clips, dataset = int(state["num_clips"]), str(state["dataset"])
            epoch, position = int(state["epoch"]), int(state["position"])
            order = bool(state["shuffle"]), int(state["seed"])
        except (KeyError, TypeError, ValueError) as error:
            raise DatasetError(
                f"incomplete state of Batches ({type(error).__name__} {error}): was it cut off?"
            ) from None
        if (clips, dataset) != (len(self._clips), self._clips.fingerprint):
            raise DatasetError(
                f"the state was taken on a dataset of {clips} clips that is not this one "
                f"({len(self._clips)} clips): it was packed again, or another split or folder is open"
            )
        if epoch < 0 or not 0 <= position <= clips:
            raise DatasetError(f"the state names clip {position} of {clips} in epoch {epoch}, which does not exist")
        self.close()
        self._named = True
        self._next = (epoch, position) if position < clips else _after_end(epoch, position)
        (self.epoch, self.position), (self.shuffle, self.seed) = self._next, order

    def close(self) -> None:
        """End the loop that runs and stop reading ahead; its next item is an error."""
        if (loop := self._running()) is not None:
            loop.stop()
        self._loop = None

    def order(self) -> np.ndarray:
        """Positions [N] in the dataset, in the order of this epoch over all ranks."""
        if not self.shuffle:
            return np.arange(len(self._clips))
        return np.random.default_rng([self.seed, self.epoch]).permutation(len(self._clips))

    def _running(self) -> _Loop[Item] | None:
        """The loop that has begun, has not ended and is still held by somebody."""
        return self._loop() if self._loop is not None else None

    def _begin(self, loop: _Loop[Item]) -> None:
        self._warn_of_mistakes()
        self.close()
        self._began = self.epoch, self.position = self._next
        self._next, self._loop = (self.epoch + 1, 0), weakref.ref(loop)

    def _warn_of_mistakes(self) -> None:
        """Of what gives other epochs than its writer means, without any error."""
        if _worker_info() is not None and _worker()[0] == 0 and self.shuffle and not self._named:
            self._named = True
            warnings.warn(
                "DataLoader workers begin with epoch 0, and those that are started again for each loop repeat it: "
                "call set_epoch(n) before each loop",
                stacklevel=4,
            )
        at_first = self._loop is not None and self._began[1] < self.position == self._ends()[1]
        self._left_at_first = self._left_at_first + 1 if at_first and len(self) > 1 else 0
        if self._left_at_first == _LEFT_AT_FIRST:
            warnings.warn(
                f"{_LEFT_AT_FIRST} loops in a row were left at their first batch: each iter() begins another epoch; "
                "for one batch after another keep one iterator: it = iter(batches); next(it)",
                stacklevel=4,
            )

    def _end(self) -> None:
        self._loop = None
        self.epoch, self.position = self._next

    def _steps(self) -> Steps:
        """What is left of this epoch for this rank; parts of one step differ by one clip at most."""
        return Steps(self.order(), self._bounds(self.position), self.rank, self.world_size)

    def _ends(self) -> list[int]:
        """Positions after 0, 1, 2 ... steps of the loop that began last."""
        return self._bounds(self._began[1])

    def _bounds(self, position: int) -> list[int]:
        """Positions where steps begin and end: [position, ..., number of clips]."""
        total = len(self._clips)
        bounds = list(range(position, total, self.batch_size * self.world_size))
        if len(bounds) > 1 and total - bounds[-1] < self.world_size:
            bounds.pop()
        return [*bounds, total]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_loop": None}


class _Loop(Iterator[Item]):
    """One `for` over an EpochLoop. It begins at its first item: an iterator that is never read takes no epoch."""

    def __init__(self, owner: EpochLoop[Item]):
        self._owner = owner
        self._phase: Literal["new", "running", "ended", "replaced"] = "new"
        self._items: Generator[tuple[int, Item]] | None = None

    def __next__(self) -> Item:
        owner = self._owner
        if self._phase == "new":
            owner._begin(self)
            self._phase = "running"
        if self._phase == "ended":
            raise StopIteration
        if self._phase == "replaced":
            raise DatasetError(
                f"another loop over the same {type(owner).__name__} began, or another state was loaded: "
                "one loop at a time; make a second object for a second loop"
            )
        if self._items is None:
            self._items = _read(owner)
        try:
            owner.position, item = next(self._items)
        except StopIteration:
            self._phase, self._items = "ended", None
            owner._end()
            raise
        except BaseException:
            self._items = None  # the next call tries again at the same place: an epoch never ends early
            raise
        return item

    def stop(self) -> None:
        """Stop reading ahead; the next item is an error."""
        self._phase = "replaced"
        if self._items is not None:
            self._items.close()
            self._items = None


def _read(owner: EpochLoop[Item]) -> Generator[tuple[int, Item]]:
    """Items and the positions after them. Holds no _Loop, so that a loop left by break is freed at once."""
    steps = owner._steps()
    items = owner._run(steps)
    try:
        for step, item in zip(steps, items, strict=True):
            yield step.end, item
    finally:
        items.close()
