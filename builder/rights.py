"""What the licences of everything inside a dataset allow, and the strictest of it.

Reads builder/data/rights.json and clips (source, generator, provenance); what the table does not know counts as no.
Parts are caption sources, chat and prompt models, video models with their text encoders, LoRAs and reference footage.

    strictest(clips).redistribute_text    # pack writes it on the card, push obeys it
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Final, Literal, Protocol

from pydantic import BaseModel, ConfigDict

Kind = Literal["source", "chat", "video", "lora", "component", "reference"]
OPEN_LICENCES: Final = {"MIT": "mit", "Apache-2.0": "apache-2.0"}
UNKNOWN: Final = "unknown"
# facts of a clip's provenance that name a part; one name, a list, or names with commas between them
PARTS_IN_PROVENANCE: Final[Mapping[str, Kind]] = {
    "film_prompt_model": "chat",
    "lora": "lora",
    "text_encoder": "component",
    "tokenizer": "component",
    "reference": "reference",  # the caption source whose footage a generated clip was made from
}
# where the rows of a kind stand, in the order of the search
_ROWS_OF: Final[Mapping[Kind, tuple[Kind, ...]]] = {"lora": ("lora", "video"), "reference": ("source",)}
_READERS: Final = ("table", "hub")  # caption sources that svta names itself, whatever they hold
_PUBLIC_NAME: Final = re.compile(r"[A-Za-z0-9._/:!-]{1,96}")


class Rights(BaseModel):
    """One source or model. `None`: its licence has no say, as that of a video model has none about captions.

    `includes`: rows of what comes with it (the text encoders of a video model): their licences count as well.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: str
    kind: Kind
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
    includes: list[str] = []

    @property
    def known(self) -> bool:
        """Whether the table of rights has this row."""
        return bool(self.patterns)

    def limits(self) -> list[str]:
        """What this part's licence keeps users from, in words; empty where it allows all."""
        limits = [
            "" if self.commercial else "no commercial use",
            "" if self.outputs_may_train_models else "outputs may not train other models",
            "captions may not be published" if self.redistribute_text is False else "",
            "videos may not be published" if self.redistribute_video is False else "",
            "" if self.territory == "worldwide" else f"territory: {self.territory}",
        ]
        return [limit for limit in limits if limit]


class Sourced(Protocol):
    """What of a clip decides its rights; a Clip has it. Licence tags set by uploaders do not count."""

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

    def as_dict(self) -> dict[str, object]:
        """Plain data for build.json, the card and --json."""
        fields = {k: v for k, v in self.__dict__.items() if k != "parts"}
        fields["sources_kept_back"] = list(self.sources_kept_back)
        return {**fields, "parts": [part.model_dump(exclude={"patterns", "includes"}) for part in self.parts]}


@cache
def table() -> tuple[Rights, ...]:
    """All rows of rights.json."""
    data = json.loads(files("svta.builder").joinpath("data/rights.json").read_text(encoding="utf-8"))
    return tuple(Rights.model_validate(row) for row in data["parts"])


@cache
def _row(name: str) -> Rights:
    return next(row for row in table() if row.name == name)


def find(name: str | None, kind: Kind) -> Rights:
    """The row for a source name or a model id; a row that forbids everything when it is not in the table."""
    wanted = (name or "").strip().casefold()
    for place in _ROWS_OF.get(kind, (kind,)):
        for row in table():
            if row.kind == place and any(fnmatchcase(wanted, pattern) for pattern in row.patterns):
                return row
    return Rights(
        name=(name or "unnamed").strip()[:80],
        kind=kind,
        patterns=[],
        licence=UNKNOWN,
        redistribute_text=False if kind in ("source", "chat") else None,
        redistribute_video=None if kind == "chat" else False,
        commercial=False,
        share_alike=False,
        territory=UNKNOWN,
        outputs_may_train_models=False,
        url="",
        note="Not in svta's table of rights: counts as no.",
    )


def public_name(name: str, kind: Kind) -> str:
    """A part's name as it may stand beside a withheld caption: itself where the table knows it, else its hash.

    public_name("uca", "source") is "uca"; a name that somebody made up could hold a caption's words.
    """
    if name.startswith("sha256:") or (kind == "source" and name in _READERS):
        return name
    if kind == "source" and name.partition(":")[0] == "chat":
        _, colon, model = name.partition(":")
        return f"chat:{public_name(model, 'chat')}" if colon else name
    if find(name, kind).known and _PUBLIC_NAME.fullmatch(name):
        return name
    return "sha256:" + hashlib.sha256(name.encode()).hexdigest()


