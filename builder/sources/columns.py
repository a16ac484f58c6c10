"""The columns of other people's tables as fields of a clip: one name of many; times, numbers, truth out of text.

The step from rows to fields, the same for every command that reads annotations; records.py makes clips of the fields.

    columns = ColumnMap({"caption": "Text"})
    columns.fields({"Text": "A man falls.", "Begin": "00:01.5"})      # {"caption": "A man falls.", "start": 1.5}
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain
from typing import Final

from svta.builder.errors import ClipError, NotUtf8
from svta.builder.io.json_text import MAX_LINE_BYTES
from svta.builder.io.tables import SourceError, is_unicode
from svta.builder.licences import strictest_licence
from svta.builder.taxonomy import Taxonomy

from .cells import in_seconds, is_missing, parse_span, read_rate, read_time, to_seconds
from .column_names import (
    ALIASES,
    ANSWERS,
    CAPTION_NAMES,
    QUESTIONS,
    fold,
    folded_names,
    is_caption_name,
    is_licence_name,
    unit_seconds,
)
from .unread_times import may_be_time

Fields = dict[str, object]

MAX_UNREAD: Final = 8  # columns of no field that are named in a message
MAX_SAMPLE: Final = 1_000  # rows whose unread cells are kept
MAX_CLASSES: Final = 3  # that the taxonomy does not know, in a message
MAX_LICENCE: Final = 400  # characters of it
NO_COLUMN: Final = "-"  # --columns start=-

_REMARKS: Final = {
    "unread": "not read: {}",
    "not_utf8": "rows that are not UTF-8 text: {}; save the file as UTF-8 to have them",
    "passed_over": "passed over: {}",
    "categories": "categories may be in {}; name it with --columns category=NAME",
    "left_out": "classes that the taxonomy does not know, left out: {}",
}
NORMALITY: Final = {"abnormal": True, "anomaly": True, "anomalous": True, "normal": False}  # also as a category
_YES: Final = ("true", "1", "yes", "y", "t", "ja", "j", "oui", "si", "sí", "sim", "да", "是", "はい")
_NO: Final = ("false", "0", "no", "n", "f", "nein", "non", "não", "нет", "否", "いいえ")
_TRUTH: Final = {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False), **NORMALITY}
_NAMES: Final = frozenset({"source_id", "group", "source_split", "tag", "video", "key"})  # a spreadsheet has numbers
_TRUTH_FIELDS: Final = frozenset({"is_anomaly", "synthetic"})
_TIME_FIELDS: Final = frozenset({"start", "end", "duration"})
_RATES: Final = frozenset({"fps", "motion", "start_frame", "end_frame"})
_COUNTS: Final = frozenset({"num_frames", "width", "height", "seed"})
_NEXT_FIELD: Final = re.compile(rf",(?=(?:{'|'.join(ALIASES)})=)")  # a column's own name may hold a comma


class ColumnMap:
    """Which columns of a table hold which field: those the user names, the others by the names they are known by.

    given: field -> column. own: columns that its source reads by itself. It remembers the columns that it has seen,
    for the messages.
    """

    def __init__(self, given: Mapping[str, str] | None = None, own: Iterable[str] = ()):
        self.given = dict(given or {})
        if unknown := sorted(set(self.given) - set(ALIASES)):
            raise SourceError(f"--columns {unknown[0]}: not a field of a clip; fields are {', '.join(ALIASES)}")
        taken = set(map(fold, self.given.values()))  # a column that is named for one field is of no other
        self._columns = {
            field: (fold(self.given[field]),)
            if field in self.given
            else tuple(name for name in folded_names(field) if name not in taken)
            for field in ALIASES
        }
        self._ranks: dict[str, list[tuple[str, int]]] = {}  # name -> the fields it may be of, and its place among names
        for field, names in self._columns.items():
            for rank, name in enumerate(names):
                self._ranks.setdefault(name, []).append((field, rank))
        self._own = frozenset(own)
        self._known = self._own.union(CAPTION_NAMES, self._ranks)
        self._times = frozenset(self._columns["start"] + self._columns["end"] + self._columns["duration"])
        self.sample: list[dict[str, object]] = []  # cells that nothing reads, and times that are read
        self._seen: dict[str, str] = {}
        self._chosen: dict[str, dict[str, int]] = {}
        self.num_not_utf8 = 0  # rows that are lost to it
        self.left_out: Counter[str] = Counter()  # names of classes that the taxonomy does not know
        self.taxonomy: Taxonomy | None = None  # that the rows are read with

    def fields(self, row: Mapping[str, object]) -> Fields:
        """The row under a clip's field names, without empty cells; what does not fit a field's type stays as it is.

        Of two columns that differ in case alone the first counts, or the one in small letters. Raises ClipError for a
        cell of a column that is read and that holds what no text may: half a surrogate pair, a million characters.
        """
        cells: dict[str, object] = {}
        num_seen = len(self._seen)
        for column, value in row.items():
            name = fold(column)
            if name not in cells or column == name:
                cells[name] = value
            self._seen.setdefault(name, column)
        if len(self._seen) > num_seen:
            self._learn(cells)
        held: dict[str, list[tuple[int, str]]] = {}
        for name, cell in cells.items():
            if not is_missing(cell):
                for field, rank in self._ranks.get(name, ()):
                    held.setdefault(field, []).append((rank, name))
        fields: Fields = {}
        read: set[str] = set()
        held.pop("license", None)
        for field in filter(held.__contains__, self._columns):
            if field == "video":  # of columns that may name it, those that count clips come last
                held[field] = [
                    (rank + 1_000 * (rank > 0 and _is_number(cells[name])), name) for rank, name in held[field]
                ]
                named = [cells[name] for _, name in sorted(held[field]) if isinstance(cells[name], str)]
                fields |= {"other_videos": named[1:]} if len(named) > 1 else {}
            for rank, name in sorted(held[field]):
                column = self._seen[name]
                value = _convert(field, _readable(cells[name], column), column)
                if field == "caption" and name not in CAPTION_NAMES and is_caption_name(name):  # caption_1, caption_2
                    value = [cells[one] for _, one in sorted(held[field]) if is_caption_name(one)]
                    column = f"{column} ..."
                if not _is_something_else(field, value, rank == 0):
                    fields[field] = value
                    used = self._chosen.setdefault(field, {})
                    used[column] = used.get(column, 0) + 1
                    read |= {name} - self._times
                    break
        if said := {column: _readable(cell, column) for column, cell in self._licences(row) if not is_missing(cell)}:
            others = (cell for cell in said.values() if isinstance(cell, (dict, list)))
            fields["license"] = next(others, strictest_licence(map(str, said.values())).strip()[:MAX_LICENCE])
            self._chosen.setdefault("license", {}).update(dict.fromkeys(said, 1))
            read.update(map(fold, said))
        start, length = to_seconds(fields.get("start")), to_seconds(fields.get("duration"))
        if isinstance(start, float) and not self.has("end", "end_frame"):  # it is that of the clip
            if isinstance(length, float):
                fields["end"] = round(start + length, 3)
                del fields["duration"]
            elif "duration" in held:  # it would last to the end of its video
                name = min(held["duration"])[1]
                what = f"{self._seen[name][:80]}: {str(cells[name])[:40]!r} is not a length in time"
                raise ClipError(f"{what}; --columns duration={NO_COLUMN} if it is something else")
        if len(self.sample) < MAX_SAMPLE:
            unread = (name for name in cells if name not in read)
            self.sample.append({self._seen[name]: cells[name] for name in unread if may_be_time(cells[name])})
        return fields

    def _licences(self, row: Mapping[str, object]) -> Iterator[tuple[str, object]]:
        """What a row says of its licence, under all names that speak of one, in an object of it too: (column, cell)."""
        for column, cell in row.items():
            if fold(column) in self._columns["license"]:
                yield column, cell
            elif isinstance(cell, dict) and "license" not in self.given:
                yield from ((f"{column}.{name}", one) for name, one in cell.items() if is_licence_name(fold(name)))

    def _learn(self, names: Collection[str]) -> None:
        """What columns are in the company of others: caption_1, caption_2; WebVid's caption, which is called `name`; a
        prompt beside its answer, which is a question about the video; OpenVid's seconds beside a rate, which are a
        length. What is called a licence in any way is one."""
        if "fps" in names and "seconds" in names:
            self._ranks.setdefault("seconds", [("duration", len(self._columns["duration"]))])
            self._known |= {"seconds"}
        if "license" not in self.given:
            terms = [name for name in names if name not in self._known and is_licence_name(name)]
            self._columns["license"] += tuple(terms)
            self._known |= set(terms)
        if "caption" in self.given:
            return
        more = [name for name in names if name not in self._ranks and is_caption_name(name)]
        if {"name", "pagedir"} <= set(names) and not {"videoid", "contenturl"}.isdisjoint(names):
            more += {"name"} - self._ranks.keys()
        for name in more:
            self._columns["caption"] += (name,)
            self._ranks[name] = [("caption", len(self._columns["caption"]))]
        self._known |= set(more)
        if not ANSWERS.isdisjoint(names):
            self._columns["caption"] = tuple(name for name in self._columns["caption"] if name not in QUESTIONS)
            self._ranks = {name: fields for name, fields in self._ranks.items() if name not in QUESTIONS}

    @property
    def is_used(self) -> bool:
        """Whether it has seen a row."""
        return bool(self._seen)

    def missing(self) -> list[str]:
        """Columns the user named that no row had so far."""
        return [column for column in self.given.values() if fold(column) not in self._seen and column != NO_COLUMN]

    def read(self, *fields: str) -> dict[str, str]:
        """Of these fields those that a row so far filled -> the first column that did."""
        return {field: next(iter(self._chosen[field])) for field in fields if field in self._chosen}

    def has(self, *fields: str) -> bool:
        """Whether a row so far had a column of one of these fields, filled or empty."""
        return any(name in self._seen for field in fields for name in self._columns[field])

    def names_captions(self, names: Iterable[str]) -> bool:
        """Whether one of these columns is the caption's."""
        wanted = self._own.union(self._columns["caption"])
        return any(
            name in wanted or ("caption" not in self.given and is_caption_name(name)) for name in map(fold, names)
        )

    def column_names(self) -> str:
        """The columns seen so far, for a message."""
        return ", ".join(name[:40] for name in list(self._seen.values())[:12]) or "none"

    def chosen(self) -> dict[str, str]:
        """field -> the column, or columns, that it came from, of what is read as caption, video, time and licence.

        Under `unread` the columns whose names no field has: a user sees there times that would be ignored.
        """
        shown = ("caption", "video", "group", "start", "end", "span", "start_frame", "end_frame", "category", "class",
                 "license")  # fmt: skip
        chosen = {field: ", ".join(self._chosen[field]) for field in shown if field in self._chosen}
        if others := self.other_captions():
            chosen["caption"] = f"{chosen.get('caption', '')} (not {', '.join(others)})".strip()
        if unread := [column[:40] for name, column in self._seen.items() if name and name not in self._known]:
            more = f" and {len(unread) - MAX_UNREAD} more" if len(unread) > MAX_UNREAD else ""
            chosen["unread"] = ", ".join(unread[:MAX_UNREAD]) + more
        if not {"category", "class"} & chosen.keys() and (found := self._like_categories()):
            chosen["categories"] = ", ".join(found)
        if self.num_not_utf8:
            chosen["not_utf8"] = f"{self.num_not_utf8:,}"
        if names := [name[:40] for name, _ in self.left_out.most_common()]:
            more = ", ..." if len(names) > MAX_CLASSES else ""
            total = self.left_out.total()
            remedy = self.taxonomy.remedy(self.left_out) if self.taxonomy is not None else "--taxonomy FILE?"
            rows = f"{total:,} row{'s' * (total != 1)}"
            chosen["left_out"] = f"{rows} ({', '.join(names[:MAX_CLASSES])}{more}); {remedy}"
        return chosen

    def _like_categories(self) -> list[str]:
        """Columns that nothing reads and whose texts are names of categories, most of them."""
        if self.taxonomy is None:
            return []
        find, texts = self.taxonomy.find, dict[str, list[str]]()
        for row in self.sample:
            for column, cell in row.items():
                if isinstance(cell, str) and not is_missing(cell):
                    texts.setdefault(column, []).append(cell)
        return [column[:40] for column, cells in texts.items() if 2 * sum(map(bool, map(find, cells))) > len(cells)]

    def other_captions(self) -> list[str]:
        """Columns that could have been the caption's and were not taken."""
        used = self._chosen.get("caption", {})
        return [column for name, column in self._seen.items() if name in CAPTION_NAMES and column not in used]


