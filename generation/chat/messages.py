"""ChatRequest, ChatAnswer, Usage: what goes to a chat model and comes back."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from svta.builder.errors import SvtaError
from svta.builder.io.json_text import JsonObject

# why a question has no answer to use, as reports name it
CONTENT_FILTER: Final = "content_filter"  # the server, or the model itself, refused the question or cut the answer
CONTEXT_TOO_SMALL: Final = "context_too_small"  # the question leaves no room for an answer
THINKING: Final = "thinking"  # a reasoning model used all tokens of its answer up before it began to answer
CHARS_A_TOKEN: Final = 4.0  # of English prose; only for costs shown before a request is sent
IMAGE_TOKENS: Final = 256  # of an image of some 400 x 300 pixels; models count 100 to 800


class ChatError(SvtaError):
    """A chat model that cannot be reached, does not exist, or answers with an error that no retry fixes."""


@dataclass(frozen=True)
class ChatRequest:
    """One question. `messages` are (role, content) pairs; `attempt` tells a repeated question from the first.

    images: data: URLs that are before the words of the last message, in order.
    """

    messages: tuple[tuple[str, str], ...]
    max_tokens: int = 4_096
    temperature: float = 0.9
    top_p: float = 0.95
    seed: int = 0
    attempt: int = 0
    images: tuple[str, ...] = ()

    @classmethod
    def user(cls, content: str, *, system: str | None = None, **settings: Any) -> ChatRequest:
        """One user message, under a system message if given."""
        start = (("system", system),) if system else ()
        return cls(messages=(*start, ("user", content)), **settings)

    def as_messages(self) -> list[JsonObject]:
        """As chat templates and endpoints take them: a content is text, or parts where there are images."""
        messages: list[JsonObject] = [{"role": role, "content": content} for role, content in self.messages]
        if self.images:
            parts: list[JsonObject] = [{"type": "image_url", "image_url": {"url": url}} for url in self.images]
            messages[-1]["content"] = [*parts, {"type": "text", "text": messages[-1]["content"]}]
        return messages

    @property
    def num_chars(self) -> int:
        """Characters of the question; an image counts as those of IMAGE_TOKENS."""
        return sum(len(content) for _, content in self.messages) + round(
            len(self.images) * IMAGE_TOKENS * CHARS_A_TOKEN
        )

    def to_dict(self) -> dict[str, object]:
        """The request as it is kept: images are hashes, and no field where there are none."""
        fields = {name: value for name, value in asdict(self).items() if name != "images"}
        hashes = [hashlib.sha256(url.encode()).hexdigest() for url in self.images]
        return {**fields, "images": hashes} if hashes else fields

    def digest(self, model: str) -> str:
        """The cache's name for the answer: a hash of the model and the whole request."""
        text = json.dumps([model, self.to_dict()], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class ChatAnswer:
    """What came back. `finished` is False if the server cut it by length; tokens as the server counts them.

    problem: CONTENT_FILTER, CONTEXT_TOO_SMALL, THINKING or "", `detail` in the server's words. room: tokens that the
    server left for the answer where they were fewer than requested, else 0.
    """

    text: str
    finished: bool = True
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached: bool = False
    problem: str = ""
    detail: str = ""
    room: int = 0


@dataclass
class Usage:
    """Questions and tokens of a run so far; prices in a currency of yours per million tokens."""

    model: str = ""
    asked: int = 0
    cached: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def price(self, prompt_price: float, completion_price: float) -> float:
        """Cost of the tokens paid in this run: cached answers are free."""
        return (self.prompt_tokens * prompt_price + self.completion_tokens * completion_price) / 1e6


class ChatEngine(ABC):
    """One model, behind an endpoint or on this machine; what client.py caches the answers of."""

    model: str
    variant: str = ""  # what else decides its answers, where it is not as usual: part of the cache's names

    @abstractmethod
    def answers(self, requests: Sequence[ChatRequest]) -> Iterator[tuple[int, ChatAnswer]]:
        """(index of the request, answer) for every request, in any order. Raises ChatError."""


def estimate(requests: Sequence[ChatRequest], completion_tokens: int) -> Usage:
    """Tokens that these requests would cost, by rule of thumb, before any is sent."""
    chars = sum(request.num_chars for request in requests)
    return Usage(
        asked=len(requests),
        prompt_tokens=round(chars / CHARS_A_TOKEN),
        completion_tokens=completion_tokens * len(requests),
    )
