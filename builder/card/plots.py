"""The card's plots: clips by category and words by caption, as SVG files drawn from a dataset's own numbers.

Reads the stats of the index, writes DIR/plots/*.svg; no plotting library, and the same numbers give the same bytes.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from svta.builder.io.files import write_text
from svta.builder.layout.stats import DatasetStats

from .charts import element, rect, text

CATEGORIES: Final = "plots/categories.svg"
CAPTIONS: Final = "plots/captions.svg"
_MOST_CATEGORIES: Final = 40
_WORDS_A_BIN: Final = 4
_MOST_WORDS: Final = 80
_WIDTH: Final = 760
_COLOURS: Final = ("#3b6ea5", "#e0a030", "#7a9e4f")  # apart in luminance as well as in hue
_INK: Final = "#222222"
_GRID: Final = "#d8d8d8"


def write_plots(dataset: str | Path, stats: DatasetStats) -> list[str]:
    """Draw what there is to draw; returns the files' names inside the dataset folder."""
    drawn = {CATEGORIES: categories_svg(stats), CAPTIONS: captions_svg(stats)}
    for name, svg in drawn.items():
        if svg:
            write_text(Path(dataset) / name, svg)
    return [name for name, svg in drawn.items() if svg]


def categories_svg(stats: DatasetStats) -> str:
    """Clips by category, one stacked bar each, the splits in the card's order; the rarest are summed up."""
    splits = list(stats.splits)
    ranked = sorted(stats.categories.items(), key=lambda item: (-sum(item[1].values()), str(item[0])))
    rows = [(name or "(no category)", [counts[s] for s in splits]) for name, counts in ranked[:_MOST_CATEGORIES]]
    if rest := ranked[_MOST_CATEGORIES:]:  # a number without a bar: a sum is longer than any category
        more = (f"{len(rest)} more categories", sum(sum(counts.values()) for _, counts in rest))
    return _bars(f"{stats.clips:,} clips by category", splits, rows, more if rest else None)


def captions_svg(stats: DatasetStats) -> str:
    """How many captions have how many words; empty if all captions are withheld."""
    bins: Counter[int] = Counter()
    for words, count in stats.words.items():
        bins[min(words, _MOST_WORDS) // _WORDS_A_BIN] += count
    if not bins:
        return ""
    last = _MOST_WORDS // _WORDS_A_BIN
    labels = [str(i * _WORDS_A_BIN) if i < last else f"{_MOST_WORDS}+" for i in range(max(bins) + 1)]
    return _columns("Words in a caption", list(zip(labels, (bins[i] for i in range(len(labels))))))


def _bars(
    title: str,
    names: Sequence[str],
    rows: Sequence[tuple[str, Sequence[int]]],
    more: tuple[str, int] | None,
) -> str:
    left, step, top = 230, 17, 56
    longest = max((sum(values) for _, values in rows), default=1) or 1
    scale = (_WIDTH - left - 70) / longest
    parts, x = [_text(16, 24, title, size=15)], left
    for name, colour in zip(names, _COLOURS):
        parts += [rect(x, 36, 10, 10, fill=colour), _text(x + 14, 45, name)]
        x += 30 + 7 * len(name)
    for number, (label, values) in enumerate(rows):
        y, at = top + number * step, float(left)
        parts.append(_text(left - 8, y + 11, label if len(label) <= 36 else f"{label[:35]}…", anchor="end"))
        for value, colour in zip(values, _COLOURS):
            parts.append(rect(at, y, value * scale, step - 4, fill=colour) if value else "")
            at += value * scale
        parts.append(_text(at + 6, y + 11, f"{sum(values):,}"))
    end = top + len(rows) * step
    if more is not None:
        parts += [_text(left - 8, end + 11, more[0], anchor="end"), _text(left + 6, end + 11, f"{more[1]:,}")]
        end += step
    return _svg(title, end + 12, parts)


def _columns(title: str, bins: Sequence[tuple[str, int]]) -> str:
    left, top, height = 60, 44, 200
    width = (_WIDTH - left - 20) / len(bins)
    highest = max(count for _, count in bins)
    parts = [_text(16, 24, title, size=15)]
    for share in (0.0, 0.5, 1.0):
        y = top + height * (1 - share)
        parts.append(element("line", x1=left, x2=_WIDTH - 20, y1=y, y2=y, stroke=_GRID))
        parts.append(_text(left - 8, y + 4, f"{highest * share:,.0f}", anchor="end"))
    for number, (label, count) in enumerate(bins):
        tall = height * count / highest
        x = left + number * width
        parts.append(rect(x + 1, top + height - tall, max(1.0, width - 2), tall, fill=_COLOURS[0]) if count else "")
        parts.append(_text(x + width / 2, top + height + 16, label, anchor="middle"))
    return _svg(title, top + height + 30, parts)


def _svg(title: str, height: int, parts: Sequence[str]) -> str:
    """A file of its own: white behind it, a line a mark."""
    body = "\n".join(part for part in parts if part)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'font-family="sans-serif" role="img" aria-label="{html.escape(title)}">\n'
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _text(x: float, y: float, words: str, *, size: int = 11, anchor: str = "start") -> str:
    return text(x, y, words, font_size=size, text_anchor=anchor, fill=_INK)
