"""Highlight detection as QVHighlights counts it: HL-mAP and HL-Hit1 over the ratings of three people, percent.

In: the ratings of a query's clips of 2 s and the saliency scores predicted for them; qvhighlights.py calls it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from .windows import Floats, Mode, MomentsError, as_list, as_number, as_numbers

CLIP_SECONDS: Final = 2
MAX_CLIPS: Final = 1_000_000  # of a video
LEVELS: Final = {"Fair": 2, "Good": 3, "VeryGood": 4}  # the least rating of a positive clip


@dataclass(frozen=True)
class Highlights:
    """The ratings 0-4 of every clip of a video by each rater, [clips, raters]; None if the ids name no clip."""

    ratings: Floats | None
    where: str


def read_highlights(line: Mapping[str, object], where: str) -> Highlights | None:
    """The ratings of a truth line; None for a line without them. Raises MomentsError for another shape."""
    if line.get("relevant_clip_ids") is None or line.get("saliency_scores") is None:
        return None
    seconds = as_number(line.get("duration"), f"{where}: duration")
    ids = as_numbers(line["relevant_clip_ids"], 0, f"{where}: relevant_clip_ids")
    scores = [as_numbers(row, 1, f"{where}: saliency_scores") for row in as_list(line["saliency_scores"], where)]
    widths = {len(row) for row in scores}
    num_clips = int(seconds / CLIP_SECONDS) if math.isfinite(seconds) else 0
    fits = num_clips <= MAX_CLIPS and all(number.is_integer() and 0 <= number < num_clips for number in ids)
    if len(widths) > 1 or len(scores) != len(ids) or not fits:
        return Highlights(None, where)
    ratings = np.zeros((num_clips, widths.pop() if widths else 3))
    for number, row in zip(ids, scores, strict=True):
        ratings[int(number)] = row
    return Highlights(ratings, where)


def read_saliency(line: Mapping[str, object], where: str) -> list[float] | None:
    """pred_saliency_scores of a submission line, if it has them."""
    if line.get("pred_saliency_scores") is None:
        return None
    return as_numbers(line["pred_saliency_scores"], 0, f"{where}: pred_saliency_scores")


def highlight_figures(
    queries: Sequence[tuple[Highlights | None, list[float] | None]], *, mode: Mode
) -> dict[str, dict[str, float | None]]:
    """{"HL-min-Fair": {"HL-mAP", "HL-Hit1"}, ...} over queries (ratings, scores of its clips); percent.

    official: two decimals; None if the script raises (no ratings, a score that is not finite). honest: a query
    without scores misses, a clip without one ranks last; MomentsError for ratings that name no clip.
    """
    if mode == "honest":
        for highlights, _ in queries:
            if highlights is not None and highlights.ratings is None:
                raise MomentsError(f"{highlights.where}: relevant_clip_ids and saliency_scores do not fit the duration")
    figures = {}
    for name, least in LEVELS.items():
        positives = [None if h is None or h.ratings is None else h.ratings >= least for h, _ in queries]
        rows = list(zip(positives, (scores for _, scores in queries), strict=True))
        means = _official_means(rows) if mode == "official" else _honest_means(rows)
        figures[f"HL-min-{name}"] = dict(zip(("HL-mAP", "HL-Hit1"), means, strict=True))
    return figures


Positives = np.ndarray  # bool [clips, raters]


def _honest_means(rows: list[tuple[Positives | None, list[float] | None]]) -> tuple[float | None, float | None]:
    precisions, hits = [], []
    for positive, scores in rows:
        if positive is None:
            continue
        if scores is None:
            precisions.append(0.0)
            hits.append(0.0)
            continue
        ranked = [score if not math.isnan(score) else -math.inf for score in scores]
        hits.append(_first_hit(positive, ranked) if any(not math.isnan(s) for s in scores) else 0.0)
        filled = (ranked + [-math.inf] * len(positive))[: len(positive)]
        precisions.append(float(np.mean([clip_precision(rater, filled) for rater in positive.T])))
    if not precisions:
        return None, None
    return 100 * float(np.mean(precisions)), 100 * float(np.mean(hits))


def _official_means(rows: list[tuple[Positives | None, list[float] | None]]) -> tuple[float | None, float | None]:
    if any(positive is None or scores is None for positive, scores in rows):
        return None, None
    known = [(positive, scores) for positive, scores in rows if positive is not None and scores is not None]
    precisions: list[float] | None = []
    for positive, scores in known:
        filled = (scores + [0.0] * len(positive))[: len(positive)]
        for rater in positive.T:
            decided = bool(rater.all() or not rater.any())
            if precisions is not None and (decided or all(map(math.isfinite, filled))):
                precisions.append(clip_precision(rater, filled))
            else:
                precisions = None  # scikit-learn raises
    hits = [_first_hit(positive, scores) for positive, scores in known if scores]
    return (
        None if precisions is None else float(f"{100 * np.mean(precisions):.2f}"),
        float(f"{100 * np.mean(hits):.2f}") if len(hits) == len(known) else None,
    )


def _first_hit(positive: Positives, scores: list[float]) -> float:
    """1 where any rater calls the first clip of the highest score positive; beyond the last clip it is a miss."""
    best = int(np.argmax(scores))
    return float(positive[best].any()) if best < len(positive) else 0.0


def clip_precision(positive: Positives, scores: Sequence[float]) -> float:
    """Average precision (0-1) of one rater's clips as the reference counts it.

    Clips of equal score are one group; over the groups that hold a positive, the UNWEIGHTED mean of the best precision
    at that score or any lower one. All negative: 0; all positive: 1.
    """
    if not positive.any() or positive.all():
        return float(positive.any())
    values = np.asarray(scores, np.float64)
    found, seen, precisions, holds = 0, 0, [], []
    for score in np.unique(values)[::-1]:
        group = positive[values == score]
        found, seen = found + int(group.sum()), seen + len(group)
        precisions.append(found / seen)
        holds.append(bool(group.any()))
    best = np.maximum.accumulate(precisions[::-1])[::-1]
    return float(best[holds].mean())
