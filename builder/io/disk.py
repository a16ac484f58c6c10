"""A clear message when a disk is full."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from svta.builder.errors import DatasetError, SvtaError

from .files import FULL


@contextmanager
def disk_full_as_error(place: Path) -> Iterator[None]:
    """Turn the error of a full disk into a DatasetError that names the place and says that the same command resumes."""
    try:
        yield
    except SvtaError:
        raise
    except Exception as error:
        full = _full_disk(error)
        if full is None:
            raise
        where = f" (writing {full.filename})" if full.filename else ""
        problem = f"{full.strerror}{where}; make room; the same command resumes where it stopped"
        raise DatasetError(f"{place}: {problem}") from None


def _full_disk(error: Exception) -> OSError | None:
    """The system's error; safetensors and torch wrap it in errors of their own, or put its words into them."""
    for cause in (error, error.__cause__, error.__context__):
        if isinstance(cause, OSError) and cause.errno in FULL:
            return cause
    if "No space left" in str(error) or "os error 28" in str(error):
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return None
