"""endpoint.py: bodies that are no answer, answers in odd shapes, servers that redirect, swell, drip or break off."""

from __future__ import annotations

import gzip
import json

import pytest
from chat_server import http, raw_server

from svta.generation.chat import endpoint
from svta.generation.chat.client import open_chat
from svta.generation.chat.endpoint import Endpoint, read_reply
from svta.generation.chat.http_limits import Malformed
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


def ask(url):
    return next(Endpoint(url, "m", max_retries=0).answers([ChatRequest.user("a")]))[1]


@pytest.fixture
def no_waiting(monkeypatch):
    monkeypatch.setattr(endpoint.time, "sleep", lambda seconds: None)


WHOLE = http(body(completion()))
BAD = {
    "cut": (WHOLE[:-20], "broke off"),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nhello", "broke off"),
    "gzip": (http(gzip.compress(b"{}"), extra="Content-Encoding: gzip\r\n"), "compressed as 'gzip'"),
    "html": (http(b"<html>busy</html>"), "no JSON"),
    "no content": (b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", "no JSON"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_broken_answer_is_asked_for_again_three_times_at_most(case, no_waiting):
    data, says = BAD[case]
    with raw_server(lambda n: data if n < 2 else WHOLE) as (url, asked):
        assert ask(url).text == PROMPT
        assert len(asked) == 3
    with raw_server(lambda n: data) as (url, asked):
        with pytest.raises(ChatError, match=says) as error:
            ask(url)
        assert len(asked) == 3
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_no_redirect_is_followed(status):
    with raw_server(lambda n: WHOLE) as (elsewhere, taken):
        with raw_server(lambda n: http(b"", status, f"Location: {elsewhere}\r\n")) as (url, asked):
            with pytest.raises(ChatError, match=f"{status[:3]}.*moved to"):
                ask(url)
            assert len(asked) == 1
        assert not taken


@pytest.mark.parametrize("listed", [b"null", b"[]", b'{"data": null}', b'{"data": [5]}', b'{"data": []}', b"<html>"])
def test_a_list_of_models_that_is_none_is_told(listed):
    with raw_server(lambda n: http(listed)) as (url, _), pytest.raises(ChatError, match="--chat-model"):
        Endpoint(url, max_retries=0)


def test_no_message_and_no_answer_holds_the_key_or_the_password(monkeypatch, no_waiting, tmp_path):
    """A server repeats what it was sent: in an error, as the place it moved to, as its model's name, in an answer."""
    key = "sk-proj-0123456789abcdef"
    monkeypatch.setenv("OPENAI_API_KEY", key)

    def repeats(status, extra=""):
        return lambda n: http(body({"error": {"message": f"Incorrect key: Bearer {key}, {key}"}}), status, extra)

    for status, extra in (("401 No", ""), ("307 Moved", f"Location: http://elsewhere/?key={key}\r\n")):
        with raw_server(repeats(status, extra)) as (url, _), pytest.raises(ChatError, match=status[:3]) as error:
            ask(url)
        assert key not in str(error.value)
    with raw_server(lambda n: http(body(completion(f"A man says {key}.")))) as (url, _):
        with pytest.raises(ChatError, match="repeats the API key") as error:
            open_chat(url, cache=tmp_path, model="m").ask([ChatRequest.user("a")])
        assert key not in str(error.value)
    assert not list(tmp_path.rglob("*.json"))
    with raw_server(lambda n: http(body({"data": [{"id": key}]}))) as (url, _), pytest.raises(ChatError) as error:
        Endpoint(url, max_retries=0)
    assert key not in str(error.value)


def test_the_password_of_a_url_is_used_and_never_shown(no_waiting):
    with raw_server(lambda n: http(b'{"error": "no"}', "403 No")) as (url, asked):
        with pytest.raises(ChatError, match="403") as error:
            ask(url.replace("//", "//someone:s3cret-word@"))
        assert b"Basic c29tZW9uZTpzM2NyZXQtd29yZA==" in asked[0]
    assert "s3cret-word" not in str(error.value)
    with pytest.raises(ChatError, match="is the server up") as error:
        Endpoint("http://someone:s3cret-word@127.0.0.1:9/v1", max_retries=0)
    assert "s3cret-word" not in str(error.value)


@pytest.mark.parametrize("key", ["schl\u00fcssel", "two\nlines", "\udcff"])
def test_a_key_that_no_header_can_carry_is_one_line(monkeypatch, key):
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(ChatError, match="OPENAI_API_KEY holds characters") as error:
        Endpoint("http://127.0.0.1:9/v1", "m")
    assert key not in str(error.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/v1", "http://[::1/v1", "http:///v1", "http://"])
def test_what_is_no_url_is_one_line(url):
    with pytest.raises(ChatError, match="--chat") as error:
        Endpoint(url, max_retries=0)
    assert "\n" not in str(error.value)


def test_a_proxy_that_is_no_url_is_one_line(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "::::")
    monkeypatch.setenv("http_proxy", "::::")
    with pytest.raises(ChatError, match="no HTTP client can be set up"):
        Endpoint("http://127.0.0.1:9/v1", "m")
