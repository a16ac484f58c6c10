"""Caption sources, one small class each: UCFCrime-AR, UCA, OOPS!, any table file, any Hub dataset.

Reads `svta describe --source NAME=FILE`; gives clips without video, and a reject with a reason for every other row.

    for clip in read_source("uca", "UCFCrime_Test.json", on_reject=rejects.append): ...
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from svta.builder import rights
from svta.builder.errors import ClipError
from svta.builder.io.tables import KINDS, SourceError
from svta.builder.record import MAX_CAPTION_CHARS, Clip, make_key
from svta.builder.taxonomy import Taxonomy, load_taxonomy

from .base import OnReject
from .columns import Fields
from .hub_dataset import Hub
from .oops import Oops
from .records import RowProblem, caption_of, check_texts, known_category, text_of
from .table import Table
from .ucf_crime import Uca, UcfCrimeAr

SOURCES: Final = {kind.name: kind for kind in (UcfCrimeAr, Uca, Oops, Table, Hub)}


def parse_source(text: str) -> tuple[str, str]:
    """`uca=FILE` -> ("uca", "FILE"); a bare FILE with a table's ending is a `table`. Raises SourceError."""
    name, equals, path = text.partition("=")
    if not equals and Path(text).suffix.lower() in KINDS:
        return "table", text
    if name not in SOURCES:
        raise SourceError(f"unknown source {name[:80]!r}: it is NAME=FILE with NAME one of {', '.join(SOURCES)}")
    if not path:
        raise SourceError(f"--source {name}: give its file as {name}=FILE")
    return name, path


def read_source(
    name: str,
    path: str,
    *,
    on_reject: OnReject,
    columns: Mapping[str, str] | None = None,
    taxonomy: Taxonomy | None = None,
    own_categories: bool = False,
) -> Iterator[Clip]:
    """Clips of one source in its order; every row that is none goes to `on_reject` with a reason code.

    With `own_categories` a category that the taxonomy lacks is left out, and the row stays.
    Reasons: bad_row, no_caption, too_long, unknown_category, bad_field. Raises SourceError for a file that is none.
    """
    source = SOURCES[parse_source(f"{name}={path}")[0]](path, columns)
    taxonomy = taxonomy or load_taxonomy()
    licence = rights.find(source.name, "source").licence
    seen: Counter[tuple[str, str, str]] = Counter()
    place = ""
    for place, row in source.rows():
        if isinstance(row, ClipError):
            on_reject({"reason": "bad_row", "detail": str(row), "source": source.name, "place": place})
            continue
        fields: Fields = {"source": source.name, "source_id": place, "license": licence, **_without_none(row)}
        try:
            yield _clip(fields, taxonomy, own_categories, seen)
        except RowProblem as problem:
            on_reject(problem.as_reject(fields, ("source", "source_id", "caption"), place=place))
    if not place:
        raise SourceError(f"{path}: holds no captions")


def _clip(fields: Fields, taxonomy: Taxonomy, own_categories: bool, seen: Counter[tuple[str, str, str]]) -> Clip:
    """The clip of a row, what follows from the taxonomy filled in. Raises RowProblem."""
    fields["caption"] = caption = caption_of(fields)
    check_texts(fields)
    if len(caption) > MAX_CAPTION_CHARS:
        raise RowProblem("too_long", f"caption: {len(caption):,} characters, {MAX_CAPTION_CHARS:,} are allowed")
    source, source_id = str(fields["source"]), str(fields["source_id"])
    if (group := text_of(fields, "group")) and not group.startswith("ucf-crime:"):
        stem = Path(group).stem  # the source video, whatever the folder and the ending
        fields["group"] = f"{source}:{stem}" if stem else None
    _fill_category(fields, taxonomy, own_categories)
    identity = (source, source_id, caption)
    fields["key"] = make_key(*identity, occurrence=seen[identity])
    seen[identity] += 1
    try:
        return Clip.from_dict(fields)
    except ClipError as error:
        raise RowProblem("bad_field", str(error)) from None


def _fill_category(fields: Fields, taxonomy: Taxonomy, own_categories: bool) -> None:
    """The category's own name and whether it is an anomaly, from the category or else the tag; in place."""
    name, tag = text_of(fields, "category"), text_of(fields, "tag")
    if name is not None and own_categories and taxonomy.find(name) is None:
        del fields["category"]
        name = None
    if name is not None:
        category = known_category(name, taxonomy)
    elif fields.get("is_anomaly") is False or (found := taxonomy.find(tag or "")) is None:
        return  # a normal row keeps its tag, and gets its category from `svta annotate`
    else:
        category = found
    is_anomaly = fields.setdefault("is_anomaly", category.is_anomaly)
    if isinstance(is_anomaly, bool) and is_anomaly != category.is_anomaly:
        raise RowProblem("bad_field", f"is_anomaly: {is_anomaly} contradicts the category {category.name}")
    fields["category"] = category.name


def _without_none(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if value is not None}
