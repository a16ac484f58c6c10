"""One request through one server: made as one job, polled, downloaded and checked, even if answers get lost.

A request is written into the ledger before it is sent, its job's id before it is polled, its video before it is used.
jobs.py gives requests to servers.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from svta.builder.io.json_text import Json, JsonObject
from svta.generation.remote.address import MAX_RETRIES, backoff, unreachable
from svta.generation.remote.error_replies import read_error

from .errors import Busy, JobFailed, Lost, Missing, Refused, ServerDown
from .ledger import Entry, Ledger
from .server import Job, VideoServer

MAX_DOWNLOADS: Final = 8  # of one job's video: it is paid, and a proxy may send a page instead for a while
MAX_ANSWERS: Final = 3  # of POSTs that answer with the video, each of which is generated again
LATE_SECONDS: Final = 2.0  # after which a job that a request has made is in the server's list, or, if that is more,
LATE_ANSWERS: Final = 4  # times the longest that the server took to answer; at most
MAX_LATE_SECONDS: Final = 60.0
MAX_MISSING: Final = 3  # answers in a row that there is no such job
MAX_LOST_POLLS: Final = 10  # half a minute of useless answers each, before a job is made, and paid, again
DONE: Final = ("completed", "succeeded", "success")
ENDED: Final = ("failed", "cancelled", "canceled", "expired", "deleted", "error")
POLL_SECONDS: Final = (0.1, 5.0)  # the shortest and longest pause; in between a tenth of the time it took so far
Check = Callable[[bytes], str]


@dataclass(frozen=True)
class Limits:
    """concurrency: jobs at a time on one server. timeout: seconds a job may take, the server's queue included.

    sync: the form of vLLM-Omni and Dynamo that answers a POST with the video.
    """

    concurrency: int = 4
    timeout: float = 3_600.0
    sync: bool = False


@dataclass(frozen=True)
class Server:
    """A server and what is recorded of it in each clip."""

    api: VideoServer
    facts: JsonObject


@dataclass(frozen=True)
class Video:
    """What a request gave: the file as the server sent it, and facts for the clip's provenance."""

    data: bytes
    facts: JsonObject


@dataclass(frozen=True)
class Request:
    """A request's name in the ledger, svta's values for it, and the fields of the user."""

    name: str
    values: Mapping[str, Json]
    own: Mapping[str, Json]


