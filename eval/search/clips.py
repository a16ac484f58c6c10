"""Moments as clips: cut to the frame out of the footage, copied where key frames allow, with where they come from.

DIR/01_camera3_62.5-66.0.mp4 ...     one per moment, in order of rank
DIR/moments.jsonl                    file, sha256, start, end, score, query and the mark of each clip
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from svta.builder.errors import SvtaError
from svta.builder.io.disk import disk_full_as_error
from svta.builder.io.files import atomic_write
from svta.builder.io.json_text import JsonObject, read_jsonl, write_jsonl
from svta.builder.layout.guards import check_foreign, check_output
from svta.builder.record import make_key
from svta.builder.video.clip_encoder import CutOptions
from svta.builder.video.cutting import cut
from svta.builder.video.marking import mark_for, marked_source_type
from svta.builder.video.timeline import Timeline, Window, read_timeline
from svta.builder.video.transcode import Converted, tags_of

from .index import Found, Index
from .indexing.footage import is_below
from .merging import Moment, Peak
from .refine import open_footage
from .store.layout import SearchError

TABLE: Final = "moments.jsonl"
_PLAIN: Final = re.compile(r"[^A-Za-z0-9]+")
_ACCENTS: Final = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True)
class Clip:
    """A moment that was cut, or why it could not be."""

    moment: Moment
    sha256: str
    video: Converted | None
    problem: str | None = None


def cut_moments(
    index: Index, found: Found, options: CutOptions | None = None, *, most_seconds: float | None = None
) -> list[Clip]:
    """The clip of every moment, in order; each file is read in one pass for all of its moments.

    most_seconds: of a clip; the rest of a longer moment is left out.
    """
    clips: dict[int, Clip] = {}
    by_video: dict[int, list[int]] = {}
    for number, peak in enumerate(found.peaks):
        by_video.setdefault(peak.video, []).append(number)
    for video, numbers in by_video.items():
        sha256 = index.stored.videos[video].sha256
        try:
            with open_footage(index.stored.videos[video]) as file:
                timeline = read_timeline(file)
                windows = [_window(timeline, found.peaks[number], most_seconds) for number in numbers]
                tags = [_tags(timeline.info.metadata, sha256, found.peaks[number]) for number in numbers]
                for at, result in cut(file, timeline, windows, options or CutOptions(), tags):
                    moment = found.moments[numbers[at]]
                    done = result if isinstance(result, Converted) else None
                    clips[numbers[at]] = Clip(moment, sha256, done, None if done else str(result))
        except (SvtaError, OSError) as error:
            for number in numbers:
                clips.setdefault(number, Clip(found.moments[number], sha256, None, str(error)))
    return [clips[number] for number in sorted(clips)]


def _window(timeline: Timeline, peak: Peak, most_seconds: float | None) -> Window:
    end = peak.end if most_seconds is None else min(peak.end, peak.start + most_seconds)
    return timeline.window(round(peak.start, 3), round(end, 3))


def _tags(metadata: Mapping[str, str], sha256: str, peak: Peak) -> dict[str, str]:
    """The video's own tags; a mark of synthetic origin with a key of the clip's own."""
    key = make_key("search", sha256, f"{peak.start:.3f}-{peak.end:.3f}")
    return {**tags_of(metadata), **mark_for(metadata, key)}


def write_clips(index: Index, found: Found, folder: str | Path, query: JsonObject) -> list[JsonObject]:
    """DIR with a clip a moment and the table; returns its rows. A moment that cannot be cut has its `problem`."""
    check_output(folder, kind="folder")
    folder = Path(folder)
    _check_footage(index, folder)
    check_foreign(folder, (TABLE,) if _is_table(folder / TABLE) else (), "search", r"\d\d+_\w+_[\d.]+-[\d.]+\.mp4")
    with disk_full_as_error(folder):
        rows = list(_written(folder, cut_moments(index, found), query))
        write_jsonl(folder / TABLE, rows)
    return rows


def _check_footage(index: Index, folder: Path) -> None:
    """Raise SearchError for a folder of the index's footage: clips beside it would be found as footage next time."""
    place = [os.path.abspath(folder)]
    inside = next((path for video in index.stored.videos for path in video.paths if is_below(path, place)), None)
    if inside is not None:
        name = os.path.relpath(inside, folder)
        raise SearchError(f"{folder}: contains footage of this index ({name}); write the clips into another folder")


def _is_table(path: Path) -> bool:
    """Whether an earlier search wrote this: `svta streams` and retrieval sets call a file of theirs so too."""
    try:
        _, first = next(read_jsonl(path), (0, {}))
    except (SvtaError, OSError):
        return False
    return {"rank", "clip", "sha256"} <= first.keys()


def _written(folder: Path, clips: Sequence[Clip], query: JsonObject) -> Iterator[JsonObject]:
    for rank, clip in enumerate(clips, 1):
        row: JsonObject = {"rank": rank, **query, **asdict(clip.moment), "sha256": clip.sha256}
        if clip.video is None:
            yield {**row, "clip": None, "problem": clip.problem}
            continue
        name = clip_name(rank, clip.moment)
        with atomic_write(folder / name) as file:
            file.write(clip.video.mp4)
        mark = marked_source_type(clip.video.source.metadata)
        yield {**row, "clip": name, "how": clip.video.how, "digital_source_type": mark}


def clip_name(rank: int, moment: Moment) -> str:
    """A plain file name for a moment's clip."""
    letters = _ACCENTS.sub("", unicodedata.normalize("NFKD", Path(moment.file).stem))  # Übersicht: Ubersicht
    stem = _PLAIN.sub("_", letters).strip("_")[:60] or "video"
    return f"{rank:02d}_{stem}_{moment.start:.1f}-{moment.end:.1f}.mp4"
