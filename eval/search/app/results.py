"""Results as HTML: a line of time for each file with its moments, and a card for each moment. All text is escaped.

html = results_html("footage · clip-vit", results)
"""

from __future__ import annotations

from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

from svta.eval.search.page import cards_html, clock

from .sources import Results

FRAME: Final = "results.html"
MOST_BYTES: Final = 20_000_000  # of videos in one answer; of what comes after them there are pictures alone


def results_html(title: str, results: Results, note: str = "") -> str:
    """One source's answer to a query."""
    cards = cards_html(results.cards, results.normal_hours, MOST_BYTES)
    about = " ".join(text for text in (results.lead, f"Note: {note}." if note else "") if text)
    return _framed(title, about, _lines(results), cards)


def refusal_html(title: str, reason: str) -> str:
    """Why a source has no answer."""
    return _framed(title, reason, "", "")


def _framed(title: str, lead: str, lines: str, cards: str) -> str:
    frame = Template(files("svta.eval.search.app").joinpath(FRAME).read_text(encoding="utf-8"))
    return frame.substitute(title=escape(title), lead=escape(lead), lines=lines, cards=cards)


def _lines(results: Results) -> str:
    """A timeline for each file with a found part; none for a clip that was found whole."""
    seconds: dict[str, float] = {}
    marks: dict[str, list[str]] = {}
    for rank, (card, length) in enumerate(zip(results.cards, results.seconds, strict=True), 1):
        moment = card.moment
        if not length > 0 or (moment.start <= 0 and moment.end >= length):
            continue
        left, right = (100 * min(1.0, max(0.0, at / length)) for at in (moment.start, moment.end))
        told = f"{rank}. {clock(moment.start)} to {clock(moment.end)}, score {moment.score:.3f}"
        seconds[moment.file] = length
        marks.setdefault(moment.file, []).append(
            f'<span class="mark" style="left:{left:.3f}%;width:{right - left:.3f}%" title="{escape(told)}"></span>'
        )
    return "\n".join(
        f'<div class="line">{escape(Path(file).name)}, {clock(seconds[file])}'
        f'<div class="track">{"".join(spans)}</div></div>'
        for file, spans in marks.items()
    )
