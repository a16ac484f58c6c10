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

from svta.eval.retrieval.result import Subset, number

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
    small = ' class="small"' if len(bins) > 7 else ""
    parts = []
    for i, (label, count) in enumerate(bins):
        share = count / total
        tall = plot * share / highest
        x = left + i * step + step * 0.12
        y = top + plot - tall
        lift = 12 if len(bins) > 7 and i % 2 else 0  # long labels of neighbours would run into each other
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{step * 0.76:.1f}" height="{max(tall, 0.5):.1f}" rx="3" '
            f'fill="var(--bar)"><title>rank {label}: {count:,} of {total:,}</title></rect>'
            f'<text x="{x + step * 0.38:.1f}" y="{y - 4:.1f}" text-anchor="middle"{small}>{100 * share:.0f}%</text>'
            f'<text x="{x + step * 0.38:.1f}" y="{height - bottom + 14 + lift}" text-anchor="middle"{small}>'
            f"{label}</text>"
        )
    axis = (
        f'<line x1="{left}" y1="{top + plot}" x2="{width}" y2="{top + plot}" stroke="var(--line)"/>'
        f'<text x="{(left + width) / 2}" y="{height - 4}" text-anchor="middle">rank of the right answer</text>'
    )
    words = ", ".join(f"rank {label}: {100 * count / total:.0f} percent" for label, count in bins)
    return _svg(width, height, f"Share of queries by rank {way}".strip(), words, axis + "".join(parts))


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
    """One line a category, best first: R@1 as a bar, R@5 as a thin one behind it, and how many queries there are."""
    values = {name: [_percent(row, k) for k in ("R@1", "R@5")] for name, row in by_category.items()}
    rows = sorted(by_category.items(), key=lambda item: (-values[item[0]][0], item[0]))
    line, width, label, tail = 20, 430, 176, 66
    room = width - label - tail
    half = -(-len(rows) // 2) if len(rows) > 12 else max(len(rows), 1)
    columns: list[str] = []
    for part in (rows[:half], rows[half:]):
        marks = []
        for i, (name, figures) in enumerate(part):
            y, (first, fifth) = i * line, values[name]
            queries = figures.queries
            marks.append(
                f"<g><title>{escape(name)}: R@1 {first:.1f}, R@5 {fifth:.1f}, {queries:,} queries</title>"
                f'<text x="{label - 8}" y="{y + 14}" text-anchor="end">{_short(name, label - 8)}</text>'
                f'<rect x="{label}" y="{y + 7}" width="{room * fifth / 100:.1f}" height="5" rx="2" '
                f'fill="var(--bar2)" opacity=".6"/>'
                f'<rect x="{label}" y="{y + 4}" width="{room * first / 100:.1f}" height="11" rx="2" '
                f'fill="var(--bar)"/>'
                f'<text x="{width - tail + 6}" y="{y + 14}">{first:.0f} · {queries:,}</text></g>'
            )
        if part or not columns:
            words = "; ".join(f"{name}: R@1 {values[name][0]:.0f} percent" for name, _ in part)
            columns.append(_svg(width, len(part) * line + 4, "R@1 and R@5 by category", words, "".join(marks)))
    return f'<div class="two">{"".join(columns)}</div>' if len(columns) > 1 else columns[0]


def interval_chart(points: Sequence[Point], title: str) -> str:
    """One line a run: a dot at its percentage and its interval as a line, on a scale that starts at zero."""
    line, width, label, tail, axis = 26, 420, 160, 48, 22
    known = [value for _, value, ends in points for value in (value, *(ends or ())) if value is not None]
    scale = next((top for top in (4, 8, 20, 40, 60, 80) if max(known, default=0) <= top), 100)
    room = width - label - tail
    height = len(points) * line + axis
    parts = []
    for tick in range(5):
        x = label + room * tick / 4
        parts.append(
            f'<line x1="{x:.1f}" y1="2" x2="{x:.1f}" y2="{height - axis}" stroke="var(--line)"/>'
            f'<text x="{x:.1f}" y="{height - 6}" text-anchor="middle" class="small">{scale * tick / 4:g}</text>'
        )
    for i, (name, value, ends) in enumerate(points):
        y = i * line + line / 2
        figure = "no figure" if value is None else f"{value:.1f}"
        interval = f", 95 percent interval {ends[0]:.1f} to {ends[1]:.1f}" if ends else ""
        parts.append(f"<g><title>{escape(name)}: {figure}{interval}</title>")
        parts.append(f'<text x="{label - 10}" y="{y + 4:.1f}" text-anchor="end">{_short(name, label - 10)}</text>')
        if ends:
            low, high = (label + room * end / scale for end in ends)
            parts.append(
                f'<line x1="{low:.1f}" y1="{y}" x2="{high:.1f}" y2="{y}" stroke="var(--bar)" stroke-width="3" '
                'stroke-linecap="round" opacity=".55"/>'
            )
        if value is not None:
            parts.append(f'<circle cx="{label + room * value / scale:.1f}" cy="{y}" r="5" fill="var(--bar)"/>')
        parts.append(f'<text x="{width - tail + 10}" y="{y + 4:.1f}">{figure}</text></g>')
    words = "; ".join(
        f"{name}: {'no figure' if value is None else f'{value:.1f} percent'}" for name, value, _ in points
    )
    return _svg(width, height, title, words, "".join(parts))


def _svg(width: int, height: int, title: str, words: str, marks: str) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title><desc>{escape(words)}</desc>{marks}</svg>"
    )


def _short(name: str, width: int) -> str:
    """What fits into `width` units of the chart's letters, escaped; the whole name is in the mark's title."""
    most = int(width / 7.2)
    return escape(name if len(name) <= most else name[: most - 1] + "…")


def _percent(subset: Subset, column: str) -> float:
    return min(max(number(subset.t2v.get(column)) or 0.0, 0.0), 100.0)
