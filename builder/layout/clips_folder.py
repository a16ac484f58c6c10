"""The clips folder between `svta generate` / `svta import` and `svta pack`: a plan and one finished part a unit.

clips/plan.json  parts/unit-000000.tar + unit-000000.json (the marker, written last)  rejected.jsonl
A unit is done when its marker names the plan's spec and its tar has the marker's size; anything else is made again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from svta.builder.errors import SvtaError
from svta.builder.io.files import atomic_write, sha256_file, write_json
from svta.builder.paths import PLAN, REJECTED
from svta.builder.record import Clip
from svta.builder.shards.reader import read_shard
from svta.builder.shards.writer import write_shard

from .guards import keep_out

_MARKER: Final = re.compile(r"unit-(\d{6,})\.json")
_STALE: Final = re.compile(r".+\.(\d+)\.part")


class PartError(SvtaError):
    """A clips folder, plan or part that is missing or does not hold together."""


@dataclass(frozen=True)
class Part:
    """One finished unit: `path` is its tar, `keys` its clips in order, `rejected` what the unit could not make."""

    path: Path
    unit: int
    spec: str
    num_clips: int
    sha256: str
    bytes: int
    keys: tuple[str, ...]
    rejected: tuple[dict[str, Any], ...]


def write_plan(clips_dir: str | Path, plan: dict[str, Any]) -> None:
    """Write clips/plan.json; it needs `kind` and `spec` (text) and `units` (how many, or a list of them)."""
    keep_out(clips_dir, kind="folder")
    _check_plan(Path(clips_dir) / PLAN, plan)
    write_json(Path(clips_dir) / PLAN, plan)


def read_plan(clips_dir: str | Path) -> dict[str, Any]:
    """The plan of a clips folder. Raises PartError if there is none."""
    path = Path(clips_dir) / PLAN
    try:
        plan = json.loads(path.read_bytes())
    except OSError:
        raise PartError(f"{clips_dir}: no {PLAN}; make clips with `svta generate` or `svta import`") from None
    except ValueError as error:
        raise PartError(f"{path}: {error}; delete it and run the command that made it again") from None
    _check_plan(path, plan)
    return dict(plan)


def write_part(
    clips_dir: str | Path,
    unit: int,
    clips: Iterable[tuple[Clip, bytes]],
    *,
    spec: str,
    rejected: Sequence[dict[str, Any]] = (),
) -> Part:
    """Write one unit's clips as a finished part: tar first, marker last. `rejected` is read after the clips.

    Each clip's record gets the sha256 of its video. Safe with many processes, and with kill -9 anywhere.
    """
    tar = _tar(clips_dir, unit)
    entries = write_shard(tar, (_with_checksum(clip, video) for clip, video in clips))
    part = Part(
        path=tar,
        unit=unit,
        spec=spec,
        num_clips=len(entries),
        sha256=sha256_file(tar),
        bytes=tar.stat().st_size,
        keys=tuple(entry.key for entry in entries),
        rejected=tuple(rejected),
    )
    fields = {name: value for name, value in part.__dict__.items() if name != "path"}
    write_json(tar.with_suffix(".json"), fields)
    return part


def finished_parts(clips_dir: str | Path) -> list[Part]:
    """All finished parts of the folder's plan, by unit number; a part of another plan does not count."""
    plan = read_plan(clips_dir)
    folder = Path(clips_dir) / "parts"
    units = sorted(int(m[1]) for e in os.scandir(folder) if (m := _MARKER.fullmatch(e.name))) if folder.is_dir() else []
    parts = (_read_marker(clips_dir, unit, plan["spec"]) for unit in units)
    return [part for part in parts if part is not None]


def is_finished(clips_dir: str | Path, unit: int, spec: str) -> bool:
    """Whether this unit's part is there, whole, and made to this spec."""
    return _read_marker(clips_dir, unit, spec) is not None


def read_part(part: Part) -> Iterator[tuple[Clip, bytes]]:
    """(clip, mp4 bytes) of a finished part, in order. Raises PartError if they are not the clips its marker names."""
    if not part.num_clips:
        return
    count = 0
    for clip, video in read_shard(part.path):
        if count >= part.num_clips or clip.key != part.keys[count]:
            raise _changed(part, clip.key)
        yield clip, video
        count += 1
    if count != part.num_clips:
        raise _changed(part, part.keys[count])


def collect_rejected(clips_dir: str | Path, planned: Iterable[dict[str, Any]] = ()) -> int:
    """Write clips/rejected.jsonl: what planning refused, then each part's rejects in unit order; returns how many."""
    count = 0
    with atomic_write(Path(clips_dir) / REJECTED) as file:
        for row in (*planned, *(row for part in finished_parts(clips_dir) for row in part.rejected)):
            file.write(json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n")
            count += 1
    return count


def clean_stale(clips_dir: str | Path, *, older_than: float = 0.0) -> int:
    """Remove the *.part files of processes that no longer run here; returns how many.

    Where other machines write into the same folder, give `older_than` (seconds since the last write).
    """
    removed = 0
    for folder in (Path(clips_dir), Path(clips_dir) / "parts"):
        for path in folder.glob("*.part"):
            owner = _STALE.fullmatch(path.name)
            if owner and not _runs(int(owner[1])) and time.time() - path.stat().st_mtime >= older_than:
                path.unlink(missing_ok=True)
                removed += 1
    return removed


def _tar(clips_dir: str | Path, unit: int) -> Path:
    return Path(clips_dir) / "parts" / f"unit-{unit:06d}.tar"


def _with_checksum(clip: Clip, video: bytes) -> tuple[Clip, bytes]:
    return clip.model_copy(update={"sha256": hashlib.sha256(video).hexdigest()}), video


def _read_marker(clips_dir: str | Path, unit: int, spec: str) -> Part | None:
    tar = _tar(clips_dir, unit)
    try:
        fields = json.loads(tar.with_suffix(".json").read_bytes())
        part = Part(path=tar, **{**fields, "keys": tuple(fields["keys"]), "rejected": tuple(fields["rejected"])})
        whole = (part.unit, part.spec, part.bytes) == (unit, spec, tar.stat().st_size)
        return part if whole and part.num_clips == len(part.keys) else None
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None  # absent, or not what we write: the unit is made again


def _changed(part: Part, key: str) -> PartError:
    return PartError(f"{part.path} key {key}: not what its marker says; delete {part.path.stem}.json and run again")


def _check_plan(path: Path, plan: Any) -> None:
    is_plan = isinstance(plan, dict) and isinstance(plan.get("units"), (int, list))
    if not is_plan or not all(isinstance(plan.get(name), str) for name in ("kind", "spec")):
        raise PartError(f"{path}: no plan of clips (it needs kind, spec and units)")


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
