"""`svta index`: footage -> an index on disk, brought up to date by content; killed at any moment it goes on.

Reads recordings of any length, each once and in the order of its stream; writes IDX/ (see layout.py). A group of files
makes a segment; the manifest follows it. What a killed run embedded is in IDX/work and is used by the next one.

    report = update_index(IndexConfig(["/cameras"], "IDX", model="CKPT"))
"""

from __future__ import annotations

import errno
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, Final

from svta.builder.errors import DatasetError
from svta.builder.io.disk import disk_full_as_error
from svta.builder.io.files import exclusive_lock
from svta.builder.io.limits import regular
from svta.builder.layout.guards import check_foreign, check_output
from svta.builder.video.container import open_video
from svta.builder.video.frame_buffer import VideoError
from svta.builder.video.stream_frames import Points
from svta.builder.video.timeline import read_timeline
from svta.eval.encoders.base import Encoder
from svta.eval.search.store.compaction import compact
from svta.eval.search.store.layout import FILES, MANIFEST, NORMAL, SEGMENTS, WORK, FileRow, Manifest
from svta.eval.search.store.segments import Content
from svta.eval.search.store.state import IndexState, content_hash

from .embedding import VideoEmbedder
from .footage import Footage, find_footage, is_below, reason, same_file, stat_row
from .model import identify_for, load_indexed, sampling_for
from .units import UnitPlan, windows_of

SEGMENT_WINDOWS: Final = 65_536  # that a group of files has at least; of 2 frames a second some 14 hours
GROUP_FILES: Final = 256  # files of a group at most: what a reader waits for
_OF_THE_INDEX: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

OnFile = Callable[[str, float, float], object]  # a file's path, seconds of it that are done, its seconds


@dataclass(frozen=True)
class IndexConfig:
    """What is indexed, where to, and how. fps, windows and key_frames: None takes the index's own, or the encoder's.

    normal: footage that is indexed and marked as normal. resize: fast, or exact as the model's own processor.
    rehash: read every file again, also those that look unchanged.
    """

    footage: Sequence[str | Path]
    out: str | Path
    model: str | None = None
    normal: Sequence[str | Path] = ()
    fps: float | None = None
    windows: tuple[float, ...] | None = None
    key_frames: bool | None = None
    resize: str | None = None
    device: str | None = None
    dtype: str | None = None
    threads: int | None = None
    follow_links: bool = False
    rehash: bool = False


@dataclass(frozen=True)
class IndexReport:
    """What a run did. files: all in the index; unreadable: (path, reason); hours of footage, normal ones among them."""

    files: int
    added: int
    changed: int
    moved: int
    removed: int
    copies: int
    unreadable: list[tuple[str, str]]
    damaged: list[tuple[str, str]]
    windows: int
    hours: float
    normal_hours: float
    segments: int
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, object]:
        """For --json."""
        named = [{"file": path, "reason": why} for path, why in self.unreadable]
        damaged = [{"file": path, "reason": why} for path, why in self.damaged]
        return {**vars(self), "unreadable": named, "damaged": damaged}


def update_index(
    config: IndexConfig, encoder: Encoder | None = None, *, on_file: OnFile = lambda path, done, total: None
) -> IndexReport:
    """Bring an index up to date with its footage, or make it. One process at a time; readers are never disturbed.

    encoder: one that is loaded already; it has to be the index's own. Raises SearchError, EncoderError, DatasetError.
    """
    out = Path(config.out)
    check_output(out, kind="folder")
    check_foreign(out, (MANIFEST,), "index", f"{SEGMENTS}|{WORK}|{FILES}|{NORMAL}")
    footage = find_footage([*config.footage, *config.normal], besides=out, follow_links=config.follow_links)
    with exclusive_lock(out), disk_full_as_error(out):
        return _Update(config, out, footage, encoder, on_file).run()


