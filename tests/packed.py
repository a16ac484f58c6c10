"""Small real datasets for the loading tests: drawn mp4s, packed by svta.builder.pack."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from svta.builder.record import Clip, clip_schema, make_key
from svta.builder.shards import write_shard
from svta.builder.taxonomy import load_taxonomy

CATEGORIES = ("arson", "stealing", None)


@lru_cache(maxsize=8)
def mp4(shade: int = 0) -> bytes:
    """A second of a moving square, 64x48; needs av."""
    from svta.builder.video import encode

    frames = np.full((17, 48, 64, 3), 30 * shade % 200, np.uint8)
    for i, frame in enumerate(frames):
        frame[10:20, 2 * i : 2 * i + 10] = (250, 240 - 20 * shade, 10)
    return encode(frames, fps=16)


def clips(count: int, source: str = "test") -> list[Clip]:
    """`count` records; every third is normal (is_anomaly False, category None)."""
    return [
        Clip(
            key=make_key(source, str(i), "clip"),
            caption=f"clip {i} of {source}",
            category=CATEGORIES[i % 3],
            is_anomaly=i % 3 != 2,
            source=source,
            source_id=str(i),
            flags=("tiny",) if i % 5 == 0 else (),
            num_frames=17,
            fps=16.0,
            seed=i,
        )
        for i in range(count)
    ]


def pack(folder: Path, splits: dict[str, int], *, shards: int = 4, real: bool = True) -> Path:
    """A dataset folder with so many clips a split. real=False: videos are random bytes, for tests that never decode."""
    rows = []
    for split, count in splits.items():
        everything = clips(count, split)
        for number in range(shards):
            part = everything[number::shards]
            name = f"data/{split}/svta-{split}-{number:05d}.tar"
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            videos = [mp4(c.seed % 5) if real else bytes(str(c.seed).encode() * (200 + c.seed)) for c in part]
            entries = write_shard(path, zip(part, videos))
            for clip, entry in zip(part, entries):
                fields = {**clip.to_dict(), "sha256": entry.sha256}
                rows.append({**fields, "split": split, "shard": name, "offset": entry.offset, "size": entry.size})
    places = [("split", pa.string()), ("shard", pa.string()), ("offset", pa.int64()), ("size", pa.int64())]
    schema = pa.schema([*clip_schema(), *(pa.field(*place) for place in places)])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), folder / "clips.parquet")
    (folder / "taxonomy.json").write_text(load_taxonomy().to_json())
    return folder
