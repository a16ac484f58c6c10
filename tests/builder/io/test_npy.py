"""Headers of arrays that numpy did not write are one kind of error."""

from __future__ import annotations

import io

import numpy as np
import pytest

from svta.builder.io.npy import read_npy_header


def saved(header: bytes | None = None) -> io.BytesIO:
    file = io.BytesIO()
    np.save(file, np.zeros((2, 3), np.float16))
    data = file.getvalue()
    if header is not None:
        data = data[:8] + len(header).to_bytes(2, "little") + header
    return io.BytesIO(data)


def test_what_numpy_wrote_is_read() -> None:
    file = saved()
    assert read_npy_header(file) == ((2, 3), False, np.dtype(np.float16))
    assert len(file.read()) == 12


@pytest.mark.parametrize(
    "header",
    [
        b"{'descr': '<f2', 'shape': (2",
        b"[" * 300,
        b"'''",
        b"{}",
        b"{'a': 1}",
        b"\x00(",
        b"{'descr': [], 'shape': 1}",
        b"1+",
    ],
)
def test_headers_that_are_none(header: bytes) -> None:
    with pytest.raises(ValueError):
        read_npy_header(saved(header))


def test_another_file() -> None:
    with pytest.raises(ValueError):
        read_npy_header(io.BytesIO(b"PK\x03\x04 no array"))