def parse_columns(caption: str | None, video: str | None, texts: Iterable[str] | None) -> dict[str, str]:
    """A caption column, a video column and --columns FIELD=COLUMN,... as field -> column. Raises SourceError."""
    columns: dict[str, str] = {}
    for text in chain.from_iterable(map(_NEXT_FIELD.split, texts or ())):
        field, equals, column = text.partition("=")
        if not (equals and field and column):
            raise SourceError(f"--columns {text[:80]}: FIELD=COLUMN is needed, e.g. caption=Text or video=File")
        if columns.setdefault(field, column) != column:
            both = f"{field} is given as {columns[field]!r} and as {column!r}"
            raise SourceError(f"--columns: {both}; read tables with different columns one after the other")
    return columns | {name: column for name, column in (("caption", caption), ("video", video)) if column}


def columns_shown(chosen: Mapping[str, str]) -> str:
    """What ColumnMap.chosen tells, in a line: `caption from Text, video from file; not read: Mood, Weather`."""
    shown = ", ".join(f"{field} from {column}" for field, column in chosen.items() if field not in _REMARKS)
    remarks = [words.format(chosen[at]) for at, words in _REMARKS.items() if at in chosen]
    return " ".join("; ".join(filter(None, [shown, *remarks])).split())  # a spreadsheet's names have lines


