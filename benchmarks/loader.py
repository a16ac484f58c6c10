"""How fast clips reach a training loop: against the raw limit and the peers, in interleaved rounds on one machine.

Packs COUNT clips of 832x480x33 (x264, 3 B-frames) with proxies into a temporary folder, then measures
- streams without decoding: raw reads, load_dataset("svta"), the library's own webdataset builder, webdataset;
- loops to 12 x 224: one clip after another (the limit), Batches with 1 and 4 threads, torch's DataLoader with 4
  processes, the library's Dataset with svta.frames(), datasets + torchcodec where that imports; with random draws; of
  proxies; of kept frames (cache_frames, after the round that fills them), with what each takes on disk.
Prints medians and ratios as a table, and as JSON with --json FILE. What a machine cannot tell is "not measured".

    python benchmarks/loader.py [--count 64] [--rounds 5] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from datasets import Video, load_dataset

import svta
from svta.builder.layout.clips_folder import write_part, write_plan
from svta.builder.packing.config import PackConfig
from svta.builder.packing.pack import pack
from svta.builder.record import Clip, make_key
from svta.builder.video.decoder import decode
from svta.builder.video.encoder import encode

KEPT, KEPT_ALL = ".kept-12", ".kept-all"  # folders of decoded frames beside the dataset
VIDEOS = 8  # that differ; the others repeat them
STREAM_COPIES = 24  # streams without decoding see each clip so many times: they are too fast otherwise
WANTED = {
    "stream: svta / stock webdataset builder": 3.5,
    "decode: 4 threads / 1 thread, wall time": 3.4,
    "decode: svta / datasets + torchcodec, CPU": 2.2,
    "decode: proxy / full size, CPU": 2.5,
    "decode: kept frames / full size, CPU": 8.0,
    "decode: kept frames / full size, random draws, CPU": 8.0,
}
Step = Callable[[], Iterable[Any]]


def draw(seed: int) -> np.ndarray:
    """33 frames of texture in motion, uint8 [33, 480, 832, 3]; about 90 kB as mp4, like generated clips."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 255, (16, 27, 3)).astype(np.uint8)
    scene = np.kron(coarse, np.ones((40, 40, 1), np.uint8))[:560, :1000]
    scene = scene // 2 + random.integers(0, 7, scene.shape).astype(np.uint8)
    down, right = random.integers(0, 3, 2).tolist()
    return np.stack([scene[i * down : i * down + 480, i * right : i * right + 832] for i in range(33)])


@cache
def drawn(seed: int) -> bytes:
    """One of a few clips, encoded once."""
    return encode(draw(seed))


def _kilobytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e3


def make_dataset(folder: Path, count: int, copies: int = 1, proxy: int | None = None) -> Path:
    """`count` clips, each packed `copies` times, all in train."""
    parts = folder.with_name(folder.name + "-clips")
    write_plan(parts, {"kind": "benchmark", "spec": "benchmark", "units": count})
    for unit in range(count):
        video = drawn(unit % VIDEOS)
        clips = [
            Clip(key=make_key("benchmark", str(unit), str(copy)), caption=f"clip {unit}, copy {copy}: a man falls",
                 category="stealing", is_anomaly=True, source="benchmark", source_id=f"{unit}-{copy}",
                 source_split="train", num_frames=33, fps=16.0, seed=unit)
            for copy in range(copies)
        ]  # fmt: skip
        write_part(parts, unit, [(clip, video) for clip in clips], spec="benchmark")
    pack(parts, folder, PackConfig(splits="source", proxy=proxy))
    return folder


def streams(folder: Path, cache_dir: str) -> dict[str, Step]:
    """Ways to every clip's bytes, none decoded."""
    tars = sorted(str(path) for path in folder.glob("data/train/*.tar"))

    def raw() -> Iterable[int]:
        for tar in tars:
            with open(tar, "rb", buffering=0) as file:
                while block := file.read(1 << 20):
                    yield from range(0, len(block), size)

    index = svta.open_dataset(folder)
    size = sum(os.path.getsize(tar) for tar in tars) // len(index)
    order = np.random.default_rng(0).permutation(len(index)).tolist()
    ours = load_dataset("svta", data_dir=str(folder), split="train", streaming=True, cache_dir=cache_dir)
    stock = load_dataset("webdataset", data_files=tars, split="train", streaming=True, cache_dir=cache_dir)
    stock = stock.cast_column("mp4", Video(decode=False))
    steps: dict[str, Step] = {
        "raw reads": raw,
        "svta": lambda: ours,
        "svta shuffled": lambda: ours.shuffle(seed=0, buffer_size=200),
        "svta random, checked": lambda: (index.video(i) for i in order),
        "stock webdataset builder": lambda: stock,
    }
    if find_spec("webdataset"):
        import webdataset

        steps["webdataset"] = lambda: webdataset.WebDataset(tars, shardshuffle=False)
    return steps


