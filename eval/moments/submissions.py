"""Predictions in the formats of the field: read for scoring, converted into each other, written.

qvhighlights: JSONL {qid, query, vid, pred_relevant_windows [[s, e, score]]}; tvr: JSON {video2idx, VCMR | SVMR | VR};
tvr-ranking: JSON {query: [{video_name, timestamp, model_scores}]}. Bare NaN is read, as Python's json writes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from svta.builder.io.files import write_json
from svta.builder.io.json_text import Json, JsonObject, read_json, read_jsonl, write_jsonl

from .truth import MomentTruth
from .tvr import TASKS
from .windows import MomentsError, as_list, as_object

PROTOCOLS: Final = ("qvhighlights", "tvr", "tvr-ranking")
QVHIGHLIGHTS_FILE: Final = "submission_qvhighlights.jsonl"
TVR_FILE: Final = "submission_tvr.json"


@dataclass(frozen=True)
class Submission:
    """Predictions as their file holds them: lines (qvhighlights) or one object (tvr, tvr-ranking).

    A search gives both, so that the object has rows of all videos; made_by: model and sampling of a search.
    """

    protocol: str
    lines: list[JsonObject]
    table: Mapping[str, Json]
    made_by: Mapping[str, Json] = field(default_factory=dict)

    def as_qvhighlights(self, truth: MomentTruth) -> list[JsonObject]:
        """Lines of the QVHighlights format: of TVR rows those in the query's own video, in file order."""
        if self.protocol == "qvhighlights":
            return self.lines
        queries = {query.qid: query for query in truth.queries}
        index = as_object(self.table.get("video2idx"), "video2idx")
        lines = []
        for item in as_list(self.table.get("SVMR", self.table.get("VCMR")), "SVMR or VCMR"):
            line = as_object(item, "SVMR or VCMR")
            query = queries.get(line.get("desc_id"))
            rows = [as_list(row, "predictions") for row in as_list(line.get("predictions"), "predictions")]
            own = None if query is None else index.get(query.video)
            lines.append(
                {
                    "qid": line.get("desc_id"),
                    "query": query.query if query else "",
                    "vid": query.video if query else "",
                    "pred_relevant_windows": [list(row[1:4]) for row in rows if row and row[0] == own],
                }
            )
        return lines

    def as_tvr(self, truth: MomentTruth) -> Mapping[str, Json]:
        """One object of the TVR format: QVHighlights lines become the rows of SVMR, in the query's own video."""
        if self.table:
            return self.table
        index = {video: number for number, video in enumerate(truth.videos)}
        queries = {query.qid: query for query in truth.queries}
        rows = []
        for line in self.lines:
            query = queries.get(line.get("qid"))
            if query is not None and not query.windows:
                continue  # TVR has no place for queries without an answer
            own = -1 if query is None else index[query.video]
            windows = as_list(line.get("pred_relevant_windows") or [], "pred_relevant_windows")
            predictions = [[own, *as_list(window, "pred_relevant_windows")] for window in windows]
            rows.append({"desc_id": line.get("qid"), "desc": line.get("query", ""), "predictions": predictions})
        return {"video2idx": index, "SVMR": rows}


def read_submission(path: str | Path) -> Submission:
    """A submission file of any of the formats. Raises MomentsError for anything else."""
    path = Path(path)
    if path.suffix.lower() == ".jsonl":
        return Submission("qvhighlights", [row for _, row in read_jsonl(path, annotations=True)], {})
    value = read_json(path, error=MomentsError, annotations=True)
    if isinstance(value, list):
        return Submission("qvhighlights", [dict(as_object(row, f"{path}: a line")) for row in value], {})
    table = as_object(value, str(path))
    if "video2idx" in table:
        return Submission("tvr", [], table)
    if any(task in table for task in TASKS) or not all(isinstance(rows, list) for rows in table.values()):
        raise MomentsError(f"{path}: not in a known format; TVR's has video2idx beside {', '.join(TASKS)}")
    return Submission("tvr-ranking", [], table)


def write_submissions(folder: Path, truth: MomentTruth, submission: Submission) -> list[str]:
    """Both formats of the same predictions; the names of the files. Ranked lists are in neither."""
    if submission.protocol == "tvr-ranking":
        return []
    finite = Submission("qvhighlights", [_without_nan(line) for line in submission.as_qvhighlights(truth)], {})
    write_jsonl(folder / QVHIGHLIGHTS_FILE, finite.lines)
    write_json(folder / TVR_FILE, _without_nan(submission.as_tvr(truth)))
    return [QVHIGHLIGHTS_FILE, TVR_FILE]


def _without_nan(value: Any) -> Any:
    """The value with NaN and infinities as null, which scores like them."""
    if isinstance(value, Mapping):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not abs(value) < float("inf") else value
