"""One server of the Videos API: its requests, within limits of bytes and seconds, patient where it is busy.

Sends POST /videos and reads the job; polls, lists and deletes jobs; reads an mp4. Redirects are followed to the same
host alone. The key comes from SVTA_ENDPOINT_KEY and is in no message. `jobs.py` runs jobs through it.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from itertools import count
from threading import Event, Lock
from typing import Final, TypeVar
from urllib.parse import quote, urljoin

from svta.builder.errors import MissingExtra
from svta.builder.io.json_text import Json, JsonObject
from svta.builder.io.urls import origin
from svta.generation.remote.address import BUSY, MAX_RETRIES, Address, backoff, key_of, one_line, unreachable
from svta.generation.remote.error_replies import read_body, read_error, words_of
from svta.generation.remote.http_limits import HttpLimits, Malformed

from .dialects import Dialect
from .errors import BadBody, Busy, Lost, Missing, Refused, ServerDown, Stopped, VideoApiError

KEY: Final = "SVTA_ENDPOINT_KEY"
MAX_VIDEO_BYTES: Final = 256 << 20  # a clip of 10 seconds in 1080p at 50 Mbit/s has 63 MB
MAX_REDIRECTS: Final = 3
REQUEST_SECONDS: Final = 60.0
CONTENT_SECONDS: Final = 600.0
PAGE: Final = 100  # jobs of a list
MAX_PAGES: Final = 20
_JOB_ID: Final = re.compile(r"[A-Za-z0-9][\w.:=+-]{0,255}", re.A)
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_GONE: Final = (404, 405, 410, 501)  # 405, 501: a server that knows no such path or method
_T = TypeVar("_T")


@dataclass(frozen=True)
class Reply:
    """An answer with a status below 300."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Job:
    """A job as the server describes it; `record` is all that it says."""

    id: str
    status: str
    error: str
    record: JsonObject

    @classmethod
    def of(cls, value: Json) -> Job:
        """Raises Malformed for what describes no job."""
        job_id = value.get("id") if isinstance(value, dict) else None
        if not isinstance(job_id, str) or not _JOB_ID.fullmatch(job_id):
            raise Malformed(f"its job has no id that can be used: {str(value)[:80]!r}")
        status = value.get("status")
        return cls(job_id, status if isinstance(status, str) else "", words_of(value.get("error")), value)

    def repeats(self, ticket: str) -> bool:
        """Whether the server repeats a request's ticket in what it says of this job."""
        return ticket in json.dumps(self.record, ensure_ascii=False)

    def is_of(self, prompt: str, since: float) -> bool:
        """Whether this job was made for this prompt since a time on the server's clock, if the server says so."""
        created = self.record.get("created_at")
        return self.record.get("prompt") == prompt and isinstance(created, (int, float)) and created >= int(since)


class ServerClock:
    """A server's time, by the Date of its answers."""

    def __init__(self) -> None:
        self._ahead_seconds: float | None = None  # of our clock

    def now(self) -> float:
        """Its time, as seconds since 1970."""
        return time.time() + (self._ahead_seconds or 0.0)

    def read(self, date: str) -> None:
        """Dates have whole seconds, rounded down: of many, the one that is furthest ahead tells most."""
        try:
            ahead = parsedate_to_datetime(date).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return
        self._ahead_seconds = ahead if self._ahead_seconds is None else max(ahead, self._ahead_seconds)


