"""What the licences of everything inside a dataset allow, and the strictest of it.

Reads builder/data/rights.json and clips (source, generator, provenance); what the table does not know counts as no.
Parts are caption sources, chat and prompt models, video models with their text encoders, LoRAs and reference footage.

    strictest(clips).redistribute_text    # pack writes it on the card, push obeys it

Of a source or chat model that is in no row, the licence counts that its clips declare, by its SPDX name; any other
words ("All rights reserved") are terms that svta does not know, and forbid. Rows of the user's own project file come
before that. A row of rights.json comes before both, but does not allow what its clips' own licence forbids.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, Literal, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict

from .io.json_text import loose_json
from .licences import HUB_LICENCES, OPEN_LICENCES, UNKNOWN, Terms, declared_licence, hub_tag, terms_of

Kind = Literal["source", "chat", "video", "lora", "component", "reference"]
DECLARED: Final = "Declared by who made this dataset."
# facts of a clip's provenance that name a part; one name, a list, or names with commas between them
PARTS_IN_PROVENANCE: Final[Mapping[str, Kind]] = {
    "film_prompt_model": "chat",
    "lora": "lora",
    "text_encoder": "component",
    "tokenizer": "component",
    "reference": "reference",  # the caption source whose footage a generated clip was made from
}
# where the rows of a kind are, in the order of the search
_ROWS_OF: Final[Mapping[Kind, tuple[Kind, ...]]] = {"lora": ("lora", "video"), "reference": ("source",)}
_READERS: Final = ("table", "hub")  # caption sources that svta names itself, regardless of what they contain
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
        """What this part's licence keeps users from, in words; empty if it allows all."""
        limits = [
            "" if self.commercial else "no commercial use",
            "" if self.outputs_may_train_models else "outputs may not train other models",
            "captions may not be published" if self.redistribute_text is False else "",
            "videos may not be published" if self.redistribute_video is False else "",
            "" if self.territory == "worldwide" else f"territory: {self.territory}",
        ]
        return [limit for limit in limits if limit]


# the fields of a clip that decide its rights
ORIGIN: Final = ("source", "generator", "provenance", "synthetic", "license")


class Part(NamedTuple):
    """Something that went into a clip. `licence`: what the clip declares, of what the table does not know."""

    kind: Kind
    name: str
    licence: str = ""


Parts = Iterable[Part | tuple[Kind, str] | tuple[Kind, str, str]]


class Sourced(Protocol):
    """What of a clip decides its rights; a Clip has it."""

    @property
    def source(self) -> str | None: ...
    @property
    def generator(self) -> str | None: ...
    @property
    def provenance(self) -> str | None: ...
    @property
    def synthetic(self) -> bool | None: ...
    @property
    def license(self) -> str | None: ...


@dataclass(frozen=True)
class DatasetRights:
    """The strictest of all parts. `sources_kept_back`: sources whose captions must not be published.

    `licence`: the Hub's tag; `licence_name`: what the licence is called where that is `other` and it has a name.
    """

    parts: tuple[Rights, ...]
    redistribute_text: bool
    redistribute_video: bool
    commercial: bool
    share_alike: bool
    outputs_may_train_models: bool
    territory: str
    sources_kept_back: tuple[str, ...]
    licence: str
    licence_name: str = ""

    def as_dict(self) -> dict[str, object]:
        """Plain data for build.json, the card and --json."""
        fields = {k: v for k, v in self.__dict__.items() if k != "parts" and (v != "" or k != "licence_name")}
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


def declared_rights(name: str, kind: Kind, licence: str) -> Rights:
    """A row that follows from the licence somebody gives his own source or model; unknown terms forbid everything."""
    row = _unknown(name, kind).model_copy(update={"licence": licence, "note": DECLARED, "territory": "worldwide"})
    terms = terms_of(licence)
    if terms is None:
        return row
    allowed = {name: value for name, value in terms._asdict().items() if name != "pattern"}
    allowed["redistribute_text"] = True if kind in ("source", "chat") else None
    allowed["redistribute_video"] = None if kind == "chat" else allowed["redistribute_video"]
    return row.model_copy(update=allowed)


def find(name: str | None, kind: Kind, licence: str = "", own: Iterable[Rights] = ()) -> Rights:
    """The row for a source name or a model id: of the table, of the user's own rows, or from the declared licence.

    What none of them knows gets a row that forbids everything.
    """
    wanted = (name or "").strip().casefold()
    for rows in (table(), own):
        for place in _ROWS_OF.get(kind, (kind,)):
            for row in rows:
                if row.kind == place and any(fnmatchcase(wanted, pattern) for pattern in row.patterns):
                    return _restricted(row, licence) if licence and rows is not own else row
    return declared_rights(_shown_name(name), kind, licence) if licence else _unknown(name, kind)


def _restricted(row: Rights, licence: str) -> Rights:
    """A row of rights.json without what a licence forbids: a user's table may bear the name of a source."""
    declared = declared_rights(row.name, row.kind, licence)
    allowed = {
        name: getattr(row, name) and getattr(declared, name) is not False
        for name in ("redistribute_text", "redistribute_video", "commercial", "outputs_may_train_models")
    }
    allowed["share_alike"] = row.share_alike or declared.share_alike
    if all(getattr(row, name) == value for name, value in allowed.items()):
        return row
    return row.model_copy(update={**allowed, "licence": licence, "note": DECLARED})


