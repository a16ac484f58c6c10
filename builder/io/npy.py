"""The header of a .npy file: what an array is, before room is made for it."""

from __future__ import annotations

from tokenize import TokenError
from typing import Any, BinaryIO

import numpy as np

from svta.builder.errors import first_line


def read_npy_header(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """(shape, whether by columns, type) of what numpy.save wrote; the file is at the values then.

    Raises ValueError for anything else: numpy parses the header as Python, which fails in many ways.
    """
    try:
        if np.lib.format.read_magic(file) != (1, 0):
            raise ValueError("not an array as numpy.save writes it")
        shape, by_columns, dtype = np.lib.format.read_array_header_1_0(file)
    except (SyntaxError, TokenError, TypeError, KeyError, RecursionError, MemoryError) as error:
        raise ValueError(f"no header of an array: {first_line(error, 60)}") from None
    return shape, by_columns, dtype