class VideoServer:
    """A server by its URL up to /v1. `stop`: set when the run ends; all waiting ends with it.

    posting: held while a job is made, so that the answer of at most one POST can be lost at a time. slowest_seconds: of
    its answers so far, videos left out.
    """

    def __init__(self, url: str, dialect: Dialect, *, stop: Event | None = None):
        try:
            import openai
        except ImportError:
            raise MissingExtra("openai", "generate") from None
        self._key = key_of(KEY, VideoApiError)
        self._base = base_url(url)
        self._address = Address.of(self._base, self._key, option="--endpoint", error=VideoApiError)
        self.url = self._address.url
        if self._base != self.url:
            raise VideoApiError(f"--endpoint {self.url}: no user, password or query in a URL; the key comes from {KEY}")
        self.dialect, self.stop = dialect, stop or Event()
        self.posting = Lock()
        try:
            self.http = HttpLimits(openai.DefaultHttpxClient, CONTENT_SECONDS)
        except Exception as error:  # only the libraries run above, over the proxies of the environment
            raise VideoApiError(
                f"{self.url}: no HTTP client can be set up: {self._address.public(one_line(error))}"
            ) from None
        self._has_answered = False
        self.slowest_seconds = 0.0
        self.clock = ServerClock()

    def create(self, body: JsonObject, ticket: str) -> Job:
        """Make a job; one attempt. Raises Busy, Lost, Refused, VideoApiError."""
        reply = self._post("/videos", body, ticket, REQUEST_SECONDS, None)
        try:
            return Job.of(read_body(reply.body))
        except Malformed as error:
            raise BadBody(self._address.public(str(error))) from None

    def generate(self, body: JsonObject, ticket: str, seconds: float) -> bytes:
        """The video itself, of a POST that answers with it, as mp4 or as base64 in JSON; one attempt."""
        reply = self._post(self.dialect.sync_path, body, ticket, seconds, MAX_VIDEO_BYTES * 4 // 3)
        if "json" not in reply.headers.get("content-type", ""):
            return reply.body
        try:
            return _video_in(read_body(reply.body))
        except (Malformed, binascii.Error) as error:
            raise BadBody(self._address.public(str(error))) from None

    def job(self, job_id: str) -> Job:
        """How a job is. Raises Missing, Lost, ServerDown, VideoApiError."""
        return self._patiently(lambda: Job.of(read_body(self._get(_path(job_id)).body)))

    def content(self, job_id: str) -> bytes:
        """The bytes of a finished job's video. Raises as job()."""
        path = f"{_path(job_id)}/content"
        return self._patiently(lambda: self._get(path, CONTENT_SECONDS, MAX_VIDEO_BYTES).body, again=False)

    def delete(self, job_id: str) -> None:
        """Cancel a job and remove it; a server that does not take this is left alone."""
        try:
            self._send("DELETE", _path(job_id), REQUEST_SECONDS)
        except (Busy, Lost, Missing, Refused, VideoApiError):
            return

    def jobs_since(self, since: float) -> list[Job]:
        """The jobs that were made from `since` on (the server's clock), the newest first; [] if it lists none."""
        jobs: list[Job] = []
        after = ""
        for _ in range(MAX_PAGES):
            path = f"/videos?limit={PAGE}&order=desc" + (f"&after={quote(after, safe='')}" if after else "")
            try:
                value = self._patiently(lambda path=path: read_body(self._get(path).body))  # type: ignore[misc]
            except (Missing, Refused, Lost):
                return jobs
            rows = value.get("data") if isinstance(value, dict) else None
            known = {job.id for job in jobs}
            page = [job for job in _jobs(rows) if job.id not in known]  # some servers know no `after`
            jobs += page
            times = [row.record.get("created_at") for row in page]
            if len(page) < PAGE or any(isinstance(when, (int, float)) and when < int(since) for when in times):
                break
            after = page[-1].id
        return jobs

    def facts(self, path: str, *, root: bool = False) -> JsonObject:
        """What the server says of itself at a path, {} where it says nothing; `root`: beside /v1, not below it."""
        try:
            value = self._patiently(lambda: read_body(self._get(path, root=root).body))
        except (Missing, Refused, Lost):
            return {}
        return value if isinstance(value, dict) else {}

    def _post(self, path: str, body: JsonObject, ticket: str, seconds: float, limit: int | None) -> Reply:
        try:
            return self._send("POST", path, seconds, limit, body=body, ticket=ticket)
        except Missing as error:
            hint = "; does this server have the Videos API, and the model?"
            if not self.url.endswith("/v1"):
                hint = f"; the URL of an endpoint goes up to /v1, e.g. {self.url}/v1"
            raise VideoApiError(f"{self.url}{path}: {error}{hint}") from None

    def _get(
        self, path: str, seconds: float = REQUEST_SECONDS, limit: int | None = None, *, root: bool = False
    ) -> Reply:
        return self._send("GET", path, seconds, limit, root=root)

    def _patiently(self, read: Callable[[], _T], *, again: bool = True) -> _T:
        """What `read` gives, asked for again while the server is busy or gone. Raises ServerDown, Lost and the rest.

        again: also after an unusable body; False if the caller does that.
        """
        for attempt in count():
            retry_after = ""
            try:
                return read()
            except Busy as error:
                problem: Lost = Lost(str(error), connected=True)
                retry_after = error.retry_after
            except Malformed as error:
                problem = BadBody(self._address.public(str(error)))
            except Lost as error:
                problem = error
            if not again and isinstance(problem, BadBody):
                raise problem
            if attempt >= (MAX_RETRIES if self._has_answered else 1):
                if problem.connected:
                    raise problem
                resumed = "; the same command resumes from here" if self._has_answered else ""
                raise ServerDown(f"{self.url}: {unreachable(str(problem))}{resumed}")
            self.pause(backoff(attempt, retry_after))
        raise AssertionError("count() never ends")

    def pause(self, seconds: float) -> None:
        """Wait. Raises Stopped if the run ends meanwhile."""
        if self.stop.wait(seconds):
            raise Stopped("the run ends")

    def _send(
        self, method: str, path: str, seconds: float, limit: int | None = None, *,
        body: JsonObject | None = None, ticket: str = "", root: bool = False,
    ) -> Reply:  # fmt: skip
        """One request, its redirects on the same host followed. Raises Busy, Lost, Missing, Refused, VideoApiError."""
        url = (self._base.removesuffix("/v1") if root else self._base) + path
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        if ticket:
            headers["Idempotency-Key"] = ticket
        sent: JsonObject = {"headers": headers}
        if body is not None:
            sent |= {"files": _form(body)} if self.dialect.form else {"json": body}
        for _ in range(MAX_REDIRECTS + 1):
            if self.stop.is_set():
                raise Stopped("the run ends")
            start = time.monotonic()
            with self.http.exchange(seconds, limit) as exchange:
                try:
                    answer = self.http.client.request(method, url, **sent)
                    status, data = answer.status_code, answer.content
                except (self.http.transport_error, Malformed) as error:
                    words = self._address.public(one_line(error))
                    if exchange.is_over:
                        words = f"took more than {seconds:g} seconds for one answer"
                    if exchange.is_over or isinstance(error, Malformed):
                        raise BadBody(words) from None
                    raise Lost(words, connected=False) from None
            self._has_answered = True
            if seconds <= REQUEST_SECONDS:
                self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - start)
            self.clock.read(answer.headers.get("date", ""))
            target = _joined(url, answer.headers.get("location", "")) if status in _REDIRECTS else ""
            if method == "GET" and target and origin(target) == origin(url):
                url = target
                continue
            return self._checked(status, data, answer.headers, target)
        raise Lost("it redirects without end", connected=True)

    def _checked(self, status: int, data: bytes, headers: Mapping[str, str], target: str) -> Reply:
        """The answer if it is one. Raises what its status means."""
        if status < 300 and self._address.is_repeated_in(data):
            raise VideoApiError(f"{self.url}: its answer repeats the API key; none of it is kept")
        if status < 300:
            return Reply(data, headers)
        if target:
            moved = f"moved to {self._address.public(target)[:120]!r}, which is another host or not a GET: not followed"
            raise VideoApiError(f"{self.url}: HTTP {status}: {moved}; name that URL if you trust it")
        reply = read_error(status, data)
        words = self._address.public(reply.message)[:300]
        if status in (401, 403) and not reply.is_filtered:
            raise VideoApiError(f"{self.url}: HTTP {status}: {words}; the key comes from {KEY}")
        if status in _GONE:
            raise Missing(words)
        if status in BUSY:
            raise Busy(f"HTTP {status}: {words}", headers.get("retry-after", ""))
        if status >= 500:
            raise Lost(f"HTTP {status}: {words}", connected=True)
        raise Refused(reply, words)


