"""AUROC, average precision, top-k accuracy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .ranks import Floats, Ints, MetricsError, found_any


def auroc(score: npt.ArrayLike, positive: npt.ArrayLike) -> float:
    """Area under the ROC curve: how often a positive scores above a negative, ties count half; NaN without both."""
    values, truth = _scored(score, positive)
    num_positive, num_negative = int(truth.sum()), int((~truth).sum())
    if not num_positive or not num_negative:
        return float("nan")
    _, inverse, count = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - (count - 1) / 2  # mean rank of each value, from 1
    ranks = middle[inverse][truth].sum()
    return float((ranks - num_positive * (num_positive + 1) / 2) / (num_positive * num_negative))


def average_precision(score: npt.ArrayLike, positive: npt.ArrayLike) -> float:
    """Sum over thresholds of (gain in recall) x precision; equal scores share a threshold; NaN without a positive."""
    values, truth = _scored(score, positive)
    if not truth.any():
        return float("nan")
    order = np.argsort(-values, kind="stable")
    ordered = values[order]
    last = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(values) - 1)  # ends of runs of equal scores
    hits = np.cumsum(truth[order])[last]
    precision, recall = hits / (last + 1), hits / truth.sum()
    return float(np.sum(np.diff(np.append(0, recall)) * precision))


def top_k_accuracy(similarity: Floats, label: npt.ArrayLike, k: int) -> float:
    """Percent of rows [N, C] whose true column is among the k best, ties in random order; a NaN of its own is wrong."""
    scores, truth = np.asarray(similarity, dtype=np.float64), np.asarray(label)
    if not len(truth):
        return float("nan")
    own = scores[np.arange(len(truth)), truth][:, None]
    scores = np.nan_to_num(scores, nan=-np.inf, posinf=np.inf, neginf=-np.inf)
    greater, tied = (scores > own).sum(axis=1), (scores == own).sum(axis=1)
    return 100.0 * float(np.mean(found_any(greater, tied, np.minimum(tied, 1), k)))


def mean_over_classes(similarity: Floats, labels: Ints) -> float:
    shares = [top_k_accuracy(similarity[labels == label], labels[labels == label], 1) for label in np.unique(labels)]
    return float(np.mean(shares)) if shares else float("nan")


def _scored(score: npt.ArrayLike, positive: npt.ArrayLike) -> tuple[Floats, npt.NDArray[np.bool_]]:
    values, truth = np.asarray(score, dtype=np.float64), np.asarray(positive, dtype=bool)
    if values.shape != truth.shape or values.ndim != 1:
        raise MetricsError(f"{values.shape} scores for {truth.shape} labels")
    if np.isnan(values).any():
        raise MetricsError(f"{int(np.isnan(values).sum())} scores are NaN")
    return values, truth
