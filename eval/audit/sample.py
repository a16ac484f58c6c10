"""Which clips are audited: drawn category by category, as many as an interval of the wanted width needs.

Reads clips; gives Items, the pairs of a clip and a caption that somebody is asked about. Some are controls: a clip with
another caption of its category, which it does not show. Nothing but the Item's `kind` tells a control.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from svta.builder.record import Clip
from svta.builder.splits import normalise_caption

from .correction import Z_95

Kind = Literal["own", "swapped", "known", "known_swapped"]
CONTROLS: Final[tuple[Kind, ...]] = ("swapped", "known_swapped")
MINOR: Final = "depicts_minor"
_CANDIDATES: Final = 20  # captions of the category; the one with the fewest common words is taken
_Stratum = TypeVar("_Stratum", bound=Hashable)


@dataclass(frozen=True)
class Item:
    """One clip beside one caption. own: the clip's caption; swapped: another of its category; known, known_swapped: the
    same of a drawn clip that is known to show its own caption. weight: clips of the dataset that it stands for.
    """

    id: str
    key: str
    caption: str
    kind: Kind
    category: str | None = None
    weight: float = 1.0
    minor: bool = False


def sample_size(half_width: float, population: int) -> int:
    """Clips whose 95 % interval (Wilson) reaches at most `half_width` points to each side, for any rate; no more
    than there are.

    >>> sample_size(5, 100_000), sample_size(5, 300)
    (381, 300)
    """
    needed = (Z_95 / (2 * half_width / 100)) ** 2 - Z_95**2
    return min(population, max(1, math.ceil(needed - 1e-9)))


def allocate(sizes: Mapping[_Stratum, int], total: int) -> dict[_Stratum, int]:
    """How many of each stratum: in proportion, at least one while `total` allows; ties by the order of the strata.

    >>> allocate({"falls": 80, "arson": 15, "rare": 1}, 10)
    {'falls': 8, 'arson': 1, 'rare': 1}
    """
    if total >= sum(sizes.values()):
        return dict(sizes)
    order = sorted(sizes, key=lambda name: -sizes[name])
    taken = {name: int(place < total) for place, name in enumerate(order)}
    for _ in range(total - sum(taken.values())):
        # the stratum that is shortest of its share, divided as in the method of Sainte-Laguë
        name = max((n for n in order if taken[n] < sizes[n]), key=lambda n: sizes[n] / (2 * taken[n] + 1))
        taken[name] += 1
    return {name: taken[name] for name in sizes}


def draw_items(clips: Sequence[Clip], total: int, *, swapped: float, seed: int) -> list[Item]:
    """`total` clips by category with their own captions, and `swapped` times as many controls, in random order.

    Controls are clips that were not drawn, if there are any: who sees a clip twice could guess.
    """
    by_category: dict[str | None, list[Clip]] = defaultdict(list)
    for clip in sorted(clips, key=lambda clip: clip.key):
        by_category[clip.category].append(clip)
    by_category = {name: by_category[name] for name in sorted(by_category, key=str)}
    wanted = allocate({name: len(members) for name, members in by_category.items()}, total)
    rng = random.Random(seed)
    items: list[Item] = []
    for name, members in by_category.items():
        drawn = rng.sample(members, wanted[name])
        items += [item_of(clip, clip.caption, "own", seed, weight=len(members) / len(drawn)) for clip in drawn]
    audited = {item.key for item in items}
    others = rng.sample(rest := sorted({clip.key for clip in clips} - audited), len(rest))
    chosen = {*[*others, *rng.sample(sorted(audited), len(audited))][: round(swapped * len(audited))]}
    items += swapped_items([clip for clip in clips if clip.key in chosen], clips, "swapped", seed)
    rng.shuffle(items)
    return items


def known_items(clips: Sequence[Clip], seed: int) -> list[Item]:
    """Clips that are known to show their captions: each with its own, and with another one's."""
    own = [item_of(clip, clip.caption, "known", seed) for clip in sorted(clips, key=lambda clip: clip.key)]
    items = own + swapped_items(clips, clips, "known_swapped", seed)
    random.Random(seed).shuffle(items)
    return items


def swapped_items(clips: Iterable[Clip], pool: Sequence[Clip], kind: Kind, seed: int) -> list[Item]:
    """Each clip with a caption of its category out of `pool` that has few words in common with its own.

    A clip is left out where no other caption of its category is another sentence.
    """
    by_category: dict[str | None, list[Clip]] = defaultdict(list)
    for clip in pool:
        by_category[clip.category].append(clip)
    items = []
    for clip in sorted(clips, key=lambda clip: clip.key):
        rng = random.Random(f"{seed} {clip.key}")
        others = sorted({other.caption for other in by_category[clip.category]})
        others = [caption for caption in others if common_words(caption, clip.caption) < 1]
        if others:
            few = rng.sample(others, min(_CANDIDATES, len(others)))
            items.append(item_of(clip, min(few, key=lambda text: common_words(text, clip.caption)), kind, seed))
    return items


def common_words(a: str, b: str) -> float:
    """The share of the words of two captions that are in both; 1 for the same words."""
    first, second = (set(normalise_caption(text).split()) for text in (a, b))
    return len(first & second) / max(1, len(first | second))


def item_of(clip: Clip, caption: str, kind: Kind, seed: int, *, weight: float = 1.0) -> Item:
    """The Item of a clip and a caption. Its id says nothing of its kind."""
    name = "\x1f".join((str(seed), kind, clip.key, caption))
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return Item(digest, clip.key, caption, kind, clip.category, weight, MINOR in clip.flags)


def sample_hash(ids: Iterable[str]) -> str:
    """Names a sample by the ids of its items: answers of people are kept under it."""
    return hashlib.sha256(" ".join(sorted(ids)).encode()).hexdigest()[:16]
