"""Captions that were there already, exactly or nearly (MinHash)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from svta.builder.errors import MissingExtra
from svta.builder.record import Clip
from svta.builder.splits import normalise_caption

NEAR_THRESHOLD: Final = 0.85  # Jaccard of word pairs: one word changed leaves .91 of a 40-word caption, .69 of 10
_PERMUTATIONS: Final = 128
_BANDS: Final = 16  # candidates from a similarity of about .7 up; each is then measured exactly


@dataclass
class Duplicates:
    """Captions seen: exact ones by their letters (case and blanks aside), near ones by MinHash over word pairs."""

    _exact: dict[str, str] = field(default_factory=dict)
    _near: NearIndex | None = None

    def first_of(self, key: str, caption: str, near: float | None = None) -> tuple[str, str] | None:
        """("duplicate" | "near_duplicate", key of the first) if the caption repeats one; else it is remembered."""
        if (first := self._exact.setdefault(fold(caption), key)) != key:
            return "duplicate", first
        if near is None:
            return None
        self._near = self._near or NearIndex(near)
        alike = self._near.add(key, caption)
        return None if alike is None else ("near_duplicate", alike)


class NearIndex:
    """MinHash index of captions that found no near duplicate when they came. Needs rensa."""

    def __init__(self, threshold: float = NEAR_THRESHOLD):
        try:
            import rensa
        except ImportError:
            raise MissingExtra("rensa", "generate") from None
        self.threshold = threshold
        self._sketch = rensa.RMinHash
        self._index = rensa.RMinHashLSH(threshold=threshold, num_perm=_PERMUTATIONS, num_bands=_BANDS)
        self._kept: list[tuple[str, str]] = []  # not their word pairs: those cost 3 KB a caption and are rarely asked

    def add(self, key: str, caption: str) -> str | None:
        """The key of the first kept caption at least `threshold` alike (Jaccard of word pairs), else None and kept."""
        pairs = word_pairs(caption)
        sketch = self._sketch(num_perm=_PERMUTATIONS, seed=0)
        sketch.update(list(pairs))
        for candidate in sorted(self._index.query(sketch)):
            first, text = self._kept[candidate]
            others = word_pairs(text)
            if len(pairs & others) >= self.threshold * len(pairs | others):
                return first
        self._index.insert(len(self._kept), sketch)
        self._kept.append((key, caption))
        return None


def fold(caption: str) -> str:
    """What exact duplicates share: letters without case, single blanks."""
    return " ".join(caption.casefold().split())


def word_pairs(caption: str) -> frozenset[str]:
    """Pairs of neighbouring words, with the ends, without case and punctuation: what near duplicates share."""
    words = ["", *normalise_caption(caption).split(), ""]
    return frozenset(f"{a} {b}" for a, b in pairwise(words))


def repeats(clips: Iterable[Clip]) -> dict[str, dict[str, int]]:
    """For the normal half, the anomaly half and both: rows in groups that repeat exactly, and rows keep-first rejects.

    A caption that is in both halves counts as a repeat in `both` alone.
    """
    halves: dict[str, Counter[str]] = {"normal": Counter(), "anomaly": Counter(), "both": Counter()}
    for clip in clips:
        text = fold(clip.caption)
        halves["both"][text] += 1
        if clip.is_anomaly is not None:
            halves["anomaly" if clip.is_anomaly else "normal"][text] += 1
    return {
        name: {
            "rows_in_groups": sum(n for n in counts.values() if n > 1),
            "repeats": sum(n - 1 for n in counts.values()),
        }
        for name, counts in halves.items()
    }
