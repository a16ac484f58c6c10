"""Moments as the gallery shows them: recordings, queries, when each comes true, and what was predicted.

Reads STREAMS (`svta streams`), RESULTS of `svta eval --task moments`, and an index of `svta index`; the page draws a
timeline of each recording. Equal words are one query, also if they were asked of different recordings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from svta.builder.errors import SvtaError, UnsafePath
from svta.builder.io.json_text import read_json_object
from svta.builder.io.safe_path import Root
from svta.eval.metrics.figures import from_json
from svta.eval.moments.evaluate import CONFIG, METRICS, TRUTH
from svta.eval.moments.result import MomentsResult
from svta.eval.moments.submissions import QVHIGHLIGHTS_FILE, TVR_FILE, read_submission
from svta.eval.moments.truth import STREAM_TRUTH, MomentTruth, read_truth
from svta.eval.moments.tvr import video_indices
from svta.eval.moments.windows import MomentsError, as_list, as_number, as_object, well_formed

if TYPE_CHECKING:
    from svta.eval.search.index import Index

MOST_ROWS: Final = 100  # predictions of one query
FOUND: Final = 10  # moments of an index, of one query
Row = tuple[int, float, float, float | None]  # recording, start, end, score


@dataclass
class Recording:
    """One video with a timeline. file: where it is; None if only its name is known."""

    name: str
    place: int
    seconds: float = 0.0
    file: Path | None = None
    categories: set[str] = field(default_factory=set)


@dataclass
class Query:
    """Words, and when they come true: (recording, start, end) in seconds."""

    text: str
    category: str | None = None
    is_anomaly: bool | None = None
    truth: dict[tuple[int, float, float], None] = field(default_factory=dict)
    is_judged: bool = False  # a truth says when it comes true, perhaps never; of a query of one's own nothing is known


@dataclass(frozen=True)
class System:
    """What one evaluation or index says: headline figures as texts, and the rows of each query, best first."""

    name: str
    figures: list[tuple[str, str]]
    rows: Mapping[str, list[Row]]


@dataclass
class Moments:
    """All of a site: recordings and queries by name, systems in the order they were given."""

    recordings: dict[str, Recording] = field(default_factory=dict)
    queries: dict[str, Query] = field(default_factory=dict)
    systems: list[System] = field(default_factory=list)

    def recording(self, name: str, seconds: float | None = None) -> Recording:
        """The recording of this name, which is new where it was not named before."""
        recording = self.recordings.setdefault(name, Recording(name, len(self.recordings)))
        recording.seconds = max(recording.seconds, seconds or 0.0)
        return recording

    def query(self, text: str) -> Query:
        """The query of these words."""
        return self.queries.setdefault(text, Query(text))

    def to_json(self) -> dict[str, object]:
        """Plain JSON, as the page reads it; the media of the recordings are added where they are written."""
        queries = list(self.queries.values())
        return {
            "queries": [
                {
                    "text": one.text,
                    "category": one.category,
                    "anomaly": one.is_anomaly,
                    "truth": sorted(one.truth),
                    "judged": one.is_judged,
                }
                for one in queries
            ],
            "systems": [
                {"name": one.name, "figures": one.figures, "rows": [one.rows.get(query.text, []) for query in queries]}
                for one in self.systems
            ],
        }


def is_moments_run(folder: str | Path) -> bool:
    """Whether RESULTS are of `svta eval --task moments`."""
    try:
        return read_json_object(Root(folder).file(CONFIG), error=MomentsError).get("task") == "moments"
    except (SvtaError, OSError):
        return False


def read_moments(
    streams: Path | None, runs: Sequence[str | Path], indexes: Sequence[Index], queries: Sequence[str] = ()
) -> Moments:
    """Everything that the sources say; `queries` are asked of the indexes too. Raises SvtaError in one line."""
    moments = Moments()
    if streams is not None:
        if not (streams / STREAM_TRUTH).is_file():
            raise MomentsError(f"{streams}: no streams there ({STREAM_TRUTH} is missing); `svta streams` makes some")
        _add_truth(moments, read_truth(str(streams)))
        videos = Root(streams / "videos")
        for recording in moments.recordings.values():
            try:
                recording.file = videos.file(recording.name)
            except (UnsafePath, OSError):
                continue
    for folder in runs:
        moments.systems.append(_read_run(moments, Path(folder)))
    for text in queries:
        moments.query(text)
    for index in indexes:
        _add_index(moments, index)
    return moments


def _add_truth(moments: Moments, truth: MomentTruth) -> None:
    for line in truth.queries:
        recording, query = moments.recording(line.video, line.duration), moments.query(line.query)
        query.is_judged = True
        category, is_anomaly = line.line.get("category"), line.line.get("is_anomaly")
        query.category = category if isinstance(category, str) else query.category
        query.is_anomaly = is_anomaly if isinstance(is_anomaly, bool) else query.is_anomaly
        windows = [window for window in line.windows if well_formed(*window)]
        query.truth |= dict.fromkeys((recording.place, start, end) for start, end in windows)
        recording.seconds = max([recording.seconds, *(end for _, end in windows)])
        if windows and query.category:
            recording.categories.add(query.category)


def _read_run(moments: Moments, folder: Path) -> System:
    """RESULTS of one evaluation: its truth is added, its predictions and figures are returned."""
    root = Root(folder)
    try:
        metrics = root.file(METRICS)
        result = from_json(MomentsResult, read_json_object(metrics, error=MomentsError), str(metrics))
        truth = read_truth(str(root.file(TRUTH)))
    except (UnsafePath, FileNotFoundError):
        raise MomentsError(f"{folder}: not a finished evaluation of moments (ranked lists have none)") from None
    _add_truth(moments, truth)
    rows: dict[str, dict[Row, None]] = {}  # equal words may have the same rows in several lines
    for text, video, window in _predictions(root, truth):
        start, end, score = (as_number(value, text) for value in (*window[:2], window[2] if len(window) > 2 else None))
        if well_formed(start, end):
            recording = moments.recording(video)
            recording.seconds = max(recording.seconds, end)
            shown = score if abs(score) < float("inf") else None
            rows.setdefault(text, {})[recording.place, start, end, shown] = None
    digits = 3 if result.protocol == "tvr-ranking" else 1
    figures = [
        (name, "–" if value is None else f"{value:.{digits}f}{_interval(result, name, digits)}")
        for name, value in result.figures.items()
    ]
    return System(result.name, figures, {text: _best(found) for text, found in rows.items()})


def _best(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: -float("inf") if row[3] is None else row[3], reverse=True)[:MOST_ROWS]


def _interval(result: MomentsResult, name: str, digits: int) -> str:
    ends = result.interval_95.get(name)
    return f" [{ends[0]:.{digits}f} {ends[1]:.{digits}f}]" if ends else ""


def _predictions(root: Root, truth: MomentTruth) -> Iterable[tuple[str, str, Sequence[object]]]:
    """(query, recording, [start, end, score]): over all recordings where the evaluation searched them all.

    TVR's format has no rows of queries without an answer; those in QVHighlights' are of the query's own recording.
    """
    queries = {query.qid: query for query in truth.queries}
    searched: set[str] = set()
    for name in (TVR_FILE, QVHIGHLIGHTS_FILE):
        try:
            submission = read_submission(root.file(name))
        except (UnsafePath, FileNotFoundError):
            continue
        if name == TVR_FILE and "VCMR" not in submission.table:
            continue
        if name == TVR_FILE:
            names = {number: video for video, number in video_indices(submission.table.get("video2idx")).items()}
            for item in as_list(submission.table["VCMR"], "VCMR"):
                line = as_object(item, "VCMR")
                query = queries.get(_id(line.get("desc_id")))
                if query is None:
                    continue
                searched.add(query.query)
                for row in map(_as_row, as_list(line.get("predictions"), "predictions")):
                    if row and isinstance(row[0], int) and row[0] in names:
                        yield query.query, names[row[0]], row[1:4]
        else:
            for line in submission.lines:
                query = queries.get(_id(line.get("qid")))
                for row in map(_as_row, as_list(line.get("pred_relevant_windows") or [], "pred_relevant_windows")):
                    if query is not None and query.query not in searched:
                        yield query.query, query.video, row[:3]


def _id(value: object) -> str | int | None:
    return value if isinstance(value, (str, int)) else None


def _as_row(value: object) -> Sequence[object]:
    return as_list(value, "a prediction")


def _add_index(moments: Moments, index: Index) -> None:
    """The recordings of an index, and for every query the moments that it finds."""
    places = recordings_of(moments, index)
    rows: dict[str, list[Row]] = {}
    for query in moments.queries.values():
        found = index.find(query.text, top=FOUND)
        pairs = zip(found.peaks, found.moments, strict=True)
        rows[query.text] = [(places[peak.video].place, one.start, one.end, one.score) for peak, one in pairs]
    moments.systems.append(System(f"index {index.folder.name}", [], rows))


def recordings_of(moments: Moments, index: Index) -> dict[int, Recording]:
    """The recording of each video of the index: a stream where it is one, else a new one by its file's name.

    Two files of one name are told apart by their folders, if needed: a site contains no path of the machine.
    """
    by_file = {one.file.resolve(): one for one in moments.recordings.values() if one.file is not None}
    found: dict[int, Recording] = {}
    for number, video in enumerate(index.stored.videos):
        paths = [Path(path) for path in video.paths]
        if not paths:
            continue  # no longer in the footage
        known = next((by_file[path.resolve()] for path in paths if path.resolve() in by_file), None)
        if known is None:
            named = (moments.recordings.get(path.name) for path in paths)
            known = next((one for one in named if one is not None and one.file is None), None)
        if known is None:
            parts = paths[0].parts
            tails = ("/".join(parts[-count:]) for count in range(1, len(parts) + 1))
            known = moments.recording(next(tail for tail in tails if tail not in moments.recordings))
        known.seconds = max(known.seconds, video.duration)
        known.file = known.file or paths[0]
        by_file[known.file.resolve()] = known
        found[number] = known
    return found
