"""The clips of three epochs of somebody's training loop with stops, each followed by a new start from the state."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import svta
from svta.builder.dataset.clip_dataset import ClipDataset

STOPS = {0: (3,), 1: (2, 5), 2: ()}  # epoch -> after how many of its batches the run is killed


class Loop(NamedTuple):
    """A fresh process's loop: batches of an epoch, and the state after so many batches of the loop that runs."""

    batches: Callable[[int], Iterable[Any]]
    state: Callable[[int], Any]


def small_clips(folder: Path) -> ClipDataset[Any]:
    """The training clips, decoded to two frames of 8 pixels."""
    return svta.open_dataset(folder, num_frames=2, size=8, threads=0)


def three_epochs(start: Callable[[Any], Loop], stops: dict[int, tuple[int, ...]] = STOPS) -> list[list[str]]:
    """The keys of each epoch; `start` makes a loop from a state, or from None. States go through JSON."""
    loop, epochs = start(None), []
    for epoch in range(3):
        keys: list[str] = []
        left, count, whole = list(stops[epoch]), 0, False
        while not whole:
            whole = True
            for done, batch in enumerate(loop.batches(epoch), 1):
                keys += batch["key"]
                count += 1
                if left and count == left[0]:
                    left.pop(0)
                    loop = start(json.loads(json.dumps(loop.state(done))))
                    whole = False
                    break
        epochs.append(keys)
    return epochs


def assert_whole(epochs: list[list[str]], wanted: Iterable[str], *, shuffled: bool = True) -> None:
    """Every clip once in every epoch, and no two epochs alike."""
    wanted = sorted(wanted)
    assert [sorted(keys) == wanted for keys in epochs] == [True] * 3, [len(keys) for keys in epochs]
    assert not shuffled or len({tuple(keys) for keys in epochs}) == 3
