"""dialect.py: servers that take other fields than OpenAI once did, in their own words; each is learnt from once."""

from __future__ import annotations

import json

import pytest
from chat_server import picky_server

from svta.generation.chat.client import open_chat
from svta.generation.chat.dialect import Dialect, context_left, parse_fields
from svta.generation.chat.messages import ChatError, ChatRequest
from svta.generation.remote.error_replies import read_error

pytest.importorskip("openai")

SENT = {"messages": [], "max_tokens": 4_096, "seed": 0, "temperature": 0.9, "top_p": 0.95}


def openai(message, **more):
    return {"error": {"message": message, "type": "invalid_request_error", **more}}


def mistral(field):
    detail = [{"type": "extra_forbidden", "loc": ["body", field], "msg": "Extra inputs are not permitted", "input": 0}]
    return {"object": "error", "message": {"detail": detail}, "type": "invalid_request_error", "code": None}


LESSONS = {
    "openai tokens": (
        openai("Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.",
               param="max_tokens", code="unsupported_parameter"),
        {"tokens": "max_completion_tokens"},
    ),
    "openai temperature": (
        openai("Unsupported value: 'temperature' does not support 0.9 with this model. Only the default (1) value is "
               "supported.", param="temperature", code="unsupported_value"),
        {"without": ("temperature",)},
    ),
    "bedrock both": (
        {"message": "`temperature` and `top_p` cannot both be specified for this model."}, {"without": ("top_p",)},
    ),
    "mistral seed": (mistral("seed"), {"seed": "random_seed"}),
    "fastapi": ({"detail": [{"loc": ["body", "top_p"], "msg": "extra fields not permitted"}]}, {"without": ("top_p",)}),
    "vllm string": (
        {"object": "error", "message": "[{'type': 'extra_forbidden', 'loc': ('body', 'seed'), 'msg': 'Extra inputs'}]",
         "code": 400},
        {"seed": "random_seed"},
    ),
    "unnamed": (
        {"error": "Additional properties are not allowed"}, {"seed": "", "without": ("temperature", "top_p")},
    ),
    "openai answer limit": (
        openai("max_tokens is too large: 4096. This model supports at most 2048 completion tokens."),
        {"answer_tokens": 2_048},
    ),
    "deepseek": (
        openai("Invalid max_tokens value, the valid range of max_tokens is [1, 1024]"), {"answer_tokens": 1_024},
    ),
    "gemma": ({"object": "error", "message": "System role not supported", "code": 400}, {"system": False}),
    "google": (
        [{"error": {"code": 400, "message": 'Unknown name "seed": Cannot find field.'}}], {"seed": "random_seed"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LESSONS)
def test_a_refusal_teaches_what_it_names(case):
    body, changes = LESSONS[case]
    learnt = Dialect().learn(SENT, read_error(400, json.dumps(body).encode()))
    assert learnt == Dialect(**changes)


@pytest.mark.parametrize("message", ["The model `m` does not exist", "Invalid image", "", "prompt must be a string"])
def test_an_error_about_something_else_teaches_nothing(message):
    assert Dialect().learn(SENT, read_error(400, json.dumps(openai(message)).encode())) is None


def test_each_name_is_tried_once_and_then_left_out():
    refused = read_error(400, json.dumps(openai("bad value for max_tokens, max_completion_tokens")).encode())
    dialect = Dialect()
    for name in ("max_completion_tokens", ""):
        dialect = dialect.learn({dialect.tokens: 9}, refused)
        assert dialect.tokens == name
    assert dialect.learn({}, refused) is None


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (openai("This model's maximum context length is 2048 tokens. However, you requested 2748 tokens "
                "(700 in the messages, 2048 in the completion)."), (2_048, 1_332)),
        (openai("'max_tokens' or 'max_completion_tokens' is too large: 4096. This model's maximum context length is "
                "4096 tokens and your request has 500 input tokens (4096 > 4096 - 500)."), (4_096, 3_580)),
        (openai("You passed 701 input tokens and requested 4096 output tokens. However, the model's context length is "
                "only 2048 tokens."), (2_048, 1_331)),
        ({"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 3000 `inputs` "
                   "tokens and 4096 `max_new_tokens`", "error_type": "validation"}, (4_096, 1_080)),
        ({"error": {"code": 400, "message": "the request exceeds the available context size", "n_prompt_tokens": 500,
                    "type": "exceed_context_size_error", "n_ctx": 512}}, (512, -4)),
        ({"message": "context window exceeded"}, (0, 2_048)),
    ],
)  # fmt: skip
def test_a_context_too_small_leaves_what_the_server_counts(body, left):
    error = read_error(400, json.dumps(body).encode())
    assert context_left(error, ChatRequest.user("a" * 30), 4_096) == left


