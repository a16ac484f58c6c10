"""The fields of a request as one endpoint takes them, learnt from its refusals and remembered beside the answers.

The servers that call themselves OpenAI-compatible differ: OpenAI's newer models want max_completion_tokens and refuse
a temperature, Mistral calls the seed random_seed and refuses unknown fields, vLLM counts the answer against its
context. Each refusal costs one request per endpoint; CACHE/endpoint.json keeps what was learnt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from svta.builder.errors import SvtaError
from svta.builder.io.files import write_json
from svta.builder.io.json_text import Json, JsonObject, loose_json, read_json_object
from svta.generation.remote.error_replies import ErrorReply
from svta.generation.remote.http_limits import MAX_LIST_BYTES

from .messages import ChatError, ChatRequest

TOKEN_NAMES: Final = ("max_tokens", "max_completion_tokens", "")  # tried in this order; "": the server's own limit
SEED_NAMES: Final = ("seed", "random_seed", "")
CHARS_A_PROMPT_TOKEN: Final = 3.0  # fewer than English has: a question is thought longer than it is
SLACK_TOKENS: Final = 16  # of a chat template that a server does not count where it names the prompt's length
MIN_ANSWER_TOKENS: Final = 64  # a shorter answer has no room for a prompt

_CONTEXT: Final = re.compile(
    r"context (?:length|size|window)|maximum model length|max_model_len|context_length_exceeded|exceed_context_size|"
    r"`max_new_tokens` must be <=|prompt is too long"
)
_WINDOW: Final = re.compile(r"(?:context (?:length|size|window)|model length|max_model_len|must be <=)\D{0,60}?(\d+)")
_LLAMA_WINDOW: Final = re.compile(r'"n_ctx": ?(\d+)')
_PROMPT: Final = re.compile(
    r"(\d+) (?:in the messages|in the prompt|input tokens|prompt tokens|`inputs`)|"
    r"(?:prompt contains(?: at least)?|messages resulted in|request \(|\"n_prompt_tokens\":) ?(\d+)"
)
_MOST: Final = re.compile(r"(?:at most|less than or equal to|valid range\D{0,40}\d+,|<=|cannot exceed)\D{0,3}(\d+)")
_EXTRA: Final = re.compile(
    r"extra (?:inputs|fields)|additional properties|"
    r"un(?:known|recognized|supported|expected) (?:request |body )?(?:field|argument|param|propert|key)"
)
_MUST: Final = re.compile(r"\b(stream|enable_thinking|thinking)\W{0,3} must be (?:set to )?(true|false)")
_STREAM_ONLY: Final = re.compile(r"only supports? (?:the )?stream|stream(?:ing)? (?:mode )?(?:is )?(?:required|only)|"
                                 r"(?:enable|use|requires?) (?:the )?stream|stream=false")  # fmt: skip
_NO_SYSTEM: Final = re.compile(r"system role not supported|does not support '?system|'system' is not supported|"
                               r"(?:only user and assistant|conversation roles must alternate)")  # fmt: skip


@dataclass(frozen=True)
class Dialect:
    """How one model of an endpoint is asked.

    tokens, seed: the names of these fields, "" where it takes none. without: further fields it refuses. also: fields
    that it wants (`stream: true`, `enable_thinking: false`). system: False
    puts the system message before the user's words. context_tokens, answer_tokens: limits it named; 0: none.
    """

    tokens: str = TOKEN_NAMES[0]
    seed: str = SEED_NAMES[0]
    without: tuple[str, ...] = ()
    also: tuple[tuple[str, bool], ...] = ()
    system: bool = True
    context_tokens: int = 0
    answer_tokens: int = 0

    def room(self, request: ChatRequest, own: Mapping[str, Json]) -> int:
        """Tokens that an answer may have: as requested, or by the user's `own` fields, up to the limits."""
        most = next((own[name] for name in TOKEN_NAMES if type(own.get(name)) is int), request.max_tokens)
        most = min(most, self.answer_tokens or most)
        if self.context_tokens:
            left = int(self.context_tokens - request.num_chars / CHARS_A_PROMPT_TOKEN) - SLACK_TOKENS
            most = min(most, max(left, MIN_ANSWER_TOKENS))
        return int(most)

    def body(self, request: ChatRequest, room: int, own: Mapping[str, Json]) -> JsonObject:
        """A request's JSON but for the model; `own` fields of the user go before, None leaves one out."""
        unlimited = any(name in own and own[name] is None for name in TOKEN_NAMES)
        fields: JsonObject = {
            "messages": request.as_messages() if self.system else _joined(request),
            self.tokens: None if unlimited else room,
            self.seed: request.seed + request.attempt,
            "temperature": request.temperature,
            "top_p": request.top_p,
            **dict(self.also),
        }
        fields |= {name: value for name, value in own.items() if name not in TOKEN_NAMES}
        return {n: value for n, value in fields.items() if n and n not in self.without and value is not None}

    def learn(self, sent: Mapping[str, Json], error: ErrorReply) -> Dialect | None:
        """The dialect that avoids this refusal, or None if the error is about something else."""
        text = f"{error.message} {error.param}".lower()
        if (want := _wanted(text, sent)) is not None:
            return replace(self, also=(*self.also, want))
        tokens = sent.get(self.tokens)
        if self.tokens and _names(text, self.tokens) and isinstance(tokens, int):
            if (most := _MOST.search(text)) and MIN_ANSWER_TOKENS <= int(most[1]) < tokens:
                return replace(self, answer_tokens=int(most[1]))
            return replace(self, tokens=TOKEN_NAMES[TOKEN_NAMES.index(self.tokens) + 1])
        if self.seed and _names(text, self.seed):
            return replace(self, seed=SEED_NAMES[SEED_NAMES.index(self.seed) + 1])
        # of both together (Bedrock, Anthropic: one of the two) top_p goes first
        for name in ("top_p", "temperature"):
            if name in sent and _names(text, name):
                return replace(self, without=(*self.without, name))
        if self.system and _NO_SYSTEM.search(text):
            return replace(self, system=False)
        if _EXTRA.search(text) and (self.seed or {"temperature", "top_p"} & sent.keys()):
            return replace(self, seed="", without=("temperature", "top_p"))  # names none: the optional ones go
        return None


