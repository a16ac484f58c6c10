"""A plan: which clips are generated, in which units, with which seeds. Deterministic, the same for every executor.

Reads descriptions.jsonl; gives a Plan: the same for every worker and machine, so nothing but its digest is shared.
plan.json (in the clips folder) records the settings, planned.txt the keys in order; clips of two plans never mix in one
folder. A longer descriptions file adds a batch of units to it: those that are there stay as they are.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from svta.builder.errors import DatasetError
from svta.builder.io.files import write_text
from svta.builder.io.limits import read_text
from svta.builder.io.safe_path import Root
from svta.builder.layout.clips_folder import check_clips_folder, planned_taxonomy, read_plan, write_plan
from svta.builder.minors.judgement import DEPICTS_MINOR, judge_clip
from svta.builder.paths import PLAN, PLANNED
from svta.builder.record import Clip
from svta.builder.taxonomy import Taxonomy, load_taxonomy, own_or_none
from svta.generation.backends.spec import JsonObject, Options, PlanError, RenderSpec, json_digest

MAX_UNIT_SIZE: Final = 4_096
MAX_PLANNED_BYTES: Final = 4_000_000_000


@dataclass(frozen=True)
class Batch:
    """Clips that were planned together, cut into units of their own. `spec`: what their markers name."""

    spec: str
    clips: int
    sha256: str


@dataclass(frozen=True)
class Plan:
    """Clips to generate, in units of `unit_size`; `refused` rows (reason first) are listed and never generated.

    `batches`: of a clips folder that has grown, in its order; empty if all clips are planned at once.
    """

    spec: RenderSpec
    clips: tuple[Clip, ...]
    refused: tuple[JsonObject, ...] = ()
    unit_size: int = 32
    undrawn: Options = field(default_factory=dict)  # words the storyboard does not draw; in no digest
    taxonomy: Taxonomy | None = None  # the user's own, by which pack judges again; in no digest
    batches: tuple[Batch, ...] = ()

    @cached_property
    def _units(self) -> list[tuple[int, int, str]]:
        """First clip, end and spec of every unit; the last one of a batch may be smaller."""
        units: list[tuple[int, int, str]] = []
        start = 0
        for batch in self.batches or (Batch(self.digest, len(self.clips), ""),):
            end = start + batch.clips
            units += [(at, min(at + self.unit_size, end), batch.spec) for at in range(start, end, self.unit_size)]
            start = end
        return units

    @property
    def num_units(self) -> int:
        """How many units the clips make."""
        return len(self._units)

    def unit(self, number: int) -> tuple[Clip, ...]:
        """The clips of one unit."""
        start, end, _ = self._units[number]
        return self.clips[start:end]

    def spec_of(self, number: int) -> str:
        """What the marker of one unit names."""
        return self._units[number][2]

    @cached_property
    def digest(self) -> str:
        """Hash of everything that decides the parts' bytes: spec, versions, units and every clip's record."""
        if self.batches:
            return self.batches[-1].spec
        refused = json_digest(list(self.refused))
        return json_digest([self.spec.to_dict(), self.unit_size, records_sha256(self.clips), refused])

    def to_dict(self) -> JsonObject:
        """What plan.json holds."""
        return {
            "kind": "generate",
            "spec": self.digest,
            "units": self.num_units,
            "unit_size": self.unit_size,
            "clips": len(self.clips),
            "refused": dict(sorted(Counter(row["reason"] for row in self.refused).items())),
            "film": self.spec.to_dict(),
            "batches": [asdict(batch) for batch in self.batches]
            or [asdict(Batch(self.digest, len(self.clips), records_sha256(self.clips)))],
            **({"undrawn": dict(self.undrawn)} if self.undrawn else {}),
            **({"taxonomy": self.taxonomy.model_dump(exclude_none=True)} if self.taxonomy is not None else {}),
        }


def make_plan(
    clips: Iterable[Clip],
    spec: RenderSpec,
    *,
    unit_size: int = 32,
    taxonomy: Taxonomy | None = None,
    refused: Sequence[JsonObject] = (),
) -> Plan:
    """Refuse what must not be generated, and cut the rest into units. Raises PlanError.

    Reasons: minor_violence, minor_sexual, unjudged_language (see judge_clip), unknown_category; `refused` are rows
    that were not clips.
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
            rejects.append({"reason": "unknown_category", **clip.to_dict()})
            continue
        judgement = judge_clip(clip, taxonomy)
        if judgement.reason is not None:
            rejects.append({"reason": judgement.reason, **clip.to_dict()})
            continue
        changes: JsonObject = {}
        if category is not None:
            changes["category"] = category.name
            changes["is_anomaly"] = category.is_anomaly
        if judgement.minor and DEPICTS_MINOR not in clip.flags:
            changes["flags"] = (*clip.flags, DEPICTS_MINOR)
        wanted.append(clip.model_copy(update=changes))
    return Plan(spec, tuple(wanted), tuple(rejects), unit_size, taxonomy=own_or_none(taxonomy))


