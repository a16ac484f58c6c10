"""`svta review apply`: a person's decisions about descriptions or clips, back into descriptions and taxonomy.

Reads descriptions and decisions.jsonl, which the review of a gallery saves (`svta review export`). Writes OUT.jsonl,
OUT.rejected.jsonl (dropped rows), OUT.taxonomy.json and OUT.decisions.jsonl (every decision ever applied, with time and
reason). Applying twice changes nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from svta.builder.errors import ClipError, SvtaError
from svta.builder.io.files import write_text
from svta.builder.io.json_text import read_jsonl, write_jsonl
from svta.builder.record import Clip, write_clips
from svta.builder.sources.records import Reject
from svta.builder.taxonomy import Category, Taxonomy
from svta.generation.captions.describe import rejected_path

STRICTNESS: Final = ("film", "flag", "text_only")


class ReviewError(SvtaError):
    """A decision that cannot be applied, or labels that belong to other descriptions; names file and line."""


class _Decision(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    time: Annotated[str, Field(min_length=10, max_length=40)]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class Move(_Decision):
    """One description gets another category."""

    action: Literal["move"]
    key: str
    category: str


class Accept(_Decision):
    """One description stays as it is: a person has seen it."""

    action: Literal["accept"]
    key: str


class Drop(_Decision):
    """One description goes, and is listed as rejected with the reason."""

    action: Literal["drop"]
    key: str


class Merge(_Decision):
    """All of one category goes into another, whose alias the name becomes."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", populate_by_name=True)

    action: Literal["merge"]
    source: str = Field(alias="from")
    into: str


