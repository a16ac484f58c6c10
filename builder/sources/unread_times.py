"""Columns of times under unknown names: a table whose rows would be taken as whole videos by mistake.

Reads the cells that nothing else read. A column holds times where its name says so in some language, or where every
cell is a clock, and where a beginning is never after its end.

    unread_times([{"Von": "0:01", "Bis": "0:04"}])        # {"start": "Von", "end": "Bis"}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from .cells import is_timecode, parse_span, timecode_seconds, to_seconds
from .column_names import fold

# what a folded name begins or ends with, or what all of it is
_BEGIN: Final = (
    "start|begin|anfang|anf|debut|inici|inizi|comien|comec|onset|zacat|poczat|baslan|borj|нач|開始|开始|起|始|시작"
)
_END: Final = "end|stop|schluss|fin|fim|eind|konie|konec|offset|bitis|slut|кон|結|结|終|终|止|끝|종료"
_BEGINS: Final = re.compile(
    f"^(?:{_BEGIN})|(?:{_BEGIN})$"
    "|^(?:from|von|vom|ab|de|da|du|desde|dal|depuis|s|st|с|от|in|tcin|t0|t1|ts|timein|inpoint)$"
)
_ENDS: Final = re.compile(
    f"^(?:{_END})|(?:{_END})$|^(?:to|bis|till|until|a|al|au|ate|hasta|jusqua|e|ed|до|по|out|tcout|t1|t2|te|timeout|outpoint)$"
)
_NO_TIMES: Final = re.compile(
    "index|idx|year|date|char|token|word|page|line|pixel|row|column|id$|^(?:start|begin|end|stop)?[xy]$"
)
_FRAMES: Final = re.compile("frames?|fid$|bild(?:er)?|帧")
_CLOCK: Final = re.compile(r"\s*(?:\d+:)?\d+:\d+(?:[.,]\d+|[:;]\d\d)?\s*")
_CLOCKS: Final = re.compile(rf"{_CLOCK.pattern}(?:-->|[-–~,]|to|bis|à|a){_CLOCK.pattern}")
_AROUND: Final = re.compile(  # a word that is not the name's own: t_from, Von (Sek.), eventStartMs
    r"^(?:time|t|zeit)[\W_]+|(?:[\W_]+(?:time|zeit|s|secs?|seconds?|sek\w*|ms|msec|min|minutes?))+\W*$|[(\[].*",
    re.IGNORECASE,
)
_SPAN: Final = re.compile("window|moment|segment|span|interval|time|range|^frames$")
_ANY_RATE: Final = 100.0
_MOST: Final = 0.9  # of the rows


def unread_times(rows: Sequence[Mapping[str, object]], known: Mapping[str, str]) -> dict[str, str]:
    """{"start": column, "end": column} of what looks like times, {"span": column} for both in one, or nothing.

    Of numbers of frames {"start_frame": column, ...} or {"span_frame": column}. rows: the cells of columns that nothing
    reads. known: start, end or duration -> the column, if one of them is read; its cells are among the rows.
    """
    columns = list(dict.fromkeys(column for row in rows for column in row))
    cells = {column: [row.get(column) for row in rows] for column in columns}
    unread = [column for column in columns if column not in known.values()]
    begins = [known["start"]] if "start" in known else [c for c in unread if _may_be(_BEGINS, c, cells[c])]
    if "duration" in known and "start" not in known:
        begins += [column for column in unread if fold(column) == "offset"]
    ends = [known["end"]] if "end" in known else [c for c in unread if _may_be(_ENDS, c, cells[c])]
    for start in begins:
        for end in ends:
            if start != end and _ordered(cells[start], cells[end]):
                return {
                    _field(name, column): column
                    for name, column in (("start", start), ("end", end))
                    if name not in known
                }
        if "duration" in known and "start" not in known and (_is_named(_BEGINS, start) or fold(start) == "offset"):
            return {_field("start", start): start}
    spans = [column for column in unread if _share(_is_span(column, cell) for cell in cells[column] if cell)]
    if not spans or {"start", "end"} & known.keys():
        return {}
    inner = next((cell for cell in cells[spans[0]] if isinstance(cell, dict)), {})
    return {_field("span", next((name for name in inner if _FRAMES.search(fold(name))), spans[0])): spans[0]}


def _field(name: str, column: str) -> str:
    return f"{name}_frame" if _FRAMES.search(fold(column)) else name


def _may_be(words: re.Pattern[str], column: str, cells: Sequence[object]) -> bool:
    """Whether a column is called a time of this kind and holds numbers, or holds clocks."""
    filled = [cell for cell in cells if cell not in (None, "")]
    if filled and all(isinstance(cell, str) and _CLOCK.fullmatch(cell) for cell in filled):
        return True
    return _is_named(words, column) and _share(isinstance(_seconds(cell), float) for cell in filled)


def _is_named(words: re.Pattern[str], column: str) -> bool:
    name = _FRAMES.sub("", fold(_AROUND.sub("", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column))))
    return words.search(name) is not None and _NO_TIMES.search(name) is None


def _ordered(starts: Sequence[object], ends: Sequence[object]) -> bool:
    pairs = [(_seconds(start), _seconds(end)) for start, end in zip(starts, ends)]
    return _share(0 <= start < end for start, end in pairs if isinstance(start, float) and isinstance(end, float))


def _seconds(cell: object) -> object:
    """to_seconds, and a timecode at a rate that no row says: enough to tell what comes first."""
    return timecode_seconds(str(cell).replace(";", ":"), _ANY_RATE) if is_timecode(cell) else to_seconds(cell)


def _is_span(column: str, cell: object) -> bool:
    if isinstance(cell, dict) and len(unread_times([cell], {})) == 2:
        return True
    if isinstance(cell, str) and _CLOCKS.fullmatch(cell):
        return True
    pairs = parse_span(cell) if _SPAN.search(fold(column)) else None
    return pairs is not None and _ordered(*zip(*pairs))


def _share(found: Iterable[bool]) -> bool:
    answers = list(found)
    return sum(answers) >= _MOST * len(answers) > 0
