"""Videos from several servers at once: every request becomes one job, even if answers get lost or processes are killed.

A job that fails, hangs or vanishes is made again, at most MAX_JOBS times; a server that is down leaves its requests to
the others. Called by backends/endpoint.py and trial.py.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Condition, Event
from typing import Final

from svta.builder.io.json_text import Json

from .errors import JobFailed, ServerDown
from .ledger import Ledger
from .one_job import Check, JobRunner, Limits, Request, Server, Video

MAX_JOBS: Final = 4  # of one request, each after one that gave no video
DOWN_SECONDS: Final = 120.0  # until a server that did not answer is tried again, where others do


class Fleet:
    """Servers that make the same videos. `check` says what is wrong with a file that one sends, "" if nothing is."""

    def __init__(self, servers: Sequence[Server], ledger: Ledger, limits: Limits, check: Check):
        self.servers, self.ledger, self.limits, self.check = servers, ledger, limits, check
        self._runner = JobRunner(ledger, limits, check)
        self.stop = Event()
        for server in servers:
            server.api.stop = self.stop
        self._free = Condition()
        self._running = {server.api.url: 0 for server in servers}
        self._down: dict[str, float] = {}  # URL -> when it is tried again

    @property
    def capacity(self) -> int:
        """How many jobs run at the same time on all servers."""
        return self.limits.concurrency * len(self.servers)

    def end(self) -> None:
        """Wake and end all that waits for a server; the jobs stay there, and the ledger knows them."""
        self.stop.set()
        with self._free:
            self._free.notify_all()
        for server in self.servers:
            server.api.http.abort()

    def video(self, name: str, values: Mapping[str, Json], own: Mapping[str, Json]) -> Video:
        """The video of a request; `own` fields of the user go over those of svta's `values`.

        Raises JobFailed if this request gives none, VideoApiError where no request can.
        """
        data, entry = self.ledger.read_video(name), self.ledger.read(name)
        if data is not None and entry is not None and not self.check(data):
            return Video(data, entry.facts)
        for last in range(1, MAX_JOBS + 1):
            try:
                return self._job_anywhere(Request(name, values, own))
            except JobFailed as error:
                self.ledger.forget(name)
                if last == MAX_JOBS or not error.retry:
                    raise
        raise AssertionError("the last failure is raised")

    def _job_anywhere(self, request: Request) -> Video:
        """One job on whichever server is up. Raises ServerDown if none is."""
        while True:
            with self._slot(request.name) as server:
                try:
                    return self._runner.run(server, request)
                except ServerDown:
                    with self._free:
                        self._down[server.api.url] = time.monotonic() + DOWN_SECONDS
                        if not self._up():
                            raise

    def _up(self) -> list[Server]:
        """The servers that are known to answer."""
        return [server for server in self.servers if self._down.get(server.api.url, 0.0) <= time.monotonic()]

    @contextmanager
    def _slot(self, name: str) -> Iterator[Server]:
        """The server that has the request's job already, else the one that has least to do, once it has room."""
        entry = self.ledger.read(name)
        with self._free:
            while True:
                if not (up := self._up()):
                    raise ServerDown(
                        f"{self.servers[0].api.url}: no server answers any more; the same command resumes from here"
                    )
                known = [server for server in up if entry is not None and server.api.url == entry.server]
                server = min(known or up, key=lambda one: self._running[one.api.url])
                if self._running[server.api.url] < self.limits.concurrency:
                    break
                self._free.wait(1.0)
                server.api.pause(0)
            self._running[server.api.url] += 1
        try:
            yield server
        finally:
            with self._free:
                self._running[server.api.url] -= 1
                self._free.notify_all()
