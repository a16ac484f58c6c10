"""Which clip goes to train, validation or test: stratified 7:1:2, no group and no caption on two sides.

Reads clips (key, group, caption, category); writes nothing: pack.py asks here. sources/split_file.py reads key,split.

    svta pack clips/ --out DIR --splits 7:1:2|source|FILE
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from .errors import SvtaError
from .rights import facts_of

SPLITS: Final = ("train", "validation", "test")
RATIOS: Final = (0.7, 0.1, 0.2)  # the paper's 7:1:2
_NAMES: Final = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validate", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_STEMS: Final = {  # how words of a split begin, letters only, without accents
    unicodedata.normalize("NFKD", stem): split
    for split, stems in (
        ("train", "train entrain entren trein addestr apprenti обуч трен 训练 訓練 学习 学習 學習 훈련 학습"),
        ("validation", "val dev walid вали 验证 驗證 検証 검증"),
        ("test", "test essai prueb prova pruf тест 测试 測試 テスト 테스트 시험"),
    )
    for stem in stems.split()
}
_IDEOGRAPHS: Final = "\u2e80"  # scripts without blanks between words
_WORDS: Final = re.compile(r"\w+")


class SplitError(SvtaError):
    """Invalid ratios, or a split file that cannot be read; names the line."""


class Grouped(Protocol):
    """What of a clip says which others are of the same source."""

    @property
    def key(self) -> str: ...
    @property
    def group(self) -> str | None: ...
    @property
    def source(self) -> str | None: ...
    @property
    def source_id(self) -> str | None: ...


class Splittable(Grouped, Protocol):
    """What a clip must tell to be placed; a Clip does."""

    @property
    def caption(self) -> str: ...
    @property
    def category(self) -> str | None: ...
    @property
    def is_anomaly(self) -> bool | None: ...
    @property
    def provenance(self) -> str | None: ...


@dataclass(frozen=True)
class SplitPlan:
    """`splits`: key -> split. `conflicts`: key -> why it fits no side (reason split_conflict in rejected.jsonl)."""

    splits: dict[str, str]
    conflicts: dict[str, str] = field(default_factory=dict)


def assign_splits(
    clips: Iterable[Splittable],
    ratios: Sequence[float] = RATIOS,
    seed: int = 0,
    *,
    existing: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """key -> split for every clip that can be placed; see plan_splits, which also tells the conflicts."""
    return plan_splits(clips, ratios, seed, existing=existing).splits


def plan_splits(
    clips: Iterable[Splittable],
    ratios: Sequence[float] = RATIOS,
    seed: int = 0,
    *,
    existing: Mapping[str, str] | None = None,
) -> SplitPlan:
    """Place clips in train, validation and test by `ratios`; the order of `clips` does not matter.

    Clips tied by a group, a normalised caption or a recording stay together. Keys in `existing` keep their split (give
    their clips too, so that ties to them are seen); a new clip tied to two sides is a conflict. Within .5 points of the
    ratios overall and by category, if the tied components allow it. Raises SplitError for invalid ratios.
    """
    shares = _check_ratios(ratios)
    existing = {} if existing is None else existing  # pack fills it while the clips are read
    rows = sorted({clip.key: (clip.key, _ties(clip), _stratum(clip)) for clip in clips}.values())
    ties = _Ties()
    for key, names, _ in rows:
        if key in existing:
            ties.fix(names, SPLITS.index(existing[key]))
    splits: dict[str, str] = {}
    conflicts: dict[str, str] = {}
    placed: list[tuple[str, str, str]] = []  # key, group, stratum
    for key, names, stratum in rows:
        if key in existing:
            splits[key] = existing[key]
        elif (joined := ties.join(names)).bit_count() > 1:
            sides_of = [SPLITS[i] for i in range(3) if joined >> i & 1]
            conflicts[key] = "its group or caption is already in " + " and ".join(sides_of)
        else:
            placed.append((key, names[0], stratum))
    room = _Room(shares, Counter(row[2] for row in rows if row[0] not in conflicts))
    for key, _, stratum in rows:
        if key in existing:
            room.take(SPLITS.index(splits[key]), {stratum: 1})
    members: dict[int, list[tuple[str, str]]] = {}
    for key, group, stratum in placed:
        members.setdefault(ties.find(group), []).append((key, stratum))
    free: list[tuple[int, bytes, list[str], Counter[str]]] = []
    for root, clips_in in members.items():
        keys, strata = [key for key, _ in clips_in], Counter(stratum for _, stratum in clips_in)
        if fixed := ties.sides[root]:
            room.take(fixed.bit_length() - 1, strata)
            splits.update(dict.fromkeys(keys, SPLITS[fixed.bit_length() - 1]))
        else:  # keys are sorted, so the first one names the component in any order of clips
            free.append((-len(keys), _hash(seed, keys[0]), keys, strata))
    free.sort(key=lambda component: component[:2])
    sides = [room.choose(digest, strata) for _, digest, _, strata in free]
    _fill_empty(sides, [len(keys) for _, _, keys, _ in free], shares, set(splits.values()))
    for side, (_, _, keys, _) in zip(sides, free):
        splits.update(dict.fromkeys(keys, SPLITS[side]))
    return SplitPlan({key: splits[key] for key, *_ in rows if key in splits}, conflicts)


def normalise_caption(caption: str) -> str:
    """What makes two captions the same: their words, in order, without case, punctuation or spacing."""
    words = _WORDS.findall(unicodedata.normalize("NFKC", caption).casefold())
    return " ".join(words) or caption.strip()


def group_of(clip: Grouped) -> str:
    """The name of what must not be split: the clip's group, else its row in its source, else itself."""
    if clip.group:
        return f"group {clip.group}"
    return f"row {clip.source} {clip.source_id}" if clip.source_id else f"clip {clip.key}"


