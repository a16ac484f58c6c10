"""A folder of videos with its caption files, as unzipped: recognised by content, not by names anybody agreed on.

Reads videos in any sub-folders and caption files beside them; gives a source for plan.py that reads each of them as if
it had been named. `svta import --videos UNZIPPED --out clips/` does this when --annotations is not given.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

from svta.builder.errors import ClipError, SvtaError, first_line
from svta.builder.io.json_text import JsonObject
from svta.builder.io.tables import IsHeader, Row, SourceError
from svta.builder.sources.base import Annotation, Source
from svta.builder.sources.column_names import ANSWERS, CAPTION_NAMES, VIDEO_NAMES, fold
from svta.builder.sources.columns import Fields
from svta.builder.sources.records import RowProblem, caption_of, video_names
from svta.builder.sources.registry import open_source, video_stem
from svta.builder.sources.rows import KINDS, read_rows
from svta.builder.sources.shapes import IsVideo
from svta.builder.sources.text_lines import MATCHING
from svta.builder.sources.ucf_crime import UcfCrimeTimes
from svta.builder.taxonomy import Taxonomy

from .plan import ImportingError
from .video_names import VideoFolder

MAX_TEXT_BYTES: Final = 256_000_000
MAX_ROWS: Final = 1_000_000  # of a file that is recognised by content; a larger one is given as --annotations
MAX_COLUMNS: Final = 200
MAX_FILES_TOLD: Final = 8
_NOT_TABLES: Final = (".srt", ".vtt", ".ass", ".eaf", ".xml", ".xls", ".ods", ".gz", ".zip")  # that may hold captions
NAMES: Final = CAPTION_NAMES | VIDEO_NAMES
MIN_WORDS: Final = 2  # of a cell on average, for a column to hold captions under a name that is not known


@dataclass(frozen=True)
class CaptionFile:
    """A file whose captions name videos, and how many of them do. guess: their column, if only its cells tell."""

    source: Source
    annotations: list[Annotation]
    matched: int
    guess: str = ""


class CaptionFiles(Source):
    """The captions of all caption files below a folder, then the videos that none of them names.

    A name without a video, and a video without a caption, are among them, so that the import reports both.
    """

    name = "found"
    is_published = False

    def __init__(self, folder: VideoFolder, caption_files: list[CaptionFile], passed_over: list[str]):
        super().__init__(str(folder.root.folder))
        self.videos, self.caption_files, self.passed_over = folder, caption_files, passed_over

    def annotations(self) -> Iterator[Annotation]:
        captioned: set[str] = set()
        given: dict[tuple[str, ...], str] = {}
        for file in self.caption_files:
            rows = [self._resolved(annotation, file.source) for annotation in file.annotations]
            known = {_identity(row): place for place, row, problem in rows if problem is None}
            if known and known.keys() <= given.keys():
                continue  # the same captions once more, in another format
            for place, row, problem in rows:
                if problem is None and (of := given.get(_identity(row))) is not None:
                    problem = RowProblem("duplicate", f"repeats {of}", of=of)
                yield Annotation(place, row, problem)
            given = known | given
            captioned |= {str(row["video"]) for _, row, problem in rows if problem is None and "video" in row}
        for video in self.videos.videos:
            if video not in captioned:
                yield Annotation(video, {"video": video}, RowProblem("no_caption", "no caption file names this video"))

    def chosen(self) -> dict[str, str]:
        """What each file says of its columns, together; with the names of the files that were read."""
        columns_of: dict[str, dict[str, None]] = {}
        for file in self.caption_files:
            for field, column in file.source.chosen().items():
                columns_of.setdefault(field, {})[column] = None
        names = sorted(str(file.source.file.relative_to(self.videos.root.folder)) for file in self.caption_files)
        files = {"rows": ", ".join(names[:MAX_FILES_TOLD]) + (", ..." if len(names) > MAX_FILES_TOLD else "")}
        told = {"passed_over": "; ".join(self.passed_over)} if self.passed_over else {}
        return (
            files | {field: ", ".join(columns) for field, columns in columns_of.items()} | told | self.columns.chosen()
        )

    def _resolved(self, annotation: Annotation, source: Source) -> Annotation:
        """The annotation with its video's path below the folder, and what its own file says of it."""
        place, fields, problem = annotation
        if source.file.parent != self.videos.root.folder:
            place = f"{source.file.parent.relative_to(self.videos.root.folder)}/{place}"
        if problem is None:
            try:
                fields = {**source.defaults(), **fields}
                fields["video"] = self.videos.find_for(fields, source.folder)
            except RowProblem as found:
                problem = found
        return Annotation(place, fields, problem)

    def check_pairs(self, names: Iterable[Collection[str]]) -> None:
        for file in self.caption_files:
            file.source.check_pairs(())


