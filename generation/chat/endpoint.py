"""A chat model behind an OpenAI-compatible endpoint: vLLM, TGI, llama.cpp, a hosted service.

Sends requests, reads answers within the limits of http_limits.py, follows no redirect, and gives what is an answer as
ChatAnswer. `svta describe --chat URL` and `svta annotate --chat URL` come through here. No message repeats a secret.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

from svta.builder.errors import MissingExtra
from svta.builder.io.json_text import JsonObject
from svta.builder.io.parallel import thread_pool
from svta.generation.remote.address import BUSY, MAX_RETRIES, Address, backoff, key_of, one_line, unreachable
from svta.generation.remote.error_replies import ErrorReply, read_error
from svta.generation.remote.http_limits import HttpLimits, Malformed

from .dialect import MIN_ANSWER_TOKENS, Dialect, context_left, parse_fields, read_dialect, write_dialect
from .messages import (
    CONTENT_FILTER,
    CONTEXT_TOO_SMALL,
    ChatAnswer,
    ChatEngine,
    ChatError,
    ChatRequest,
)
from .replies import read_models, read_reply

if TYPE_CHECKING:
    from openai import APIStatusError

REFUSED_FIELDS: Final = (400, 413, 422)  # statuses that may say which field of a request a server does not take
MAX_LESSONS: Final = 12  # refusals of one question that are learnt from
MAX_MALFORMED: Final = 3  # attempts with an unusable answer, or one that breaks off
TIMEOUT_SECONDS: Final = 600.0  # of one answer, from the first byte sent to the last received


class RawAnswer(Protocol):
    """An answer of the openai client before it is parsed."""

    @property
    def content(self) -> bytes: ...


class Endpoint(ChatEngine):
    """One model of an endpoint. Bounded concurrency, retries, backoff; learns which fields the server takes.

    The key comes from OPENAI_API_KEY; local servers want none. `fields`: see dialect.parse_fields. `memory`: the file
    of what was learnt. Raises ChatError in one line, without key or password.
    """

    def __init__(
        self,
        url: str,
        model: str | None = None,
        *,
        concurrency: int = 8,
        max_retries: int = MAX_RETRIES,
        fields: Sequence[str] = (),
        memory: Path | None = None,
    ):
        try:
            import openai
        except ImportError:
            raise MissingExtra("openai", "generate") from None
        key = key_of("OPENAI_API_KEY", ChatError) or "none"
        url = url.strip().rstrip("/").removesuffix("/chat/completions")
        self._address = Address.of(url, key, option="--chat", error=ChatError)
        self.url = self._address.url
        self.concurrency, self.max_retries = concurrency, max_retries
        self._openai = openai
        try:
            self._http = HttpLimits(openai.DefaultHttpxClient, TIMEOUT_SECONDS)
            self._client = openai.OpenAI(
                base_url=url, api_key=key, max_retries=0, timeout=self._http.client.timeout,
                http_client=self._http.client,
            )  # fmt: skip
        except Exception as error:  # only the libraries run above, over an URL and the proxies of the environment
            raise ChatError(
                f"{self.url}: no HTTP client can be set up: {self._address.public(one_line(error))}"
            ) from None
        self._own = parse_fields(fields)
        self.variant = json.dumps(self._own, sort_keys=True) if self._own else ""
        self._has_answered = False
        self.model = model or self._only_model()
        self._memory, self._name = memory, f"{self.url} {self.model}"
        self._dialect, self._learning = read_dialect(memory, self._name), Lock()

    def answers(self, requests: Sequence[ChatRequest]) -> Iterator[tuple[int, ChatAnswer]]:
        """Answers as they come; the first error no retry fixes ends the run, with all earlier answers cached."""
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
        """One answer, or why the server gives none to this question. Raises ChatError if no question has one."""
        where, malformed, lessons, limit = f"{self.url} model {self.model}", 0, 0, sys.maxsize
        while True:
            dialect = self._dialect
            room = min(limit, dialect.room(request, self._own))
            sent = dialect.body(request, room, self._own)
            try:
                answer = read_reply(self._patiently(partial(self._send, sent)))
                detail = self._address.public(answer.detail)
                return replace(answer, detail=detail, room=room if room < request.max_tokens else 0)
            except Malformed as error:
                malformed += 1
                if malformed == MAX_MALFORMED:
                    raise ChatError(f"{where}: {self._address.public(str(error))} ({MAX_MALFORMED} times)") from None
                time.sleep(0.5 * 2**malformed)
            except self._openai.APIStatusError as error:
                reply = read_error(error.status_code, error.response.content)
                words = self._address.public(reply.message)[:300]
                if reply.is_filtered:
                    return ChatAnswer("", finished=False, problem=CONTENT_FILTER, detail=words)
                lessons += 1
                if reply.status not in REFUSED_FIELDS or lessons > MAX_LESSONS:
                    raise self._failure(where, error, reply) from None
                if (left := context_left(reply, request, room)) is not None:
                    limit = left[1]
                    self._keep(dialect, replace(dialect, context_tokens=left[0]) if left[0] else dialect)
                    if limit < MIN_ANSWER_TOKENS:
                        return ChatAnswer("", finished=False, problem=CONTEXT_TOO_SMALL, detail=words)
                elif not self._keep(dialect, dialect.learn(sent, reply)):
                    raise self._failure(where, error, reply) from None
            except self._openai.OpenAIError as error:
                raise ChatError(f"{where}: {self._unreachable(error)}") from None

    def _keep(self, known: Dialect, learnt: Dialect | None) -> bool:
        """Take over what an answer taught, unless another thread has learnt meanwhile; whether to ask again."""
        with self._learning:
            if self._dialect is not known:
                return True
            if learnt is not None and learnt != known:
                self._dialect = learnt
                write_dialect(self._memory, self._name, learnt)
            return learnt is not None

    def _patiently(self, send: Callable[[], RawAnswer]) -> bytes:
        """The body of an answer; a busy server is asked again, and one that is down soon given up.

        Raises Malformed, and errors of the client.
        """
        for attempt in count():
            try:
                body = self._body(send)
                self._has_answered = True
                return body
            except self._openai.APIConnectionError:
                patience = self.max_retries if self._has_answered else min(1, self.max_retries)
                if attempt >= patience:
                    raise
                wait_seconds = backoff(attempt)
            except self._openai.APIStatusError as error:
                self._has_answered = True
                busy = error.status_code in BUSY or error.status_code >= 500
                if not busy or attempt >= self.max_retries or error.code == "insufficient_quota":
                    raise
                wait_seconds = backoff(attempt, error.response.headers.get("retry-after", ""))
            time.sleep(wait_seconds)
        raise AssertionError("count() never ends")

    def _send(self, fields: JsonObject) -> RawAnswer:
        messages = fields["messages"]
        more = {name: value for name, value in fields.items() if name != "messages"}
        create = self._client.chat.completions.with_raw_response.create
        return create(model=self.model, messages=messages, extra_body=more)

    def _failure(self, where: str, error: APIStatusError, reply: ErrorReply) -> ChatError:
        """An error that no retry fixes: the status, the server's own words, and what to do about it."""
        hint = ""
        if moved := error.response.headers.get("location"):
            hint = f", moved to {self._address.public(moved)[:120]!r}: name that URL if you trust it"
        elif reply.status in (404, 405) and not urlsplit(self.url).path.rstrip("/").endswith("/v1"):
            hint = f"; the URL of an endpoint goes up to /v1, e.g. --chat {self.url.rstrip('/')}/v1"
        elif reply.status == 401:
            hint = "; the key comes from OPENAI_API_KEY"
        return ChatError(f"{where}: HTTP {reply.status}: {self._address.public(reply.message)[:300]}{hint}")

    def _unreachable(self, error: Exception) -> str:
        """Why nothing came back at all: what the connection says, which the client's error hides."""
        cause = error.__cause__ if isinstance(error, self._openai.APIConnectionError) else None
        return unreachable(self._address.public(one_line(cause or error)))

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
        if self._address.is_repeated_in(body):
            raise ChatError(f"{self.url}: its answer repeats the API key or password; none of it is kept")
        return body

    def _only_model(self) -> str:
        try:
            names = read_models(self._patiently(self._client.models.with_raw_response.list))
        except self._openai.APIStatusError as error:
            failure = self._failure(self.url, error, read_error(error.status_code, error.response.content))
            raise ChatError(f"{failure}; or name a model with --chat-model") from None
        except self._openai.OpenAIError as error:
            raise ChatError(f"{self.url}: {self._unreachable(error)}") from None
        except Malformed as error:
            raise ChatError(f"{self.url}: {self._address.public(str(error))}; name a model with --chat-model") from None
        if len(names) != 1:
            served = ", ".join(name[:80] for name in names[:10]) or "no model"
            raise ChatError(f"{self.url}: serves {served}; name one with --chat-model")
        return names[0]
