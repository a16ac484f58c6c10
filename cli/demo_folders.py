"""Where `svta demo` keeps its things: the dataset folder, what it was made of beside it, the real captions if there.

In: the options of a demo. Out: Demo, the paths of its stages and their seconds; an error where it could not go on.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

CONTRAST_SHARE = 0.42  # of the clips: in sets of two that only time tells apart


@dataclass
class Demo:
    """Where a demo keeps its things, and what it found so far."""

    out: Path
    clips: int
    seed: int
    workers: int | None
    quiet: bool
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def contrasts(self) -> int:
        """How many sets of two clips there are that only time tells apart."""
        return int(self.clips * CONTRAST_SHARE / 2)

    @property
    def work(self) -> Path:
        """Beside the dataset, never inside it."""
        return self.out.with_name(self.out.name + "-demo")

    @property
    def real_captions(self) -> Path | None:
        """The real UCFCrime-AR test captions; None if they are not available."""
        shared = Path(os.environ.get("SVTA_SHARED", "../shared"))
        table = shared / "data" / "captions" / "ucfcrime_ar" / "ucf_crime_test.xlsx"
        return table if table.is_file() else None

    @property
    def checkpoint(self) -> Path:
        """The trained model."""
        return self.work / "checkpoint"

    @property
    def one_frame(self) -> Path:
        """The same model trained on single frames: what it lacks is motion."""
        return self.work / "checkpoint-one-frame"

    @contextmanager
    def stage(self, name: str, says: str) -> Iterator[None]:
        """Tells what happens and how long it took."""
        from svta.cli.console import note

        if not self.quiet:
            note(f"  {name:9} {says}")
        started = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - started, 1)


def check_place(demo: Demo) -> None:
    """Raise DatasetError at once where a demo of these very options could not go on: minutes would be lost."""
    from svta.builder.errors import DatasetError
    from svta.builder.io.files import write_json
    from svta.builder.io.json_text import read_json_object
    from svta.builder.layout.guards import check_output

    if demo.out.name in ("", ".."):
        raise DatasetError(f"--out {demo.out}: a folder with a name is needed; other files go beside it")
    check_output(demo.out.parent, kind="folder")
    check_output(demo.work, kind="folder")
    options, record = {"clips": demo.clips, "seed": demo.seed}, demo.work / "demo.json"
    if record.is_file():
        before = read_json_object(record)
        if before != options:
            earlier = " ".join(f"--{name} {value}" for name, value in before.items())
            raise DatasetError(f"{demo.work}: a demo of {earlier}; repeat those, or use another --out")
        return
    for place in (demo.out, demo.work):
        if place.is_file() or (place.is_dir() and any(place.iterdir())):
            raise DatasetError(f"{place}: already exists, and not from `svta demo`; use another --out")
    write_json(record, options)
