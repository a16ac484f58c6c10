"""What a search and an index cost: a scan over N windows of 512 beside others; indexing beside decoding alone.

    python benchmarks/search.py [--windows 1000000] [--hour 0.05] [--model CKPT] [--rounds 5] [--folder DIR] [--json]

The scan reads float16 rows that are memory-mapped and warm. Wall and CPU milliseconds, medians of interleaved rounds.
Peers that do not import are listed as such. Indexing: an H.264 recording of 832x480 at 16 frames a second with a key
frame every 5 s, made here; a random tiny model unless one is named; times real time and against decoding alone.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image
from rounds import show, target

from svta.builder.io.parallel import cpu_count
from svta.eval.search.scan import dot_products

DIM = 512
CHUNK = 50_000
MOST_WIDE = 2_000_000  # of which float32 copies are made


def vectors(path: Path, count: int) -> np.ndarray:
    """Random unit vectors as float16, memory-mapped: one block of them, and the same with its columns moved on."""
    rows = np.lib.format.open_memmap(path, "w+", np.float16, (count, DIM))
    block = np.random.default_rng(0).standard_normal((CHUNK, DIM), dtype=np.float32)
    block = (block / np.linalg.norm(block, axis=1, keepdims=True)).astype(np.float16)
    for number, start in enumerate(range(0, count, CHUNK)):
        rows[start : start + CHUNK] = np.roll(block, number, axis=1)[: count - start]
    rows.flush()
    return np.load(path, mmap_mode="r")


def scans(rows: np.ndarray, query: np.ndarray) -> tuple[dict[str, Callable[[], object]], dict[str, str]]:
    """Ours, numpy's float32 and other exact scans for the best ten; what is missing, and why."""
    methods: dict[str, Callable[[], object]] = {
        "svta (float16, mapped)": lambda: np.argpartition(dot_products(query, [rows]), -10)[-10:]
    }
    missing: dict[str, str] = {}
    _add_usearch(methods, missing, rows, query)
    if len(rows) > MOST_WIDE:
        missing["numpy, faiss, sqlite-vec"] = f"float32 copies of {len(rows):,} vectors do not fit"
        return methods, missing
    wide = np.asarray(rows, np.float32)
    methods["numpy float32"] = lambda: np.argpartition(wide @ query, -10)[-10:]
    try:
        import faiss

        faiss.omp_set_num_threads(cpu_count())
        flat = faiss.IndexFlatIP(DIM)
        flat.add(wide)
        methods["faiss flat float32"] = lambda: flat.search(query[None], 10)
    except ImportError:
        missing["faiss"] = "faiss-cpu is not installed"
    try:
        methods["sqlite-vec float32"] = _sqlite(wide, query)
    except (ImportError, AttributeError) as error:
        missing["sqlite-vec"] = f"not usable: {error}"
    return methods, missing


def _add_usearch(
    methods: dict[str, Callable[[], object]], missing: dict[str, str], rows: np.ndarray, query: np.ndarray
) -> None:
    try:
        from usearch.index import MetricKind, search
    except ImportError:
        missing["usearch"] = "usearch is not installed"
        return
    half = query.astype(np.float16)[None]
    methods["usearch exact float16"] = lambda: search(rows, half, 10, MetricKind.IP, exact=True, threads=cpu_count())


def _sqlite(wide: np.ndarray, query: np.ndarray) -> Callable[[], object]:
    import sqlite3

    import sqlite_vec

    base = sqlite3.connect(":memory:")
    base.enable_load_extension(True)
    sqlite_vec.load(base)
    base.execute(f"create virtual table v using vec0(e float[{DIM}])")
    for start in range(0, len(wide), CHUNK):
        block = enumerate(wide[start : start + CHUNK], start)
        base.executemany("insert into v(rowid, e) values (?, ?)", ((i, row.tobytes()) for i, row in block))
    select = "select rowid from v where e match ? order by distance limit 10"
    return lambda: base.execute(select, (query.tobytes(),)).fetchall()


