"""A folder of videos with its caption files, as unzipped: recognised by content, not by names anybody agreed on.

Reads videos in any sub-folders and caption files beside them (CSV, TSV, JSON, JSONL, TXT, XLSX, Parquet); gives rows
for plan.py. `svta import --videos UNZIPPED --out clips/` does this when --annotations is not given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final

from svta.builder.errors import ClipError, SvtaError, UnsafePath
from svta.builder.io.limits import read_bytes
from svta.builder.io.safe_path import Root
from svta.builder.io.tables import KINDS, read_json, read_rows
from svta.builder.sources.columns import VIDEO_COLUMNS, fold
from svta.builder.splits import split_name
from svta.builder.taxonomy import Taxonomy

from .plan import ImportingError, Row
from .video_names import MATCHING, SEPARATORS, VideoNames, files_below, is_video_name, plain_name

CAPTION_ENDINGS: Final = (*KINDS, ".txt")
MAX_TEXT_BYTES: Final = 256_000_000
MAX_LINES_BYTES: Final = 16_000_000  # of a text file without columns
MAX_ROWS: Final = 1_000_000  # of a file that is recognised by content; a larger one is given as --annotations
MAX_COLUMNS: Final = 200
_CAPTION_NAMES: Final = frozenset(fold(name) for name in ("caption", *VIDEO_COLUMNS["caption"]))


@dataclass(frozen=True)
class CaptionFile:
    """A file whose rows name videos: which column does, and which holds captions and categories."""

    path: Path
    rows: list[Row]
    video: str
    caption: str
    category: str | None
    matched: int


def find_annotations(root: str | Path, taxonomy: Taxonomy) -> Iterator[Row]:
    """Rows (video, caption, category, source_split) of every caption file found below `root`.

    Names are matched to videos by path or stem, whatever the case, ending and folder. Names without a video, and
    videos without a caption, come out as rows too, so that the import reports them. Raises ImportingError.
    """
    root = Path(root)
    if not root.is_dir():
        raise ImportingError(f"{root}: no folder of videos")
    videos, texts = _walk(root)
    if not videos:
        raise ImportingError(f"{root}: no videos in it or below")
    names = VideoNames(videos)
    found = [file for path in texts if (file := _recognise(root / path, names, taxonomy)) is not None]
    if not found:
        raise ImportingError(f"{root}: no caption file in it names its {len(videos)} videos; give --annotations FILE")
    found.sort(key=lambda file: (-file.matched, str(file.path)))
    captioned: set[str] = set()
    given: set[tuple[str, str]] = set()
    for file in found:
        rows = [
            (f"{file.path.relative_to(root)} {place}", _row(file, row, names, taxonomy)) for place, row in file.rows
        ]
        good = [row for _, row in rows if not isinstance(row, ClipError)]
        pairs = {(plain_name(str(row["video"])), str(row["caption"])) for row in good}
        if pairs <= given:
            continue  # the same captions once more, in another format
        given |= pairs
        captioned |= {str(row["video"]) for row in good}
        yield from rows
    for video in videos:
        if video not in captioned:
            yield video, {"video": video}


def _walk(root: Path) -> tuple[list[str], list[str]]:
    """(videos, files that may hold captions) below root, sorted; links that lead out of it hold no captions."""
    inside = Root(root)
    videos, texts = [], []
    for place in files_below(root):
        if is_video_name(place):
            videos.append(place)
        elif place.lower().endswith(CAPTION_ENDINGS) and _may_be_read(inside, place):
            texts.append(place)
    return videos, texts


def _may_be_read(root: Root, place: str) -> bool:
    try:
        return root.file(place).stat().st_size <= MAX_TEXT_BYTES
    except (UnsafePath, OSError):  # a link out of the folder or to nothing, a pipe
        return False


def _recognise(path: Path, names: VideoNames, taxonomy: Taxonomy) -> CaptionFile | None:
    try:
        rows = list(islice(_read(path, names), MAX_ROWS + 1))
    except SvtaError:
        return None  # a license text, a configuration: no table, so no captions either
    if len(rows) > MAX_ROWS:
        raise ImportingError(f"{path}: more than {MAX_ROWS:,} rows; give it as --annotations if it holds the captions")
    good = [row for _, row in rows if not isinstance(row, ClipError)]
    columns = list(dict.fromkeys(name for row in good for name in row))
    if len(columns) > MAX_COLUMNS:
        return None  # objects under names of their own: no table
    hits = {name: sum(bool(names.find(row.get(name))) for row in good) for name in columns}
    if not good or not (video := max(columns, key=lambda name: hits[name])) or hits[video] < MATCHING * len(good):
        return None
    texts = {name: _words(good, name) for name in columns if name != video}
    caption = next((name for name in texts if fold(name) in _CAPTION_NAMES), None)
    caption = caption or max(texts, key=lambda name: texts[name], default=None)
    if caption is None or (texts[caption] < 2 and fold(caption) not in _CAPTION_NAMES):
        return None
    categories = [n for n in columns if n not in (video, caption) and _all_categories(good, n, taxonomy)]
    return CaptionFile(path, rows, video, caption, categories[0] if categories else None, hits[video])


def _read(path: Path, names: VideoNames) -> Iterator[Row]:
    if path.suffix.lower() == ".txt":
        yield from _lines(path, names)
    elif path.suffix.lower() == ".json":
        yield from _json(read_json(path), path, names)
    else:
        yield from read_rows(path)


def _lines(path: Path, names: VideoNames) -> Iterator[Row]:
    """`name<separator>caption` lines, or a file called like its video: its captions, one a line."""
    lines = read_bytes(path, MAX_LINES_BYTES).decode("utf-8-sig", errors="replace").splitlines()
    texts = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]

    def named(text: str, separator: str) -> bool:
        name = text.split(separator, 1)[0]
        plain_word = separator == " " and name.isalpha()  # "A man walks" does not speak of a.mp4
        return not plain_word and bool(names.find(name))

    hits = {separator: sum(named(text, separator) for _, text in texts) for separator in SEPARATORS}
    separator = max(SEPARATORS, key=lambda s: hits[s])
    if len(own := names.find(path.stem)) == 1 and hits[separator] < MATCHING * len(texts):
        for number, text in texts:
            yield f"line {number}", {"video": next(iter(own)), "caption": text}
        return
    for number, text in texts:
        name, _, caption = text.partition(separator)
        yield f"line {number}", {"video": name.strip().strip("\"'"), "caption": caption.strip().strip("\"'")}


def _json(value: object, path: Path, names: VideoNames) -> Iterator[Row]:
    """{name: caption or captions or {...}}, lists of objects under any names, {category: one of these}."""
    if isinstance(value, Mapping):
        inner = [under for under in value.values() if isinstance(under, Mapping)]
        grouped = len(inner) == len(value) and not any(map(names.find, value))
        if grouped and any(names.find(name) for under in inner for name in under):
            for category, under in value.items():
                for place, row in _json(under, path, names):
                    yield f"{category} {place}", row if isinstance(row, ClipError) else {"category": category, **row}
            return
        lists = {name: under for name, under in value.items() if isinstance(under, list) and under}
        lists = {name: under for name, under in lists.items() if isinstance(under[0], dict)}
        if lists:
            known = {n: under for n, under in lists.items() if any(fold(name) in _CAPTION_NAMES for name in under[0])}
            value = [
                {"category": category, **row} if isinstance(row, dict) else row
                for category, under in (known or lists).items()
                for row in under
            ]
        else:
            for number, (name, under) in enumerate(value.items(), 1):
                fields = under if isinstance(under, Mapping) else {"caption": under}
                captions = fields.get("caption")
                for caption in captions if isinstance(captions, list) else [captions]:
                    yield f"entry {number}", {"video": name, **fields, "caption": caption}
            return
    if not isinstance(value, list):
        raise ImportingError(f"{path}: no captions")
    for number, row in enumerate(value, 1):
        yield f"row {number}", row if isinstance(row, dict) else ClipError(f"an object is needed, not {str(row)[:80]}")


def _words(rows: list[Mapping[str, object]], name: str) -> float:
    """Words a cell has on average; 0 for a column that is mostly no text."""
    texts = [value for row in rows if isinstance(value := row.get(name), str)]
    return sum(len(text.split()) for text in texts) / len(texts) if 2 * len(texts) > len(rows) else 0.0


def _all_categories(rows: list[Mapping[str, object]], name: str, taxonomy: Taxonomy) -> bool:
    values = [value for row in rows if (value := row.get(name)) not in (None, "")]
    if not values or not all(isinstance(value, str) for value in values):
        return False
    return all(taxonomy.find(value) for value in {str(value) for value in values})


def _row(
    file: CaptionFile, row: Mapping[str, object] | ClipError, names: VideoNames, taxonomy: Taxonomy
) -> Mapping[str, object] | ClipError:
    if isinstance(row, ClipError):
        return row
    videos = names.find(row.get(file.video))
    if len(videos) > 1:
        return ClipError(f"{str(row[file.video])[:80]!r} may be any of {', '.join(sorted(videos))[:200]}")
    video = next(iter(videos), str(row.get(file.video) or ""))
    fields: dict[str, object] = {"video": video, "caption": row.get(file.caption)}
    folder = None if file.category else taxonomy.find(PurePosixPath(video).parent.name)
    if category := row.get(file.category) if file.category else folder and folder.name:
        fields["category"] = category
    if split := split_name(str(row.get("split") or re.split(r"[_\-. ]", file.path.stem)[-1])):
        fields["source_split"] = split
    return fields
