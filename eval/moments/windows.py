"""Windows [start, end] in seconds, the two IoU formulas of the field, and the rows of truth and prediction files.

The protocols import it; nothing is read or written here. Malformed: start or end not finite, or start >= end.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from svta.builder.errors import SvtaError

Floats = npt.NDArray[np.float64]
Floating = npt.NDArray[np.floating]
Mode = Literal["official", "honest"]
TOLERANCE: Final = 1e-9  # seconds and shares: decimal times whose exact overlap or IoU floats miss


class MomentsError(SvtaError, ValueError):
    """Truth, predictions or options that cannot be scored; names the query."""


def check_mode(mode: str) -> None:
    """Raise MomentsError for an unknown mode."""
    if mode not in ("official", "honest"):
        raise MomentsError(f"mode {mode!r}: official or honest")


def as_number(value: object, where: str) -> float:
    """A float; null is NaN and an integer beyond floats is infinite. Raises MomentsError for what is not a number."""
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise MomentsError(f"{where}: {str(value)[:40]!r} is not a number")
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def as_id(value: object, where: str) -> Hashable:
    """The id of a query: a text or a whole number."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise MomentsError(f"{where}: {str(value)[:40]!r} is not a query id")
    return value


def as_list(value: object, where: str) -> Sequence[object]:
    """A JSON list. Raises MomentsError for anything else."""
    if not isinstance(value, (list, tuple)):
        raise MomentsError(f"{where}: a list is needed")
    return value


def as_object(value: object, where: str) -> Mapping[str, object]:
    """A JSON object. Raises MomentsError for anything else."""
    if not isinstance(value, Mapping):
        raise MomentsError(f"{where}: an object is needed")
    return value


def as_numbers(value: object, least: int, where: str) -> list[float]:
    """A list of at least `least` numbers."""
    items = as_list(value, where)
    if len(items) < least:
        raise MomentsError(f"{where}: {len(items)} numbers, at least {least} are needed")
    return [as_number(item, where) for item in items]


def as_options(values: object, name: str) -> dict[str, float]:
    """A list of numbers by how each is written: the keys of figures at given thresholds and rates."""
    numbers = {str(value): as_number(value, name) for value in as_list(values, name)}
    if bad := [text for text, number in numbers.items() if math.isnan(number)]:
        raise MomentsError(f"{name}: {bad[0]} is not a number")
    return numbers


def well_formed(start: float, end: float) -> bool:
    """Whether a window has finite ends in order."""
    return math.isfinite(start) and math.isfinite(end) and start < end


def check_windows(windows: Iterable[Sequence[float]], where: str) -> None:
    """Raise MomentsError for a true window that is malformed."""
    for start, end, *_ in windows:
        if not well_formed(start, end):
            raise MomentsError(f"{where}: malformed true window [{start}, {end}]")


def as_windows(windows: Iterable[Sequence[float | None]]) -> Floats:
    """The first two numbers of each row, [N, 2]."""
    return np.array([row[:2] for row in windows], np.float64).reshape(-1, 2)


def union_iou(rows: Floats, truths: Floats) -> Floats:
    """inter / (a + b - inter) of each row with each truth, [N, 2] x [M, 2] -> [N, M]; NaN where that is 0 / 0."""
    left = np.maximum(rows[:, None, 0], truths[None, :, 0])
    right = np.minimum(rows[:, None, 1], truths[None, :, 1])
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        inter = np.clip(right - left, 0, None)
        lengths = (rows[:, 1] - rows[:, 0])[:, None] + (truths[:, 1] - truths[:, 0])[None, :]
        iou: Floats = inter / (lengths - inter)
    return iou


def hull_iou(rows: Floating, truths: Floating) -> Floating:
    """inter / (latest end - earliest start) of paired windows [..., 2]; 0 if the hull is empty.

    Keeps the arrays' precision: the TVR protocol counts in float32.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        shared = np.minimum(rows[..., 1], truths[..., 1]) - np.maximum(rows[..., 0], truths[..., 0])
        inter = np.maximum(0, shared)
        hull = np.maximum(rows[..., 1], truths[..., 1]) - np.minimum(rows[..., 0], truths[..., 0])
        iou: Floating = np.divide(inter, hull, out=np.zeros_like(inter), where=hull != 0)
    return iou
