"""Prompts for a video model, written by a chat model from the captions: longer ones, or shorter where it must be.

Runs before planning (`--extend-prompts MODEL`): the video is generated from the longer text, which its provenance
records as `film_prompt`; the caption stays what it was.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final, Protocol

from svta.builder.errors import ClipError
from svta.builder.io.json_text import parse_json_object
from svta.builder.minors.judgement import judge
from svta.builder.record import Clip
from svta.builder.taxonomy import Taxonomy
from svta.generation.backends.prompts import FILM_PROMPT, MAX_PROMPT_CHARS
from svta.generation.chat.client import Chat
from svta.generation.chat.messages import ChatRequest


class ReadingLimit(Protocol):
    """What a video model reads of a prompt; see diffusion/prompt_embeddings.py."""

    @property
    def words(self) -> int: ...

    def exceeds(self, text: str) -> bool: ...


MIN_WORDS_KEPT: Final = 0.5  # of the caption's longer words that must come back in the answer
ASK: Final = (
    "Rewrite this caption of a short video as one paragraph of at most {words} words for a video model. Keep every "
    "person, action, object and place; keep who does what to whom; invent no other event. Add how it looks: the "
    "camera, the light, the setting. Answer with the paragraph alone.\n\nCaption: "
)
MAX_WORDS: Final = 90
SHORTEN: Final = (
    "This caption of a short video is too long for a video model. Shorten it to at most {words} words in its own "
    "words. Keep who does what to whom, and where; invent nothing. Answer with the shorter caption alone.\n\nCaption: "
)


def extend_prompts(
    clips: Sequence[Clip], chat: Chat, limit: ReadingLimit | None = None, taxonomy: Taxonomy | None = None
) -> tuple[list[Clip], int]:
    """Clips with a prompt from a chat model in their provenance; and how many kept their caption instead.

    `limit` is what the video model's text encoder reads: captions beyond it are shortened, others made longer.
    An answer is not used where it is empty, too long, loses the caption's words (a shorter one: brings in other words),
    brings in a minor or must not be generated. Raises ChatError.
    """
    words = MAX_WORDS if limit is None else min(MAX_WORDS, limit.words)
    too_long = [limit is not None and limit.exceeds(clip.caption) for clip in clips]
    asks = [(SHORTEN if long else ASK).replace("{words}", str(words)) for long in too_long]
    requests = [ChatRequest.user(ask + clip.caption, max_tokens=400, temperature=0.5) for ask, clip in zip(asks, clips)]
    extended: list[Clip] = []
    kept = 0
    for clip, answer, long in zip(clips, chat.ask(requests), too_long):
        text = " ".join(answer.text.split())
        is_faithful = faithful(clip.caption, text, shortened=long) and not (limit is not None and limit.exceeds(text))
        if not answer.finished or answer.problem or not is_faithful or judge(text, clip.category, taxonomy).reason:
            kept += 1
            extended.append(clip)
            continue
        provenance_fields = _provenance(clip) | {FILM_PROMPT: text, "film_prompt_model": chat.model}
        provenance = json.dumps(provenance_fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        extended.append(clip.replace(provenance=provenance))
    return extended, kept


def faithful(caption: str, text: str, *, shortened: bool = False) -> bool:
    """Whether a prompt may replace a caption: words kept, length kept, no minor brought in.

    A longer prompt keeps the caption's words; one that is shortened has few of its own.
    """
    whole, part = (text, caption) if shortened else (caption, text)
    wanted = {word for word in _words(whole) if len(word) > 3}
    if not text or len(text) > MAX_PROMPT_CHARS or (judge(text).minor and not judge(caption).minor):
        return False
    return not wanted or len(wanted & _words(part)) >= MIN_WORDS_KEPT * len(wanted)


def _words(text: str) -> set[str]:
    return {word.strip(".,;:!?\"'()").casefold() for word in text.split()}


def _provenance(clip: Clip) -> dict[str, object]:
    """The provenance as an object; one that is not a JSON object is replaced, it cannot hold a prompt."""
    try:
        return parse_json_object(clip.provenance) if clip.provenance else {}
    except ClipError:
        return {}
