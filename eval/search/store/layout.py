"""An index on disk: what encoder made it, which segments hold its vectors, which files they come from.

IDX/manifest.json           written last: encoder, sampling, segments, generation
IDX/files.parquet           a row per file: place, size and times, sha256 of its content, or why it could not be read
IDX/normal.json             sha256 of the files that show normal footage
IDX/segments/000000.*       vectors.npy and windows.parquet; frames.npy and frames.parquet where frames are pooled

A reader takes the manifest first and then the rows of its generation, so that a writer never disturbs it: rows that
the next generation drops stay in the table for one generation.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from svta.builder.errors import DatasetError, SvtaError, first_line
from svta.builder.io.files import atomic_write, write_json
from svta.builder.io.json_text import JsonObject, read_json_object
from svta.builder.io.limits import TooLarge
from svta.builder.io.parquet import read_batches
from svta.builder.video.frame_spec import FrameArguments, FrameSpec

if TYPE_CHECKING:
    import pyarrow as pa

MANIFEST: Final = "manifest.json"
FILES: Final = "files.parquet"
NORMAL: Final = "normal.json"
SEGMENTS: Final = "segments"
WORK: Final = "work"  # of the run in progress; gone when it ends
VERSION: Final = 1
_MAX_DIM: Final = 1_000_000


class SearchError(SvtaError):
    """A missing index, or one that is damaged or was made by another encoder; a query that it cannot answer."""


@dataclass(frozen=True)
class EncoderIdentity:
    """What made the vectors. model: folder or Hub id as given; fingerprint: of its weights, not of their place."""

    model: str
    model_type: str
    fingerprint: str
    dtype: str
    dim: int


@dataclass(frozen=True)
class Sampling:
    """How footage becomes vectors: points a second, window lengths in seconds, and the frames of the encoder.

    pools_frames: windows are means of frame vectors; else each window was embedded as a clip.
    """

    fps: float
    windows: tuple[float, ...]
    pools_frames: bool
    key_frames: bool
    frames: FrameArguments = field(default_factory=lambda: FrameSpec().as_dict())

    @property
    def spec(self) -> FrameSpec:
        """The frames to decode."""
        return FrameSpec(**self.frames)

    def check(self) -> None:
        """Raise SvtaError for a rate, a length or frames that no index has."""
        if not all(0.1 <= length <= 3600 for length in self.windows):
            raise SearchError(
                f"--windows {','.join(f'{length:g}' for length in self.windows)}: 0.1 to 3600 seconds each"
            )
        if not 0.01 <= self.fps <= 120:
            raise SearchError(f"--fps {self.fps:g}: must be 0.01 to 120")
        self.spec  # noqa: B018 - raises for frames that cannot be


@dataclass(frozen=True)
class SegmentEntry:
    """One segment: its number, and how many windows and frame vectors it holds."""

    number: int
    windows: int
    frames: int


@dataclass(frozen=True)
class Manifest:
    """manifest.json. generation: how often the index was written; next_segment: the number that comes next."""

    encoder: EncoderIdentity
    sampling: Sampling
    segments: tuple[SegmentEntry, ...] = ()
    generation: int = 0
    next_segment: int = 0

    def write(self, folder: Path) -> None:
        """IDX/manifest.json."""
        write_json(folder / MANIFEST, {"version": VERSION, **asdict(self)})

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Of an index folder. Raises SearchError if there is none, or a damaged one."""
        path = folder / MANIFEST
        try:
            values = read_json_object(path, error=SearchError)
        except FileNotFoundError:
            begun = (folder / WORK).is_dir()
            hint = "its first run did not end" if begun else f"svta index FOOTAGE --model MODEL --out {folder}"
            raise SearchError(f"{folder}: no index of footage there ({hint})") from None
        try:
            return cls._parsed(values)
        except (KeyError, TypeError, ValueError, SvtaError) as error:
            raise SearchError(f"{path}: is not an index that this svta reads: {first_line(error, 100)}") from None

    @classmethod
    def _parsed(cls, values: JsonObject) -> Manifest:
        if values["version"] != VERSION:
            raise ValueError(f"version {values['version']!r}; this svta reads version {VERSION}")
        encoder = _typed(EncoderIdentity, values["encoder"])
        given = dict(values["sampling"])
        given["windows"] = tuple(float(length) for length in given["windows"])
        sampling = _typed(Sampling, given)
        segments = tuple(_typed(SegmentEntry, entry) for entry in values["segments"])
        numbers = [entry.number for entry in segments]
        if len(set(numbers)) < len(numbers) or any(min(asdict(entry).values()) < 0 for entry in segments):
            raise ValueError("impossible segments")
        if not 1 <= encoder.dim <= _MAX_DIM or not sampling.windows:
            raise ValueError("impossible sizes")
        sampling.check()
        return cls(encoder, sampling, segments, int(values["generation"]), int(values["next_segment"]))


