"""How likely the words of a caption tell of violence: a logistic regression over words and pairs of words.

The second opinion beside the rule of english.py, asked only where a minor is seen: its errors are other ones, because
its weights were learned from sentences that people judged (tests/data/minors_*.csv) and not written by hand.
benchmarks/minors_weights.py learns them again.

    violence_likelihood("a drunk dad boots his son down the stairs")    # 0.9
"""

from __future__ import annotations

import json
import math
import re
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Final

ENOUGH: Final = 0.7  # chosen on lists that the weights had not seen: refuses 3 of 100 MSR-VTT captions with a child

_WORD: Final = re.compile(r"[a-z]+")
_ENDINGS: Final = ("ing", "ed", "es", "s", "ly")
_SHORTEST: Final = 5  # letters of a word whose ending is cut
_EVERYWHERE: Final = frozenset(
    re.findall(r"\w+", "a an the of to and in on at is are was with his her their by from for into who that while")
)


def features(text: str) -> list[str]:
    """Stems of the words that carry meaning, and pairs of neighbours joined by `_`; `text` as plain_text gives it."""
    stems = [_stem(word) for word in _WORD.findall(text)]
    return [stem for stem in stems if stem not in _EVERYWHERE] + [f"{a}_{b}" for a, b in pairwise(stems)]


def violence_likelihood(text: str) -> float:
    """Between 0 and 1; `text` as plain_text gives it."""
    weights = _weights()
    score = weights[""] + sum(weights.get(feature, 0.0) for feature in set(features(text)))
    return 1.0 / (1.0 + math.exp(-score))


def _stem(word: str) -> str:
    if len(word) >= _SHORTEST:
        for ending in _ENDINGS:
            if word.endswith(ending):
                return word[: -len(ending)]
    return word


@cache
def _weights() -> dict[str, float]:
    """Feature -> weight; the empty feature holds the intercept."""
    table: dict[str, float] = json.loads(files("svta.builder.minors").joinpath("weights.json").read_text("utf-8"))
    return table