def _wanted(text: str, sent: Mapping[str, Json]) -> tuple[str, bool] | None:
    """The switch that a server wants to be set: `enable_thinking must be set to false`, `only supports stream mode`."""
    if match := _MUST.search(text):
        return None if match[1] in sent else (match[1], match[2] == "true")
    return ("stream", True) if "stream" not in sent and _STREAM_ONLY.search(text) else None


def _names(text: str, field: str) -> bool:
    return re.search(rf"(?<!\w){field}(?!\w)", text) is not None


def _joined(request: ChatRequest) -> list[JsonObject]:
    """The messages without a system role: its words are before the first of the user."""
    system = "\n\n".join(content for role, content in request.messages if role == "system")
    rest = [message for message in request.messages if message[0] != "system"]
    if system and rest:
        rest[0] = (rest[0][0], f"{system}\n\n{rest[0][1]}")
    return replace(request, messages=tuple(rest)).as_messages()


def context_left(error: ErrorReply, request: ChatRequest, sent: int) -> tuple[int, int] | None:
    """(context, tokens left for an answer) where an error says that the context is too small, else None.

    A context of 0 is one that the error does not name; then half of the tokens are tried. Left is below `sent`.
    """
    text = f"{error.message.lower()} {error.body}"
    if not _CONTEXT.search(text):
        return None
    named = _LLAMA_WINDOW.search(error.body) or _WINDOW.search(error.message.lower())
    window = int(named[1]) if named else 0
    prompt = int(match[1] or match[2]) if (match := _PROMPT.search(text)) else 0
    left = window - (prompt or int(request.num_chars / CHARS_A_PROMPT_TOKEN)) - SLACK_TOKENS
    return window, (left if window and left < sent else sent // 2)


def parse_fields(texts: Sequence[str]) -> JsonObject:
    """`--chat-field NAME=VALUE` as fields of a request; VALUE is JSON, else text; null leaves the field out.

    parse_fields(["reasoning_effort=low", "max_tokens=32000", "top_p=null"])
    """
    fields: JsonObject = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not re.fullmatch(r"\w{1,64}", name) or name in ("model", "messages", "stream", "n"):
            raise ChatError(f"--chat-field {text[:60]}: NAME=VALUE is needed, e.g. reasoning_effort=low")
        fields[name] = loose_json(value, value)
    return fields


_STORED: Final = TypeAdapter(Dialect)


def read_dialect(path: Path | None, endpoint: str) -> Dialect:
    """What an earlier run learnt about an endpoint; the defaults if the file is missing or contains no dialect."""
    try:
        return Dialect() if path is None else _STORED.validate_python(_read(path).get(endpoint) or {})
    except ValidationError:
        return Dialect()


def write_dialect(path: Path | None, endpoint: str, dialect: Dialect) -> None:
    """Keep what was learnt, beside what is known of other endpoints."""
    if path is not None:
        write_json(path, {**_read(path), endpoint: asdict(dialect)})


def _read(path: Path) -> JsonObject:
    try:
        return read_json_object(path, MAX_LIST_BYTES)
    except (OSError, SvtaError):
        return {}
