"""A chat model behind an OpenAI-compatible endpoint: vLLM, TGI, llama.cpp, a hosted service.

Sends requests, reads answers within the limits of http_limits.py, follows no redirect, and gives what is an answer as
ChatAnswer. `svta describe --chat URL` and `svta annotate --chat URL` come through here. No message repeats a secret.
"""

from __future__ import annotations

import os
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

from svta.builder.errors import MissingExtra, redact
from svta.builder.io.json_text import Json, loose_json
from svta.builder.io.parallel import thread_pool

from .http_limits import HttpLimits, Malformed
from .messages import ChatAnswer, ChatEngine, ChatError, ChatRequest, one_line

MAX_RETRIES: Final = 6  # of the openai client: .5 s doubling to 8 s, Retry-After obeyed, on 408, 409, 429, 5xx
MAX_MALFORMED: Final = 3  # attempts where the answer is none, or breaks off on its way
SHORTEST_SECRET: Final = 6  # a shorter key (none, EMPTY) is a placeholder; any answer may hold these letters
TIMEOUT_SECONDS: Final = 600.0  # of one question with its retries, from the first byte sent to the last received


def read_reply(body: bytes) -> ChatAnswer:
    """The first choice of a chat completion. Raises Malformed.

    Content may be a string, a list of parts (its text parts count) or null; a refusal beside it is read in its place.
    Tool calls and reasoning are no content. Counts that are none are 0; half surrogate pairs become U+FFFD.
    """
    value = _json(body)
    if isinstance(value, dict) and value.get("error"):
        error = value["error"]
        what = error.get("message") if isinstance(error, dict) else error
        raise Malformed(f"answered with an error: {str(what)[:200]}")
    choices = value.get("choices") if isinstance(value, dict) else None
    if not isinstance(choices, list) or not choices:
        raise Malformed("answered without choices; is it a chat endpoint?")
    message = choices[0].get("message") if isinstance(choices[0], dict) else None
    if not isinstance(message, dict):
        raise Malformed("answered a choice without a message; is it a chat endpoint?")
    text = _text(message.get("content")) or _text(message.get("refusal"))
    usage = value.get("usage")
    prompt, completion = (_count(usage.get(name)) if isinstance(usage, dict) else 0 for name in _COUNTS)
    finished = choices[0].get("finish_reason") not in ("length", "content_filter")
    return ChatAnswer(_without_half_pairs(text), finished, prompt, completion)


def read_models(body: bytes) -> list[str]:
    """The names of a list of models. Raises Malformed."""
    value = _json(body)
    models = value.get("data") if isinstance(value, dict) else None
    names = [model.get("id") if isinstance(model, dict) else None for model in models or ()]
    if not isinstance(models, list) or not all(isinstance(name, str) and name for name in names):
        raise Malformed("its list of models is none")
    return [_without_half_pairs(str(name)) for name in names]


def _json(body: bytes) -> Json:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Malformed("answered what is no UTF-8") from None
    value = loose_json(text, Malformed)
    if value is Malformed:
        raise Malformed(f"answered what is no JSON: {' '.join(text[:60].split())!r}")
    return value


