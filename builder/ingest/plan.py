"""Rows of an annotation table -> what can be imported: a clip's fields, checked, and its video below one folder.

Reads a source of annotations and the sizes of the videos, decodes none of them; convert.py does the rest.

    plan = plan_import("videos/", open_source("annotations.jsonl"), ImportConfig(), load_taxonomy())
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache, cached_property
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from svta.builder import rights
from svta.builder.errors import ClipError, DatasetError, SvtaError
from svta.builder.io.limits import regular
from svta.builder.io.safe_path import Root
from svta.builder.io.tables import Row
from svta.builder.minors.judgement import MinorsRefused, keepable
from svta.builder.record import KEY_PATTERN, Clip, make_key
from svta.builder.shards.sample import MAX_VIDEO_BYTES
from svta.builder.sources.base import Source
from svta.builder.sources.cells import is_timecode
from svta.builder.sources.columns import Fields
from svta.builder.sources.records import (
    Reject,
    RowProblem,
    add_flag,
    check_texts,
    fill_category,
    is_cut_file,
    text_of,
    video_names,
)
from svta.builder.sources.registry import PUBLISHED
from svta.builder.sources.table import GivenRows
from svta.builder.sources.ucf_names import ucf_group
from svta.builder.taxonomy import Taxonomy, check_names, own_or_none
from svta.builder.video.clip_encoder import CutOptions
from svta.builder.video.marking import marked_key

from .video_names import VideoFolder

UNIT_SIZE: Final = 32
MAX_SOURCE_BYTES: Final = 1_000_000_000  # a master may be larger than the mp4 it becomes, but it has to fit in memory
_BIDI: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

_MEASURED: Final = frozenset({"fps", "width", "height", "duration", "motion"})  # of the file, not of what a row says

Frame = int | str | None  # a number, from 0, or a timecode


class ImportingError(SvtaError):
    """An import that cannot start: no folder, no captions, or a clips folder that holds something else."""


class Item(NamedTuple):
    """A row that can be imported: what is known of its clip, its video below the root and that file's size.

    declared: num_frames and sha256 as the row states them, to be checked; absent where it is silent. ends: a hash of
    the file's beginning and end. frames: first and last frame of a row whose times are frame numbers, or timecodes.
    is_cut: the file is that part of its video already.
    """

    clip: Clip
    video: str
    size: int
    declared: Mapping[str, object]
    ends: str = ""
    frames: tuple[Frame, Frame] = (None, None)
    is_cut: bool = False

    @property
    def is_part(self) -> bool:
        """Whether it is a part of its video by time."""
        return not self.is_cut and (self.clip.start, self.clip.end, *self.frames) != (None, None, None, None)


@dataclass(frozen=True)
class ImportConfig:
    """columns: field -> column name where the aliases do not find it. synthetic: what rows are that do not say.
    keep_repeats: also rows that repeat another in every column.

    Of clips that are cut: max_seconds is the longest span that is taken; precise encodes where packets would do;
    num_frames, fps and size (width, height) shape all clips, whole videos too.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    source: str = "import"
    license: str | None = None
    synthetic: bool = False
    keep_audio: bool = False
    keep_repeats: bool = False
    keep_minor_violence: bool = False
    max_seconds: float | None = None
    precise: bool = False
    num_frames: int | None = None
    fps: float | None = None
    size: tuple[int, int] | None = None
    unit_size: int = UNIT_SIZE

    @property
    def cutting(self) -> CutOptions:
        """How clips are cut. Raises ImportingError for a shape that no clip can have."""
        if self.size is not None and any(side % 2 or not 16 <= side <= 4096 for side in self.size):
            raise ImportingError(f"--size {self.size[0]}x{self.size[1]}: even numbers of 16 to 4096 are needed")
        if self.fps is not None and not 0.1 <= self.fps <= 240:
            raise ImportingError(f"--fps {self.fps:g}: must be 0.1 to 240")
        return CutOptions(self.precise, self.num_frames, self.fps, self.size, self.keep_audio, MAX_VIDEO_BYTES)


def parse_size(text: str) -> tuple[int, int]:
    """ "832x480" as (832, 480). Raises ImportingError."""
    if (match := re.fullmatch(r"(\d{1,5})[xX*](\d{1,5})", text.strip())) is None:
        raise ImportingError(f"--size {text[:40]}: WIDTHxHEIGHT is needed, e.g. 832x480")
    return int(match[1]), int(match[2])


