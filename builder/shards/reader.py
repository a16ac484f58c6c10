"""WebDataset tars: a reproducible writer and a strict, fast reader that trusts no header.

Reads and writes NAME.tar with the members <key>.mp4 <key>.json <key>.txt, adjacent, in that order.

    entries = write_shard("svta-train-00000.tar", [(clip, mp4_bytes), ...])
    for clip, mp4 in read_shard("svta-train-00000.tar"): ...        # `svta pack`, `svta verify`, load_dataset
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Literal

from svta.builder.errors import ClipError, escaped
from svta.builder.io.json_text import MAX_LINE_BYTES, parse_json_object
from svta.builder.io.limits import regular
from svta.builder.record import Clip

from .fast_reader import plain_records
from .sample import EXTENSIONS, MAX_TEXT_BYTES, MAX_VIDEO_BYTES, Sample, ShardError
from .tar import BLOCK, Member, TarEnd, TarError, TarReader, open_tar

_LIMITS: Final = {b"mp4": MAX_VIDEO_BYTES, b"json": MAX_LINE_BYTES, b"txt": MAX_TEXT_BYTES}
_MEMBER: Final = re.compile(rb"([a-z0-9_-]{1,80})\.(mp4|json|txt)")
_EXTRA: Final = re.compile(rb"([a-z0-9_-]{1,80})\.([A-Za-z0-9_-]{1,20})")
_JUNK: Final = re.compile(rb"(.*/)?(\._[^/]*|\.DS_Store|Thumbs\.db|desktop\.ini)|__MACOSX(/.*)?")

OnError = Literal["raise"] | Callable[["ShardError"], object]
_Report = Callable[..., None]


def read_shard(path_or_file: str | Path | BinaryIO, *, on_error: OnError = "raise") -> Iterator[tuple[Clip, bytes]]:
    """(clip, mp4 bytes) of every sample, in file order, from a path or a binary file (plain tar or gzip, by content).

    Only an mp4 and a json with a caption are required; a txt, if there, has to equal the caption. With a callable
    `on_error` each bad sample is reported as one ShardError and the others are still read, as far as the tar's
    structure allows: after a damaged header or a cut nothing more can be trusted. Raises ShardError otherwise.
    """
    with _opened(path_or_file, on_error) as (tar, seen, report):
        if tar.descriptor is not None:
            yield from _plain_samples(tar, tar.descriptor, seen)
        for sample in _samples(tar, seen, report):
            yield sample.clip, sample.video


def read_samples(path_or_file: str | Path | BinaryIO, *, on_error: OnError = "raise") -> Iterator[Sample]:
    """As read_shard, with the mp4's offset and the members' order: what an index and a verification need."""
    with _opened(path_or_file, on_error) as (tar, seen, report):
        if tar.descriptor is not None:
            for clip, video in _plain_samples(tar, tar.descriptor, seen):
                yield Sample(clip, video, tar.position, EXTENSIONS)
        yield from _samples(tar, seen, report)


@contextmanager
def _opened(path_or_file: str | Path | BinaryIO, on_error: OnError) -> Iterator[tuple[TarReader, set[bytes], _Report]]:
    """The tar, the keys seen so far, and what takes problems."""
    name = _shard_name(path_or_file)

    def report(problem: str, key: str | None = None) -> None:
        error = ShardError(name, problem, key)
        if on_error == "raise":
            raise error
        on_error(error)

    with ExitStack() as stack:
        try:
            tar = stack.enter_context(open_tar(path_or_file))
        except OSError as error:
            if not isinstance(path_or_file, (str, Path)):
                raise  # a stream's own error: its opener knows what it means
            raise ShardError(name, f"cannot be opened: {error.strerror or error}") from None
        yield tar, set(), report


def _plain_samples(tar: TarReader, descriptor: int, seen: set[bytes]) -> Iterator[tuple[Clip, bytes]]:
    """(clip, mp4) of samples as write_shard lays them out, `tar.position` at the mp4; then the tar goes on.

    Two positioned reads a sample, a third of the time of the careful way, which alone says what is wrong.
    """
    start = 0
    while records := (found := plain_records(descriptor, start))[0]:
        start = found[1]
        for key, clip, offset, size in records:
            video = os.pread(descriptor, size, offset)
            if len(video) < size or key in seen:
                return tar.jump(offset - BLOCK)
            seen.add(key)
            tar.position = offset
            yield clip, video
    tar.jump(start)


def _samples(tar: TarReader, seen: set[bytes], report: _Report) -> Iterator[Sample]:
    pending = _Pending(b"")
    count = len(seen)
    while True:
        try:
            member = tar.next_member()
        except (TarError, TarEnd) as end:
            if pending.key:
                if (sample := pending.sample(report)) is not None:
                    yield sample
                count += 1
            if isinstance(end, TarError):
                report(str(end))
            elif not count:
                report("contains no clip")
            return
        matched = _MEMBER.fullmatch(member.name)
        if matched and member.problem is None:
            key, extension, problem = matched[1], matched[2], None
        else:
            known = _refused(member)
            if known is None:
                continue  # the tar goes past it, or says that it is cut off
            key, extension, problem = known
        if key != pending.key:
            if pending.key:
                if (sample := pending.sample(report)) is not None:
                    yield sample
                count += 1
            pending = _Pending(key)
            if (folded := key.lower()) in seen:
                pending.problem = "occurs a second time: the key is used twice, or its members are not adjacent"
            seen.add(folded)
        try:
            pending.add(member, extension, problem, tar)
        except TarError as damage:
            report(f"{damage}, inside {_text(member.name[-100:])!a}", _text(key))
            return


class _Pending:
    """The sample that is being read: its members so far, and the first thing that is wrong with it."""

    __slots__ = ("data", "key", "members", "offset", "problem")

    def __init__(self, key: bytes):
        self.key = key
        self.data: dict[bytes, bytes] = {}
        self.members: list[str] = []
        self.offset = 0
        self.problem: str | None = None

    def add(self, member: Member, extension: bytes, problem: str | None, tar: TarReader) -> None:
        if self.problem is None:
            limit = _LIMITS.get(extension)
            if problem is not None:
                self.problem = problem
            elif extension in self.data:
                self.problem = f"has two {extension.decode()} members"
            elif limit is not None and member.size > limit:
                self.problem = f"its {extension.decode()} has {member.size:,} bytes, {limit:,} are allowed"
        if self.problem is not None or extension not in _LIMITS:
            tar.skip_data()
            return
        if extension == b"mp4":
            self.offset = tar.position
        self.data[extension] = tar.read_data()
        self.members.append(extension.decode())

    def sample(self, report: _Report) -> Sample | None:
        if self.problem is None:
            missing = [e for e in ("mp4", "json") if e.encode() not in self.data]
            if missing:
                self.problem = f"has no {' and no '.join(missing)}"
            elif not self.data[b"mp4"]:
                self.problem = "its mp4 is empty"
            else:
                try:
                    clip = _parsed(self.key, self.data[b"json"], self.data.get(b"txt"))
                except ClipError as error:
                    self.problem = f"its json: {escaped(str(error))}"
                except ValueError as error:
                    self.problem = str(error)
                else:
                    return Sample(clip, self.data[b"mp4"], self.offset, tuple(self.members))
        report(self.problem, _text(self.key))
        return None


def _parsed(name: bytes, record: bytes, text: bytes | None) -> Clip:
    key = name.decode("ascii")
    fields = parse_json_object(record)
    if fields.setdefault("key", key) != key:
        raise ValueError(f"its json says key {ascii(fields['key'])[:100]}")
    clip = Clip.from_dict(fields)
    if text is not None and text != (caption := clip.caption.encode()) and text.rstrip(b"\r\n") != caption:
        raise ValueError("its txt is not the caption of its json")
    return clip


def read_member(path_or_fd: str | Path | int, offset: int, size: int) -> bytes:
    """The `size` bytes at `offset` of a local shard, by one pread: safe from many threads on one descriptor.

    Raises ShardError when the shard ends before them (it was cut or replaced) or when they cannot be a clip.
    """
    if not isinstance(path_or_fd, int):
        with open(path_or_fd, "rb", buffering=0, opener=regular) as file:
            return _pread(file.fileno(), offset, size, str(path_or_fd))
    return _pread(path_or_fd, offset, size, f"descriptor {path_or_fd}")


def _pread(descriptor: int, offset: int, size: int, name: str) -> bytes:
    if offset < 0 or not 0 < size <= MAX_VIDEO_BYTES:
        raise ShardError(name, f"no clip can be {size} bytes at {offset}: the index is damaged")
    data = os.pread(descriptor, size, offset)
    while len(data) < size:  # a signal or a network file system may split a read
        more = os.pread(descriptor, size - len(data), offset + len(data))
        if not more:
            raise ShardError(name, f"ends before byte {offset + size:,}: cut or replaced since it was indexed")
        data += more
    return data


def _refused(member: Member) -> tuple[bytes, bytes, str | None] | None:
    """(key, extension, problem) of a member that is not plainly <key>.mp4|json|txt; None if it is to be ignored."""
    name = member.name.removeprefix(b"./")
    if member.is_directory or _JUNK.fullmatch(name):
        return None
    stem, _, extension = name.rpartition(b".")
    key = stem or name
    if member.problem is not None:
        return key, extension.lower(), member.problem
    if matched := _EXTRA.fullmatch(name):
        return matched[1], matched[2].lower(), None
    if b"/" in name or b"\\" in name:
        return key, extension.lower(), "is a path; keys are plain names, never joined to a folder"
    if b"." in stem:
        return key, extension.lower(), "has a dot; other readers would merge it with a neighbour"
    return key, extension.lower(), "is not a key: use 1 to 80 characters of a-z 0-9 _ -"


def _shard_name(path_or_file: object) -> str:
    if isinstance(path_or_file, (str, Path)):
        return str(path_or_file)
    return str(getattr(path_or_file, "full_name", None) or getattr(path_or_file, "name", None) or "stream")


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")
