"""What is true of a test set: queries, and when in which videos each comes true. Reads annotation files and streams.

A folder that `svta streams` wrote (moments.jsonl), QVHighlights and TVR lines, TVR-Ranking's graded lists, HIVAU-70k's
events (hivau-events=FILE), and through builder/sources any captions with times: HIVAU's clips, UCA, Charades-STA.
`svta eval --task moments --data ...`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from svta.builder.io.json_text import Json, JsonObject, read_json, read_jsonl
from svta.builder.io.tables import SourceError, is_unicode
from svta.builder.sources.records import Reject
from svta.builder.sources.registry import open_source, read_records

from .event_matching import temporal_iou
from .windows import MomentsError, as_id, as_list, as_number, as_numbers, as_object, well_formed

STREAM_TRUTH: Final = "moments.jsonl"
COPY_IOU: Final = 0.996  # two events of HIVAU that overlap by more are one, written twice
MAX_SECONDS: Final = 7 * 86_400.0  # of a recording: a grid of windows is laid over each
ANYTHING: Final = "Something abnormal happens."
Window = tuple[float, float]


@dataclass(frozen=True)
class MomentQuery:
    """One query in one video: when it comes true there (never: it has no answer). Seconds.

    line: the line of the annotation file, whose further fields (ratings, type) the protocols read.
    """

    qid: Hashable
    query: str
    video: str
    windows: tuple[Window, ...]
    duration: float | None = None
    line: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not all(is_unicode(str(text)) for text in (self.qid, self.query, self.video)):
            raise MomentsError(f"query {str(self.qid)!a}: half a surrogate pair in its id, its words or its video")
        if self.duration is not None and self.duration > MAX_SECONDS:
            raise MomentsError(f"{self.video}: {self.duration:g} seconds long; at most a week is scored in one piece")


@dataclass(frozen=True)
class MomentTruth:
    """A test set. graded: TVR-Ranking's lists, which stand for themselves; skipped: rows left out, with reasons."""

    name: str
    queries: tuple[MomentQuery, ...] = ()
    graded: Mapping[str, object] | None = None
    skipped: tuple[dict[str, str], ...] = ()

    @property
    def videos(self) -> dict[str, float | None]:
        """Seconds of every video, None if the annotations do not say."""
        seconds: dict[str, float | None] = {}
        for query in self.queries:
            seconds[query.video] = seconds.get(query.video) or query.duration
        return seconds

    def as_qvhighlights(self) -> list[dict[str, object]]:
        """The truth as lines of a QVHighlights file."""
        return [
            {"qid": q.qid, "query": q.query, "vid": q.video, "duration": q.duration,
             "relevant_windows": [list(window) for window in q.windows]}
            | {name: q.line[name] for name in ("relevant_clip_ids", "saliency_scores") if name in q.line}
            for q in self.queries
        ]  # fmt: skip

    def as_tvr(self) -> list[dict[str, object]]:
        """The truth as lines of a TVR file; queries without answer have no place in it."""
        return [
            {"desc_id": q.qid, "desc": q.query, "type": q.line.get("type"), "vid_name": q.video, "duration": q.duration,
             "ts": list(q.windows[0]) if len(q.windows) == 1 else [list(window) for window in q.windows]}
            for q in self.queries if q.windows
        ]  # fmt: skip


def read_truth(data: str) -> MomentTruth:
    """A STREAMS folder, a file, or NAME=FILE. Raises MomentsError or SourceError in one line."""
    kind, equals, rest = data.partition("=")
    named = kind if equals and kind in ("hivau", "hivau-events") else ""
    path = Path(rest if named else data)
    if path.is_dir():
        path = path / STREAM_TRUTH
        if not path.is_file():
            raise MomentsError(
                f"{path.parent}: a folder without {STREAM_TRUTH}, which `svta streams` writes; name a file"
            )
    if named == "hivau-events":
        return _hivau_events(path)
    if path.suffix.lower() == ".jsonl" and path.is_file() and (read := _lines(path)) is not None:
        return read
    if path.suffix.lower() == ".json" and path.is_file():
        value = read_json(path, error=MomentsError, annotations=True)
        if isinstance(value, dict) and (read := _graded(path, value)) is not None:
            return read
    return _captions(str(path) if named else data, path)


def _lines(path: Path) -> MomentTruth | None:
    """Lines of QVHighlights or TVR; None if the first is of neither kind."""
    rows = [row for _, row in read_jsonl(path, annotations=True)]
    if not rows:
        raise MomentsError(f"{path}: contains no queries")
    if "relevant_windows" in rows[0]:
        return MomentTruth(path.name, tuple(_qvhighlights_query(row, i, path.name) for i, row in enumerate(rows, 1)))
    if {"desc_id", "vid_name", "ts"} <= rows[0].keys():
        return MomentTruth(path.name, tuple(_tvr_query(row, i, path.name) for i, row in enumerate(rows, 1)))
    return None


def _qvhighlights_query(row: JsonObject, number: int, name: str) -> MomentQuery:
    qid = as_id(row.get("qid"), f"{name} line {number}: qid")
    where = f"{name} line {number}, qid {qid}"
    listed = as_list(row.get("relevant_windows"), f"{where}: relevant_windows")
    windows = [as_numbers(window, 2, where) for window in listed]
    return MomentQuery(
        qid, str(row.get("query", "")), str(row.get("vid", qid)), tuple((s, e) for s, e, *_ in windows),
        _seconds(row.get("duration"), where), row,
    )  # fmt: skip