def records_sha256(clips: Iterable[Clip]) -> str:
    """The hash of clips' records, in order."""
    digest = hashlib.sha256()
    for clip in clips:
        digest.update(clip.to_json().encode() + b"\n")
    return digest.hexdigest()


def open_folder(clips_dir: str | Path, plan: Plan) -> Plan:
    """Make plan.json, or add the plan's further clips to the one that is there; the plan of the whole folder.

    Raises PlanError that names what differs if its clips are not of this plan.
    """
    path = Path(clips_dir) / PLAN
    if not path.exists():
        _write(clips_dir, plan)
        return plan
    begun = read_plan(clips_dir)
    if begun["spec"] == plan.digest:
        if planned_taxonomy(clips_dir) != plan.taxonomy:
            _write(clips_dir, plan)
        return plan
    whole = _grown(clips_dir, begun, plan)
    if whole.digest != begun["spec"]:
        _write(clips_dir, whole)
    return whole


def _write(clips_dir: str | Path, plan: Plan) -> None:
    check_clips_folder(clips_dir)
    write_text(Root(clips_dir).path(PLANNED), "".join(f"{clip.key}\n" for clip in plan.clips))
    write_plan(clips_dir, plan.to_dict(), plan.taxonomy)


def _grown(clips_dir: str | Path, begun: Options, plan: Plan) -> Plan:
    """The plan of a folder with the clips of `plan` that it does not have yet behind its own. Raises PlanError."""
    different = PlanError(f"{clips_dir}: contains clips of another plan ({_difference(begun, plan.to_dict())}); ")
    hint = "give a fresh --out"
    if begun.get("film") != plan.spec.to_dict() or begun.get("unit_size") != plan.unit_size:
        raise PlanError(f"{different}{hint}")
    try:
        batches = tuple(Batch(**batch) for batch in begun["batches"])
        keys = read_text(Root(clips_dir).path(PLANNED), MAX_PLANNED_BYTES).split()
        keys = keys[: sum(batch.clips for batch in batches)]
    except (KeyError, TypeError, FileNotFoundError, DatasetError):
        raise PlanError(f"{different}{hint}") from None
    by_key = {clip.key: clip for clip in plan.clips}
    if gone := [key for key in keys if key not in by_key]:
        raise PlanError(f"{different}{len(gone):,} captions of it are not in this file; add new ones to it, or {hint}")
    clips = [by_key.pop(key) for key in keys]
    start = 0
    for batch in batches:
        if records_sha256(clips[start : start + batch.clips]) != batch.sha256:
            raise PlanError(f"{different}captions that it has were edited; {hint}")
        start += batch.clips
    if new := tuple(by_key.values()):
        added = records_sha256(new)
        earlier = [batch.spec for batch in batches]
        spec = json_digest([plan.spec.to_dict(), plan.unit_size, added, earlier])
        batches = (*batches, Batch(spec, len(new), added))
    return replace(plan, clips=(*clips, *new), batches=batches)


def _difference(begun: Options, wanted: Options) -> str:
    """The first value in which two plan.json differ; `begun` may hold anything."""
    if begun.get("kind") != wanted["kind"]:
        return f"made by `svta {_shown(begun.get('kind'))}`"
    film = begun.get("film")
    spec = film if isinstance(film, dict) else {}
    pairs = [(name, spec.get(name), now) for name, now in wanted["film"].items()]
    pairs += [(name, begun.get(name), wanted[name]) for name in ("unit_size", "clips")]
    for name, before, now in pairs:
        if isinstance(before, dict) and isinstance(now, dict):
            name = next((key for key in sorted({*before, *now}) if before.get(key) != now.get(key)), name)
            before, now = before.get(name), now.get(name)
        if before != now:
            return f"{_shown(name)} {_shown(before)} there, {_shown(now)} now"
    return "its captions differ"


def _shown(value: object) -> str:
    return str(value)[:200]
