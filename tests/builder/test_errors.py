"""Messages: one line, without secrets."""

from __future__ import annotations

import pytest

from svta.builder.errors import first_line, redact


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("denied: Bearer hf_abcdefghijklmnop", "denied: Bearer ***"),
        ("denied: bearer sk-abc.def_ghi", "denied: bearer ***"),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: ***"),
        ("{'authorization': 'Bearer abcdefg', 'x': 1}", "{'authorization': '***', 'x': 1}"),
        ("authorization=abcdefg;x", "authorization=***;x"),
        ("http://user:SECRET@127.0.0.1:9/v1: no answer", "http://***@127.0.0.1:9/v1: no answer"),
        ("https://user:p@ss@host/x and https://a:b@c", "https://***@host/x and https://***@c"),
        ("key hf_abcdefghijklmnop and sk-proj-abcdefgh", "key hf_*** and sk-***"),
        ("hf://datasets/ns/name@main, a@b.c, hf_home", "hf://datasets/ns/name@main, a@b.c, hf_home"),
        ("the Bearer token is missing", "the Bearer token is missing"),
        ("a clip in data/train at 10:20", "a clip in data/train at 10:20"),
        ("no https://h/v1?api_key=abc123&x=1 here", "no https://h/v1?api_key=***&x=1 here"),
        ("https://s3/x?X-Amz-Signature=0f0f&n=2", "https://s3/x?X-Amz-Signature=***&n=2"),
    ],
)  # fmt: skip
def test_secrets_never_stand_in_a_message(monkeypatch, text, shown):
    for name in ("HF_TOKEN", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    assert redact(text) == shown


def test_the_values_of_variables_are_secrets(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "plainword")
    monkeypatch.setenv("OPENAI_API_KEY", "EMPTY")  # what local servers want: no secret
    assert redact("the token plainword is EMPTY") == "the token *** is EMPTY"


def test_the_first_line():
    assert first_line(ValueError("\n no model \nat line 3")) == "no model"
    assert first_line(KeyError()) == "KeyError"
    assert first_line(ValueError("x" * 500), 10) == "x" * 10
    assert first_line("a\nb") == "a"
    assert first_line(" ") == ""
    assert first_line(ValueError("Bearer abcdefgh")) == "Bearer ***"
