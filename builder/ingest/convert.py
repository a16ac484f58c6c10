"""Existing videos + annotations -> finished clips: good ones in, odd ones flagged, broken ones refused with a reason.

Reads a folder of videos and a table (JSONL, JSON, CSV, TSV, XLSX, Parquet); writes a clips folder for `svta pack`.

    svta import --videos DIR --annotations FILE --out clips/
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from svta.builder.io.disk import disk_full_as_error
from svta.builder.io.files import exclusive_lock
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
from svta.builder.record import Clip
from svta.builder.shards.sample import MAX_VIDEO_BYTES
from svta.builder.sources.records import Reject
from svta.builder.video.decoder import decode
from svta.builder.video.frame_buffer import VideoError
from svta.builder.video.transcode import Converted, VideoTooLarge, to_mp4

from .plan import ImportConfig, ImportingError, ImportPlan, Item

MAX_BYTES_AT_ONCE: Final = 512_000_000
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
    """Convert what the plan holds into finished parts, unit by unit; a killed run goes on where it was.

    Threads suffice: the decoder releases Python's lock. Same input, same bytes, whatever their number.
    """
    with exclusive_lock(clips_dir), disk_full_as_error(Path(clips_dir)):
        _open_folder(clips_dir, plan, config, replace)
        root, memory = Root(videos), _Memory(MAX_BYTES_AT_ONCE)
        missing = [unit for unit in range(plan.num_units) if not is_finished(clips_dir, unit, plan.digest)]
        done = plan.num_units - len(missing)
        on_unit(done, plan.num_units)

        def make(unit: int) -> None:
            rejected: list[Reject] = []
            batch = plan.items[unit * plan.unit_size : (unit + 1) * plan.unit_size]
            clips = _imported(batch, root, config, memory, rejected)
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
            raise ImportingError(f"{folder} holds {what}: give another --out, or --replace to make it anew")
    numbers = {"units": plan.num_units, "clips": len(plan.items)}
    write_clips_plan(folder, {"kind": "import", "spec": plan.digest, **numbers, "config": asdict(config)})


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
    batch: Iterable[Item], root: Root, config: ImportConfig, memory: _Memory, rejected: list[Reject]
) -> Iterator[tuple[Clip, bytes]]:
    for item in batch:
        try:
            with memory.reserved(item.size):
                clip, mp4 = _converted(item, root, config)
        except VideoTooLarge as error:
            rejected.append(_reject(item, "too_large", str(error)))
        except VideoError as error:
            rejected.append(_reject(item, "broken_video", str(error)))
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            rejected.append(_reject(item, "missing_video", error.strerror or "cannot be read"))
        except OSError as error:  # the disk's or the folder's fault, not the row's: no clip is lost to it
            raise ImportingError(
                f"{root.folder}/{item.video}: {error.strerror}; nothing finished is lost: mend it, or take its row "
                "out, and the same command goes on"
            ) from None
        except _Refused as refusal:
            rejected.append(_reject(item, *refusal.args))
        else:
            yield clip, mp4


def _converted(item: Item, root: Root, config: ImportConfig) -> tuple[Clip, bytes]:
    """The clip as measured and its mp4. Raises VideoError, _Refused, OSError."""
    data = root.path(item.video).read_bytes()
    if item.declared.get("sha256") not in (None, hashlib.sha256(data).hexdigest()):
        raise _Refused("checksum", "is not the file its row states: another sha256")
    converted = to_mp4(data, keep_audio=config.keep_audio, max_bytes=MAX_VIDEO_BYTES)
    if len(converted.mp4) > MAX_VIDEO_BYTES:
        raise _Refused("too_large", f"is {len(converted.mp4):,} bytes as mp4, {MAX_VIDEO_BYTES:,} fit a shard")
    return _measured(item, converted), converted.mp4


class _Refused(Exception):
    """(reason, detail) of an item that is not imported."""


class _Memory:
    """Bytes of source videos that are converted at the same time: a large one waits for the others, then runs alone.

    Converting takes two to three times a file's size, so that a thread a core would need 3 GB a core.
    """

    def __init__(self, max_bytes: int):
        self._max_bytes, self._used = max_bytes, 0
        self._changed = threading.Condition()

    @contextmanager
    def reserved(self, size: int) -> Iterator[None]:
        """Wait until `size` bytes are free, or nobody else holds any; free them at the end of the block."""
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


def _measured(item: Item, converted: Converted) -> Clip:
    info = converted.info
    width, height = (info.height, info.width) if info.rotation % 180 else (info.width, info.height)
    flags = list(item.clip.flags)
    if info.num_frames < TINY_FRAMES or min(width, height) < TINY_PIXELS:
        flags.append("tiny")
    if _is_static(converted.mp4):
        flags.append("static")
    if item.declared.get("num_frames") not in (None, info.num_frames):
        flags.append("frame_count")
    if converted.how == "encoded":
        flags.append("reencoded")
    if converted.audio == "dropped":
        flags.append("audio_dropped")
    source = {"codec": converted.source.codec, "container": converted.source.container, "how": converted.how}
    return item.clip.replace(
        num_frames=info.num_frames,
        fps=converted.source.fps or None,
        width=width,
        height=height,
        duration=info.duration,
        flags=list(dict.fromkeys(flags)),
        provenance=item.clip.provenance or json.dumps({"imported": source}),
    )


def _is_static(mp4: bytes) -> bool:
    frames, mask = decode(mp4, num_frames=8, size=32, resize="squash")
    seen = frames[mask].astype(int)
    return bool(len(seen) < 2 or abs(seen[1:] - seen[:-1]).max() <= STATIC_LEVELS)