class _Update:
    """One run over the footage, its writer's lock held."""

    def __init__(self, config: IndexConfig, out: Path, footage: Footage, encoder: Encoder | None, on_file: OnFile):
        self.config, self.footage, self.on_file = config, footage, on_file
        manifest = IndexState.manifest_of(out)
        encoder = encoder or load_indexed(manifest, config.model, config.device, config.dtype)
        identity = identify_for(encoder, manifest)
        sampling = sampling_for(encoder, config, manifest)
        self.state = IndexState(out, manifest or Manifest(identity, sampling), is_new=manifest is None)
        self.embedder = VideoEmbedder(encoder, sampling, config.threads)
        self.counts: Counter[str] = Counter()
        self.vanished: list[tuple[str, str]] = []
        self.group: list[Content] = []
        self.rows: list[FileRow] = []
        self.normal_places = [os.path.abspath(place) for place in config.normal]

    def run(self) -> IndexReport:
        """All changes, group by group, then what compaction finds to do."""
        state = self.state
        state.clean()
        before = {row.path: row for row in state.rows}
        for path, found in sorted({**self.footage.files, **self.footage.refused}.items()):
            old = before.get(path)
            if old is not None and same_file(old, found) and not self.config.rehash and found.problem is None:
                continue
            self._take(found, old)
            if sum(len(content.vectors) for content in self.group) >= SEGMENT_WINDOWS or len(self.rows) >= GROUP_FILES:
                self._commit(())
        self._commit(self._gone(before))
        compact(state)
        state.finish()
        return self._report()

    def _take(self, found: FileRow, old: FileRow | None) -> None:
        """One file that is new or changed: its windows, or why there are none."""
        row = found if found.problem is not None else self._read(found)
        if row is None:
            return
        if old is not None and replace(row, added=0) == replace(old, added=0):
            return
        self.rows.append(row)
        if row.is_indexed and (old is None or row.sha256 != old.sha256):
            self.counts["changed" if old is not None and old.is_indexed else "added"] += 1

    def _read(self, found: FileRow) -> FileRow | None:
        """The file's row with its content; None if it went while it was read."""
        try:
            with open(found.path, "rb", opener=regular) as file:
                opened = stat_row(found.root, found.name, os.fstat(file.fileno()))
                row: FileRow | None = self._content(opened, file)
                if not os.path.exists(found.path):
                    self.vanished.append((found.path, "was removed while it was read"))
                    row = None
                elif not same_file(opened, stat_row(found.root, found.name, os.fstat(file.fileno()))):
                    row = replace(opened, problem="changed while it was read; the same command again takes it")
        except FileNotFoundError:
            self.vanished.append((found.path, "was removed while it was read"))
            return None
        except (VideoError, DatasetError, ValueError, IndexError, OverflowError) as error:
            return replace(found, problem=reason(error, found.path))
        except OSError as error:
            if error.errno in _OF_THE_INDEX:
                raise
            return replace(found, problem=reason(error, found.path))
        if row is None or row.sha256 is None:
            self._forget_last()
        return row

    def _content(self, row: FileRow, file: BinaryIO) -> FileRow:
        """The row with its hash and length; windows of content that is new go to the group."""
        with open_video(file):  # other files are not read to the end
            pass
        digest = content_hash(file)
        known = self.state.content(digest) or next((r for r in self.rows if r.sha256 == digest), None)
        if known is not None:
            return replace(row, sha256=digest, duration=known.duration, problem=known.problem)
        timeline = read_timeline(file)
        sampling = self.state.manifest.sampling
        plan = UnitPlan.of(Points(sampling.fps, timeline, sampling.key_frames), sampling)
        path = row.path

        def on_part(seconds: float) -> None:
            self.on_file(path, seconds, timeline.duration)

        on_part(0.0)
        found = self.embedder.units(file, plan, lambda part: self.state.work_file(digest, part), on_part)
        self.group.append(windows_of(digest, plan, sampling, found.units, found.rows))
        return replace(row, sha256=digest, duration=timeline.duration, problem=timeline.damage or found.damage)

    def _forget_last(self) -> None:
        """Drop the windows of the file that was read last: it is not what it was when its hash was taken."""
        kept = {known.sha256 for known in self.rows}
        self.group = [content for content in self.group if content.windows.videos[0] in kept]

    def _gone(self, before: dict[str, FileRow]) -> list[FileRow]:
        """Rows of files that are no more: removed from the footage, or found again elsewhere."""
        present = self.footage.files.keys() | self.footage.refused.keys()
        new = {row.sha256 for row in self.rows} | {row.sha256 for row in self.state.rows if row.path not in before}
        gone = []
        for path, row in before.items():
            if path in present:
                continue
            elsewhere = row.sha256 is not None and row.sha256 in new
            if self.footage.covers(path) or (elsewhere and not os.path.exists(path)):
                gone.append(row)
                self.counts["moved" if elsewhere else "removed"] += row.is_indexed
        return gone

    def _commit(self, gone: Sequence[FileRow]) -> None:
        normal = {row.sha256 for row in (*self.state.rows, *self.rows) if self._is_normal(row)}
        self.state.commit(self.rows, gone, self.group, frozenset(sha for sha in normal if sha is not None))
        self.rows, self.group = [], []

    def _is_normal(self, row: FileRow) -> bool:
        return is_below(row.path, self.normal_places)

    def _report(self) -> IndexReport:
        state = self.state
        indexed = [row for row in state.rows if row.is_indexed]
        lengths = {row.sha256: row.duration or 0.0 for row in indexed}
        bad = [(row.path, str(row.problem)) for row in state.rows if not row.is_indexed]
        return IndexReport(
            files=len(indexed),
            added=max(0, self.counts["added"] - self.counts["moved"]),
            changed=self.counts["changed"],
            moved=self.counts["moved"],
            removed=self.counts["removed"],
            copies=len(indexed) - len(lengths),
            unreadable=sorted(bad + self.vanished),
            damaged=[(row.path, row.problem) for row in indexed if row.problem is not None],
            windows=sum(entry.windows for entry in state.manifest.segments),
            hours=sum(lengths.values()) / 3600,
            normal_hours=sum(seconds for sha, seconds in lengths.items() if sha in state.normal) / 3600,
            segments=len(state.manifest.segments),
        )
