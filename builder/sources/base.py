"""Source: what every reader of annotations offers. A new kind is one small class with a name and rows()."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import ClassVar, Final, NamedTuple

from svta.builder.errors import ClipError, NotUtf8
from svta.builder.io.tables import IsHeader, Row, SourceError
from svta.builder.splits import split_name

from .column_names import ALIASES
from .columns import NO_COLUMN, ColumnMap, Fields
from .records import Reject, RowProblem, spread
from .rows import read_rows
from .shapes import IsVideo
from .unread_times import unread_times

OnReject = Callable[[Reject], object]
RowReader = Callable[[Path, IsVideo, IsHeader], Iterator[Row]]
ONE_HEADER: Final = frozenset({".csv", ".tsv", ".xlsx", ".parquet"})


class Annotation(NamedTuple):
    """One caption of one row: its place, its fields, and the problem if it is invalid."""

    place: str
    fields: Fields
    problem: RowProblem | None = None


class Source:
    """One kind of annotations: a file or a folder -> the captions in it.

    name: what `--source NAME=FILE` calls it. files: the names its publisher gives the files, as globs. A published
    source names itself in its clips; a table is named by its reader.
    """

    name: ClassVar[str]
    files: ClassVar[tuple[str, ...]] = ()
    is_published: ClassVar[bool] = True
    is_rights_holder: ClassVar[bool] = True  # False: a licence in its rows was set by the uploader
    own_columns: ClassVar[tuple[str, ...]] = ()  # that fields() reads beside those of ColumnMap

    def __init__(
        self,
        path: str,
        columns: Mapping[str, str] | None = None,
        *,
        is_video: IsVideo = lambda name: False,
        keep_repeats: bool = True,
        reader: RowReader = read_rows,
    ):
        """is_video: whether a name is a known video. keep_repeats: False makes a row that repeats another in every
        column a reject; the same sentence in another row or list stays. reader: opens each of its files."""
        self.path, self.is_video, self.keep_repeats, self._reader = path, is_video, keep_repeats, reader
        self.file = Path(path)  # of a folder the one that is read
        self.columns = ColumnMap(columns, self.own_columns)
        self._is_named = False  # whether a caption so far names its video; its place in the file is not a name

    @property
    def label(self) -> str:
        """What clips name as their source where the row says nothing."""
        return self.name

    @property
    def folder(self) -> Path:
        """Where its files are: a name of a video may mean the one beside them."""
        path = Path(self.path)
        return path if path.is_dir() else path.parent

    @property
    def split(self) -> str | None:
        """The split that the file's name or else its folder's stands for: captions_test.csv, train/metadata.csv."""
        path = Path(self.path)
        return split_name(re.split(r"[_\-. ]", path.stem)[-1]) or split_name(path.parent.name)

    def defaults(self) -> Fields:
        """What a caption's fields are where its row is silent, if the file itself says so."""
        known: Fields = {"source": self.label} if self.is_published else {}
        return known | ({"source_split": self.split} if self.split else {})

    def rows(self) -> Iterator[Row]:
        """(place, a row under its file's column names, or what is wrong with it). Raises SourceError."""
        for path in self.paths():
            self.file = path
            for place, row in self._reader(path, self.is_video, self.columns.names_captions):
                yield f"{path.name} {place}", row

    def fields(self, row: Mapping[str, object]) -> Fields:
        """A row under a clip's field names."""
        return self.columns.fields(row)

    def chosen(self) -> dict[str, str]:
        """field -> the columns it was read from, and under `unread` those that nothing was read from."""
        return self.columns.chosen()

    def complete(self, fields: Fields, place: str) -> None:
        """Add what the publisher's names say to the fields of one caption. Raises RowProblem."""

    def annotations(self) -> Iterator[Annotation]:
        """Every caption of every row, or the reason why it is rejected: nothing is left out. Raises SourceError."""
        is_checked, places = False, dict[bytes, str]()
        for place, row in self.rows():
            try:
                if isinstance(row, ClipError):
                    raise row
                fields = self.fields(row)
            except ClipError as error:
                self.columns.num_not_utf8 += isinstance(error, NotUtf8)
                yield Annotation(place, {}, RowProblem("bad_row", str(error)))
                continue
            if not is_checked and Path(self.path).suffix.lower() in ONE_HEADER:
                is_checked = self.check_columns()
            first = place if self.keep_repeats else places.setdefault(_digest(row), place)
            for annotation in self._captions(place, fields):
                if first != place and annotation.problem is None:
                    problem = RowProblem("duplicate", f"repeats {first} in every column", of=first)
                    annotation = annotation._replace(problem=problem)
                yield annotation
        if self.columns.is_used:
            self.check_columns()

    def _captions(self, place: str, fields: Fields) -> Iterator[Annotation]:
        found = list(spread(fields))
        group = _digest({"caption": fields.get("caption")}).hex()[:12]  # of a list of captions that names no video
        for number, caption in enumerate(found, 1):
            where = place if len(found) == 1 else f"{place} caption {number}"
            if isinstance(caption, RowProblem):
                yield Annotation(where, fields, caption)
                continue
            if len(found) > 1 and not {"video", "group"} & caption.keys():
                caption["group"] = group
            try:
                self.complete(caption, where)
            except RowProblem as problem:
                yield Annotation(where, caption, problem)
            else:
                self._is_named = self._is_named or _names_video(caption, group)
                yield Annotation(where, caption)

    def check_columns(self) -> bool:
        """Raise SourceError where the rows so far lack a column that was named, or any of captions."""
        if missing := self.columns.missing():
            odd = re.search(r",(\w+)=", missing[0])
            hint = f" ({odd[1]!r} is no field of a clip: {', '.join(ALIASES)})" if odd else ""
            raise SourceError(f"{self.path}: no column {missing[0]!r}{hint}; has {self.columns.column_names()}")
        is_record = Path(self.path).suffix.lower() not in ONE_HEADER and self.columns.has("key", "category")
        if not self.columns.has("caption") and not is_record:
            names = self.columns.column_names()
            raise SourceError(f"{self.path}: no column of captions; name it with --columns caption=NAME; has {names}")
        return True

    def check_pairs(self, names: Iterable[Collection[str]]) -> None:
        """Raise SourceError where no caption can be paired with its video, or would be with too much of it.

        For callers, after the last row. names: of each caption those that its video may have. Columns that look
        like times and that nothing reads would make a part of a video all of it.
        """
        if (found := list(names)) and not (self._is_named and any(found)):
            shown = self.columns.column_names()
            raise SourceError(f"{self.path}: no column with video names; use --columns video=NAME; has {shown}")
        known = self.columns.read("start", "end", "span", "start_frame", "end_frame", "duration")
        is_read = {"span", "start_frame", "end_frame"} & known.keys() or {"start", "end"} <= known.keys()
        is_none = NO_COLUMN in (self.columns.given.get(field) for field in ("start", "end", "span", "duration"))
        if self.is_published or is_read or is_none:
            return
        if times := unread_times(self.columns.sample, known):
            columns, flags = " and ".join(times.values()), ",".join(f"{field}={name}" for field, name in times.items())
            way = f"give --columns {shlex.quote(flags)}"
            if "span_frame" in times:
                way = "give it as two columns, start_frame and end_frame"
            field = next(iter(times)).removesuffix("_frame")
            raise SourceError(
                f"{self.path}: {columns}: looks like times and is not read; {way}, or --columns {field}={NO_COLUMN} "
                "if it is something else"
            )

    def paths(self) -> list[Path]:
        """The file given, or those of a folder that have the names the source publishes."""
        path = Path(self.path)
        if not path.is_dir():
            if not path.is_file():
                raise SourceError(f"{path}: no such file")
            return [path]
        if not self.files:
            raise SourceError(f"{path}: is a folder; name the file of captions in it")
        if not (found := sorted({file for glob in self.files for file in path.glob(glob)})):
            raise SourceError(f"{path}: a folder without {' or '.join(self.files)}")
        return found


def _digest(row: Mapping[str, object]) -> bytes:
    return blake2b(repr(row).encode("utf-8", "surrogatepass"), digest_size=12).digest()


def _names_video(caption: Fields, own: str) -> bool:
    """Whether the file says which video a caption is of; `own`: the group of a list of captions that names none."""
    return bool(caption.get("video") or caption.get("source_id") or (caption.get("group") or own) != own)
