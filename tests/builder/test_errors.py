"""Messages: one line, without secrets."""

from __future__ import annotations

import pytest

from svta.builder.errors import first_line, quantity, redact


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


def test_a_number_goes_with_its_noun_and_verb():
    assert [quantity(number, "clip") for number in (0, 1, 2, 2_000)] == ["0 clips", "1 clip", "2 clips", "2,000 clips"]
    assert [quantity(number, "row", "holds") for number in (0, 1, 2)] == ["0 rows hold", "1 row holds", "2 rows hold"]
    assert [quantity(1, "clip", verb) for verb in ("is", "was", "has")] == ["1 clip is", "1 clip was", "1 clip has"]
    assert [quantity(2, "clip", verb) for verb in ("is", "was", "has")] == [
        "2 clips are",
        "2 clips were",
        "2 clips have",
    ]
