"""An index that is open: search it by words, vectors, pictures and parts of videos, and bring it up to date.

index = svta.open_index("IDX")
for moment in index.search("a man falls from a ladder", top=10):
    print(moment.file, moment.start, moment.end, moment.score, moment.alarms_per_hour)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from svta.eval.encoders.base import Encoder

from .calibration import AlarmCurve
from .indexing.footage import is_below
from .indexing.model import load_indexed
from .indexing.update import IndexConfig, IndexReport, update_index
from .merging import FineSignal, FrameScores, Moment, Peak, Scored, SharedParts, Signal, outside, peaks
from .odd import oddness
from .query import Example, difference, example_vector, text_vector, unit_vector
from .recording import Recorded
from .refine import refined
from .scan import Floats, dot_products, exact_scores
from .store.content import Stored, Video, read_index
from .store.layout import SearchError

Query = str | Example | Floats
Exact = Callable[[NDArray[np.int64]], Floats]  # rows -> their scores
SAME_SECONDS: Final = 1.0  # that copies of a video may differ by, in length and in where a moment begins
FEWEST: Final = 4  # windows of a video that may be taken for a copy: one black picture is like another
_COMPARED: Final = 16  # windows of two videos that have to be the same


@dataclass(frozen=True)
class Filters:
    """Which footage is searched: below some folders, of a time, normal footage too, some videos of the index alone."""

    within: tuple[str, ...] = ()
    recorded: Recorded | None = None
    with_normal: bool = False
    videos: frozenset[int] | None = None


@dataclass(frozen=True)
class Found:
    """The moments of one query, by descending score. threshold: below it there are too many alarms.

    normal_hours: of the footage that alarms were counted on, 0 if none is marked as normal.
    """

    moments: list[Moment]
    peaks: list[Peak]
    threshold: float | None
    normal_hours: float


class Index:
    """One index folder. It stays as it was opened until `update` or `reload`. model: where the encoder is now."""

    def __init__(self, folder: str | Path, *, model: str | None = None, device: str | None = None):
        self.folder, self._model, self._device = Path(folder), model, device
        self.stored = read_index(self.folder)

    def __repr__(self) -> str:
        return f"Index({str(self.folder)!r}, {self.num_windows:,} windows of {self.hours:.1f} h)"

    @property
    def num_windows(self) -> int:
        """Windows of footage that is in the index."""
        return int(self.stored.live.sum())

    @property
    def hours(self) -> float:
        """Hours of footage, copies once."""
        return sum(video.duration for video in self.stored.videos) / 3600

    @property
    def normal_hours(self) -> float:
        """Hours of it that are marked as normal."""
        return sum(video.duration for video in self.stored.videos if video.is_normal) / 3600

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder that made the index. Raises SearchError if it is gone, or another one is there."""
        return load_indexed(self.stored.manifest, self._model, self._device)

    def reload(self) -> None:
        """Take what was written since."""
        self.stored = read_index(self.folder)

    def update(self, footage: Sequence[str | Path] | str | Path, *, normal: Sequence[str | Path] = ()) -> IndexReport:
        """Bring the index up to date with these files and folders; `normal` is marked as normal footage."""
        places = [footage] if isinstance(footage, str | Path) else list(footage)
        report = update_index(IndexConfig(places, self.folder, normal=normal, device=self._device), self.encoder)
        self.reload()
        return report

    def search(
        self,
        query: Query,
        *,
        top: int = 10,
        alarms_per_hour: float | None = None,
        without: str | None = None,
        filters: Filters | None = None,
    ) -> list[Moment]:
        """The moments that fit best, at most `top`. query: words, a vector float32 [D], or an Example.

        alarms_per_hour: only moments that normal footage reaches at most so often; it needs normal footage in the
        index. Raises SearchError.
        """
        return self.find(query, top=top, alarms_per_hour=alarms_per_hour, without=without, filters=filters).moments

    def find(
        self,
        query: Query,
        *,
        top: int = 10,
        alarms_per_hour: float | None = None,
        without: str | None = None,
        filters: Filters | None = None,
        refine: bool = False,
    ) -> Found:
        """`search` with what its moments were judged by. refine: bounds by footage that is decoded again."""
        if top < 1:
            raise SearchError(f"top {top}: at least 1")
        vector = self.vector(query)
        if without is not None:
            vector = difference(vector, self.vector(without))
        scored = self._scored(
            dot_products(vector, self.stored.vectors), lambda rows: exact_scores(vector, self.stored.vectors_at(rows))
        )
        fine = self._fine(scored, vector)
        found = self._found(scored, fine, top, alarms_per_hour, filters or Filters(), vector)
        return self._refined(found, vector, scored.floor) if refine else found

    def _refined(self, found: Found, vector: Floats, floor: float) -> Found:
        sampling, videos = self.stored.manifest.sampling, self.stored.videos
        finer: list[Peak] = []
        for one in found.peaks:
            peak = refined(one, videos[one.video], vector, self.encoder, sampling, floor)
            earlier = [(other.start, other.end) for other in finer if other.video == one.video]
            start, end = outside((peak.start, peak.end), (one.start, one.end), earlier) or (one.start, one.end)
            finer.append(replace(peak, start=start, end=end))
        moments = [
            replace(moment, start=round(peak.start, 3), end=round(peak.end, 3))
            for moment, peak in zip(found.moments, finer)
        ]
        return replace(found, moments=moments, peaks=finer)

    def odd_ones(self, *, top: int = 10, filters: Filters | None = None) -> Found:
        """Moments that are unlike the rest of the footage; score: 1 - cosine to what is nearest elsewhere."""
        stored = self.stored
        scored = self._scored(oddness(stored.windows, stored.vectors_at, stored.live))
        return self._found(scored, SharedParts(scored), top, None, filters or Filters(with_normal=True), None)

    def vector(self, query: Query) -> Floats:
        """A query as a vector of length 1."""
        manifest = self.stored.manifest
        if isinstance(query, str):
            return text_vector(self.encoder, query, manifest.encoder.dim)
        if isinstance(query, Example):
            return example_vector(self.encoder, manifest.sampling, query, manifest.encoder.dim)
        return unit_vector(query, manifest.encoder.dim, "the query")

    def scores(self, query: Query) -> Floats:
        """float32 [N]: how well each window of `stored.windows` fits the query."""
        vector = self.vector(query)
        return dot_products(vector, self.stored.vectors)

    def _scored(self, scores: Floats, exact: Exact | None = None) -> Scored:
        windows = self.stored.windows
        return Scored(windows.video, windows.start, windows.end, scores, self.stored.rows, exact)

    def _fine(self, scored: Scored, vector: Floats) -> FineSignal:
        if not self.stored.manifest.sampling.pools_frames:
            return SharedParts(scored)

        def frame_scores(video: int) -> Signal:
            start, end, vectors = self.stored.frames_of(video)
            return Signal(start, end, dot_products(vector, [vectors]))

        return FrameScores(frame_scores)

    def _found(
        self,
        scored: Scored,
        fine: FineSignal,
        top: int,
        per_hour: float | None,
        filters: Filters,
        vector: Floats | None,
    ) -> Found:
        hours = self.normal_hours
        curve = None
        if hours and vector is not None:
            normal = np.array([video.is_normal for video in self.stored.videos], bool)
            curve = AlarmCurve(peaks(scored, self.stored.of_videos(normal) & self.stored.live, fine), hours)
        if per_hour is not None and curve is None:
            raise SearchError(
                f"{self.folder}: no footage in it is marked as normal, so alarms an hour are not known; "
                "`svta index --normal FOOTAGE --out IDX` marks some"
            )
        threshold = None if per_hour is None or curve is None else curve.threshold(per_hour)
        least = -np.inf if threshold is None else threshold
        chosen: list[Peak] = []
        copies: dict[int, list[str]] = {}
        for peak in peaks(scored, _allowed(self.stored, filters), fine, least):
            if filters.recorded and not filters.recorded.holds(self.stored.videos[peak.video], peak.start, peak.end):
                continue
            same = next((i for i, known in enumerate(chosen) if _is_copy(self.stored, known, peak)), None)
            if same is not None:
                copies.setdefault(same, []).extend(self.stored.videos[peak.video].paths)
                continue
            if len(chosen) == top:
                break
            chosen.append(peak)
        moments = [self._moment(peak, copies.get(i, []), curve, filters) for i, peak in enumerate(chosen)]
        return Found(moments, chosen, threshold, hours)

    def _moment(self, peak: Peak, copies: Iterable[str], curve: AlarmCurve | None, filters: Filters) -> Moment:
        video = self.stored.videos[peak.video]
        places = [os.path.abspath(place) for place in filters.within]
        paths = [*_below(video, places), *(path for path in video.paths if path not in _below(video, places))]
        rate = None if curve is None else curve.rate(peak.score)
        recorded = None if filters.recorded is None else filters.recorded.time(video, peak.start)
        return Moment(
            paths[0],
            round(peak.start, 3),
            round(peak.end, 3),
            round(peak.score, 6),
            None if rate is None else rate.per_hour,
            None if rate is None else (rate.low, rate.high),
            tuple([*paths[1:], *copies]),
            recorded,
        )


