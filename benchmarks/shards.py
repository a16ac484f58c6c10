"""Reading shards without decoding: samples a CPU-second against raw reads of the same bytes, and against the peers.

    python benchmarks/shards.py [--shards 8] [--samples 250] [--bytes 113000] [--rounds 5] [--dir DIR] [--json]

Writes the shards first (random bytes for videos), keeps them in the page cache, and tells the speed of writing too.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tarfile
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rounds import interleaved, show, target

from svta.builder.record import Clip, make_key
from svta.builder.shards.reader import read_member, read_shard
from svta.builder.shards.writer import write_shard


def make(folder: Path, shards: int, samples: int, size: int) -> tuple[list[Path], list[tuple[Path, int, int]]]:
    """Shards named as a dataset names them, and the place of every video."""
    paths, places = [], []
    for number in range(shards):
        rnd = random.Random(number)
        path = folder / f"svta-train-{number:05d}.tar"
        clips = ((record(number * samples + i), rnd.randbytes(size)) for i in range(samples))
        places += [(path, entry.offset, entry.size) for entry in write_shard(path, clips)]
        paths.append(path)
    return paths, places


def record(number: int) -> Clip:
    """A record as long as generated ones are."""
    caption = f"Number {number}: a man in a red coat walks along a street, stumbles over a box and falls"
    return Clip(key=make_key("benchmark", str(number), caption), caption=caption, category="stealing", is_anomaly=True,
                source="grammar", source_id=str(number), num_frames=33, fps=16.0, width=832, height=480,
                duration=2.0625, seed=number, generator="storyboard", synthetic=True)  # fmt: skip


def raw(paths: list[Path]) -> None:
    """The limit: every byte into one reused buffer."""
    buffer = bytearray(1 << 20)
    for path in paths:
        with open(path, "rb", buffering=0) as file:
            while file.readinto(buffer):
                pass


def at_random(places: list[tuple[Path, int, int]]) -> None:
    """Every video once, in random order, by the index."""
    descriptors = {path: os.open(path, os.O_RDONLY) for path in {path for path, _, _ in places}}
    for path, offset, size in random.Random(0).sample(places, len(places)):
        read_member(descriptors[path], offset, size)
    for descriptor in descriptors.values():
        os.close(descriptor)


def with_tarfile(paths: list[Path]) -> None:
    """The standard library, as a stream."""
    for path in paths:
        with tarfile.open(path, "r|") as tar:
            for member in tar:
                file = tar.extractfile(member)
                if file is not None:
                    data = file.read()
                    if member.name.endswith(".json"):
                        json.loads(data)


def peers(paths: list[Path]) -> tuple[dict[str, Callable[[], Any]], dict[str, str]]:
    """Other readers, if they are installed."""
    found: dict[str, Callable[[], Any]] = {}
    missing: dict[str, str] = {}
    files = [str(path) for path in paths]
    if find_spec("webdataset") is not None:
        import webdataset

        found["webdataset"] = lambda: [None for _ in webdataset.WebDataset(files, shardshuffle=False)]
        found["webdataset, records parsed"] = lambda: [
            None for _ in webdataset.WebDataset(files, shardshuffle=False).decode()
        ]
    else:
        missing["webdataset"] = "not installed"
    from datasets import load_dataset

    def stock() -> None:
        for _ in load_dataset("webdataset", data_files=files, split="train", streaming=True).decode(False):
            pass

    found["datasets webdataset, streaming"] = stock
    import svta  # noqa: F401 - registers the name

    def ours() -> None:
        for _ in load_dataset("svta", data_files=files, split="train", streaming=True):
            pass

    found["load_dataset('svta'), streaming"] = ours
    return found, missing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--samples", type=int, default=250)
    parser.add_argument("--bytes", type=int, default=113_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dir", type=Path)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.dir) as folder:
        paths, places = make(Path(folder), args.shards, args.samples, args.bytes)
        first = list(read_shard(paths[0]))
        found, missing = peers(paths)
        methods: dict[str, Callable[[], Any]] = {
            "raw readinto (limit)": lambda: raw(paths),
            "read_shard": lambda: [None for path in paths for _ in read_shard(path)],
            "read_member, random order": lambda: at_random(places),
            "tarfile": lambda: with_tarfile(paths),
            "write_shard, one shard": lambda: write_shard(Path(folder) / "again.tar", first),
            **found,
        }
        medians = interleaved(methods, args.rounds)
    counts = {name: len(first) if name.startswith("write") else len(places) for name in medians}
    speeds = {name: counts[name] / seconds for name, seconds in medians.items()}
    limit, ours = speeds["raw readinto (limit)"], speeds["read_shard"]
    rows = [
        {"method": name, "samples a CPU-second": round(speed), "of the limit": speed / limit}
        for name, speed in sorted(speeds.items(), key=lambda pair: -pair[1])
    ]
    asked = [
        target("read_shard / raw", ours / limit, at_least=0.45),
        target("random order / read_shard", speeds["read_member, random order"] / ours, at_least=0.9),
    ]
    stock = speeds["datasets webdataset, streaming"]
    asked.append(target("read_shard / stock datasets", ours / stock, at_least=8))
    if "webdataset" in speeds:
        asked.append(target("read_shard / webdataset", ours / speeds["webdataset"], at_least=6))
    asked.append(
        target("load_dataset('svta') / stock", speeds["load_dataset('svta'), streaming"] / stock, at_least=3.5)
    )
    show(rows, asked, missing, args.json)


if __name__ == "__main__":
    main()
