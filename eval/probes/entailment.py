"""VELOCITI's entailment scores: does the model give the true caption a higher probability than the altered one?

In: the probabilities of both captions of each item; out: classic, strict and expected accuracy, percent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from .grids import ProbesError, check_lists

BOUNDARY: Final = 0.5  # of yes and no


def score_entailment(pos_score: Sequence[float], neg_score: Sequence[float]) -> dict[str, float | int | None]:
    """classic: positive above negative; strict: positive > .5 and negative < .5; classic_expected: ties count half.

    NaN is wrong and stays in the denominator; num_nan counts its items. Strict needs probabilities: cosines seldom
    reach .5. Raises ProbesError for lists of two lengths.
    """
    check_lists(pos_score=pos_score, neg_score=neg_score)
    if len(pos_score) != len(neg_score):
        raise ProbesError(f"{len(pos_score)} positive and {len(neg_score)} negative scores do not pair")
    pairs = [(_number(pos, i), _number(neg, i)) for i, (pos, neg) in enumerate(zip(pos_score, neg_score, strict=True))]
    if not pairs:
        return {"num_items": 0, "classic": None, "strict": None}
    scale = 100 / len(pairs)
    classic = sum(pos > neg for pos, neg in pairs)
    return {
        "num_items": len(pairs),
        "num_nan": sum(math.isnan(pos) or math.isnan(neg) for pos, neg in pairs),
        "classic": classic * scale,
        "strict": sum(pos > BOUNDARY > neg for pos, neg in pairs) * scale,
        "classic_expected": (classic + sum(pos == neg for pos, neg in pairs) / 2) * scale,
    }


def _number(value: object, item: int) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ProbesError(f"item {item}: {str(value)[:40]!r} is not a number")
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