class JobRunner:
    """Runs requests on servers. `check` says what is wrong with a file that one sends, "" if nothing is."""

    def __init__(self, ledger: Ledger, limits: Limits, check: Check):
        self.ledger, self.limits, self.check = ledger, limits, check
        self._made: dict[tuple[str, str], int] = {}  # server and job -> hash of the request that it was made for

    def run(self, server: Server, request: Request) -> Video:
        """One job from its making, or from where an earlier run left it, to its video. Raises JobFailed."""
        api = server.api
        if self.limits.sync or not api.dialect.jobs:
            return self._run_sync(server, request)
        entry = self.ledger.read(request.name)
        if entry is None or entry.server != api.url or not entry.job:
            with api.posting:
                entry = self._posted(server, request)
        problem, deadline = "", time.monotonic() + self.limits.timeout  # from here on it is the server's time
        for number in range(MAX_DOWNLOADS):
            self._await(api, entry.job, deadline)
            try:
                data = api.content(entry.job)
            except (Missing, Lost, Refused) as error:  # not there yet after all, or an unusable body
                problem = f"its video cannot be read: {error}"
            else:
                if not (problem := self.check(data)):
                    self.ledger.write_video(request.name, data)
                    return Video(data, entry.facts)
            api.pause(backoff(number))
        raise JobFailed(problem, retry=True)

    def _opened(self, server: Server, request: Request) -> tuple[Entry, JsonObject, bool]:
        """The request's entry, on the disk; the fields to send; and whether an earlier run has sent them."""
        api = server.api
        body = api.dialect.body(request.values, request.own)
        entry = self.ledger.read(request.name)
        was_sent = entry is not None and entry.server == api.url
        if entry is None or not was_sent:
            facts = {**server.facts, "fields": {name: value for name, value in body.items() if name != "prompt"}}
            entry = Entry(api.url, uuid.uuid4().hex, api.clock.now(), str(request.values["prompt"]), facts=facts)
            self.ledger.write(request.name, entry)
        return entry, api.dialect.marked(body, entry.ticket), was_sent

    def _posted(self, server: Server, request: Request) -> Entry:
        """The entry with its job's id; a POST whose answer was lost is looked for in the server's list first."""
        api, lost, waits, deadline = server.api, 0, 0, time.monotonic() + self.limits.timeout
        entry, body, was_sent = self._opened(server, request)
        job = self._find_late(api, request.name, entry) if was_sent else None
        while job is None:
            try:
                job = api.create(body, entry.ticket)
            except Busy as error:
                self._wait_for_room(api, error, waits, deadline)
                waits += 1
                continue
            except Refused as error:
                raise _refusal(error) from None
            except Lost as error:
                lost += 1
                api.pause(backoff(lost - 1))
                job = self._find_late(api, request.name, entry)
                if job is None and lost > MAX_RETRIES:
                    raise ServerDown(f"{api.url}: {error}") from None
        digest = hash(repr((request.values, request.own)))
        if self._made.setdefault((api.url, job.id), digest) != digest:
            raise JobFailed("the server names one job for two requests", retry=True)
        if api.dialect.marks and not job.repeats(entry.ticket):
            api.dialect = replace(api.dialect, marks=False)
        entry = replace(entry, job=job.id)
        self.ledger.write(request.name, entry)
        return entry

    def _find_late(self, api: VideoServer, name: str, entry: Entry) -> Job | None:
        """As _find(), once more a little later if it is not found: the server may still be working on it."""
        if (job := self._find(api, name, entry)) is None:
            api.pause(min(MAX_LATE_SECONDS, max(LATE_SECONDS, LATE_ANSWERS * api.slowest_seconds)))
            job = self._find(api, name, entry)
        return job

    def _find(self, api: VideoServer, name: str, entry: Entry) -> Job | None:
        """The job of a request whose answer was lost: by its ticket, else by its prompt where no other has that.

        A job that says neither is not used: it may be a stranger's, or that of a request which was sent again.
        """
        others = [kept for other, kept in self.ledger.entries().items() if other != name and kept.server == api.url]
        taken = {kept.job for kept in others} | self.ledger.past_jobs()
        jobs = [job for job in reversed(api.jobs_since(entry.since)) if job.id not in taken]
        own = [job for job in jobs if job.repeats(entry.ticket)]
        if not own and not any(kept.prompt == entry.prompt for kept in others if not kept.job):
            own = [job for job in jobs if job.is_of(entry.prompt, entry.since)]
        return own[0] if own else None

    def _await(self, api: VideoServer, job_id: str, deadline: float) -> None:
        """Until a job is done. Raises JobFailed; one that hangs is deleted."""
        started, missing, lost = time.monotonic(), 0, 0
        while True:
            try:
                job = api.job(job_id)
            except Missing as error:
                missing += 1
                if missing >= MAX_MISSING:
                    raise JobFailed(f"the server has lost the job: {error}", retry=True) from None
                api.pause(backoff(0))
                continue
            except Lost as error:  # of a proxy, perhaps: the job is paid, and runs on behind it
                lost += 1
                if lost >= MAX_LOST_POLLS or time.monotonic() > deadline:
                    raise JobFailed(str(error), retry=True) from None
                continue
            except Refused as error:
                raise JobFailed(str(error), retry=True) from None
            missing = lost = 0
            if job.status in DONE:
                return
            if job.status in ENDED:
                words = job.error or f"the server says {job.status}"
                filtered = read_error(400, words.encode()).is_filtered
                raise JobFailed(words[:300], retry=not filtered, filtered=filtered)
            if time.monotonic() > deadline:
                api.delete(job_id)
                raise JobFailed(f"not done after {self.limits.timeout:g} seconds", retry=True)
            shortest, longest = POLL_SECONDS
            api.pause(min(longest, max(shortest, (time.monotonic() - started) / 10)))

    def _run_sync(self, server: Server, request: Request) -> Video:
        """The video of a POST that answers with it. An answer that is lost on its way is generated again."""
        deadline = time.monotonic() + self.limits.timeout
        api, problem, tries, unreached, waits = server.api, "", 0, 0, 0
        entry, body, _ = self._opened(server, request)
        while tries < MAX_ANSWERS:
            try:
                data = api.generate(body, entry.ticket, self.limits.timeout)
            except Busy as error:
                self._wait_for_room(api, error, waits, deadline)
                waits += 1
            except Refused as error:
                raise _refusal(error) from None
            except Lost as error:
                problem = str(error)
                tries, unreached = (tries + 1, unreached) if error.connected else (tries, unreached + 1)
                if unreached > MAX_RETRIES:
                    raise ServerDown(f"{api.url}: {unreachable(str(error))}") from None
                api.pause(backoff(tries + unreached - 1))
            else:
                if not (problem := self.check(data)):
                    self.ledger.write_video(request.name, data)
                    return Video(data, entry.facts)
                tries += 1
        raise JobFailed(problem, retry=True)

    @staticmethod
    def _wait_for_room(api: VideoServer, error: Busy, waits: int, deadline: float) -> None:
        if time.monotonic() > deadline:
            raise JobFailed(f"the server stays busy: {error}", retry=False) from None
        api.pause(backoff(waits, error.retry_after))


def _refusal(error: Refused) -> JobFailed:
    return JobFailed(str(error), retry=False, filtered=error.reply.is_filtered, reply=error.reply)
