"""The audited dataset again, with what was found out: audit_* columns in clips.parquet, figures on its card.

Shards are linked, not copied; clips, keys and splits stay. `svta eval` reads the columns.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from svta.builder.errors import DatasetError
from svta.builder.io.json_text import JsonObject
from svta.builder.layout.detect import detect_kind
from svta.builder.layout.guards import check_output
from svta.builder.layout.manifest import is_sealed, read_build
from svta.builder.packing.derive import Derivation, derive_dataset, is_unfinished
from svta.eval.probes.minimal_sets import PROBES

from .audit import Prepared, marks_of
from .config import AuditError
from .questions import Rating
from .result import AuditResult

MADE_FOR: Final = "audit"


def write_audited(prepared: Prepared, ratings: Sequence[Rating], result: AuditResult, out: str | Path) -> JsonObject:
    """Write the dataset into `out` and return its build.json. Raises AuditError, DatasetError before anything there."""
    dataset, out = Path(prepared.config.data), Path(out)
    if detect_kind(dataset) != "dataset":
        raise AuditError(f"{prepared.config.data}: not a dataset folder; --dataset-out writes a packed folder again")
    marks = marks_of(prepared, ratings)
    if not marks:
        raise AuditError(f"{out}: no clip has a score yet; nothing was written")
    _check_place(dataset, out)
    digest = hashlib.sha256(json.dumps({key: asdict(mark) for key, mark in sorted(marks.items())}).encode())
    record: dict[str, object] = {"made_for": MADE_FOR, "sample": prepared.sample, "marks": digest.hexdigest()}
    return derive_dataset(dataset, out, Derivation(record, keep=(PROBES,), marks=marks, audit=result.card()))


def _check_place(dataset: Path, out: Path) -> None:
    """Refuse to write over anything but an earlier audited dataset: what is there is replaced."""
    if out.resolve() == dataset.resolve():
        raise AuditError(f"{out}: is the dataset itself; give another folder")
    check_output(out.absolute().parent)
    if not out.exists() or (out.is_dir() and not any(out.iterdir())) or is_unfinished(out):
        return
    derived = read_build(out).get("derived") if out.is_dir() and is_sealed(out) else None
    if not isinstance(derived, dict) or derived.get("made_for") != MADE_FOR:
        raise DatasetError(
            f"{out}: contains something that is not an audited dataset; nothing was written. Use another folder"
        )
