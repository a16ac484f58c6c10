"""The clips folder between `svta generate` / `svta import` and `svta pack`: a plan and one finished part a unit.

clips/plan.json  taxonomy.json  parts/unit-000000.tar + unit-000000.json (the marker, written last)  rejected.jsonl
A unit is done when its marker names the plan's spec and its tar has the marker's size; anything else is made again.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

from svta.builder.errors import DatasetError, SvtaError
from svta.builder.io.files import sha256_file, write_json
from svta.builder.io.json_text import Json, JsonObject, read_json, read_json_object, write_jsonl
from svta.builder.io.safe_path import Root
from svta.builder.paths import PLAN, PLANNED, REJECTED
from svta.builder.record import Clip
from svta.builder.shards.reader import read_shard
from svta.builder.shards.writer import write_shard
from svta.builder.taxonomy import Taxonomy, carry_taxonomy, read_taxonomy

from .guards import check_foreign, check_output

_MARKER: Final = re.compile(r"unit-(\d{6,12})\.json")
_STALE: Final = re.compile(r".+\.(\d+)\.part")


class PartError(SvtaError):
    """A clips folder, plan or part that is missing or inconsistent."""


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
    rejected: tuple[dict[str, object], ...]


def write_plan(clips_dir: str | Path, plan: Mapping[str, object], taxonomy: Taxonomy | None = None) -> None:
    """Write clips/plan.json; it needs `kind` and `spec` (text) and `units` (how many, or a list of them).

    A taxonomy of the user's own, which the plan holds, is put beside it for readers: taxonomy.json.
    """
    check_clips_folder(clips_dir)
    _check_plan(Path(clips_dir) / PLAN, plan)
    if taxonomy is not None:
        Path(clips_dir).mkdir(parents=True, exist_ok=True)
        carry_taxonomy(taxonomy, clips_dir)
    write_json(Path(clips_dir) / PLAN, plan)


def check_clips_folder(clips_dir: str | Path) -> None:
    """Raise DatasetError if clips cannot go there, because of what is there."""
    check_output(clips_dir, kind="folder")
    check_foreign(clips_dir, (PLAN,), "folder of clips", re.escape(PLANNED))


def read_plan(clips_dir: str | Path) -> JsonObject:
    """The plan of a clips folder. Raises PartError if there is none."""
    path = Root(clips_dir).path(PLAN)
    try:
        plan = read_json(path, error=PartError)
    except FileNotFoundError:
        raise PartError(f"{clips_dir}: no {PLAN}; make clips with `svta generate` or `svta import`") from None
    except PartError as error:
        raise PartError(f"{error}; delete it and run the command that made it again") from None
    _check_plan(path, plan)
    return dict(plan)


def planned_taxonomy(clips_dir: str | Path) -> Taxonomy | None:
    """The user's own taxonomy that the clips were made by, from their plan; None if that is svta's."""
    value = read_plan(clips_dir).get("taxonomy")
    return None if value is None else read_taxonomy(value, f"{clips_dir}/{PLAN}: taxonomy")


def write_part(
    clips_dir: str | Path,
    unit: int,
    clips: Iterable[tuple[Clip, bytes]],
    *,
    spec: str,
    rejected: Sequence[dict[str, object]] = (),
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
    write_json(_marker(clips_dir, unit), fields)
    return part


def finished_parts(clips_dir: str | Path) -> list[Part]:
    """All finished parts of the folder's plan, by unit number; a part of another plan does not count."""
    spec_of = _specs(read_plan(clips_dir))
    folder = Root(clips_dir).path("parts")
    units = sorted(int(m[1]) for e in os.scandir(folder) if (m := _MARKER.fullmatch(e.name))) if folder.is_dir() else []
    parts = (_read_marker(clips_dir, unit, spec_of(unit)) for unit in units)
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


def collect_rejected(clips_dir: str | Path, planned: Iterable[Mapping[str, object]] = ()) -> int:
    """Write clips/rejected.jsonl: what planning refused, then each part's rejects in unit order; returns how many."""
    rejected = (row for part in finished_parts(clips_dir) for row in part.rejected)
    return write_jsonl(Path(clips_dir) / REJECTED, chain(planned, rejected))


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
    return Root(clips_dir).path(f"parts/unit-{unit:06d}.tar")


def _marker(clips_dir: str | Path, unit: int) -> Path:
    return Root(clips_dir).path(f"parts/unit-{unit:06d}.json")


def _with_checksum(clip: Clip, video: bytes) -> tuple[Clip, bytes]:
    return clip.model_copy(update={"sha256": hashlib.sha256(video).hexdigest()}), video


def _read_marker(clips_dir: str | Path, unit: int, spec: str) -> Part | None:
    try:
        part = _part_of(_tar(clips_dir, unit), read_json_object(_marker(clips_dir, unit)))
        return part if (part.unit, part.spec, part.bytes) == (unit, spec, part.path.stat().st_size) else None
    except (FileNotFoundError, DatasetError, TypeError, KeyError):
        return None  # absent, or not what we write: the unit is made again


def _part_of(tar: Path, fields: JsonObject) -> Part:
    """The part that a marker describes. Raises KeyError or TypeError where it is not of the kind that is written."""
    kinds = {"unit": int, "spec": str, "num_clips": int, "sha256": str, "bytes": int, "keys": list, "rejected": list}
    if fields.keys() != kinds.keys() or not all(type(fields[name]) is kind for name, kind in kinds.items()):
        raise TypeError("a marker of another kind")
    keys, rejected = fields["keys"], fields["rejected"]
    if not all(isinstance(key, str) for key in keys) or not all(isinstance(row, dict) for row in rejected):
        raise TypeError("a marker of another kind")
    if fields["num_clips"] != len(keys):
        raise TypeError("an inconsistent marker")
    return Part(path=tar, **{**fields, "keys": tuple(keys), "rejected": tuple(rejected)})


def _changed(part: Part, key: str) -> PartError:
    return PartError(f"{part.path} key {key}: not what its marker says; delete {part.path.stem}.json and run again")


def _check_plan(path: Path, plan: Json) -> None:
    units = plan.get("units") if isinstance(plan, dict) else None
    is_plan = isinstance(units, list) or (type(units) is int and units >= 0)
    if not is_plan or not all(isinstance(plan.get(name), str) for name in ("kind", "spec")):
        raise PartError(f"{path}: not a plan of clips (it needs kind, spec and units)")


def _specs(plan: JsonObject) -> Callable[[int], str]:
    """Unit -> the spec its marker has to name: that of the batch it was planned in, where the folder has grown."""
    ends: list[tuple[int, str]] = []  # one past the last unit of each batch
    size, batches = plan.get("unit_size"), plan.get("batches")
    if isinstance(size, int) and size > 0 and isinstance(batches, list):
        for batch in batches:
            count, spec = (batch.get("clips"), batch.get("spec")) if isinstance(batch, dict) else (None, None)
            if isinstance(count, int) and isinstance(spec, str):
                ends.append(((ends[-1][0] if ends else 0) + -(-count // size), spec))
    return lambda unit: next((spec for end, spec in ends if unit < end), str(plan["spec"]))


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
