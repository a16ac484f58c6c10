"""`--min METRIC=VALUE`: figures that a result has to reach."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from svta.eval.metrics.retrieval import Way
    from svta.eval.retrieval.result import Metrics

Floor = tuple["Way", str, float]


def parse_floor(text: str) -> Floor:
    """(way, figure, value) of `R@1=40` or `v2t:MdR=5`."""
    from svta.eval.metrics.retrieval import COLUMNS, WAYS

    left, _, value = text.partition("=")
    name, colon, figure = left.rpartition(":")
    way = next((way for way in WAYS if way == (name if colon else "t2v")), None)
    try:
        limit = float(value)
    except ValueError:
        limit = math.nan
    if not math.isfinite(limit) or way is None or figure not in COLUMNS:
        raise typer.BadParameter(f"{text!r}: must look like R@1=40 or v2t:MdR=5", param_hint="--min")
    return way, figure, limit


def check_floors(floors: list[Floor], metrics: Metrics) -> None:
    """CheckFailed when a figure is worse than its floor: below for R@K, above for ranks."""
    from svta.eval.reports.cautions import shown

    from .app import CheckFailed

    for way, figure, limit in floors:
        value = metrics.of(way)[figure]
        if value is None or not (value >= limit if figure.startswith("R@") else value <= limit):
            raise CheckFailed(f"{way} {figure} is {shown(value, 2)}, {limit:g} is needed")