def _without_half_pairs(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_COUNTS: Final = ("prompt_tokens", "completion_tokens")


def _text(content: object) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise Malformed(f"answered a content of the type {type(content).__name__}; text is needed")
    parts = (part.get("text") if isinstance(part, dict) else part for part in content)
    texts = (part.get("value") if isinstance(part, dict) else part for part in parts)
    return "".join(text for text in texts if isinstance(text, str))


def _count(value: object) -> int:
    return value if type(value) is int and 0 <= value < 1 << 40 else 0


class RawAnswer(Protocol):
    """An answer of the openai client before it is parsed."""

    @property
    def content(self) -> bytes: ...


class Endpoint(ChatEngine):
    """One model of an endpoint. Bounded concurrency, retries, backoff.

    The key comes from OPENAI_API_KEY; local servers want none. Raises ChatError in one line, without key or password.
    """

    def __init__(self, url: str, model: str | None = None, *, concurrency: int = 8, max_retries: int = MAX_RETRIES):
        try:
            import openai
        except ImportError:
            raise MissingExtra("openai", "generate") from None
        key = os.environ.get("OPENAI_API_KEY") or "none"
        if not (key.isascii() and key.isprintable()):
            raise ChatError("OPENAI_API_KEY holds characters that no HTTP header can carry")
        self.url, self._secrets = _checked(url, key)
        self.concurrency = concurrency
        self._openai = openai
        try:
            self._http = HttpLimits(openai.DefaultHttpxClient, TIMEOUT_SECONDS)
            self._client = openai.OpenAI(
                base_url=url, api_key=key, max_retries=max_retries, timeout=self._http.client.timeout,
                http_client=self._http.client,
            )  # fmt: skip
        except Exception as error:  # only the libraries run above, over an URL and the proxies of the environment
            raise ChatError(f"{self.url}: no HTTP client can be set up: {self._public(one_line(error))}") from None
        self.model = model or self._only_model()

    def answers(self, requests: Sequence[ChatRequest]) -> Iterator[tuple[int, ChatAnswer]]:
        """Answers as they come; the first error no retry mends ends the run, with all earlier answers cached."""
        with thread_pool(self.concurrency) as pool:
            waiting: dict[Future[ChatAnswer], int] = {}
            try:
                for index, request in enumerate(requests):
                    waiting[pool.submit(self._one, request)] = index
                    if len(waiting) >= self.concurrency:
                        yield from self._done(waiting)
                while waiting:
                    yield from self._done(waiting)
            finally:
                for future in waiting:
                    future.cancel()

    @staticmethod
    def _done(waiting: dict[Future[ChatAnswer], int]) -> Iterator[tuple[int, ChatAnswer]]:
        done, _ = wait(waiting, return_when=FIRST_COMPLETED)
        failed: list[BaseException] = []
        for future in done:
            index = waiting.pop(future)
            if (error := future.exception()) is not None:
                failed.append(error)
            else:
                yield index, future.result()
        if failed:
            raise failed[0]

    def _one(self, request: ChatRequest) -> ChatAnswer:
        where, what = f"{self.url} model {self.model}", ""
        for attempt in range(MAX_MALFORMED):
            if attempt:
                time.sleep(0.5 * 2**attempt)
            try:
                return read_reply(self._body(lambda: self._ask(request)))
            except Malformed as error:
                what = self._public(str(error))
            except self._openai.APIStatusError as error:
                moved = error.response.headers.get("location")
                to = f", moved to {self._public(moved)[:120]!r}: name that URL if you trust it" if moved else ""
                raise ChatError(f"{where}: {self._public(one_line(error))}{to}") from None
            except self._openai.OpenAIError as error:
                raise ChatError(f"{where}: {self._public(one_line(error))}") from None
        raise ChatError(f"{where}: {what} ({MAX_MALFORMED} times)")

    def _ask(self, request: ChatRequest) -> RawAnswer:
        return self._client.chat.completions.with_raw_response.create(
            model=self.model,
            messages=request.as_messages(),  # type: ignore[arg-type]
            max_tokens=request.max_tokens,
            temperature=request.temperature,
            top_p=request.top_p,
            seed=request.seed + request.attempt,
        )

    def _body(self, send: Callable[[], RawAnswer]) -> bytes:
        """What `send` receives, within TIMEOUT_SECONDS. Raises Malformed; an error of the client passes."""
        with self._http.exchange(TIMEOUT_SECONDS) as exchange:
            try:
                body: bytes = send().content
            except (self._openai.APIConnectionError, Malformed) as error:
                if exchange.is_over:
                    raise Malformed(f"took more than {TIMEOUT_SECONDS:g} seconds for one answer") from None
                if isinstance(error.__cause__, Malformed):  # clients before 3.0 wrap what a hook raises
                    raise error.__cause__ from None
                raise
        if any(secret.encode() in body for secret in self._secrets):
            raise ChatError(f"{self.url}: its answer repeats the API key or password; nothing of it is kept")
        return body

    def _only_model(self) -> str:
        try:
            names = read_models(self._body(self._client.models.with_raw_response.list))
        except self._openai.OpenAIError as error:
            raise ChatError(f"{self.url}: {self._public(one_line(error))}; is the server up?") from None
        except Malformed as error:
            raise ChatError(f"{self.url}: {self._public(str(error))}; name a model with --chat-model") from None
        if len(names) != 1:
            served = ", ".join(name[:80] for name in names[:10]) or "no model"
            raise ChatError(f"{self.url}: serves {served}; name one with --chat-model")
        return names[0]

    def _public(self, text: str) -> str:
        """A message without the key and the password, which a server may have repeated."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return redact(text)


def _checked(url: str, key: str) -> tuple[str, tuple[str, ...]]:
    """(the URL as messages show it, what they must not show). Raises ChatError for what is no URL of a server."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2] if parts.port != 0 else ""
    except ValueError as error:
        raise ChatError(f"--chat: no URL of a server: {redact(one_line(error))}") from None
    if not parts.hostname or not host:
        raise ChatError("--chat: no URL of a server: it names no host")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    basic = b64encode(f"{user}:{password}".encode()).decode() if user or password else ""
    secrets = (basic, password, parts.password or "", key)
    shown = parts._replace(netloc=host, query="", fragment="").geturl()
    return shown, tuple(secret for secret in secrets if len(secret) >= SHORTEST_SECRET)
