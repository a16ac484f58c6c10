"""Two URLs of one server, and of two."""

from __future__ import annotations

import pytest

from svta.builder.io.urls import origin


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Hub.example/a?b#c", ("https", "hub.example", 443)),
        ("http://hub.example", ("http", "hub.example", 80)),
        ("http://user:word@hub.example:8080/a", ("http", "hub.example", 8080)),
        ("https://hub.example@evil.example/a", ("https", "evil.example", 443)),
        ("http://[::1]:9/a", ("http", "::1", 9)),
        ("ftp://hub.example/a", ("ftp", "hub.example", None)),
        ("http://hub.example:99999/a", ("", "", None)),
        ("http://[::1/a", ("", "", None)),
    ],
)
def test_origin(url: str, expected: tuple[str, str, int | None]) -> None:
    assert origin(url) == expected
