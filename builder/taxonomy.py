"""The 68 anomaly + 30 normal categories as validated data, and how users bring their own.

taxonomy = load_taxonomy()              # builder/data/taxonomy.json
taxonomy.find("Theft/Stealing").name    # "stealing": names and aliases, any case
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from .errors import ClipError, DatasetError, TaxonomyError
from .io.files import write_text
from .io.json_text import MAX_LINE_BYTES, parse_json_object
from .io.limits import read_bytes
from .paths import TAXONOMY

MAX_NEAREST: Final = 1_000  # names whose nearest ones are looked for
MinorPolicy = Literal["film", "flag", "text_only"]
_ACCENTS: Final = re.compile("[\u0300-\u036f]")
_MARKS: Final = re.compile("[-\u2010-\u2015'\u2018\u2019\u02bc]")
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Steering(BaseModel):
    """What chat models are told to spread their captions over; None: not said here, an empty list: nothing."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    places: list[Name] | None = None
    actors: list[Name] | None = None
    times: list[Name] | None = None


class Category(Steering):
    """One category. `attested`: the name is in the paper, its README or its figures.

    `minor_policy`: film (a minor may be shown), flag (shown, but flagged), text_only (kept as caption, never filmed).
    """

    name: Name
    is_anomaly: bool
    definition: Annotated[str, Field(min_length=1, max_length=300)]
    aliases: list[Name] = []
    attested: bool = False
    minor_policy: MinorPolicy = "text_only"


class Taxonomy(Steering):
    """An ordered, append-only list of categories; the order is the ClassLabel order of a dataset.

    Its places, actors and times are those of categories that name none.
    """

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
        if repeated := [name for name, count in Counter(self.names).items() if count > 1]:
            raise ValueError(f"two categories are called {repeated[0]!r}")
        return self

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Taxonomy:
        """A copy with some fields changed; what was computed from the old ones is not taken along."""
        copied = super().model_copy(update=update, deep=deep)
        for computed in ("names", "_index", "_loose_index", "_near"):
            copied.__dict__.pop(computed, None)
        return copied

    @cached_property
    def names(self) -> list[str]:
        """Category names in ClassLabel order."""
        return [category.name for category in self.categories]

    @cached_property
    def _index(self) -> dict[str, int]:
        return {_fold(n): i for i, c in enumerate(self.categories) for n in (c.name, *c.aliases)}

    @cached_property
    def _loose_index(self) -> dict[str, int | None]:
        """By names without accents, hyphens and apostrophes; None where these alone tell two categories apart."""
        found: dict[str, int | None] = {}
        for name, i in self._index.items():
            found[_loose(name)] = i if found.get(_loose(name), i) == i else None
        return found

    def find(self, name: str) -> Category | None:
        """The category with this name or alias, or None. Case and spacing do not matter; accents, hyphens and the kind
        of apostrophe only where two categories differ in nothing else."""
        index = self._index.get(_fold(name))
        if index is None and (loose := _loose(name)):
            index = self._loose_index.get(loose)
        return None if index is None else self.categories[index]

    def __getitem__(self, name: str) -> Category:
        if (category := self.find(name)) is None:
            near = f"; nearest: {', '.join(found)}" if (found := self.nearest(name)) else ""
            raise TaxonomyError(f"unknown category {name[:80]!r}: not among the {len(self.names)} of {self.name}{near}")
        return category

    def nearest(self, name: str) -> list[str]:
        """The categories with a name or alias written nearly like this one, the most alike first."""
        if name not in self._near and len(self._near) < MAX_NEAREST:  # a table may have a million rows
            near = get_close_matches(_loose(name[:80]), self._loose_index, 3, 0.6)
            found = (self._loose_index[one] for one in near)
            self._near[name] = list(dict.fromkeys(self.categories[i].name for i in found if i is not None))
        return self._near.get(name, [])

    @cached_property
    def _near(self) -> dict[str, list[str]]:
        return {}

    def remedy(self, names: Iterable[str]) -> str:
        """What to do about names that it lacks: give another taxonomy, or write the nearest names of a user's own."""
        if self.is_built_in:
            return "--taxonomy FILE?"
        near = dict.fromkeys(found[0] for name in islice(names, 100) if (found := self.nearest(name)))
        if not near:
            return f"add them to the taxonomy {self.name}, or give another with --taxonomy FILE"
        return "nearest: " + ", ".join(list(near)[:3])

    def index(self, name: str) -> int:
        """Position of a name or alias: its ClassLabel number."""
        return self.names.index(self[name].name)

    def to_json(self) -> str:
        """What load_taxonomy reads back; stored as taxonomy.json in every dataset."""
        fields = self.model_dump(exclude_none=True)
        order = [*(name for name in Taxonomy.model_fields if name not in Steering.model_fields), *Steering.model_fields]
        ordered = {name: fields[name] for name in order if name in fields}
        return json.dumps(ordered, ensure_ascii=False, indent=2) + "\n"

    def steering_of(self, category: Category) -> dict[str, list[str]]:
        """The places, actors and times of a category, if it or the taxonomy names any."""
        lists = {name: getattr(category, name) for name in Steering.model_fields}
        lists = {name: words if words is not None else getattr(self, name) for name, words in lists.items()}
        return {name: words for name, words in lists.items() if words is not None}

    @property
    def is_built_in(self) -> bool:
        """Whether its categories are those that come with svta."""
        return self.names == _built_in().names


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