def _allowed(stored: Stored, filters: Filters) -> NDArray[np.bool_]:
    """The windows that a search may find."""
    places = [os.path.abspath(place) for place in filters.within]
    chosen = np.array([bool(video.files) for video in stored.videos], bool)
    chosen &= np.array([filters.with_normal or not video.is_normal for video in stored.videos], bool)
    for place in places:
        if not any(_below(video, [place]) for video in stored.videos):
            raise SearchError(f"{place}: no footage of this index is there; it has {_some_folder(stored)}")
    if places:
        chosen &= np.array([bool(_below(video, places)) for video in stored.videos], bool)
    if filters.videos is not None:
        chosen &= np.isin(np.arange(len(chosen)), list(filters.videos))
    allowed = stored.of_videos(chosen)
    if filters.recorded is not None:
        allowed &= filters.recorded.allowed(stored)
    return allowed


def _is_copy(stored: Stored, known: Peak, peak: Peak) -> bool:
    """Whether two moments are the same one, in two files whose frames are the same: a remuxed copy."""
    a, b = (stored.videos[one.video] for one in (known, peak))
    if known.video == peak.video or abs(a.duration - b.duration) > SAME_SECONDS:
        return False
    if abs(known.start - peak.start) > SAME_SECONDS or abs(known.end - peak.end) > SAME_SECONDS:
        return False
    rows = [stored.rows[one.video] for one in (known, peak)]
    if len({end - first for first, end in rows}) > 1 or rows[0][1] - rows[0][0] < FEWEST:
        return False
    steps = np.linspace(0, rows[0][1] - rows[0][0] - 1, _COMPARED, dtype=int)
    first, second = (stored.vectors_at(start + steps) for start, _ in rows)
    return np.array_equal(first, second)


def _below(video: Video, places: list[str]) -> list[str]:
    """The video's files in some folders; all where none are named."""
    return [path for path in video.paths if not places or is_below(path, places)]


def _some_folder(stored: Stored) -> str:
    """A folder that was named for the footage, for a message."""
    return next((row.root for row in stored.files if row.is_indexed), "none at all")


def open_index(path: str | Path, *, model: str | None = None, device: str | None = None) -> Index:
    """Open an index that `svta index` made. model: where its encoder is now, if it was moved.

    Raises SearchError if there is none, or a damaged one.
    """
    return Index(path, model=model, device=device)
