"""Limits on what a server may send: bytes and seconds of one exchange, headers, errors and lists included.

The only module that knows the HTTP library below the openai client (httpx2 under openai 3, httpx before), and it uses
what that library documents: event hooks, the `trace` extension, a response's stream. Tested with openai 3.54.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from svta.builder.errors import SvtaError, first_line
from svta.builder.io.limits import Deadline, read_chunks

if TYPE_CHECKING:
    import httpx

MAX_BODY_BYTES: Final = 8 << 20  # an answer of 4,096 tokens has some 20 kB
MAX_LIST_BYTES: Final = 1 << 20
MAX_ERROR_BYTES: Final = 1 << 16  # of an error only the first line is shown: the rest is not read
CONNECT_SECONDS: Final = 30.0


class Malformed(Exception):
    """An answer that is not what was requested, or that goes on past its limits; the text says which."""


class Exchange:
    """One request and its answer: its connections end when `seconds` are over, even if the server keeps sending.

    A timeout of the HTTP library counts from one byte to the next, so that a server which sends a byte a second would
    hold a request for hours. max_bytes: of the answer, where it is not as usual for its method.
    """

    def __init__(self, seconds: float, max_bytes: int | None = None):
        self.max_bytes = max_bytes
        self.deadline = Deadline(seconds, "the answer")
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self.shut)
        self._timer.daemon = True
        self._timer.start()

    @property
    def is_over(self) -> bool:
        """Whether the time is used up."""
        return not self.deadline.left()

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """httpcore's trace extension: keeps the socket of every connection that is opened for this request."""
        stream = info.get("return_value")
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")) and stream is not None:
            opened = stream.get_extra_info("socket")
            self._sockets.append(opened)
            if self.is_over:
                _shut(opened)

    def close(self) -> None:
        """Stop the clock: the answer is there."""
        self._timer.cancel()

    def shut(self) -> None:
        """End its connections, answer or none."""
        for opened in list(self._sockets):
            _shut(opened)


def _shut(opened: socket.socket) -> None:
    with suppress(OSError):  # closed meanwhile
        socket.socket.shutdown(opened, socket.SHUT_RDWR)  # wakes a thread that waits in recv(); close() does not


class HttpLimits:
    """An HTTP client whose every answer is read whole, within limits, before anything parses it."""

    def __init__(self, client: type[Any], seconds: float):
        self._current = threading.local()
        self._open: set[Exchange] = set()
        roots = (base.__module__.partition(".")[0] for base in client.__mro__)
        self._library = import_module(next(root for root in roots if root not in ("openai", "builtins")))
        self.transport_error: type[Exception] = self._library.HTTPError
        self.client = client(
            follow_redirects=False,  # a redirect would carry prompts and keys to a server that the user did not name
            timeout=self._library.Timeout(seconds, connect=CONNECT_SECONDS),
            headers={"Accept-Encoding": "identity"},
            limits=self._library.Limits(max_keepalive_connections=0),  # a connection for each request: see Exchange
            event_hooks={"request": [self._start], "response": [self._read]},
        )

    @contextmanager
    def exchange(self, seconds: float, max_bytes: int | None = None) -> Iterator[Exchange]:
        """The time limit of everything this thread sends and receives inside the block, retries included."""
        exchange = self._current.exchange = Exchange(seconds, max_bytes)
        self._open.add(exchange)
        try:
            yield exchange
        finally:
            exchange.close()
            self._open.discard(exchange)
            self._current.exchange = None

    def abort(self) -> None:
        """End every exchange that runs now, of any thread: all that wait for an answer get an error."""
        for exchange in list(self._open):
            exchange.shut()

    def _start(self, request: httpx.Request) -> None:
        if (exchange := getattr(self._current, "exchange", None)) is not None:
            request.extensions = {**request.extensions, "trace": exchange.trace}

    def _read(self, response: httpx.Response) -> None:
        """Read the body up to its limit and put it in the place of the stream. Raises Malformed."""
        if (encoding := response.headers.get("content-encoding", "identity").lower()) not in ("", "identity"):
            raise Malformed(f"answered compressed as {encoding[:20]!r} against the request's Accept-Encoding")
        is_error = response.status_code >= 300
        exchange: Exchange | None = getattr(self._current, "exchange", None)
        usual = MAX_LIST_BYTES if response.request.method == "GET" else MAX_BODY_BYTES
        limit = MAX_ERROR_BYTES if is_error else (exchange and exchange.max_bytes) or usual
        try:
            length = response.headers.get("content-length", "")
            if not is_error and length.isdecimal() and (len(length) > 18 or int(length) > limit):
                raise Malformed(f"announces {length[:20]} bytes; the limit is {limit:,}")
            body = read_chunks(response.iter_raw(), limit, place="the answer", cut=is_error)
        except self.transport_error as error:
            raise Malformed(f"the answer broke off: {first_line(error)}") from None
        except SvtaError as error:
            raise Malformed(first_line(error)) from None
        finally:
            response.close()
        response.stream = self._library.ByteStream(body)
        response.is_closed = response.is_stream_consumed = False
