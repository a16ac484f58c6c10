"""What went wrong at the Hub, in one line; trying again where that helps; whether it can be reached at all.

Reads exceptions of huggingface_hub, of its HTTP library and of hf_xet; push, pull, verify and every reading use it.

    commit = with_retries("ns/name", lambda: api.upload_folder(...))
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from json import JSONDecodeError
from typing import Final, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies

from svta.builder.errors import DatasetError, first_line, redact

from .hub_client import LONGEST_PAUSE, Limits, UntrustedAnswer, limited

T = TypeVar("T")

BUSY: Final = (408, 412, 429, 500, 502, 503, 504)
PAUSES: Final = (1.0, 2.0, 4.0)  # seconds before the second try, the third, ...
CONNECT_SECONDS: Final = 5.0
READING: Final = Limits(max_bytes=16_000_000, requests=1_000, seconds=600, endpoint_only=True)
_LOG: Final = logging.getLogger(__name__)


class HubError(DatasetError):
    """The Hub refused, failed, or could not be reached; names the repo and the next step."""


def with_retries(
    place: str, call: Callable[[], T], *, pauses: Sequence[float] | None = None, limits: Limits | None = None
) -> T:
    """What `call` gives; dropped connections, 429 and 5xx are tried again after each of `pauses` seconds.

    `pauses` is PAUSES by default; a Retry-After that the Hub names is kept. `limits`: of one try. Raises HubError in
    one line for what a user can fix.
    """
    for pause in (*(PAUSES if pauses is None else pauses), None):
        try:
            with limited(limits or Limits()):
                return call()
        except Exception as error:
            reason = reason_of(error)
            if reason is None:
                raise
            if pause is None or not is_passing(error):
                raise HubError(f"{place}: {reason}") from None
            pause = min(max(pause, _retry_after(error)), LONGEST_PAUSE)
            _LOG.info("%s: %s; trying again in %.0f s", place, reason, pause)
            time.sleep(pause)
    raise AssertionError("unreachable")


def read_answer(place: str, call: Callable[[], T], *, limits: Limits = READING) -> T:
    """As with_retries(), for a request whose answer huggingface_hub parses; `limits`: of all its pages together.

    Raises HubError, also for an answer that it cannot parse.
    """

    def parsed() -> T:
        try:
            return call()
        except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
            if reason_of(error) is not None:
                raise
            problem = f"{type(error).__name__}: {first_line(error)}"
            raise UntrustedAnswer(f"the Hub's answer is not what its API promises ({problem})") from None

    return with_retries(place, parsed, limits=limits)


def reach_hub(target: str) -> None:
    """HubError if no connection to the Hub can be made, tried again after PAUSES: a download takes minutes to say so.

    `target` may have been meant as a folder, and the line says that there is none. Nothing is tried where
    HF_HUB_OFFLINE is set or a proxy is used.
    """
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE or getproxies():
        return
    for pause in (*PAUSES, None):
        if _connects(constants.ENDPOINT):
            return
        if pause is None:
            folder = "" if "://" in target else "no such folder, and "
            raise HubError(f"{target}: {folder}the Hub cannot be reached ({redact(constants.ENDPOINT)})")
        time.sleep(pause)


@lru_cache(maxsize=4)
def hub_answers(endpoint: str) -> bool:
    """Whether it makes sense to ask this Hub, tried once per process."""
    return bool(getproxies()) or _connects(endpoint)


def _connects(endpoint: str) -> bool:
    try:
        place = urlsplit(endpoint)
        port = place.port or (80 if place.scheme == "http" else 443)
    except ValueError as error:
        raise HubError(f"HF_ENDPOINT is not the address of a Hub: {error}") from None
    try:
        socket.create_connection((place.hostname or "", port), timeout=CONNECT_SECONDS).close()
    except OSError:
        return False
    return True


def is_passing(error: BaseException) -> bool:
    """Whether the same call may succeed a little later."""
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    for cause in _causes(error):
        if isinstance(cause, UntrustedAnswer):
            return False
        if isinstance(cause, HfHubHTTPError):
            return _status(cause) in (*BUSY, None)
        if isinstance(cause, OfflineModeIsEnabled):
            return False
        if _is_transport(cause) or _is_xet(cause) or isinstance(cause, JSONDecodeError):
            return True
    return False


def reason_of(error: BaseException) -> str | None:
    """One line for what a user can understand and fix; None for what is a mistake of ours."""
    from huggingface_hub import errors as hub

    again = "the same command again sends or fetches only what is missing"
    for cause in _causes(error):
        match cause:
            case UntrustedAnswer():
                return str(cause)
            case hub.OfflineModeIsEnabled():
                return "HF_HUB_OFFLINE is set, so the Hub is not asked"
            case hub.LocalTokenNotFoundError():
                return "not logged in: `hf auth login`, or set HF_TOKEN"
            case UnicodeEncodeError(object=str(text)) if text.startswith("Bearer "):
                return "HF_TOKEN is not a token (invalid characters); `hf auth login`, or set HF_TOKEN again"
            case hub.GatedRepoError():
                return "gated: accept its terms on the Hub and log in with `hf auth login`"
            case hub.RepositoryNotFoundError() if _status(cause) != 401 or _is_read(cause):
                return "no such dataset repo on the Hub, or no permission to see it (`hf auth login`)"
            case hub.RevisionNotFoundError():
                return "the repo has no such revision"
            case hub.LocalEntryNotFoundError() if cause.__cause__ is None:
                return "not in the local cache, and the Hub cannot be reached"
            case hub.HFValidationError():
                return first_line(cause)
            case hub.HfHubHTTPError():
                return _refusal(cause, again)
        if isinstance(cause, JSONDecodeError):  # an empty or HTML answer of a server that is busy
            return f"the Hub's answer cannot be read; {again}"
        if _is_transport(cause):
            return f"the Hub cannot be reached ({first_line(cause)}); {again}"
        if _is_xet(cause):
            return f"xet failed ({first_line(cause)}); {again}; HF_HUB_DISABLE_XET=1 works without xet"
    if isinstance(error, hub.LocalEntryNotFoundError):
        return "not in the local cache, and the Hub cannot be reached"
    return None


def _refusal(error: BaseException, again: str) -> str:
    said = first_line(str(getattr(error, "server_message", "") or ""))
    said = f" ({said})" if said else ""
    match _status(error):
        case 401:
            return f"the Hub does not accept the token{said}: `hf auth login`, or set HF_TOKEN"
        case 403:
            return f"no permission to do this{said}: use your own namespace and a token that may write"
        case 412:
            return f"somebody else committed to it at the same time; {again}"
        case 429:
            return f"the Hub asks to wait: too many requests; {again}"
        case 413 | 507:
            return f"the Hub accepts no more data: a limit of size or storage is reached{said}"
        case int(status) if status in BUSY:
            return f"the Hub is busy or failing (HTTP {status}); {again}"
        case _:
            return f"{first_line(error)}{said}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__


def _status(error: BaseException) -> int | None:
    response = getattr(error, "response", None)
    return None if response is None else int(response.status_code)


def _is_read(error: BaseException) -> bool:
    request = getattr(getattr(error, "response", None), "request", None)
    return getattr(request, "method", "GET") in ("GET", "HEAD")


def _is_transport(error: BaseException) -> bool:
    library = type(error).__module__.partition(".")[0]
    return library in ("httpx", "httpx2", "httpcore", "httpcore2") or isinstance(error, (ConnectionError, TimeoutError))


def _is_xet(error: BaseException) -> bool:
    named = type(error).__module__.partition(".")[0] == "hf_xet" or type(error).__name__.startswith("Xet")
    bare = type(error) is RuntimeError or (type(error) is OSError and str(error).startswith("I/O error"))
    return named or (bare and error.__cause__ is None)  # hf_xet raises bare ones


def _retry_after(error: BaseException) -> float:
    for cause in _causes(error):
        headers = getattr(getattr(cause, "response", None), "headers", {})
        if str(value := headers.get("Retry-After", "")).isdigit():
            return float(value)
    return 0.0