def parts_of(clip: Sourced) -> Iterator[tuple[Kind, str]]:
    """(kind, name) of everything that went into a clip: its caption's source or chat model, its video's makers."""
    source = clip.source or ""
    facts = facts_of(clip.provenance)
    if source.startswith("chat"):
        yield "chat", str(facts.get("chat_model") or source.partition(":")[2] or "unnamed")
    else:
        yield "source", source
    if clip.synthetic is not False:  # camera footage is its source's; every other clip was made by some model
        yield "video", str(facts.get("model") or clip.generator or "unnamed")
    for fact, kind in PARTS_IN_PROVENANCE.items():
        for name in names_in(facts.get(fact)):
            yield kind, name


def facts_of(provenance: str | None) -> dict[str, object]:
    """The facts in a clip's provenance; none where it is no JSON object, which it need not be."""
    try:
        facts = json.loads(provenance or "{}")
    except (ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}


def names_in(value: object) -> list[str]:
    """The part names that a fact of a provenance holds: of a text with commas, or of a list."""
    if isinstance(value, list):
        return [name for item in value for name in names_in(item)]
    if value in (None, "", False):
        return []
    return [name for name in (part.strip() for part in str(value).split(",")) if name]


def strictest(clips: Iterable[Sourced]) -> DatasetRights:
    """What may be done with a dataset of these clips: a no of any part is a no of the whole."""
    footage: set[str] = set()
    names: set[tuple[Kind, str]] = set()
    for clip in clips:
        parts = list(parts_of(clip))
        names.update(parts)
        if clip.synthetic is False:
            footage.update(name for kind, name in parts if kind == "source")
    return strictest_of(names, footage)


def strictest_of(names: Iterable[tuple[Kind, str]], footage: Iterable[str] = ()) -> DatasetRights:
    """The same from (kind, name) pairs; `footage`: the sources whose own videos are inside."""
    rows: dict[tuple[str, str], Rights] = {}
    kept_back: set[str] = set()
    footage = set(footage)
    for kind, name in sorted(set(names)):
        row = find(name, kind)
        for part in (row, *map(_row, row.includes)):
            rows[part.kind, part.name] = part
        if row.redistribute_text is False and kind != "reference":
            kept_back.add(name)
        if kind == "reference":
            footage.add(name)
    parts = tuple(rows[key] for key in sorted(rows))
    video = [row.redistribute_video for row in parts if row.kind not in ("source", "chat", "reference")]
    video += [find(name, "source").redistribute_video for name in footage]
    return DatasetRights(
        parts=parts,
        redistribute_text=not kept_back,
        redistribute_video=all(value is True for value in video),
        commercial=all(row.commercial for row in parts),
        share_alike=any(row.share_alike for row in parts),
        outputs_may_train_models=all(row.outputs_may_train_models for row in parts),
        territory=_territory(parts),
        sources_kept_back=tuple(sorted(kept_back)),
        licence=_licence(parts),
    )


def recorded_licence(build: Mapping[str, object]) -> str | None:
    """The licence that build.json gives a dataset: that of the table of rights on the day it was packed."""
    rights = build.get("rights")
    licence = rights.get("licence") if isinstance(rights, dict) else None
    return licence if isinstance(licence, str) else None


def notices(names: Iterable[tuple[Kind, str]]) -> list[str]:
    """One line a part on what its licence allows, unknown ones first: to be read before the first clip is generated."""
    lines: dict[str, bool] = {}
    for kind, name in names:
        row = find(name, kind)
        for part in (row, *map(_row, row.includes)):
            shown = name if part is row else part.name
            if part.licence == UNKNOWN:
                text = f"{shown} ({part.kind}): licence not known to svta, so what is made with it may not be published"
            else:
                text = f"{shown}: {part.licence} ({'; '.join(part.limits()) or 'no limits'}). {part.note}".strip()
            lines[text] = part.licence == UNKNOWN
    return sorted(lines, key=lambda text: not lines[text])


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
