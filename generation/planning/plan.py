"""A plan: which clips are generated, in which units, with which seeds. Deterministic, the same for every executor.

Reads descriptions.jsonl; gives a Plan: the same for every worker and machine, so nothing but its digest is shared.
plan.json (in the clips folder) records the settings; clips of two plans never mix in one folder.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from svta.builder.layout.clips_folder import read_plan, write_plan
from svta.builder.minors.judgement import DEPICTS_MINOR, judge_clip
from svta.builder.paths import PLAN
from svta.builder.record import Clip
from svta.builder.taxonomy import Taxonomy, load_taxonomy, own_or_none
from svta.generation.backends.spec import JsonObject, Options, PlanError, RenderSpec, json_digest

MAX_UNIT_SIZE: Final = 4_096


@dataclass(frozen=True)
class Plan:
    """Clips to generate, in units of `unit_size`; `refused` rows (reason first) are listed and never generated."""

    spec: RenderSpec
    clips: tuple[Clip, ...]
    refused: tuple[JsonObject, ...] = ()
    unit_size: int = 32
    undrawn: Options = field(default_factory=dict)  # words the storyboard does not draw; in no digest
    taxonomy: Taxonomy | None = None  # the user's own, by which pack judges again; in no digest

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
        refused = json_digest(list(self.refused))
        return json_digest([self.spec.to_dict(), self.unit_size, clips.hexdigest(), refused])

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
            **({"undrawn": dict(self.undrawn)} if self.undrawn else {}),
            **({"taxonomy": self.taxonomy.model_dump()} if self.taxonomy is not None else {}),
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


def open_folder(clips_dir: str | Path, plan: Plan) -> None:
    """Make plan.json, or check that the existing one is this plan. Raises PlanError that names what differs."""
    path = Path(clips_dir) / PLAN
    wanted = plan.to_dict()
    if not path.exists():
        write_plan(clips_dir, wanted)
        return
    begun = read_plan(clips_dir)
    if begun["spec"] != wanted["spec"]:
        difference = _difference(begun, wanted)
        raise PlanError(f"{clips_dir}: holds clips of another plan ({difference}); give a fresh --out")
    if begun.get("taxonomy") != wanted.get("taxonomy"):
        write_plan(clips_dir, wanted)


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
