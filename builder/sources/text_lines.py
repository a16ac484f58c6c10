"""Text files of captions -> rows: sentences with times (UCA, Charades-STA), `name<TAB>caption`, one caption a line.

Also UCF-Crime's temporal annotation, whose rows have frames and no caption. A list of names is no file of captions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from svta.builder.errors import ClipError
from svta.builder.io.tables import Row, SourceError, open_text, read_delimited
from svta.builder.paths import is_video_name

from .column_names import CAPTION_NAMES, fold
from .shapes import IsVideo

MAX_LINES_BYTES: Final = 64_000_000
MATCHING: Final = 0.5  # the share of a file's rows that name a video, for it to be a file of captions
_SEPARATORS: Final = ("\t", "##", "|", ",", ";", ":", " ")
_TIME: Final = r"(P?T?\d[\d:;.,hms]*)"
_TIMED: Final = re.compile(rf"(\S+)\s+{_TIME}\s+{_TIME}\s*##(.*)", re.IGNORECASE)
_EVENTS: Final = re.compile(r"(\S+)\s+([A-Za-z]+)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)\s*")
_UCF_FPS: Final = 30.0
_LISTS: Final = ("videos.txt", "video.txt")  # beside prompt.txt or captions.txt, line by line

Line = tuple[int, str]


def text_rows(path: Path, is_video: IsVideo = lambda name: False) -> Iterator[Row]:
    """The rows of a text file. Raises SourceError where its lines hold no captions that can be told."""
    if path.stat().st_size > MAX_LINES_BYTES:
        raise SourceError(f"{path}: has more than {MAX_LINES_BYTES:,} bytes; give it as CSV or JSONL")
    lines = _lines(path)
    head = lines[0][1] if lines else ""
    if any(_TIMED.fullmatch(text) for _, text in lines):
        return _timed(lines)
    if sum(bool(_EVENTS.fullmatch(text)) for _, text in lines) > MATCHING * len(lines):
        return _events(lines)
    if any(fold(name) in CAPTION_NAMES for mark in "\t,;|" if mark in head for name in head.split(mark)):
        return read_delimited(path)
    if (videos := _listed_beside(path, lines)) is not None:
        return ((f"line {number}", {"video": name, "caption": text}) for (number, text), name in zip(lines, videos))
    return _named(path, lines, is_video)


def _lines(path: Path) -> list[Line]:
    with open_text(path) as file:
        return [(number, line.strip(" \r\n\x1a")) for number, line in enumerate(file, 1) if line.strip(" \r\n\x1a")]


def _timed(lines: list[Line]) -> Iterator[Row]:
    for number, text in lines:
        if match := _TIMED.fullmatch(text):
            yield f"line {number}", {"video": match[1], "start": match[2], "end": match[3], "caption": match[4]}
        else:
            yield f"line {number}", ClipError("not `VIDEO START END ##sentence`")


def _events(lines: list[Line]) -> Iterator[Row]:
    """UCF-Crime's `VIDEO CLASS FIRST LAST FIRST LAST`: up to two events in frames of 30 a second, -1 for none."""
    for number, text in lines:
        if (match := _EVENTS.fullmatch(text)) is None:
            yield f"line {number}", ClipError("not `VIDEO CLASS FIRST LAST FIRST LAST`")
            continue
        about = {"video": match[1], "class": match[2], "fps": _UCF_FPS}
        events = [(int(match[i]), int(match[i + 1])) for i in (3, 5) if int(match[i]) >= 0]
        for place, (first, last) in enumerate(events, 1):
            yield f"line {number} event {place}", {**about, "start_frame": first, "end_frame": last}
        if not events:
            yield f"line {number}", about


def _listed_beside(path: Path, lines: list[Line]) -> list[str] | None:
    """The videos of a list beside a file of prompts that has as many lines; None where there is none."""
    if path.name in _LISTS:
        return None
    for name in _LISTS:
        if (
            (place := path.with_name(name)).is_file()
            and not place.is_symlink()
            and place.stat().st_size <= MAX_LINES_BYTES
        ):
            videos = [text for _, text in _lines(place)]
            return videos if len(videos) == len(lines) else None
    return None


def _named(path: Path, lines: list[Line], is_video: IsVideo) -> Iterator[Row]:
    """`name<separator>caption` lines, or a file called like its video: its captions, one a line."""

    def named(text: str, separator: str) -> bool:
        name, found, caption = text.partition(separator)
        name = name.strip()
        if not found or not any(map(str.isalpha, caption)) or (separator == " " and name.isalpha()):
            return False  # "A man walks" does not speak of a.mp4
        return is_video(name) or is_video_name(name) or (separator in "\t##|" and " " not in name)

    hits = {separator: sum(named(text, separator) for _, text in lines) for separator in _SEPARATORS}
    separator = max(_SEPARATORS, key=lambda s: hits[s])
    if hits[separator] and hits[separator] >= MATCHING * len(lines):
        for number, text in lines:
            name, _, caption = text.partition(separator)
            yield f"line {number}", {"video": name.strip(" \"'"), "caption": caption.strip(" \"'")}
    elif is_video(path.stem):
        for number, text in lines:
            yield f"line {number}", {"video": path.stem, "caption": text}
    else:
        raise SourceError(f"{path}: its lines are no captions that svta reads; e.g. `VIDEO 00:01.2 00:08.2 ##sentence`")
