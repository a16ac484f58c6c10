"""Chat models behind one interface: an endpoint (endpoint.py), or local transformers. Every answer is cached.

Reads requests; writes one small file an answer into a cache folder as soon as it is there, so that a killed run asks
nothing twice. `svta describe --chat URL|MODEL` and `svta annotate --chat URL|MODEL` come through here.

    chat = open_chat("http://127.0.0.1:8000/v1", cache="descriptions.chat")
    for request, answer in chat.ask([ChatRequest.user("Name one colour.")]): ...
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from svta.builder.errors import MissingExtra, SvtaError
from svta.builder.files import atomic_write

CHARS_A_TOKEN: Final = 4.0  # of English prose; only for costs named before anything is asked


class ChatError(SvtaError):
    """A chat model that cannot be reached, does not exist, or answers with an error that no retry mends."""


@dataclass(frozen=True)
class ChatRequest:
    """One question. `messages` are (role, content) pairs; `attempt` tells a repeated question from the first."""

    messages: tuple[tuple[str, str], ...]
    max_tokens: int = 4_096
    temperature: float = 0.9
    top_p: float = 0.95
    seed: int = 0
    attempt: int = 0

    @classmethod
    def user(cls, content: str, *, system: str | None = None, **settings: Any) -> ChatRequest:
        """One user message, under a system message if given."""
        start = (("system", system),) if system else ()
        return cls(messages=(*start, ("user", content)), **settings)

    def as_messages(self) -> list[dict[str, str]]:
        """As chat templates and endpoints take them."""
        return [{"role": role, "content": content} for role, content in self.messages]

    def digest(self, model: str) -> str:
        """What the cache knows the answer by: the model and everything asked."""
        text = json.dumps([model, asdict(self)], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class ChatAnswer:
    """What came back. `finished` is False where the server cut it by length; tokens as the server counts them."""

    text: str
    finished: bool = True
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached: bool = False


@dataclass
class Usage:
    """What was asked so far; prices in a currency of yours per million tokens."""

    asked: int = 0
    cached: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def price(self, prompt_price: float, completion_price: float) -> float:
        """Cost of the tokens paid in this run: cached answers are free."""
        return (self.prompt_tokens * prompt_price + self.completion_tokens * completion_price) / 1e6


class Engine(Protocol):
    """One model. `answers` may come in any order; each names the index of its request."""

    model: str

    def answers(self, requests: Sequence[ChatRequest]) -> Iterator[tuple[int, ChatAnswer]]:
        """An answer for every request."""
        ...


@dataclass
class Chat:
    """An engine behind a cache of answers on disk."""

    engine: Engine
    cache: Path
    usage: Usage = field(default_factory=Usage)

    @property
    def model(self) -> str:
        """The model's name, as it goes into every clip's provenance."""
        return self.engine.model

    def ask(self, requests: Sequence[ChatRequest], *, on_answer: Callable[[], Any] = lambda: None) -> list[ChatAnswer]:
        """Answers in the order of the requests; those in the cache are not asked again. Raises ChatError."""
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
        digest = request.digest(self.model)
        return self.cache / digest[:2] / f"{digest}.json"

    def _read(self, request: ChatRequest) -> ChatAnswer | None:
        try:
            stored = json.loads(self._path(request).read_bytes())
            return ChatAnswer(**{**stored["answer"], "cached": True})
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None  # never asked, or a file that is none of ours: asked again

    def _write(self, request: ChatRequest, answer: ChatAnswer) -> None:
        stored = {"model": self.model, "request": asdict(request), "answer": asdict(answer)}
        with atomic_write(self._path(request)) as file:
            file.write(json.dumps(stored, ensure_ascii=False, indent=1).encode("utf-8", "replace"))


class LocalModel:
    """A causal language model of transformers, from a folder or a Hub id; batched chat templates, padded left."""

    def __init__(self, model: str, *, batch_size: int = 8, device: str | None = None):
        try:
            import torch
            import transformers
        except ImportError:
            raise MissingExtra("transformers", "generate") from None
        self.model = Path(model).name if Path(model).is_dir() else model
        self.batch_size = batch_size
        self._torch = torch
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        try:
            self._tokenizer = transformers.AutoTokenizer.from_pretrained(model, padding_side="left")
            dtype = torch.bfloat16 if self.device == "cuda" else torch.float32
            loaded: Any = transformers.AutoModelForCausalLM.from_pretrained(model, dtype=dtype)
        except (OSError, ValueError) as error:
            raise ChatError(f"--chat {model}: no language model there: {one_line(error)}") from None
        self._model = loaded.to(self.device).eval()
        if self._tokenizer.chat_template is None:
            raise ChatError(f"--chat {model}: its tokenizer has no chat template; take an instruct model")
        if self._tokenizer.pad_token is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token

    def answers(self, requests: Sequence[ChatRequest]) -> Iterator[tuple[int, ChatAnswer]]:
        """Answers batch by batch; sampling is seeded by the first request of a batch."""
        for start in range(0, len(requests), self.batch_size):
            batch = requests[start : start + self.batch_size]
            for offset, answer in enumerate(self._batch(batch)):
                yield start + offset, answer

    def _batch(self, batch: Sequence[ChatRequest]) -> Iterator[ChatAnswer]:
        torch, first = self._torch, batch[0]
        prompts = [
            self._tokenizer.apply_chat_template(r.as_messages(), add_generation_prompt=True, tokenize=False)
            for r in batch
        ]
        inputs = self._tokenizer(prompts, return_tensors="pt", padding=True, add_special_tokens=False).to(self.device)
        torch.manual_seed(first.seed + first.attempt)
        room = getattr(self._model.config, "max_position_embeddings", 1 << 20) - inputs["input_ids"].shape[1]
        if room < 1:
            raise ChatError(f"{self.model}: the prompt of {inputs['input_ids'].shape[1]:,} tokens leaves no room")
        with torch.inference_mode():
            output = self._model.generate(
                **inputs,
                max_new_tokens=min(room, max(request.max_tokens for request in batch)),
                do_sample=first.temperature > 0,
                temperature=first.temperature or None,
                top_p=first.top_p if first.temperature > 0 else None,
                pad_token_id=self._tokenizer.pad_token_id,
            )
        ends = self._model.generation_config.eos_token_id
        ends = set(ends) if isinstance(ends, list) else {ends}
        for prompt, row in zip(inputs["attention_mask"], output[:, inputs["input_ids"].shape[1] :]):
            tokens = row.tolist()
            end = next((i for i, token in enumerate(tokens) if token in ends), None)
            tokens = tokens if end is None else tokens[:end]
            text = self._tokenizer.decode(tokens, skip_special_tokens=True)
            yield ChatAnswer(str(text), end is not None, int(prompt.sum()), len(tokens))


def open_chat(
    place: str, *, cache: str | Path, model: str | None = None, concurrency: int = 8, batch_size: int = 8
) -> Chat:
    """A chat model by its URL (OpenAI-compatible, up to /v1) or its folder or Hub id (transformers)."""
    if place.startswith(("http://", "https://")):
        from .endpoint import Endpoint

        return Chat(Endpoint(place, model, concurrency=concurrency), Path(cache))
    return Chat(LocalModel(place, batch_size=batch_size), Path(cache))


def estimate(requests: Sequence[ChatRequest], completion_tokens: int) -> Usage:
    """Tokens that asking would cost, by rule of thumb, before anything is asked."""
    chars = sum(len(content) for request in requests for _, content in request.messages)
    return Usage(len(requests), 0, round(chars / CHARS_A_TOKEN), completion_tokens * len(requests))


def one_line(error: BaseException) -> str:
    """An error's text on one line of at most 300 characters."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:300]
