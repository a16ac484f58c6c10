"""SVG drawn from numbers, for the card's plots, the report page and the balance page: no plotting library, no network.

Reads figures, gives markup; the same numbers give the same bytes. Texts are escaped, so they may come from data.

    svg(100, 20, "Clips", [rect(0.0, 0.0, 50.0, 20.0, fill="#3b6ea5"), text(55.0, 14, "half")])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

_LETTER: Final = 7.2  # how wide a letter is on the average, in units of the drawing


def element(tag: str, content: str | None = None, /, **attributes: float | str) -> str:
    """One element of markup: floats with one decimal, `_` in names as `-`; `content` is markup already."""
    shown = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    words = "".join(f' {name}="{_attribute(value)}"' for name, value in shown.items())
    return f"<{tag}{words}/>" if content is None else f"<{tag}{words}>{content}</{tag}>"


def rect(x: float, y: float, width: float, height: float, *, title: str = "", **more: float | str) -> str:
    """A bar; `title` is what a pointer over it shows."""
    content = element("title", escape(title)) if title else None
    return element("rect", content, x=float(x), y=float(y), width=float(width), height=float(height), **more)


def line(x1: float, y1: float, x2: float, y2: float, **more: float | str) -> str:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, **more)


def text(x: float, y: float, words: str, **more: float | str) -> str:
    """One line of text, characters that do not print as blanks."""
    return element("text", escape(printable(words)), x=float(x), y=float(y), **more)


def svg(width: int, height: int, title: str, marks: Sequence[str], *, description: str = "", **more: str) -> str:
    """The drawing, with words for those who do not see it."""
    said = element("title", escape(title)) + element("desc", escape(description)) if description else ""
    size = {"viewBox": f"0 0 {width} {height}", **more, "role": "img", "aria_label": title}
    return element("svg", said + "".join(marks), **size)


def count_bars(counts: Mapping[str, int]) -> str:
    """One bar per name with its count behind it; a paragraph where there is nothing to count."""
    if not counts:
        return "<p>none</p>"
    most, marks = max(*counts.values(), 1), []
    for number, (name, count) in enumerate(counts.items()):
        y, width = 20 * number, 520 * count / most
        marks += [
            text(250, y + 14, name[:40], text_anchor="end"),
            rect(258, y + 3, width, 14, fill="#2f6fdb"),
            text(262 + width, y + 14, f"{count:,}"),
        ]
    return svg(860, 20 * len(counts), "Counts", marks)


def shortened(name: str, width: float) -> str:
    """As much of a name as fits into `width` units of a drawing."""
    most = int(width / _LETTER)
    return name if len(name) <= most else name[: most - 1] + "…"


def printable(words: str) -> str:
    """The text with a blank for every character that does not print."""
    return "".join(character if character.isprintable() else " " for character in words)


def _attribute(value: float | str) -> str:
    return f"{value:.1f}" if isinstance(value, float) else escape(str(value))
