"""Clip: the one noun of svta. Every stage reads clips and writes clips.

Reads and writes JSON (one object per clip) and Arrow (one row per clip); validates both strictly.

    clip = Clip(key=make_key("grammar", "0", "a man falls"), caption="a man falls", category="loss of balance or falls")
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from .errors import ClipError

if TYPE_CHECKING:
    import pyarrow as pa
from .io.json_text import MAX_LINE_BYTES, OnError, parse_json_object, read_jsonl, report_line
from .io.safe_path import check_relative

MAX_CAPTION_CHARS: Final = 2_000
MAX_PROVENANCE: Final = 20_000  # characters
KEY_PATTERN: Final = re.compile(r"[a-z0-9_-]{1,80}")
CONTRAST: Final = "contrast: "  # how a tag begins where the clips of a group differ in one thing alone, which it names

# a character that is neither blank, control, zero-width nor a mark of direction (in the syntax of Rust)
_VISIBLE: Final = r"[^\s\x00-\x1f\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2064}\x{feff}]"
ShortText = Annotated[str, Field(max_length=500)]
Flags = Annotated[tuple[ShortText, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)]


class Clip(BaseModel):
    """One video-caption pair: flat, typed, frozen. Only `key` and `caption` are required.

    Units: start, end and duration in seconds; fps in frames a second; width and height in pixels.
    `group` holds clips that must never be split over train and test (default: the source video).
    `is_anomaly` is tri-state: a normal row without a category is False with category None.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", allow_inf_nan=False, cache_strings="keys")

    key: Annotated[str, Field(pattern=rf"^{KEY_PATTERN.pattern}$")]
    caption: Annotated[str, Field(pattern=_VISIBLE, max_length=MAX_CAPTION_CHARS)]
    category: ShortText | None = None
    is_anomaly: bool | None = None
    source: ShortText | None = None
    source_id: ShortText | None = None
    source_split: ShortText | None = None
    group: ShortText | None = None
    start: float | None = Field(default=None, ge=0)
    end: float | None = Field(default=None, ge=0)
    tag: ShortText | None = None
    license: ShortText | None = None
    flags: Flags = ()
    num_frames: int | None = Field(default=None, ge=1, le=10_000_000)
    fps: float | None = Field(default=None, gt=0, le=10_000)
    width: int | None = Field(default=None, ge=1, le=65_536)
    height: int | None = Field(default=None, ge=1, le=65_536)
    duration: float | None = Field(default=None, ge=0)
    seed: int | None = Field(default=None, ge=0, lt=2**53)
    generator: ShortText | None = None
    provenance: Annotated[str, Field(max_length=MAX_PROVENANCE)] | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    motion: float | None = None
    synthetic: bool | None = None

    @property
    def contrast(self) -> str | None:
        """What alone differs among the clips of its group (direction, order ...); None if it is not such a set."""
        if self.tag is None or not self.tag.startswith(CONTRAST):
            return None
        return self.tag.removeprefix(CONTRAST).strip() or None

    def replace(self, **changes: object) -> Clip:
        """A copy with some fields changed, validated again."""
        return Clip.from_dict({**self.model_dump(), **changes})

    @classmethod
    def from_dict(cls, fields: Mapping[str, object]) -> Clip:
        """Validate a mapping. Unknown fields are ignored; a `video` that is a URL or leaves its folder is refused.

        Raises ClipError with one line that names the field.
        """
        if "video" in fields:
            video = fields["video"]  # with the backslashes of a table written on Windows, which is not a file name here
            check_relative(video.replace("\\", "/") if isinstance(video, str) else video, "video")
        try:
            return cls.__pydantic_validator__.validate_python(fields)
        except ValidationError as error:
            raise ClipError(_one_line(error)) from None

    @classmethod
    def from_json(cls, data: bytes | str) -> Clip:
        """Parse strict UTF-8 JSON: no NaN, no infinity, no duplicate keys, no lone surrogates, at most 1 MB."""
        clip = cls.from_plain_json(data) if isinstance(data, bytes) else None
        return cls.from_dict(parse_json_object(data)) if clip is None else clip

    @classmethod
    def from_plain_json(cls, data: bytes) -> Clip | None:
        """The clip of a record that is exactly what to_bytes writes, in half the time; None of any other.

        Equal bytes leave nothing to check: no key twice, unknown, escaped or null, no NaN, no half surrogate pair.
        """
        try:
            clip = _validate(data)
        except ValueError:
            return None
        return clip if clip.to_bytes() == data and len(data) <= MAX_LINE_BYTES else None

    def to_bytes(self) -> bytes:
        """Compact UTF-8 JSON in field order, without the fields that are None or empty."""
        data: bytes = self.__pydantic_serializer__.to_json(self, exclude_defaults=True)
        return data

    def to_json(self) -> str:
        """to_bytes as text."""
        return self.to_bytes().decode()

    def to_dict(self) -> dict[str, object]:
        """The fields that say something, in field order."""
        return {k: list(v) if k == "flags" else v for k, v in self.__dict__.items() if v is not None and v != ()}


_validate = Clip.__pydantic_validator__.validate_json
CLIP_FIELDS: Final = tuple(Clip.model_fields)


def clip_schema() -> pa.Schema:
    """Arrow schema of Clip, one column per field, in field order."""
    import pyarrow as pa

    kinds: dict[str, pa.DataType] = dict.fromkeys(("num_frames", "width", "height"), pa.int32())
    kinds |= dict.fromkeys(("start", "end", "fps", "duration", "motion"), pa.float64()) | {"seed": pa.int64()}
    kinds |= {"is_anomaly": pa.bool_(), "synthetic": pa.bool_(), "flags": pa.list_(pa.string())}
    return pa.schema([(name, kinds.get(name, pa.string())) for name in CLIP_FIELDS])


def make_key(source: str, source_id: str, caption: str, occurrence: int = 0) -> str:
    """A clip's key: 20 hex digits of a hash of where it came from and what it says, never of its pixels."""
    text = "\x1f".join((source, source_id, caption, str(occurrence)))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def read_clips(path: Path, on_error: OnError = "raise") -> Iterator[Clip]:
    """Clips of a JSONL file in file order; errors name the file and the line."""
    for number, fields in read_jsonl(path, on_error):
        try:
            yield Clip.from_dict(fields)
        except ClipError as error:
            report_line(path, number, error, on_error)


def write_clips(path: Path, clips: Iterable[Clip]) -> int:
    """Clips as JSONL, written atomically; returns how many."""
    from .io.files import atomic_write

    count = 0
    with atomic_write(path) as file:
        for clip in clips:
            file.write(clip.to_bytes() + b"\n")
            count += 1
    return count


def _one_line(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "record"
    if (field, first["type"]) == ("caption", "string_too_long"):
        return f"caption: has {len(first['input'])} characters, {MAX_CAPTION_CHARS} are allowed"
    return f"{field}: {_SAID.get((field, first['type']), first['msg'].removeprefix('Value error, '))}"


_SAID: Final = {
    ("key", "string_pattern_mismatch"): "must be 1 to 80 characters of a-z 0-9 _ -",
    ("caption", "string_pattern_mismatch"): "is empty",
}
