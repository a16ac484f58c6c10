"""An OpenAI-compatible endpoint as an engine of chat.py: vLLM, TGI, llama.cpp, a hosted service. Nothing is believed.

Sends requests, reads bodies of at most 32 MB (bombs and endless answers stop there), follows no redirect, and gives
what is an answer as ChatAnswer. `svta describe --chat URL` and `svta annotate --chat URL` come through here.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from importlib import import_module
from typing import Any, Final

from svta.builder.errors import MissingExtra

from .messages import ChatAnswer, ChatError, ChatRequest, one_line

MAX_RETRIES: Final = 6  # of the openai client: .5 s doubling to 8 s, Retry-After obeyed, on 408, 409, 429, 5xx
MAX_MALFORMED: Final = 3  # asked so often where the answer is none, or breaks off on its way
TIMEOUT_SECONDS: Final = 600.0
MAX_BODY_BYTES: Final = 32 << 20


class Malformed(Exception):
    """A body that is no chat completion; the text says what it is instead."""


def read_reply(body: bytes) -> ChatAnswer:
    """The first choice of a chat completion. Raises Malformed.

    Content may be a string, a list of parts (its text parts count) or null; a refusal beside it is read in its place.
    Tool calls and reasoning are no content. Counts that are none are 0; half surrogate pairs become U+FFFD.
    """
    try:
        value = json.loads(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Malformed("answered what is no UTF-8") from None
    except (ValueError, RecursionError) as error:
        start = " ".join(body[:60].decode("utf-8", "replace").split())
        raise Malformed(f"answered what is no JSON ({one_line(error)[:80]}): {start!r}") from None
    if isinstance(value, dict) and value.get("error"):
        told = value["error"]
        what = told.get("message") if isinstance(told, dict) else told
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
    return ChatAnswer(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), finished, prompt, completion)


_COUNTS: Final = ("prompt_tokens", "completion_tokens")


def _text(content: Any) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise Malformed(f"answered a content of the type {type(content).__name__}; text is needed")
    parts = (part.get("text") if isinstance(part, dict) else part for part in content)
    texts = (part.get("value") if isinstance(part, dict) else part for part in parts)
    return "".join(text for text in texts if isinstance(text, str))


def _count(value: Any) -> int:
    return value if type(value) is int and 0 <= value < 1 << 40 else 0


def _transport_error(client: type) -> type[Exception]:
    """HTTPError of the library the openai client stands on: httpx in older releases, httpx2 since."""
    roots = (base.__module__.partition(".")[0] for base in client.__mro__)
    library = import_module(next(root for root in roots if root not in ("openai", "builtins")))
    found: type[Exception] = library.HTTPError
    return found


class Endpoint:
    """One model of an endpoint. Bounded concurrency, retries, backoff.

    The key comes from OPENAI_API_KEY; local servers want none. Raises ChatError in one line.
    """

    def __init__(self, url: str, model: str | None = None, *, concurrency: int = 8, max_retries: int = MAX_RETRIES):
        try:
            import openai
        except ImportError:
            raise MissingExtra("openai", "generate") from None
        self._openai, self._broken = openai, _transport_error(openai.DefaultHttpxClient)
        self.url = url
        self.concurrency = concurrency
        key = os.environ.get("OPENAI_API_KEY") or "none"
        # a redirect would carry prompts to a server nobody named
        plain = openai.DefaultHttpxClient(follow_redirects=False, timeout=TIMEOUT_SECONDS)
        self._client = openai.OpenAI(
            base_url=url, api_key=key, max_retries=max_retries, timeout=TIMEOUT_SECONDS, http_client=plain
        )
        self.model = model or self._only_model()

    def answers(self, requests: Sequence[ChatRequest]) -> Iterator[tuple[int, ChatAnswer]]:
        """Answers as they come; the first error no retry mends ends the run, with all earlier answers cached."""
        with ThreadPoolExecutor(self.concurrency) as pool:
            waiting: dict[Future[ChatAnswer], int] = {}
            indices = iter(range(len(requests)))
            try:
                for index in indices:
                    waiting[pool.submit(self._one, requests[index])] = index
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
        where = f"{self.url} model {self.model}"
        for ask in range(MAX_MALFORMED):
            if ask:
                time.sleep(0.5 * 2**ask)
            try:
                return read_reply(self._body(request))
            except Malformed as error:
                what = str(error)
            except self._openai.APIStatusError as error:
                moved = error.response.headers.get("location")
                to = f", moved to {moved[:120]!r}: name that URL if you trust it" if moved else ""
                raise ChatError(f"{where}: {one_line(error)}{to}") from None
            except self._openai.OpenAIError as error:
                raise ChatError(f"{where}: {one_line(error)}") from None
            except self._broken as error:
                what = f"the answer broke off: {one_line(error)}"
        raise ChatError(f"{where}: {what} ({MAX_MALFORMED} times)")

    def _body(self, request: ChatRequest) -> bytes:
        create = self._client.chat.completions.with_streaming_response.create
        deadline = time.monotonic() + TIMEOUT_SECONDS
        with create(
            model=self.model,
            messages=request.as_messages(),  # type: ignore[arg-type]
            max_tokens=request.max_tokens,
            temperature=request.temperature,
            top_p=request.top_p,
            seed=request.seed + request.attempt,
        ) as response:
            body = bytearray()
            for chunk in response.iter_bytes(1 << 16):
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise Malformed(f"answered more than {MAX_BODY_BYTES:,} bytes")
                if time.monotonic() > deadline:
                    raise Malformed(f"took more than {TIMEOUT_SECONDS:g} seconds for one answer")
        return bytes(body)

    def _only_model(self) -> str:
        try:
            names = [model.id for model in self._client.models.list()]
        except self._openai.OpenAIError as error:
            raise ChatError(f"{self.url}: {one_line(error)}; is the server up?") from None
        except (ValueError, TypeError, AttributeError, RecursionError, self._broken):
            raise ChatError(f"{self.url}: its list of models is none; name one with --chat-model") from None
        if len(names) != 1 or not isinstance(names[0], str):
            told = ", ".join(str(name)[:80] for name in names[:10]) or "no model"
            raise ChatError(f"{self.url}: serves {told}; name one with --chat-model")
        return names[0]
