"""How much of the machine's own speed packing and verifying keep: bytes per CPU-second, against plain copying.

Makes COUNT clips of BYTES random bytes in a folder, then in interleaved rounds: copy the parts with one sha256;
`svta pack`; hash the shards with hashlib; `svta verify --quick` and the default level. Prints medians and ratios.

    python benchmarks/pack.py [--count 4000] [--bytes 100000] [--rounds 5] [--dir DIR]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from svta.builder.layout.clips_folder import write_part, write_plan
from svta.builder.packing.pack import pack
from svta.builder.record import Clip, make_key
from svta.builder.verify.folder import verify

TARGETS = {"pack / copy with sha256": 0.4, "verify --quick / hashlib": 0.7}


def make_clips(folder: Path, count: int, size: int, unit: int = 32) -> None:
    """Parts of `unit` clips with records as long as generated ones have."""
    units = -(-count // unit)
    write_plan(folder, {"kind": "generate", "spec": "benchmark", "units": units})
    provenance = json.dumps({"model": "storyboard", "attempt": 1, "versions": {"svta": "0", "av": "0"}})
    for number in range(units):
        rnd = random.Random(number)

        def clips(first: int = number * unit, rnd: random.Random = rnd) -> Iterator[tuple[Clip, bytes]]:
            for i in range(first, min(count, first + unit)):
                caption = f"Number {i}: a man in a red coat walks along a street, stumbles over a box and falls"
                record = Clip(key=make_key("benchmark", str(i), caption), caption=caption, category="stealing",
                              is_anomaly=True, source="grammar", source_id=str(i), num_frames=33, fps=16.0, width=832,
                              height=480, duration=2.0625, seed=i, generator="storyboard", synthetic=True,
                              provenance=provenance)  # fmt: skip
                yield record, rnd.randbytes(size)

        write_part(folder, number, clips(), spec="benchmark")


def copy_with_sha256(source: Path, out: Path) -> None:
    """Every part read, hashed and written: what any packing has to do at least."""
    out.mkdir()
    for path in sorted(source.glob("*.tar")):
        digest = hashlib.sha256()
        with open(path, "rb") as read, open(out / path.name, "wb") as written:
            while block := read.read(1 << 20):
                digest.update(block)
                written.write(block)


def hash_files(folder: Path) -> None:
    """hashlib over every file of a dataset."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        with open(path, "rb") as file:
            hashlib.file_digest(file, "sha256")


def cpu_seconds(work: Callable[[], object]) -> float:
    """User and system time of all threads of this process while `work` runs."""
    before = time.process_time()
    work()
    return time.process_time() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=4_000)
    parser.add_argument("--bytes", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dir", type=Path, help="where to write (default: a temporary folder)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.dir) as temporary:
        root = Path(temporary)
        make_clips(root / "clips", args.count, args.bytes)
        times: dict[str, list[float]] = {}
        for _ in range(args.rounds):
            for name in ("copy", "dataset"):
                shutil.rmtree(root / name, ignore_errors=True)
            steps: dict[str, Callable[[], object]] = {
                "copy with sha256": lambda: copy_with_sha256(root / "clips" / "parts", root / "copy"),
                "pack": lambda: pack(root / "clips", root / "dataset", workers=2),
                "hashlib": lambda: hash_files(root / "dataset"),
                "verify --quick": lambda: verify(root / "dataset", level="quick", workers=2),
                "verify": lambda: verify(root / "dataset", workers=2),
            }
            for name, step in steps.items():
                times.setdefault(name, []).append(cpu_seconds(step))
    medians = {name: statistics.median(values) for name, values in times.items()}
    megabytes = args.count * args.bytes / 1e6
    for name, seconds in medians.items():
        print(f"{name:18} {seconds:7.3f} CPU-s  {megabytes / seconds:8.0f} MB per CPU-second")
    ratios = {
        "pack / copy with sha256": medians["copy with sha256"] / medians["pack"],
        "verify --quick / hashlib": medians["hashlib"] / medians["verify --quick"],
        "verify / hashlib": medians["hashlib"] / medians["verify"],
    }
    for name, ratio in ratios.items():
        print(f"{name:26} {ratio:.2f}" + (f"  (wanted: {TARGETS[name]})" if name in TARGETS else ""))
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:,.0f} MB")


if __name__ == "__main__":
    main()
