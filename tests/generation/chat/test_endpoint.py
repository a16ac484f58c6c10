"""endpoint.py: bodies that are no answer, answers in odd shapes, servers that redirect, swell, drip or break off."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from svta.generation.chat import endpoint
from svta.generation.chat.endpoint import Endpoint, Malformed, read_reply
from svta.generation.chat.messages import ChatError, ChatRequest

pytest.importorskip("openai")

PROMPT = "1. In the park a man throws a cup."


def completion(content=PROMPT, finish="stop", **changes):
    message = {"role": "assistant", "content": content} | changes.pop("message", {})
    value = {
        "id": "x", "object": "chat.completion", "created": 0, "model": "m",
        "choices": [{"index": 0, "finish_reason": finish, "message": message}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30},
    }  # fmt: skip
    return value | changes


def body(value) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no JSON"),
        (b"{half", "no JSON"),
        (b"<html><body>Login</body></html>", "no JSON.*<html>"),
        (b'data: {"id": "x"}\n\ndata: [DONE]\n\n', "no JSON"),
        (b'{"choices":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "no JSON"),
        (body(completion()).replace(b"park", b"\xff\xfe"), "no UTF-8"),
        (json.dumps(completion()).encode("utf-16"), "no UTF-8"),
        (b"null", "without choices"),
        (b'"hello"', "without choices"),
        (body([completion()]), "without choices"),
        (body(completion(choices=[])), "without choices"),
        (body(completion(choices=None)), "without choices"),
        (body(completion(choices="abc")), "without choices"),
        (body(completion(choices=[None])), "without a message"),
        (body(completion(choices=[{"index": 0, "text": PROMPT}])), "without a message"),
        (body(completion(choices=[{"message": "hello"}])), "without a message"),
        (body(completion({"text": PROMPT})), "type dict"),
        (body(completion(5)), "type int"),
        (body({"error": {"message": "overloaded"}}), "error: overloaded"),
        (body({"error": "overloaded"}), "error: overloaded"),
    ],
)
def test_what_is_no_answer_is_told(data, says):
    with pytest.raises(Malformed, match=says):
        read_reply(data)


@pytest.mark.parametrize(
    ("value", "text", "finished"),
    [
        (completion(), PROMPT, True),
        (completion([{"type": "text", "text": "1. A "}, {"type": "image_url"}, None, "man."]), "1. A man.", True),
        (completion([{"type": "text", "text": {"value": "1. A man."}}]), "1. A man.", True),
        (completion(None), "", True),
        (completion(None, "tool_calls", message={"tool_calls": [{"id": "a", "function": {"name": "f"}}]}), "", True),
        (completion("", message={"reasoning_content": PROMPT}), "", True),
        (completion(None, message={"refusal": "I'm sorry."}), "I'm sorry.", True),
        (completion(finish="length"), PROMPT, False),
        (completion(finish="content_filter"), PROMPT, False),
        (completion(finish=None), PROMPT, True),
        (completion("half \ud83d of a pair"), "half \ufffd of a pair", True),
    ],
)
def test_answers_in_odd_shapes_are_read(value, text, finished):
    answer = read_reply(b"\xef\xbb\xbf" + body(value))
    assert (answer.text, answer.finished) == (text, finished)
    assert (answer.prompt_tokens, answer.completion_tokens) == (10, 20)


@pytest.mark.parametrize("usage", [None, "many", {}, {"prompt_tokens": -5, "completion_tokens": "x"}, [1]])
def test_counts_that_are_none_are_nothing(usage):
    answer = read_reply(body(completion(usage=usage)))
    assert (answer.prompt_tokens, answer.completion_tokens) == (0, 0)
    whole = read_reply(b'{"choices": [{"message": {"content": "x"}}], "usage": {"prompt_tokens": NaN}}')
    assert whole.prompt_tokens == 0


def http(data: bytes, status: str = "200 OK", extra: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n{extra}"
    return head.encode() + b"Connection: close\r\n\r\n" + data


@contextmanager
def server(reply: Callable[[int], bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """A socket that answers its n-th request with the bytes of reply(n), whatever they are; and what it was sent."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def loop():
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    asked.append(connection.recv(1 << 20))
                    try:
                        connection.sendall(reply(len(asked) - 1))
                    except OSError:
                        continue

        threading.Thread(target=loop, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1", asked
        listening.shutdown(socket.SHUT_RDWR)


def ask(url):
    return next(Endpoint(url, "m", max_retries=0).answers([ChatRequest.user("a")]))[1]


@pytest.fixture
def no_waiting(monkeypatch):
    monkeypatch.setattr(endpoint.time, "sleep", lambda seconds: None)


WHOLE = http(body(completion()))
BAD = {
    "cut": (WHOLE[:-20], "broke off"),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nhello", "broke off"),
    "gzip": (http(b"no gzip", extra="Content-Encoding: gzip\r\n"), "broke off"),
    "html": (http(b"<html>busy</html>"), "no JSON"),
    "no content": (b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", "no JSON"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_broken_answer_is_asked_for_again_three_times_at_most(case, no_waiting):
    data, says = BAD[case]
    with server(lambda n: data if n < 2 else WHOLE) as (url, asked):
        assert ask(url).text == PROMPT
        assert len(asked) == 3
    with server(lambda n: data) as (url, asked):
        with pytest.raises(ChatError, match=says) as error:
            ask(url)
        assert len(asked) == 3
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_no_redirect_is_followed(status):
    with server(lambda n: WHOLE) as (elsewhere, taken):
        with server(lambda n: http(b"", status, f"Location: {elsewhere}\r\n")) as (url, asked):
            with pytest.raises(ChatError, match=f"{status[:3]}.*moved to"):
                ask(url)
            assert len(asked) == 1
        assert not taken


def test_bombs_and_endless_answers_stop_at_the_limit(monkeypatch, no_waiting):
    monkeypatch.setattr(endpoint, "MAX_BODY_BYTES", 1 << 20)
    bomb = http(gzip.compress(b" " * (64 << 20)), extra="Content-Encoding: gzip\r\n")
    endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + (b"8000\r\n" + b" " * 0x8000 + b"\r\n") * 200
    for data in (bomb, endless):
        with server(lambda n, data=data: data) as (url, _), pytest.raises(ChatError, match="more than 1,048,576 bytes"):
            ask(url)


def test_one_answer_has_a_time_limit(monkeypatch, no_waiting):
    monkeypatch.setattr(endpoint, "TIMEOUT_SECONDS", 0.0)
    with server(lambda n: WHOLE) as (url, _):
        engine = Endpoint(url, "m", max_retries=0)
        engine._client = engine._client.with_options(timeout=60)
        with pytest.raises(ChatError, match="took more than 0 seconds"):
            next(engine.answers([ChatRequest.user("a")]))


@pytest.mark.parametrize("listed", [b"null", b"[]", b'{"data": null}', b'{"data": [5]}', b'{"data": []}', b"<html>"])
def test_a_list_of_models_that_is_none_is_told(listed):
    with server(lambda n: http(listed)) as (url, _), pytest.raises(ChatError, match="--chat-model"):
        Endpoint(url, max_retries=0)