def base_url(url: str) -> str:
    """A server's URL up to /v1, however somebody ends it: base_url("http://GPU:80/") == "http://gpu:80/v1"."""
    url = url.strip().rstrip("/").removesuffix("/videos")
    scheme, mark, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    if mark and "@" not in host:
        url = f"{scheme.lower()}://{host.lower()}{slash}{path}"
    return url if slash or not mark else f"{url}/v1"


def _joined(url: str, location: str) -> str:
    """Where a redirect leads; as the server wrote it where that is not a URL."""
    try:
        return urljoin(url, location)
    except ValueError:
        return location


def _video_in(value: Json) -> bytes:
    """The video of an answer in JSON. Raises Malformed if it has none, binascii.Error where it is not base64."""
    data = value.get("data") if isinstance(value, dict) else None
    text = data[0].get("b64_json") if isinstance(data, list) and data and isinstance(data[0], dict) else None
    if not isinstance(text, str):
        raise Malformed(f"answered without a video: {words_of(value)[:200]}")
    return base64.b64decode(text, validate=True)


def _jobs(rows: Json) -> Iterator[Job]:
    """The jobs of a list, without what describes none."""
    for row in rows if isinstance(rows, list) else ():
        with suppress(Malformed):
            yield Job.of(row)


def _path(job_id: str) -> str:
    return f"/videos/{quote(job_id, safe='')}"


def _form(body: Mapping[str, Json]) -> dict[str, tuple[None, str]]:
    """The fields as parts of a multipart form; objects as JSON."""
    return {
        name: (None, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in body.items()
    }
