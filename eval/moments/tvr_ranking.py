"""The TVR-Ranking protocol: NDCG@10, 20 and 40 of ranked moments at IoU .3, .5 and .7, values 0-1.

In: graded true moments and ranked moments of each query; out: their mean. `official` is what Ranking-VMR/TVR-Ranking
modules/ndcg_iou.py gives: the mean over queries that have predictions. `honest`: over all that have an answer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from .windows import (
    Mode,
    MomentsError,
    as_list,
    as_number,
    as_numbers,
    as_object,
    as_windows,
    check_mode,
    check_windows,
    union_iou,
    well_formed,
)

CUTS: Final = (10, 20, 40)
IOU_THRESHOLDS: Final = (0.3, 0.5, 0.7)
MAX_RELEVANCE: Final = 100.0  # 2 ** relevance must be a float
Means = dict[str, float | None]


@dataclass(frozen=True)
class Graded:
    """A moment of a video; relevance is that of the truth, 0 for a prediction."""

    video: str
    window: tuple[float, float]
    relevance: float = 0.0


def score_tvr_ranking(
    ground_truth: Mapping[str, object], predictions: Mapping[str, object], *, mode: Mode = "honest"
) -> dict[str, object]:
    """{"mean": {"NDCG@10 IoU=0.3": ...}}, and counts where honest.

    ground_truth {query: [{video_name, timestamp [s, e], relevance}]}, predictions {query: [{video_name, timestamp}]}.
    Rows count in file order; a row takes the free truth of its video with the highest IoU, and earns its relevance if
    that IoU is STRICTLY above the threshold. official: mean None if the script raises. Raises MomentsError.
    """
    check_mode(mode)
    truths = _read(ground_truth, "ground truth", graded=True)
    rows = _read(predictions, "prediction", graded=False)
    unknown = [query for query in rows if query not in truths]
    if mode == "official":
        if unknown:
            return {"mean": None}
        return {"mean": _mean([_gains(truths[query], listed) for query, listed in rows.items()])}
    if unknown:
        raise MomentsError(f"prediction for unknown query {unknown[0]}")
    for query, listed in truths.items():
        check_windows([truth.window for truth in listed], f"ground truth, query {query}")
    answerable = [query for query, listed in truths.items() if any(truth.relevance > 0 for truth in listed)]
    return {
        "mean": _mean([_gains(truths[query], rows.get(query, [])) for query in answerable]),
        "num_queries": len(answerable),
        "num_no_answer": len(truths) - len(answerable),
        "num_missing": sum(not rows.get(query) for query in answerable),
        "num_malformed_rows": sum(not well_formed(*row.window) for listed in rows.values() for row in listed),
    }


def query_gains(ground_truth: Mapping[str, object], predictions: Mapping[str, object]) -> dict[str, list[float]]:
    """Figure -> NDCG of each query that has an answer, in the order of the truth."""
    truths = _read(ground_truth, "ground truth", graded=True)
    rows = _read(predictions, "prediction", graded=False)
    answerable = [query for query, listed in truths.items() if any(truth.relevance > 0 for truth in listed)]
    each = [_gains(truths[query], rows.get(query, [])) for query in answerable]
    return {key: [gains[key] or 0.0 for gains in each] for key in (each[0] if each else ())}


def _read(value: object, name: str, *, graded: bool) -> dict[str, list[Graded]]:
    read: dict[str, list[Graded]] = {}
    for query, items in as_object(value, name).items():
        where = f"{name}, query {query}"
        read[str(query)] = []
        for item in as_list(items, where):
            row = as_object(item, where)
            if graded and row.get("video_name") is None:
                raise MomentsError(f"{where}: video_name is missing")
            start, end, *_ = as_numbers(row.get("timestamp"), 2, f"{where}: timestamp")
            relevance = as_number(row.get("relevance"), f"{where}: relevance") if graded else 0.0
            if not abs(relevance) <= MAX_RELEVANCE:
                raise MomentsError(f"{where}: relevance {relevance} is invalid; it must be 0 to {MAX_RELEVANCE:.0f}")
            read[str(query)].append(Graded(str(row.get("video_name")), (start, end), relevance))
    return read


def _mean(queries: list[Means]) -> Means:
    keys = [f"NDCG@{k} IoU={t}" for k in CUTS for t in IOU_THRESHOLDS]
    return {key: math.fsum(q[key] or 0.0 for q in queries) / len(queries) if queries else None for key in keys}


def _gains(truths: list[Graded], rows: list[Graded]) -> Means:
    """NDCG of one query at every cut and threshold."""
    truths = sorted(truths, key=lambda truth: truth.relevance, reverse=True)
    rows = rows[: max(CUTS)]  # what follows never reaches a cut
    ious = match_ious(rows, truths)
    figures: Means = {}
    for threshold in IOU_THRESHOLDS:
        earned = matched_relevance(ious, [truth.relevance for truth in truths], threshold)
        for cut in CUTS:
            ideal = _dcg([truth.relevance for truth in truths[:cut]])
            figures[f"NDCG@{cut} IoU={threshold}"] = _dcg(earned[:cut]) / ideal if ideal > 0 else 0.0
    return figures


def match_ious(rows: Sequence[Graded], truths: Sequence[Graded]) -> np.ndarray:
    """IoU [rows, truths]; -1 in another video, 0 if the reference's union is not above 0."""
    if not rows or not truths:
        return np.zeros((len(rows), len(truths)))
    windows, others = as_windows([row.window for row in rows]), as_windows([truth.window for truth in truths])
    good = np.array([well_formed(*row.window) for row in rows])[:, None]
    good = good & np.array([well_formed(*truth.window) for truth in truths])[None]
    same = np.array([[row.video == truth.video for truth in truths] for row in rows])
    return np.where(same, np.where(good, np.nan_to_num(union_iou(windows, others)), 0.0), -1.0)


def matched_relevance(ious: np.ndarray, relevance: Sequence[float], threshold: float) -> list[float]:
    """What each row earns: the relevance of the best free truth of its video if its IoU is above the threshold."""
    free = ious.copy()
    earned = []
    for row in range(len(free)):
        best = int(np.argmax(free[row])) if free.shape[1] else -1
        if best < 0 or not free[row, best] > threshold:
            earned.append(0.0)
            continue
        earned.append(relevance[best])
        free[:, best] = -1.0
    return earned


def _dcg(relevance: Sequence[float]) -> float:
    return sum((2**value - 1) / math.log2(rank + 2) for rank, value in enumerate(relevance))