def _convert(field: str, value: object, column: str) -> object:
    if isinstance(value, dict) and field in ("caption", "video"):  # {"bytes": None, "path": "a.mp4"}, {"text": [...]}
        own = [value[name] for name in value if name != "bytes"]  # with more it may hold times: it stays as it is
        value = own[0] if len(own) == 1 and any(fold(name) in folded_names(field) for name in value) else value
    if isinstance(value, float) and field in _NAMES | _COUNTS and value.is_integer():
        value = int(value)  # a spreadsheet, or a column with holes in pandas
    if (type(value) is int and field not in _TIME_FIELDS) or (type(value) is float and field in _TRUTH_FIELDS):
        if field in _TRUTH_FIELDS and value in (0, 1):
            return bool(value)
        return str(value) if field in _NAMES else value
    if field in _TIME_FIELDS:
        return in_seconds(value, column)
    if field == "span" and _is_number(value) and fold(column).startswith(("t", "zeit")):
        return f"{value} s"  # a point in time; segment 7 is a number
    if field == "span" and unit_seconds(column) != 1:
        return in_seconds([list(pair) for pair in parse_span(value) or ()], column) or value
    if isinstance(value, (datetime.time, datetime.timedelta)):
        return read_time(value) if field in _RATES else str(value)
    if not isinstance(value, str):
        return value
    if field in _TRUTH_FIELDS:
        return _TRUTH.get(re.sub(r"\.0+$", "", value.strip().casefold()), value)
    if field == "flags":
        return [flag.strip() for flag in value.split(",") if flag.strip()]
    if field in _RATES:
        return read_rate(value)
    if field in _COUNTS:
        number = read_rate(value)
        return int(number) if isinstance(number, float) and number.is_integer() else value
    return value if field == "caption" else value.strip()


