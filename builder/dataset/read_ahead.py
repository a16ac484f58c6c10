"""VideosAhead: clips of remote shards fetched by HTTP range before a loop wants them, in its order, in bounded memory.

Neighbours in one shard are one request. For streams (byte_ranges.py) and for the batches of a ClipDataset.

    with VideosAhead(source, [(0, "data/train/svta-train-00000.tar", (key, offset, size)), ...]) as ahead:
        video = ahead.take(0)                     # from any thread; an error comes with the clip it belongs to
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from threading import RLock
from typing import Final, Self

from svta.builder.io.parallel import thread_pool
from svta.builder.shards.sample import MAX_VIDEO_BYTES, ShardError
from svta.builder.shards.tar import BLOCK

from .source import ShardUnavailable, Source

READ_BYTES: Final = 8 << 20  # of one request at most, but for a larger clip
AHEAD_BYTES: Final = 64 << 20  # of all clips that were asked for and are not done yet
REQUESTS: Final = 8  # at once
_MOST_CLIPS: Final = 1024  # that wait at once, however small
_GAP_BYTES: Final = 65_536  # cheaper to read over than to ask for again

Place = tuple[str, int, int]  # key, offset and size of the mp4
Wanted = tuple[int, str, Place | None]  # what the loop calls the clip, its shard, its place; None: nothing to fetch


@dataclass(frozen=True)
class _Run:
    """Neighbours that one request fetches; `data` begins with the header of the first."""

    shard: str
    places: list[Place]
    data: Future[bytes]

    @property
    def start(self) -> int:
        return self.places[0][1] - BLOCK


class VideosAhead:
    """The clips of `wanted`, by their numbers, which differ. One object serves one loop and any number of threads.

    The first `first` clips are asked for alone: what comes first waits for nothing else. After that up to AHEAD_BYTES
    are being read or wait for it. A shard that cannot be had is not asked for again in this loop: its other clips
    fail at once with the same error. Leaving the `with` block ends it, without waiting for running requests.
    """

    def __init__(self, source: Source, wanted: Iterable[Wanted], *, first: int = 1, download: bool = False):
        self._source, self._first, self._download = source, first, download
        self._wanted = iter(wanted)
        self._next: Wanted | None = next(self._wanted, None)
        self._waiting: dict[int, tuple[_Run, Place] | None] = {}
        self._num_asked = self._bytes = 0
        self._begun = first <= 0
        self._lock = RLock()
        self._failed: dict[str, ShardUnavailable] = {}
        self._pool = thread_pool(REQUESTS, name="svta-ranges")
        while self._next is not None and self._has_room():
            self._ask()

    def take(self, number: int) -> bytes | None:
        """The video of a clip; None if nothing was to be fetched. Raises ShardError if it cannot be had."""
        with self._lock:
            self._reach(number)
            found = self._waiting[number]
        if found is None:
            return None
        run, (key, offset, size) = found
        try:
            data = run.data.result()
        except ShardUnavailable:
            raise
        except ShardError as error:
            if len(run.places) == 1:
                raise ShardError(error.shard, error.problem, key) from None
            return read_video(self._source, run.shard, (key, offset, size), download=self._download)
        at = offset - run.start
        check_header(self._source, run.shard, key, data[at - BLOCK : at], size)
        return data[at : at + size]

    def done(self, number: int) -> None:
        """Let go of a clip, taken or not: its bytes make room for others."""
        with self._lock:
            self._reach(number)
            if (found := self._waiting.pop(number, None)) is not None:
                self._bytes -= found[1][2]
            while self._next is not None and self._has_room():
                self._ask()

    def __iter__(self) -> Iterator[bytes]:
        """The videos in the order of `wanted`, numbered from 0."""
        number = 0
        while self._next is not None or self._waiting:
            video = self.take(number)
            self.done(number)
            assert video is not None
            yield video
            number += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._next = None
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _has_room(self) -> bool:
        if self._bytes >= AHEAD_BYTES or len(self._waiting) >= _MOST_CLIPS:
            return False
        return self._num_asked < self._first or self._begun

    def _reach(self, number: int) -> None:
        """Ask as far as there is room, and in any case as far as `number`."""
        self._begun = self._begun or number not in self._waiting  # the first ones are done with
        while self._next is not None and (self._has_room() or number not in self._waiting):
            self._ask()

    def _ask(self) -> None:
        """Ask for the next clip, with the neighbours that follow it."""
        assert self._next is not None
        number, shard, place = self._next
        if place is None:
            self._waiting[number] = None
            self._num_asked += 1
            self._next = next(self._wanted, None)
            return
        run = _Run(shard, [], Future())
        while place is not None:
            run.places.append(place)
            self._waiting[number] = run, place
            self._bytes += place[2]
            self._num_asked += 1
            self._next = next(self._wanted, None)
            if self._next is None or self._num_asked == self._first:
                break
            number, other, place = self._next
            if place is None or other != shard or not _is_near(run, place):
                break
        self._pool.submit(self._read, run)

    def _read(self, run: _Run) -> None:
        try:
            run.data.set_result(self._bytes_of(run))
        except BaseException as error:  # raised in the thread that takes the clip
            run.data.set_exception(error)

    def _bytes_of(self, run: _Run) -> bytes:
        if (failed := self._failed.get(run.shard)) is not None:
            raise ShardUnavailable(failed.shard, failed.problem)
        check_place(self._source, run.shard, *run.places[0])
        _, offset, size = run.places[-1]
        try:
            return self._source.read(run.shard, run.start, offset + size - run.start, download=self._download)
        except ShardUnavailable as error:
            self._failed[run.shard] = error
            raise


def _is_near(run: _Run, place: Place) -> bool:
    """Whether `place` follows the run so closely that one request for both is cheaper than two."""
    _, last, last_size = run.places[-1]
    _, offset, size = place
    gap = offset - BLOCK - (last + last_size)
    return 0 <= gap <= _GAP_BYTES and size > 0 and offset + size - run.start <= READ_BYTES


def read_video(source: Source, shard: str, place: Place, *, download: bool = False) -> bytes:
    """mp4 bytes of one place, by one read. Raises ShardError if the shard disagrees with the index."""
    key, offset, size = place
    check_place(source, shard, key, offset, size)
    try:
        data = source.read(shard, offset - BLOCK, BLOCK + size, download=download)
    except ShardUnavailable:
        raise
    except ShardError as error:
        raise ShardError(source.url(shard), error.problem, key) from None
    check_header(source, shard, key, data[:BLOCK], size)
    return data[BLOCK:]


def check_place(source: Source, shard: str, key: str, offset: int, size: int) -> None:
    """Raise ShardError for what cannot be a place of a clip."""
    if offset < BLOCK or not 0 < size <= MAX_VIDEO_BYTES:
        raise ShardError(source.url(shard), f"a clip cannot be {size:,} bytes at {offset:,}: the index is damaged", key)


def check_header(source: Source, shard: str, key: str, header: bytes, size: int) -> None:
    """Raise ShardError unless the bytes before an mp4 are the header of this clip."""
    if len(header) < BLOCK:
        raise ShardError(source.url(shard), "ends before this clip: cut or replaced since it was indexed", key)
    if header[:100].rstrip(b"\0") != f"{key}.mp4".encode() or header[124:135] != b"%011o" % size:
        raise ShardError(source.url(shard), "the index has this clip here, the shard does not: replaced?", key)
