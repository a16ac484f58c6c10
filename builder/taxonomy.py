"""The 68 anomaly + 30 normal categories as validated data, and how users bring their own.

taxonomy = load_taxonomy()              # builder/data/taxonomy.json
taxonomy.find("Theft/Stealing").name    # "stealing": names and aliases, any case
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from .errors import ClipError, DatasetError, TaxonomyError
from .io.json_text import MAX_LINE_BYTES, parse_json_object
from .io.limits import read_bytes

MinorPolicy = Literal["film", "flag", "text_only"]
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Category(BaseModel):
    """One category. `attested`: the name stands in the paper, its README or its figures.

    `minor_policy`: film (a minor may be shown), flag (shown, but flagged), text_only (kept as caption, never filmed).
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: Name
    is_anomaly: bool
    definition: Annotated[str, Field(min_length=1, max_length=300)]
    aliases: list[Name] = []
    attested: bool = False
    minor_policy: MinorPolicy = "text_only"


class Taxonomy(BaseModel):
    """An ordered, append-only list of categories; the order is the ClassLabel order of a dataset."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: Name
    version: int
    note: str = ""
    categories: Annotated[list[Category], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_are_unique(self) -> Taxonomy:
        owner: dict[str, str] = {}
        for category in self.categories:
            for name in {_fold(n) for n in (category.name, *category.aliases)}:
                if owner.setdefault(name, category.name) != category.name:
                    raise ValueError(f"{name!r} names both {owner[name]!r} and {category.name!r}")
        if len({c.name for c in self.categories}) != len(self.categories):
            raise ValueError("two categories share a name")
        return self

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Taxonomy:
        """A copy with some fields changed; what was computed from the old ones is not taken along."""
        copied = super().model_copy(update=update, deep=deep)
        for computed in ("names", "_index"):
            copied.__dict__.pop(computed, None)
        return copied

    @cached_property
    def names(self) -> list[str]:
        """Category names in ClassLabel order."""
        return [category.name for category in self.categories]

    @cached_property
    def _index(self) -> dict[str, int]:
        return {_fold(n): i for i, c in enumerate(self.categories) for n in (c.name, *c.aliases)}

    def find(self, name: str) -> Category | None:
        """The category with this name or alias (case and spacing do not matter), or None."""
        index = self._index.get(_fold(name))
        return None if index is None else self.categories[index]

    def __getitem__(self, name: str) -> Category:
        if (category := self.find(name)) is None:
            raise TaxonomyError(f"unknown category {name[:80]!r}: not among the {len(self.names)} of {self.name}")
        return category

    def index(self, name: str) -> int:
        """Position of a name or alias: its ClassLabel number."""
        return self.names.index(self[name].name)

    def to_json(self) -> str:
        """What load_taxonomy reads back; stored as taxonomy.json in every dataset."""
        return json.dumps(self.model_dump(), ensure_ascii=False, indent=2) + "\n"


def load_taxonomy(path: str | Path | None = None) -> Taxonomy:
    """The built-in taxonomy, or a user's JSON file of the same shape. Raises TaxonomyError."""
    if path is None:
        return _built_in()
    try:
        return _parsed(read_bytes(path, MAX_LINE_BYTES), str(path))
    except OSError as error:
        raise TaxonomyError(f"{path}: {error.strerror}") from None
    except DatasetError as error:  # too large, or a device
        raise TaxonomyError(str(error)) from None


def taxonomy_beside(descriptions: Path) -> Path | None:
    """NAME.taxonomy.json beside NAME.jsonl, where `svta review apply` put one: the categories those rows mean."""
    beside = descriptions.with_name(f"{descriptions.stem}.taxonomy.json")
    return beside if beside.is_file() else None


def read_taxonomy(value: object, label: str) -> Taxonomy:
    """A taxonomy that stands in a larger file, as plain data. Raises TaxonomyError that names `label`."""
    try:
        return Taxonomy.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise TaxonomyError(f"{label}: {where}: {first['msg']}") from None


def own_or_none(taxonomy: Taxonomy) -> Taxonomy | None:
    """None for svta's own taxonomy, which needs to be kept nowhere."""
    return None if taxonomy == _built_in() else taxonomy


@cache
def _built_in() -> Taxonomy:
    return _parsed(files("svta.builder").joinpath("data/taxonomy.json").read_bytes(), "taxonomy.json")


def _parsed(data: bytes, label: str) -> Taxonomy:
    try:
        return read_taxonomy(parse_json_object(data), label)
    except ClipError as error:
        raise TaxonomyError(f"{label}: {error}") from None


@lru_cache(4_096)
def _fold(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").split())
