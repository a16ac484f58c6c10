"""`svta plan`: which clips are filmed, in which units, with which seeds. Deterministic, engine-free.

Reads descriptions.jsonl; gives a Plan: the same for every worker and machine, so nothing but its digest is shared.
plan.json (in the clips folder) tells the settings, and refuses to mix clips of two plans in one folder.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from svta.builder.errors import ClipError, SvtaError
from svta.builder.parts import PLAN, read_plan, write_plan
from svta.builder.record import Clip, make_key, read_jsonl
from svta.builder.taxonomy import Taxonomy, load_taxonomy

from .minors import FLAG as DEPICTS_MINOR
from .minors import depicts_minor
from .prompts import prompt_of
from .prompts import refused as why_refused

MAX_UNIT_SIZE: Final = 4_096
MAX_FRAMES: Final = 1_025


class PlanError(SvtaError):
    """Descriptions that cannot be planned, or a clips folder that holds the clips of another plan."""


@dataclass(frozen=True)
class FilmSpec:
    """All that decides a clip's pixels besides its caption. `fps` in frames a second, sizes in pixels.

    `options` are the backend's own (model, steps, guidance ...), `versions` the libraries that draw and encode. `local`
    says where things lie on this machine; it is in no digest, file or record.
    """

    backend: str = "storyboard"
    num_frames: int = 33
    height: int = 192
    width: int = 320
    fps: float = 16.0
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    local: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 1 <= self.num_frames <= MAX_FRAMES:
            raise PlanError(f"--num-frames {self.num_frames}: 1 to {MAX_FRAMES} frames can be made")
        least = 64 if self.backend == "storyboard" else 16  # what the storyboard's lines need
        if not (least <= self.height <= 2_160 and least <= self.width <= 3_840) or self.height % 2 or self.width % 2:
            raise PlanError(f"{self.width}x{self.height}: width {least} to 3840 and height {least} to 2160, both even")
        if not 1 <= self.fps <= 120:
            raise PlanError(f"--fps {self.fps:g}: 1 to 120 frames a second")

    @cached_property
    def digest(self) -> str:
        """Hash of what is filmed and how, versions aside: the seeds hang on it."""
        return _digest({name: value for name, value in self.to_dict().items() if name != "versions"})

    def to_dict(self) -> dict[str, Any]:
        """All but `local`, as plan.json has it."""
        return {name: value for name, value in asdict(self).items() if name != "local"}


def seed_of(spec_digest: str, key: str, attempt: int = 0) -> int:
    """A clip's seed, below 2^53: from the spec, the clip and the attempt, never from a rank or an order."""
    digest = hashlib.sha256(f"{spec_digest}\x1f{key}\x1f{attempt}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 11


@dataclass(frozen=True)
class Plan:
    """Clips to film, in units of `unit_size`; `refused` rows (reason first) are listed and never filmed."""

    spec: FilmSpec
    clips: tuple[Clip, ...]
    refused: tuple[dict[str, Any], ...] = ()
    unit_size: int = 32
    undrawn: Mapping[str, Any] = field(default_factory=dict)  # what the storyboard leaves out; told, in no digest

    @property
    def num_units(self) -> int:
        """How many units the clips make; the last one may be smaller."""
        return -(-len(self.clips) // self.unit_size)

    def unit(self, number: int) -> tuple[Clip, ...]:
        """The clips of one unit."""
        return self.clips[number * self.unit_size : (number + 1) * self.unit_size]

    @cached_property
    def digest(self) -> str:
        """Hash of everything that decides the parts' bytes: spec, versions, units and every clip's record."""
        clips = hashlib.sha256()
        for clip in self.clips:
            clips.update(clip.to_json().encode() + b"\n")
        refused = _digest(list(self.refused))
        return _digest([self.spec.to_dict(), self.unit_size, clips.hexdigest(), refused])

    def to_dict(self) -> dict[str, Any]:
        """What plan.json says."""
        told = {"undrawn": dict(self.undrawn)} if self.undrawn else {}
        return {
            "kind": "generate",
            "spec": self.digest,
            "units": self.num_units,
            "unit_size": self.unit_size,
            "clips": len(self.clips),
            "refused": dict(sorted(Counter(row["reason"] for row in self.refused).items())),
            "film": self.spec.to_dict(),
            **told,
        }


def make_plan(
    clips: Iterable[Clip],
    spec: FilmSpec,
    *,
    unit_size: int = 32,
    taxonomy: Taxonomy | None = None,
    refused: Sequence[dict[str, Any]] = (),
) -> Plan:
    """Refuse what must not be filmed, and cut the rest into units. Raises PlanError.

    Reasons: minor_violence, minor_sexual, unjudged_language (prompts.refused), unknown_category; `refused` are rows
    that were no clips.
    """
    if not 1 <= unit_size <= MAX_UNIT_SIZE:
        raise PlanError(f"--unit-size {unit_size}: 1 to {MAX_UNIT_SIZE:,} clips")
    taxonomy = taxonomy or load_taxonomy()
    wanted: list[Clip] = []
    rejects = list(refused)
    seen: set[str] = set()
    for clip in clips:
        if clip.key in seen:
            raise PlanError(f"key {clip.key} comes twice; run `svta describe`, which gives every caption its own")
        seen.add(clip.key)
        category = taxonomy.find(clip.category) if clip.category is not None else None
        if clip.category is not None and category is None:
            reason: str | None = "unknown_category"
        else:
            reason = why_refused(clip, taxonomy)
        if reason is not None:
            rejects.append({"reason": reason, **clip.to_dict()})
            continue
        changes: dict[str, Any] = {}
        if category is not None:
            changes["category"] = category.name
            changes["is_anomaly"] = category.is_anomaly
        if DEPICTS_MINOR not in clip.flags and (depicts_minor(clip.caption) or depicts_minor(prompt_of(clip))):
            changes["flags"] = (*clip.flags, DEPICTS_MINOR)
        wanted.append(clip.model_copy(update=changes))
    return Plan(spec, tuple(wanted), tuple(rejects), unit_size)


def read_descriptions(path: str | Path, *, limit: int | None = None) -> tuple[list[Clip], list[dict[str, Any]]]:
    """Clips of a descriptions file, and a reject for every line that is none (bad_row). Raises PlanError.

    A line without a key gets one from its caption, so that a file written by hand will do.
    """
    path = Path(path)
    if not path.is_file():
        raise PlanError(f"{path}: {'is a folder' if path.is_dir() else 'no such file'}; `svta describe` writes one")
    if path.suffix not in {".jsonl", ".ndjson"}:
        raise PlanError(f"{path}: no descriptions (JSONL); make them with `svta describe --source table={path}`")
    clips: list[Clip] = []
    rejects: list[dict[str, Any]] = []

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
        raise PlanError(f"{path}: holds no description{first}")
    return clips, rejects


def open_folder(clips_dir: str | Path, plan: Plan) -> None:
    """Make plan.json, or check that the one there is this plan. Raises PlanError that names what differs."""
    path = Path(clips_dir) / PLAN
    wanted = plan.to_dict()
    if not path.exists():
        write_plan(clips_dir, wanted)
        return
    there = read_plan(clips_dir)
    if there["spec"] == wanted["spec"]:
        return
    raise PlanError(f"{clips_dir}: holds clips of another plan ({_difference(there, wanted)}); give a fresh --out")


def _difference(there: dict[str, Any], wanted: dict[str, Any]) -> str:
    if there.get("kind") != wanted["kind"]:
        return f"made by `svta {there.get('kind')}`"
    films = (there.get("film") or {}, wanted["film"])
    for name in wanted["film"]:
        before, now = films[0].get(name), films[1][name]
        if isinstance(before, dict) and isinstance(now, dict):
            name = next((key for key in sorted({*before, *now}) if before.get(key) != now.get(key)), name)
            before, now = before.get(name), now.get(name)
        if before != now:
            return f"{name} {before} there, {now} now"
    for name in ("unit_size", "clips"):
        if there.get(name) != wanted[name]:
            return f"{name} {there.get(name)} there, {wanted[name]} now"
    return "its captions differ"


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