def _is_something_else(field: str, value: object, under_own_name: bool) -> bool:
    """Whether a column has the name of a field and holds another thing: numbers of classes, lists of frames."""
    if field == "category":
        return isinstance(value, (int, float)) or (value.isdigit() if isinstance(value, str) else not under_own_name)
    if field == "is_anomaly":  # a column called so may hold its kind
        return not under_own_name and isinstance(value, str)
    if field == "class":  # an event may be told by its number or its time
        return isinstance(value, str) and (
            not any(map(str.isalpha, value)) or not isinstance(read_time(value), str) or parse_span(value) is not None
        )
    if field in ("fps", "duration"):
        return not (isinstance(value, (int, float)) and value > 0)
    return not under_own_name and field in _COUNTS and not isinstance(value, (int, float))


def _is_number(cell: object) -> bool:
    return isinstance(cell, (int, float)) or (isinstance(cell, str) and cell.isdigit())


def _readable(cell: object, column: str) -> object:
    """The cell of a column that is read. Raises ClipError for what no record may hold."""
    if isinstance(cell, ClipError):
        raise type(cell)(f"{column[:80]}: {cell}")
    if isinstance(cell, str):
        if len(cell) > MAX_LINE_BYTES:
            raise ClipError(f"a text of {len(cell):,} characters; the limit is {MAX_LINE_BYTES:,}")
        if not is_unicode(cell):
            raise NotUtf8(f"{column[:80]}: not UTF-8 text")
    return cell