@dataclass
class ImportPlan:
    """What an import will do: `items` in annotation order, `refused` rows with their reasons, `digest` of it all.

    root: the folder of the videos. columns: which columns of the annotations were read as what. taxonomy: where it is
    the user's own. unnamed: videos of the folder that no row names; none where only the first rows were read.
    """

    items: list[Item]
    refused: list[Reject]
    digest: str
    unit_size: int
    root: Root
    columns: dict[str, str] = field(default_factory=dict)
    taxonomy: Taxonomy | None = None
    unnamed: list[str] = field(default_factory=list)

    @cached_property
    def units(self) -> list[list[Item]]:
        """The items by video, in the order in which videos come first: as many whole videos a unit as have no more
        than `unit_size` rows, so that no video is decoded for two units."""
        by_video: dict[str, list[Item]] = {}
        for item in self.items:
            by_video.setdefault(item.video, []).append(item)
        units: list[list[Item]] = []
        for items in by_video.values():
            if units and len(units[-1]) + len(items) <= self.unit_size:
                units[-1] += items
            else:
                units.append(list(items))
        return units

    @property
    def num_units(self) -> int:
        return len(self.units)


def plan_import(
    videos: str | Path | VideoFolder,
    rows: Iterable[Row] | Source,
    config: ImportConfig,
    taxonomy: Taxonomy,
    limit: int | None = None,
) -> ImportPlan:
    """Decide caption by caption what can be imported; no video is opened yet. Raises ImportingError, SourceError.

    rows: a source of annotations, or rows of one; of them the first `limit` captions. Reasons of refusal: bad_row,
    no_caption, too_long, bad_field, unknown_category, no_video, outside_folder, missing_video, too_large, bad_span,
    long_span, minor_sexual, minor_violence, duplicate (with `of`).
    """
    folder = videos if isinstance(videos, VideoFolder) else VideoFolder(videos)
    root, cutting = folder.root, config.cutting
    if not root.folder.is_dir():
        raise ImportingError(f"{root.folder}: no folder of videos")
    source = rows if isinstance(rows, Source) else GivenRows(rows, config.columns, keep_repeats=config.keep_repeats)
    source.columns.taxonomy = taxonomy
    annotations = list(islice(source.annotations(), limit))
    source.check_pairs(video_names(fields) for _, fields, problem in annotations if problem is None)
    folder.expect(name for annotation in annotations for name in video_names(annotation.fields)[:1])
    planning = _Planning(folder, source, config, taxonomy)
    items: list[Item] = []
    refused: list[Reject] = []
    for place, fields, problem in annotations:
        try:
            if problem is not None:
                raise problem
            items.append(planning.item(dict(fields)))
        except RowProblem as found:
            said = fields | planning.origin(fields)  # whose caption it is: push has to know
            refused.append(found.as_reject(said, ("caption", "source_id", "video", "source", "license"), place=place))
    if not annotations:
        raise ImportingError(f"{source.path}: the annotations contain no rows")
    content = [[i.video, i.size, i.ends, dict(i.declared), i.clip.to_dict(), i.frames] for i in items]
    options = [config.unit_size, config.max_seconds, asdict(cutting)]
    digest = hashlib.sha256(json.dumps([options, content], ensure_ascii=False).encode()).hexdigest()
    check_names(
        (str(row.get("category")) for row in refused if row["reason"] == "unknown_category"),
        (item.clip.category for item in items),
        taxonomy,
    )
    no_captions = (fields for _, fields, problem in annotations if problem is not None)
    unnamed = folder.unnamed(no_captions, source.folder) if limit is None else []
    own = own_or_none(taxonomy)
    return ImportPlan(items, refused, digest, config.unit_size, root, source.chosen(), own, unnamed)