def test_what_was_learnt_is_kept_beside_the_answers_and_not_asked_for_again(tmp_path):
    """A server of four peculiarities: five requests for the first question, one for each after it, in any process."""
    refuses = {
        "max_tokens": (400, openai("'max_tokens' is not supported with this model")),
        "temperature": (400, openai("'temperature' does not support 0.9")),
        "seed": (422, mistral("seed")),
        "random_seed": (422, mistral("random_seed")),
    }
    with picky_server(refuses) as (url, asked):
        first = open_chat(url, cache=tmp_path, model="m")
        assert first.ask([ChatRequest.user("one")])[0].text == "fine"
        assert len(asked) == 5
        assert set(asked[-1]) == {"model", "messages", "max_completion_tokens", "top_p"}
        again = open_chat(url, cache=tmp_path, model="m")
        again.ask([ChatRequest.user("one"), ChatRequest.user("two")])
        assert (again.usage.cached, again.usage.asked, len(asked)) == (1, 1, 6)
        (tmp_path / "endpoint.json").write_text("{half")
        open_chat(url, cache=tmp_path, model="m").ask([ChatRequest.user("three")])
        assert len(asked) == 11


STREAM_ONLY = (
    "Stream must be set to true",
    "This model only support stream mode, please enable the stream parameter to access the model.",
)


@pytest.mark.parametrize("words", STREAM_ONLY)
def test_a_server_that_only_streams_is_asked_for_a_stream(words, tmp_path):
    """Of a model that thinks: first its thoughts, then the answer, an empty chunk, and the usage without choices."""
    deltas = (
        {"role": "assistant", "content": None, "reasoning_content": "Hm"},
        {"content": "fi"},
        {"content": "ne"},
        {},
    )
    chunks = [{"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    chunks[-1]["choices"][0]["finish_reason"] = "length"
    body = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in (*chunks, {"choices": [], "usage": {}}))

    def answer(asked):
        return (200, f"{body}data: [DONE]\n\n".encode()) if asked.get("stream") else (400, openai(words))

    with picky_server({}, answer) as (url, asked):
        for text in ("one", "two"):
            (found,) = open_chat(url, cache=tmp_path, model="m").ask([ChatRequest.user(text)])
            assert (found.text, found.finished, found.problem) == ("fine", False, "")
        assert [body.get("stream") for body in asked] == [None, True, True]


def test_thinking_is_turned_off_where_a_server_wants_that(tmp_path):
    def answer(asked):
        fine = {"choices": [{"message": {"content": "fine"}}]}
        words = "parameter.enable_thinking must be set to false for non-streaming calls"
        return fine if asked.get("enable_thinking") is False else (400, openai(words))

    with picky_server({}, answer) as (url, asked):
        assert open_chat(url, cache=tmp_path, model="m").ask([ChatRequest.user("one")])[0].text == "fine"
        assert len(asked) == 2
    with picky_server({}, lambda asked: (400, openai("stream must be set to true"))) as (url, asked):
        with pytest.raises(ChatError, match="stream must be set to true"):
            open_chat(url, cache=tmp_path, model="n").ask([ChatRequest.user("one")])
        assert len(asked) == 2


def test_many_questions_at_once_learn_the_same_lesson(tmp_path):
    with picky_server({"seed": (422, mistral("seed"))}) as (url, asked):
        chat = open_chat(url, cache=tmp_path, model="m", concurrency=8)
        assert {answer.text for answer in chat.ask([ChatRequest.user(str(n)) for n in range(40)])} == {"fine"}
        assert len(asked) <= 40 + 8
        assert sum("random_seed" in body for body in asked) == 40  # each of the first 8 may have been refused once


def test_the_users_fields_are_sent_and_part_of_the_caches_names(tmp_path):
    with picky_server({}) as (url, asked):
        for fields in (("reasoning_effort=low", "top_p=null", "max_tokens=9000"), ()):
            open_chat(url, cache=tmp_path, model="m", fields=fields).ask([ChatRequest.user("one", max_tokens=50)])
        own, plain = asked
        assert (own["reasoning_effort"], own["max_tokens"], "top_p" in own) == ("low", 9_000, False)
        assert (plain["max_tokens"], plain["top_p"], "reasoning_effort" in plain) == (50, 0.95, False)


def test_fields_are_json_or_text():
    given = parse_fields(['extra={"enable_thinking": false}', "effort=low", "seed=null", "n_probs=3"])
    assert given == {"extra": {"enable_thinking": False}, "effort": "low", "seed": None, "n_probs": 3}
    for wrong in ("low", "=3", "model=x", "a b=c"):
        with pytest.raises(ChatError, match="--chat-field"):
            parse_fields([wrong])
    with pytest.raises(ChatError, match="for the URL of an endpoint"):
        open_chat("some/model", cache="unused", fields=["a=1"])