def loops(folder: Path, cache_dir: str) -> dict[str, Step]:
    """Ways to decoded clips, 12 x 224."""

    def batches(threads: int, **options: Any) -> Step:
        data = svta.open_dataset(folder, threads=threads, **options)
        return lambda: (key for batch in data.batches(16, seed=0) for key in batch["key"])

    plain = svta.open_dataset(folder)
    videos = [plain.video(i) for i in range(len(plain))]
    stored = load_dataset("svta", data_dir=str(folder), split="train", cache_dir=cache_dir)
    shown = stored.with_transform(svta.frames(threads=1))
    steps: dict[str, Step] = {
        "one by one (limit)": lambda: (decode(video) for video in videos),
        "svta 1 thread": batches(1),
        "svta 4 threads": batches(4),
        "svta 1 thread, random draws": batches(1, sampling="random-segment"),
        "svta proxy 1 thread": batches(1, proxy=True),
        "svta kept frames 1 thread": batches(1, cache_frames=folder / KEPT),
        "svta kept, random draws": batches(1, cache_frames=folder / KEPT_ALL, sampling="random-segment"),
        "datasets + svta.frames": lambda: (shown[i] for i in range(len(shown))),
    }
    if find_spec("torch"):
        from torch.utils.data import DataLoader

        data = svta.open_dataset(folder)
        loader = DataLoader(data, 16, num_workers=4, collate_fn=svta.collate, shuffle=True)  # type: ignore[arg-type]
        steps["DataLoader 4 processes"] = lambda: (key for batch in loader for key in batch["key"])
    if _imports("torchcodec.decoders"):
        steps["datasets + torchcodec"] = lambda: map(_torchcodec, stored)
    return steps


def _torchcodec(example: dict[str, Any]) -> Any:
    from torch.nn.functional import interpolate
    from torchcodec.decoders import VideoDecoder

    decoder = VideoDecoder(example["video"]["bytes"])
    picks = np.linspace(0, len(decoder) - 1, 12, dtype=int).tolist()
    return interpolate(decoder.get_frames_at(picks).data.float(), size=(224, 224), mode="bicubic", antialias=True)


def _imports(module: str) -> bool:
    try:
        __import__(module)
    except Exception:  # a build for another torch or FFmpeg fails with errors of many kinds
        return False
    return True


def cpu() -> float:
    """CPU seconds of this process and of those it has waited for."""
    return time.process_time() + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def measure(steps: dict[str, Step], rounds: int) -> dict[str, dict[str, float]]:
    """Medians of clips per CPU-second and per second, round by round in turn, after one round to warm up."""
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in steps}
    for number in range(rounds + 1):
        for name, step in steps.items():
            before, begun = cpu(), time.perf_counter()
            count = sum(1 for _ in step())
            used, took = cpu() - before, time.perf_counter() - begun
            if number:
                seen[name].append((count / used, count / took))
    units = ("per_cpu_second", "per_second")
    return {name: dict(zip(units, map(statistics.median, zip(*values)))) for name, values in seen.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write the figures there")
    args = parser.parse_args()
    os.environ.setdefault("HF_UPDATE_DOWNLOAD_COUNTS", "0")
    idle = len(os.sched_getaffinity(0)) - os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        small = make_dataset(root / "decode", args.count, proxy=224)
        many = make_dataset(root / "stream", min(args.count, 64), copies=STREAM_COPIES)
        stream = measure(streams(many, temporary), args.rounds)
        loop = measure(loops(small, temporary), args.rounds)
        disk = {name: _kilobytes(small / name) / args.count for name in ("data", "proxy")}
        disk |= {name: _kilobytes(small / name) / min(args.count, VIDEOS) for name in (KEPT, KEPT_ALL)}
    for title, table in (("streams, nothing decoded", stream), ("loops, 12 x 224", loop)):
        print(f"\n{title:28} clips per CPU-second   per second")
        for name, row in table.items():
            print(f"  {name:26} {row['per_cpu_second']:20,.1f} {row['per_second']:12,.1f}")

    print("\nkilobytes a clip on disk      " + ", ".join(f"{name} {size:,.0f}" for name, size in disk.items()))

    def ratio(table: dict[str, dict[str, float]], a: str, b: str, unit: str = "per_cpu_second") -> float | None:
        return table[a][unit] / table[b][unit] if a in table and b in table else None

    ratios = {
        "stream: svta / raw reads": ratio(stream, "svta", "raw reads"),
        "stream: svta / stock webdataset builder": ratio(stream, "svta", "stock webdataset builder"),
        "stream: svta / webdataset": ratio(stream, "svta", "webdataset"),
        "stream: random, checked / raw reads": ratio(stream, "svta random, checked", "raw reads"),
        "decode: svta 1 thread / one by one, CPU": ratio(loop, "svta 1 thread", "one by one (limit)"),
        "decode: 4 threads / 1 thread, wall time": (
            ratio(loop, "svta 4 threads", "svta 1 thread", "per_second") if idle >= 4 else None
        ),
        "decode: svta / DataLoader 4 processes, CPU": ratio(loop, "svta 4 threads", "DataLoader 4 processes"),
        "decode: svta / datasets + torchcodec, CPU": ratio(loop, "svta 1 thread", "datasets + torchcodec"),
        "decode: proxy / full size, CPU": ratio(loop, "svta proxy 1 thread", "svta 1 thread"),
        "decode: kept frames / full size, CPU": ratio(loop, "svta kept frames 1 thread", "svta 1 thread"),
        "decode: kept frames / full size, random draws, CPU": ratio(
            loop, "svta kept, random draws", "svta 1 thread, random draws"
        ),
    }
    print()
    for name, value in ratios.items():
        told = "not measured" if value is None else f"{value:.2f}"
        print(f"{name:52} {told:>12}" + (f"   wanted {WANTED[name]}" if name in WANTED else ""))
    if args.json:
        args.json.write_text(
            json.dumps({"streams": stream, "loops": loop, "kilobytes": disk, "ratios": ratios}, indent=2) + "\n"
        )


if __name__ == "__main__":
    main()
