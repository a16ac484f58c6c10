"""Rows of an annotation table -> what can be imported: a clip's fields, checked, and its video below one folder.

Reads rows of tables.py or release.py and the sizes of the videos, opens none of them; importing.py does the rest.

    plan = plan_import("videos/", read_rows("annotations.jsonl"), ImportConfig(), load_taxonomy())
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from svta.builder.errors import ClipError, SvtaError
from svta.builder.io.safe_path import Root
from svta.builder.record import CLIP_FIELDS, KEY_PATTERN, Clip, make_key
from svta.builder.taxonomy import Taxonomy

UNIT_SIZE: Final = 32
MAX_SOURCE_BYTES: Final = 1_000_000_000  # a master may be larger than the mp4 it becomes, but it has to fit in memory
# field -> the names it is known by, the first that a row has wins; `class` is no category (it may mean anything)
ALIASES: Final = {
    "video": ("video", "file", "video_path", "video_file", "file_name", "filename", "path", "clip"),
    "caption": ("caption", "sentence", "text", "description"),
    "category": ("category", "label"),
    "license": ("license", "licence"),
    "group": ("group", "derived_from"),
    "source_split": ("source_split", "split"),
    "num_frames": ("num_frames", "frames"),
}
_MEASURED: Final = frozenset({"fps", "width", "height", "duration", "motion"})
_NUMBERS: Final[Mapping[str, type]] = {"start": float, "end": float, "seed": int, "num_frames": int}
_TRUTH: Final = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_BIDI: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BREAKS: Final = re.compile(r"[\t\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")

Row = tuple[str, Mapping[str, Any] | ClipError]
Reject = dict[str, Any]
Taken = dict[tuple[str, ...], str]


class ImportingError(SvtaError):
    """An import that cannot start: no folder, no captions, or a clips folder that holds something else."""


class Item(NamedTuple):
    """A row that can be imported: its clip as far as known, its video below the root and that file's size.

    declared: num_frames and sha256 as the row states them, to be checked; absent where it is silent.
    """

    clip: Clip
    video: str
    size: int
    declared: Mapping[str, Any]


@dataclass(frozen=True)
class ImportConfig:
    """columns: field -> column name where the aliases do not find it. synthetic: what rows are that do not say."""

    columns: Mapping[str, str] = field(default_factory=dict)
    source: str = "import"
    license: str | None = None
    synthetic: bool = False
    keep_audio: bool = False
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
    too_large, duplicate (with `of`).
    """
    root = Root(videos)
    if not root.folder.is_dir():
        raise ImportingError(f"{root.folder}: no folder of videos")
    items: list[Item] = []
    refused: list[Reject] = []
    taken: Taken = {}
    columns_seen: set[str] = set()
    count = 0
    for place, row in rows:
        count += 1
        outcome = _planned(row, root, config, taxonomy, taken)
        if not isinstance(row, ClipError):
            columns_seen |= {str(name) for name in row}
        if isinstance(outcome, Item):
            items.append(outcome)
        else:
            refused.append({**outcome, "place": place})
    names = ", ".join(sorted(columns_seen))[:300]
    for field_name, column in config.columns.items():
        if count and _fold(column) not in {_fold(name) for name in columns_seen}:
            raise ImportingError(f"no column {column!r} for {field_name}; there are {names}")
    captions = {config.columns["caption"]} if "caption" in config.columns else set(ALIASES["caption"])
    if columns_seen and not {_fold(name) for name in captions} & {_fold(name) for name in columns_seen}:
        raise ImportingError(f"no captions: name their column with --caption-column; there are {names}")
    if not count:
        raise ImportingError("the annotations hold no rows")
    content = [[i.video, i.size, _ends(root.path(i.video)), dict(i.declared), i.clip.to_dict()] for i in items]
    options = [config.keep_audio, config.unit_size]
    digest = hashlib.sha256(json.dumps([options, content], ensure_ascii=False).encode()).hexdigest()
    return ImportPlan(items, refused, digest, config.unit_size)


