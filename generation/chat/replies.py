"""What a chat server sends back, as plain data: an answer, its list of models, or an error of whatever shape.

Reads bodies whole and within the limits of http_limits.py. Nothing here sends anything; endpoint.py does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from svta.builder.io.json_text import Json, loose_json

from .http_limits import Malformed
from .messages import CONTENT_FILTER, THINKING, ChatAnswer

_COUNTS: Final = ("prompt_tokens", "completion_tokens")
_THOUGHTS: Final = ("reasoning_content", "reasoning")  # of DeepSeek, llama.cpp and vLLM before 0.12; of vLLM since
# where servers put the words of an error: OpenAI, Azure, vLLM (message), FastAPI (detail, msg), TGI and Ollama (error)
_WORDS: Final = ("message", "msg", "detail", "details", "error", "errors", "error_message", "error_msg", "title")
_CODES: Final = ("code", "type", "error_type", "status")
_FILTER_CODES: Final = ("content_filter", "content_policy_violation", "responsibleaipolicyviolation",
                        "datainspectionfailed", "data_inspection_failed", "moderation_blocked")  # fmt: skip
_FILTER_WORDS: Final = re.compile(
    r"content management policy|content[ _]filter|content policy|input was flagged|flagged by .{0,40}moderation|"
    r"inappropriate content|usage policies|safety (?:system|filter)"
)
MAX_MARKUP_CHARS: Final = 2_000  # of a page of HTML that stands for an error


def read_reply(body: bytes) -> ChatAnswer:
    """The first choice of a chat completion. Raises Malformed.

    Content may be a string, a list of parts (its text parts count) or null. An answer without content says why in
    `problem`: refused (a `refusal`, or finish_reason content_filter), or all tokens went into thinking.
    Tool calls and reasoning are no content. Counts that are none are 0; half surrogate pairs become U+FFFD.
    """
    value = _json(body)
    if isinstance(value, dict) and value.get("error"):
        raise Malformed(f"answered with an error: {_words(value)[:200]}")
    choices = value.get("choices") if isinstance(value, dict) else None
    if not isinstance(choices, list) or not choices:
        raise Malformed("answered without choices; is it a chat endpoint?")
    message = choices[0].get("message") if isinstance(choices[0], dict) else None
    if not isinstance(message, dict):
        raise Malformed("answered a choice without a message; is it a chat endpoint?")
    text, refusal = (_without_half_pairs(_text(message.get(name))) for name in ("content", "refusal"))
    usage = value.get("usage")
    prompt, completion = (_count(usage.get(name)) if isinstance(usage, dict) else 0 for name in _COUNTS)
    finish = choices[0].get("finish_reason")
    problem, detail = "", ""
    if finish == CONTENT_FILTER or (refusal and not text):
        problem, detail = CONTENT_FILTER, refusal or f"finish_reason {CONTENT_FILTER}"
    elif _is_thinking(text, message, finish):
        problem, detail = THINKING, f"all {completion:,} tokens of the answer went into thinking"
    finished = finish not in ("length", CONTENT_FILTER)
    return ChatAnswer(text, finished, prompt, completion, problem=problem, detail=detail[:300])


def _is_thinking(text: str, message: Mapping[str, Json], finish: object) -> bool:
    """Whether a model thought until its tokens were used up, in a field of its own or inside the content."""
    if text.strip():
        return finish == "length" and text.lstrip().startswith("<think") and "</think" not in text
    return any(isinstance(message.get(name), str) and message[name] for name in _THOUGHTS)


def read_models(body: bytes) -> list[str]:
    """The names of a list of models. Raises Malformed."""
    value = _json(body)
    models = value.get("data") if isinstance(value, dict) else None
    names = [model.get("id") if isinstance(model, dict) else None for model in models or ()]
    if not isinstance(models, list) or not all(isinstance(name, str) and name for name in names):
        raise Malformed("its list of models is none")
    return [_without_half_pairs(str(name)) for name in names]


@dataclass(frozen=True)
class ErrorReply:
    """An answer with an HTTP error status.

    message: the server's own words on one line. codes: its codes and types in lower case. param: the field of the
    request that it names. body: all of it in lower case, for numbers and phrases beside the message.
    """

    status: int
    message: str
    codes: tuple[str, ...] = ()
    param: str = ""
    body: str = ""

    @property
    def is_filtered(self) -> bool:
        """Whether a content filter refused the question: this one alone, others may pass."""
        if self.status not in (400, 403, 422, 451):
            return False
        return any(code in _FILTER_CODES for code in self.codes) or bool(_FILTER_WORDS.search(self.message.lower()))


def read_error(status: int, body: bytes) -> ErrorReply:
    """An error whatever its shape: objects, lists of objects (Google), plain text, a page of HTML, nothing."""
    text = _without_half_pairs(body.decode("utf-8", "replace"))
    value = loose_json(text, None)
    message = _words(value) or re.sub(r"<[^>]*>", " ", text[:MAX_MARKUP_CHARS])
    message = " ".join(message.split())[:500] or "an empty answer"
    parts = list(_objects(value))
    codes = tuple(str(part[name]).lower() for part in parts for name in _CODES if isinstance(part.get(name), str))
    param = next((part["param"] for part in parts if isinstance(part.get("param"), str)), "")
    return ErrorReply(status, message, codes, str(param), text.lower())


def _words(value: Json) -> str:
    """The words of an error, with the place that FastAPI names before each."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(filter(None, map(_words, value[:20])))
    if not isinstance(value, dict):
        return ""
    text = next((text for name in _WORDS if (text := _words(value.get(name)))), "")
    place, metadata = value.get("loc"), value.get("metadata")
    if isinstance(place, list) and text:
        text = f"{'.'.join(map(str, place))}: {text}"
    raw = metadata.get("raw") if isinstance(metadata, dict) else None  # OpenRouter: what the provider behind it said
    return f"{text}: {raw[:300]}" if isinstance(raw, str) and text else text


def _objects(value: Json, depth: int = 4) -> list[dict[str, Json]]:
    """All JSON objects of an error, the outer first: Azure's inner error holds a code of its own."""
    if isinstance(value, list):
        return [part for item in value[:20] for part in _objects(item, depth)]
    if not isinstance(value, dict) or not depth:
        return []
    return [value, *(part for item in value.values() for part in _objects(item, depth - 1))]


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
