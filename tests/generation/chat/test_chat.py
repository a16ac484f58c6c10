"""chat.py: a misbehaving loopback server, a cache that loses no answer, and a local model with random weights."""

from __future__ import annotations

import io
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from chat_server import ChatServer, add_foreign_code, save_tiny_chat_model

from svta.builder.errors import SvtaError
from svta.generation.annotation.text_vectors import VectorError, encode
from svta.generation.chat.client import Chat, open_chat
from svta.generation.chat.endpoint import Endpoint
from svta.generation.chat.local_model import LocalModel
from svta.generation.chat.messages import ChatError, ChatRequest, estimate

openai = pytest.importorskip("openai")


def requests(*texts):
    return [ChatRequest.user(text) for text in texts]


def test_answers_come_in_order_and_are_counted(tmp_path):
    def reply(message, before):
        time.sleep(0.05 if message == "a" else 0)
        return 200, message.upper()

    with ChatServer(reply) as server:
        chat = open_chat(server.url, cache=tmp_path)
        assert chat.model == "test-model"
        answers = chat.ask(requests("a", "b", "c"))
        assert [a.text for a in answers] == ["A", "B", "C"]
        assert (chat.usage.asked, chat.usage.prompt_tokens, chat.usage.completion_tokens) == (3, 30, 60)
        assert chat.usage.price(1.0, 2.0) == pytest.approx(150e-6)


def test_no_answered_request_is_asked_again(tmp_path):
    with ChatServer(lambda message, before: (200, f"{message} {before}")) as server:
        first = open_chat(server.url, cache=tmp_path).ask(requests("a", "b"))
        again = open_chat(server.url, cache=tmp_path)
        assert [a.text for a in again.ask(requests("b", "a"))] == [first[1].text, first[0].text]
        assert sorted(server.asked) == ["a", "b"]
        assert (again.usage.cached, again.usage.asked) == (2, 0)
        again.ask(
            [ChatRequest.user("a", attempt=1), ChatRequest.user("a", seed=1), ChatRequest.user("a", temperature=0)]
        )
        assert again.usage.asked == 3


@pytest.mark.slow
def test_too_many_and_broken_servers_are_asked_again(tmp_path):
    codes = {0: 429, 1: 500, 2: 503}
    with ChatServer(lambda message, before: (codes.get(before, 200), "fine")) as server:
        chat = Chat(Endpoint(server.url), tmp_path)
        assert chat.ask(requests("a"))[0].text == "fine"
        assert len(server.asked) == 4


def test_what_no_retry_mends_is_one_line_and_keeps_what_was_answered(tmp_path):
    with ChatServer(lambda message, before: (400, "bad request") if message == "c" else (200, message)) as server:
        chat = open_chat(server.url, cache=tmp_path, concurrency=1)
        with pytest.raises(ChatError, match="bad request") as error:
            chat.ask(requests("a", "b", "c", "d"))
        assert "\n" not in str(error.value)
        assert sorted(server.answered) == ["a", "b"]
        again = open_chat(server.url, cache=tmp_path, concurrency=1)
        again.ask(requests("a", "b"))
        assert again.usage.cached == 2


def test_a_server_that_is_down_or_serves_many_models_is_told(tmp_path):
    with pytest.raises(ChatError, match="is the server up"):
        Endpoint("http://127.0.0.1:9/v1", max_retries=0)
    with ChatServer(lambda m, b: (200, m), models=("a", "b")) as server:
        with pytest.raises(ChatError, match="serves a, b; name one with --chat-model"):
            open_chat(server.url, cache=tmp_path)
        assert open_chat(server.url, cache=tmp_path, model="b").model == "b"


def test_concurrency_is_bounded(tmp_path):
    def reply(message, before):
        time.sleep(0.02)
        return 200, message

    with ChatServer(reply) as server:
        open_chat(server.url, cache=tmp_path, concurrency=3).ask(requests(*map(str, range(20))))
        assert 2 <= server.most_at_once <= 3


def test_a_damaged_cache_file_is_asked_again(tmp_path):
    with ChatServer(lambda message, before: (200, "fine")) as server:
        open_chat(server.url, cache=tmp_path).ask(requests("a"))
        (path,) = tmp_path.rglob("*.json")
        path.write_text("{half")
        assert open_chat(server.url, cache=tmp_path).ask(requests("a"))[0].text == "fine"
        assert len(server.asked) == 2


def test_an_answer_cut_by_length_says_so(tmp_path):
    with ChatServer(lambda message, before: (200, "1. A man<cut>")) as server:
        answer = open_chat(server.url, cache=tmp_path).ask(requests("a"))[0]
        assert (answer.text, answer.finished) == ("1. A man", False)


