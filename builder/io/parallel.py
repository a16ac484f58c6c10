"""How many CPUs this process may use, pools of threads, and work ahead: the only place that counts or makes them.

with thread_pool(workers) as pool: ...
for picture in prefetched(pictures(), 16): ...
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")


def cpu_count(most: int | None = None) -> int:
    """CPUs that this process may run on (its affinity, as containers and Slurm set it), at most `most`, at least 1."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores if most is None else min(cores, most))


def thread_pool(workers: int | None = None, *, most: int | None = None, name: str = "svta") -> ThreadPoolExecutor:
    """A pool of `workers` threads; None or 0: one per CPU, at most `most`. Decoding and I/O release the GIL."""
    return ThreadPoolExecutor(workers or cpu_count(most), thread_name_prefix=name)


def prefetched(items: Iterable[T], ahead: int) -> Iterator[T]:
    """The same items, made by a thread of their own, up to `ahead` of them before they are wanted.

    What the items' own code raises is raised here, in its place. The thread ends when this iterator does.
    """
    queue: Queue[tuple[T | None, BaseException | None]] = Queue(ahead)
    ended = Event()

    def produce() -> None:
        error: BaseException | None = None
        try:
            for item in items:
                queue.put((item, None))
                if ended.is_set():
                    return
            error = StopIteration()
        except BaseException as raised:
            error = raised
        queue.put((None, error))

    thread = Thread(target=produce, name="svta-ahead", daemon=True)
    thread.start()
    try:
        while True:
            item, error = queue.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item  # type: ignore[misc]
    finally:
        ended.set()
        while thread.is_alive():
            while not queue.empty():
                queue.get_nowait()
            thread.join(0.01)
