"""endpoint.py: bodies that are no answer, answers in odd shapes, servers that redirect, swell, drip or break off."""

from __future__ import annotations

import gzip
import json
import time

import pytest
from chat_server import http, picky_server, raw_server

from svta.generation.chat import endpoint
from svta.generation.chat.client import open_chat
from svta.generation.chat.endpoint import Endpoint
from svta.generation.chat.messages import ChatError, ChatRequest
from svta.generation.chat.replies import read_reply
from svta.generation.remote.http_limits import Malformed

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
        (b"", "not JSON"),
        (b"{half", "not JSON"),
        (b"<html><body>Login</body></html>", "not JSON.*<html>"),
        (b'data: {"id": "x"}\n\ndata: [DONE]\n\n', "without choices"),
        (b'data: {"choices": [{"delta": {"content": "A man"}}]}\n\n', "stream breaks off"),
        (b'data: {"choices": 5}\n\ndata: [5]\n\ndata: {"error": {"message": "overloaded"}}\n\n', "overloaded"),
        (b'{"choices":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "not JSON"),
        (body(completion()).replace(b"park", b"\xff\xfe"), "not UTF-8"),
        (json.dumps(completion()).encode("utf-16"), "not UTF-8"),
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
        (completion(None, message={"refusal": "I'm sorry."}), "", True),
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


@pytest.mark.parametrize(
    ("value", "problem", "detail"),
    [
        (completion(None, message={"refusal": "I can't help."}), "content_filter", "I can't help."),
        (completion("", "content_filter"), "content_filter", "finish_reason content_filter"),
        (completion("1. A man", "content_filter"), "content_filter", "finish_reason content_filter"),
        (completion(None, "length", message={"reasoning_content": "Let me"}), "thinking", "all 20 tokens"),
        (completion("", "stop", message={"reasoning": "Let me"}), "thinking", "all 20 tokens"),
        (completion("<think>Let me see", "length"), "thinking", "all 20 tokens"),
        (completion("<think>Let me see</think>1. A man", "length"), "", ""),
        (completion(message={"reasoning_content": "Let me", "refusal": None}), "", ""),
        (completion("", "length"), "", ""),
    ],
)
def test_why_an_answer_has_no_content_is_said(value, problem, detail):
    answer = read_reply(body(value))
    assert answer.problem == problem
    assert answer.detail.startswith(detail)


ERRORS = {
    "openai": (body({"error": {"message": "no such thing", "type": "a", "param": "x", "code": "b"}}), "no such thing"),
    "vllm": (body({"object": "error", "message": "no such thing", "code": 400}), "no such thing"),
    "fastapi": (body({"detail": [{"loc": ["body", "x"], "msg": "no such thing"}]}), "body.x: no such thing"),
    "fastapi text": (body({"detail": "no such thing"}), "no such thing"),
    "tgi": (body({"error": "no such thing", "error_type": "validation"}), "no such thing"),
    "google": (body([{"error": {"code": 400, "message": "no such thing"}}]), "no such thing"),
    "openrouter": (
        body({"error": {"message": "Provider returned error", "metadata": {"raw": "no such thing"}}}),
        "Provider returned error: no such thing",
    ),
    "text": (b"no such\nthing", "no such thing"),
    "html": (b"<html><h1>no such</h1> thing</html>", "no such thing"),
    "nothing": (b"", "an empty answer"),
    "markup": (b"<" * 60_000, "<"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_an_error_is_shown_in_the_servers_words_whatever_its_shape(case):
    data, words = ERRORS[case]
    with raw_server(lambda n: http(data, "400 Bad Request")) as (url, asked):
        with pytest.raises(ChatError, match=f"HTTP 400: {words}") as error:
            ask(url)
        assert len(asked) == 1
        assert len(str(error.value)) < 600
        assert "\n" not in str(error.value)


FILTERED = {
    "azure": {"error": {
        "message": "The response was filtered due to the prompt", "code": "content_filter", "param": "prompt",
        "innererror": {"code": "ResponsibleAIPolicyViolation"}}},
    "inner": {"error": {"message": "Bad request", "innererror": {"code": "ResponsibleAIPolicyViolation"}}},
    "dall-e": {"error": {"message": "Your request was rejected", "code": "content_policy_violation"}},
    "alibaba": {"error": {"code": "data_inspection_failed", "message": "Input may contain inappropriate content."}},
    "openrouter": {"error": {"code": 403, "message": "m requires moderation. Your input was flagged for violence."}},
}  # fmt: skip


@pytest.mark.parametrize("case", FILTERED)
def test_a_question_refused_by_a_filter_costs_that_question(case, tmp_path):
    status = 403 if case == "openrouter" else 400

    def answer(sent):
        return (status, FILTERED[case]) if sent["messages"][-1]["content"] == "bad" else completion()

    with picky_server({}, answer) as (url, asked):
        chat = open_chat(url, cache=tmp_path, model="m")
        bad, good = chat.ask([ChatRequest.user("bad"), ChatRequest.user("good")])
        assert (bad.text, bad.finished, bad.problem) == ("", False, "content_filter")
        assert FILTERED[case]["error"]["message"].startswith(bad.detail[:20])
        assert good.text == PROMPT
        chat.ask([ChatRequest.user("bad")])
        assert len(asked) == 2


def test_a_small_context_is_asked_for_less(tmp_path):
    """A context of 2,048 of which the question takes 700; then one that leaves no room at all."""

    def answer(sent):
        wanted, used = sent["max_tokens"], 2_030 if sent["messages"][-1]["content"] == "long" else 700
        message = f"maximum context length is 2048 tokens, requested {wanted + used} ({used} in the messages)"
        return completion() if wanted + used <= 2_048 else (400, {"error": {"message": message}})

    with picky_server({}, answer) as (url, asked):
        chat = open_chat(url, cache=tmp_path, model="m")
        assert [(a.text, a.room) for a in chat.ask([ChatRequest.user("a" * 2_800)])] == [(PROMPT, 1_098)]
        assert [sent["max_tokens"] for sent in asked] == [4_096, 1_098]
        chat.ask([ChatRequest.user("b" * 2_800)])
        assert [sent["max_tokens"] for sent in asked[2:]] == [1_098]
        (none,) = chat.ask([ChatRequest.user("long")])
        assert none.problem == "context_too_small"
        assert "context length is 2048" in none.detail


def test_a_server_that_is_down_is_given_up_soon_and_one_that_was_up_is_waited_for():
    with raw_server(lambda n: http(body({"data": [{"id": "m"}]})) if not n else WHOLE) as (url, _):
        was_up = Endpoint(url)
    start = time.monotonic()
    with pytest.raises(ChatError, match=r"refused.*is the server up"):
        next(Endpoint(url, "m").answers([ChatRequest.user("a")]))
    with pytest.raises(ChatError, match=r"refused.*is the server up"):
        Endpoint(url)
    assert time.monotonic() - start < 5
    waits: list[float] = []
    with pytest.MonkeyPatch.context() as patch, pytest.raises(ChatError, match="is the server up"):
        patch.setattr(endpoint.time, "sleep", waits.append)
        next(was_up.answers([ChatRequest.user("a")]))
    assert waits == [0.5, 1, 2, 4, 8, 8]


def test_a_url_without_v1_is_told_and_one_with_the_whole_path_is_cut(no_waiting):
    with raw_server(lambda n: http(body({"detail": "Not Found"}), "404 Not Found")) as (url, _):
        bare = url.removesuffix("/v1")
        for place in (bare, bare + "/"):
            with pytest.raises(ChatError, match=f"Not Found; .* goes up to /v1, e.g. --chat {url}$"):
                ask(place)
            with pytest.raises(ChatError, match="/v1"):
                Endpoint(place)
        with pytest.raises(ChatError, match="HTTP 404: Not Found$"):
            ask(url)
    with raw_server(lambda n: WHOLE) as (url, asked):
        assert ask(url + "/chat/completions").text == PROMPT
        assert asked[0].startswith(b"POST /v1/chat/completions ")


def test_blanks_around_a_key_are_cut_off(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", " sk-loopback-1234\r\n")
    with raw_server(lambda n: WHOLE) as (url, asked):
        assert ask(url).text == PROMPT
    assert b"\r\nauthorization: bearer sk-loopback-1234\r\n" in asked[0].lower()


def test_a_quota_that_is_used_up_is_said_at_once():
    spent = body({"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}})
    with raw_server(lambda n: http(spent, "429 Too Many")) as (url, asked):
        with pytest.raises(ChatError, match="HTTP 429: You exceeded your current quota"):
            next(Endpoint(url, "m").answers([ChatRequest.user("a")]))
        assert len(asked) == 1


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
    "html": (http(b"<html>busy</html>"), "not JSON"),
    "no content": (b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", "not JSON"),
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
    with pytest.raises(ChatError, match="OPENAI_API_KEY contains characters") as error:
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
