"""How much of a prompt a model's text encoder reads, by the model's own tokenizer: the rest of it is not in the video.

Read before anything is generated (`svta plan`), from the tokenizer's files alone, and for each clip's provenance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from svta.generation.backends.spec import RenderSpec

from .families import family_of
from .model_info import Arguments, call_arguments, pipeline_class

NO_LIMIT: Final = 100_000  # tokenizers without a limit name a huge one
WORDS_A_TOKEN: Final = 0.6  # of English prose, with a margin: .75 is usual


@dataclass(frozen=True)
class PromptLimit:
    """A tokenizer and the tokens of a prompt, special ones included, that the text encoder is given."""

    tokenizer: Any
    tokens: int

    @property
    def words(self) -> int:
        """Words of English that surely fit."""
        return int(self.tokens * WORDS_A_TOKEN)

    def exceeds(self, text: str) -> bool:
        """Whether the end of a prompt is not read."""
        return len(self.tokenizer(text, truncation=False, verbose=False)["input_ids"]) > self.tokens

    def num_exceeding(self, texts: Sequence[str]) -> int:
        """How many prompts are not read to their end."""
        if not texts:
            return 0
        tokens = self.tokenizer(list(texts), truncation=False, verbose=False)["input_ids"]
        return sum(len(row) > self.tokens for row in tokens)


def prompt_limit(pipeline: str, call: Arguments, tokenizer: Any) -> PromptLimit | None:
    """The limit of a pipeline class: its family's, else its call's max_sequence_length, else the tokenizer's own.

    None where there is no tokenizer, or none of the three is known.
    """
    if tokenizer is None or not callable(tokenizer):
        return None
    default = call["max_sequence_length"].default if "max_sequence_length" in call else None
    own = getattr(tokenizer, "model_max_length", NO_LIMIT)
    tokens = family_of(pipeline).text_tokens or (default if isinstance(default, int) else own)
    return PromptLimit(tokenizer, int(tokens)) if tokens < NO_LIMIT else None


def planned_limit(spec: RenderSpec) -> PromptLimit | None:
    """The limit of a planned model, from its tokenizer's files; None where they are not there or cannot be read."""
    folder, pipeline = Path(spec.local["configs"]) / "tokenizer", str(spec.options["pipeline"])
    if not folder.is_dir():
        return None
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except Exception:  # only transformers' code runs above, over files that may hold anything: said when it is loaded
        return None
    return prompt_limit(pipeline, call_arguments(pipeline_class(pipeline)), tokenizer)
