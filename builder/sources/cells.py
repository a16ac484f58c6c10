"""What a cell of somebody's table says: seconds, timecodes, spans and lists, out of text or of a spreadsheet's values.

read_time("0:01.5"), parse_span("0:05 - 0:10"), parse_list("['a', 'b']")     # 1.5, [(5.0, 10.0)], ["a", "b"]
"""

from __future__ import annotations

import ast
import datetime
import math
import re
from typing import Final

from svta.builder.errors import ClipError
from svta.builder.io.json_text import loose_json

from .column_names import fold, folded_names, unit_seconds

_NO_COMMA: Final = re.compile(r"""(['"])\s+(['"])""")
_CLOCK: Final = re.compile(r"(?:(?:(\d+):)?(\d+):)?(-?\d*[.,]?\d+(?:e-?\d+)?)\s*(?:s|sec|seconds)?", re.IGNORECASE)
_PART: Final = r"(?:(\d+(?:[.,]\d+)?|[.,]\d+)\s*(?:{})\s*)?"
_UNITS: Final = re.compile(  # PT1M2.5S, P0Y0M0DT0H1M2.5S, 1h02m, 1 min 2 s; P1M is a month
    r"(?:P(?:0+Y)?(?:0+M)?(?:(\d+)D)?T)?"
    + "".join(
        map(_PART.format, (
            "h|hrs?|hours?|std\\.?|stunden?|heures?|horas?|小时",
            "m|mins?\\.?|minuten?|minutes?|minutos?|minuti|мин\\.?|分钟?",
            "s|secs?\\.?|seconds?|sek\\.?|sekunden?|secondes?|segundos?|secondi|сек\\.?|秒",
            "ms|msecs?",
        ))
    ),
    re.IGNORECASE,
)  # fmt: skip
_PRIMES: Final = re.compile(r"(\d+)\s*['\u2019\u2032]\s*([0-5]\d(?:[.,]\d+)?)\s*(?:\"|\u201d|\u2033|''|\u2019\u2019)?")
_UNIT_SECONDS: Final = (86_400, 3600, 60, 1, 0.001)
_NUMBER: Final = re.compile(r"-?\d*[.,]?\d+(?:e-?\d+)?", re.IGNORECASE)
_RATE: Final = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:/\s*([1-9]\d*))?\s*(?:fps|hz)?", re.IGNORECASE)
_TIMECODE: Final = re.compile(r"(\d\d):([0-5]\d):([0-5]\d)([:;])(\d\d)")
_DROP_FRAME_RATES: Final = (30, 60)  # nominal; 29.97 and 59.94 frames a second in truth
_BETWEEN: Final = [  # what parts two times, the surest first
    re.compile(rf"\s*(?:{mark})\s*第?", re.IGNORECASE)
    for mark in ("-->|->|=>|→|[-–—−~〜～/;至到]|\\.{2,}|\\b(?:to|till|until|bis|à|al?|até|hasta)\\b", ",", r",?\s")
]
_BEFORE: Final = re.compile(r"[\s\[({<]*(?:(?:from|von|de|du|desde|dal?)\s|从|第)*\s*", re.IGNORECASE)
_NUMBERS: Final = re.compile(r"[^\w]*(?:\d[^\w]*)+(?:s|sec|ms)?[^\w]*|.*\d:\d\d.*", re.IGNORECASE | re.DOTALL)
_DATE: Final = re.compile(r"\b(?:19|20)\d\d\b|\d+[/.-]\d+[/.-]\d")
_MISSING: Final = frozenset(  # as pandas, databases and spreadsheets write it
    ("", "nan", "none", "null", "n/a", "<na>", "nat", "undefined", "#n/a", "#name?", "#ref!", "#value!", "#div/0!",
     "#null!", "#num!")
)  # fmt: skip
_EPOCH: Final = 1e8  # seconds of no video, but of a computer's clock


def is_missing(value: object) -> bool:
    """Whether a cell is empty, or holds the word that a program writes for nothing or for an error."""
    if isinstance(value, str):
        return len(value) < 16 and value.strip().casefold() in _MISSING
    return value is None or (isinstance(value, float) and math.isnan(value))