class Rename(_Decision):
    """A category gets a new name; the old one stays as an alias."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", populate_by_name=True)

    action: Literal["rename"]
    source: str = Field(alias="from")
    to: str


Decision = Accept | Move | Drop | Merge | Rename
_ACTIONS: Final = ("accept", "move", "drop", "merge", "rename")
_DECISION: Final[TypeAdapter[Decision]] = TypeAdapter(Annotated[Decision, Field(discriminator="action")])


@dataclass(frozen=True)
class Reviewed:
    """What the decisions made of the descriptions. `changed` counts rows moved by any decision."""

    clips: tuple[Clip, ...]
    dropped: tuple[Reject, ...]
    taxonomy: Taxonomy
    changed: int


def read_decisions(path: Path) -> list[Decision]:
    """Decisions in file order, each once. Raises ReviewError naming the line of the first invalid one."""
    if not path.is_file():
        raise ReviewError(f"{path}: no such file; the page saves one (Save decisions)")
    found: dict[str, Decision] = {}
    try:
        for number, fields in read_jsonl(path):
            try:
                decision = _DECISION.validate_python(fields)
            except ValidationError as error:
                first = error.errors(include_url=False, include_input=False)[0]
                where = ".".join(
                    str(part) for part in first["loc"] if part not in ("accept", "move", "drop", "merge", "rename")
                )
                raise ReviewError(f"{path.name} line {number}: {where or 'decision'}: {first['msg']}") from None
            found.setdefault(as_line(decision), decision)
    except ClipError as error:
        raise ReviewError(str(error)) from None
    return list(found.values())


def as_line(decision: Decision) -> str:
    """A decision as one line of JSON, the same text for the same decision."""
    return json.dumps(decision.model_dump(by_alias=True), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def apply_decisions(
    clips: Iterable[Clip],
    taxonomy: Taxonomy,
    decisions: Sequence[Decision],
    dropped: Sequence[Reject] = (),
) -> Reviewed:
    """Taxonomy first, then every description. `dropped` rows went before: decisions about them are known.

    The last decision about a key holds. Raises ReviewError for an unknown key or category.
    """
    for change in decisions:
        if isinstance(change, Merge):
            taxonomy = _merge(taxonomy, change)
        elif isinstance(change, Rename):
            taxonomy = _rename(taxonomy, change)
    last: dict[str, Accept | Move | Drop] = {d.key: d for d in decisions if isinstance(d, Accept | Move | Drop)}
    kept: list[Clip] = []
    rejected = {
        str(row.get("key", f"row {i}")): row for i, row in enumerate(dropped)
    }  # a row that was not a clip has no key
    changed = 0
    unknown = set(last) - set(rejected)
    for clip in clips:
        unknown.discard(clip.key)
        decision = last.get(clip.key)
        if isinstance(decision, Drop):
            rejected[clip.key] = {"reason": "dropped_by_review", "detail": decision.reason, **clip.to_dict()}
            continue
        name = decision.category if isinstance(decision, Move) else clip.category
        if name is None:
            kept.append(clip)
            continue
        category = taxonomy.find(name)
        if category is None:
            raise ReviewError(f"key {clip.key}: category {name[:80]!r} is not in the taxonomy {taxonomy.name}")
        new = clip.model_copy(update={"category": category.name, "is_anomaly": category.is_anomaly})
        changed += new != clip
        kept.append(new)
    if unknown:
        raise ReviewError(f"{len(unknown)} decisions about keys that are not there, first {sorted(unknown)[0][:80]!r}")
    return Reviewed(tuple(kept), tuple(rejected.values()), taxonomy, changed)


def write_reviewed(out: Path, reviewed: Reviewed, decisions: Sequence[Decision]) -> None:
    """OUT.decisions.jsonl (older ones kept), OUT.rejected.jsonl and OUT.taxonomy.json first, OUT itself last."""
    log = out.with_name(f"{out.stem}.decisions.jsonl")
    lines = dict.fromkeys(as_line(d) for d in (*(read_decisions(log) if log.is_file() else ()), *decisions))
    write_text(log, "".join(f"{line}\n" for line in lines))
    write_jsonl(rejected_path(out), reviewed.dropped)
    write_text(out.with_name(f"{out.stem}.taxonomy.json"), reviewed.taxonomy.to_json())
    write_clips(out, reviewed.clips)


def _merge(taxonomy: Taxonomy, decision: Merge) -> Taxonomy:
    into, source = _category(taxonomy, decision.into), _category(taxonomy, decision.source)
    if source.name == into.name:
        return taxonomy  # done before
    if source.is_anomaly != into.is_anomaly:
        raise ReviewError(f"merge of {source.name!r} into {into.name!r}: one is an anomaly, the other is normal")
    policy = max(source.minor_policy, into.minor_policy, key=STRICTNESS.index)
    aliases = [*into.aliases, *(n for n in (source.name, *source.aliases) if n not in (into.name, *into.aliases))]
    both = into.model_copy(update={"aliases": aliases, "minor_policy": policy})
    return _with(taxonomy, [both if c.name == into.name else c for c in taxonomy.categories if c.name != source.name])


def _rename(taxonomy: Taxonomy, decision: Rename) -> Taxonomy:
    category = _category(taxonomy, decision.source)
    if category.name == decision.to:
        return taxonomy  # done before
    there = taxonomy.find(decision.to)
    if there is not None and there.name != category.name:
        raise ReviewError(
            f"rename of {category.name!r}: {decision.to!r} is taken by {there.name!r}; merge them instead"
        )
    aliases = [*(a for a in category.aliases if a != decision.to), category.name]
    new = category.model_copy(update={"name": decision.to, "aliases": aliases, "attested": False})
    return _with(taxonomy, [new if c.name == category.name else c for c in taxonomy.categories])


def _category(taxonomy: Taxonomy, name: str) -> Category:
    found = taxonomy.find(name)
    if found is None:
        raise ReviewError(f"no category {name[:80]!r} in the taxonomy {taxonomy.name}")
    return found


def _with(taxonomy: Taxonomy, categories: list[Category]) -> Taxonomy:
    fields = {**taxonomy.model_dump(), "categories": [c.model_dump() for c in categories]}
    try:
        return Taxonomy.model_validate(fields)
    except ValidationError as error:
        raise ReviewError(f"the taxonomy would be invalid: {error.errors()[0]['msg']}") from None


def summary(reviewed: Reviewed, decisions: Sequence[Decision]) -> dict[str, object]:
    """Counts for the command's last lines."""
    return {
        "clips": len(reviewed.clips),
        "changed": reviewed.changed,
        "dropped": len(reviewed.dropped),
        "decisions": dict(Counter(decision.action for decision in decisions)),
        "categories": len(reviewed.taxonomy.categories),
    }