def footage_of(provenance: str | None) -> str | None:
    """The file that an imported clip was made of, by its content: one recording under two paths is one."""
    if not provenance or '"footage"' not in provenance:
        return None
    imported = facts_of(provenance).get("imported")
    footage = imported.get("footage") if isinstance(imported, dict) else None
    return footage if isinstance(footage, str) else None


def connected(rows: Iterable[Sequence[str]]) -> list[int]:
    """Numbers from 0 of the rows' components: rows that share a name, or are linked through others, get one number."""
    ties, firsts = _Ties(), []
    for names in rows:
        ties.node(names[0])
        for name in names[1:]:
            ties.join((names[0], name))
        firsts.append(names[0])
    numbers: dict[int, int] = {}
    return [numbers.setdefault(ties.find(name), len(numbers)) for name in firsts]


def split_name(name: str | None) -> str | None:
    """train, validation or test for the names sources use (Train, val, Testing ...); None for any other."""
    return _NAMES.get((name or "").strip().casefold())


def split_in(cell: str | None) -> str | None:
    """The split that a cell of a column of splits means, by how its words begin (val_1, test1k, public_test, trainval,
    Validierung, essai, 测试集); None if they mean none, or two.
    """
    letters = unicodedata.normalize("NFKD", (cell or "").casefold())
    words = re.findall(r"[^\W\d_]+", re.sub("[\u0300-\u036f]", "", letters))
    found = {
        split
        for word in words
        for stem, split in _STEMS.items()
        if word.startswith(stem) or (stem > _IDEOGRAPHS and stem in word)
    }
    return found.pop() if len(found) == 1 else None


def parse_ratios(text: str) -> tuple[float, ...] | None:
    """'7:1:2', '.7,.1,.2' or 'ratios' as three shares; None when the text is not a ratio at all."""
    if text == "ratios":
        return RATIOS
    if not re.fullmatch(r"\s*[\d.]+(\s*[:,/]\s*[\d.]+){2}\s*", text):
        return None
    try:
        return _check_ratios([float(part) for part in re.split(r"[:,/]", text)])
    except ValueError:
        raise SplitError(f"--splits {text}: three numbers like 7:1:2 are needed") from None


