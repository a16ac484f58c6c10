"""http_limits.py: whatever a server sends, an exchange ends within its bytes and seconds."""

from __future__ import annotations

import gzip
import json
import threading
import time

import pytest
from chat_server import http, raw_server

from svta.generation.chat import endpoint
from svta.generation.chat.endpoint import Endpoint
from svta.generation.chat.messages import ChatError, ChatRequest
from svta.generation.remote import http_limits

pytest.importorskip("openai")

MODELS = json.dumps({"data": [{"id": "m"}]}).encode()
MIB = 1 << 20


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(endpoint.time, "sleep", lambda seconds: None)


def ask(url):
    return next(Endpoint(url, "m", max_retries=0).answers([ChatRequest.user("a")]))[1]


def endless(status, sent):
    """An answer without end; counts the megabytes that somebody took."""
    yield f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n".encode()
    for _ in range(200):
        yield b" " * MIB
        sent.append(1)


@pytest.mark.parametrize(
    ("status", "says", "taken"),
    [("200 OK", "has more than 8,388,608 bytes", 8), ("400 Bad", "400", 0), ("500 Broken", "500", 0)],
)
def test_an_answer_without_end_is_left_at_its_limit(status, says, taken):
    sent = []
    with raw_server(lambda n: endless(status, sent)) as (url, _), pytest.raises(ChatError, match=says):
        ask(url)
    assert len(sent) <= 3 * (taken + 8)  # what lies in the buffers of the system goes with it


def test_a_list_of_models_without_end_is_left_at_its_limit():
    sent = []
    with raw_server(lambda n: endless("200 OK", sent)) as (url, _), pytest.raises(ChatError, match="1,048,576 bytes"):
        Endpoint(url, max_retries=0)
    assert len(sent) <= 9


@pytest.mark.parametrize("status", ["200 OK", "400 Bad"])
def test_nothing_compressed_is_unpacked(status):
    bomb = http(gzip.compress(b" " * (8 * MIB)), status, extra="Content-Encoding: gzip\r\n")
    with raw_server(lambda n: bomb) as (url, _), pytest.raises(ChatError, match="compressed as 'gzip'"):
        ask(url)


def drip(data):
    for byte in data:
        yield bytes([byte])
        threading.Event().wait(0.05)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 300\r\n\r\n"
SLOW = {
    "body": lambda: (piece for pieces in ([HEAD], drip(b" " * 300)) for piece in pieces),
    "error": lambda: (piece for pieces in ([HEAD.replace(b"200 OK", b"400 No")], drip(b" " * 300)) for piece in pieces),
    "headers": lambda: drip(b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 300),
    "nothing": lambda: (b"" for _ in range(60) if not threading.Event().wait(0.05)),
}


@pytest.mark.parametrize("case", SLOW)
def test_a_slow_answer_ends_with_its_seconds(case, monkeypatch):
    monkeypatch.setattr(endpoint, "TIMEOUT_SECONDS", 0.5)
    monkeypatch.setattr(endpoint, "MAX_MALFORMED", 1)
    with raw_server(lambda n: SLOW[case]()) as (url, _):
        start = time.monotonic()
        with pytest.raises(ChatError, match=r"took more than 0\.5 seconds|timed out") as error:
            ask(url)
        assert time.monotonic() - start < 5
    assert "\n" not in str(error.value)


def test_an_answer_in_time_is_read_whole_and_the_clock_is_stopped():
    reply = {"choices": [{"message": {"content": "A man falls. " * 1000}, "finish_reason": "stop"}]}
    with raw_server(lambda n: http(json.dumps(reply).encode() if n else MODELS)) as (url, _):
        engine = Endpoint(url, max_retries=0)
        assert engine.model == "m"
        assert next(engine.answers([ChatRequest.user("a")]))[1].text == "A man falls. " * 1000
    exchange = http_limits.Exchange(0.05)
    exchange.close()
    assert not exchange.is_over
