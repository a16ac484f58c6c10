"""Videos of shards by their byte ranges: headers are checked, nothing else is read.

Reads data/<split>/*.tar of a folder, or of a Hub repo by HTTP range, ahead of need (read_ahead.py). For
load_dataset("svta") and ClipDataset.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from svta.builder.io.limits import regular
from svta.builder.shards.reader import read_member
from svta.builder.shards.sample import ShardError
from svta.builder.shards.tar import BLOCK

from .read_ahead import Place, VideosAhead, check_header, check_place
from .source import Source, refusal


def read_videos(source: Source, shard: str, places: Iterable[Place]) -> Iterator[bytes]:
    """mp4 bytes of each place, in order; places ascend by offset. Raises ShardError if the shard disagrees."""
    descriptor = _opened(source, shard)
    if descriptor is None:
        with VideosAhead(source, ((number, shard, place) for number, place in enumerate(places))) as ahead:
            yield from ahead
        return
    try:
        for key, offset, size in places:  # one clip a time: blocks of many megabytes cost three times as much
            check_place(source, shard, key, offset, size)
            check_header(source, shard, key, os.pread(descriptor, BLOCK, offset - BLOCK), size)
            try:
                yield read_member(descriptor, offset, size)
            except ShardError as error:
                raise ShardError(source.url(shard), error.problem, key) from None
    except OSError as error:
        raise refusal(source, shard, error) from None
    finally:
        os.close(descriptor)


def _opened(source: Source, shard: str) -> int | None:
    """A descriptor of the shard's local file; None if it is on the Hub alone."""
    if (path := source.local(shard)) is None:
        return None
    try:
        return regular(str(path), os.O_RDONLY)
    except OSError as error:
        if source.is_remote and isinstance(error, FileNotFoundError):  # it had to go a moment ago
            return None
        raise refusal(source, shard, error) from None
