"""How many CPUs this process may use, and pools of threads: the only place that counts or makes them.

with thread_pool(workers) as pool: ...
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor


def cpu_count(most: int | None = None) -> int:
    """CPUs that this process may run on (its affinity, as containers and Slurm set it), at most `most`, at least 1."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores if most is None else min(cores, most))


def thread_pool(workers: int | None = None, *, most: int | None = None, name: str = "svta") -> ThreadPoolExecutor:
    """A pool of `workers` threads; None or 0: one a CPU, at most `most`. Decoding, hashing and I/O release the GIL."""
    return ThreadPoolExecutor(workers or cpu_count(most), thread_name_prefix=name)
