"""address.py: what a server's URL gives away, and when a request is sent again."""

from __future__ import annotations

import json
import time
from email.utils import formatdate

import pytest

from svta.builder.errors import SvtaError
from svta.generation.remote.address import Address, backoff, key_of, unreachable


def test_a_message_shows_neither_key_nor_password():
    address = Address.of("http://jo:pass%20word@gpu:80/v1?token=abcdefgh", "sv-12345678", option="--x", error=SvtaError)
    assert address.url == "http://gpu:80/v1"
    shown = address.public("sv-12345678 was refused for jo:pass word, am86cGFzcyB3b3Jk, pass%20word")
    assert shown == "*** was refused for jo:***, ***, ***"
    assert address.is_repeated_in(b"... sv-12345678") and not address.is_repeated_in(b"nothing")


def test_a_key_is_seen_behind_the_escapes_of_json():
    address = Address.of("http://gpu/v1", 'sv-1/2"3456', option="--x", error=SvtaError)
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in address.secrets[0])
    for text in (json.dumps(address.secrets[0]), r"sv-1\/2\"3456", escaped, escaped.upper().replace("\\U", "\\u")):
        assert json.loads(f'"{text.strip(chr(34))}"') == address.secrets[0]
        assert address.is_repeated_in(f'{{"version": "{text}"}}'.encode())
    assert not address.is_repeated_in(rb'{"version": "sv-1\u0041"}')
    assert not Address.of("http://gpu/v1", "", option="--x", error=SvtaError).is_repeated_in(b"anything")


def test_the_first_half_of_a_key_that_was_cut_off_is_not_shown():
    address = Address.of("http://gpu/v1", "sv-12345678", option="--x", error=SvtaError)
    assert address.public("wrong: sv-12345678, sv-12345678, sv-1234") == "wrong: ***, ***, ***"
    assert address.public("wrong: sv-12345678, sv-12") == "wrong: ***, sv-12"  # no more than a placeholder has


@pytest.mark.parametrize(
    "url", ["", "gpu", "gpu:80", "ftp://gpu/v1", "http://", "http://gpu:99999/v1", "http://gpu:0/v1", "http://[x/v1"]
)
def test_what_is_no_url_of_a_server_is_one_line(url):
    with pytest.raises(SvtaError, match="--x: not the URL of a server"):
        Address.of(url, "", option="--x", error=SvtaError)


def test_a_server_that_is_not_reached_is_told_with_what_may_help():
    assert unreachable("[Errno 111] Connection refused") == "[Errno 111] Connection refused; is the server up?"
    assert "SSL_CERT_FILE" in unreachable("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate")
    assert "http instead of https" in unreachable("[SSL: WRONG_VERSION_NUMBER] wrong version number")


def test_pauses_double_to_eight_seconds_unless_the_server_asks_for_less_than_a_minute():
    assert [backoff(attempt) for attempt in range(6)] == [0.5, 1, 2, 4, 8, 8]
    assert backoff(0, "17.5") == 17.5
    assert backoff(1, "3600") == 1  # more than a minute: as usual
    assert backoff(2, "soon") == backoff(2, "-5") == backoff(2, "nan") == 2
    assert 18 < backoff(0, formatdate(time.time() + 20, usegmt=True)) <= 20
    assert backoff(0, formatdate(time.time() - 20, usegmt=True)) == 0


def test_a_key_of_blanks_is_none_and_one_that_no_header_carries_is_refused(monkeypatch):
    monkeypatch.setenv("SVTA_ENDPOINT_KEY", "  ")
    assert key_of("SVTA_ENDPOINT_KEY", SvtaError) == ""
    monkeypatch.setenv("SVTA_ENDPOINT_KEY", "k\u00e9y-of-mine")
    with pytest.raises(SvtaError, match="SVTA_ENDPOINT_KEY contains characters"):
        key_of("SVTA_ENDPOINT_KEY", SvtaError)
