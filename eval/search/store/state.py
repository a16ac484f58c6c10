"""An index as its writer holds it: rows and manifest, changed only by whole generations.

state.commit(rows, gone, contents, normal)      # segment, normal.json, files.parquet, and the manifest last
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import BinaryIO, Final

from svta.builder.io.safe_path import Root

from .layout import (
    FILES,
    MANIFEST,
    NORMAL,
    SEGMENTS,
    WORK,
    FileRow,
    Manifest,
    SearchError,
    SegmentEntry,
    read_files,
    read_normal,
    write_files,
    write_normal,
)
from .segments import Content, is_segment_file, segment_files, write_segment

_PART: Final = re.compile(r"(.+?)\.\d+\.part")  # of atomic_write
_WORK_FILE: Final = re.compile(r"[0-9a-f]{32}-\d{6}\.npz(?:\.\d+\.part)?")


class IndexState:
    """The rows and the manifest of one generation; `rows` has no two of one path."""

    def __init__(self, folder: Path, manifest: Manifest, *, is_new: bool):
        self.folder, self.manifest, self.is_new = folder, manifest, is_new
        self.rows: list[FileRow] = [] if is_new else read_files(folder, manifest.generation)
        self.normal = frozenset() if is_new else read_normal(folder)
        self._has_dropped = False
        self._contents = {row.sha256: row for row in self.rows if row.is_indexed}
        made_by = {"encoder": asdict(manifest.encoder) | {"model": ""}, "sampling": asdict(manifest.sampling)}
        self._key = json.dumps(made_by, sort_keys=True)

    @staticmethod
    def manifest_of(folder: Path) -> Manifest | None:
        """The manifest of an index; None for a folder without one. SearchError for one that holds other things."""
        if (folder / MANIFEST).exists():
            return Manifest.read(folder)
        foreign = sorted(name for name in _files(folder) if not _is_own(name))
        if foreign:
            raise SearchError(f"{folder}: is not empty and not an index ({foreign[0][:80]}); give another --out")
        return None

    def content(self, sha256: str) -> FileRow | None:
        """A row of this content that is indexed."""
        return self._contents.get(sha256)

    def work_file(self, sha256: str, part: int) -> Path:
        """Where the vectors of a part of a file are until its segment is written."""
        name = hashlib.sha256(f"{sha256}{self._key}".encode()).hexdigest()[:32]
        return Root(self.folder).path(f"{WORK}/{name}-{part:06d}.npz")

    def clean(self) -> None:
        """Remove what a killed run left half written, and segments that no generation names; nothing else."""
        named = {path for entry in self.manifest.segments for path in segment_files(self.folder, entry.number).values()}
        for name, path in _files(self.folder).items():
            if _is_own(name) and (_PART.fullmatch(name) or (name.startswith(f"{SEGMENTS}/") and path not in named)):
                path.unlink(missing_ok=True)

    def commit(
        self,
        rows: Sequence[FileRow],
        gone: Iterable[FileRow],
        contents: Sequence[Content],
        normal: frozenset[str],
    ) -> None:
        """The next generation: rows that are new or take another's place, rows that go, one segment of `contents`."""
        gone, manifest = list(gone), self.manifest
        marked = self.normal | normal
        if not (rows or gone or contents or self.is_new):
            if marked != self.normal:
                self._mark(marked)
            return
        generation, segments, number = manifest.generation + 1, manifest.segments, manifest.next_segment
        if contents:
            segments = (*segments, write_segment(self.folder, number, Content.joined(contents)))
            number += 1
        replaced = {row.path for row in (*rows, *gone)}
        kept = [row for row in self.rows if row.path not in replaced]
        dropped = [replace(row, dropped=generation) for row in self.rows if row.path in replaced]
        self.rows = kept + [replace(row, added=generation) for row in rows]
        self._mark(marked)
        self._write([*self.rows, *dropped], replace_manifest(manifest, segments, generation, number))

    def put(self, segments: Sequence[SegmentEntry], next_segment: int) -> None:
        """The next generation: the same files in other segments."""
        manifest = self.manifest
        self._write(self.rows, replace_manifest(manifest, tuple(segments), manifest.generation + 1, next_segment))

    def finish(self) -> None:
        """Remove what only the run itself needed: its work, rows that were dropped, segments that were replaced."""
        if self._has_dropped:
            write_files(self.folder, self.rows)
        self.clean()
        for name, path in _files(self.folder).items():
            if name.startswith(f"{WORK}/") and _is_own(name):
                path.unlink(missing_ok=True)
        with suppress(OSError):  # not there, or files of the user's own are in it
            (self.folder / WORK).rmdir()

    def _write(self, rows: Sequence[FileRow], manifest: Manifest) -> None:
        self._has_dropped = len(rows) > len(self.rows)
        write_files(self.folder, rows)
        manifest.write(self.folder)
        self.manifest, self.is_new = manifest, False
        self._contents = {row.sha256: row for row in self.rows if row.is_indexed}

    def _mark(self, normal: frozenset[str]) -> None:
        if normal != self.normal:
            write_normal(self.folder, normal)
            self.normal = normal


def _files(folder: Path) -> dict[str, Path]:
    """What is in an index folder, segments and work by their files. UnsafePath where one of them is a link out."""
    root = Root(folder)
    inner = [item for name in (SEGMENTS, WORK) if root.path(name).is_dir() for item in root.files(name)]
    tops = {path.name: path for path in folder.iterdir() if path.name not in (SEGMENTS, WORK)}
    return {**tops, **dict(inner)}


def _is_own(name: str) -> bool:
    """Whether a file below the index has a name that this module gives."""
    folder, _, file = name.rpartition("/")
    if folder == SEGMENTS:
        return is_segment_file(file)
    if folder == WORK:
        return _WORK_FILE.fullmatch(file) is not None
    part = _PART.fullmatch(name)
    return (part[1] if part else name) in (MANIFEST, FILES, NORMAL)


def replace_manifest(
    manifest: Manifest, segments: tuple[SegmentEntry, ...], generation: int, next_segment: int
) -> Manifest:
    """The manifest of a later generation."""
    return replace(manifest, segments=segments, generation=generation, next_segment=next_segment)


def content_hash(file: BinaryIO) -> str:
    """Hex sha256 of an open file, left at its beginning."""
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    return digest
