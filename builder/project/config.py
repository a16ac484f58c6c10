"""Project: the values of svta.yaml, each checked; what a packed dataset keeps of them is read back by the same class.

project = read_project(Path("svta.yaml"))      # raises ProjectError in one line that names the key
project.shard_prefix, project.heading
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from svta.builder.errors import DatasetError
from svta.builder.io.json_text import JsonObject
from svta.builder.io.limits import read_text
from svta.builder.licences import spdx_licence
from svta.builder.rights import DECLARED, Kind, Rights, declared_rights

from .yaml_text import MAX_YAML_CHARS, read_yaml

PROJECT_FILE: Final = "svta.yaml"
DEFAULT_NAME: Final = "svta"
_PATHS: Final = ("taxonomy", "lexicon", "choreography")
_NOT_PUBLISHED: Final = (*_PATHS, "num_frames", "fps", "height", "width", "splits")


# in no line: what controls or ends one, U+2028 in YAML too; what turns its direction
_NOT_IN_LINES: Final = r"\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"


class ProjectError(DatasetError):
    """A svta.yaml that cannot be used; names the file and the key."""


def _licence(text: str) -> str:
    if (name := spdx_licence(text)) is None:
        raise ValueError(f"{text[:60]!r} is not an SPDX name (CC-BY-4.0, MIT, LicenseRef-Mine; spdx.org/licenses)")
    return name


def _one_or_more(value: object) -> object:
    values = value if isinstance(value, list) else [value]
    return ["no" if one is False else one for one in values]  # Norwegian, which YAML reads as false


def _code(value: object) -> object:
    """A code of a language in the usual case: FR, pt_BR, ZH-hans-cn are fr, pt-BR, zh-Hans-CN."""
    if not isinstance(value, str) or not _CODE.fullmatch(value.strip()):
        return value
    first, *more = re.split("[-_]", value.strip())
    case = {2: str.upper, 4: str.capitalize}
    return "-".join([first.lower(), *(case.get(len(part), str.lower)(part) for part in more)])


def _once(codes: list[str]) -> list[str]:
    return list(dict.fromkeys(codes))


def _splits(text: str) -> str:
    is_number = re.fullmatch(r"[-\d.,:;/ ]+", text) is not None
    if text != "source" and (is_number or not Path(text).suffix) and not re.fullmatch(r"[\d.]+(?::[\d.]+){2}", text):
        raise ValueError(f'{text[:60]!r}: three ratios ("7:1:2"), source or a file of key,split are needed')
    return text


def _gate(value: object) -> object:
    return None if value in ("none", "no", False) else {"text": value} if isinstance(value, str) else value


Licence = Annotated[str, AfterValidator(_licence)]
Line = Annotated[str, Field(min_length=1, max_length=500, pattern=rf"^[^{_NOT_IN_LINES}]+$")]
Text = Annotated[str, Field(min_length=1, max_length=20_000)]
Url = Annotated[str, Field(max_length=2_000, pattern=r"^https?://[^\s\x00-\x1f]+$")]
_CODE: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
Language = Annotated[str, BeforeValidator(_code), Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
FieldKind = Literal["text", "checkbox", "date_picker", "country"]
_STRICT: Final = ConfigDict(frozen=True, strict=True, extra="forbid")


class Gate(BaseModel):
    """What the Hub asks people who want access: `text` above the form, `fields` by name with their kind."""

    model_config = _STRICT

    text: Text
    fields: dict[Line, FieldKind] = {}


class OwnRights(BaseModel):
    """A row of `rights`: what may be done with one's own source or model. What it leaves out follows the licence."""

    model_config = _STRICT

    name: Line
    kind: Literal["source", "chat", "video", "lora", "component"] = "source"
    licence: Licence = Field(validation_alias=AliasChoices("licence", "license"))
    redistribute_text: bool | None = None
    redistribute_video: bool | None = None
    commercial: bool | None = None
    share_alike: bool | None = None
    outputs_may_train_models: bool | None = None
    territory: Line = "worldwide"
    url: Annotated[str, Field(max_length=2_000)] = ""
    note: Annotated[str, Field(max_length=1_000)] = ""

    def as_rights(self) -> Rights:
        """The same as a row of the table of rights."""
        kind: Kind = self.kind
        given = {name: value for name, value in self.model_dump(exclude_none=True).items() if name != "note"}
        row = declared_rights(self.name, kind, self.licence).model_copy(update=given)
        patterns = [self.name.strip().casefold()]
        return row.model_copy(update={"patterns": patterns, "note": f"{DECLARED} {self.note}".strip()})