def _shown_name(name: str | None) -> str:
    return (name or "unnamed").strip()[:80]


def _unknown(name: str | None, kind: Kind) -> Rights:
    return Rights(
        name=_shown_name(name),
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
        note="No licence is known: counts as no.",
    )


def public_name(name: str, kind: Kind) -> str:
    """A part's name as it may appear beside a withheld caption: itself where the table knows it, else its hash.

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


def parts_of(clip: Sourced) -> Iterator[Part]:
    """Everything that went into a clip: its caption's source or chat model, its video's makers."""
    source = clip.source or ""
    facts = facts_of(clip.provenance)
    if source.startswith("chat"):
        yield _captions_by("chat", str(facts.get("chat_model") or source.partition(":")[2] or "unnamed"), clip.license)
    else:
        yield _captions_by("source", source, clip.license)
    if clip.synthetic is not False:  # camera footage is its source's; every other clip was made by some model
        yield Part("video", str(facts.get("model") or clip.generator or "unnamed"))
    for fact, kind in PARTS_IN_PROVENANCE.items():
        for name in names_in(facts.get(fact)):
            yield Part(kind, name)


@lru_cache(maxsize=10_000)
def _captions_by(kind: Kind, name: str, licence: str | None) -> Part:
    declared = declared_licence(licence)
    row = find(name, kind, declared)
    return Part(kind, name, "" if row.known and row == find(name, kind) else declared)


def facts_of(provenance: str | None) -> dict[str, object]:
    """The facts in a clip's provenance; none where it is not a JSON object, which it need not be."""
    facts = loose_json(provenance or "{}", writable=True)
    return facts if isinstance(facts, dict) else {}


def names_in(value: object) -> list[str]:
    """The part names that a fact of a provenance holds: of a text with commas, or of a list."""
    if isinstance(value, list):
        return [name for item in value for name in names_in(item)]
    if value in (None, "", False):
        return []
    return [name for name in (part.strip() for part in str(value).split(",")) if name]


def strictest(clips: Iterable[Sourced], own: Iterable[Rights] = ()) -> DatasetRights:
    """What may be done with a dataset of these clips: a no of any part is a no of the whole. `own`: the user's rows."""
    footage: set[Part] = set()
    names: set[Part] = set()
    for clip in clips:
        parts = list(parts_of(clip))
        names.update(parts)
        if clip.synthetic is False:
            footage.update(part for part in parts if part.kind == "source")
    return strictest_of(names, footage, own)


def strictest_of(
    names: Parts, footage: Iterable[Part | str] = (), own: Iterable[Rights] = (), licence: str | None = None
) -> DatasetRights:
    """The same from parts; `footage`: the sources whose own videos are inside.

    `licence`: the one its makers give the dataset (SPDX); it counts where the licence of every part lets them choose.
    """
    rows: dict[tuple[str, str, str], Rights] = {}
    kept_back: set[str] = set()
    filmed = {Part("source", part) if isinstance(part, str) else part for part in footage}
    own = tuple(own)
    for kind, name, declared in sorted({Part(*part) for part in names}):
        row = find(name, kind, declared, own)
        for part in (row, *map(_row, row.includes)):
            rows[part.kind, part.name, part.licence] = part
        if row.redistribute_text is False and kind != "reference":
            kept_back.add(name)
        if kind == "reference":
            filmed.add(Part("source", name))
    parts = tuple(rows[key] for key in sorted(rows))
    video = [row.redistribute_video for row in parts if row.kind not in ("source", "chat", "reference")]
    video += [find(name, kind, declared, own).redistribute_video for kind, name, declared in filmed]
    chosen = licence if licence is not None and all(_leaves_open(row, licence) for row in parts) else None
    return DatasetRights(
        parts=parts,
        redistribute_text=not kept_back,
        redistribute_video=all(value is True for value in video),
        commercial=all(row.commercial for row in parts),
        share_alike=any(row.share_alike for row in parts),
        outputs_may_train_models=all(row.outputs_may_train_models for row in parts),
        territory=_territory(parts),
        sources_kept_back=tuple(sorted(kept_back)),
        licence=hub_tag((row.licence, row.note.startswith(DECLARED)) for row in parts)
        if chosen is None
        else HUB_LICENCES.get(chosen, "other"),
        licence_name=chosen if chosen is not None and chosen not in HUB_LICENCES else "",
    )


def recorded_licence(build: Mapping[str, object]) -> str | None:
    """The licence that build.json gives a dataset: that of the table of rights on the day it was packed."""
    rights = build.get("rights")
    licence = rights.get("licence") if isinstance(rights, dict) else None
    return licence if isinstance(licence, str) else None


def notices(names: Parts, own: Iterable[Rights] = ()) -> list[str]:
    """One line per part on what its licence allows, unknown ones first: to be read before generating."""
    lines: dict[str, bool] = {}
    own = tuple(own)
    for kind, name, licence in (Part(*part) for part in names):
        row = find(name, kind, licence, own)
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


def _leaves_open(row: Rights, licence: str) -> bool:
    """Whether a part may go into a dataset of this licence: it has the same one, or one without such conditions."""
    if row.licence in (licence, *OPEN_LICENCES):
        return True
    terms = terms_of(row.licence)
    return row.note.startswith(DECLARED) and terms is not None and terms[1:] == Terms("")[1:]
