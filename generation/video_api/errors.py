"""What goes wrong with a server of videos: with one request, one job, or the server itself."""

from __future__ import annotations

from svta.builder.errors import SvtaError
from svta.generation.remote.error_replies import ErrorReply


class VideoApiError(SvtaError):
    """A server that cannot be used: a wrong URL, a key it refuses, a model it does not serve. Ends the run."""


class ServerDown(VideoApiError):
    """A server that does not answer any more."""


class Refused(SvtaError):
    """A request that the server takes for wrong: no other try fixes it."""

    def __init__(self, reply: ErrorReply, words: str):
        super().__init__(f"HTTP {reply.status}: {words}")
        self.reply = reply


class Missing(SvtaError):
    """What the server does not have (any more): HTTP 404 or 410."""


class Busy(SvtaError):
    """HTTP 429: nothing was made; `seconds` is what the server asks to wait."""

    def __init__(self, words: str, retry_after: str):
        super().__init__(words)
        self.retry_after = retry_after


class Lost(SvtaError):
    """A request without a usable answer: a dropped connection, a 5xx, an unusable body. It may have been done."""

    def __init__(self, words: str, *, connected: bool):
        super().__init__(words)
        self.connected = connected


class BadBody(Lost):
    """An answer with an unusable body: cut off, over its limits of bytes or seconds, compressed."""

    def __init__(self, words: str):
        super().__init__(words, connected=True)


class JobFailed(SvtaError):
    """A request that gave no video. retry: another job with the same fields may. reply: the server's refusal."""

    def __init__(self, words: str, *, retry: bool, filtered: bool = False, reply: ErrorReply | None = None):
        super().__init__(words)
        self.retry, self.filtered, self.reply = retry, filtered, reply


class Stopped(SvtaError):
    """The run ends: waiting threads leave their job as it is."""
