"""Reads the descriptions that are to be generated."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from svta.builder.errors import ClipError
from svta.builder.io.json_text import read_jsonl
from svta.builder.record import Clip, make_key
from svta.generation.backends.spec import JsonObject, PlanError


def read_descriptions(path: str | Path, *, limit: int | None = None) -> tuple[list[Clip], list[JsonObject]]:
    """Clips of a descriptions file, and a reject for every invalid line (bad_row). Raises PlanError.

    A line without a key gets one from its caption, so that a file written by hand will do.
    """
    path = Path(path)
    if not path.is_file():
        raise PlanError(f"{path}: {'is a folder' if path.is_dir() else 'no such file'}; `svta describe` writes one")
    if path.suffix not in {".jsonl", ".ndjson"}:
        raise PlanError(f"{path}: not descriptions (JSONL); make them with `svta describe --source table={path}`")
    clips: list[Clip] = []
    rejects: list[JsonObject] = []

    def reject(number: int, error: ClipError) -> None:
        rejects.append({"reason": "bad_row", "detail": str(error), "place": f"{path.name} line {number}"})

    seen: Counter[str] = Counter()
    for number, fields in read_jsonl(path, reject):
        if limit is not None and len(clips) >= limit:
            break
        try:
            if "key" not in fields and isinstance(caption := fields.get("caption"), str):
                source, source_id = (str(fields.get(name) or "") for name in ("source", "source_id"))
                name = make_key(source, source_id, caption)
                fields["key"] = make_key(source, source_id, caption, seen[name])
                seen[name] += 1
            clips.append(Clip.from_dict(fields))
        except ClipError as error:
            reject(number, ClipError(f"{path.name} line {number}: {error}"))
    if not clips:
        first = f"; first: {rejects[0]['detail']}" if rejects else ""
        raise PlanError(f"{path}: contains no description{first}")
    return clips, rejects
