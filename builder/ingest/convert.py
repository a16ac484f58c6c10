"""Existing videos + annotations -> finished clips: good ones in, odd ones flagged, broken ones refused with a reason.

Reads a folder of videos and a table (JSONL, JSON, CSV, TSV, XLSX, Parquet); writes a clips folder for `svta pack`.

    svta import --videos DIR --annotations FILE --out clips/
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import chain, groupby
from pathlib import Path
from typing import Final

from svta.builder.errors import ClipError, SvtaError, first_line
from svta.builder.io.disk import disk_full_as_error
from svta.builder.io.files import exclusive_lock
from svta.builder.io.json_text import JsonObject
from svta.builder.io.limits import read_bytes, regular
from svta.builder.io.parallel import thread_pool
from svta.builder.io.safe_path import Root
from svta.builder.layout.clips_folder import (
    clean_stale,
    collect_rejected,
    finished_parts,
    is_finished,
    read_part,
    read_plan,
    write_part,
)
from svta.builder.layout.clips_folder import write_plan as write_clips_plan
from svta.builder.paths import PLAN
from svta.builder.record import MAX_PROVENANCE, Clip
from svta.builder.rights import facts_of
from svta.builder.shards.sample import MAX_VIDEO_BYTES
from svta.builder.sources.records import Reject, RowProblem
from svta.builder.video.decoder import decode
from svta.builder.video.marking import key_of, marked_source_type
from svta.builder.video.timeline import SpanError
from svta.builder.video.transcode import Converted, VideoTooLarge, to_mp4

from .cut import Cut, cut_items
from .plan import MAX_SOURCE_BYTES, ImportConfig, ImportingError, ImportPlan, Item

MAX_BYTES_AT_ONCE: Final = 512_000_000
MAX_RATE: Final = 1_000  # frames a second; a recording that says more does not know
TINY_FRAMES: Final = 5
TINY_PIXELS: Final = 32
STATIC_LEVELS: Final = 2  # of 255: encoders leave that much between equal frames


@dataclass(frozen=True)
class ImportReport:
    """kept + rejected = rows read; `flags` and `reasons` count them; `reused` units were finished before this run."""

    kept: int
    rejected: int
    units: int
    reused: int
    reasons: dict[str, int]
    flags: dict[str, int]


def run_import(
    plan: ImportPlan,
    videos: str | Path,
    clips_dir: str | Path,
    config: ImportConfig,
    *,
    workers: int | None = None,
    replace: bool = False,
    on_unit: Callable[[int, int], object] = lambda done, total: None,
) -> ImportReport:
    """Convert what the plan holds into finished parts, unit by unit; a killed run resumes where it stopped.

    Threads suffice: the decoder releases Python's lock. Same input, same bytes, for any number of them.
    """
    with exclusive_lock(clips_dir), disk_full_as_error(Path(clips_dir)):
        _open_folder(clips_dir, plan, config, replace)
        root, memory = plan.root, _Memory(MAX_BYTES_AT_ONCE)
        missing = [unit for unit in range(plan.num_units) if not is_finished(clips_dir, unit, plan.digest)]
        missing.sort(key=lambda unit: -sum({item.video: item.size for item in plan.units[unit]}.values()))
        done = plan.num_units - len(missing)
        on_unit(done, plan.num_units)

        def make(unit: int) -> None:
            rejected: list[Reject] = []
            clips = _imported(plan.units[unit], root, config, memory, rejected)
            write_part(clips_dir, unit, clips, spec=plan.digest, rejected=rejected)

        with thread_pool(workers) as pool:
            futures = [pool.submit(make, unit) for unit in missing]
            try:
                for future in futures:
                    future.result()
                    done += 1
                    on_unit(done, plan.num_units)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        collect_rejected(clips_dir, plan.refused)
        return _report(clips_dir, plan, plan.num_units - len(missing))


def _open_folder(clips_dir: str | Path, plan: ImportPlan, config: ImportConfig, replace: bool) -> None:
    folder = Path(clips_dir)
    clean_stale(folder)
    if (folder / PLAN).exists() and not replace:
        before = read_plan(folder)
        kept_nothing = before["kind"] == "import" and not any(part.num_clips for part in finished_parts(folder))
        if (before["kind"] != "import" or before["spec"] != plan.digest) and not kept_nothing:
            what = "another import" if before["kind"] == "import" else f"what `svta {before['kind']}` made"
            raise ImportingError(f"{folder} contains {what}: give another --out, or --replace to replace it")
    numbers = {"units": plan.num_units, "clips": len(plan.items)}
    own = {"taxonomy": plan.taxonomy.model_dump(exclude_none=True)} if plan.taxonomy is not None else {}
    fields = {"kind": "import", "spec": plan.digest, **numbers, "config": asdict(config), **own}
    write_clips_plan(folder, fields, plan.taxonomy)


def _report(clips_dir: str | Path, plan: ImportPlan, reused: int) -> ImportReport:
    kept = 0
    flags: Counter[str] = Counter()
    reasons = Counter(str(reject["reason"]) for reject in plan.refused)
    for part in finished_parts(clips_dir):
        kept += part.num_clips
        reasons.update(str(reject["reason"]) for reject in part.rejected)
        flags.update(flag for clip, _ in read_part(part) for flag in clip.flags)
    return ImportReport(kept, sum(reasons.values()), plan.num_units, reused, dict(reasons), dict(flags))


def _imported(
    batch: Sequence[Item], root: Root, config: ImportConfig, memory: _Memory, rejected: list[Reject]
) -> Iterator[tuple[Clip, bytes]]:
    """The clips of a unit. Every error that a row, its clip or its video causes is a reject of that row."""
    for _, group in groupby(batch, key=lambda item: item.video):
        items = list(group)
        parts: list[Item] = []
        wholes: list[Item] = []
        for item in items:
            (parts if item.is_part or config.cutting.is_shaped else wholes).append(item)
        for item, result in chain(_converted(wholes, root, config, memory), _cut(parts, root, config)):
            try:
                if isinstance(result, Exception):
                    raise result
                clip = _measured(item, result)
            except Exception as error:
                rejected.append(_reject(item, *_reason(error, root.folder / item.video)))
            else:
                yield clip, result.video.mp4


def _converted(
    items: Sequence[Item], root: Root, config: ImportConfig, memory: _Memory
) -> Iterator[tuple[Item, Cut | Exception]]:
    """Rows of one whole video: it is read and converted once for all, or once for each where it has a mark."""
    if not items:
        return
    with memory.reserved(items[0].size):
        try:
            data = read_bytes(root.path(items[0].video), MAX_SOURCE_BYTES)
            digest = hashlib.sha256(data).hexdigest()
        except Exception as error:
            yield from ((item, error) for item in items)
            return
        converted: Converted | Exception | None = None
        for item in items:
            if item.declared.get("sha256") not in (None, digest):
                yield item, RowProblem("checksum", "is not the file that its row states: the sha256 differs")
                continue
            if not isinstance(converted, (Converted, Exception)) or _is_marked(converted):
                try:
                    converted = to_mp4(
                        data, keep_audio=config.keep_audio, max_bytes=MAX_VIDEO_BYTES, marked_as=item.clip.key
                    )
                except Exception as error:
                    converted = error
            yield item, converted if isinstance(converted, Exception) else Cut(item.clip, converted)


def _cut(items: Sequence[Item], root: Root, config: ImportConfig) -> Iterator[tuple[Item, Cut | Exception]]:
    """Rows that are parts of one video, which is read from the disk as it goes: its size does not matter."""
    left = {item.clip.key: item for item in items}
    if not left:
        return
    try:
        with open(root.path(items[0].video), "rb", opener=regular) as file:
            if any("sha256" in item.declared for item in items):
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                for item in [item for item in items if item.declared.get("sha256") not in (None, digest)]:
                    del left[item.clip.key]
                    yield item, RowProblem("checksum", "is not the file that its row states: the sha256 differs")
            for item, result in cut_items(list(left.values()), file, config):
                del left[item.clip.key]
                yield item, result
    except Exception as error:
        yield from ((item, error) for item in left.values())


def _is_marked(converted: Converted | Exception) -> bool:
    return isinstance(converted, Converted) and marked_source_type(converted.source.metadata) is not None


def _reason(error: Exception, path: Path) -> tuple[str, str]:
    """(reason, detail) of a row that failed so. Raises ImportingError for a fault of the disk, which is not a row's."""
    if isinstance(error, (RowProblem, SpanError)):
        return error.reason, error.detail if isinstance(error, RowProblem) else str(error)
    if isinstance(error, (FileNotFoundError, IsADirectoryError, NotADirectoryError)):
        return "missing_video", error.strerror or "cannot be read"
    if isinstance(error, OSError):
        raise ImportingError(
            f"{path}: {error.strerror}; nothing finished is lost; correct it or remove its row, and the same "
            "command resumes"
        ) from None
    if isinstance(error, VideoTooLarge):
        return "too_large", str(error)
    if isinstance(error, ClipError):
        return "bad_field", str(error)
    if isinstance(error, SvtaError):
        return "broken_video", str(error).removeprefix(f"{path}: ")
    return "broken_video", f"{type(error).__name__}: {first_line(error)}"


