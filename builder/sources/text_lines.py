"""Text files of captions -> rows: sentences with times (UCA, Charades-STA, LSMDC), `name<TAB>caption`, lines.

Also UCF-Crime's temporal annotation, whose rows have frames and no caption. A list of names is not a file of captions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from svta.builder.errors import ClipError
from svta.builder.io.json_text import MAX_LINE_BYTES
from svta.builder.io.limits import open_text
from svta.builder.io.tables import Row, SourceError, read_delimited
from svta.builder.paths import is_video_name

from .column_names import CAPTION_NAMES, VIDEO_NAMES, fold, folded_names
from .shapes import IsVideo

MAX_LINES_BYTES: Final = 64_000_000
MATCHING: Final = 0.5  # the share of a file's rows that name a video, for it to be a file of captions
_SEPARATORS: Final = ("\t", "##", "|", ",", ";", ":", " ")
_TIME: Final = r"P?T?\d[\d:;.,hms]*"
_TIMED: Final = re.compile(
    rf"(?P<video>\S+)\s+(?P<start>{_TIME})\s+(?P<end>{_TIME})\s*##(?P<caption>.*)", re.IGNORECASE
)
_GAP: Final = r"(?:\s++[,;|]?\s*+|[,;|]\s*+)"
_SPACED: Final = re.compile(  # the same with other marks between them; without a video the file is called like it
    rf"(?:(?P<video>[^\s,;|]+?){_GAP})?(?P<start>{_TIME}?)(?:{_GAP}|\s*+[-–]\s*+)(?P<end>{_TIME}?)(?:{_GAP}|:\s+)"
    r"(?P<caption>(?!\d+:\d\d)(?=.*[^\W\d_]{2}).*)", re.IGNORECASE
)  # fmt: skip
_CLOCKED: Final = re.compile(  # chapters of a film, ELAN's lines
    r"(?:\S+\t\s*|\S*[\d._]\S*\s+)?[(\[]?\d+:\d\d[\d:.,)\]]*\s.*"
)
_SUBTITLES: Final = re.compile(r"[\d:.,]+\s*-->\s*[\d:.,]+.*")
_LSMDC: Final = re.compile(  # its clips are published cut: the times are those of the film that each is named after
    r"(?P<video>(?P<group>[^\t]+)_[\d.]{12}-[\d.]{12})(?:\t[\d.]{12}){2,4}(?:\t(?P<caption>[^\t]*))?"
)
_EVENTS: Final = re.compile(r"(\S+)\s+([A-Za-z]+)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)\s*")
_NUMBERS: Final = re.compile(r"[^\s,;]+(?:[\s,;]+-?\d+)+[\s,;]*")  # of frames or classes, behind a name
_CODE: Final = re.compile(r"(?=\S*[A-Za-z])(?=\S*\d)(?=\S*_)\S+")  # mv89psg6zh4_33_46
_NUMBER: Final = re.compile(_TIME, re.IGNORECASE)
_TIME_NAMES: Final = frozenset(folded_names("start") + folded_names("end") + folded_names("span"))
_UCF_FPS: Final = 30.0
_LISTS: Final = ("videos.txt", "video.txt")  # beside prompt.txt or captions.txt, line by line

Line = tuple[int, str]


def text_rows(path: Path, is_video: IsVideo = lambda name: False) -> Iterator[Row]:
    """The rows of a text file. Raises SourceError if its lines contain no captions that can be recognised."""
    if path.stat().st_size > MAX_LINES_BYTES:
        raise SourceError(f"{path}: has more than {MAX_LINES_BYTES:,} bytes; give it as CSV or JSONL")
    lines = _lines(path)
    head = lines[0][1] if lines else ""
    for form, what in ((_TIMED, "VIDEO START END ##sentence"), (_LSMDC, "CLIP<TAB>four times<TAB>sentence")):
        if any(form.fullmatch(text) for _, text in lines):
            return _in_form(lines, form, what)
    if _are(_EVENTS, lines):
        return _events(lines)
    if any(_SUBTITLES.fullmatch(text) for _, text in lines):
        raise SourceError(f"{path}: subtitles; give a table with the columns video,start,end,caption")
    if any(_are_column_names(head.split(mark)) for mark in "\t,;|" if mark in head):
        return read_delimited(path)
    if (videos := _listed_beside(path, lines)) is not None:
        return ((f"line {number}", {"video": name, "caption": text}) for (number, text), name in zip(lines, videos))
    if _are(_SPACED, lines):
        return _spaced(path, lines)
    return _named(path, lines, is_video)


def _are(form: re.Pattern[str], lines: list[Line]) -> bool:
    return sum(bool(form.fullmatch(text)) for _, text in lines) > MATCHING * len(lines)


def _are_tabbed(lines: list[Line]) -> bool:
    """Whether times or other numbers stand between a name and its sentence."""
    rows = [text.split("\t") for _, text in lines]
    return sum(any(map(_NUMBER.fullmatch, map(str.strip, cells[1:-1]))) for cells in rows) > MATCHING * len(rows)


def _lines(path: Path) -> list[Line]:
    with open_text(path) as file:
        return [(number, line.strip(" \r\n\x1a")) for number, line in enumerate(file, 1) if line.strip(" \r\n\x1a")]


def _are_column_names(cells: list[str]) -> bool:
    """Whether a first line names columns: that of captions, or a video's and a time's."""
    names = {fold(cell) for cell in cells}
    return not names.isdisjoint(CAPTION_NAMES) or not (names.isdisjoint(VIDEO_NAMES) or names.isdisjoint(_TIME_NAMES))


def is_headless(path: Path) -> bool:
    """Whether a table begins with a row, as LSMDC's lists do: it is a text file, regardless of its ending."""
    with open_text(path) as file:
        return _LSMDC.fullmatch(file.readline(MAX_LINE_BYTES).rstrip("\r\n")) is not None


