"""Krippendorff's alpha: how far raters agree beyond chance, with any number of raters and missing answers.

Source: Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): coincidences of values within units.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

Level = Literal["nominal", "ordinal", "interval"]


def krippendorff_alpha(ratings: npt.ArrayLike, level: Level = "ordinal") -> float:
    """1: raters always agree; 0: as by chance. ratings [raters, units], NaN where a rater gave no answer.

    NaN where nothing can be said: no unit with two answers, or the same value everywhere. Raises ValueError.

    >>> krippendorff_alpha([[1, 2, 3], [1, 2, 3]])
    1.0
    """
    table = np.asarray(ratings, np.float64)
    if table.ndim != 2:
        raise ValueError(f"ratings [raters, units] are needed, these have the shape {table.shape}")
    values = np.unique(table[~np.isnan(table)])
    counts = (table[:, :, None] == values).sum(axis=0).astype(np.float64)  # [units, values]
    answers = counts.sum(axis=1)
    counts, answers = counts[answers > 1], answers[answers > 1]
    # every answer of a unit beside each other one of the same unit, weighted so that a unit counts as its answers do
    pairs = np.einsum("uc,uk->uck", counts, counts) - counts[:, :, None] * np.eye(len(values))
    observed = (pairs / (answers - 1)[:, None, None]).sum(axis=0)
    totals = observed.sum(axis=1)
    distance = _distances(values, totals, level)
    by_chance = float(totals @ distance @ totals)
    if not by_chance:
        return float("nan")
    return float(1 - (totals.sum() - 1) * (observed * distance).sum() / by_chance)


def _distances(
    values: npt.NDArray[np.float64], totals: npt.NDArray[np.float64], level: Level
) -> npt.NDArray[np.float64]:
    """Squared distances of all values from each other [values, values]."""
    if level == "nominal":
        return 1 - np.eye(len(values))
    if level == "ordinal":  # as many ranks apart as answers are between them, the two counted in half
        ranks = np.cumsum(totals) - totals / 2
        return np.subtract.outer(ranks, ranks) ** 2
    if level == "interval":
        return np.subtract.outer(values, values) ** 2
    raise ValueError(f"{level!r}: nominal, ordinal or interval")
