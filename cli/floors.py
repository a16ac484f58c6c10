"""`--floor METRIC=VALUE`: figures that a result has to reach."""

from __future__ import annotations

import math
from typing import Any

import typer

from svta.eval.reports.text import COLUMNS, shown

Floor = tuple[str, str, float]


def parse_floor(text: str) -> Floor:
    """(way, figure, value) of `R@1=40` or `v2t:MdR=5`."""
    left, _, value = text.partition("=")
    way, colon, figure = left.rpartition(":")
    way = way if colon else "t2v"
    try:
        limit = float(value)
    except ValueError:
        limit = math.nan
    if not math.isfinite(limit) or way not in ("t2v", "v2t") or figure not in COLUMNS:
        raise typer.BadParameter(f"{text!r}: like R@1=40 or v2t:MdR=5", param_hint="--min")
    return way, figure, limit


def check_floors(floors: list[Floor], metrics: dict[str, Any]) -> None:
    """CheckFailed when a figure is worse than asked: below for R@K, above for ranks."""
    from .app import CheckFailed

    for way, figure, limit in floors:
        value = metrics[way][figure]
        if value is None or not (value >= limit if figure.startswith("R@") else value <= limit):
            raise CheckFailed(f"{way} {figure} is {shown(value, 2)}, asked for {limit:g}")
