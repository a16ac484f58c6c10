"""Longer prompts for a video model, written by a chat model from the captions.

Runs before planning (`--extend-prompts MODEL`): the video is generated from the longer text, which its provenance
records as `film_prompt`; the caption stays what it was.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from svta.builder.errors import ClipError
from svta.builder.io.json_text import parse_json_object
from svta.builder.minors.judgement import judge
from svta.builder.record import Clip
from svta.generation.backends.prompts import FILM_PROMPT, MAX_PROMPT_CHARS
from svta.generation.chat.client import Chat
from svta.generation.chat.messages import ChatRequest

MIN_WORDS_KEPT: Final = 0.5  # of the caption's longer words that must come back in the answer
ASK: Final = (
    "Rewrite this caption of a short video as one paragraph of at most 90 words for a video model. Keep every person, "
    "action, object and place; keep who does what to whom; invent no other event. Add how it looks: the camera, the "
    "light, the setting. Answer with the paragraph alone.\n\nCaption: "
)


def extend_prompts(clips: Sequence[Clip], chat: Chat) -> tuple[list[Clip], int]:
    """Clips with a longer prompt from a chat model in their provenance; and how many kept their caption instead.

    An answer is not used where it is empty, too long, loses the caption's words, brings in a minor or must not be
    generated. Raises ChatError.
    """
    requests = [ChatRequest.user(ASK + clip.caption, max_tokens=400, temperature=0.5) for clip in clips]
    extended: list[Clip] = []
    kept = 0
    for clip, answer in zip(clips, chat.ask(requests)):
        text = " ".join(answer.text.split())
        if not answer.finished or not faithful(clip.caption, text) or judge(text, clip.category).reason:
            kept += 1
            extended.append(clip)
            continue
        provenance_fields = _provenance(clip) | {FILM_PROMPT: text, "film_prompt_model": chat.model}
        provenance = json.dumps(provenance_fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        extended.append(clip.replace(provenance=provenance))
    return extended, kept


def faithful(caption: str, text: str) -> bool:
    """Whether a longer prompt may stand for a caption: words kept, length kept, no minor brought in."""
    wanted = {word for word in _words(caption) if len(word) > 3}
    if not text or len(text) > MAX_PROMPT_CHARS or (judge(text).minor and not judge(caption).minor):
        return False
    return not wanted or len(wanted & _words(text)) >= MIN_WORDS_KEPT * len(wanted)


def _words(text: str) -> set[str]:
    return {word.strip(".,;:!?\"'()").casefold() for word in text.split()}


def _provenance(clip: Clip) -> dict[str, object]:
    """The provenance as an object; one that is no JSON object is replaced, it cannot hold a prompt."""
    try:
        return parse_json_object(clip.provenance) if clip.provenance else {}
    except ClipError:
        return {}
