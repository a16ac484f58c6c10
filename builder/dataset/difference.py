"""How two versions of a dataset differ: clips added, gone and changed, splits, categories, licence and card.

Reads clips.parquet, taxonomy.json, build.json and README.md of two folders or Hub repos; no video is read.

    diff = difference(open_source("v1"), open_source("ns/name@v2"))
    diff.added["train"], diff.changed
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from svta.builder.errors import DatasetError
from svta.builder.io.json_text import JsonObject
from svta.builder.io.limits import read_text
from svta.builder.layout.manifest import MAX_BUILD_BYTES, read_build
from svta.builder.paths import BUILD, CARD, INDEX, TAXONOMY
from svta.builder.record import CLIP_FIELDS
from svta.builder.rights import recorded_licence
from svta.builder.shards.index import read_tables
from svta.builder.taxonomy import load_taxonomy

from .source import Source


@dataclass
class Difference:
    """From one version to another. added, removed: clips by split; moved: clips by "train -> test".

    changed: fields of clips that are in both, by how many clips they differ in (`video`: another mp4);
    categories: names that came or went; texts: of the licence, the name and the title, where they differ.
    """

    added: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    moved: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    num_changed: int = 0
    num_same: int = 0
    categories_added: list[str] = field(default_factory=list)
    categories_removed: list[str] = field(default_factory=list)
    texts: dict[str, tuple[object, object]] = field(default_factory=dict)
    card_differs: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether both look the same to everybody who loads them."""
        counts = (self.added, self.removed, self.moved, self.changed)
        return not any((*counts, self.categories_added, self.categories_removed, self.texts, self.card_differs))

    def as_dict(self) -> dict[str, object]:
        """For --json."""
        return {**asdict(self), "same": self.is_empty}


def difference(before: Source, after: Source) -> Difference:
    """How `after` differs from `before`. Raises DatasetError if one of them is not a dataset."""
    result = Difference()
    old, new = _rows(before), _rows(after)
    for key in old.keys() - new.keys():
        result.removed[old[key][0]] += 1
    for key, (split, record) in new.items():
        if key not in old:
            result.added[split] += 1
            continue
        old_split, old_record = old[key]
        if split != old_split:
            result.moved[f"{old_split} -> {split}"] += 1
        names = [name for name, one, two in zip(CLIP_FIELDS, old_record, record) if one != two]
        result.changed.update("video" if name == "sha256" else name for name in names)
        result.num_changed += bool(names)
        result.num_same += not names and split == old_split
    names_before, names_after = _categories(before), _categories(after)
    result.categories_added = [name for name in names_after if name not in names_before]
    result.categories_removed = [name for name in names_before if name not in names_after]
    facts = _facts(before), _facts(after)
    result.texts = {name: (facts[0][name], facts[1][name]) for name in facts[0] if facts[0][name] != facts[1][name]}
    result.card_differs = _card(before) != _card(after)
    return result


def _rows(source: Source) -> dict[str, tuple[str, tuple[bytes, ...]]]:
    """Key -> split and a short hash of each field of the record."""
    rows: dict[str, tuple[str, tuple[bytes, ...]]] = {}
    for table in read_tables(source.path(INDEX), [*CLIP_FIELDS, "split"]):
        for row in table.to_pylist():
            rows[str(row["key"])] = str(row["split"]), tuple(_short(row[name]) for name in CLIP_FIELDS)
    return rows


def _short(value: Any) -> bytes:
    return b"" if value in (None, []) else hashlib.blake2b(repr(value).encode(errors="replace"), digest_size=8).digest()


def _categories(source: Source) -> list[str]:
    return load_taxonomy(path).names if (path := source.find(TAXONOMY)) is not None else []


def _facts(source: Source) -> JsonObject:
    build = read_build(Path(path).parent) if (path := source.find(BUILD)) is not None else {}
    project = build.get("project")
    named = project if isinstance(project, dict) else {}
    return {"licence": recorded_licence(build), "name": named.get("name"), "title": named.get("title")}


def _card(source: Source) -> str:
    try:
        return read_text(path, MAX_BUILD_BYTES) if (path := source.find(CARD)) is not None else ""
    except DatasetError:
        return ""
