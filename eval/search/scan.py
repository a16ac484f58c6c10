"""The dot products of one vector with every vector of an index: an exact scan, in blocks, over memory-mapped rows.

numkong's kernels (those of usearch) multiply float16 as it is stored; without the package torch does, at half the
speed (docs/benchmarks.md).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from svta.builder.io.parallel import thread_pool

from .store.segments import Vectors

Floats = NDArray[np.float32]
BLOCK: Final = 32_768  # rows


def dot_products(query: Floats, parts: Sequence[Vectors]) -> Floats:
    """float32 [N]: the query [D] with the rows of all parts, each float16 [n, D]."""
    multiply = _kernel(query)
    out = np.empty(sum(map(len, parts)), np.float32)
    blocks: list[tuple[int, Vectors]] = []
    at = 0
    for part in parts:
        blocks += [(at + row, part[row : row + BLOCK]) for row in range(0, len(part), BLOCK)]
        at += len(part)

    def run(block: tuple[int, Vectors]) -> None:
        first, rows = block
        out[first : first + len(rows)] = multiply(rows)

    if len(blocks) < 2:
        for block in blocks:
            run(block)
        return out
    with thread_pool() as pool:
        list(pool.map(run, blocks))
    return out


def exact_scores(query: Floats, rows: Vectors | Floats) -> Floats:
    """float32 [n] cosines of a few rows, without the rounding of the query and of lengths to float16."""
    wide = np.asarray(rows, np.float32)
    return np.asarray(wide @ query / np.maximum(np.linalg.norm(wide, axis=1), 1e-12), np.float32)


def _kernel(query: Floats) -> Callable[[Vectors], NDArray[Any]]:
    half = query.astype(np.float16)
    if find_spec("numkong") is None:
        import torch

        vector = torch.from_numpy(half)

        def by_torch(rows: Vectors) -> NDArray[Any]:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # a memory map is not writable, and nothing writes
                return (torch.from_numpy(rows) @ vector).float().numpy()

        return by_torch
    import numkong

    def by_numkong(rows: Vectors) -> NDArray[Any]:
        return np.asarray(numkong.cdist(rows, half[None], metric="dot")).reshape(-1)

    return by_numkong
