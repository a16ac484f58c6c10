"""Where a server is and what no message may show of it: its key and its password; when to send a request again."""

from __future__ import annotations

import os
import re
import time
from base64 import b64encode
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import unquote, urlsplit

from svta.builder.errors import SvtaError, first_line, redact

MAX_RETRIES: Final = 6  # of a busy server or, once it has answered, a lost one: .5 s doubling to 8 s, or Retry-After
MAX_RETRY_AFTER: Final = 60.0  # seconds; a server that asks for more is asked again as usual
BUSY: Final = (408, 409, 429)  # and 5xx: statuses that pass
SHORTEST_SECRET: Final = 6  # a shorter key (none, EMPTY) is a placeholder; any answer may hold these letters
_ESCAPES: Final = re.compile(rb'\\(?:u([0-9a-fA-F]{4})|(["\\/]))')


@dataclass(frozen=True)
class Address:
    """A server: `url` as messages show it, and the `secrets` that they do not."""

    url: str
    secrets: tuple[str, ...] = ()

    @classmethod
    def of(cls, url: str, key: str, *, option: str, error: type[SvtaError]) -> Address:
        """The address of a URL that `option` gave. Raises `error` for what is not a URL of a server."""
        try:
            parts = urlsplit(url)
            host = parts.netloc.rpartition("@")[2] if parts.port != 0 else ""
        except ValueError as problem:
            raise error(f"{option}: not the URL of a server: {redact(one_line(problem))}") from None
        if parts.scheme not in ("http", "https"):
            raise error(f"{option}: not the URL of a server: it has to begin with http:// or https://")
        if not parts.hostname or not host:
            raise error(f"{option}: not the URL of a server: it has no host")
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        basic = b64encode(f"{user}:{password}".encode()).decode() if user or password else ""
        secrets = (basic, password, parts.password or "", key)
        shown = parts._replace(netloc=host, query="", fragment="").geturl()
        return cls(shown, tuple(secret for secret in secrets if len(secret) >= SHORTEST_SECRET))

    def public(self, text: str) -> str:
        """A message without the key and the password, which a server may have repeated; one cut off at its end too."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
            cut = next((n for n in range(len(secret) - 1, SHORTEST_SECRET - 1, -1) if text.endswith(secret[:n])), 0)
            text = f"{text[:-cut]}***" if cut else text
        return redact(text)

    def is_repeated_in(self, body: bytes) -> bool:
        """Whether a body holds the key or the password, as it is or with characters written as escapes of JSON."""
        if not self.secrets:
            return False
        plain = _ESCAPES.sub(_unescaped, body) if b"\\" in body else body
        return any(secret.encode() in text for secret in self.secrets for text in (body, plain))


def _unescaped(escape: re.Match[bytes]) -> bytes:
    return chr(int(escape[1], 16)).encode("utf-8", "replace") if escape[1] else escape[2]


def key_of(variable: str, error: type[SvtaError]) -> str:
    """The key in a variable of the environment, or "". Raises `error` for one that no HTTP header can carry."""
    key = os.environ.get(variable, "").strip()
    if key and not (key.isascii() and key.isprintable()):
        raise error(f"{variable} contains characters that an HTTP header cannot carry")
    return key


def backoff(attempt: int, retry_after: str = "") -> float:
    """Seconds before a request is sent again: what the server asks for, else .5 doubling to 8."""
    seconds = _seconds(retry_after)
    return seconds if 0 <= seconds <= MAX_RETRY_AFTER else min(8.0, 0.5 * 2**attempt)


def _seconds(retry_after: str) -> float:
    """The seconds that a Retry-After header names, as a number or as a date; -1 for what is neither."""
    try:
        return float(retry_after)
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return -1.0


def unreachable(words: str) -> str:
    """What the HTTP library says of a server that it does not reach, and what may help."""
    if "CERTIFICATE_VERIFY_FAILED" in words:
        return f"{words}; SSL_CERT_FILE=FILE in the environment names the certificate to trust"
    if "WRONG_VERSION_NUMBER" in words or "UNEXPECTED_EOF_WHILE_READING" in words:
        return f"{words}; does this port speak http instead of https?"
    return f"{words}; is the server up?"


def one_line(error: BaseException) -> str:
    """An error's text on one line of at most 300 characters."""
    return first_line(" ".join(str(error).split()) or type(error).__name__, 300)
