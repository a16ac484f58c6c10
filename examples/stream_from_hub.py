"""Stream a dataset from the Hub (or a folder) with the datasets library, decode while it flows, resume mid-shard.

    python examples/stream_from_hub.py ns/name --split train --limit 100
    python examples/stream_from_hub.py DIR --categories arson explosion

Nothing is downloaded ahead: shards are read by byte range, and with --categories only the clips that are wanted.
"""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path

from datasets import load_dataset

import svta


def open_stream(args: argparse.Namespace):
    where = {"data_dir": args.data} if Path(args.data).is_dir() else {"repo_id": args.data}
    return load_dataset("svta", split=args.split, streaming=True, categories=args.categories, **where)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="ns/name[@revision], or a packed folder")
    parser.add_argument("--split", default="train")
    parser.add_argument("--categories", nargs="+")
    parser.add_argument("--limit", type=int, default=8)
    args = parser.parse_args()

    stream = open_stream(args)
    names = stream.features["category"].names
    frames = stream.map(svta.frames(num_frames=8, size=112), remove_columns=["video"])
    for example in islice(frames, args.limit):
        category = "normal" if example["category"] is None else names[example["category"]]
        print(example["key"], example["pixel_values"].shape, category, "-", example["caption"][:60])

    half = iter(stream)
    seen = [example["key"] for example in islice(half, max(1, args.limit // 2))]
    resumed = open_stream(args)
    resumed.load_state_dict(stream.state_dict())  # exact without .shuffle(); shuffled: svta.open_dataset().batches()
    after = [example["key"] for example in islice(resumed, args.limit)]
    assert not set(seen) & set(after)
    print(f"resumed after {len(seen)} clips with {after[0] if after else 'the end'}")


if __name__ == "__main__":
    main()
