"""What the licences of caption sources and models allow, and the strictest of what a dataset holds.

Reads builder/data/rights.json and clips (source, generator, provenance); what it does not know counts as no.

    strictest(clips).redistribute_text    # pack writes it on the card, push obeys it
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal, Protocol

from pydantic import BaseModel, ConfigDict

OPEN_LICENCES: Final = {"MIT": "mit", "Apache-2.0": "apache-2.0"}


class Rights(BaseModel):
    """One source or model. `None` means its licence has no say: a video model's says nothing about captions."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: str
    kind: Literal["source", "chat", "video"]
    patterns: list[str]
    licence: str
    redistribute_text: bool | None
    redistribute_video: bool | None
    commercial: bool
    share_alike: bool
    territory: str
    outputs_may_train_models: bool
    url: str
    note: str


class Sourced(Protocol):
    """What of a clip decides its rights; a Clip has it. Licence tags set by uploaders are not looked at."""

    @property
    def source(self) -> str | None: ...
    @property
    def generator(self) -> str | None: ...
    @property
    def provenance(self) -> str | None: ...
    @property
    def synthetic(self) -> bool | None: ...


@dataclass(frozen=True)
class DatasetRights:
    """The strictest of all parts. `sources_kept_back`: sources whose captions must not be published."""

    parts: tuple[Rights, ...]
    redistribute_text: bool
    redistribute_video: bool
    commercial: bool
    share_alike: bool
    outputs_may_train_models: bool
    territory: str
    sources_kept_back: tuple[str, ...]
    licence: str

    def as_dict(self) -> dict[str, Any]:
        """Plain data for build.json, the card and --json."""
        fields = {k: v for k, v in self.__dict__.items() if k != "parts"}
        fields["sources_kept_back"] = list(self.sources_kept_back)
        return {**fields, "parts": [part.model_dump(exclude={"patterns"}) for part in self.parts]}


@cache
def table() -> tuple[Rights, ...]:
    """All rows of rights.json."""
    data = json.loads(files("svta.builder").joinpath("data/rights.json").read_text(encoding="utf-8"))
    return tuple(Rights.model_validate(row) for row in data["parts"])


def find(name: str | None, kind: Literal["source", "chat", "video"]) -> Rights:
    """The row for a source name or a model id; a row that forbids everything when it is not in the table."""
    wanted = (name or "").strip().casefold()
    for row in table():
        if row.kind == kind and any(fnmatchcase(wanted, pattern) for pattern in row.patterns):
            return row
    return Rights(
        name=(name or "unnamed").strip()[:80],
        kind=kind,
        patterns=[],
        licence="unknown",
        redistribute_text=None if kind == "video" else False,
        redistribute_video=None if kind == "chat" else False,
        commercial=False,
        share_alike=False,
        territory="unknown",
        outputs_may_train_models=False,
        url="",
        note="Not in svta's table of rights: counts as no.",
    )


def parts_of(clip: Sourced) -> Iterable[tuple[str, str]]:
    """(kind, name) of everything that went into a clip: its caption's source or chat model, its video's maker."""
    source = clip.source or ""
    facts = _provenance(clip.provenance)
    if source.startswith("chat"):
        yield "chat", str(facts.get("chat_model") or source.partition(":")[2] or "unnamed")
    else:
        yield "source", source
    if clip.synthetic is not False:  # camera footage is its source's; every other clip was made by some model
        yield "video", str(facts.get("model") or clip.generator or "unnamed")


def strictest(clips: Iterable[Sourced]) -> DatasetRights:
    """What may be done with a dataset of these clips: a no of any part is a no of the whole."""
    footage: set[str] = set()
    names: set[tuple[str, str]] = set()
    for clip in clips:
        parts = list(parts_of(clip))
        names.update(parts)
        if clip.synthetic is False:
            footage.update(name for kind, name in parts if kind == "source")
    return strictest_of(names, footage)


def strictest_of(names: Iterable[tuple[str, str]], footage: Iterable[str] = ()) -> DatasetRights:
    """The same from (kind, name) pairs; `footage`: the sources whose own videos are inside."""
    rows: dict[tuple[str, str], Rights] = {}
    kept_back: set[str] = set()
    for kind, name in sorted(set(names)):
        row = find(name, kind)  # type: ignore[arg-type]
        rows[row.kind, row.name] = row
        if row.redistribute_text is False:
            kept_back.add(name)
    parts = tuple(rows[key] for key in sorted(rows))
    video = [row.redistribute_video for row in parts if row.kind == "video"]
    video += [find(name, "source").redistribute_video for name in footage]
    commercial = all(row.commercial for row in parts)
    return DatasetRights(
        parts=parts,
        redistribute_text=not kept_back,
        redistribute_video=all(value is True for value in video),
        commercial=commercial,
        share_alike=any(row.share_alike for row in parts),
        outputs_may_train_models=all(row.outputs_may_train_models for row in parts),
        territory=_territory(parts),
        sources_kept_back=tuple(sorted(kept_back)),
        licence=_licence(parts),
    )


def _territory(parts: Iterable[Rights]) -> str:
    limits = sorted({row.territory for row in parts if row.territory != "worldwide"})
    return "; ".join(limits) or "worldwide"


def _licence(parts: tuple[Rights, ...]) -> str:
    """The Hub's licence tag: open only where every part is; NC-SA where that is the strictest; else `other`."""
    names = {row.licence for row in parts}
    if names <= OPEN_LICENCES.keys():
        return "apache-2.0" if "Apache-2.0" in names else "mit"
    if names <= {*OPEN_LICENCES, "CC-BY-NC-SA-4.0"}:
        return "cc-by-nc-sa-4.0"
    return "other"


def _provenance(text: str | None) -> Mapping[str, Any]:
    try:
        facts = json.loads(text or "{}")
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}
