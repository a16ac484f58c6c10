"""Sources of annotations, one small class each: UCFCrime-AR, UCA, OOPS!, any table file, any Hub dataset.

Reads `svta describe --source NAME=FILE`, `svta import --annotations FILE`, `svta eval --data FILE`: every command that
takes captions comes here. Gives clips without video, and a reject with a reason for every other caption.

    for clip in read_source("uca", "UCFCrime_Test.json", on_reject=rejects.append): ...
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from svta.builder import rights
from svta.builder.errors import ClipError
from svta.builder.io.tables import SourceError
from svta.builder.licences import UNKNOWN, UPLOADER_SAYS
from svta.builder.paths import without_video_ending
from svta.builder.record import Clip, make_key
from svta.builder.taxonomy import Taxonomy, load_taxonomy

from .base import ONE_HEADER, OnReject, RowReader, Source
from .column_names import fold
from .columns import NO_COLUMN, Fields
from .hub_dataset import Hub
from .records import NO_RATE, RowProblem, add_flag, check_texts, fill_category, text_of, video_names
from .rows import KINDS, read_rows
from .shapes import IsVideo
from .table import Oops, Table
from .ucf_crime import Uca, UcfCrimeAr, UcfCrimeTimes
from .ucf_names import ucf_group

SOURCES: Final = {kind.name: kind for kind in (UcfCrimeAr, Uca, UcfCrimeTimes, Oops, Table, Hub)}

_DISK: Final = re.compile(r"^(?:file://)?/*(?:[A-Za-z]:)?/+", re.IGNORECASE)  # how a path on somebody's machine begins
PUBLISHED: Final = frozenset(name for name, kind in SOURCES.items() if kind.is_published)


@dataclass(frozen=True)
class Record:
    """A caption as a clip without video, where it is, and the names that its video may have, the surest first."""

    clip: Clip
    place: str
    videos: tuple[str, ...]


def parse_source(text: str) -> tuple[str, str]:
    """`uca=FILE` -> ("uca", "FILE"); a bare FILE is of the source that publishes this name, else a `table`.

    Raises SourceError.
    """
    name, equals, path = text.partition("=")
    is_named = Path(text).suffix.lower() in KINDS or Path(text).is_file()
    if is_named and (not equals or (name not in SOURCES and Path(text).exists())):
        kinds = (kind.name for kind in SOURCES.values() if any(map(Path(text).match, kind.files)))
        return next(kinds, "table"), text
    if name not in SOURCES:
        raise SourceError(f"unknown source {name[:80]!r}: it is NAME=FILE with NAME one of {', '.join(SOURCES)}")
    if not path:
        raise SourceError(f"--source {name}: give its file as {name}=FILE")
    return name, path


def open_source(
    text: str,
    columns: Mapping[str, str] | None = None,
    *,
    is_video: IsVideo = lambda name: False,
    keep_repeats: bool = True,
    reader: RowReader = read_rows,
) -> Source:
    """The source that `NAME=FILE` or a bare FILE names; see Source. Raises SourceError."""
    name, path = parse_source(text)
    return SOURCES[name](path, columns, is_video=is_video, keep_repeats=keep_repeats, reader=reader)


def open_sources(texts: Sequence[str], columns: Mapping[str, str]) -> list[Source]:
    """Several sources and the columns that a user named, which each of their tables reads if it has them.

    Raises SourceError for a column that none has.
    """
    sources = [open_source(text, columns) for text in texts]
    if len(sources) < 2 or not columns:
        return sources
    lacking = [_lacking(source) for source in sources]
    if in_none := sorted(set.intersection(*lacking)):
        raise SourceError(f"--columns {in_none[0]}={columns[in_none[0]]}: none of the {len(sources)} sources has it")
    return [
        open_source(text, {field: column for field, column in columns.items() if field not in lacks})
        for text, lacks in zip(texts, lacking)
    ]


def _lacking(source: Source) -> set[str]:
    """Fields whose named column a table does not have; of a file whose rows may differ, none."""
    if Path(source.path).suffix.lower() not in ONE_HEADER:
        return set()
    names = next((row for _, row in source.rows() if not isinstance(row, ClipError)), {})
    known = {NO_COLUMN, *map(fold, names)}
    return {
        field for field, column in source.columns.given.items() if column != NO_COLUMN and fold(column) not in known
    }


def read_source(
    name: str,
    path: str,
    *,
    on_reject: OnReject,
    columns: Mapping[str, str] | None = None,
    taxonomy: Taxonomy | None = None,
    own_categories: bool = False,
) -> Iterator[Clip]:
    """Clips of one source in its order; see read_records."""
    source = SOURCES[parse_source(f"{name}={path}")[0]](path, columns)
    for record in read_records(source, on_reject=on_reject, taxonomy=taxonomy, own_categories=own_categories):
        yield record.clip


def read_records(
    source: Source,
    *,
    on_reject: OnReject,
    taxonomy: Taxonomy | None = None,
    own_categories: bool = False,
    license: str | None = None,
) -> Iterator[Record]:
    """The captions of a source in its order; every one that is not a clip goes to `on_reject` with a reason code.

    With `own_categories` a category that the taxonomy lacks is left out, and the row stays. `license`: of rows that
    name none, where the source is not published under a licence that svta knows.
    Reasons: bad_row, no_caption, too_long, unknown_category, bad_field, duplicate (see Source). Raises SourceError for
    an invalid file.
    """
    taxonomy = taxonomy or load_taxonomy()
    known = rights.find(source.name, "source")
    licence = known.licence if known.known else license or UNKNOWN
    seen: Counter[tuple[str, str, str]] = Counter()
    place = ""
    source.columns.taxonomy = taxonomy
    for place, row, problem in source.annotations():
        fields: Fields = {"source": source.label, "license": licence}
        fields |= {name: value for name, value in row.items() if value is not None}
        if not source.is_rights_holder and fields["license"] != licence:
            fields["license"] = f"{str(fields['license'])[:400]}{UPLOADER_SAYS}"
        try:
            if problem is not None:
                raise problem
            if (key := fields.pop("key", None)) is not None and "source_id" not in row:
                fields["source_id"] = key  # where the caption comes from, not the clip's own
            names = video_names(row)
            check_texts(fields)
            fill_category(fields, taxonomy, own_categories, source.columns.left_out)
            yield Record(_clip(fields, source.label, seen), place, names)
        except RowProblem as found:
            on_reject(found.as_reject({"source_id": place} | fields, ("source", "source_id", "caption"), place=place))
    if not place:
        raise SourceError(f"{source.path}: contains no captions")


def _clip(fields: Fields, label: str, seen: Counter[tuple[str, str, str]]) -> Clip:
    """The clip of a caption, what follows from the video's name filled in. Raises RowProblem.

    Of a row without an id the key depends on its words and its video, not on its place: rows above it may come and go.
    """
    source, caption = str(fields["source"]), str(fields["caption"])
    if (video := text_of(fields, "video")) is not None:
        fields["video"] = plain_name(video)
    if (group := text_of(fields, "group") or video) and not group.startswith(("ucf-crime:", f"{source}:")):
        fields["group"] = ucf_group(group) or f"{label}:{video_stem(group)}"
    if {"start_frame", "end_frame"} & fields.keys():
        add_flag(fields, NO_RATE)
    identity = (source, str(fields.get("source_id") or fields.get("group") or ""), caption)
    fields["key"] = key = make_key(*identity, occurrence=seen[identity])
    fields.setdefault("source_id", key[:12])
    seen[identity] += 1
    try:
        return Clip.from_dict(fields)
    except ClipError as error:
        raise RowProblem("bad_field", str(error)) from None


def plain_name(name: str) -> str:
    """A video's name with slashes, without where it is on somebody's disk.

    >>> plain_name("D:\\\\v\\\\a.mp4"), plain_name("file:///C:/v/a.mp4"), plain_name("./a.mp4")
    ('v/a.mp4', 'v/a.mp4', 'a.mp4')
    """
    return _DISK.sub("", name.strip().replace("\\", "/"), count=1).removeprefix("./")


def video_stem(name: str) -> str:
    """A video's name in the form shared by all its captions: with slashes, without ending, 12 for a spreadsheet's 12.0.

    >>> video_stem("Abuse\\\\a.mp4"), video_stem("12.0")
    ('Abuse/a', '12')
    """
    stem = without_video_ending(plain_name(name))
    return re.sub(r"^(\d+)\.0$", r"\1", stem)