class _Planning:
    """What the rows so far have taken, and what all of them are judged by."""

    def __init__(self, folder: VideoFolder, source: Source, config: ImportConfig, taxonomy: Taxonomy):
        self.folder, self.source, self.config, self.taxonomy = folder, source, config, taxonomy
        self.taken: set[str] = set()  # keys
        self._occurrences: Counter[tuple[str, str, str]] = Counter()
        self._ends = cache(lambda video: _read_ends(folder.root.path(video)))

    def item(self, fields: Fields) -> Item:
        """What a caption says, if its video exists and its fields are valid. Raises RowProblem."""
        caption, config, taken = str(fields["caption"]), self.config, self.taken
        video = self.folder.find_for(fields, self.source.folder)
        size = self.folder.size(video)
        if is_cut := is_cut_file(video, str(fields.get("video", "")), fields):
            add_flag(fields, "already_cut")
        fields.pop("video", None)
        check_texts(fields)
        in_folder = PurePosixPath(video).parent.name  # Abuse/Abuse028_x264.mp4
        if not {"category", "class", "tag", "is_anomaly"} & fields.keys() and self.taxonomy.find(in_folder):
            fields["class"] = in_folder
        fill_category(fields, self.taxonomy, left_out=self.source.columns.left_out)
        if _BIDI.search(caption):
            add_flag(fields, "bidi")
        declared: Fields = {name: fields.pop(name) for name in ("num_frames", "sha256") if name in fields}
        measured = ((name, fields.get(name)) for name in _MEASURED)  # infinite or NaN: JSON's 1e999, a missing cell
        declared |= {name: value for name, value in measured if isinstance(value, float) and not math.isfinite(value)}
        first, last = _frame_number(fields, "start_frame"), _frame_number(fields, "end_frame")
        fields = {name: value for name, value in fields.items() if name not in _MEASURED}
        ends = self._ends(video)
        try:
            Clip.from_dict({"key": "declared", "caption": "declared", **declared})
            clip = self._clip(fields, caption, video, (first, last), ends.key)
        except ClipError as error:
            raise RowProblem("bad_field", str(error)) from None
        item = Item(clip, video, size, declared, ends.digest, (first, last), is_cut)
        check_span(clip.start, clip.end, config.max_seconds)
        if size > MAX_SOURCE_BYTES and not item.is_part and not config.cutting.is_shaped:
            raise RowProblem("too_large", f"{size:,} bytes; the limit is {MAX_SOURCE_BYTES:,}")
        if clip.key in taken:
            raise RowProblem("duplicate", "the same key came before", of=clip.key)
        try:
            kept = keepable(clip, self.taxonomy, with_minor_violence=config.keep_minor_violence)
        except MinorsRefused as refused:
            raise RowProblem(refused.reason, str(refused)) from None
        taken.add(clip.key)
        return item._replace(clip=kept)

    def origin(self, fields: Fields) -> Fields:
        """The source and the licence of a caption: the row's, else those of its file, else what the command says."""
        names = ("source", "license")
        given = {"source": self.config.source, "license": self.config.license, **self.source.defaults(), **fields}
        if given["license"] is None and str(given["source"]) in PUBLISHED:
            given["license"] = rights.find(str(given["source"]), "source").licence
        return {name: given[name] for name in names}

    def _clip(
        self, fields: Fields, caption: str, video: str, frames: tuple[Frame, Frame], marked_key: str | None
    ) -> Clip:
        """A key that the row gives is kept, as is the one in our own mark; others are made of where it came from."""
        given, config, taken = text_of(fields, "key"), self.config, self.taken
        part = [str(fields.get(name, "")) for name in ("start", "end")] if "start" in fields or "end" in fields else []
        part = part or ([f"frame {number}" for number in frames] if frames != (None, None) else [])
        source_id = f"{video}#{'-'.join(part)}" if part else video
        fields = {
            **{"source_id": given or source_id, "group": ucf_group(video) or video, "synthetic": config.synthetic},
            **{**self.source.defaults(), **fields, **self.origin(fields)},
        }
        if given is None and not part and marked_key is not None and marked_key not in taken:
            given = marked_key
        key = given
        if key is None or not KEY_PATTERN.fullmatch(key):
            source, source_id = str(fields["source"]), str(fields["source_id"])
            key = make_key(source, source_id, caption)
            identity = source, "\x1f".join((source_id, video, *part)), caption
            while key in taken:  # of one source_id several parts, of one sentence several rows
                key = make_key(*identity, occurrence=self._occurrences[identity])
                self._occurrences[identity] += 1
        return Clip.from_dict({**fields, "key": key})


def check_span(start: float | None, end: float | None, max_seconds: float | None) -> None:
    """Raise RowProblem for times that no video has (bad_span), or more than is wanted of one (long_span)."""
    if end is None:
        return
    begin = start or 0.0
    if end <= begin:
        raise RowProblem("bad_span", f"it starts at {begin:g} s and ends at {end:g} s")
    if max_seconds is not None and end - begin > max_seconds:
        raise RowProblem("long_span", f"it is {end - begin:g} s long, --max-seconds is {max_seconds:g}")


def _frame_number(fields: Fields, name: str) -> Frame:
    """A frame's number, from 0, or its timecode; a negative one means none. Raises RowProblem."""
    value = fields.pop(name, None)
    if isinstance(value, str) and is_timecode(value):
        return value
    if value is None or (isinstance(value, (int, float)) and value < 0):
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value):
        raise RowProblem("bad_field", f"{name}: a whole number is needed, this is {str(value)[:80]}")
    return int(value)


class _Ends(NamedTuple):
    """digest: of a file's first and last 64 kB, so that a video that was replaced by one of the same size is another.

    key: the key in our own mark, if it has that.
    """

    digest: str
    key: str | None


def _read_ends(path: Path) -> _Ends:
    try:
        with open(path, "rb", opener=regular) as file:
            first = file.read(65_536)
            file.seek(max(len(first), os.fstat(file.fileno()).st_size - 65_536))
            both = first + file.read(65_536)
            return _Ends(hashlib.sha256(both).hexdigest(), marked_key(both))
    except (OSError, DatasetError):
        return _Ends("", None)  # the import reports it
