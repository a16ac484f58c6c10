"""The QVHighlights protocol: MR-R1 and MR-mAP of moments, HL-mAP and HL-Hit1 of highlights, percent.

In: truth and submission lines as dicts; out: figures keyed as the public script keys them. `official` is what
jayleicn/moment_detr standalone_eval prints, faults included; None if that script raises. `honest` is the same
arithmetic where a malformed row never hits and a missing prediction is a miss.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from .highlights import Highlights, highlight_figures, read_highlights, read_saliency
from .windows import (
    Floats,
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
    union_iou,
    well_formed,
)

IOU_THRESHOLDS: Final = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
R1_THRESHOLDS: Final = (0.3, *IOU_THRESHOLDS)
RANGES: Final = {"short": (0.0, 10.0), "middle": (10.0, 30.0), "long": (30.0, 150.0), "full": (-math.inf, math.inf)}
MAX_ROWS: Final = 10  # of a query, in file order
Row = tuple[float, float, float | None]  # start, end and score; no score: the row had two numbers


@dataclass(frozen=True)
class Truth:
    """One query of the truth file: its true windows (none: it has no answer) and its highlight ratings, if any."""

    qid: Hashable
    vid: str
    windows: list[tuple[float, float]]
    highlights: Highlights | None


@dataclass(frozen=True)
class Prediction:
    """One line of a submission; rows are None if the line has no pred_relevant_windows, saliency likewise."""

    qid: Hashable
    rows: list[Row] | None
    saliency: list[float] | None


def read_truths(ground_truth: Sequence[Mapping[str, object]]) -> list[Truth]:
    """The lines of a truth file. Raises MomentsError for a line of another shape."""
    truths = []
    for number, item in enumerate(as_list(ground_truth, "ground truth"), 1):
        line = as_object(item, f"ground truth line {number}")
        qid = as_id(line.get("qid"), f"ground truth line {number}")
        where = f"ground truth, qid {qid}"
        windows = [as_numbers(w, 2, where) for w in as_list(line.get("relevant_windows"), f"{where}: relevant_windows")]
        vid = str(line.get("vid") or qid)
        truths.append(Truth(qid, vid, [(start, end) for start, end, *_ in windows], read_highlights(line, where)))
    return truths


def read_predictions(predictions: Sequence[Mapping[str, object]]) -> list[Prediction]:
    """The lines of a submission. Raises MomentsError for a line of another shape."""
    read = []
    for number, item in enumerate(as_list(predictions, "predictions"), 1):
        line = as_object(item, f"predictions line {number}")
        qid = as_id(line.get("qid"), f"predictions line {number}")
        rows = line.get("pred_relevant_windows")
        where = f"prediction, qid {qid}"
        parsed = None if rows is None else [_read_row(row, where) for row in as_list(rows, where)]
        read.append(Prediction(qid, parsed, read_saliency(line, where)))
    return read


def _read_row(row: object, where: str) -> Row:
    items = as_list(row, where)
    start, end = as_numbers(items[:2], 2, where)
    return start, end, as_number(items[2], where) if len(items) > 2 else None


def is_malformed(row: Row) -> bool:
    """Whether a row can never hit: no window, or no finite score."""
    start, end, score = row
    return not (well_formed(start, end) and score is not None and math.isfinite(score))


def checked(truths: list[Truth], predictions: list[Prediction]) -> tuple[list[Truth], dict[Hashable, Prediction]]:
    """Truths and the prediction of each qid. Raises MomentsError for what no honest figure can count."""
    for name, lines in (("ground truth", truths), ("prediction", predictions)):
        repeated = [qid for qid, times in Counter(line.qid for line in lines).items() if times > 1]
        if repeated:
            raise MomentsError(f"duplicate {name} qid {repeated[0]}")
    known = {truth.qid for truth in truths}
    for truth in truths:
        check_windows(truth.windows, f"ground truth, qid {truth.qid}")
    for line in predictions:
        if line.qid not in known:
            raise MomentsError(f"prediction for unknown qid {line.qid}")
        if any(score is None for _, _, score in line.rows or ()):
            raise MomentsError(f"prediction row without a score, qid {line.qid}")
    return truths, {line.qid: line for line in predictions}


def score_qvhighlights(
    ground_truth: Sequence[Mapping[str, object]], predictions: Sequence[Mapping[str, object]], *, mode: Mode = "honest"
) -> dict[str, object]:
    """Figures of each length range (short, middle, long, full) and of highlights; percent.

    ground_truth: rows {qid, vid, duration, relevant_windows [[s, e]], optional relevant_clip_ids, saliency_scores};
    predictions: rows {qid, pred_relevant_windows [[s, e, score]], optional pred_saliency_scores}. R1: the first row in
    file order; mAP: the first ten, sorted by score. Official figures have two decimals, None if the script raises;
    honest ones add MR-mIoU and counts, and an empty range is None. Raises MomentsError.
    """
    check_mode(mode)
    truths, lines = read_truths(ground_truth), read_predictions(predictions)
    return _official(truths, lines) if mode == "official" else _honest(*checked(truths, lines))


def _honest(truths: list[Truth], lines: dict[Hashable, Prediction]) -> dict[str, object]:
    answerable = [truth for truth in truths if truth.windows]
    rows = {truth.qid: line.rows or [] if (line := lines.get(truth.qid)) else [] for truth in truths}
    figures: dict[str, object] = {
        "num_queries": len(answerable),
        "num_no_answer": len(truths) - len(answerable),
        "num_missing": sum(not rows[truth.qid] for truth in answerable),
        "num_malformed_rows": sum(is_malformed(row) for listed in rows.values() for row in listed),
    }
    for name, limits in RANGES.items():
        chosen = [(windows, rows[t.qid]) for t in answerable if (windows := _in_range(t.windows, limits))]
        figures[name] = _honest_range(chosen) if chosen else None
    if any(line.saliency is not None for line in lines.values()):
        rated = [(t.highlights, line.saliency if (line := lines.get(t.qid)) else None) for t in truths if t.highlights]
        figures |= highlight_figures(rated, mode="honest")
    return figures


def _in_range(windows: list[tuple[float, float]], limits: tuple[float, float]) -> list[tuple[float, float]]:
    least, most = limits
    return [window for window in windows if least < window[1] - window[0] <= most]


def _honest_range(queries: list[tuple[list[tuple[float, float]], list[Row]]]) -> dict[str, object]:
    precisions = np.array([query_precision(windows, rows) for windows, rows in queries])
    first = np.array([first_row_iou(windows, rows) for windows, rows in queries])
    means = precisions.mean(0)
    return {
        "queries": len(queries),
        "MR-mAP": {str(t): 100 * float(v) for t, v in zip(IOU_THRESHOLDS, means, strict=True)}
        | {"average": 100 * float(means.mean())},
        "MR-R1": {str(t): 100 * float(np.mean(first >= t)) for t in R1_THRESHOLDS},
        "MR-mIoU": 100 * float(first.mean()),
    }


def query_precision(windows: list[tuple[float, float]], rows: list[Row]) -> Floats:
    """Average precision (0-1) of one query at each of IOU_THRESHOLDS, counted honestly."""
    rows = rows[:MAX_ROWS]
    if not rows:
        return np.zeros(len(IOU_THRESHOLDS))
    bad = np.array([is_malformed(row) for row in rows])
    scores = np.array([score if score is not None and math.isfinite(score) else -math.inf for _, _, score in rows])
    order = np.argsort(-scores, kind="stable")
    ious = np.where(bad[:, None], -1.0, union_iou(as_windows(rows), as_windows(windows)))[order]
    return average_precisions(np.nan_to_num(ious, nan=-1.0))


def first_row_iou(windows: list[tuple[float, float]], rows: list[Row]) -> float:
    """Hull IoU of the first row with the truth it fits best; 0 if it is missing or malformed."""
    if not rows or is_malformed(rows[0]):
        return 0.0
    row, truths = as_windows(rows[:1]), as_windows(windows)
    best = int(np.argmax(union_iou(row, truths)[0]))
    return float(hull_iou(row[0], truths[best]))


def average_precisions(ious: Floats) -> Floats:
    """Interpolated average precision (0-1) at each of IOU_THRESHOLDS of one query's rows, best score first.

    ious: [rows, truths]. Greedy: a row claims the free truth with the highest IoU that reaches the threshold, the later
    truth among equals. A NaN IoU is below no threshold, as in the reference. No truth: NaN.
    """
    num_rows, num_truths = ious.shape
    choices = np.argsort(ious, axis=1, kind="stable")[:, ::-1]
    hits = np.zeros((len(IOU_THRESHOLDS), num_rows))
    for level, threshold in enumerate(IOU_THRESHOLDS):
        claimed: set[int] = set()
        for row, choice in enumerate(choices):
            for truth in choice.tolist():
                if ious[row, truth] < threshold:
                    break
                if truth not in claimed:
                    claimed.add(truth)
                    hits[level, row] = 1
                    break
    with np.errstate(invalid="ignore", divide="ignore"):
        recall = np.cumsum(hits, axis=1) / np.float64(num_truths)
        found = recall * num_truths
        precision = found / (found + np.cumsum(1 - hits, axis=1))
        best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        gains = np.diff(recall, axis=1, prepend=0)
        areas: Floats = np.where(gains != 0, gains * best, 0).sum(axis=1)
    return areas


def _official(truths: list[Truth], lines: list[Prediction]) -> dict[str, object]:
    """As the script counts with match_number=False: only the qids that both files have."""
    shared = {truth.qid for truth in truths} & {line.qid for line in lines}
    truths = [truth for truth in truths if truth.qid in shared]
    lines = [line for line in lines if line.qid in shared]
    figures: dict[str, object] = {}
    if not lines or lines[0].rows is not None:
        for name, limits in RANGES.items():
            figures[name] = _official_range(truths, lines, name, limits)
    if lines and lines[0].saliency is not None:
        rated = {truth.qid: truth.highlights for truth in truths}  # the last line of a qid counts
        last = {line.qid: line.saliency for line in lines}
        figures |= highlight_figures([(rated[qid], saliency) for qid, saliency in last.items()], mode="official")
    return figures


def _official_range(
    truths: list[Truth], lines: list[Prediction], name: str, limits: tuple[float, float]
) -> dict[str, object]:
    kept = [(truth.qid, truth.windows) for truth in truths]
    if name != "full":
        kept = [(qid, chosen) for qid, windows in kept if (chosen := _in_range(windows, limits))]
        qids = {qid for qid, _ in kept}
        lines = [line for line in lines if line.qid in qids]
    return {
        "queries": len(kept),
        "MR-mAP": _official_precision(kept, lines),
        "MR-R1": _official_first(dict(kept), lines),
    }


def _official_precision(
    truths: list[tuple[Hashable, list[tuple[float, float]]]], lines: list[Prediction]
) -> dict[str, float] | None:
    """mAP over the qids that have rows; two lines of one qid are joined. None: the script raises."""
    windows: dict[Hashable, list[tuple[float, float]]] = {}
    rows: dict[Hashable, list[Row]] = {}
    for qid, listed in truths:
        windows.setdefault(qid, []).extend(listed)
    for line in lines:
        if line.rows is None or any(score is None for _, _, score in line.rows[:MAX_ROWS]):
            return None
        if line.rows:
            rows.setdefault(line.qid, []).extend(line.rows[:MAX_ROWS])
    if not rows:
        return None
    precisions = []
    for qid, joined in rows.items():
        ranked = sorted(joined, key=lambda row: -(row[2] or 0.0))  # Python's sort, whose order NaN scores disturb
        precisions.append(average_precisions(union_iou(as_windows(ranked), as_windows(windows[qid]))))
    means = np.array(precisions).mean(0)
    named = dict(zip(map(str, IOU_THRESHOLDS), means, strict=True)) | {"average": means.mean()}
    return {key: two_decimals(value) for key, value in named.items()}


def _official_first(
    windows: dict[Hashable, list[tuple[float, float]]], lines: list[Prediction]
) -> dict[str, float] | None:
    """R1 of the last line of each qid. None: the script raises (no rows, or no truth)."""
    first = {line.qid: line.rows for line in lines}
    if not first or not all(first.values()) or not all(windows.values()):
        return None
    ious = []
    for qid, rows in first.items():
        row, truths = as_windows((rows or [])[:1]), as_windows(windows[qid])
        best = int(np.argmax(union_iou(row, truths)[0]))  # NaN counts as the highest
        ious.append(float(hull_iou(row[0], truths[best])))
    reached = np.array(ious)
    return {str(t): two_decimals(np.mean(reached >= t)) for t in R1_THRESHOLDS}


def two_decimals(share: float | np.floating) -> float:
    """A share as the script prints it: percent, two decimals."""
    return float(f"{100 * float(share):.2f}")