def read_taxonomy(value: object, label: str) -> Taxonomy:
    """A taxonomy that is in a larger file, as plain data. Raises TaxonomyError that names `label`."""
    try:
        return Taxonomy.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) + ": " * bool(first["loc"])
        raise TaxonomyError(f"{label}: {where}{first['msg'].removeprefix('Value error, ')}") from None


def own_or_none(taxonomy: Taxonomy) -> Taxonomy | None:
    """None for svta's own taxonomy, which needs to be kept nowhere."""
    return None if taxonomy == _built_in() else taxonomy


def taxonomy_file(given: str | Path | None, near: str | Path) -> Path | None:
    """The taxonomy that a command goes by: the one given, else the one that is beside its input; None: built in.

    near: a clips folder or dataset (its taxonomy.json), or a file of descriptions (NAME.taxonomy.json, taxonomy.json).
    """
    if given is not None:
        return Path(given)
    near = Path(near)
    names = [near / TAXONOMY] if near.is_dir() else [_own_file(near), near.with_name(TAXONOMY)]
    return next((path for path in names if path.is_file()), None)


def carry_taxonomy(taxonomy: Taxonomy, near: str | Path) -> None:
    """Write the taxonomy where taxonomy_file() finds it: into a folder, or beside a file of descriptions.

    Beside a file the built-in one is not written, unless another one is there that would be taken for it.
    """
    near = Path(near)
    if near.is_dir():
        write_text(near / TAXONOMY, taxonomy.to_json())
        return
    own, common = _own_file(near), near.with_name(TAXONOMY)
    if own.is_file() and _holds(own, taxonomy):
        return  # perhaps the user's own file
    if own.exists() and not is_written_taxonomy(own):
        raise TaxonomyError(f"{own}: is another taxonomy, which svta did not write; give another --out")
    if _holds(common, taxonomy) or (taxonomy == _built_in() and not common.exists()):
        own.unlink(missing_ok=True)
    elif not common.exists():
        write_text(common, taxonomy.to_json())
        own.unlink(missing_ok=True)
    else:
        write_text(own, taxonomy.to_json())


def is_written_taxonomy(path: Path) -> bool:
    """Whether a taxonomy is spelled as svta writes it: who edits one formats it otherwise, or leaves fields out."""
    try:
        return load_taxonomy(path).to_json().encode() == read_bytes(path, MAX_LINE_BYTES)
    except (TaxonomyError, OSError):
        return False


def _own_file(descriptions: Path) -> Path:
    return descriptions.with_name(f"{descriptions.stem}.{TAXONOMY}")


def _holds(path: Path, taxonomy: Taxonomy) -> bool:
    try:
        return path.is_file() and load_taxonomy(path) == taxonomy
    except TaxonomyError:
        return False


def check_names(unknown: Iterable[str], known: Iterable[str | None], taxonomy: Taxonomy) -> None:
    """Raise TaxonomyError where most rows that name a category name one the taxonomy lacks: it is another dataset's.

    unknown, known: the category of each row that names one, by whether the taxonomy has it.
    """
    strange = list(unknown)
    if len(strange) <= sum(name is not None for name in known):
        return
    names = sorted({_fold(name): name for name in strange}.values())
    count = f"{len(names):,} name{'s' * (len(names) != 1)} {'are' if len(names) != 1 else 'is'} not among the "
    whose = (
        f"{len(taxonomy.names)} built in" if taxonomy == _built_in() else f"{len(taxonomy.names)} of {taxonomy.name}"
    )
    examples = ", ".join(name[:40] for name in names[:3]) + (", ..." if len(names) > 3 else "")
    rows = f"{len(strange):,} row{'s' * (len(strange) != 1)}"
    raise TaxonomyError(f"{count}{whose}; {taxonomy.remedy(names)} ({rows}: {examples})")


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


def _loose(name: str) -> str:
    letters = _ACCENTS.sub("", unicodedata.normalize("NFKD", _fold(name)))
    return " ".join(_MARKS.sub(" ", letters).split())
