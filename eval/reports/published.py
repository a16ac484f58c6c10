"""Published tables of figures: the paper's own (paper.json), or a file of that shape for `svta report --validity FILE`.

{"columns": [...], "tables": [{"name", "queries", "rows": [{"method", "t2v": [5 figures], "v2t": [...]}]}, ...]}
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, TypeAdapter, ValidationError

from svta.builder.errors import escaped
from svta.builder.io.json_text import parse_json, read_json
from svta.eval.metrics.figures import Directions, Figures
from svta.eval.metrics.retrieval import COLUMNS, MetricsError, Way

SHAPE: Final = '{"tables": [{"name", "queries", "rows": [{"method", "t2v": [5 figures], "v2t": [...]}]}, {...}]}'


@dataclass(frozen=True)
class PublishedRow:
    """The figures of one method, in the order of the columns."""

    method: str
    t2v: list[float]
    v2t: list[float]

    def of(self, way: Way) -> list[float]:
        """The figures of one direction."""
        return self.t2v if way == "t2v" else self.v2t


@dataclass(frozen=True)
class PublishedTable:
    """The methods measured on one test set of `queries` queries."""

    name: str
    queries: Annotated[int, Field(gt=0, le=2**53)] | None = None
    rows: list[PublishedRow] = field(default_factory=list)


@dataclass(frozen=True)
class Published:
    """Tables with the same columns."""

    source: str = ""
    note: str = ""
    columns: list[str] = field(default_factory=lambda: list(COLUMNS))
    tables: list[PublishedTable] = field(default_factory=list)

    def rows(self, table: PublishedTable) -> Iterator[tuple[str, Directions]]:
        """(method, its figures by name) of a table."""
        for row in table.rows:
            yield row.method, Directions(self._named(row.t2v), self._named(row.v2t))

    def _named(self, figures: Sequence[float]) -> Figures:
        return dict(zip(self.columns, figures))


@cache
def paper() -> Published:
    """The paper's tables, with source and note."""
    return TypeAdapter(Published).validate_python(
        parse_json(files("svta.eval.reports").joinpath("paper.json").read_text(encoding="utf-8"))
    )


def read_published(path: Path) -> Published:
    """Tables from a JSON file. Raises MetricsError in one line."""
    try:
        return TypeAdapter(Published).validate_python(read_json(path, error=MetricsError))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = escaped(".".join(str(part) for part in problem["loc"]))[:120]
        raise MetricsError(f"{path}: {SHAPE} is needed ({where}: {problem['msg'][:120]})") from None
    except OSError as error:
        raise MetricsError(f"{path}: {error.strerror}") from None
