"""Limits of huggingface_hub's HTTP client: who may get the token, which headers may name files, how much is read.

A repo, a mirror or any server at HF_ENDPOINT is not trusted. huggingface_hub follows a `Link: rel="next"` and an
LFS `verify` action to any host with the token in the request, names the files of its cache by the ETag of an answer,
and reads answers of any length. Every request of the process goes through one shared client, so the limits are hooks
of that client. They act on svta's own requests only: a program that uses huggingface_hub beside svta, with an endpoint
and a token of its own, is left alone.

Adapter for huggingface_hub 1.x and 2.x: it wraps the factory that `set_client_factory` sets. tests/builder/io/
test_hub_client.py runs it against the installed version.

    with limited(Limits(max_bytes=64_000_000)):     # with_retries() of hub_errors.py does it
        hf_hub_download(...)
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from threading import Lock, Thread, current_thread
from threading import enumerate as running_threads
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit
from weakref import WeakSet

from svta.builder.errors import DatasetError

from .urls import origin

if TYPE_CHECKING:
    import httpx

MAX_API_BYTES: Final = 16_000_000
MAX_ERROR_BYTES: Final = 1_000_000
MAX_FILE_BYTES: Final = 50_000_000_000  # no file of the Hub is larger over HTTP
API_SECONDS: Final = 300.0
TIMEOUTS: Final = {"connect": 30.0, "read": 300.0, "write": 300.0}
_GRACE_SECONDS: Final = 60.0
_SLOWEST: Final = 1_000  # bytes a second, after the grace
LONGEST_PAUSE: Final = 300  # seconds before a request is tried again, even if an answer asks for more
_PUBLIC: Final = "https://huggingface.co"
_PUBLIC_HOSTS: Final = ("huggingface.co", "hf.co")
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:=+-]{0,199}")
COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_RESET: Final = re.compile(r"(\bt\s*=\s*)(\d+)")  # of a header `ratelimit: "api";r=0;t=55`
_LOCK: Final = Lock()
_T = TypeVar("_T")


class UntrustedAnswer(DatasetError):
    """An answer that would send the token elsewhere, name a file outside the cache, or never end."""


@dataclass(frozen=True)
class Limits:
    """What one call may cost: bytes of one answer, and, of all its requests together, their number and the seconds.

    `endpoint_only`: no request goes to another host, not even without the token.
    """

    max_bytes: int | None = None
    requests: int | None = None
    seconds: float | None = None
    endpoint_only: bool = False


class _Budget:
    """Limits, and what is used up of them."""

    def __init__(self, limits: Limits):
        self.limits, self.requests, self.started = limits, 0, time.monotonic()

    def count_request(self) -> None:
        self.requests += 1
        if self.limits.requests is not None and self.requests > self.limits.requests:
            raise UntrustedAnswer(f"the Hub's answer does not end after {self.limits.requests:,} pages")
        self.check_time()

    def check_time(self) -> None:
        if self.limits.seconds is not None and time.monotonic() - self.started > self.limits.seconds:
            raise UntrustedAnswer(f"the Hub's answer does not end after {self.limits.seconds:,.0f} seconds")


_BUDGET: Final[ContextVar[_Budget | None]] = ContextVar("svta_hub_budget", default=None)
_NO_LIMITS: Final = Limits()
_BLOCKS: Final[dict[object, WeakSet[Thread]]] = {}  # blocks that run now -> the threads that ran when each began


@contextmanager
def limited(limits: Limits = _NO_LIMITS) -> Iterator[None]:
    """Guard the Hub requests inside the block: those of this thread, and of threads that the block starts.

    huggingface_hub downloads and uploads in threads of its own, which know nothing of the thread that started them. So
    a thread that starts while the block runs counts as the block's; `limits` hold for this thread alone.
    """
    _install_hooks()
    block, token = object(), _BUDGET.set(_Budget(limits))
    with _LOCK:
        _BLOCKS[block] = WeakSet(running_threads())
    try:
        yield
    finally:
        _BUDGET.reset(token)
        with _LOCK:
            del _BLOCKS[block]


def limited_steps(items: Iterable[_T]) -> Iterator[_T]:
    """The items of a generator that reads from the Hub, each step in a block of limited(); none stays open between."""
    steps = iter(items)
    while True:
        with limited():
            try:
                item = next(steps)
            except StopIteration:
                return
        yield item


def _is_guarded() -> bool:
    """Whether a request of this thread belongs to svta."""
    if _BUDGET.get() is not None:
        return True
    thread = current_thread()
    with _LOCK:
        return any(thread not in before for before in _BLOCKS.values())


def _install_hooks() -> None:
    """Put the hooks into the client that huggingface_hub shares between all its calls; again is free.

    hf_xet asks for its token by a client of its own, which no hook sees, and takes `local:///any/folder` of the answer
    for a place to write to. So it is used with the public Hub (and a test's on loopback), and LFS with any other.
    """
    from huggingface_hub import constants, set_client_factory
    from huggingface_hub.utils import _http  # the only way to a factory that somebody set before

    if constants.ENDPOINT != _PUBLIC and not _is_loopback(constants.ENDPOINT):
        constants.HF_HUB_DISABLE_XET = True
    with _LOCK:
        factory: Callable[[], httpx.Client] = _http._GLOBAL_CLIENT_FACTORY
        if not hasattr(factory, "svta_unguarded"):
            set_client_factory(_guarded(factory))


def _guarded(factory: Callable[[], httpx.Client]) -> Callable[[], httpx.Client]:
    def guarded_factory() -> httpx.Client:
        try:
            client = factory()
        except ValueError as error:  # a proxy setting that is not a URL
            if not _is_guarded():
                raise
            raise UntrustedAnswer(f"no HTTP client with these proxy settings: {error}") from None
        hooks = client.event_hooks
        client.event_hooks = {
            "request": [*hooks.get("request", ()), check_request],
            "response": [*hooks.get("response", ()), check_response],
        }
        return client

    guarded_factory.svta_unguarded = factory  # type: ignore[attr-defined]
    return guarded_factory


def check_request(request: httpx.Request) -> None:
    """Hook of the client, before each request and each redirect. Raises UntrustedAnswer."""
    if not _is_guarded():
        return
    url = str(request.url)
    budget = _BUDGET.get()
    if budget is not None:
        budget.count_request()
    endpoint_only = budget is not None and budget.limits.endpoint_only
    if (endpoint_only or "authorization" in request.headers) and not is_endpoint(url):
        raise UntrustedAnswer(f"the Hub names another host, {_host(url)}; nothing is sent there")
    if not is_endpoint(url):
        request.headers.pop("cookie", None)  # a cookie belongs to a host name, whatever the port
    request.headers["accept-encoding"] = "identity"  # the length of a packed answer says nothing
    timeouts = request.extensions.get("timeout") or {}
    request.extensions["timeout"] = {**timeouts, **{k: v for k, v in TIMEOUTS.items() if timeouts.get(k) is None}}


def check_response(response: httpx.Response) -> None:
    """Hook of the client, after the headers of each answer and before its body. Raises UntrustedAnswer."""
    if not _is_guarded():
        return
    headers, url, method = response.headers, str(response.request.url), response.request.method
    _shorten_pauses(headers)
    commit = headers.get("x-repo-commit")
    if commit is not None and COMMIT.fullmatch(commit) is None:
        raise UntrustedAnswer(f"the Hub names the commit {commit[:80]!a}, which is not a commit id")
    for route in (headers.get("x-xet-refresh-route"), response.links.get("xet-auth", {}).get("url")):
        if route is not None and not is_endpoint(route) and origin(route) != origin(_PUBLIC):
            raise UntrustedAnswer(f"the Hub names another host, {_host(route)}, for the token of xet")
    budget = _BUDGET.get()
    max_bytes = None if budget is None else budget.limits.max_bytes
    if method == "HEAD":
        for name in ("etag", "x-linked-etag"):
            if name in headers:
                blob_name(headers[name])
        size = headers.get("x-linked-size") or headers.get("content-length")
        if max_bytes is not None and size is not None and not (size.isdecimal() and int(size) <= max_bytes):
            raise UntrustedAnswer(f"the Hub says that it has {size[:20]} bytes; the limit is {max_bytes:,}")
        return
    cas = headers.get("x-xet-cas-url", "https://")
    if not cas.startswith(("https://", "http://")) and not _is_loopback(url):
        raise UntrustedAnswer(f"the Hub keeps xet's data at {cas[:80]!a}, which is not a web address")
    if headers.get("content-encoding", "identity").strip().casefold() not in ("", "identity"):
        raise UntrustedAnswer("the Hub's answer is compressed, which was not requested")
    is_api = is_endpoint(url) and urlsplit(url).path.startswith("/api/")
    if response.status_code >= 300:
        limit = MAX_ERROR_BYTES
    elif is_api:
        limit = MAX_API_BYTES if max_bytes is None else max_bytes
    else:
        limit = MAX_FILE_BYTES if max_bytes is None else max_bytes
    library = type(response).__module__.partition(".")[0]
    response.stream = _bounded_stream(library)(response.stream, limit, API_SECONDS if is_api else None, budget)


def _shorten_pauses(headers: httpx.Headers) -> None:
    """huggingface_hub sleeps as long as these headers say: a number too long for LONGEST_PAUSE becomes it."""
    if (value := headers.get("retry-after", "").strip()).isdigit():
        headers["retry-after"] = _shortened(value)
    if "ratelimit" in headers:
        headers["ratelimit"] = _RESET.sub(lambda found: found[1] + _shortened(found[2]), headers["ratelimit"])


def _shortened(seconds: str) -> str:
    """Digits as they are; LONGEST_PAUSE for more, for too many of them, and for signs that int() takes for none."""
    fits = len(seconds) <= 9 and seconds.isdecimal() and int(seconds) <= LONGEST_PAUSE
    return seconds if fits else str(LONGEST_PAUSE)


def is_endpoint(url: str) -> bool:
    """Whether a URL is at HF_ENDPOINT; for the public Hub, at one of its own hosts."""
    from huggingface_hub import constants

    place = origin(url)
    if place == origin(constants.ENDPOINT):
        return True
    scheme, host, _ = place
    public = any(host == name or host.endswith(f".{name}") for name in _PUBLIC_HOSTS)
    return constants.ENDPOINT == _PUBLIC and scheme == "https" and public


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2][:80]


def _is_loopback(url: str) -> bool:
    return (urlsplit(url).hostname or "") in ("127.0.0.1", "::1", "localhost")


def blob_name(etag: str) -> str:
    """What a cache calls the file that an answer gives this ETag. Raises UntrustedAnswer for what cannot be a name."""
    name = etag.strip().removeprefix("W/").strip('"')
    if _FILE_NAME.fullmatch(name) is None:
        raise UntrustedAnswer(f"the Hub gives the ETag {etag[:80]!a}, which cannot be a file name")
    return name


@lru_cache(maxsize=2)
def _bounded_stream(library: str) -> type:
    """A byte stream of the HTTP library (httpx, or httpx2 as huggingface_hub 2 calls it) that ends."""
    base: type = import_module(library).SyncByteStream

    class BoundedStream(base):
        def __init__(self, stream: httpx.SyncByteStream, limit: int, seconds: float | None, budget: _Budget | None):
            self.stream, self.limit, self.seconds, self.budget = stream, limit, seconds, budget

        def __iter__(self) -> Iterator[bytes]:
            count, started = 0, time.monotonic()
            for chunk in self.stream:
                count += len(chunk)
                if count > self.limit:
                    raise UntrustedAnswer(f"the Hub's answer has more than the {self.limit:,} bytes that are read")
                allowed = _GRACE_SECONDS + count / _SLOWEST if self.seconds is None else self.seconds
                if time.monotonic() - started > allowed:
                    raise UntrustedAnswer(f"the Hub's answer comes too slowly: {count:,} bytes in {allowed:,.0f} s")
                if self.budget is not None:
                    self.budget.check_time()
                yield chunk

        def close(self) -> None:
            self.stream.close()

    return BoundedStream
