"""Captions into token ids, as the official code does it: clean, encode, cut, start and end of text, zeros behind.

Reads a folder with a Hugging Face tokenizer (CLIP's, BERT's), or learns a small word vocabulary from captions, for
models trained from scratch without a download; written beside the weights as tokenizer.json.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from svta.eval.encoders.inputs import clean_text, load_tokenizer

from .kinds import BaselineError

PAD, UNKNOWN = "<pad>", "<unk>"
START, END = "<|startoftext|>", "<|endoftext|>"


def clean_caption(text: str) -> str:
    """ftfy, HTML entities twice, single blanks, lower case, as in CLIP (its HF tokenizer skips the first two)."""
    return clean_text(text, lower=True, entities=True)


class CaptionTokens:
    """`tokens(captions)` -> int64 [T, max_words]: start, at most max_words - 2 tokens, end, then 0."""

    def __init__(self, tokenizer: Any, max_words: int):
        if max_words < 2:
            raise BaselineError(f"max_words {max_words}: a caption needs at least 2, its start and its end")
        self.tokenizer, self.max_words = tokenizer, max_words
        self.start = _first_id(tokenizer, "bos_token_id", "cls_token_id")
        self.end = _first_id(tokenizer, "eos_token_id", "sep_token_id")

    def __call__(self, captions: Sequence[str]) -> Tensor:
        ids = torch.zeros((len(captions), self.max_words), dtype=torch.int64)
        for row, caption in enumerate(captions):
            found = self.tokenizer(
                clean_caption(caption), add_special_tokens=False, truncation=True, max_length=self.max_words - 2
            )["input_ids"]
            framed = [self.start, *found[: self.max_words - 2], self.end]
            ids[row, : len(framed)] = torch.tensor(framed)
        return ids

    @property
    def vocab_size(self) -> int:
        """How many ids the text encoder needs."""
        return len(self.tokenizer)

    def save(self, folder: str | Path) -> None:
        """tokenizer.json and its configuration into `folder`."""
        self.tokenizer.save_pretrained(str(folder))

    @classmethod
    def load(cls, folder: str | Path, max_words: int) -> CaptionTokens:
        """From a folder or Hub id that holds a tokenizer. Raises EncoderError."""
        return cls(load_tokenizer(str(folder)), max_words)

    @classmethod
    def learn(cls, captions: Iterable[str], max_words: int, *, max_vocabulary: int = 8_000) -> CaptionTokens:
        """A word vocabulary of the captions, the most frequent first; 0 pad, 1 unknown, the last two start and end."""
        from tokenizers import Tokenizer, models, pre_tokenizers
        from transformers import PreTrainedTokenizerFast

        splitter = pre_tokenizers.Whitespace()
        counts = Counter(word for caption in captions for word, _ in splitter.pre_tokenize_str(clean_caption(caption)))
        words = sorted(counts, key=lambda word: (-counts[word], word))[: max_vocabulary - 4]
        vocabulary = {word: i for i, word in enumerate((PAD, UNKNOWN, *words, START, END))}
        tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=UNKNOWN))
        tokenizer.pre_tokenizer = splitter
        fast = PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, pad_token=PAD, unk_token=UNKNOWN, bos_token=START, eos_token=END
        )
        return cls(fast, max_words)


def _first_id(tokenizer: Any, *names: str) -> int:
    for name in names:
        if (found := getattr(tokenizer, name, None)) is not None:
            return int(found)
    raise BaselineError(f"the tokenizer {type(tokenizer).__name__} has none of {', '.join(names)}")