def recording(path: Path, seconds: int) -> None:
    """832x480, 16 frames a second: a camera that pans over a texture with grain, and a block that moves."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 255, (40, 60, 3), np.uint8)
    ground = np.asarray(Image.fromarray(coarse).resize((1000, 600), Image.Resampling.BICUBIC)).astype(np.float32)
    grain = rng.normal(0, 2.5, (8, 480, 832, 3)).astype(np.float32)
    with av.open(str(path), "w") as output:
        stream = output.add_stream(
            "libx264", rate=16, options={"preset": "veryfast", "crf": "26", "g": "80", "bf": "3"}
        )
        stream.width, stream.height, stream.pix_fmt = 832, 480, "yuv420p"
        for number in range(seconds * 16):
            top, left = int(60 + 50 * np.sin(number / 40)), int(80 + 70 * np.sin(number / 61))
            picture = np.clip(ground[top : top + 480, left : left + 832] + grain[number % 8], 0, 255).astype(np.uint8)
            at = int(380 + 350 * np.sin(number / 23))
            picture[200:300, at : at + 60] = (200, 40, 40)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 16)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def decode_only(path: Path) -> None:
    """The limit: every frame decoded by as many threads, none converted."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type, stream.codec_context.thread_count = "FRAME", cpu_count()
        for _ in container.decode(stream):
            pass


def indexing(path: Path, model: str | None, folder: Path) -> dict[str, Callable[[], object]]:
    """Indexing at 2 frames a second, by key frames alone, and decoding alone."""
    from svta.eval.encoders.registry import load_encoder
    from svta.eval.search import IndexConfig, update_index

    if model is None:
        from svta.eval.baselines.tiny import new_model

        new_model(["a man falls", "a car burns", "a dog runs"]).eval().save_pretrained(folder / "model")
        model = str(folder / "model")
    encoder = load_encoder(model)
    number = 0

    def run(key_frames: bool) -> None:
        nonlocal number
        number += 1
        config = IndexConfig([path], folder / f"index{number}", model=model, fps=2.0, key_frames=key_frames or None)
        update_index(config, encoder)

    return {
        "decode alone": lambda: decode_only(path),
        "index": lambda: run(False),
        "index --keyframes": lambda: run(True),
    }


def measured(methods: dict[str, Callable[[], object]], rounds: int) -> dict[str, tuple[float, float]]:
    """(wall, CPU) milliseconds of each method, medians of interleaved rounds; one unmeasured round first."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in methods}
    for number in range(rounds + 1):
        for name, method in methods.items():
            wall, cpu = time.perf_counter(), time.process_time()
            method()
            if number:
                times[name].append((1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)))
    return {
        name: (statistics.median(w for w, _ in some), statistics.median(c for _, c in some))
        for name, some in times.items()
    }


def _indexed(
    options: argparse.Namespace, folder: Path, rows: list[dict[str, Any]], targets: list[dict[str, Any]]
) -> None:
    seconds = max(10, round(options.hour * 3600))
    recording(folder / "a.mp4", seconds)
    found = measured(indexing(folder / "a.mp4", options.model, folder), options.rounds)
    rows += [{"what": f"{seconds} s of video: {k}", "wall ms": w, "CPU ms": c} for k, (w, c) in found.items()]
    alone, index, keys = (found[k][0] for k in ("decode alone", "index", "index --keyframes"))
    targets.append(target("indexing, share of decoding alone", alone / index, at_least=0.85))
    targets.append(target("indexing, times real time", 1000 * seconds / index, at_least=30))
    targets.append(target("--keyframes, times real time", 1000 * seconds / keys, at_least=200))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--windows", type=int, default=1_000_000)
    parser.add_argument("--hour", type=float, default=0.05, help="length of the recording in hours; 0: none")
    parser.add_argument("--model")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", help="where the vectors are written for the time, default the system's")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    targets = []
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        query = np.random.default_rng(1).standard_normal(DIM, dtype=np.float32)
        query /= np.linalg.norm(query)
        methods, missing = scans(vectors(folder / "v.npy", options.windows), query)
        found = measured(methods, options.rounds)
        rows += [{"what": f"{options.windows:,}: {k}", "wall ms": w, "CPU ms": c} for k, (w, c) in found.items()]
        scan = found["svta (float16, mapped)"][0] * 1_000_000 / options.windows
        targets.append(target("ms a query over 1,000,000 windows", scan, at_most=120))
        if options.hour:
            _indexed(options, folder, rows, targets)
    show(rows, targets, missing, options.json)


if __name__ == "__main__":
    main()
