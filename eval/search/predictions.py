"""What an index answers to the queries of a test set, as a submission that is scored like anybody's.

svta eval --task moments --data STREAMS --index IDX
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Mapping
from os.path import basename
from typing import Final

from svta.builder.io.json_text import JsonObject
from svta.builder.paths import without_video_ending
from svta.eval.moments.evaluate import Predict
from svta.eval.moments.submissions import Submission
from svta.eval.moments.truth import MomentTruth

from .index import Filters, Found, Index
from .indexing.update import IndexConfig, update_index
from .store.layout import SearchError

MOST_ROWS: Final = 100  # of a query: as many as TVR's protocol reads


def predicted_moments(index: Index, truth: MomentTruth) -> Submission:
    """Lines of QVHighlights (a query's moments in its own video) and TVR's VCMR, SVMR and VR (in all of the test set).

    Normal footage is searched too. A query whose video is not in the index has no prediction, which is a miss. Raises
    SearchError where none of the videos is there.
    """
    places = _places(index, truth)
    if not places:
        raise SearchError(f"{index.folder}: contains none of the {len(truth.videos):,} videos of {truth.name}")
    names = {number: video for video, number in places.items()}
    numbers = {video: number for number, video in enumerate(truth.videos)}
    lines: list[JsonObject] = []
    tasks: dict[str, list[JsonObject]] = {"VCMR": [], "SVMR": [], "VR": []}
    everywhere: dict[str, list[list[float]]] = {}
    for query in truth.queries:
        vector = index.vector(query.query)
        own: list[list[float]] = []
        if query.video in places:
            found = index.find(vector, top=MOST_ROWS, filters=_only(places[query.video]))
            own = [[moment.start, moment.end, moment.score] for moment in found.moments]
        lines.append({"qid": query.qid, "query": query.query, "vid": query.video, "pred_relevant_windows": own})
        if not query.windows:
            continue  # TVR has no place for queries without an answer
        if query.query not in everywhere:
            found = index.find(vector, top=MOST_ROWS, filters=_only(*names))
            everywhere[query.query] = _corpus_rows(found, names, numbers)
        corpus = everywhere[query.query]
        rows = {"VCMR": corpus, "SVMR": [[numbers[query.video], *row] for row in own], "VR": _first_of_each(corpus)}
        for task, predictions in rows.items():
            tasks[task].append({"desc_id": query.qid, "desc": query.query, "predictions": predictions})
    return Submission("qvhighlights", lines, {"video2idx": numbers, **tasks}, _made_by(index, truth, places))


def one_frame(index: Index) -> Predict:
    """The same search where each window is one frame: what is found without motion. The footage is read again.

    The windows are the index's shortest. Raises what indexing raises.
    """

    def predict(truth: MomentTruth) -> Submission:
        sampling = index.stored.manifest.sampling
        seconds = min(sampling.windows)
        videos = [index.stored.videos[number] for number in _places(index, truth).values()]
        with tempfile.TemporaryDirectory() as folder:
            footage = [video.paths[0] for video in videos]
            update_index(IndexConfig(footage, f"{folder}/i", fps=1 / seconds, windows=(seconds,)), index.encoder)
            frames = Index(f"{folder}/i")
            frames.encoder = index.encoder
            return predicted_moments(frames, truth)

    return predict


def _places(index: Index, truth: MomentTruth) -> dict[str, int]:
    """Video of the test set -> its number in the index: by the file's whole name, else by its name without ending.

    Of several, the one that is not marked as normal: normal streams are called as those with events are.
    """
    by_name: dict[str, set[int]] = defaultdict(set)
    for number, video in enumerate(index.stored.videos):
        for name in map(basename, video.paths):
            by_name[name].add(number)
            by_name[without_video_ending(name)].add(number)
    places: dict[str, int] = {}
    for name in truth.videos:
        numbers = by_name.get(basename(name)) or by_name.get(without_video_ending(basename(name))) or set()
        if len(numbers) > 1:
            numbers = {number for number in numbers if not index.stored.videos[number].is_normal} or numbers
        if len(numbers) > 1:
            paths = sorted(path for number in numbers for path in index.stored.videos[number].paths)
            raise SearchError(f"{index.folder}: the video {name!r} may be any of {', '.join(paths)[:300]}")
        if numbers:
            places[name] = next(iter(numbers))
    return places


def _only(*videos: int) -> Filters:
    return Filters(with_normal=True, videos=frozenset(videos))


def _corpus_rows(found: Found, names: Mapping[int, str], numbers: Mapping[str, int]) -> list[list[float]]:
    """[number of the video in the test set, start, end, score] of every moment, best first."""
    return [
        [numbers[names[peak.video]], moment.start, moment.end, moment.score]
        for peak, moment in zip(found.peaks, found.moments, strict=True)
    ]


def _first_of_each(rows: list[list[float]]) -> list[list[float]]:
    """The best row of every video."""
    best: dict[float, list[float]] = {}
    for row in rows:
        best.setdefault(row[0], row)
    return list(best.values())


def _made_by(index: Index, truth: MomentTruth, places: Mapping[str, int]) -> JsonObject:
    """What made the predictions, without a path of the machine."""
    encoder, sampling = index.stored.manifest.encoder, index.stored.manifest.sampling
    return {
        "model": basename(encoder.model.rstrip("/")),
        "fingerprint": encoder.fingerprint,
        "frames_per_second": sampling.fps,
        "windows_seconds": list(sampling.windows),
        "windows": index.num_windows,
        "missing_videos": sorted(truth.videos.keys() - places.keys()),
    }
