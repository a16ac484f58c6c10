"""A little world for the tests of training and evaluation: one coloured square moves left or right over a colour.

Where it is at half time and how far it goes is random, so that the middle frame alone cannot tell left from right.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import ClassVar

import numpy as np

from svta.builder.layout.clips_folder import write_part, write_plan
from svta.builder.packing.config import PackConfig
from svta.builder.packing.pack import pack
from svta.builder.record import Clip, make_key
from svta.builder.video.encoder import encode
from svta.eval.metrics.rank_counts import plain_rows

COLOURS = {"red": (220, 40, 40), "green": (40, 190, 60), "blue": (50, 70, 220), "white": (240, 240, 240)}
FIELDS = {"sandy": (200, 180, 120), "dark": (30, 30, 40), "grassy": (90, 140, 70)}
WAYS = {"left": -1, "right": 1}
COMBINATIONS = list(product(COLOURS, FIELDS, WAYS))


def caption(i: int) -> str:
    """Number i's caption; every combination returns after 24."""
    colour, field, way = COMBINATIONS[i % len(COMBINATIONS)]
    return f"A {colour} square moves to the {way} over a {field} field."


def frames(i: int, count: int = 8, size: int = 64) -> np.ndarray:
    """uint8 [count, size, size, 3] of number i."""
    colour, field, way = COMBINATIONS[i % len(COMBINATIONS)]
    rng = np.random.default_rng(i)
    travel, side = int(rng.integers(size // 5, size // 3)), size // 5
    middle = int(rng.integers(travel, size - side - travel))
    top = int(rng.integers(0, size - side))
    film = np.empty((count, size, size, 3), np.uint8)
    film[:] = FIELDS[field]
    for n, frame in enumerate(film):
        left = middle + round(WAYS[way] * travel * (n - count // 2) / (count - 1))
        frame[top : top + side, left : left + side] = COLOURS[colour]
    return film


class Squares:
    """Frames in memory as svta.eval.embeddings.frame_store.FrameStore keeps them, without any video."""

    unreadable: ClassVar[list] = []

    def __init__(self, numbers, count: int = 4, size: int = 32):
        import torch

        self.numbers = list(numbers)
        self.videos = plain_rows(len(self.numbers))
        self.captions = [caption(i) for i in self.numbers]
        self.clips = [Clip(key=f"square-{i}", caption=caption(i)) for i in self.numbers]
        pixels = np.stack([frames(i, count, size) for i in self.numbers]).transpose(0, 1, 4, 2, 3)
        self.pixels, self.mask = torch.from_numpy(pixels.copy()), torch.ones(len(pixels), count, dtype=torch.bool)

    def __len__(self) -> int:
        return len(self.numbers)

    def coded_hashes(self):
        return np.zeros(len(self), np.uint64)

    def get(self, indices):
        chosen = list(indices)
        return self.pixels[chosen], self.mask[chosen]


def dataset(folder: Path, splits: dict[str, range], size: int = 64, *, sets: bool = False) -> Path:
    """A packed dataset of squares: {"train": range(96), ...}; `size`: of its pictures.

    sets: numbers 2 i and 2 i + 1 are a set that differs in the way alone.
    """
    parts = folder.with_name(folder.name + "-clips")
    write_plan(parts, {"kind": "test", "spec": "test", "units": len(splits)})
    for unit, (split, numbers) in enumerate(splits.items()):
        clips = [
            Clip(
                key=make_key(split, str(i), caption(i)),
                caption=caption(i),
                category="walking" if COMBINATIONS[i % 24][2] == "left" else "running",
                is_anomaly=False,
                source="squares",
                source_id=str(i),
                source_split=split,
                group=f"{split} {i // 2}" if sets else None,
                tag="contrast: direction" if sets else None,
                synthetic=True,
            )
            for i in numbers
        ]
        write_part(parts, unit, [(c, encode(frames(int(c.source_id), size=size), fps=8)) for c in clips], spec="test")  # type: ignore[arg-type]
    pack(parts, folder, PackConfig(splits="source", shard_multiple=1), workers=1)
    return folder
