"""Captions into token ids, as the official code does it: clean, encode, cut, start and end of text, zeros behind.

CaptionTokens reads a folder with a Hugging Face tokenizer (CLIP's, BERT's), or learns a small word vocabulary from
captions, for models trained from scratch without a download; written beside the weights as tokenizer.json. Vocabulary,
the tiny model's, is a list of word stems.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import torch
from torch import Tensor

from svta.eval.encoders.inputs import clean_text, load_tokenizer

from .kinds import BaselineError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

PAD, UNKNOWN = "<pad>", "<unk>"
START, END = "<|startoftext|>", "<|endoftext|>"
PAD_ID, UNKNOWN_ID = 0, 1
_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def clean_caption(text: str) -> str:
    """ftfy, HTML entities twice, single blanks, lower case, as in CLIP (its HF tokenizer skips the first two)."""
    return clean_text(text, lower=True, entities=True)


class CaptionTokens:
    """`tokens(captions)` -> int64 [T, max_words]: start, at most max_words - 2 tokens, end, then 0."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, max_words: int):
        if max_words < 2:
            raise BaselineError(f"max_words {max_words}: a caption needs at least 2, its start and its end")
        self.tokenizer, self.max_words = tokenizer, max_words
        self.start = _first_id(tokenizer, tokenizer.bos_token_id, tokenizer.cls_token_id)
        self.end = _first_id(tokenizer, tokenizer.eos_token_id, tokenizer.sep_token_id)

    def __call__(self, captions: Sequence[str]) -> Tensor:
        ids = torch.zeros((len(captions), self.max_words), dtype=torch.int64)
        for row, caption in enumerate(captions):
            words = self.tokenizer(
                clean_caption(caption), add_special_tokens=False, truncation=True, max_length=self.max_words - 2
            )["input_ids"]
            framed = [self.start, *words[: self.max_words - 2], self.end]
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


def _first_id(tokenizer: PreTrainedTokenizerBase, *ids: int | None) -> int:
    for number in ids:
        if number is not None:
            return int(number)
    raise BaselineError(f"the tokenizer {type(tokenizer).__name__} has no token for the start or the end of a text")


def stem(word: str) -> str:
    """A word without its most regular English endings, so that walk, walks, walked and walking are one word."""
    word = word.replace("’", "'").removesuffix("'s")
    for ending in ("ing", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word.removesuffix(ending)
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]
    return word[:-1] + "i" if len(word) > 3 and word.endswith("y") else word


class Vocabulary:
    """Word stems of the training captions; `ids` turns captions into int64 [T, W], 0 pads, 1 is an unknown word."""

    def __init__(self, words: Sequence[str], max_words: int):
        self.words = list(words)
        self.max_words = max_words
        self._index = {word: i + 2 for i, word in enumerate(self.words)}

    @classmethod
    def of(cls, captions: Sequence[str], max_words: int) -> Vocabulary:
        """All stems that occur, most frequent first, then by name."""
        counts = Counter(word for caption in captions for word in cls.split(caption))
        return cls([word for word, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))], max_words)

    @staticmethod
    def split(caption: str) -> list[str]:
        """Stems in order."""
        return [stem(word) for word in _WORD.findall(caption.casefold())]

    def ids(self, captions: Sequence[str]) -> Tensor:
        """int64 [T, W], W the longest caption's words, at least 1 and at most max_words."""
        rows = [
            [self._index.get(w, UNKNOWN_ID) for w in self.split(c)[: self.max_words]] or [UNKNOWN_ID] for c in captions
        ]
        ids = torch.zeros(len(rows), max(map(len, rows), default=1), dtype=torch.long)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = torch.tensor(row)
        return ids
