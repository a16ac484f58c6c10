"""A loopback chat server that misbehaves on command, and a tiny chat model with random weights, for the tests."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Reply = tuple[int, str]  # status, and the answer's text (or, past 200, the error's)


class ChatServer:
    """Answers /v1/chat/completions by `reply(user message, how often it was asked before)`; counts what it is asked."""

    def __init__(self, reply: Callable[[str, int], Reply], models: tuple[str, ...] = ("test-model",)):
        self.reply, self.models = reply, models
        self.asked: list[str] = []
        self.answered: list[str] = []
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_GET(self):
                self._send(200, {"object": "list", "data": [{"id": name, "object": "model"} for name in outer.models]})

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                message = body["messages"][-1]["content"]
                with outer.lock:
                    before = outer.asked.count(message)
                    outer.asked.append(message)
                    outer.at_once += 1
                    outer.most_at_once = max(outer.most_at_once, outer.at_once)
                try:
                    status, text = outer.reply(message, before)
                finally:
                    with outer.lock:
                        outer.at_once -= 1
                if status == 200:
                    with outer.lock:
                        outer.answered.append(message)
                    cut = text.endswith("<cut>")
                    choice = {
                        "index": 0,
                        "finish_reason": "length" if cut else "stop",
                        "message": {"role": "assistant", "content": text.removesuffix("<cut>")},
                    }
                    usage = {"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30}
                    self._send(
                        200,
                        {
                            "id": "x",
                            "object": "chat.completion",
                            "created": 0,
                            "model": body["model"],
                            "choices": [choice],
                            "usage": usage,
                        },
                    )
                else:
                    self._send(status, {"error": {"message": text}})

            def _send(self, status, value):
                data = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                if status == 429:
                    self.send_header("Retry-After", "0.01")
                self.end_headers()
                self.wfile.write(data)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.server.shutdown()
        self.server.server_close()


def http(data: bytes, status: str = "200 OK", extra: str = "") -> bytes:
    """A whole HTTP answer as it goes over the wire."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n{extra}"
    return head.encode() + b"Connection: close\r\n\r\n" + data


def _request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data and (more := connection.recv(1 << 20)):
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length and (more := connection.recv(1 << 20)):
        data, body = data + more, body + more
    return data


@contextmanager
def raw_server(reply: Callable[[int], bytes | Iterable[bytes]]) -> Iterator[tuple[str, list[bytes]]]:
    """(URL, requests) of a socket that answers its n-th request with the bytes, or piece by piece, of reply(n)."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def loop():
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    asked.append(_request(connection))
                    answer = reply(len(asked) - 1)
                    try:
                        for piece in (answer,) if isinstance(answer, bytes) else answer:
                            connection.sendall(piece)
                    except OSError:
                        continue

        threading.Thread(target=loop, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1", asked
        listening.shutdown(socket.SHUT_RDWR)


@contextmanager
def picky_server(
    refuses: Mapping[str, tuple[int, object]], answer: Callable[[dict], object] | None = None
) -> Iterator[tuple[str, list[dict]]]:
    """(URL, bodies of all requests) of a server that refuses a field it is sent with (status, error), the first named.

    Any other request gets `answer(body)`: a completion, or (status, error); by default the one word "fine".
    """
    asked: list[dict] = []

    def fine(body):
        return {"choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "fine"}}]}

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args):
            pass

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append(body)
            refused = next((reply for name, reply in refuses.items() if name in body), None)
            reply = refused or (answer or fine)(body)
            status, value = reply if isinstance(reply, tuple) else (200, reply)
            data = value if isinstance(value, bytes) else json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", asked
    finally:
        server.shutdown()
        server.server_close()


def save_tiny_chat_model(folder: Path) -> Path:
    """A Llama of two layers with random weights, a word-level tokenizer and a chat template; says words at random."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = [
        "<unk>",
        "<s>",
        "</s>",
        "user",
        "assistant",
        "system",
        *["a", "man", "falls", "dog", "runs", "car", "hits", "tree", "on", "the", "street"],
    ]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(dict.fromkeys(words))}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>")
    turns = "{% for m in messages %}{{ m.role }} {{ m.content }} {% endfor %}"
    fast.chat_template = turns + "{% if add_generation_prompt %}assistant {% endif %}"
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(fast),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=2048,
        bos_token_id=1,
        eos_token_id=2,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def add_foreign_code(folder: Path, mark: Path) -> Path:
    """Give a model folder Python files of its own, which write `mark` when somebody runs them."""
    config = json.loads((folder / "config.json").read_text())
    classes = {"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Model", "AutoModel": "own.Model"}
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "own", "auto_map": classes}))
    (folder / "own.py").write_text(
        f"open({str(mark)!r}, 'w')\nfrom transformers import PretrainedConfig, LlamaForCausalLM\n"
        "class Config(PretrainedConfig): model_type = 'own'\nclass Model(LlamaForCausalLM): pass\n"
    )
    return folder