def _identity(row: Fields) -> tuple[str, ...]:
    return (video_stem(str(row.get("video"))), *(str(row.get(name)) for name in ("caption", "start", "end")))


class _RowsOnce:
    """The rows of one file, at most MAX_ROWS and one, for several readers one after the other: it is read once.

    A workbook is read again: which of its sheets counts depends on the columns that its reader looks for.
    """

    def __init__(self) -> None:
        self._read: list[Row | SvtaError] = []

    def __call__(self, path: Path, is_video: IsVideo, is_header: IsHeader = lambda names: False) -> Iterator[Row]:
        """As read_rows."""
        if not self._read or path.suffix.lower() == ".xlsx":
            self._read = []
            try:
                self._read += islice(read_rows(path, is_video, is_header), MAX_ROWS + 1)
            except SvtaError as error:
                self._read.append(error)
        for row in self._read:
            if isinstance(row, SvtaError):
                raise row
            yield row


def find_annotations(
    videos: str | Path | VideoFolder,
    taxonomy: Taxonomy,
    columns: Mapping[str, str] | None = None,
    *,
    keep_repeats: bool = False,
) -> CaptionFiles:
    """The caption files below a folder of videos. Raises ImportingError if there are no videos, or no captions.

    columns: field -> column, of the files that have these columns. keep_repeats: as Source has it.
    """
    folder = videos if isinstance(videos, VideoFolder) else VideoFolder(videos)
    if folder.problem is not None:
        raise ImportingError(folder.problem)
    search = _Search(folder, taxonomy, columns or {}, keep_repeats)
    recognised = {name: search.recognised(name) for name in folder.files if name.lower().endswith(KINDS)}
    found = [file for file in recognised.values() if isinstance(file, CaptionFile)]
    passed_over = [f"{name}: {why}" for name, why in recognised.items() if isinstance(why, str)]
    if not all(file.guess for file in found):  # beside captions: what somebody said, or a model
        passed_over += [
            f"{f.source.file.name}: its column {f.guess} is not taken for captions" for f in found if f.guess
        ]
        found = [file for file in found if not file.guess]
    if others := [name for name in folder.files if name.lower().endswith(_NOT_TABLES)]:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        passed_over.append(f"{others[0]}{more}: not a table; save captions as CSV, JSON, XLSX, Parquet or text")
    if not found:
        why = f" ({'; '.join(passed_over)})" if passed_over else ""
        what = f"no caption file in it names its {len(folder.videos)} videos{why}"
        raise ImportingError(f"{folder.root.folder}: {what}; give --annotations")
    return CaptionFiles(folder, sorted(found, key=lambda file: (-file.matched, file.source.path)), passed_over)


