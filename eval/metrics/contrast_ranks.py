"""R@1 within sets of clips that only one thing tells apart: does a model see what differs, all else being equal?

Reads the clips of a gallery and scores of one set after the other; gives figures by factor (direction, order ...). In a
whole gallery a clip's colours and places give it away; within its set they do not: chance is 1 / (clips of the set).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from svta.builder.record import Clip

from .rank_counts import Rows
from .ranks import Ranks
from .retrieval import Ties, retrieval_metrics

Ints = npt.NDArray[np.int64]
Score = Callable[[Ints, Ints], npt.NDArray[Any]]  # (captions [K], videos [K]) -> [K, K], higher is better


@dataclass(frozen=True)
class ContrastSet:
    """Clips of one group that differ in `factor` alone: their captions [K] and their videos [K] in a gallery."""

    factor: str
    captions: Ints
    videos: Ints


@dataclass(frozen=True)
class ContrastRanks:
    """Where each caption [N] and each video [N] finds its own within its set; set after set."""

    t2v: Ranks
    v2t: Ranks


def contrast_numbers(clips: Sequence[Clip]) -> Rows:
    """Which clips are of one set: rows of which those of a set are equal, each other clip by itself."""
    numbers: dict[tuple[str, ...], int] = {}
    names = ((clip.group, clip.contrast) if clip.group and clip.contrast else (clip.key,) for clip in clips)
    inverse = np.array([numbers.setdefault(name, len(numbers)) for name in names], np.int64)
    return Rows(np.unique(inverse, return_index=True)[1], inverse)


def contrast_sets(clips: Sequence[Clip], videos: Rows) -> list[ContrastSet]:
    """The sets of a gallery, in its order; a clip whose set is not there with another video has none.

    clips [T] are queries, `videos` says which of them share a video: of those the first one counts.
    """
    groups: dict[tuple[str, str], list[int]] = {}
    first = set(videos.first.tolist())
    for i, clip in enumerate(clips):
        if clip.contrast is not None and clip.group is not None and i in first:
            groups.setdefault((clip.group, clip.contrast), []).append(i)
    places = ((factor, np.array(rows, np.int64)) for (_, factor), rows in groups.items() if len(rows) > 1)
    return [ContrastSet(factor, rows, videos.inverse[rows]) for factor, rows in places]


def within_sets(sets: Sequence[ContrastSet], score: Score, ties: Ties = "expected") -> ContrastRanks:
    """The rank of each query's own among the clips of its set; a NaN is never found.

    Ties "official" count as "expected": its entries are those of whole galleries.
    """
    rule: Ties = "expected" if ties == "official" else ties
    found = [retrieval_metrics(score(one.captions, one.videos), ties=rule) for one in sets]
    return ContrastRanks(_joined([one.t2v.ranked for one in found]), _joined([one.v2t.ranked for one in found]))


def _joined(parts: Sequence[Ranks]) -> Ranks:
    ranks = [np.zeros(0), *(part.rank for part in parts)]
    ties = [np.zeros(0, np.int64), *(part.tied for part in parts if part.tied is not None)]
    return Ranks(np.concatenate(ranks), np.concatenate(ties))


def by_factor(sets: Sequence[ContrastSet]) -> dict[str, npt.NDArray[np.bool_]]:
    """Which of the queries [N] are of each factor."""
    names = np.array([one.factor for one in sets for _ in one.captions])
    return {name: names == name for name in sorted(set(names.tolist()))}


def chance(sets: Sequence[ContrastSet]) -> float:
    """R@1 in percent of a random order within each set."""
    return 100.0 * len(sets) / sum(len(one.captions) for one in sets)