class Project(BaseModel):
    """All keys of svta.yaml; a key that is left out has its default. Paths are relative to the file's folder.

    `license`: of the dataset; `caption_license`: of captions that say none (default: license).
    """

    model_config = _STRICT

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")] = DEFAULT_NAME
    title: Line | None = None
    description: Text | None = None
    authors: Annotated[list[Line], BeforeValidator(_one_or_more)] = []
    homepage: Url | None = None
    license: Licence | None = None
    caption_license: Licence | None = None
    citation: Text | None = None
    contact: Line | None = None
    gate: Annotated[Gate | None, BeforeValidator(_gate)] = None
    language: Annotated[list[Language], BeforeValidator(_one_or_more), AfterValidator(_once), Field(min_length=1)] = [
        "en"
    ]
    taxonomy: Line | None = None
    lexicon: Line | None = None
    choreography: Line | None = None
    rights: list[OwnRights] = []
    num_frames: Annotated[int, Field(ge=1, le=10_000)] | None = None
    fps: Annotated[float, Field(gt=0, le=240)] | None = None
    height: Annotated[int, Field(ge=16, le=8_192)] | None = None
    width: Annotated[int, Field(ge=16, le=8_192)] | None = None
    splits: Annotated[Line, AfterValidator(_splits)] | None = None

    @property
    def is_given(self) -> bool:
        """Whether anything was set: a project file, and not the default project."""
        return bool(self.model_fields_set)

    @property
    def heading(self) -> str | None:
        """The title, else the name in words; None of the default project."""
        return self.title or (self.name.replace("-", " ").replace("_", " ") if self.name != DEFAULT_NAME else None)

    @property
    def own_rights(self) -> tuple[Rights, ...]:
        """The rows of `rights`, as the table of rights has them."""
        return tuple(row.as_rights() for row in self.rights)

    def published(self) -> JsonObject:
        """What a dataset keeps of it, in build.json: everything but paths and settings of generation."""
        return self.model_dump(mode="json", exclude_unset=True, exclude=set(_NOT_PUBLISHED))


DEFAULT_PROJECT: Final = Project()


def check_project(fields: Mapping[str, object], place: str = "") -> Project:
    """The project of some fields. Raises ProjectError that names `place`, where one is given, and the key."""
    at = f"{place}: " if place else ""
    for key in fields:
        if key not in Project.model_fields:
            near = get_close_matches(str(key), Project.model_fields, 1)
            hint = f"did you mean {near[0]}?" if near else f"keys are {' '.join(Project.model_fields)}"
            raise ProjectError(f"{at}{str(key)[:60]}: no such key; {hint}")
    given = {key: value for key, value in fields.items() if value is not None}
    try:
        return Project.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ProjectError(f"{at}{key}: {_problem(first)}") from None


def read_project(path: Path) -> Project:
    """The project file at `path`, its own paths made to lead from the working folder. Raises ProjectError."""
    try:
        text = read_text(path, 4 * MAX_YAML_CHARS)
        is_empty = all(line.lstrip()[:1] in ("", "#") for line in text.splitlines())
        fields = {} if is_empty else read_yaml(text, str(path))
    except ProjectError:
        raise
    except DatasetError as error:
        raise ProjectError(str(error)) from None
    project = check_project(fields, str(path))
    found: dict[str, object] = {}
    for key in _PATHS:
        if (value := getattr(project, key)) is not None:
            place = Path(value).expanduser()
            place = place if place.is_absolute() else path.parent / place
            if not place.is_file():
                raise ProjectError(f"{path}: {key}: {place}: no such file")
            found[key] = str(place)
    return project.model_copy(update=found)


def _problem(error: Any) -> str:
    """What pydantic found, in plain words."""
    message = str(error["msg"]).removeprefix("Value error, ")
    shown = str(error.get("input"))[:60]
    patterns = {
        ("name",): "letters, digits, - and _ are allowed, at most 64",
        ("homepage",): "an address that begins with http:// or https:// is needed",
        ("language",): "codes like en or de are needed",
    }
    if error["type"] == "string_pattern_mismatch":
        return f"{shown!r}: " + patterns.get(tuple(error["loc"][:1]), "one line of plain text is needed")
    if error["type"] in ("model_type", "dict_type", "model_attributes_type"):
        return f"a mapping of keys is needed (this is {shown!r})"
    if error["type"] == "extra_forbidden":
        return "no such key"
    if error["type"] == "string_type" and re.fullmatch(r"[0-9.: -]+", shown):
        return f"{shown}: put it in quotes, it is read as a number or a date"
    return f"{message} (this is {shown!r})" if error["type"] != "value_error" else message


__all__ = [
    "DEFAULT_NAME",
    "DEFAULT_PROJECT",
    "PROJECT_FILE",
    "Project",
    "ProjectError",
    "check_project",
    "read_project",
]