def _in_form(lines: list[Line], form: re.Pattern[str], what: str) -> Iterator[Row]:
    for number, text in lines:
        match = form.fullmatch(text)
        yield f"line {number}", ClipError(f"not `{what}`") if match is None else match.groupdict()


def _spaced(path: Path, lines: list[Line]) -> Iterator[Row]:
    for place, row in _in_form(lines, _SPACED, "VIDEO START END sentence"):
        yield place, row if isinstance(row, ClipError) else {**row, "video": row["video"] or path.stem}


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
    """The videos of a list beside a file of prompts that has as many lines; None if there is none."""
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
    """`name<separator>caption` lines, or a file called like its video: its captions, one per line."""

    def named(text: str, separator: str) -> bool:
        name, found, caption = text.partition(separator)
        name = name.strip()
        if not found or not any(map(str.isalpha, caption)) or (separator == " " and name.isalpha()):
            return False  # "A man walks" does not speak of a.mp4
        is_code = _CODE.fullmatch(name) is not None or (separator in "\t##|" and " " not in name)
        return is_video(name) or is_video_name(name) or is_code

    hits = {separator: sum(named(text, separator) for _, text in lines) for separator in _SEPARATORS}
    separator = max(_SEPARATORS, key=lambda s: hits[s])
    parts = [text.partition(separator) for _, text in lines]
    is_clocked, is_tabbed = _are(_CLOCKED, lines), separator == "\t" and _are_tabbed(lines)
    is_list = not (is_clocked or is_tabbed) and (hits[separator] >= MATCHING * len(lines) or _are(_NUMBERS, lines))
    if is_list and any(
        " " in caption.strip() or not caption.isascii() for _, _, caption in parts
    ):  # no list of classes
        for (number, text), (name, _, caption) in zip(lines, parts):
            row = {"video": name.strip(" \"'"), "caption": caption.strip(" \"'")}
            yield f"line {number}", ClipError("a remark") if text.startswith("# ") else row
    elif not is_list and is_video(path.stem) and not (is_clocked or is_tabbed):
        for number, text in lines:
            yield f"line {number}", {"video": path.stem, "caption": text}
    else:
        what = "its lines are not captions that svta reads; e.g. `VIDEO 00:01.2 00:08.2 ##sentence`"
        if is_clocked:
            what = "its lines have times that svta does not read; give start and end: `VIDEO 0:05-0:10: sentence`"
        elif is_tabbed:
            what = (
                "its lines are columns with times; name them in a first line, e.g. video<TAB>start<TAB>end<TAB>caption"
            )
        elif _are(_NUMBERS, lines):
            what = "its lines are names and numbers, not captions that svta reads; frames of events are read from a "
            what += "table with the columns video,start_frame,end_frame,caption"
        raise SourceError(f"{path}: {what}")
