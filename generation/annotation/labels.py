"""What annotate says of descriptions, as data: labels, groups, and the files they are written to and read from.

OUT.labels.jsonl has a line per description (who named its category, how surely), OUT.groups.json the K-Means groups.
`svta review` reads both; a person may have edited them, so that every field is checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from svta.builder.errors import ClipError, SvtaError
from svta.builder.io.files import write_json
from svta.builder.io.json_text import read_json_object, read_jsonl, write_jsonl
from svta.builder.record import Clip, write_clips

By = Literal["source", "tag", "chat", "cluster", "nobody"]


class LabelError(SvtaError):
    """An invalid file of labels or groups; names file and line."""


@dataclass(frozen=True)
class Label:
    """One description's category and where it comes from. Without a category it goes to review.

    confidence: 1 its source said so; of a chat model by the number of attempts; of a cluster the share of its
    majority, which is a `proposal` and not yet a category.
    """

    key: str
    category: str | None = None
    by: By = "nobody"
    confidence: float = 0.0
    answer: str | None = None
    proposal: str | None = None
    cluster: int | None = None

    @property
    def needs_review(self) -> bool:
        """Whether a person has to decide."""
        return self.category is None


@dataclass(frozen=True)
class Group:
    """One K-Means cluster: `name` its majority category or its terms, and no other group's; see cluster_names.py."""

    cluster: int
    name: str
    size: int = 0
    terms: tuple[str, ...] = ()
    categories: dict[str, int] = field(default_factory=dict)
    typical: tuple[str, ...] = ()


@dataclass(frozen=True)
class Annotation:
    """What annotate gives. `agreement`: purity and NMI of the clusters against known tags, by which rows."""

    clips: tuple[Clip, ...]
    labels: tuple[Label, ...]
    groups: tuple[Group, ...] = ()
    agreement: dict[str, dict[str, float]] = field(default_factory=dict)


def write_annotation(out: Path, annotation: Annotation, config: Mapping[str, object]) -> None:
    """OUT.labels.jsonl and OUT.groups.json (with the resolved `config`) first, OUT itself last."""
    rows = (_without_none(asdict(label)) for label in annotation.labels)
    write_jsonl(labels_path(out), rows)
    groups = [asdict(group) for group in annotation.groups]
    write_json(groups_path(out), {"config": config, "agreement": annotation.agreement, "groups": groups})
    write_clips(out, annotation.clips)


def read_labels(descriptions: Path) -> tuple[dict[str, Label], list[Group]]:
    """(labels by key, groups) that annotate wrote beside a descriptions file; empty if it did not. LabelError."""
    labels, groups = labels_path(descriptions), groups_path(descriptions)
    by_key: dict[str, Label] = {}
    try:
        for number, row in read_jsonl(labels) if labels.is_file() else ():
            label = _checked(_LABEL, row, f"{labels.name} line {number}")
            by_key[label.key] = label
    except ClipError as error:
        raise LabelError(str(error)) from None
    if not groups.is_file():
        return by_key, []
    return by_key, _checked(_GROUPS, read_json_object(groups, error=LabelError).get("groups", []), groups.name)


def labels_path(descriptions: Path) -> Path:
    """Where the labels of a descriptions file are: `<name>.labels.jsonl` beside it."""
    return descriptions.with_name(f"{descriptions.stem}.labels.jsonl")


def groups_path(descriptions: Path) -> Path:
    """Where the groups of a descriptions file are: `<name>.groups.json` beside it."""
    return descriptions.with_name(f"{descriptions.stem}.groups.json")


_LABEL: Final = TypeAdapter(Label)
_GROUPS: Final = TypeAdapter(list[Group])
T = TypeVar("T")


def _checked(kind: TypeAdapter[T], value: object, place: str) -> T:
    try:
        return kind.validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "row"
        raise LabelError(f"{place}: {where}: {first['msg']}") from None


def _without_none(row: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if value is not None}
