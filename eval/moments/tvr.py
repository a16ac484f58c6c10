"""The TVR protocol: recall at 1, 5, 10 and 100 of moments in a corpus (VCMR), in one video (SVMR), of videos (VR).

In: truth lines and, for each task, rows [video index, start, end, score] in file order; out: percent. `official` is
what jayleicn/TVRetrieval standalone_eval prints, in float32; None if that script raises. `honest` counts in float64,
compares video indices as integers, and a missing prediction is a miss.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from .windows import (
    Mode,
    MomentsError,
    as_id,
    as_list,
    as_number,
    as_numbers,
    as_object,
    as_windows,
    check_mode,
    check_windows,
    hull_iou,
    well_formed,
)

TASKS: Final = ("VCMR", "SVMR", "VR")
TYPES: Final = ("v", "t", "vt")
IOU_THRESHOLDS: Final = (0.5, 0.7)
TOP: Final = (1, 5, 10, 100)
MAX_ROWS: Final = 100
MANY_SPANS: Final = 4  # from here on two spans must be reached (DiDeMo)
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Truth:
    """One query: its video and its spans; nested: `ts` was a list of spans."""

    desc_id: Hashable
    video: str
    spans: list[tuple[float, float]]
    nested: bool
    kind: object = None


Rows = list[tuple[float, float, float]]  # video index, start, end
Ranks = dict[str, float]  # "0.5", "0.7" or "video" -> place of the first right row, from 1; infinite: none


def score_tvr(case: Mapping[str, object], *, mode: Mode = "honest") -> dict[str, object]:
    """Figures of each task in the case, and by type of description; percent.

    case: video2idx {name: index}, ground_truth [{desc_id, type, vid_name, ts}], any of VCMR, SVMR, VR
    [{desc_id, predictions [[video index, s, e, score]]}], use_desc_type (default true). The first 100 rows in file
    order count, the score is not read. Raises MomentsError.
    """
    check_mode(mode)
    video2idx = as_object(case.get("video2idx"), "video2idx")
    truths = _read_truths(case.get("ground_truth"))
    by_type = bool(case.get("use_desc_type", True))
    submitted = [task for task in TASKS if task in case]
    if not submitted:
        raise MomentsError(f"no predictions: one of {', '.join(TASKS)} is needed")
    figures: dict[str, object] = {}
    for task in submitted:
        lines = _read_lines(case[task], task)
        if mode == "official":
            figures |= _official(task, truths, lines, video2idx, by_type)
        else:
            figures |= _honest(task, truths, lines, video_indices(video2idx), by_type)
    return figures


def video_indices(value: object) -> dict[str, int]:
    """Video name -> index in the predictions, of a flat table or of TVR's own, {split: {name: [seconds, index]}}.

    Raises MomentsError for what is not an index: as it equals no row's, every prediction would count as a miss.
    """
    table = as_object(value, "video2idx")
    if table and all(isinstance(videos, Mapping) for videos in table.values()):
        table = {name: index for videos in table.values() for name, index in as_object(videos, "video2idx").items()}
    indices = {}
    for name, given in table.items():
        index = given[-1] if isinstance(given, list) and len(given) == 2 else given
        if isinstance(index, float) and index.is_integer():
            index = int(index)
        if type(index) is not int:
            shown = f"{str(name)[:80]!r} has the index {str(given)[:80]}"
            raise MomentsError(f"video2idx: {shown}; a whole number is needed")
        indices[str(name)] = index
    return indices


def _read_truths(value: object) -> list[Truth]:
    truths = []
    for number, item in enumerate(as_list(value, "ground truth"), 1):
        line = as_object(item, f"ground truth line {number}")
        desc_id = as_id(line.get("desc_id"), f"ground truth line {number}")
        where = f"ground truth, desc_id {desc_id}"
        ts = as_list(line.get("ts"), f"{where}: ts")
        nested = bool(ts) and isinstance(ts[0], (list, tuple))
        spans = [as_numbers(span, 2, where) for span in (ts if nested else [ts])]
        if not isinstance(video := line.get("vid_name"), str):
            raise MomentsError(f"{where}: vid_name is missing")
        truths.append(Truth(desc_id, video, [(s, e) for s, e, *_ in spans], nested, line.get("type")))
    return truths


def _read_lines(value: object, task: str) -> list[tuple[Hashable, Rows]]:
    lines = []
    for number, item in enumerate(as_list(value, task), 1):
        line = as_object(item, f"{task} line {number}")
        desc_id = as_id(line.get("desc_id"), f"{task} line {number}")
        where = f"{task}, desc_id {desc_id}"
        listed = as_list(line.get("predictions"), f"{where}: predictions")
        rows: Rows = []
        for row in listed:
            video, start, end, *_ = (as_number(v, where) for v in [*as_list(row, where), None, None, None][:3])
            rows.append((video, start, end))
        lines.append((desc_id, rows))
    return lines


def _recall_keys(task: str) -> list[tuple[str, str, int]]:
    """(key of a figure, rank it is about, K) of a task."""
    if task == "VR":
        return [(f"r{k}", "video", k) for k in TOP]
    return [(f"{iou}-r{k}", str(iou), k) for iou in IOU_THRESHOLDS for k in TOP]


def _first(hits: Bools) -> float:
    return float(np.argmax(hits)) + 1 if hits.any() else math.inf


def _ranks(task: str, of_video: Bools, reached: Mapping[str, Bools]) -> Ranks:
    """Place of the first right row for each threshold; SVMR counts the rows of the right video alone."""
    if task == "VR":
        return {"video": _first(of_video)}
    return {iou: _first(hits[of_video] if task == "SVMR" else hits) for iou, hits in reached.items()}


def _honest(
    task: str,
    truths: list[Truth],
    lines: list[tuple[Hashable, Rows]],
    video2idx: Mapping[str, int],
    by_type: bool,
) -> dict[str, object]:
    _refuse(truths, lines, by_type)
    rows_of = dict(lines)
    ranks = [_honest_ranks(task, truth, rows_of.get(truth.desc_id, []), video2idx) for truth in truths]
    kinds = [truth.kind for truth in truths]
    figures: dict[str, object] = {task: {key: _share(ranks, rank, k) for key, rank, k in _recall_keys(task)}}
    if by_type:
        figures[f"{task}_by_type"] = {
            f"{kind}-{key}": _share([r for r, of in zip(ranks, kinds, strict=True) if of == kind], rank, k)
            for kind in TYPES
            for key, rank, k in _recall_keys(task)
        }
    figures[f"{task}_counts"] = {
        "num_queries": len(truths),
        "num_missing": sum(not rows_of.get(truth.desc_id) for truth in truths),
        "num_malformed_rows": sum(
            not math.isfinite(row[0]) or (task != "VR" and not well_formed(row[1], row[2]))
            for _, rows in lines
            for row in rows
        ),
    }
    return figures


def query_recalls(case: Mapping[str, object], task: str) -> dict[str, list[float]]:
    """Figure -> 100 or 0 for each query, in the order of the truth: what the honest means of a task are made of."""
    rows_of = dict(_read_lines(case[task], task))
    video2idx = video_indices(case.get("video2idx"))
    truths = _read_truths(case.get("ground_truth"))
    ranks = [_honest_ranks(task, truth, rows_of.get(truth.desc_id, []), video2idx) for truth in truths]
    return {key: [100.0 * (one[rank] <= k) for one in ranks] for key, rank, k in _recall_keys(task)}


def _honest_ranks(task: str, truth: Truth, rows: Rows, video2idx: Mapping[str, int]) -> Ranks:
    rows = rows[:MAX_ROWS]
    index = video2idx.get(truth.video)
    of_video = np.array([row[0] == index for row in rows], bool)
    good = of_video & np.array([well_formed(row[1], row[2]) for row in rows], bool)
    windows = as_windows([row[1:] for row in rows])
    ious = np.array([np.where(good, hull_iou(windows, np.array(span)), 0) for span in truth.spans])
    needed = 2 if len(truth.spans) >= MANY_SPANS else 1
    return _ranks(task, of_video, {str(t): (ious >= t).sum(0) >= needed for t in IOU_THRESHOLDS})


def _refuse(truths: list[Truth], lines: list[tuple[Hashable, Rows]], by_type: bool) -> None:
    """Raise MomentsError for what no honest figure can count."""
    for ids in ([truth.desc_id for truth in truths], [desc_id for desc_id, _ in lines]):
        if repeated := [one for one, times in Counter(ids).items() if times > 1]:
            raise MomentsError(f"duplicate desc_id {repeated[0]}")
    known = {truth.desc_id for truth in truths}
    if unknown := [desc_id for desc_id, _ in lines if desc_id not in known]:
        raise MomentsError(f"prediction for unknown desc_id {unknown[0]}")
    for truth in truths:
        check_windows(truth.spans, f"ground truth, desc_id {truth.desc_id}")
        if by_type and truth.kind not in TYPES:
            raise MomentsError(f"ground truth, desc_id {truth.desc_id}: type must be one of {', '.join(TYPES)}")


def _share(ranks: Sequence[Ranks], rank: str, k: int) -> float | None:
    return 100 * sum(one[rank] <= k for one in ranks) / len(ranks) if ranks else None


def _official(
    task: str,
    truths: list[Truth],
    lines: list[tuple[Hashable, Rows]],
    video2idx: Mapping[str, object],
    by_type: bool,
) -> dict[str, object]:
    """As the script counts with match_number=False: queries that have predictions; the last line of an id counts."""
    rows_of = dict(lines)
    kept = [truth for truth in {truth.desc_id: truth for truth in truths}.values() if truth.desc_id in rows_of]
    ranks = [_official_ranks(task, truth, rows_of[truth.desc_id], video2idx.get(truth.video)) for truth in kept]
    known = [one for one in ranks if one is not None]
    if not kept or len(known) < len(kept) or (by_type and any(truth.kind not in TYPES for truth in kept)):
        return {task: None}
    kinds = np.array([str(truth.kind) for truth in kept])
    correct = {key: np.array([one[rank] <= k for one in known]) for key, rank, k in _recall_keys(task)}
    figures: dict[str, object] = {task: {key: _rounded(np.mean(hits)) for key, hits in correct.items()}}
    if by_type:
        with np.errstate(invalid="ignore"):
            of_type: dict[str, object] = {
                f"{kind}-{key}": _rounded(np.float64(np.sum(hits & (kinds == kind))) / np.sum(kinds == kind))
                for kind in TYPES
                for key, hits in correct.items()
            }
        shares = [_rounded(np.mean(kinds == kind)) for kind in TYPES]
        of_type["desc_type_ratio"] = "v {} t {} vt {}".format(*shares)
        figures[f"{task}_by_type"] = of_type
    return figures


def _official_ranks(task: str, truth: Truth, rows: Rows, index: object) -> Ranks | None:
    """Ranks in float32, video indices included; None if the script raises."""
    rows = rows[:MAX_ROWS]
    if not rows or isinstance(index, bool) or not isinstance(index, (int, float)):
        return None
    with np.errstate(over="ignore"):
        table, spans = np.array(rows, np.float32), np.array(truth.spans, np.float32)
        of_video = table[:, 0] == np.float32(index)
    windows = table[:, 1:]
    if len(spans) >= MANY_SPANS:
        ious = np.array([hull_iou(windows, span) * of_video for span in spans])
        needed = 2
    elif not truth.nested:
        ious, needed = (hull_iou(windows, spans[0]) * of_video)[None], 1
    elif len(spans) > 1 and len(rows) == 2:  # the script reads the first two spans as starts and ends of the two rows
        ious, needed = (hull_iou(windows, spans[:2].T) * of_video)[None], 1
    else:
        return None
    return _ranks(task, of_video, {str(t): (ious >= np.float32(t)).sum(0) >= needed for t in IOU_THRESHOLDS})


def _rounded(share: np.floating) -> float:
    return float(np.round(share * 100, 2))
