"""Queries without an answer: how many a model rejects, beside how many of the others it still finds. Shares 0-1.

In: truth and submission lines as in qvhighlights.py, where `relevant_windows: []` is a query without answer; out:
figures at given thresholds and at given rates of false answers. The score of a query is that of its first row.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from .qvhighlights import Prediction, Row, Truth, checked, is_malformed, read_predictions, read_truths
from .windows import TOLERANCE, as_options, as_windows, hull_iou

HIT_IOU: Final = 0.5


@dataclass(frozen=True)
class ScoredQueries:
    """The score of each query (-inf: none), whether it has an answer, whether its first row hits; [queries]."""

    score: np.ndarray
    has_answer: np.ndarray
    hit: np.ndarray

    def at(self, threshold: float) -> dict[str, float | int | None]:
        """Figures where a query is answered iff its score reaches the threshold; infinity answers none."""
        answered = np.isfinite(self.score) & (self.score >= threshold)
        with_answer, without = int(self.has_answer.sum()), int((~self.has_answer).sum())
        right, false = int((answered & self.has_answer).sum()), int((answered & ~self.has_answer).sum())
        hits = int((answered & self.hit).sum())
        rejected = _share(without - false, without)
        answer_rate = _share(right, with_answer)
        balanced = None if rejected is None or answer_rate is None else (rejected + answer_rate) / 2
        return {
            "answered_with_answer": right,
            "answered_without_answer": false,
            "rejection_accuracy": rejected,
            "answer_rate": answer_rate,
            "balanced_accuracy": balanced,
            "R1": _share(hits, with_answer),
            "answer_precision": _share(hits, right + false),
        }

    def at_rate(self, rate: float) -> dict[str, float | int | None] | None:
        """Figures at the smallest score that lets through at most this share of the queries without answer.

        None without such queries; a null threshold where every score lets too many through.
        """
        without = int((~self.has_answer).sum())
        if not without:
            return None
        chosen = None
        for threshold in np.unique(self.score[np.isfinite(self.score)])[::-1]:
            if (self.score[~self.has_answer] >= threshold).sum() / without > rate * (1 + TOLERANCE):
                break
            chosen = float(threshold)
        return {"threshold": chosen, **self.at(math.inf if chosen is None else chosen)}

    def auroc(self) -> float | None:
        """How often a query with an answer scores above one without; ties count half."""
        above, below = self.score[self.has_answer], np.sort(self.score[~self.has_answer])
        if not len(above) or not len(below):
            return None
        wins = np.searchsorted(below, above, "left") + np.searchsorted(below, above, "right")
        return float(wins.sum()) / (2 * len(above) * len(below))


def score_no_answer(
    ground_truth: Sequence[Mapping[str, object]],
    predictions: Sequence[Mapping[str, object]],
    *,
    thresholds: Sequence[float] = (),
    false_answer_rates: Sequence[float] = (0, 0.05, 0.1, 0.2),
) -> dict[str, object]:
    """Rejection of queries without answer, at thresholds on the score and at rates of false answers.

    A query without line, rows or finite score is rejected. R1: answered and the first row's hull IoU with any truth is
    .5 or more, over all queries with an answer. Raises MomentsError.
    """
    queries = scored_queries(*checked(read_truths(ground_truth), read_predictions(predictions)))
    levels = as_options(thresholds, "thresholds")
    rates = as_options(false_answer_rates, "false_answer_rates")
    return {
        "num_with_answer": int(queries.has_answer.sum()),
        "num_without_answer": int((~queries.has_answer).sum()),
        "num_without_score": int((~np.isfinite(queries.score)).sum()),
        "R1_without_rejection": _share(int(queries.hit.sum()), int(queries.has_answer.sum())),
        "auroc": queries.auroc(),
        "at_threshold": {key: queries.at(threshold) for key, threshold in levels.items()},
        "at_false_answer_rate": {key: queries.at_rate(rate) for key, rate in rates.items()},
    }


def scored_queries(truths: list[Truth], lines: Mapping[object, Prediction]) -> ScoredQueries:
    """The score and the hit of each query's first row."""
    scores, hits = [], []
    for truth in truths:
        line = lines.get(truth.qid)
        first = line.rows[0] if line and line.rows else None
        score = None if first is None else first[2]
        scores.append(score if score is not None and math.isfinite(score) else -math.inf)
        hits.append(first is not None and _hits(first, truth))
    has_answer = np.array([bool(truth.windows) for truth in truths], bool)
    return ScoredQueries(np.array(scores, np.float64), has_answer, np.array(hits, bool))


def _hits(row: Row, truth: Truth) -> bool:
    ious = hull_iou(as_windows([row]), as_windows(truth.windows))
    return not is_malformed(row) and bool((ious >= HIT_IOU).any())


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
