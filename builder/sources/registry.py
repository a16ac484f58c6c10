"""Caption sources, one small class each: UCFCrime-AR, UCA, OOPS!, any table file, any Hub dataset.

Reads `svta describe --source NAME=FILE`; gives clips without video, and a reject with a reason for every other row.

    for clip in read_source("uca", "UCFCrime_Test.json", on_reject=rejects.append): ...
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from svta.builder import rights
from svta.builder.errors import ClipError
from svta.builder.io.tables import KINDS, SourceError
from svta.builder.record import MAX_CAPTION_CHARS, Clip, make_key
from svta.builder.taxonomy import Taxonomy, load_taxonomy

from .base import OnReject
from .columns import EMPTY_CELLS, without_none
from .hub_dataset import Hub
from .oops import Oops
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
        fields = {"source": source.name, "source_id": place, "license": licence, **without_none(row)}
        told = fields.get("category")
        if own_categories and isinstance(told, str) and taxonomy.find(told) is None:
            del fields["category"]
        reason, detail = _complete(fields, taxonomy)
        if not reason:
            identity = (fields["source"], fields["source_id"], fields["caption"])
            fields["key"] = make_key(*identity, occurrence=seen[identity])
            seen[identity] += 1
            try:
                clip = Clip.from_dict(fields)
            except ClipError as error:
                reason, detail = "bad_field", str(error)
        if reason:
            about = {k: str(fields[k])[:200] for k in ("source", "source_id", "caption") if fields.get(k)}
            on_reject({"reason": reason, "detail": detail, **about, "place": place})
        else:
            yield clip
    if not place:
        raise SourceError(f"{path}: holds no captions")


def _complete(fields: dict[str, Any], taxonomy: Taxonomy) -> tuple[str | None, str]:
    """Fill what follows from the taxonomy, in place; (reason, detail) if the row cannot be a clip."""
    caption = fields.get("caption")
    if caption is None or (isinstance(caption, str) and not EMPTY_CELLS.sub("", caption)):
        return "no_caption", "caption: missing or empty"
    if not isinstance(caption, str):
        return "bad_field", f"caption: text is needed, this is a {type(caption).__name__}"
    fields["caption"] = re.sub(r"[\t\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+", " ", caption.strip()).strip()
    if len(fields["caption"]) > MAX_CAPTION_CHARS:
        return "too_long", f"caption: {len(fields['caption']):,} characters, {MAX_CAPTION_CHARS:,} are allowed"
    if fields.get("group") and not fields["group"].startswith("ucf-crime:"):
        fields["group"] = f"{fields['source']}:{fields['group']}"
    name = fields.get("category")
    if isinstance(name, str) and taxonomy.find(name) is None:
        return "unknown_category", f"category: {name[:80]!r} is none of the taxonomy {taxonomy.name}"
    category = taxonomy.find(name) if isinstance(name, str) else taxonomy.find(fields.get("tag") or "")
    if category and not isinstance(name, str) and fields.get("is_anomaly") is False:
        category = None  # a normal row keeps its tag, and gets its category from `svta annotate`
    if category:
        told = fields.setdefault("is_anomaly", category.is_anomaly)
        if isinstance(told, bool) and told != category.is_anomaly:
            return "bad_field", f"is_anomaly: {told} contradicts the category {category.name}"
        if name is None or isinstance(name, str):
            fields["category"] = category.name
    return None, ""
