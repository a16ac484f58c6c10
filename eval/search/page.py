"""A page of moments for a person: pictures, times, scores, and each moment to play; one file that needs no network.

Reads the index and its footage, and moments.html (the page's frame). Every text from data is escaped. Clips are small
H.264 previews, which every browser plays; `--clips-out` has them in full.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from string import Template
from typing import Final

from svta.builder.io.files import write_text
from svta.builder.layout.guards import check_output
from svta.builder.video.clip_encoder import CutOptions
from svta.builder.video.decoder import decode

from .calibration import Rate, rate_text
from .clips import cut_moments
from .index import Found, Index
from .merging import Moment

PAGE: Final = "moments.html"
PREVIEW_SIZE: Final = (480, 270)
PREVIEW_SECONDS: Final = 60.0
MOST_BYTES: Final = 60_000_000  # of all previews; of what comes after them the page has pictures alone


@dataclass(frozen=True)
class Card:
    """A moment as a page shows it. video: an mp4 that browsers play, None if there is none, for `problem`."""

    moment: Moment
    video: bytes | None
    problem: str | None = None
    caption: str | None = None


def preview_cards(index: Index, found: Found) -> list[Card]:
    """The moments of a query, each cut out of its footage as a small preview."""
    options = CutOptions(size=PREVIEW_SIZE, precise=True)
    clips = cut_moments(index, found, options, most_seconds=PREVIEW_SECONDS)
    return [Card(clip.moment, clip.video.mp4 if clip.video else None, clip.problem) for clip in clips]


def write_page(index: Index, found: Found, page: str | Path, title: str) -> None:
    """The page about the moments of one query."""
    check_output(page, kind="file")
    frame = files("svta.eval.search").joinpath(PAGE).read_text(encoding="utf-8")
    body = cards_html(preview_cards(index, found), found.normal_hours)
    write_text(page, Template(frame).substitute(title=escape(title), lead=escape(lead(index, found)), body=body))


def cards_html(cards: Sequence[Card], normal_hours: float, most_bytes: int = MOST_BYTES) -> str:
    """The cards in order; those after `most_bytes` of video have a picture alone."""
    left, html = most_bytes, []
    for rank, card in enumerate(cards, 1):
        plays = card.video is not None and len(card.video) <= left
        left -= len(card.video) if card.video is not None and plays else 0
        html.append(_card(rank, card, plays, normal_hours))
    return "\n".join(html) or "<p>Nothing was found.</p>"


def lead(index: Index, found: Found) -> str:
    """How much footage was searched, and what was left out, in a line."""
    normal = f", {found.normal_hours:.2g} h of it normal" if found.normal_hours else ", none of it marked as normal"
    limited = found.threshold is not None and math.isfinite(
        found.threshold
    )  # -inf: normal footage never comes so often
    limit = f" Scores below {found.threshold:.3f} are left out." if limited else ""
    return f"{len(found.moments)} moments of {index.hours:.2g} h of footage{normal}.{limit}"


def _card(rank: int, card: Card, plays: bool, normal_hours: float) -> str:
    moment = card.moment
    lines = [f"<b>{rank}. {escape(Path(moment.file).name)}</b>", f"{clock(moment.start)} to {clock(moment.end)}"]
    if moment.time is not None:
        lines.append(escape(moment.time))
    lines.append(f"score {moment.score:.3f}")
    lines += [escape(text) for text in (alarm_text(moment, normal_hours), card.caption) if text]
    if card.video is None:
        lines.append(f"not cut: {escape(str(card.problem))}")
    lines.append(f"<small>{escape(moment.file)}</small>")
    lines += [f"<small>also {escape(path)}</small>" for path in moment.copies]
    return f'<div class="card">{_media(card.video, plays)}<p>{"<br>".join(lines)}</p></div>'


def alarm_text(moment: Moment, normal_hours: float) -> str:
    """How often normal footage reaches the score, for a reader; empty if that is not known."""
    if moment.alarms_per_hour is None or moment.alarms_per_hour_95 is None:
        return ""
    return rate_text(Rate(moment.alarms_per_hour, *moment.alarms_per_hour_95), normal_hours)


def _media(mp4: bytes | None, plays: bool) -> str:
    if mp4 is None:
        return '<div class="none"></div>'
    picture = f"data:image/jpeg;base64,{_thumbnail(mp4)}"
    if not plays:
        return f'<img src="{picture}" alt="">'
    source = base64.b64encode(mp4).decode()
    return f'<video controls loop muted preload="none" poster="{picture}" src="data:video/mp4;base64,{source}"></video>'


def _thumbnail(mp4: bytes) -> str:
    """The middle frame as a JPEG in base64."""
    from PIL import Image

    frames, mask = decode(mp4, num_frames=3, size=None)
    shown = frames[mask]
    buffer = BytesIO()
    Image.fromarray(shown[len(shown) // 2]).save(buffer, "JPEG", quality=80)
    return base64.b64encode(buffer.getvalue()).decode()


def clock(seconds: float) -> str:
    """Seconds as 1:02:03.4."""
    minutes, rest = divmod(round(seconds, 1), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02d}:{rest:04.1f}"