def _tvr_query(row: JsonObject, number: int, name: str) -> MomentQuery:
    desc_id = as_id(row.get("desc_id"), f"{name} line {number}: desc_id")
    where = f"{name} line {number}, desc_id {desc_id}"
    if not isinstance(video := row.get("vid_name"), (str, int)):
        raise MomentsError(f"{where}: vid_name is missing")
    ts = as_list(row.get("ts"), f"{where}: ts")
    spans = ts if ts and isinstance(ts[0], list) else [ts]
    windows = tuple((s, e) for s, e, *_ in (as_numbers(span, 2, where) for span in spans))
    return MomentQuery(
        desc_id,
        str(row.get("desc", "")),
        str(video),
        windows,
        _seconds(row.get("duration"), where),
        row,
    )


def _seconds(value: object, where: str) -> float | None:
    """A video's length; None if it is not said or cannot be one."""
    seconds = as_number(value, f"{where}: duration")
    return seconds if 0 < seconds < math.inf else None


def _graded(path: Path, value: JsonObject) -> MomentTruth | None:
    """TVR-Ranking: {query: [{video_name, timestamp, relevance}]}."""
    lists = [items for items in value.values() if isinstance(items, list) and items]
    if not lists or not all(isinstance(item, dict) and "relevance" in item for items in lists for item in items):
        return None
    return MomentTruth(path.name, graded=value)


def _captions(data: str, path: Path) -> MomentTruth:
    """Captions with times, from any source; equal captions of one video are one query with several moments."""
    rejects: list[Reject] = []
    path = path if path.exists() else Path(data.partition("=")[2])
    seconds = _durations(path)
    found: dict[tuple[str, str], list[Window]] = defaultdict(list)
    skipped: list[dict[str, str]] = []
    for record in read_records(open_source(data), on_reject=rejects.append, own_categories=True):
        clip = record.clip
        video = record.videos[0] if record.videos else clip.group or clip.key
        if clip.start is None or clip.end is None or not well_formed(clip.start, clip.end):
            skipped.append({"place": record.place, "reason": "no_times"})
            continue
        found[video, clip.caption].append((clip.start, clip.end))
    skipped += [{"place": str(reject.get("place", "")), "reason": str(reject.get("reason", ""))} for reject in rejects]
    if not found:
        lost: list[Mapping[str, object]] = [*rejects, *skipped]
        why = next((f"; {one['place']}: {one.get('detail') or one['reason']}" for one in lost), "")
        raise MomentsError(f"{data}: no caption in it has a start and an end{why}")
    queries = tuple(
        MomentQuery(number, caption, video, tuple(windows), seconds.get(video))
        for number, ((video, caption), windows) in enumerate(found.items(), 1)
    )
    return MomentTruth(path.name or data, queries, skipped=tuple(skipped))


def _durations(path: Path) -> dict[str, float]:
    """Seconds of videos as UCA ({video: {duration}}) and HIVAU ({video: {n_frames, fps}}) give them."""
    if path.suffix.lower() != ".json" or not path.is_file():
        return {}
    value: Json = read_json(path, error=SourceError, annotations=True)
    rows = value.items() if isinstance(value, dict) else ()
    seconds = {name: _length(row) for name, row in rows if isinstance(row, dict)}
    return {name: length for name, length in seconds.items() if length is not None}


def _length(row: Mapping[str, Json]) -> float | None:
    """`duration`, or n_frames / fps; None if neither is a length."""
    duration, frames, fps = (_positive(row.get(name)) for name in ("duration", "n_frames", "fps"))
    seconds = frames / fps if duration is None and frames and fps else duration
    return None if seconds == math.inf else seconds


def _positive(value: object) -> float | None:
    """A number above 0; None for anything else."""
    number = as_number(value, "") if isinstance(value, (int, float)) and not isinstance(value, bool) else 0.0
    return number if 0 < number < math.inf else None


def _hivau_events(path: Path) -> MomentTruth:
    """HIVAU's events as one standing query in every video; one whose label is empty is normal, even if it lists events.

    An event that is written twice is one; ends past the last frame are cut.
    """
    value = as_object(read_json(path, error=MomentsError, annotations=True), str(path))
    queries = []
    for number, (video, item) in enumerate(value.items(), 1):
        row = as_object(item, f"{path.name}, {video}")
        if (seconds := _length(row)) is None:
            raise MomentsError(f"{path.name}, {video}: neither duration nor n_frames and fps")
        spans = as_list(row.get("events", []), f"{path.name}, {video}: events") if row.get("label") else []
        windows = [as_numbers(span, 2, f"{path.name}, {video}") for span in spans]
        cut = [(max(0.0, start), min(end, seconds)) for start, end, *_ in windows]
        queries.append(MomentQuery(number, ANYTHING, video, tuple(without_copies(cut)), seconds))
    if not queries:
        raise MomentsError(f"{path}: contains no videos")
    return MomentTruth(path.name, tuple(queries))


def without_copies(windows: Iterable[Window]) -> list[Window]:
    """Well-formed windows in order of time, near copies of one before left out."""
    kept: list[Window] = []
    for window in sorted(window for window in windows if well_formed(*window)):
        if not any(temporal_iou(window, other) > COPY_IOU for other in kept):
            kept.append(window)
    return kept
