"""Columns of times under unknown names: a table whose rows would be taken as whole videos by mistake.

Reads the cells that nothing else read. A column holds times where its name says so in some language, or where its
cells are clocks, and where a beginning comes before its end. Of columns whose names say so, or of clocks, half of the
rows are enough: a typing error in one row does not make them something else.

    unread_times([{"Von": "0:01", "Bis": "0:04"}])        # {"start": "Von", "end": "Bis"}
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from .cells import is_missing, is_timecode, parse_span, timecode_seconds, to_seconds
from .column_names import fold

MAX_SAMPLE_CHARS: Final = 200
MAX_SPANS: Final = 20  # of a cell that is kept for unread_times
_TIMES: Final = (int, float, datetime.time, datetime.timedelta)


def _folded(words: str) -> re.Pattern[str]:
    return re.compile(unicodedata.normalize("NFKD", words))  # as fold leaves letters: Korean ones in parts


# what a folded name begins or ends with, or what all of it is
_BEGIN: Final = (
    "start|begin|anfang|anf|debut|inici|inizi|comien|comec|onset|zacat|poczat|baslan|borj|нач|開始|开始|起|始|시작"
)
_END: Final = "end|stop|schluss|fin|fim|eind|konie|konec|offset|bitis|slut|кон|結|结|終|终|止|끝|종료"
_BEGINS: Final = _folded(
    f"^(?:{_BEGIN})|(?:{_BEGIN})$"
    "|^(?:from|von|vom|ab|de|da|du|desde|dal|depuis|s|st|с|от|in|tcin|t0|t1|ts|timein|inpoint)$"
)
_ENDS: Final = _folded(
    f"^(?:{_END})|(?:{_END})$|^(?:to|bis|till|until|a|al|au|ate|hasta|jusqua|e|ed|до|по|out|tcout|t1|t2|te|timeout|outpoint)$"
)
_POINTS: Final = _folded(  # a time in the video, without saying whether something begins or ends then
    "^(?:event|incident|anomaly|action|clip|video|ereignis|vorfall)?(?:t|at|time|timecode|tc|seconds?|sec|moments?|instant"
    "|timestamp|offset|zeit|zeitpunkt|zeitstempel|zeitcode|sekunde|temps|minutage|tiempo|momento|tempo|istante|время|момент"
    "|时间|时刻|時間|時刻|时间点|時間点|시간|시각)$"
)
_LENGTHS: Final = _folded(
    "(?:dur|duration|dauer|length|len|lange|laufzeit|duree|longueur|duracion|duracao|durata|duur|时长|長さ|길이)$"
)
_NO_TIMES: Final = re.compile(
    "index|idx|year|date|char|token|word|page|line|pixel|row|column|id$|^(?:start|begin|end|stop)?[xy]$"
)
_NO_START: Final = re.compile(
    f"{_NO_TIMES.pattern}|score|conf|prob|count|num|class|label|rank|weight|rating|^n|width|height"
)
_FRAMES: Final = re.compile("frames?|fid$|bild(?:er)?|帧")
_CLOCK: Final = re.compile(r"\s*(?:\d+:)?\d+:\d+(?:[.,]\d+|[:;]\d\d)?\s*")
_CLOCKS: Final = re.compile(rf"{_CLOCK.pattern}(?:-->|[-–~,]|to|bis|à|a){_CLOCK.pattern}")
_UNIT: Final = "s|secs?|seconds?|sek\\w*|ms|msec|min|minutes?"
_AROUND: Final = re.compile(  # a word that is not the name's own: t_from, Von (Sek.), eventStartMs, sec_from
    rf"^(?:time|t|zeit|event|{_UNIT})[\W_]+|(?:[\W_]+(?:time|zeit|{_UNIT}))+\W*$|[(\[].*",
    re.IGNORECASE,
)
_SPAN: Final = re.compile("window|moment|segment|span|interval|time|range|passage|^frames$")
_MARKED: Final = re.compile(  # not so pages and ages
    r"\d\s*(?:s|secs?|sek|min|ms|秒|分)\b|\d秒|\d:\d\d|\d[.,]\d", re.IGNORECASE
)
_PARTED: Final = re.compile(r"[-\d.]+\s*,\s*[-\d.]+")
_ANY_RATE: Final = 100.0
_MOST: Final = 0.9  # of the rows
_MANY: Final = 0.5  # of those with two marked times in a cell


def unread_times(rows: Sequence[Mapping[str, object]], known: Mapping[str, str]) -> dict[str, str]:
    """{"start": column, "end": column} of what looks like times, {"span": column} for both in one, or nothing.

    Of numbers of frames {"start_frame": column, ...} or {"span_frame": column}. rows: the cells of columns that nothing
    reads. known: start, end or duration -> the column, if one of them is read; its cells are among the rows.
    """
    columns = list(dict.fromkeys(column for row in rows for column in row))
    cells = {column: [None if _is_empty(row.get(column)) else row.get(column) for row in rows] for column in columns}
    unread = [column for column in columns if column not in known.values()]
    begins = [known["start"]] if "start" in known else [c for c in unread if _may_be(_BEGINS, c, cells[c])]
    points = [column for column in unread if _is_named(_POINTS, column) and _are_numbers(cells[column])]
    if "start" not in known:
        begins += points
        begins += [column for column in unread if "end" in known and not _NO_START.search(fold(column))]
    ends = [known["end"]] if "end" in known else [c for c in unread if _may_be(_ENDS, c, cells[c])]
    for start in begins:
        for end in ends:
            if start != end and _are_pairs(cells, start, end):
                return {
                    _field(name, column): column
                    for name, column in (("start", start), ("end", end))
                    if name not in known
                }
    spans = [column for column in unread if _are_spans(column, cells[column])]
    if spans and not {"start", "end"} & known.keys():
        inner = next((cell for cell in cells[spans[0]] if isinstance(cell, dict)), {})
        return {_field("span", next((name for name in inner if _FRAMES.search(fold(name))), spans[0])): spans[0]}
    lengths = [column for column in unread if _is_named(_LENGTHS, column) and _are_numbers(cells[column])]
    if "start" in known:
        return {"duration": lengths[0]} if lengths and not {"end", "duration"} & known.keys() else {}
    for start in begins:
        if start in points or ((lengths or "duration" in known) and _is_named(_BEGINS, start)):
            more = {"duration": lengths[0]} if lengths and not {"duration", "end"} & known.keys() else {}
            return {_field("start", start): start, **more}
    return {}


def _field(name: str, column: str) -> str:
    return f"{name}_frame" if _FRAMES.search(fold(column)) else name


def _may_be(words: re.Pattern[str], column: str, cells: Sequence[object]) -> bool:
    """Whether a column is called a time of this kind and holds numbers, or holds clocks."""
    return _are_clocks(cells) or (_is_named(words, column) and _are_numbers(cells, _MANY))


def _are_pairs(cells: Mapping[str, Sequence[object]], start: str, end: str) -> bool:
    """Whether what begins comes before what ends: in most rows, in many of columns named so and of clocks."""
    are_clocks = _are_clocks(cells[start]) and _are_clocks(cells[end])
    are_named = _is_named(_BEGINS, start) and _is_named(_ENDS, end)
    if are_clocks and are_named:
        return True
    return _ordered(cells[start], cells[end], _MANY if are_clocks or are_named else _MOST)


def _are_numbers(cells: Iterable[object], least: float = _MOST) -> bool:
    return _share((isinstance(_seconds(cell), float) for cell in cells if cell is not None), least)


def _are_clocks(cells: Iterable[object]) -> bool:
    return _share((_is_clock(cell) for cell in cells if cell is not None), _MANY)


def _is_clock(cell: object) -> bool:
    if isinstance(cell, str):
        return _CLOCK.fullmatch(cell) is not None
    return isinstance(cell, (datetime.time, datetime.timedelta))


def _is_empty(cell: object) -> bool:
    return is_missing(cell) or (isinstance(cell, str) and not any(map(str.isalnum, cell)))


def _is_named(words: re.Pattern[str], column: str) -> bool:
    name = _FRAMES.sub("", fold(_AROUND.sub("", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column))))
    is_named = words.search(name) is not None or (words is _POINTS and words.search(fold(column)) is not None)
    return is_named and _NO_TIMES.search(name) is None


def _ordered(starts: Sequence[object], ends: Sequence[object], least: float = _MOST) -> bool:
    pairs = [(_seconds(start), _seconds(end)) for start, end in zip(starts, ends)]
    times = [(start, end) for start, end in pairs if isinstance(start, float) and isinstance(end, float)]
    return _share((0 <= start < end for start, end in times), least)


def _seconds(cell: object) -> object:
    """to_seconds, and a timecode at a rate that no row says: enough to tell what comes first."""
    return timecode_seconds(str(cell).replace(";", ":"), _ANY_RATE) if is_timecode(cell) else to_seconds(cell)


def _are_spans(column: str, cells: Sequence[object]) -> bool:
    """Whether the cells hold two times each: under a name of spans most of them, else many, written as times are."""
    filled = [cell for cell in cells if cell not in (None, [], {})]
    if _share(_is_span(column, cell) for cell in filled):
        return True
    return _share((isinstance(cell, str) and _is_marked(cell) for cell in filled), _MANY)


def _is_span(column: str, cell: object) -> bool:
    if isinstance(cell, dict) and len(unread_times([cell], {})) == 2:
        return True
    if isinstance(cell, str) and _CLOCKS.fullmatch(cell):
        return True
    pairs = parse_span(cell) if _SPAN.search(fold(column)) else None
    return pairs is not None and _ordered([one for one, _ in pairs], [other for _, other in pairs])


def _is_marked(text: str) -> bool:
    """Whether a text is two times with something of times about them: a clock, a unit, a part of a second.

    What is parted by a comma alone may be a place.
    """
    pairs = parse_span(text) if _MARKED.search(text) and not _PARTED.fullmatch(text) else None
    return pairs is not None and _ordered([one for one, _ in pairs], [other for _, other in pairs])


def _share(found: Iterable[bool], least: float = _MOST) -> bool:
    answers = list(found)
    return sum(answers) >= least * len(answers) > 0


def may_be_time(cell: object) -> bool:
    """Whether a cell is small enough to be kept for unread_times: a number, a short text, a few pairs of them."""
    if isinstance(cell, dict):
        cell = list(cell.values())
    if isinstance(cell, (list, tuple)):
        return len(cell) <= MAX_SPANS and all(map(may_be_time, cell))
    return len(cell) <= MAX_SAMPLE_CHARS if isinstance(cell, str) else isinstance(cell, _TIMES)
