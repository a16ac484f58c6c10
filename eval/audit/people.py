"""Answers of people, as the audit's page saves them: a JSONL file per rater.

{"sample": "8 hex ...", "item": "...", "rater": "ann", "scores": {"prompt_fidelity": 4}, "time": "..."}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from svta.builder.errors import ClipError
from svta.builder.io.json_text import read_jsonl

from .config import SCALE, AuditError
from .questions import AXES, Rating
from .sample import Item
from .summarise import JUDGE

MAX_NAME_CHARS = 80


def read_answers(paths: Iterable[str | Path], sample: str) -> list[Rating]:
    """The last answer of each rater to each item. Raises AuditError for an invalid line, or one of another sample."""
    found: dict[tuple[str, str], Rating] = {}
    for path in map(Path, paths):
        try:
            for number, row in read_jsonl(path):
                rating = _rating(row, f"{path} line {number}", sample)
                found.pop((rating.rater, rating.item), None)
                found[rating.rater, rating.item] = rating
        except ClipError as error:
            raise AuditError(str(error)) from None
        except FileNotFoundError:
            raise AuditError(f"{path}: no such file; the page's button Save writes it") from None
    return list(found.values())


def num_counted(ratings: Iterable[Rating], items: Iterable[Item]) -> int:
    """How many answers hold a score about an item of these."""
    known = {item.id for item in items}
    return sum(rating.item in known and bool(rating.scores) for rating in ratings)


def _rating(row: Mapping[str, object], where: str, sample: str) -> Rating:
    if row.get("sample") != sample:
        raise AuditError(f"{where}: an answer to another sample; give the dataset, --seed and options of that one")
    item, rater, scores = row.get("item"), row.get("rater"), row.get("scores")
    if not isinstance(item, str) or not isinstance(rater, str) or not isinstance(scores, dict):
        raise AuditError(f"{where}: item, rater and scores are needed")
    rater = " ".join(rater.split())
    if not rater or len(rater) > MAX_NAME_CHARS or rater.startswith(JUDGE):
        raise AuditError(f"{where}: {rater[:80]!r} is not the name of a rater")
    numbers: dict[str, float] = {}
    for axis, score in scores.items():
        if axis not in AXES or type(score) is not int or not SCALE[0] <= score <= SCALE[1]:
            raise AuditError(f"{where}: {str(axis)[:40]!r}: {str(score)[:20]} is not a score from 1 to 5 on an axis")
        numbers[axis] = float(score)
    return Rating(item, rater, numbers)