def parse_seconds(text: str) -> float | str:
    """ "00:01:02.5", "62,5 s", "PT1M2.5S", "1m2.5s" as seconds; other text unchanged, as what two may read in two ways:

    parts above 60 behind a larger one (25:61:00, 1m75s), a fraction of another than the last (1.5h30m), months (P1M).
    """
    if (match := _PRIMES.fullmatch(text.strip())) is not None:  # 1'20"
        text = f"{match[1]}:{match[2]}"
    if (match := _UNITS.fullmatch(text.strip())) is None or not any(match.groups()):
        return _clock_seconds(text)
    parts = [None if part is None else float(part.replace(",", ".")) for part in match.groups()]
    given = [(part, unit) for part, unit in zip(parts, _UNIT_SECONDS) if part is not None]
    is_clear = all(part.is_integer() for part, _ in given[:-1]) and all(
        part <= (1_000 if unit < 1 else 60) for part, unit in given[1:]
    )
    return round(sum(part * unit for part, unit in given), 3) if is_clear else text


def read_rate(text: str) -> float | str:
    """A number as text, frames a second too (30000/1001, 25 fps); other text unchanged."""
    if (match := _RATE.fullmatch(text.strip())) is None:
        return _clock_seconds(text)
    return float(match[1].replace(",", ".")) / float(match[2] or 1)


def _clock_seconds(text: str) -> float | str:
    """A number or a clock as seconds; other text unchanged."""
    if (match := _CLOCK.fullmatch(text.strip())) is None:
        return text
    seconds = float(match[3].replace(",", "."))
    if match[2] and not (0 <= seconds <= 60 and (match[1] is None or float(match[2]) <= 60)):
        return text  # 60 itself comes from rounding 59.99
    seconds += float(match[1] or 0) * 3600 + float(match[2] or 0) * 60  # no int(): it refuses 5,000 digits
    return round(seconds, 3) if math.isfinite(seconds) else text


def is_timecode(value: object) -> bool:
    """Whether it is SMPTE's HH:MM:SS:FF, or HH:MM:SS;FF with dropped numbers: a time at a known rate alone."""
    return isinstance(value, str) and _TIMECODE.fullmatch(value.strip()) is not None


