"""Small real datasets for the loading tests: drawn mp4s, packed by svta.builder.packing.pack."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from svta.builder.layout.clips_folder import write_part, write_plan
from svta.builder.packing.config import PackConfig
from svta.builder.packing.pack import pack
from svta.builder.record import Clip, make_key

CATEGORIES = ("arson", "stealing", None)


@lru_cache(maxsize=8)
def mp4(shade: int = 0) -> bytes:
    """A second of a moving square, 64x48."""
    from svta.builder.video.encoder import encode

    frames = np.full((17, 48, 64, 3), 30 * shade % 200, np.uint8)
    for i, frame in enumerate(frames):
        frame[10:20, 2 * i : 2 * i + 10] = (250, 240 - 20 * shade, 10)
    return encode(frames, fps=16)


def clips(count: int, split: str = "train") -> list[Clip]:
    """`count` records; every third is normal (is_anomaly False, category None)."""
    return [
        Clip(
            key=make_key(split, str(i), "clip"),
            caption=f"clip {i} of {split}",
            category=CATEGORIES[i % 3],
            is_anomaly=i % 3 != 2,
            source="packed",
            source_id=f"{split}-{i}",
            source_split=split,
            flags=("tiny",) if i % 5 == 0 else (),
            num_frames=17,
            fps=16.0,
            seed=i,
        )
        for i in range(count)
    ]


def noise(clip: Clip) -> bytes:
    """Bytes that stand for a video where none is decoded; every clip has another length."""
    return f"{clip.key}{clip.seed} ".encode() * (40 + (clip.seed or 0) % 7)


def make_dataset(folder: Path, splits: dict[str, int], *, shards: int = 4, real: bool = True, proxy: int | None = None):
    """A dataset folder with so many clips a split, packed for real. real=False: noise instead of videos."""
    parts = folder.with_name(folder.name + "-clips")
    write_plan(parts, {"kind": "test", "spec": "test", "units": len(splits)})
    for unit, (split, count) in enumerate(splits.items()):
        some = clips(count, split)
        videos = [mp4((clip.seed or 0) % 5) if real else noise(clip) for clip in some]
        write_part(parts, unit, zip(some, videos), spec="test")
    pack(parts, folder, PackConfig(splits="source", shard_multiple=shards, proxy=proxy), workers=1)
    return folder
