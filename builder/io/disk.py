"""A clear word when a disk is full."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from svta.builder.errors import DatasetError


@contextmanager
def room_on_disk(place: Path) -> Iterator[None]:
    """Turn a full disk under way into a DatasetError that says where it is and that the work goes on."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        where = f" (writing {error.filename})" if error.filename else ""
        problem = f"{error.strerror}{where}; make room, the same command goes on where it was"
        raise DatasetError(f"{place}: {problem}") from None
