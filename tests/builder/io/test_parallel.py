"""CPUs are counted once, by what this process may use."""

from __future__ import annotations

import os

import pytest

from svta.builder.io.parallel import cpu_count, thread_pool


def test_the_affinity_counts(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(12)), raising=False)
    assert cpu_count() == 12
    assert cpu_count(8) == 8
    assert cpu_count(64) == 12
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set())
    assert cpu_count() == 1


@pytest.mark.parametrize(("workers", "most", "threads"), [(3, None, 3), (None, None, 12), (0, 8, 8), (20, 8, 20)])
def test_a_pool_has_the_requested_threads_or_one_a_cpu(monkeypatch, workers, most, threads):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(12)), raising=False)
    with thread_pool(workers, most=most) as pool:
        assert pool._max_workers == threads
        assert list(pool.map(abs, [-1, 2])) == [1, 2]
