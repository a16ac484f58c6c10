"""Chat models behind one interface: an endpoint (endpoint.py), or local transformers. Every answer is cached.

Reads requests; writes one small file an answer into a cache folder as soon as it is there, so that a killed run asks
nothing twice. `svta describe --chat URL|MODEL` and `svta annotate --chat URL|MODEL` come through here.

    chat = open_chat("http://127.0.0.1:8000/v1", cache="descriptions.chat")
    for request, answer in chat.ask([ChatRequest.user("Name one colour.")]): ...
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from svta.builder.errors import SvtaError
from svta.builder.io.files import atomic_write
from svta.builder.io.json_text import read_json_object
from svta.generation.remote.http_limits import MAX_BODY_BYTES

from .local_model import LocalModel
from .messages import ChatAnswer, ChatEngine, ChatError, ChatRequest, Usage

MEMORY: Final = "endpoint.json"  # what was learnt about endpoints, beside their answers
_ANSWER: Final = TypeAdapter(ChatAnswer)


@dataclass
class Chat:
    """An engine behind a cache of answers on disk."""

    engine: ChatEngine
    cache: Path
    usage: Usage = field(default_factory=Usage)

    def __post_init__(self) -> None:
        self.usage.model = self.model

    @property
    def model(self) -> str:
        """The model's name, as it goes into every clip's provenance."""
        return self.engine.model

    def ask(
        self, requests: Sequence[ChatRequest], *, on_answer: Callable[[], object] = lambda: None
    ) -> list[ChatAnswer]:
        """Answers in the order of the requests; those in the cache are not sent again. Raises ChatError."""
        answers: dict[int, ChatAnswer] = {}
        missing: list[int] = []
        for index, request in enumerate(requests):
            if (known := self._read(request)) is not None:
                answers[index] = known
                self.usage.cached += 1
                on_answer()
            else:
                missing.append(index)
        for index, answer in self.engine.answers([requests[i] for i in missing]):
            self._write(requests[missing[index]], answer)
            answers[missing[index]] = answer
            self.usage.asked += 1
            self.usage.prompt_tokens += answer.prompt_tokens
            self.usage.completion_tokens += answer.completion_tokens
            on_answer()
        return [answers[index] for index in range(len(requests))]

    def _path(self, request: ChatRequest) -> Path:
        digest = request.digest(self.model + self.engine.variant)
        return self.cache / digest[:2] / f"{digest}.json"

    def _read(self, request: ChatRequest) -> ChatAnswer | None:
        try:
            stored = read_json_object(self._path(request), MAX_BODY_BYTES)
            return replace(_ANSWER.validate_python(stored.get("answer")), cached=True)
        except (FileNotFoundError, SvtaError, ValidationError):
            return None  # not in the cache, or a file that is not an answer: sent again

    def _write(self, request: ChatRequest, answer: ChatAnswer) -> None:
        stored = {"model": self.model, "request": request.to_dict(), "answer": asdict(answer)}
        with atomic_write(self._path(request)) as file:
            file.write(json.dumps(stored, ensure_ascii=False, indent=1).encode("utf-8", "replace"))


def open_chat(
    place: str,
    *,
    cache: str | Path,
    model: str | None = None,
    concurrency: int = 8,
    batch_size: int = 8,
    fields: Sequence[str] = (),
    images: bool = False,
) -> Chat:
    """A chat model by its URL (OpenAI-compatible, up to /v1) or its folder or Hub id (transformers).

    images: a model on this machine that sees images; an endpoint says so itself. `fields` are NAME=VALUE that every
    request to an endpoint carries; see dialect.parse_fields. Raises ChatError.
    """
    if place.startswith(("http://", "https://")):
        from .endpoint import Endpoint

        memory = Path(cache) / MEMORY
        return Chat(Endpoint(place, model, concurrency=concurrency, fields=fields, memory=memory), Path(cache))
    if re.match(r"(localhost|[\w.-]+):\d+(/|$)|[\w.-]+/v1/?$", place) and not Path(place).exists():
        raise ChatError(f"--chat {place}: the URL of an endpoint begins with http:// or https://; try http://{place}")
    if fields:
        raise ChatError(f"--chat-field {fields[0][:60]}: for the URL of an endpoint, not for {place}")
    if images:
        from .local_vision import LocalVisionModel

        return Chat(LocalVisionModel(place), Path(cache))
    return Chat(LocalModel(place, batch_size=batch_size), Path(cache))
