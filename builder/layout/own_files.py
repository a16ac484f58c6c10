"""Which files svta wrote: what lies at an output and is somebody else's is not replaced."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from svta.builder.errors import DatasetError
from svta.builder.io.json_text import loose_json
from svta.builder.io.limits import regular
from svta.builder.taxonomy import is_written_taxonomy

from .manifest import is_sealed

MARKS: Final = (
    b'<meta name="generator" content="svta">',  # every page
    b"Software\0svta",  # a PNG's own text
    b"made by svta",  # tables of LaTeX and Markdown
)
# fields of which all are in the JSON that a command writes: records (of JSONL, the first one), reports, tables
_SHAPES: Final = tuple(
    frozenset(names.split())
    for names in (
        "reason",  # rejected rows
        "key by confidence",  # labels
        "config report",
        "config agreement groups",
        "anomaly_to_normal duplicates leaks",
        "time index moments",
        "runs pairs",
        "sets of t2v v2t",
    )
)
_KEY: Final = re.compile(r"[0-9a-f]{20}")  # record.make_key
_BESIDE: Final = (".report.json", ".groups.json", ".decisions.jsonl")  # of descriptions with keys of the user's own
_HEAD: Final = 1 << 20


def is_own_file(path: Path) -> bool:
    """Whether svta wrote the file, as its first megabyte tells; an empty one has nothing to lose."""
    with open(path, "rb", opener=regular) as file:
        head = file.read(_HEAD)
    if not head.strip() or any(mark in head for mark in MARKS):
        return True
    first = _object(head.partition(b"\n")[0]) or _object(head)
    if "reason" not in first and {"key", "caption"} <= first.keys():
        beside = (path.with_name(path.stem + ending) for ending in _BESIDE)
        return bool(_KEY.fullmatch(str(first["key"]))) or any(map(Path.is_file, beside))
    return any(shape <= first.keys() for shape in _SHAPES) or is_written_taxonomy(path)


def check_own_file(path: Path, told: str) -> None:
    """Raise DatasetError for a file at an output that svta did not write; `told`: how the user named it."""
    if is_sealed(path.parent):
        raise DatasetError(f"{told}: {path.parent} is a finished dataset, which this would damage; use another name")
    if path.is_file() and not is_own_file(path):
        raise DatasetError(f"{told}: {path} is not a file that svta wrote; --replace replaces it, or name another")


def _object(text: bytes) -> dict[str, object]:
    value = loose_json(text)
    return value if isinstance(value, dict) else {}
