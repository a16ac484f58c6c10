"""One file of the embedding cache: what some clips or captions gave, as an npz that is checked when it is read.

write_part("video-000000.npz", part)
part = read_part("video-000000.npz")     # no larger in memory than the file
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from svta.builder.errors import DatasetError, SvtaError, first_line
from svta.builder.io.files import atomic_write
from svta.builder.io.npy import read_npy_header
from svta.eval.encoders.loading import unpacks_to_more

from .batching import Floats


class CacheError(SvtaError):
    """A cache folder that holds something else, or a part another process never finished."""


Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """Embeddings [N, ...] of the clips at `positions` [N]; the clips that could not be read, and why."""

    embeddings: Floats
    positions: Positions
    unreadable: Positions = field(default_factory=lambda: np.zeros(0, np.int64))
    reasons: npt.NDArray[np.str_] = field(default_factory=lambda: np.zeros(0, str))

    def __post_init__(self) -> None:
        if self.embeddings.dtype != np.float32 or self.embeddings.shape[:1] != self.positions.shape:
            raise ValueError("not one float32 row per clip")
        if any(numbers.ndim != 1 or numbers.dtype != np.int64 for numbers in (self.positions, self.unreadable)):
            raise ValueError("positions that are not whole numbers")
        if self.reasons.dtype.kind != "U" or self.reasons.shape != self.unreadable.shape:
            raise ValueError("not one reason for each unreadable clip")


def write_part(path: Path, part: Part) -> None:
    """`part` as an npz, atomically."""
    buffer = io.BytesIO()
    np.savez(buffer, **vars(part))
    with atomic_write(path) as file:
        file.write(buffer.getbuffer())


def read_part(path: Path) -> Part:
    """The part at `path`; CacheError for anything else. numpy.load would allocate what a header claims."""
    try:
        return Part(**read_arrays(path))
    except (OSError, ValueError, TypeError) as error:
        raise CacheError(f"{path}: not readable ({first_line(error, 100)}); delete it and run again") from None


def read_arrays(path: Path) -> dict[str, Any]:
    """The arrays of an npz as numpy.savez writes it, no larger in memory than the file. Raises OSError, ValueError."""
    try:
        if unpacks_to_more(path):
            raise ValueError("compressed")
        with zipfile.ZipFile(path) as archive:
            return {name.removesuffix(".npy"): _array(archive.read(name)) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, DatasetError) as error:
        raise ValueError(first_line(error, 100)) from None  # RuntimeError: encrypted, or a way of packing unknown here


def _array(data: bytes) -> npt.NDArray[np.generic]:
    file = io.BytesIO(data)
    shape, by_columns, dtype = read_npy_header(file)
    flat = np.frombuffer(data[file.tell() :], dtype)
    return flat.reshape(shape, order="F" if by_columns else "C")