@dataclass(frozen=True)
class _Search:
    """What caption files are recognised by: the videos that they name, and the columns that a user named."""

    folder: VideoFolder
    taxonomy: Taxonomy
    columns: Mapping[str, str]
    keep_repeats: bool

    def recognised(self, name: str) -> CaptionFile | str | None:
        """The file as a source of captions, or why it is passed over.

        None for a file of something else: a licence, a configuration, a list of names.
        """
        path = self.folder.root.folder / name
        try:
            if self.folder.root.file(name).stat().st_size > MAX_TEXT_BYTES:
                return f"has more than {MAX_TEXT_BYTES:,} bytes; give it as --annotations if it has captions"
        except (SvtaError, OSError):  # a pipe, a link to nothing
            return None
        reader = _RowsOnce()
        source = self._source(path, reader)
        if isinstance(source, UcfCrimeTimes):
            return None  # it has times and no captions
        named = self._source(path, reader, self.columns)
        for one in [named, source] if self.columns else [source]:
            try:
                if (found := self._matching(one)) is not None:
                    return found
            except ImportingError:
                raise
            except SvtaError:
                continue  # it lacks those columns; _guessed raises what else is wrong
        try:
            found = self._guessed(path, reader)
        except SvtaError as error:
            return None if path.suffix.lower() == ".txt" else first_line(error).removeprefix(f"{path}: ")
        lost = source.columns.num_not_utf8
        return f"{lost:,} rows are not UTF-8 text; save it as CSV UTF-8" if found is None and lost else found

    def _matching(self, source: Source) -> CaptionFile | None:
        """The file if enough of its captions name videos."""
        found = list(islice(source.annotations(), MAX_ROWS + 1))
        if len(found) > MAX_ROWS:
            why = f"more than {MAX_ROWS:,} rows; give it as --annotations if it has captions"
            raise ImportingError(f"{source.path}: {why}")
        good = [fields for _, fields, problem in found if problem is None]
        matched = sum(any(map(self.folder.is_video, video_names(fields))) for fields in good)
        return CaptionFile(source, found, matched) if matched and matched >= MATCHING * len(good) else None

    def _source(self, path: Path, reader: _RowsOnce, columns: Mapping[str, str] | None = None) -> Source:
        is_video = self.folder.is_video
        source = open_source(str(path), columns, is_video=is_video, keep_repeats=self.keep_repeats, reader=reader)
        source.columns.taxonomy = self.taxonomy
        return source

    def _guessed(self, path: Path, reader: _RowsOnce) -> CaptionFile | None:
        """The file, if one of its columns names videos and another holds sentences, regardless of their names."""
        is_video = self.folder.is_video
        rows = [row for _, row in islice(reader(path, is_video), MAX_ROWS) if not isinstance(row, ClipError)]
        names = list(dict.fromkeys(name for row in rows for name in row if name))
        if not names or len(names) > MAX_COLUMNS or not ANSWERS.isdisjoint(map(fold, names)):  # questions of videos
            return None
        if path.suffix.lower() in (".csv", ".tsv") and any(is_video(name) for name in names if fold(name) not in NAMES):
            raise SourceError("its first line names a video and no columns; give it a line of names")
        hits = {
            name: sum(isinstance(row.get(name), (str, int)) and is_video(str(row[name])) for row in rows)
            for name in names
        }
        video = max(names, key=lambda name: hits[name])
        if not hits[video] or hits[video] < MATCHING * len(rows):
            return None
        source = self._source(path, reader, {"video": video})
        if not source.columns.names_captions(names):
            found = [name for name in names if name != video and _words(rows, name, self.taxonomy) >= MIN_WORDS]
            found = [name for name in found if "cap" in fold(name)] or found
            if len(found) > 1:
                raise SourceError(
                    f"captions may be in {' or '.join(found[:4])}; name the column: --columns caption=NAME"
                )
            if not found:
                return None
            source = self._source(path, reader, {"video": video, "caption": found[0]})
            matching = self._matching(source)
            return matching and replace(matching, guess=found[0])
        return self._matching(source)


def _words(rows: list[JsonObject], name: str, taxonomy: Taxonomy) -> float:
    """Words that a cell of a column has on average; 0 if they are not captions: mostly no text, names of classes."""
    texts = [value for row in rows if isinstance(value := row.get(name), str)]
    if "negative" in fold(name) or 2 * len(texts) <= len(rows) or all(map(taxonomy.find, set(texts))):
        return 0.0
    return sum(_num_words(text) for text in texts) / len(texts)


def _num_words(text: str) -> int:
    try:
        return sum(any(map(str.isalpha, word)) for word in caption_of({"caption": text}).split())
    except RowProblem:
        return 0