def test_costs_are_named_before_anything_is_asked():
    usage = estimate(requests("a" * 400, "b" * 400), completion_tokens=100)
    assert (usage.asked, usage.prompt_tokens, usage.completion_tokens) == (2, 200, 200)


def test_a_local_model_runs_the_same_path(tmp_path):
    pytest.importorskip("transformers")
    folder = save_tiny_chat_model(tmp_path / "tiny")
    chat = open_chat(str(folder), cache=tmp_path / "cache", batch_size=2)
    asked = [ChatRequest.user(f"a man {i} falls", max_tokens=12) for i in range(3)]
    answers = chat.ask(asked)
    assert all(answer.text for answer in answers)
    assert all(0 < answer.completion_tokens <= 12 for answer in answers)
    again = open_chat(str(folder), cache=tmp_path / "cache")
    assert [a.text for a in again.ask(asked)] == [a.text for a in answers]
    assert again.usage.asked == 0
    fresh = open_chat(str(folder), cache=tmp_path / "other", batch_size=2)
    assert [a.text for a in fresh.ask(asked)] == [a.text for a in answers]
    with pytest.raises(SvtaError, match="no language model there"):
        LocalModel(str(tmp_path / "cache"))


@pytest.mark.parametrize("place", ["127.0.0.1:8768/v1", "localhost:8000", "models.example.org/v1"])
def test_an_address_without_http_is_told_so(place, tmp_path):
    with pytest.raises(SvtaError, match=f"begins with http:// or https://; try http://{place}"):
        open_chat(place, cache=tmp_path)


def test_the_code_of_a_model_folder_never_runs_and_nothing_is_read_from_stdin(tmp_path, monkeypatch, capfd):
    pytest.importorskip("torch")
    folder, mark = save_tiny_chat_model(tmp_path / "tiny"), tmp_path / "ran"
    add_foreign_code(folder, mark)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n" * 9))
    with pytest.raises(ChatError, match="Python code of its own") as error:
        LocalModel(str(folder))
    with pytest.raises(VectorError, match="Python code of its own"):
        encode(["a man falls"], str(folder))
    assert not mark.exists()
    assert "\n" not in str(error.value)
    assert sys.stdin.read() == "y\n" * 9
    assert "y/N" not in capfd.readouterr().out


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.json", "[]"),
        ("config.json", '{"model_type": "llama", "hidden_size": "wide"}'),
        ("config.json", '{"model_type": "llama", "vocab_size": -5}'),
        ("config.json", "[" * 100_000),
        ("tokenizer.json", "{}"),
        ("tokenizer_config.json", "3"),
        ("model.safetensors", "x" * 100),
    ],
)
def test_a_damaged_model_folder_is_one_line(tmp_path, name, text):
    pytest.importorskip("torch")
    folder = save_tiny_chat_model(tmp_path / "tiny")
    (folder / name).write_text(text)
    for load, kind in ((LocalModel, ChatError), (lambda model: encode(["a man"], model), VectorError)):
        with pytest.raises(kind, match="there: ") as error:
            load(str(folder))
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "stored",
    [b"", b"[" * 100_000, b"[]", b'{"answer": {"text": 5}}', b'{"answer": {"text": "x", "prompt_tokens": "many"}}',
     b'{"answer": {"text": "x", "finished": "perhaps"}}', b'{"answer": [1]}', b"\xff"],
    ids=lambda data: repr(data[:40]),
)  # fmt: skip
def test_a_file_of_the_cache_that_is_no_answer_is_asked_again(tmp_path, stored):
    with ChatServer(lambda message, before: (200, "fine")) as server:
        chat = open_chat(server.url, cache=tmp_path)
        chat.ask(requests("a"))
        (file,) = tmp_path.rglob("*.json")
        file.write_bytes(stored)
        again = open_chat(server.url, cache=tmp_path)
        assert again.ask(requests("a"))[0].text == "fine"
        assert (again.usage.asked, again.usage.cached) == (1, 0)


def test_a_refusal_beside_the_content_is_read(tmp_path):
    class Message(BaseHTTPRequestHandler):
        def log_message(self, *args):
            pass

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            message = {"role": "assistant", "content": None, "refusal": "I'm sorry, I can't help with that."}
            choices = [{"index": 0, "finish_reason": "stop", "message": message}]
            answer = {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": choices}
            data = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = HTTPServer(("127.0.0.1", 0), Message)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        chat = open_chat(f"http://127.0.0.1:{server.server_port}/v1", cache=tmp_path, model="m")
        answer = chat.ask(requests("a"))[0]
    finally:
        server.shutdown()
        server.server_close()
    assert (answer.text, answer.problem) == ("", "content_filter")
    assert answer.detail == "I'm sorry, I can't help with that."
    assert (answer.prompt_tokens, answer.completion_tokens) == (0, 0)
