"""Which clip goes into which shard."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from svta.builder.errors import DatasetError
from svta.builder.paths import shard_name
from svta.builder.project.config import DEFAULT_NAME
from svta.builder.splits import SPLITS

from .config import MAX_SHARD_BYTES, PackConfig
from .part_reader import PackEntry


class Shard(NamedTuple):
    """One shard to write: its path inside the dataset, its split, its clips in key order."""

    name: str
    split: str
    entries: Sequence[PackEntry]


def plan_shards(
    entries: dict[str, list[PackEntry]], config: PackConfig, taken: dict[str, int], prefix: str = DEFAULT_NAME
) -> list[Shard]:
    """Cut each split into contiguous, equally long shards: a multiple of shard_multiple, none above shard_size.

    `taken`: how many shards each split has already (append); `prefix` begins their names. Fewer clips than
    the multiple make one shard.
    """
    shards: list[Shard] = []
    config = config.resolved(None)
    multiple, shard_size = config.shard_multiple or 1, config.shard_size or MAX_SHARD_BYTES
    for split in SPLITS:
        clips = entries.get(split, [])
        first = taken.get(split, 0)
        count = -first % multiple or multiple
        if len(clips) < count:
            count = 1
        while (largest := _largest(clips, count)) > shard_size and count < len(clips):
            count = min(count + multiple, len(clips))
        if largest > MAX_SHARD_BYTES:
            raise DatasetError(f"{split}: a clip of {largest:,} bytes does not fit into a shard; make it shorter")
        cuts = [len(clips) * i // count for i in range(count + 1)]
        for number, (start, end) in enumerate(pairwise(cuts), first):
            if start < end:
                shards.append(Shard(shard_name(split, number, prefix), split, clips[start:end]))
    return shards


def _largest(clips: Sequence[PackEntry], count: int) -> int:
    cuts = [len(clips) * i // count for i in range(count + 1)]
    return max(sum(e.end - e.offset + 2 * 512 for e in clips[a:b]) + 1_024 for a, b in pairwise(cuts))
