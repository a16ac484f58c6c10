"""Rows of an annotation table -> what can be imported: a clip's fields, checked, and its video below one folder.

Reads rows of tables.py or discover.py and the sizes of the videos, decodes none of them; convert.py does the rest.

    plan = plan_import("videos/", read_rows("annotations.jsonl"), ImportConfig(), load_taxonomy())
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from svta.builder.errors import ClipError, SvtaError
from svta.builder.io.safe_path import Root
from svta.builder.minors.judgement import MinorsRefused, keepable
from svta.builder.record import KEY_PATTERN, Clip, make_key
from svta.builder.sources.columns import TRUTH_IN_WORDS, VIDEO_COLUMNS, ColumnMap, Fields
from svta.builder.sources.records import Reject, RowProblem, caption_of, check_texts, known_category, text_of
from svta.builder.taxonomy import Taxonomy

from .video_names import VideoNames, files_below, is_video_name

UNIT_SIZE: Final = 32
MAX_SOURCE_BYTES: Final = 1_000_000_000  # a master may be larger than the mp4 it becomes, but it has to fit in memory
_BIDI: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

Row = tuple[str, Mapping[str, object] | ClipError]
Taken = dict[tuple[str, ...], str]


class ImportingError(SvtaError):
    """An import that cannot start: no folder, no captions, or a clips folder that holds something else."""


class VideoFolder:
    """The videos below one folder. A row names one by its path, or by the end of a path that no other video has.

    Case, the ending of the file and Unicode composition of an end do not matter.
    """

    def __init__(self, root: Root):
        self.root = root

    @cached_property
    def _names(self) -> VideoNames:
        return VideoNames(filter(is_video_name, files_below(self.root.folder)))

    def find(self, video: str) -> tuple[str, int]:
        """The path below the folder that a row's name means, and the file's bytes. Raises RowProblem."""
        try:
            return video, _size_below(self.root, video)
        except RowProblem as problem:
            if problem.reason != "missing_video" or not (like := self._names.ending_in(video)):
                raise
        if len(like) > 1:
            raise RowProblem("missing_video", f"{video[:200]!r} may be any of {', '.join(sorted(like))[:200]}")
        (path,) = like
        return path, _size_below(self.root, path)


class Item(NamedTuple):
    """A row that can be imported: its clip as far as known, its video below the root and that file's size.

    declared: num_frames and sha256 as the row states them, to be checked; absent where it is silent.
    """

    clip: Clip
    video: str
    size: int
    declared: Mapping[str, object]


@dataclass(frozen=True)
class ImportConfig:
    """columns: field -> column name where the aliases do not find it. synthetic: what rows are that do not say."""

    columns: Mapping[str, str] = field(default_factory=dict)
    source: str = "import"
    license: str | None = None
    synthetic: bool = False
    keep_audio: bool = False
    keep_minor_violence: bool = False
    unit_size: int = UNIT_SIZE


@dataclass
class ImportPlan:
    """What an import will do: `items` in annotation order, `refused` rows with their reasons, `digest` of it all."""

    items: list[Item]
    refused: list[Reject]
    digest: str
    unit_size: int

    @property
    def num_units(self) -> int:
        return -(-len(self.items) // self.unit_size)


def plan_import(videos: str | Path, rows: Iterable[Row], config: ImportConfig, taxonomy: Taxonomy) -> ImportPlan:
    """Decide row by row what can be imported; no video is opened yet. Raises ImportingError.

    Reasons of refusal: bad_row, no_caption, bad_field, unknown_category, no_video, outside_folder, missing_video,
    too_large, minor_sexual, minor_violence, duplicate (with `of`).
    """
    folder = VideoFolder(Root(videos))
    root = folder.root
    if not root.folder.is_dir():
        raise ImportingError(f"{root.folder}: no folder of videos")
    columns = ColumnMap(VIDEO_COLUMNS, config.columns, truth=TRUTH_IN_WORDS)
    items: list[Item] = []
    refused: list[Reject] = []
    taken: Taken = {}
    for place, row in rows:
        if isinstance(row, ClipError):
            refused.append({"reason": "bad_row", "detail": str(row), "place": place})
            continue
        fields = columns.fields(row)
        try:
            items.append(_item(dict(fields), folder, config, taxonomy, taken))
        except RowProblem as problem:
            refused.append(problem.as_reject(fields, ("caption", "source_id", "video"), place=place))
    if columns.is_used:
        _check_columns(columns)
    elif not refused:
        raise ImportingError("the annotations hold no rows")
    content = [[i.video, i.size, _ends(root.path(i.video)), dict(i.declared), i.clip.to_dict()] for i in items]
    options = [config.keep_audio, config.unit_size]
    digest = hashlib.sha256(json.dumps([options, content], ensure_ascii=False).encode()).hexdigest()
    return ImportPlan(items, refused, digest, config.unit_size)


def _check_columns(columns: ColumnMap) -> None:
    if missing := columns.missing():
        raise ImportingError(f"no column {missing[0]!r}; there are {columns.column_names()}")
    if not columns.has("caption"):
        raise ImportingError(
            f"no captions: name their column with --caption-column; there are {columns.column_names()}"
        )


def _item(fields: Fields, folder: VideoFolder, config: ImportConfig, taxonomy: Taxonomy, taken: Taken) -> Item:
    """What a row says, as far as its video exists and its fields fit. Raises RowProblem."""
    fields["caption"] = caption = caption_of(fields)
    video = fields.pop("video", None)
    if not isinstance(video, str) or not video:
        raise RowProblem("no_video", "the row names no video")
    video, size = folder.find(video)
    check_texts(fields)
    if (name := text_of(fields, "category")) is not None:
        category = known_category(name, taxonomy)
        fields["category"] = category.name
        fields.setdefault("is_anomaly", category.is_anomaly)
    if _BIDI.search(caption) and isinstance(flags := fields.get("flags", []), list):
        fields["flags"] = [*flags, "bidi"]
    declared: Fields = {name: fields.pop(name) for name in ("num_frames", "sha256") if name in fields}
    try:
        Clip.from_dict({"key": "declared", "caption": "declared", **declared})
        clip = _clip(fields, caption, video, config, taken)
    except ClipError as error:
        raise RowProblem("bad_field", str(error)) from None
    for identity, what in ((("key", clip.key), "key"), (("video", video, caption), "video with the same caption")):
        if (of := taken.get(identity)) is not None:
            raise RowProblem("duplicate", f"the same {what} came before", of=of)
    try:
        clip = keepable(clip, taxonomy, with_minor_violence=config.keep_minor_violence)
    except MinorsRefused as refused:
        raise RowProblem(refused.reason, str(refused)) from None
    taken[("key", clip.key)] = taken[("video", video, caption)] = clip.key
    return Item(clip, video, size, declared)


def _clip(fields: Fields, caption: str, video: str, config: ImportConfig, taken: Taken) -> Clip:
    given = text_of(fields, "key")
    defaults: Fields = {"source": config.source, "source_id": given or video, "group": video}
    defaults |= {"synthetic": config.synthetic, "license": config.license}
    fields = {**defaults, **fields}
    key = given
    if key is None or not KEY_PATTERN.fullmatch(key):
        source, source_id = str(fields["source"]), str(fields["source_id"])
        key = make_key(source, source_id, caption)
        if ("key", key) in taken and ("video", video, caption) not in taken:
            key = make_key(source, f"{source_id}\x1f{video}", caption)  # one source_id, several videos
    return Clip.from_dict({**fields, "key": key})


def _size_below(root: Root, video: str) -> int:
    """Bytes of the regular file `video` below root; symbolic links may not leave it. Raises RowProblem."""
    try:
        found = root.path(video, "video").stat()
    except ClipError as error:
        raise RowProblem("outside_folder", str(error)) from None
    except OSError:
        raise RowProblem("missing_video", f"{video[:200]!r} is not below the folder of videos") from None
    if not stat.S_ISREG(found.st_mode):
        raise RowProblem("missing_video", f"{video[:200]!r} is no regular file")
    if found.st_size > MAX_SOURCE_BYTES:
        raise RowProblem("too_large", f"{found.st_size:,} bytes, {MAX_SOURCE_BYTES:,} are read")
    return found.st_size


def _ends(path: Path) -> str:
    """A hash of a file's first and last 64 kB: a video that was replaced by another of the same size is another."""
    try:
        with open(path, "rb") as file:
            first = file.read(65_536)
            file.seek(max(len(first), os.fstat(file.fileno()).st_size - 65_536))
            return hashlib.sha256(first + file.read(65_536)).hexdigest()
    except OSError:
        return ""  # the import reports it
