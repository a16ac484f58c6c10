"""The report's charts as inline SVG text: where right answers came out, and every category as a bar.

Reads figures, returns markup; needs no plotting library and no network, and follows the page's colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import pairwise
from typing import Any, Final

EDGES: Final = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000, 1_000_000)


def rank_histogram(ranks: Sequence[float]) -> str:
    """Share of queries by the rank of the right answer, in bins that widen (1, 2, 3-4, 5-9, ...)."""
    bins = rank_bins(ranks)
    total = max(len(ranks), 1)
    width, height, left, bottom, top = 480, 230, 34, 34, 16
    plot = height - bottom - top
    highest = max((count for _, count in bins), default=0) / total or 1.0
    step = (width - left) / max(len(bins), 1)
    parts = []
    for i, (label, count) in enumerate(bins):
        share = count / total
        tall = plot * share / highest
        x = left + i * step + step * 0.12
        y = top + plot - tall
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{step * 0.76:.1f}" height="{max(tall, 0.5):.1f}" rx="3" '
            f'fill="var(--bar)"><title>rank {label}: {count:,} of {total:,}</title></rect>'
            f'<text x="{x + step * 0.38:.1f}" y="{y - 4:.1f}" text-anchor="middle">{100 * share:.0f}%</text>'
            f'<text x="{x + step * 0.38:.1f}" y="{height - bottom + 16}" text-anchor="middle">{label}</text>'
        )
    axis = (
        f'<line x1="{left}" y1="{top + plot}" x2="{width}" y2="{top + plot}" stroke="var(--line)"/>'
        f'<text x="{(left + width) / 2}" y="{height - 2}" text-anchor="middle">rank of the right answer</text>'
    )
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="rank histogram">{axis}{"".join(parts)}</svg>'


def rank_bins(ranks: Sequence[float]) -> list[tuple[str, int]]:
    """(label, count) of every bin up to the one that holds the worst rank; half ranks of ties fall to the bin below."""
    worst = max(ranks, default=1)
    bins = []
    for low, high in pairwise(EDGES):
        label = str(low) if high == low + 1 else f"{low}–{high - 1}"
        bins.append((label, sum(low <= rank < high for rank in ranks)))
        if worst < high:
            break
    return bins


def category_bars(by_category: dict[str, dict[str, Any]]) -> str:
    """One line a category, best first: R@1 as a bar, R@5 as a thin one behind it, and how many queries there are."""
    rows = sorted(by_category.items(), key=lambda item: (-(item[1]["t2v"]["R@1"] or 0), item[0]))
    columns = 2 if len(rows) > 12 else 1
    per_column = -(-len(rows) // columns)
    line, width, label, tail = 19, 1000, 190, 64
    step = width / columns
    room = step - label - tail
    parts = []
    for i, (name, figures) in enumerate(rows):
        x, y = (i // per_column) * step, (i % per_column) * line
        first, fifth = (float(figures["t2v"][k] or 0) for k in ("R@1", "R@5"))
        shown = escape(name if len(name) <= 28 else name[:27] + "…")
        parts.append(
            f"<g><title>{escape(name)}: R@1 {first:.1f}, R@5 {fifth:.1f}, {figures['queries']:,} queries</title>"
            f'<text x="{x + label - 8:.0f}" y="{y + 14}" text-anchor="end">{shown}</text>'
            f'<rect x="{x + label:.0f}" y="{y + 7}" width="{room * fifth / 100:.1f}" height="5" rx="2" '
            f'fill="var(--bar2)" opacity=".55"/>'
            f'<rect x="{x + label:.0f}" y="{y + 4}" width="{room * first / 100:.1f}" height="11" rx="2" '
            f'fill="var(--bar)"/>'
            f'<text x="{x + step - tail + 6:.0f}" y="{y + 14}">{first:.0f} · {figures["queries"]:,}</text></g>'
        )
    height = per_column * line + 4
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="R@1 by category">{"".join(parts)}</svg>'
