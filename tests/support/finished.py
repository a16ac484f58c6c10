"""Finished clips folders for the tests of packing, verifying and publishing: real parts, quickly made."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from svta.builder.layout.clips_folder import write_part, write_plan
from svta.builder.record import Clip, make_key
from svta.builder.taxonomy import load_taxonomy

NAMES = load_taxonomy().names
UNIT = 32


def clip(i: int, source: str = "grammar") -> Clip:
    """Record number i: every seventh without a category, every fifth flagged, three to a group."""
    caption = f"A man number {i} of {source} falls; <b>é</b>"
    return Clip(
        key=make_key(source, str(i), caption),
        caption=caption,
        category=NAMES[i % len(NAMES)] if i % 7 else None,
        is_anomaly=None if i % 7 else False,
        source=source,
        source_id=str(i),
        group=f"{source}-{i // 3}",
        source_split=("Train", "Val", "Test")[i % 3],
        flags=("tiny",) if i % 5 == 0 else (),
        num_frames=33,
        fps=16.0,
        width=320,
        height=192,
        duration=2.0625,
        seed=i,
        generator="storyboard",
        provenance=json.dumps({"model": "storyboard", "attempt": 1}),
        motion=0.1 * i,
        synthetic=True,
    )


def random_bytes(made: Clip) -> bytes:
    """What stands for a video where nothing decodes it: 1 to 3 kB, the same for the same key."""
    rnd = random.Random(made.key)
    return rnd.randbytes(rnd.randrange(1_000, 3_000))


def clips_folder(
    folder: Path,
    count: int,
    *,
    source: str = "grammar",
    make: Callable[[int], Clip] | None = None,
    video: Callable[[Clip], bytes] = random_bytes,
    units: int | None = None,
) -> Path:
    """A clips folder of `count` clips in units of 32; `units` declares more units than are finished."""
    spec = hashlib.sha256(f"{source} {count}".encode()).hexdigest()
    wanted = -(-count // UNIT)
    write_plan(folder, {"kind": "generate", "spec": spec, "units": units or wanted})
    for unit in range(wanted):

        def made(start: int = unit * UNIT) -> Iterator[tuple[Clip, bytes]]:
            for i in range(start, min(count, start + UNIT)):
                record = make(i) if make else clip(i, source)
                yield record, video(record)

        write_part(folder, unit, made(), spec=spec)
    return folder


def contents(folder: Path) -> dict[str, str]:
    """Path -> sha256 of every file of a folder, hidden ones too."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
