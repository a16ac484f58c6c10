"""Which captions of a dataset could not go out as they are, and why: no licence is given, or the licence forbids it.

Reads clips.parquet and build.json; `svta push` asks about them before anything is withheld.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from svta.builder.layout.manifest import read_build
from svta.builder.layout.stats import WITHHELD
from svta.builder.licences import UNKNOWN
from svta.builder.paths import INDEX
from svta.builder.project.find import packed_project
from svta.builder.record import Clip
from svta.builder.rights import Part, Rights, find, parts_of
from svta.builder.shards.index import read_tables

_COLUMNS = ("source", "provenance", "license", "flags")


@dataclass
class Unpublishable:
    """Captions by source or chat model. `unknown`: no licence is given; `forbidden`: the licence forbids it; `terms`:
    those by their licences."""

    unknown: Counter[str] = field(default_factory=Counter)
    forbidden: Counter[str] = field(default_factory=Counter)
    terms: Counter[str] = field(default_factory=Counter)


def unpublishable_captions(dataset: str | Path, license: str | None = None) -> Unpublishable:
    """Count the captions that a push would withhold; `license`: the one given for those that name none."""
    dataset, result = Path(dataset), Unpublishable()
    own = packed_project(read_build(dataset)).own_rights
    for table in read_tables(dataset / INDEX, _COLUMNS):
        counts = Counter(
            (source, provenance, licence)
            for source, provenance, licence, flags in zip(*(table[name].to_pylist() for name in _COLUMNS))
            if WITHHELD not in (flags or ())
        )
        for (source, provenance, licence), count in counts.items():
            clip = Clip.model_construct(source=source, provenance=provenance, license=licence)
            part = with_licence(next(parts_of(clip)), license, own)
            row = find(part.name, part.kind, part.licence, own)
            if row.redistribute_text is False:
                (result.unknown if row.licence == UNKNOWN else result.forbidden)[row.name] += count
                if row.licence != UNKNOWN:
                    result.terms[row.licence] += count
    return result


def with_licence(part: Part, license: str | None, own: Iterable[Rights] = ()) -> Part:
    """A source or chat model without a known licence, with the one that its publisher gives it."""
    if license is None or part.kind not in ("source", "chat"):
        return part
    if find(part.name, part.kind, part.licence, own).licence != UNKNOWN:
        return part
    return part._replace(licence=license)