def _planned(
    row: Mapping[str, Any] | ClipError,
    root: Root,
    config: ImportConfig,
    taxonomy: Taxonomy,
    taken: Taken,
) -> Item | Reject:
    if isinstance(row, ClipError):
        return {"reason": "bad_row", "detail": str(row)}
    fields = _fields(row, config)
    video = fields.pop("video", None)
    about = {name: str(fields[name])[:200] for name in ("caption", "source_id") if fields.get(name)}
    about |= {"video": str(video)[:200]} if video else {}

    def refuse(reason: str, detail: str, **more: str) -> Reject:
        return {**about, "reason": reason, "detail": detail, **more}

    caption = fields.get("caption")
    if caption is None or (isinstance(caption, str) and not caption.strip()):
        return refuse("no_caption", "caption: missing or empty")
    if not isinstance(video, str) or not video.strip():
        return refuse("no_video", "the row names no video")
    try:
        size = _size_below(root, video)
    except ClipError as error:
        return refuse("outside_folder", str(error))
    except FileNotFoundError as error:
        return refuse("missing_video", str(error))
    if size > MAX_SOURCE_BYTES:
        return refuse("too_large", f"{size:,} bytes, {MAX_SOURCE_BYTES:,} are read")
    if isinstance(name := fields.get("category"), str):
        if (category := taxonomy.find(name)) is None:
            return refuse("unknown_category", f"category: {name[:80]!r} is none of the taxonomy {taxonomy.name}")
        fields["category"] = category.name
        fields.setdefault("is_anomaly", category.is_anomaly)
    declared: dict[str, Any] = {name: fields.pop(name) for name in ("num_frames", "sha256") if name in fields}
    try:
        Clip.from_dict({"key": "declared", "caption": "declared", **declared})
        clip = _clip(fields, video, config, taken)
    except ClipError as error:
        return refuse("bad_field", str(error))
    for identity in (("key", clip.key), ("video", video, clip.caption)):
        if (of := taken.get(identity)) is not None:
            what = "key" if identity[0] == "key" else "video with the same caption"
            return refuse("duplicate", f"the same {what} came before", of=of)
    taken[("key", clip.key)] = taken[("video", video, clip.caption)] = clip.key
    return Item(clip, video, size, declared)


def _fields(row: Mapping[str, Any], config: ImportConfig) -> dict[str, Any]:
    """The row under Clip's field names plus `video`; what is empty is left out, what is measured later too."""
    known = {_fold(name): value for name, value in row.items() if isinstance(name, str)}
    fields: dict[str, Any] = {}
    for name in ("video", *CLIP_FIELDS):
        aliases = (config.columns[name],) if name in config.columns else ALIASES.get(name, (name,))
        value = next((known[_fold(alias)] for alias in aliases if known.get(_fold(alias)) not in (None, "")), None)
        if value is not None and name not in _MEASURED and not (isinstance(value, float) and math.isnan(value)):
            fields[name] = _convert(name, value)
    return fields


def _convert(name: str, value: Any) -> Any:
    """A table's text as the field's type; what does not fit is left for Clip to refuse."""
    if not isinstance(value, str):
        return str(value) if name in ("source_id", "group") and type(value) is int else value
    if name in _NUMBERS:
        try:
            return _NUMBERS[name](value)
        except ValueError:
            return value
    if name in ("is_anomaly", "synthetic"):
        return _TRUTH.get(value.strip().casefold(), value)
    if name == "flags":
        return [flag.strip() for flag in value.split(",") if flag.strip()]
    return value.strip()


def _clip(fields: dict[str, Any], video: str, config: ImportConfig, taken: Taken) -> Clip:
    if isinstance(caption := fields["caption"], str):
        fields["caption"] = _BREAKS.sub(" ", caption).strip()
        if _BIDI.search(caption):
            fields["flags"] = [*fields.get("flags", ()), "bidi"]
    key = fields.pop("key", None)
    fields.setdefault("source", config.source)
    fields.setdefault("source_id", key if isinstance(key, str) else video)
    fields.setdefault("group", video)
    fields.setdefault("synthetic", config.synthetic)
    if config.license is not None:
        fields.setdefault("license", config.license)
    if not (isinstance(key, str) and KEY_PATTERN.fullmatch(key)):
        identity = (str(fields["source"]), str(fields["source_id"]), str(fields["caption"]))
        key = make_key(*identity)
        if ("key", key) in taken and ("video", video, fields["caption"]) not in taken:
            key = make_key(*identity[:1], f"{identity[1]}\x1f{video}", identity[2])  # one source_id, several videos
    return Clip.from_dict({**fields, "key": key})


def _size_below(root: Root, video: str) -> int:
    """Bytes of the regular file `video` below root; symbolic links may not leave it."""
    path = root.path(video, "video")
    try:
        found = path.stat()
    except OSError:
        raise FileNotFoundError(f"{video[:200]!r} is not below the folder of videos") from None
    if not stat.S_ISREG(found.st_mode):
        raise FileNotFoundError(f"{video[:200]!r} is no regular file")
    return found.st_size


def _ends(path: Path) -> str:
    """A hash of a file's first and last 64 kB: a video that was replaced by another of the same size is another."""
    try:
        with open(path, "rb") as file:
            first = file.read(65_536)
            file.seek(max(len(first), os.fstat(file.fileno()).st_size - 65_536))
            return hashlib.sha256(first + file.read(65_536)).hexdigest()
    except OSError:
        return ""  # told when it is imported


def _fold(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", name.strip().casefold())
