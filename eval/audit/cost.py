"""What an audit would cost, printed before anything is asked: questions, images and tokens by rule of thumb."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .audit import Prepared
from .questions import ANSWER_TOKENS_LIKELY, FORMS, SYSTEM, TEMPLATES, Form, question_text

CHARS_A_TOKEN: Final = 4.0
IMAGE_TOKENS: Final = 256  # of a frame of 336 pixels; models count 100 to 800


@dataclass(frozen=True)
class Cost:
    """clips, items: of the sample; questions: with those about known clips. price: None without prices."""

    clips: int
    items: int
    questions: int
    images: int
    prompt_tokens: int
    completion_tokens: int
    price: float | None = None

    @classmethod
    def of(
        cls,
        prepared: Prepared,
        known_clips: int,
        templates: Mapping[Form, str] = TEMPLATES,
        prices: tuple[float, float] | None = None,
    ) -> Cost:
        """The cost of a sample with its known clips, and of `known_clips` more that are not drawn yet."""
        items, frames = prepared.all_items, prepared.config.num_frames
        texts = [len(SYSTEM) + len(question_text(item, form, frames, templates)) for item in items for form in FORMS]
        questions = len(texts) + 2 * len(FORMS) * known_clips
        chars = sum(texts) / max(1, len(texts)) * questions
        prompt = round(chars / CHARS_A_TOKEN + questions * frames * IMAGE_TOKENS)
        completion = questions * ANSWER_TOKENS_LIKELY
        price = None if prices is None else round((prompt * prices[0] + completion * prices[1]) / 1e6, 4)
        own = sum(item.kind == "own" for item in prepared.items)
        return cls(own, len(prepared.items), questions, questions * frames, prompt, completion, price)

    def text(self) -> str:
        """One line for a reader."""
        price = "" if self.price is None else f", price about {self.price:,.4f}"
        return (
            f"for a model: {self.questions:,} questions with {self.images:,} images, about {self.prompt_tokens:,} + "
            f"{self.completion_tokens:,} tokens{price}; stored answers cost nothing"
        )