def timecode_seconds(text: str, fps: float) -> float:
    """Seconds of a timecode at `fps` frames a second. Raises ClipError if that rate has no such timecode.

    Frames are numbered as at the next whole rate; with `;` the numbers 0 and 1 (of 60: 0 to 3) are left out in each
    minute but every tenth, as SMPTE ST 12-1 has it for 29.97 and 59.94.

    >>> timecode_seconds("00:00:10:12", 25), timecode_seconds("00:01:00;02", 30000 / 1001)
    (10.48, 60.06)
    """
    match, nominal = _TIMECODE.fullmatch(text.strip()), math.ceil(fps - 0.01)
    if match is None:
        raise ClipError(f"{text[:40]!r} is not a timecode")
    hours, minutes, seconds, frame = (int(match[part]) for part in (1, 2, 3, 5))
    total = hours * 60 + minutes
    dropped = nominal // 15 if match[4] == ";" else 0
    is_left_out = dropped and seconds == 0 and frame < dropped and total % 10
    if frame >= nominal or is_left_out or (dropped and (nominal not in _DROP_FRAME_RATES or fps == nominal)):
        raise ClipError(f"{text[:40]!r} is not a timecode at {fps:g} frames a second")
    number = (total * 60 + seconds) * nominal + frame - dropped * (total - total // 10)
    broadcast = nominal * 1000 / 1001  # 29.97 and 23.98 are written for it
    return round(number / (broadcast if abs(fps - broadcast) < 0.01 else fps), 3)


def read_time(value: object) -> object:
    """A time in a cell (a number, a clock as text or as a spreadsheet has it) in seconds; anything else unchanged."""
    if isinstance(value, datetime.time):
        value = datetime.timedelta(hours=value.hour, minutes=value.minute, seconds=value.second,
                                   microseconds=value.microsecond)  # fmt: skip
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    return parse_seconds(value) if isinstance(value, str) else value


def to_seconds(value: object) -> object:
    """read_time, whole numbers as floats too."""
    seconds = read_time(value)
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        return seconds
    return float(seconds) if abs(seconds) < 1 << 53 else math.inf


def in_seconds(value: object, column: str) -> object:
    """What read_time gives for a cell of this column, whose name may say that it counts milliseconds or minutes.

    A cell with a unit of its own, or a clock, says more than the column's name.
    """
    if isinstance(value := parse_list(value), list):
        return [in_seconds(one, column) for one in value]
    if (unit := unit_seconds(column)) == 1 or ":" in str(value):
        return read_time(value)
    if isinstance(value, str):
        text = value.strip()
        return round(float(text.replace(",", ".")) * unit, 3) if _NUMBER.fullmatch(text) else read_time(value)
    seconds = to_seconds(value)
    return round(seconds * unit, 3) if isinstance(seconds, float) else read_time(value)


def parse_span(value: object) -> list[tuple[object, object]] | None:
    """[start, end], {start: .., end: ..}, a list of these, or "0:01 - 0:04" as pairs of seconds; None for others."""
    value = parse_list(value)
    if isinstance(value, str):
        value = _times_in(value)
    if isinstance(value, dict) or (isinstance(value, (list, tuple)) and not any(map(_is_pair, value))):
        value = [value]
    if not isinstance(value, (list, tuple)) or not value:
        return None
    pairs = [_ends(one) if isinstance(one, dict) else one for one in value]
    if not all(isinstance(pair, (list, tuple)) and len(pair) == 2 and None not in pair for pair in pairs):
        return None
    return [(read_time(pair[0]), read_time(pair[1])) for pair in pairs]


def _times_in(text: str) -> list[str] | None:
    """The two times of a text; None where it holds one, or none, or more."""
    text = _BEFORE.sub("", text, count=1).rstrip("])}> \t")
    if _is_time(text):
        return None
    return next((parts for mark in _BETWEEN if len(parts := mark.split(text)) == 2 and all(map(_is_time, parts))), None)


def _is_time(text: str) -> bool:
    return is_timecode(text) or not isinstance(parse_seconds(text), str)


def _ends(span: dict[str, object]) -> tuple[object, object]:
    """Start and end of an object, whatever it calls them."""
    names = {fold(name): (value, name) for name, value in span.items()}
    ends = (
        next((in_seconds(*names[name]) for name in (*folded_names(field), *more) if name in names), None)
        for field, more in (("start", ("from",)), ("end", ("to",)))
    )
    return next(ends), next(ends)


def is_unclear_span(value: object) -> bool:
    """Whether what parse_span takes for no span speaks of times all the same: a point in time, three of them.

    Dates, the seconds of a computer's clock, the numbers and names of segments do not.
    """
    if isinstance(value, (list, tuple, dict)):
        return bool(value)
    if isinstance(value, str):
        if _DATE.search(value):
            return False
        if isinstance(seconds := parse_seconds(value), str):
            return _NUMBERS.fullmatch(value) is not None
        return seconds < _EPOCH and not (seconds.is_integer() and re.fullmatch(r"[\s\d.]+", value))
    return isinstance(value, float) and not value.is_integer() and value < _EPOCH


def _is_pair(value: object) -> bool:
    return isinstance(value, (list, tuple, dict))


def parse_list(value: object) -> object:
    """A list that a table holds as text (`['a', 'b']`, `["a", "b"]`) as a list; anything else unchanged.

    >>> parse_list("['A man falls.', 'A dog runs.']")
    ['A man falls.', 'A dog runs.']
    """
    if not isinstance(value, str) or value.lstrip()[:1] not in ("[", "(") or value.rstrip()[-1:] not in ("]", ")"):
        return value
    if isinstance(found := loose_json(value), list):
        return found
    try:  # as Python prints it; numpy leaves the commas out
        found = ast.literal_eval(_NO_COMMA.sub(r"\1, \2", value.strip()))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return value
    return list(found) if isinstance(found, (list, tuple)) else value
