"""Which test captions a model may have seen in training: equal after normalising, or nearly equal.

Reads captions of two sets; `svta eval --disjoint-from TRAIN` ranks only what is left and writes the report beside.

    report = find_leaks(test_clips, train_clips)     # report.leaked: one row a leaked test clip, with the reason
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from .io.json_text import JsonObject
from .paths import without_video_ending
from .record import Clip
from .splits import footage_of, normalise_caption

SHINGLE: Final = 3
NEAR: Final = 0.6


@dataclass(frozen=True)
class Leak:
    """One test clip and the training clip that gives it away. kind: same_key | same_text | near_text | same_group."""

    key: str
    kind: str
    train_key: str
    overlap: float

    def as_dict(self) -> dict[str, object]:
        """Plain JSON."""
        return {"key": self.key, "kind": self.kind, "train_key": self.train_key, "overlap": round(self.overlap, 3)}


@dataclass(frozen=True)
class LeakReport:
    """What leaks, at most one row per test clip (the worst kind)."""

    leaked: list[Leak]
    test: int
    train: int

    @property
    def keys(self) -> set[str]:
        """Keys of the leaked test clips."""
        return {leak.key for leak in self.leaked}

    def as_dict(self) -> JsonObject:
        """Counts by kind, and every leaked clip."""
        kinds = Counter(leak.kind for leak in self.leaked)
        share = 100 * len(self.leaked) / self.test if self.test else 0.0
        return {
            "test": self.test,
            "train": self.train,
            "leaked": len(self.leaked),
            "leaked_percent": round(share, 2),
            "by_kind": dict(kinds.most_common()),
            "clips": [leak.as_dict() for leak in self.leaked],
        }


def shingles(caption: str, size: int = SHINGLE) -> frozenset[str]:
    """Runs of `size` words of the normalised caption; the whole caption where it is shorter."""
    words = normalise_caption(caption).split()
    if len(words) <= size:
        return frozenset((" ".join(words),))
    return frozenset(" ".join(words[i : i + size]) for i in range(len(words) - size + 1))


def find_leaks(test: Sequence[Clip], train: Iterable[Clip], *, near: float = NEAR, groups: bool = True) -> LeakReport:
    """Test clips whose text (or group: the same source video) is also in training.

    near: Jaccard overlap of three-word runs from which two captions count as nearly the same; above 1 turns it off.
    A clip with the same key is the same clip. Every caption that overlaps so far is found; 41,315 against 8,263
    captions take seconds.
    """
    by_text: dict[str, str] = {}
    by_group: dict[str, dict[str, str]] = defaultdict(dict)  # the name of a video without folders -> its groups
    by_footage: dict[str | None, str] = {}
    keys: set[str] = set()
    runs: list[tuple[str, frozenset[str]]] = []
    holders: dict[str, list[int]] = defaultdict(list)
    for clip in train:
        keys.add(clip.key)
        by_text.setdefault(normalise_caption(clip.caption), clip.key)
        if groups and clip.group:
            by_group[_video(clip.group).rpartition("/")[2]].setdefault(clip.group, clip.key)
        if groups and (footage := footage_of(clip.provenance)) is not None:
            by_footage.setdefault(footage, clip.key)
        if near <= 1:
            own = shingles(clip.caption)
            for run in own:
                holders[run].append(len(runs))
            runs.append((clip.key, own))
    leaked = []
    for clip in test:
        if clip.key in keys:
            leaked.append(Leak(clip.key, "same_key", clip.key, 1.0))
        elif (found := by_text.get(normalise_caption(clip.caption))) is not None:
            leaked.append(Leak(clip.key, "same_text", found, 1.0))
        elif (closest := _closest(shingles(clip.caption), runs, holders, near))[1] >= near:
            leaked.append(Leak(clip.key, "near_text", *closest))
        elif groups and (one := by_footage.get(footage_of(clip.provenance))) is not None:
            leaked.append(Leak(clip.key, "same_group", one, 0.0))
        elif groups and clip.group:
            same = by_group.get(_video(clip.group).rpartition("/")[2], {})
            alike = (key for group, key in same.items() if _is_same_video(group, clip.group))
            if key := same.get(clip.group) or next(alike, None):
                leaked.append(Leak(clip.key, "same_group", key, 0.0))
    return LeakReport(leaked, len(test), len(keys))


def _video(group: str) -> str:
    """A group as the name of its video: without the table that names it (`captions:`) and the file's ending."""
    return without_video_ending(group.rpartition(":")[2].replace("\\", "/"))


def _is_same_video(group: str, other: str) -> bool:
    """Whether groups of two tables are one video: the one name is the end of the other.

    Mere numbers (0001) are names of their own table.
    """
    a, b = sorted((_video(group), _video(other)), key=len)
    return not a.isdigit() and f"/{b}".endswith(f"/{a}")


def disjoint_positions(clips: Sequence[Clip], report: LeakReport, *, kinds: Iterable[str] | None = None) -> list[int]:
    """Positions of the clips that do not leak (in any way, or in the given kinds)."""
    wanted = None if kinds is None else set(kinds)
    gone = {leak.key for leak in report.leaked if wanted is None or leak.kind in wanted}
    return [i for i, clip in enumerate(clips) if clip.key not in gone]


def _closest(
    own: frozenset[str], runs: list[tuple[str, frozenset[str]]], holders: dict[str, list[int]], near: float
) -> tuple[str, float]:
    """(key, overlap) of the training caption nearest to one, the first of equals, where one overlaps by `near`.

    Such a caption holds at least `enough` of the runs, so that it lacks at most len(own) - enough of them: of any one
    more it holds one. The rarest are asked for, and only the captions that hold one of those are compared.
    """
    rarest_first = sorted(own, key=lambda run: len(holders.get(run, ())))
    enough = max(1, ceil(near * len(own) - 1e-9))
    candidates = {index for run in rarest_first[: len(own) - enough + 1] for index in holders.get(run, ())}
    best = ("", 0.0)
    for index in sorted(candidates):
        key, other = runs[index]
        overlap = len(own & other) / len(own | other)
        if overlap > best[1]:
            best = (key, overlap)
    return best