class _Ties:
    """Union-find over groups and captions; each root knows, as bits, the splits that are fixed for it."""

    def __init__(self) -> None:
        self.parent: list[int] = []
        self.sides: list[int] = []
        self.ids: dict[str, int] = {}

    def node(self, name: str) -> int:
        node = self.ids.setdefault(name, len(self.parent))
        if node == len(self.parent):
            self.parent.append(node)
            self.sides.append(0)
        return node

    def root(self, node: int) -> int:
        parent = self.parent
        while parent[node] != node:
            parent[node] = node = parent[parent[node]]
        return node

    def find(self, name: str) -> int:
        return self.root(self.ids[name])

    def fix(self, names: Sequence[str], side: int) -> None:
        """An existing clip: all its ties are on this side. They are not joined: a leak there stays theirs."""
        for name in names:
            self.sides[self.root(self.node(name))] |= 1 << side

    def join(self, names: Sequence[str]) -> int:
        """Tie names to the first unless that would join two sides; the sides that all would have."""
        first, *others = (self.root(self.node(name)) for name in names)
        sides = self.sides[first]
        for other in others:
            sides |= self.sides[other]
        if sides.bit_count() < 2:
            for other in others:
                self.parent[self.root(other)] = self.root(first)
            self.sides[self.root(first)] = sides
        return sides


class _Room:
    """How many clips each split still wants, overall and in each stratum."""

    def __init__(self, shares: Sequence[float], sizes: Mapping[str, int]):
        self.shares = shares
        self.total = [share * sum(sizes.values()) for share in shares]
        self.limit = [max(1.0, want / 4) for want in self.total]  # no component fills a quarter of a small split
        self.strata = {name: [share * size for share in shares] for name, size in sizes.items()}

    def take(self, side: int, strata: Mapping[str, int]) -> None:
        for name, count in strata.items():
            self.total[side] -= count
            self.strata[name][side] -= count

    def choose(self, digest: bytes, strata: Mapping[str, int]) -> int:
        """A side drawn by the ratios if the component fits there, else the one that misses most; taken at once."""
        size = sum(strata.values())
        sides = [side for side in range(3) if self.shares[side] > 0]
        fits = [side for side in sides if size <= self.limit[side] and self._fits(side, size, strata)]
        drawn, edge = int.from_bytes(digest, "big") / 2**64, 0.0
        for side in sides:
            edge += self.shares[side]
            if drawn < edge and side in fits:
                break
            if drawn < edge:
                side = max(fits or sides, key=lambda s: (self._misses(s, size, strata), -s))
                break
        self.take(side, strata)
        return side

    def _fits(self, side: int, size: int, strata: Mapping[str, int]) -> bool:
        if self.total[side] < size - 0.5:
            return False
        return all(self.strata[name][side] >= count - 0.5 for name, count in strata.items())

    def _misses(self, side: int, size: int, strata: Mapping[str, int]) -> float:
        return size * self.total[side] + sum(count * self.strata[name][side] for name, count in strata.items())


def _fill_empty(sides: list[int], sizes: list[int], shares: Sequence[float], used: set[str]) -> None:
    """A split that was asked for gets the smallest component of the fullest one rather than nothing."""
    for empty in range(3):
        if shares[empty] == 0 or SPLITS[empty] in used or empty in sides:
            continue
        counts = Counter(sides)
        donors = [side for side, count in counts.items() if count > 1]
        if donors:
            donor = max(donors, key=lambda side: (counts[side], -side))
            sides[max((i for i, side in enumerate(sides) if side == donor), key=lambda i: (-sizes[i], i))] = empty


def _check_ratios(ratios: Sequence[float]) -> tuple[float, ...]:
    total = sum(ratios)
    if len(ratios) != 3 or not all(0 <= ratio < float("inf") for ratio in ratios) or not 0 < total < float("inf"):
        raise SplitError(f"split ratios {tuple(ratios)}: three numbers >= 0 are needed, for {', '.join(SPLITS)}")
    return tuple(ratio / total for ratio in ratios)


def _ties(clip: Splittable) -> tuple[str, ...]:
    words = normalise_caption(clip.caption).encode("utf-8", "surrogatepass")
    footage = footage_of(clip.provenance)
    names = group_of(clip), "caption " + hashlib.blake2b(words, digest_size=16).hexdigest()
    return names if footage is None else (*names, f"footage {footage}")


def _stratum(clip: Splittable) -> str:
    return f"category {clip.category}" if clip.category is not None else f"anomaly {clip.is_anomaly}"


def _hash(seed: int, key: str) -> bytes:
    return hashlib.blake2b(f"{seed} {key}".encode(), digest_size=8).digest()
