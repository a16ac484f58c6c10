"""What a server sends back where it is JSON, and the errors of servers, of any shape, as plain data.

Reads bodies whole and within the limits of http_limits.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from svta.builder.io.json_text import Json, loose_json

from .http_limits import Malformed

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
    """An error of any shape: objects, lists of objects (Google), plain text, a page of HTML, nothing."""
    text = without_half_pairs(body.decode("utf-8", "replace"))
    value = loose_json(text, None)
    message = words_of(value) or re.sub(r"<[^>]*>", " ", text[:MAX_MARKUP_CHARS])
    message = " ".join(message.split())[:500] or "an empty answer"
    parts = list(_objects(value))
    codes = tuple(str(part[name]).lower() for part in parts for name in _CODES if isinstance(part.get(name), str))
    param = next((part["param"] for part in parts if isinstance(part.get("param"), str)), "")
    return ErrorReply(status, message, codes, str(param), text.lower())


def words_of(value: Json) -> str:
    """The words of an error, with the place that FastAPI names before each."""
    if isinstance(value, str):
        return without_half_pairs(value)
    if isinstance(value, list):
        return "; ".join(filter(None, map(words_of, value[:20])))
    if not isinstance(value, dict):
        return ""
    text = next((text for name in _WORDS if (text := words_of(value.get(name)))), "")
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


def read_body(body: bytes) -> Json:
    """The JSON value of a body. Raises Malformed."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Malformed("answered with text that is not UTF-8") from None
    value = loose_json(text, Malformed)
    if value is Malformed:
        raise Malformed(f"answered with text that is not JSON: {' '.join(text[:60].split())!r}")
    return value


def without_half_pairs(text: str) -> str:
    """A text that any file can store: half surrogate pairs become U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