class _Memory:
    """Bytes of source videos that are converted at the same time: a large one waits for the others, then runs alone.

    Converting takes two to three times a file's size, so that a thread per core would need 3 GB per core.
    """

    def __init__(self, max_bytes: int):
        self._max_bytes, self._used = max_bytes, 0
        self._changed = threading.Condition()

    @contextmanager
    def reserved(self, size: int) -> Iterator[None]:
        """Wait until `size` bytes are free, or no other thread holds any; free them at the end of the block."""
        with self._changed:
            self._changed.wait_for(lambda: not self._used or self._used + size <= self._max_bytes)
            self._used += size
        try:
            yield
        finally:
            with self._changed:
                self._used -= size
                self._changed.notify_all()


def _reject(item: Item, reason: str, detail: str) -> Reject:
    return {**item.clip.to_dict(), "reason": reason, "detail": f"{item.video}: {detail}"}


def _measured(item: Item, cut: Cut) -> Clip:
    """The clip as its mp4 is. Raises ClipError for what no record can hold, RowProblem where the mp4 is too large."""
    converted, info = cut.video, cut.video.info
    if len(converted.mp4) > MAX_VIDEO_BYTES:
        raise RowProblem("too_large", f"is {len(converted.mp4):,} bytes as mp4, {MAX_VIDEO_BYTES:,} fit a shard")
    width, height = (info.height, info.width) if info.rotation % 180 else (info.width, info.height)
    flags = list(cut.clip.flags)
    if info.num_frames < TINY_FRAMES or min(width, height) < TINY_PIXELS:
        flags.append("tiny")
    if _is_static(converted.mp4):
        flags.append("static")
    if not item.is_part and item.declared.get("num_frames") not in (None, info.num_frames):
        flags.append("frame_count")
    if converted.how == "encoded":
        flags.append("reencoded")
    if converted.audio == "dropped":
        flags.append("audio_dropped")
    is_new = item.is_part or converted.source.num_frames != info.num_frames
    rate = info.fps if is_new else converted.source.fps
    measured = cut.clip.replace(
        num_frames=info.num_frames,
        fps=rate if 0 < rate <= MAX_RATE else None,
        width=width,
        height=height,
        duration=info.duration,
        flags=list(dict.fromkeys(flags)),
    )
    footage = hashlib.sha256(f"{item.ends} {item.size}".encode()).hexdigest()[:24] if item.ends else None
    return _marked(measured, converted, footage)