def _typed(kind: type[Any], values: Mapping[str, Any]) -> Any:
    """A dataclass of exactly these fields, with the types of its annotations where these are plain."""
    plain: dict[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "str": (str,), "bool": (bool,)}
    for part in fields(kind):
        wanted = plain.get(str(part.type))
        if wanted is not None and (type(values[part.name]) is bool) != (wanted == (bool,)):
            raise TypeError(f"{part.name} is {values[part.name]!r}")
        if wanted is not None and not isinstance(values[part.name], wanted):
            raise TypeError(f"{part.name} is {values[part.name]!r}")
    return kind(**values)


@dataclass(frozen=True)
class FileRow:
    """One file of the footage as it was last seen.

    sha256: of its content, None if it was not read; problem: why it is not in the index, or what is damaged in it.
    added and dropped: generations; a row counts in a generation g if added <= g and not dropped <= g.
    """

    root: str
    name: str
    size: int
    mtime_ns: int
    ctime_ns: int
    sha256: str | None = None
    duration: float | None = None
    problem: str | None = None
    added: int = 0
    dropped: int | None = None

    @property
    def path(self) -> str:
        """The file's place."""
        return f"{self.root.rstrip('/')}/{self.name}"

    @property
    def is_indexed(self) -> bool:
        """Whether there are windows of it."""
        return self.sha256 is not None and self.duration is not None

    def counts_in(self, generation: int) -> bool:
        """Whether the row belongs to a generation."""
        return self.added <= generation and (self.dropped is None or self.dropped > generation)


_TYPES: Final = {
    "root": "string", "name": "string", "size": "int64", "mtime_ns": "int64", "ctime_ns": "int64", "sha256": "string",
    "duration": "float64", "problem": "string", "added": "int64", "dropped": "int64",
}  # fmt: skip


def write_files(folder: Path, rows: Iterable[FileRow]) -> None:
    """IDX/files.parquet, sorted by place."""
    import pyarrow as pa

    ordered = sorted(rows, key=lambda row: (row.root, row.name, row.added))
    schema = pa.schema([(name, getattr(pa, kind)()) for name, kind in _TYPES.items()])
    write_table(folder / FILES, pa.Table.from_pylist([asdict(row) for row in ordered], schema=schema))


def read_files(folder: Path, generation: int) -> list[FileRow]:
    """The rows of one generation. Raises SearchError; FileNotFoundError passes."""
    import pyarrow as pa

    path = folder / FILES
    rows: list[FileRow] = []
    for batch in batches(path):
        try:
            rows += [FileRow(**values) for values in _cast(batch).to_pylist()]
        except (KeyError, TypeError, ValueError, pa.ArrowException) as error:  # a column that cannot be cast
            raise SearchError(f"{path}: is damaged: {first_line(error, 100)}") from None
    if any(None in (row.root, row.name, row.size, row.mtime_ns, row.ctime_ns, row.added) for row in rows):
        raise SearchError(f"{path}: is damaged: a row without a file name")
    if any(row.sha256 is None and row.duration is not None for row in rows):
        raise SearchError(f"{path}: is damaged: a length without content")
    if not all(row.duration is None or 0 <= row.duration < math.inf for row in rows):
        raise SearchError(f"{path}: is damaged: an impossible length")
    return [row for row in rows if row.counts_in(generation)]


def _cast(batch: pa.RecordBatch) -> pa.Table:
    """A batch of files.parquet as a table with the types that write_files gives. Raises what pyarrow does."""
    import pyarrow as pa

    schema = pa.schema([(name, getattr(pa, _TYPES[name])()) for name in batch.schema.names])
    return pa.Table.from_batches([batch]).cast(schema)


def write_table(path: Path, table: pa.Table) -> None:
    """A Parquet file, atomically."""
    import pyarrow.parquet as pq

    with atomic_write(path) as file:
        pq.write_table(table, file, compression="zstd")


def batches(path: Path) -> Iterable[pa.RecordBatch]:
    """The record batches of one of the index's tables. Raises SearchError; FileNotFoundError passes."""
    import pyarrow as pa

    try:
        for batch in read_batches(path):
            if isinstance(batch, TooLarge):
                raise SearchError(str(batch))
            yield batch
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError, DatasetError) as error:  # OSError: an invalid footer
        raise SearchError(f"{path}: is damaged: {first_line(error, 100)}") from None


def read_normal(folder: Path) -> frozenset[str]:
    """sha256 of the files that are marked as normal footage."""
    try:
        values = read_json_object(folder / NORMAL, error=SearchError)
    except FileNotFoundError:
        return frozenset()
    marked = values.get("sha256")
    if not isinstance(marked, list) or not all(isinstance(one, str) for one in marked):
        raise SearchError(f"{folder / NORMAL}: a list of sha256 is needed")
    return frozenset(marked)


def write_normal(folder: Path, marked: Iterable[str]) -> None:
    """IDX/normal.json."""
    write_json(folder / NORMAL, {"sha256": sorted(marked)})
