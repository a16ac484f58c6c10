"""One shard against its rows of the index, byte by byte, and one video against its record.

Reads shards; gives findings that name the shard and the key. `svta verify` runs it over all shards of a dataset.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from typing import Final

from svta.builder.io.limits import regular
from svta.builder.record import Clip
from svta.builder.shards.index import IndexRow
from svta.builder.shards.reader import read_samples
from svta.builder.shards.sample import EXTENSIONS, MAX_VIDEO_BYTES, ShardError, frame
from svta.builder.shards.tar import BLOCK

from .finding import Finding
from .video import check_video

_END: Final = bytes(2 * BLOCK)
_SAMPLE_ENDS: Final = ("json header", "json", "txt header", "txt")


def check_shard(path: Path, name: str, rows: Sequence[IndexRow], *, deep: bool = False) -> list[Finding]:
    """Compare every byte of a shard with what its rows of the index say it must be; with `deep` decode each video.

    `name`: what findings call it. Raises OSError if it cannot be read.
    """
    with open(path, "rb", buffering=0, opener=regular) as file:
        findings = list(_compare(file.fileno(), name, rows, deep))
    if any(finding.code == "layout" for finding in findings):  # say what is there instead
        findings += _members(path, name, rows)
    return findings


def check_shard_size(size: int, name: str, rows: Sequence[IndexRow]) -> list[Finding]:
    """The places of an index must be inside a shard of `size` bytes and end two blocks before it does."""
    last = max(rows, key=lambda row: row.offset)
    if last.offset + last.size + 2 * 512 > size:
        return [Finding("truncated", name, f"ends at byte {size:,}, before the end of this clip", last.clip.key)]
    return []


def _compare(descriptor: int, name: str, rows: Sequence[IndexRow], deep: bool) -> Iterator[Finding]:
    size = os.fstat(descriptor).st_size
    expected = 0
    keys = [row.clip.key for row in rows]
    if keys != sorted(keys):
        at = next(i for i, (a, b) in enumerate(zip(keys, sorted(keys))) if a != b)
        yield Finding("order", name, "clips are not in key order", keys[at])
    for row in sorted(rows, key=lambda row: row.offset):
        key = row.clip.key
        if row.offset != expected + BLOCK or not 0 < row.size <= MAX_VIDEO_BYTES:
            yield Finding("layout", name, f"its mp4 is at byte {expected + BLOCK:,}, not {row.offset:,}", key)
            return
        head, tail = frame(row.clip, row.size)
        data = os.pread(descriptor, BLOCK + row.size + len(tail), expected)
        video = data[BLOCK : BLOCK + row.size]
        if len(data) < BLOCK + row.size + len(tail):
            yield Finding("truncated", name, f"ends at byte {size:,}, inside this clip", key)
            return
        if data[:BLOCK] != head:
            if _differing(data, head) > 1:
                yield Finding("layout", name, f"another member is at byte {expected:,}, where its mp4 should be", key)
                return
            yield Finding("header", name, "the header of its mp4 is damaged", key)
        if hashlib.sha256(video).hexdigest() != row.clip.sha256:
            yield Finding("checksum", name, "its mp4 is not the one the index lists", key)
        elif deep:
            yield from check_video(row.clip, video, name)
        if data[BLOCK + row.size :] != tail:
            problem, same_layout = _difference(row.clip, row.size, data[BLOCK + row.size :], tail)
            yield Finding("record" if same_layout else "layout", name, problem, key)
            if not same_layout:
                return
        expected += len(data)
    if os.pread(descriptor, len(_END) + 1, expected) != _END:
        extra = size - expected - len(_END)
        problem = f"{extra:,} bytes after the last clip of the index" if extra > 0 else "its closing blocks are damaged"
        yield Finding("layout" if extra > 0 else "truncated" if extra < 0 else "closing", name, problem)


def _difference(clip: Clip, size: int, actual: bytes, wanted: bytes) -> tuple[str, bool]:
    """Where the bytes after an mp4 differ from the record in the index; whether the members still are in place."""
    at = next(i for i, (a, b) in enumerate(zip(actual, wanted)) if a != b)
    start = -size % BLOCK
    if at < start:
        return "the padding after its mp4 is damaged", True
    for label, length in zip(_SAMPLE_ENDS, (BLOCK, len(clip.to_json().encode()), BLOCK, len(clip.caption.encode()))):
        if at < start + length:
            if not label.endswith("header"):
                return f"its {label} is not what the index says (byte {at - start:,} of it)", True
            # another record has another size and other bytes behind it; one flipped bit has not
            same_size = actual[start + 124 : start + 136] == wanted[start + 124 : start + 136]
            return f"its {label} is damaged", same_size or _differing(actual, wanted) == 1
        start += length
        if at < start + -length % BLOCK:
            return f"the padding after its {label} is damaged", True
        start += -length % BLOCK
    return "differs from its record", True


def _differing(actual: bytes, wanted: bytes) -> int:
    return sum(a != b for a, b in zip(actual, wanted))


def _members(path: Path, name: str, rows: Sequence[IndexRow]) -> Iterator[Finding]:
    """Read a shard that is laid out otherwise than its index says, and name each clip that differs."""
    wanted = {row.clip.key: row for row in rows}
    seen: list[str] = []
    problems: list[ShardError] = []
    for sample in read_samples(path, on_error=problems.append):
        key = sample.clip.key
        seen.append(key)
        if (row := wanted.get(key)) is None:
            yield Finding("unexpected", name, "is not in the index", key)
            continue
        if sample.members != EXTENSIONS:
            yield Finding("members", name, f"has {' '.join(sample.members)}, not {' '.join(EXTENSIONS)}", key)
        if hashlib.sha256(sample.video).hexdigest() != row.clip.sha256:
            yield Finding("checksum", name, "its mp4 is not the one the index lists", key)
        if sample.clip != row.clip:
            fields = [f for f in Clip.model_fields if getattr(sample.clip, f) != getattr(row.clip, f)]
            yield Finding("record", name, f"differs from the index in {', '.join(fields)}", key)
        if (sample.offset, len(sample.video)) != (row.offset, row.size):
            yield Finding("offset", name, f"its mp4 is at byte {sample.offset:,}, not {row.offset:,}", key)
    for error in problems:
        yield Finding("damage", name, error.problem, error.key)
    lost = [key for key in wanted if key not in set(seen) and key not in {error.key for error in problems}]
    for key in lost:
        yield Finding("missing", name, "is in the index and not in the shard", key)
    if seen != sorted(seen):
        at = next(i for i, (a, b) in enumerate(zip(seen, sorted(seen))) if a != b)
        yield Finding("order", name, "clips are not in key order", seen[at])


def check_tar(path: Path, *, deep: bool = False, categories: Container[str] = ()) -> tuple[int, list[Finding]]:
    """(good clips, findings) of a tar without an index: structure, pairs, records, captions; `deep` decodes.

    `categories`: the names a clip's category may have; any where empty.
    """
    findings: list[Finding] = []
    count = 0

    def report(error: ShardError) -> None:
        findings.append(Finding("damage", path.name, error.problem, error.key))

    for sample in read_samples(path, on_error=report):
        count += 1
        if sample.clip.sha256 not in (None, hashlib.sha256(sample.video).hexdigest()):
            findings.append(Finding("checksum", path.name, "its mp4 is not the one its record states", sample.clip.key))
        if categories and sample.clip.category is not None and sample.clip.category not in categories:
            problem = f"category {sample.clip.category[:80]!a} is in no taxonomy that svta knows"
            findings.append(Finding("category", path.name, problem, sample.clip.key))
        if deep:
            findings += check_video(sample.clip, sample.video, path.name)
    return count, findings
