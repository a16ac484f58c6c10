"""The report's charts as inline SVG text: where right answers came out, every category as a bar, runs with intervals.

Reads figures, returns markup; needs no plotting library and no network, and follows the page's colours. Each chart
says in words what it shows (title and desc), for those who do not see it. Texts from data are escaped.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Final

from svta.builder.card.charts import element, line, rect, shortened, svg, text
from svta.eval.metrics.figures import Subset, number

MAX_IN_ONE: Final = 12  # categories in one wide chart; more are in two columns
EDGES: Final = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000, 1_000_000)
Point = tuple[str, float | None, tuple[float, float] | None]


def rank_histogram(ranks: Sequence[float], way: str = "") -> str:
    """Share of queries by the rank of the right answer, in bins that widen (1, 2, 3-4, 5-9, ...)."""
    bins = rank_bins(ranks)
    total = max(len(ranks), 1)
    width, height, left, bottom, top = 420, 240, 4, 48, 18
    plot = height - bottom - top
    highest = max((count for _, count in bins), default=0) / total or 1.0
    step = (width - left) / max(len(bins), 1)
    small = {"class_": "small"} if len(bins) > 7 else {}
    marks = [
        line(left, top + plot, width, top + plot, stroke="var(--line)"),
        text((left + width) / 2, height - 4, "rank of the right answer", text_anchor="middle"),
    ]
    for i, (label, count) in enumerate(bins):
        share = count / total
        tall = plot * share / highest
        x = left + i * step + step * 0.12
        y = top + plot - tall
        lift = 12 if len(bins) > 7 and i % 2 else 0  # long labels of neighbours would run into each other
        title = f"rank {label}: {count:,} of {total:,}"
        marks += [
            rect(x, y, step * 0.76, max(tall, 0.5), title=title, rx=3, fill="var(--bar)"),
            text(x + step * 0.38, y - 4, f"{100 * share:.0f}%", text_anchor="middle", **small),
            text(x + step * 0.38, height - bottom + 14 + lift, label, text_anchor="middle", **small),
        ]
    words = ", ".join(f"rank {label}: {100 * count / total:.0f} percent" for label, count in bins)
    return svg(width, height, f"Share of queries by rank {way}".strip(), marks, description=words)


def rank_bins(ranks: Sequence[float]) -> list[tuple[str, int]]:
    """(label, count) of every bin up to the one that holds the worst rank; half ranks of ties fall to the bin below."""
    known = [rank for rank in ranks if rank is not None and math.isfinite(rank)]
    worst = max(known, default=1)
    bins = []
    for low, high in pairwise(EDGES):
        label = str(low) if high == low + 1 else f"{low}–{high - 1}"
        bins.append((label, sum(low <= rank < high for rank in known)))
        if worst < high:
            break
    return bins


def category_bars(by_category: Mapping[str, Subset]) -> str:
    """One line per category, best first: R@1 as a bar, R@5 as a thin one behind it, and how many queries there are."""
    values = {name: [_percent(row, k) for k in ("R@1", "R@5")] for name, row in by_category.items()}
    rows = sorted(by_category.items(), key=lambda item: (-values[item[0]][0], item[0]))
    in_two = len(rows) > MAX_IN_ONE
    step, width, label, tail = (20, 430, 176, 66) if in_two else (20, 900, 300, 66)  # as wide as the page shows it
    room = width - label - tail
    half = -(-len(rows) // 2) if in_two else max(len(rows), 1)
    columns: list[str] = []
    for part in (rows[:half], rows[half:]):
        marks = []
        for i, (name, figures) in enumerate(part):
            y, (first, fifth) = i * step, values[name]
            title = f"{name}: R@1 {first:.1f}, R@5 {fifth:.1f}, {figures.queries:,} queries"
            bars = [
                text(label - 8, y + 14, shortened(name, label - 8), text_anchor="end"),
                rect(label, y + 7, room * fifth / 100, 5, rx=2, fill="var(--bar2)", opacity=".6"),
                rect(label, y + 4, room * first / 100, 11, rx=2, fill="var(--bar)"),
                text(width - tail + 6, y + 14, f"{first:.0f} · {figures.queries:,}"),
            ]
            marks.append(_group(title, bars))
        if part or not columns:
            words = "; ".join(f"{name}: R@1 {values[name][0]:.0f} percent" for name, _ in part)
            columns.append(svg(width, len(part) * step + 4, "R@1 and R@5 by category", marks, description=words))
    return f'<div class="two">{"".join(columns)}</div>' if len(columns) > 1 else columns[0]


def scale_of(points: Sequence[Point]) -> int:
    """The percentage at which an axis ends that has room for all values and intervals."""
    known = [value for _, value, ends in points for value in (value, *(ends or ())) if value is not None]
    return next((top for top in (4, 8, 20, 40, 60, 80) if max(known, default=0) <= top), 100)


def interval_chart(points: Sequence[Point], title: str, *, scale: int | None = None) -> str:
    """One line per run: a dot at its percentage and its interval as a line, from zero to `scale`."""
    step, width, label, tail, axis = 26, 420, 160, 48, 22
    scale = scale_of(points) if scale is None else scale
    room, height = width - label - tail, len(points) * step + axis
    marks = []
    for tick in range(5):
        x = label + room * tick / 4
        marks.append(line(x, 2, x, height - axis, stroke="var(--line)"))
        marks.append(text(x, height - 6, f"{scale * tick / 4:g}", text_anchor="middle", class_="small"))
    for i, (name, value, ends) in enumerate(points):
        y = i * step + step / 2
        figure = "no figure" if value is None else f"{value:.1f}"
        interval = f", 95 percent interval {ends[0]:.1f} to {ends[1]:.1f}" if ends else ""
        run = [text(label - 10, y + 4, shortened(name, label - 10), text_anchor="end")]
        if ends:
            low, high = (label + room * end / scale for end in ends)
            style = {"stroke_linecap": "round", "opacity": ".55"}
            run.append(line(low, y, high, y, stroke="var(--bar)", stroke_width=3, **style))
        if value is not None:
            run.append(element("circle", cx=label + room * value / scale, cy=y, r=5, fill="var(--bar)"))
        run.append(text(width - tail + 10, y + 4, figure))
        marks.append(_group(f"{name}: {figure}{interval}", run))
    words = "; ".join(
        f"{name}: {'no figure' if value is None else f'{value:.1f} percent'}" for name, value, _ in points
    )
    return svg(width, height, title, marks, description=words)


def _group(title: str, marks: Sequence[str]) -> str:
    return element("g", element("title", escape(title)) + "".join(marks))


def _percent(subset: Subset, column: str) -> float:
    return min(max(number(subset.t2v.get(column)) or 0.0, 0.0), 100.0)
