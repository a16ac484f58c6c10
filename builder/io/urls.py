"""Where a URL leads: what decides whether two of them are one server, to which the same secrets may go."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

_PORTS: Final = {"http": 80, "https": 443}


def origin(url: str) -> tuple[str, str, int | None]:
    """(scheme, host, port) as browsers compare them; empty for what is not a URL.

    >>> origin("https://Example.org/a") == origin("https://example.org:443/b")
    True
    """
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return "", "", None
