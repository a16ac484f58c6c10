"""The shards are plain WebDataset tars: read them with the webdataset library, decode with svta.

    python examples/webdataset_pipeline.py DIR --split train --batch-size 8 --workers 2

For pipelines that exist already. webdataset shuffles in a buffer and knows no exact resume; svta's own loader does.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import webdataset as wds

from svta.builder.video.decoder import decode


def clips(shards: list[str], workers: int, batch_size: int) -> wds.WebLoader:
    """Batches of (pixel_values uint8 [B, F, 3, H, W], frame_mask bool [B, F], captions)."""

    def unpack(sample):
        frames, mask = decode(sample["mp4"], num_frames=8, size=112)
        return frames.transpose(0, 3, 1, 2).copy(), mask, json.loads(sample["json"])["caption"]

    dataset = (
        wds.WebDataset(shards, shardshuffle=False, nodesplitter=wds.split_by_node, workersplitter=wds.split_by_worker)
        .shuffle(100, initial=10)
        .map(unpack)
        .batched(batch_size)
    )
    return wds.WebLoader(dataset, batch_size=None, num_workers=workers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a packed folder")
    parser.add_argument("--split", default="train")
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()

    shards = sorted(str(path) for path in (args.data / "data" / args.split).glob("*.tar"))
    if not shards:
        parser.error(f"{args.data}: no shard of the split {args.split}; a packed folder is needed")
    total = 0
    for pixel_values, frame_mask, captions in clips(shards, min(args.workers, len(shards)), args.batch_size):
        total += len(captions)
        print(tuple(pixel_values.shape), int(frame_mask.sum()), captions[0][:60])
    print(f"{total} clips of {len(shards)} shards")


if __name__ == "__main__":
    main()
