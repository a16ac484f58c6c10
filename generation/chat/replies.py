"""What a chat server sends back, as plain data: an answer, or its list of models.

Reads bodies whole and within the limits of http_limits.py. Nothing here sends anything; endpoint.py does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from svta.builder.io.json_text import Json, loose_json
from svta.generation.remote.error_replies import read_body, without_half_pairs, words_of
from svta.generation.remote.http_limits import Malformed

from .messages import CONTENT_FILTER, THINKING, ChatAnswer

_COUNTS: Final = ("prompt_tokens", "completion_tokens")
_THOUGHTS: Final = ("reasoning_content", "reasoning")  # of DeepSeek, llama.cpp and vLLM before 0.12; of vLLM since


def read_reply(body: bytes) -> ChatAnswer:
    """The first choice of a chat completion. Raises Malformed.

    Content may be a string, a list of parts (its text parts count) or null. An answer without content says why in
    `problem`: refused (a `refusal`, or finish_reason content_filter), or all tokens went into thinking.
    Tool calls and reasoning are not content. Invalid counts are 0; half surrogate pairs become U+FFFD.
    """
    value = _of_events(body) if body.lstrip()[:5] == b"data:" else read_body(body)
    if isinstance(value, dict) and value.get("error"):
        raise Malformed(f"answered with an error: {words_of(value)[:200]}")
    choices = value.get("choices") if isinstance(value, dict) else None
    if not isinstance(choices, list) or not choices:
        raise Malformed("answered without choices; is it a chat endpoint?")
    message = choices[0].get("message") if isinstance(choices[0], dict) else None
    if not isinstance(message, dict):
        raise Malformed("answered with a choice without a message; is it a chat endpoint?")
    text, refusal = (without_half_pairs(_text(message.get(name))) for name in ("content", "refusal"))
    usage = value.get("usage")
    prompt, completion = (_count(usage.get(name)) if isinstance(usage, dict) else 0 for name in _COUNTS)
    finish = choices[0].get("finish_reason")
    problem, detail = "", ""
    if finish == CONTENT_FILTER or (refusal and not text):
        problem, detail = CONTENT_FILTER, refusal or f"finish_reason {CONTENT_FILTER}"
    elif _is_thinking(text, message, finish):
        problem, detail = THINKING, f"all {completion:,} tokens of the answer were spent on reasoning"
    finished = finish not in ("length", CONTENT_FILTER)
    return ChatAnswer(text, finished, prompt, completion, problem=problem, detail=detail[:300])


def _of_events(body: bytes) -> Json:
    """The chunks of a streamed answer as one answer, or the error in them. Raises Malformed if it breaks off."""
    texts: dict[str, Json] = {}
    finish: Json = None
    for line in body.decode("utf-8", "replace").splitlines():
        chunk = loose_json(line.removeprefix("data:"), None) if line.startswith("data:") else None
        if not isinstance(chunk, dict):
            continue
        if chunk.get("error"):
            return chunk
        choices = chunk.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if isinstance(choice, dict):
            finish = choice.get("finish_reason") or finish
            delta = choice.get("delta")
            for name, text in delta.items() if isinstance(delta, dict) else ():
                texts[name] = f"{texts.get(name) or ''}{text if isinstance(text, str) else ''}"
    if finish is None and b"[DONE]" not in body:
        raise Malformed("its stream breaks off")
    return {"choices": [{"message": texts, "finish_reason": finish}] if texts else []}


def _is_thinking(text: str, message: Mapping[str, Json], finish: object) -> bool:
    """Whether a model thought until its tokens were used up, in a field of its own or inside the content."""
    if text.strip():
        return finish == "length" and text.lstrip().startswith("<think") and "</think" not in text
    return any(isinstance(message.get(name), str) and message[name] for name in _THOUGHTS)


def read_models(body: bytes) -> list[str]:
    """The names of a list of models. Raises Malformed."""
    value = read_body(body)
    models = value.get("data") if isinstance(value, dict) else None
    if not isinstance(models, list):
        raise Malformed("its list of models is invalid")
    names = [model.get("id") if isinstance(model, dict) else None for model in models]
    if not all(isinstance(name, str) and name for name in names):
        raise Malformed("its list of models is invalid")
    return [without_half_pairs(str(name)) for name in names]


def _text(content: object) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise Malformed(f"answered with content of the type {type(content).__name__}; text is needed")
    parts = (part.get("text") if isinstance(part, dict) else part for part in content)
    texts = (part.get("value") if isinstance(part, dict) else part for part in parts)
    return "".join(text for text in texts if isinstance(text, str))


def _count(value: object) -> int:
    return value if type(value) is int and 0 <= value < 1 << 40 else 0
