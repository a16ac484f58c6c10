"""Figures in both directions, and dataclasses of them as JSON and back, with every type checked on reading.

to_json(Directions({"R@1": 50.0}, {}))     # {"t2v": {"R@1": 50.0}, "v2t": {}}
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Final, TypeVar

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from svta.builder.errors import SvtaError, escaped

from .retrieval import Way

T = TypeVar("T")


class ResultsError(SvtaError):
    """A folder that is not a finished evaluation, or whose files do not fit together."""


def number(value: object) -> float | None:
    """A finite float, or None for anything else: what a figure of an older or broken run may be."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


Figure = Annotated[float | None, BeforeValidator(number)]
Figures = Mapping[str, Figure]  # by the names of metrics.retrieval.COLUMNS; None: over no query
Count = Annotated[int, Field(ge=0, le=2**53)]
ABSENT: Final = {"omit": True}  # metadata of fields that are left out of the JSON where they are None


class BothWays:
    """What has figures in both directions."""

    t2v: Figures
    v2t: Figures

    def of(self, way: Way) -> Figures:
        """The figures of one direction."""
        return self.t2v if way == "t2v" else self.v2t


@dataclass(frozen=True)
class Directions(BothWays):
    """Figures of both directions."""

    t2v: Figures
    v2t: Figures


@dataclass(frozen=True)
class Subset(BothWays):
    """Some of the queries, ranked in the whole gallery."""

    queries: Count = 0
    t2v: Figures = field(default_factory=dict)
    v2t: Figures = field(default_factory=dict)


def from_json(kind: type[T], values: object, name: str) -> T:
    """A dataclass from parsed JSON; null is an absent section, unknown ones are ignored.

    `name` is the file that the error speaks of. Raises ResultsError in one line.
    """
    if not isinstance(values, Mapping):
        raise ResultsError(f"{name} is of another kind; run `svta eval` again")
    try:
        read: T = _adapter(kind).validate_python({key: value for key, value in values.items() if value is not None})
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
        path = escaped(".".join(str(part) for part in problem["loc"]))[:120]
        section = path.partition(".")[0]
        raise ResultsError(
            f"{name}: {section} is of another kind ({path}: {problem['msg'][:120]}); run `svta eval` again"
        ) from None
    return read


# built once per class, which takes a hundred times as long as validating
_adapter: Final[Callable[[object], TypeAdapter[Any]]] = cache(TypeAdapter)


def to_json(value: object) -> Any:
    """Dataclasses, dicts and lists as JSON holds them: NaN and infinity become null, absent sections are left out."""
    if is_dataclass(value) and not isinstance(value, type):
        values = {f.name: (getattr(value, f.name), f.metadata) for f in fields(value)}
        return {name: to_json(v) for name, (v, metadata) in values.items() if v is not None or metadata != ABSENT}
    if isinstance(value, Mapping):
        return {str(name): to_json(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
