"""Ages in an English caption: "a 9-year-old", "aged twelve", "two brothers, about ten", "under-11s".

A thing's age ("a 10-year-old car", lists `not_aged` of english.json) does not count.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from .languages import ADULT_AGE
from .lexicon import pattern

_NUMBERS: Final = re.findall(
    r"\w+",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty",
)
_NUMBER: Final = rf"(\d{{1,3}}|{'|'.join(_NUMBERS[1:])})"
_MENTION: Final = re.compile(
    r"year|yr|month|week|\bage|y/?o\b|under|\bu-|barely|maybe|perhaps|roughly|both|older|younger|looks|about|around|day-old"
    r"|turn|not even|\byet\b|hardly|scarcely|\bu\d|\(\d| of \w+"
    rf"|no more than|(?:is|was|are|were) |, \d|{_NUMBER} (?:and|or) {_NUMBER}\b"
)
_AGED: Final = re.compile(
    r"\b(?:aged(?: about| around| just| only| between)?|ages?|age of|(?:no|not|hardly|barely|much|be)"
    r" (?:older|more) than"
    r"|of (?:about|around|only|just)|(?:looks )?younger than|(?:not|barely|hardly) yet|turn(?:s|ed|ing)"
    r"|(?:boy|girl|kid|child|lad|pupil|someone) (?:of|about|around|aged)(?: about| around| only| just)?) "
    rf"{_NUMBER}\b(?! (?:minutes|seconds|hours|metres|meters|feet|people|percent|miles|times|wom[ae]n|m[ae]n|pages"
    r"|degrees|boys|girls|children|kids|of|to|more|other|inches|cm|kilos|pounds|of|to|more|other))"
)


_IS: Final = re.compile(
    rf"\b(?:who|he|she|they|boy|girl) (?:is|was|are|were)(?: about| around| only| just| barely| almost| nearly)? "
    rf"{_NUMBER}"
    r"\b(?= ?(?:$|[.,;:!?]|and\b|when\b|years\b|\w+s\b(?! (?:away|tall|high|late|from|of|and)\b)))"
    r"(?! (?:minutes|seconds|hours|metres|meters|feet|miles|times|steps|inches|cm|kilos|pounds|degrees))"
)


_GROUP: Final = re.compile(
    rf"\b(?:brothers?|sisters?|siblings|twins|friends|cousins|boys?|girls?|kids?|children|pupils?|students?|players?|pair|both)"
    rf",? (?:both |each |all )?(?:about|around|under|aged|barely|maybe|perhaps|roughly|no more than) {_NUMBER}"
    r"\b(?= ?(?:[.,;:!?]|$|and\b|or\b|years\b|(?:is|are|was|were|gets?|\w+ed|\w+s)\b))"
    r"(?! (?:minutes|seconds|hours|metres|meters|feet|miles|times|steps|inches|degrees|centuries|tables|chairs|cars))"
)
_BOTH: Final = re.compile(
    rf"\b(?:brothers?|sisters?|siblings|twins|friends|cousins|boys?|girls?|kids?|children|pupils?|students?|players?)"
    rf",? (?:aged )?{_NUMBER} (?:and|or) {_NUMBER}\b(?! (?:\w*(?:men|women|others|adults)\b))"
)
_APPOSED: Final = re.compile(  # "a paperboy, about 13, ...", "Ella, 9, ..."
    r"(?<=[a-z]) ?, (?:(?:about|around|maybe|perhaps|roughly|barely|only|just|probably|apparently)"
    rf" {_NUMBER}|(\d{{1,2}})(?: (?:perhaps|maybe|or so|at most))?)(?= ?(?:,|$))"
)
_TEAM: Final = re.compile(
    rf"\b(?:under|u)-{_NUMBER}s?\b|\bu{_NUMBER}s? (?:player|boy|girl|team|side|match|keeper|goalie)s?\b"
)
_BARELY: Final = re.compile(  # "somebody barely 12"
    r"\b(?:barely|hardly|scarcely|not even|not yet"
    r"|(?:lady|miss|student|player|gymnast|swimmer|dancer|skater|singer|person"
    rf"|somebody|anyone) (?:of|about|around|aged)) {_NUMBER}\b"
    r"(?= ?(?:[.,;:!?)]|$)| (?:and|when|in|on|at|is|was|who|with|by|years|from)\b)"
)
_BRACKETED: Final = re.compile(r"(?<=[a-z]) ?\((?:aged |age )?(\d{1,2})\)")  # "Tom (6)"


def is_under_age(text: str) -> bool:
    """True if somebody's age is given and below 18."""
    if not _MENTION.search(text):
        return False
    young_in = (_years(match[1]) < ADULT_AGE or bool(match[2]) for match in _old().finditer(text))
    shapes = (_AGED, _IS, _GROUP, _BOTH, _APPOSED, _TEAM, _BARELY, _BRACKETED)
    ages = (number for shape in shapes for match in shape.finditer(text) for number in match.groups() if number)
    return any(young_in) or any(_years(number) < ADULT_AGE for number in ages)


@cache
def _old() -> re.Pattern[str]:
    """A number of years (group 1); group 2 where they are months, weeks or days."""
    things = pattern("not_aged").pattern
    return re.compile(
        rf"\b{_NUMBER}[- ]?(?:years?|yrs?|(months?|weeks?|days?)|y/?o)(?:[- ]olds?|[- ]of[- ]age)?\b"
        rf"(?<=old|lds|y/o|.yo|age)(?! (?:\w+ ){{0,2}}{things})"
    )


def _years(number: str) -> int:
    return int(number) if number.isdigit() else _NUMBERS.index(number)