def _marked(clip: Clip, converted: Converted, footage: str | None) -> Clip:
    """The clip with where it came from; one that has our own mark is synthetic, even if its row says otherwise.

    `footage` is the same for all clips of one file, wherever it lay: see splits.footage_of.
    """
    source: JsonObject = {
        "codec": converted.source.codec,
        "container": converted.source.container,
        "how": converted.how,
        **({"footage": footage} if footage else {}),
    }
    term, key = marked_source_type(converted.source.metadata), key_of(converted.source.metadata)
    changes: JsonObject = {}
    if term is not None:
        source |= {"digital_source_type": term} | ({"svta_key": key} if key else {})
        generator = clip.generator or ("storyboard" if term == "algorithmicMedia" and key else None)
        changes = {"synthetic": True, "generator": generator}
    said = clip.provenance or ""  # what a row says does not hide which file its clip was made of
    own = facts_of(said) or ({"told": said} if said.strip("{} \n\t") else {})
    if len(provenance := json.dumps({"imported": source} | own)) > MAX_PROVENANCE:
        raise RowProblem("bad_field", f"provenance: {len(said):,} characters leave no room for svta's own facts")
    changes["provenance"] = provenance
    return clip.replace(**changes)


def _is_static(mp4: bytes) -> bool:
    frames, mask = decode(mp4, num_frames=8, size=32, resize="squash")
    seen = frames[mask].astype(int)
    return bool(len(seen) < 2 or abs(seen[1:] - seen[:-1]).max() <= STATIC_LEVELS)
