"""The clips of a gallery as columns: facets with their codes for the page, details in chunks, words for its search.

Reads the index of a ClipDataset, or descriptions; decodes nothing. What the page needs at once (facets, keys) is kept
apart from what it loads when it is looked at (captions, provenance).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np

from svta.builder.layout.stats import WITHHELD
from svta.builder.splits import SPLITS, connected, normalise_caption
from svta.builder.taxonomy import Taxonomy

CHUNK: Final = 500  # entries in one script
DETAILS: Final = (  # of the clip page, in this order
    "source_id", "source_split", "group", "start", "end", "tag", "license", "num_frames", "fps", "width", "height",
    "seed", "sha256", "provenance",
)  # fmt: skip
_SECONDS: Final = ((2, "under 2 s"), (5, "2 to 5 s"), (10, "5 to 10 s"), (30, "10 to 30 s"), (120, "30 s to 2 min"))
_MOTION: Final = (
    (0.001, "under .001"), (0.003, ".001 to .003"), (0.01, ".003 to .01"), (0.03, ".01 to .03"),
    (math.inf, ".03 and more"),
)  # fmt: skip
_LENGTHS: Final = 12  # ranges of words in a caption at most
_HALVES: Final = {True: "anomaly", False: "normal", None: "not stated"}
_ORIGINS: Final = {True: "synthetic", False: "real footage", None: "not stated"}
NOT_STATED: Final = "not stated"
HELD_BACK: Final = "withheld"


class ClipTable(Protocol):
    """Columns of clips by the names of their fields, as ClipDataset gives them; "category" in numbers, -1 for none."""

    @property
    def taxonomy(self) -> Taxonomy:
        """The categories, in the order of their numbers."""
        ...

    @property
    def fingerprint(self) -> str:
        """Names the clips and their order."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, name: str, /) -> list[Any]: ...


@dataclass(frozen=True)
class Facet:
    """One way to filter: its values in the order they are shown, and for each clip the numbers of those it has."""

    name: str
    title: str
    values: list[str]
    codes: list[int] | list[list[int]]

    def to_json(self) -> dict[str, object]:
        """Plain JSON, as the page reads it."""
        return {"name": self.name, "title": self.title, "values": self.values, "codes": self.codes}

    def counts(self) -> dict[str, int]:
        """Clips by value."""
        flat = (code for entry in self.codes for code in (entry if isinstance(entry, list) else [entry]))
        found = Counter(flat)
        return {value: found[i] for i, value in enumerate(self.values)}


def facets_of(dataset: ClipTable) -> list[Facet]:
    """What clips can be filtered by; a facet in which all clips are alike is kept, an empty one is not."""
    taxonomy = dataset.taxonomy.names
    categories = [NOT_STATED if code < 0 else taxonomy[code] for code in dataset["category"]]
    flags = [sorted(set(flags or [])) for flags in dataset["flags"]]
    found = [
        single("split", "Split", [value or NOT_STATED for value in dataset["split"]], SPLITS),
        single("half", "Anomaly or normal", [_HALVES[value] for value in dataset["is_anomaly"]], _HALVES.values()),
        single("category", "Category", categories, [*sorted(taxonomy), NOT_STATED]),
        single("origin", "Origin", [_ORIGINS[value] for value in dataset["synthetic"]], _ORIGINS.values()),
        single("source", "Source of the caption", [value or NOT_STATED for value in dataset["source"]]),
        single("generator", "Generator", [value or NOT_STATED for value in dataset["generator"]]),
        single("duration", "Duration", list(map(_duration, dataset["duration"])), [name for _, name in _SECONDS]),
        _lengths(dataset),
        _motion(dataset["motion"]),
        _several("flag", "Flags", flags),
        _several("tie", "Repeats and leaks", ties_of(dataset)),
    ]
    return [facet for facet in found if facet.values]


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return NOT_STATED
    return next((name for limit, name in _SECONDS if seconds < limit), "2 min and more")


def _lengths(dataset: ClipTable) -> Facet:
    """Words in the caption, in ranges of one width."""
    counts = [len(caption.split()) for caption in dataset["caption"]]
    withheld = withheld_clips(dataset)
    longest = max((count for i, count in enumerate(counts) if i not in withheld), default=0)
    widths = (base * 10**power for power in range(9) for base in (5, 10, 20))
    width = next(width for width in widths if longest < width * _LENGTHS)
    ranges = [f"{start} to {start + width - 1}" for start in range(0, longest + 1, width)]
    named = [HELD_BACK if i in withheld else ranges[count // width] for i, count in enumerate(counts)]
    return single("words", "Words in the caption", named, ranges)


def _motion(values: Sequence[float | None]) -> Facet:
    """The recorded motion, a share of full scale; no facet where nothing is recorded."""
    if all(value is None for value in values):
        return Facet("motion", "", [], [])
    named = [NOT_STATED if v is None else next(name for limit, name in _MOTION if v < limit) for v in values]
    return single("motion", "Motion (mean change of brightness a frame)", named, [name for _, name in _MOTION])


def withheld_clips(dataset: ClipTable) -> set[int]:
    """Positions of clips whose caption is a hash, because its licence holds it back."""
    return {i for i, flags in enumerate(dataset["flags"]) if WITHHELD in (flags or ())}


def ties_of(dataset: ClipTable) -> list[list[str]]:
    """What each clip shares with others: its caption, its video's bytes; and whether that is in another split too."""
    captions = [normalise_caption(caption) for caption in dataset["caption"]]
    splits, groups, videos = dataset["split"], dataset["group"], dataset["sha256"]
    ties: list[list[str]] = [[] for _ in captions]
    leaking = _across(captions, splits) | _across(groups, splits) | _across(videos, splits)
    for i in _repeated(captions):
        ties[i].append("caption repeats")
    for i in _repeated(videos):
        ties[i].append("video repeats")
    for i in leaking:
        ties[i].append("also in another split")
    return ties


def neighbours_of(dataset: ClipTable) -> list[int]:
    """For each clip the number of its component: clips of one source video, caption or byte-equal video share it."""
    names = zip(
        dataset["group"], (normalise_caption(caption) for caption in dataset["caption"]), dataset["sha256"], strict=True
    )
    rows = ([f"{kind} {name}" for kind, name in enumerate(row) if name] for row in names)
    return list(connected(rows))


def _repeated(values: Sequence[Hashable]) -> set[int]:
    counts = Counter(value for value in values if value)
    return {i for i, value in enumerate(values) if value and counts[value] > 1}


def _across(values: Sequence[Hashable], splits: Sequence[str]) -> set[int]:
    """Positions of values that occur in more than one split."""
    where: dict[Hashable, set[str]] = defaultdict(set)
    for value, split in zip(values, splits, strict=True):
        where[value].add(split)
    return {i for i, value in enumerate(values) if value and len(where[value]) > 1}


def single(name: str, title: str, values: Sequence[str], order: Iterable[str] = ()) -> Facet:
    """A facet in which each clip has one value; `order` comes first."""
    present = set(values)
    first = [value for value in order if value in present]
    shown = first + sorted(present.difference(first))
    number = {value: i for i, value in enumerate(shown)}
    return Facet(name, title, shown, [number[value] for value in values])


def _several(name: str, title: str, values: Sequence[Sequence[str]]) -> Facet:
    shown = sorted({value for entry in values for value in entry})
    number = {value: i for i, value in enumerate(shown)}
    return Facet(name, title, shown, [[number[value] for value in entry] for entry in values])


def chunks_of(dataset: ClipTable, details: Sequence[str] = DETAILS) -> Iterator[list[dict[str, object]]]:
    """What the page shows of single clips, CHUNK at a time: the caption and every detail that is stated."""
    columns, withheld = {name: dataset[name] for name in ("caption", *details)}, withheld_clips(dataset)
    columns["caption"] = [
        f"Caption withheld ({caption})" if i in withheld else caption for i, caption in enumerate(columns["caption"])
    ]
    for start in range(0, len(dataset), CHUNK):
        rows = range(start, min(start + CHUNK, len(dataset)))
        yield [{name: values[i] for name, values in columns.items() if values[i] is not None} for i in rows]


def words_of(captions: Sequence[str]) -> tuple[list[str], list[list[int]]]:
    """An inverted index: all words in the order of JavaScript's texts, and for each the clips that have it, as
    differences to the one before.

    Words are those of termsOf() in search.js: runs of letters, marks, digits and underscores, without case.
    """
    texts = [_without_case(caption) for caption in captions]
    marks = "".join(char for char in set().union(*texts) if unicodedata.category(char).startswith("M"))
    word_of = re.compile(rf"[\w{re.escape(marks)}]+")  # without them the words of Devanagari, say, fall apart
    found: dict[str, list[int]] = defaultdict(list)
    for i, text in enumerate(texts):
        for word in set(word_of.findall(text)):
            found[word].append(i)
    words = sorted(found, key=lambda word: word.encode("utf-16-be", "surrogatepass"))
    return words, [np.diff(found[word], prepend=0).tolist() for word in words]


def _without_case(text: str) -> str:
    """As foldCase() in search.js has it: str.casefold has no counterpart there."""
    return unicodedata.normalize("NFKC", text).upper().lower().replace("ς", "σ")


def clip_data(
    dataset: ClipTable, core: Mapping[str, object], more: Sequence[Facet] = (), details: Sequence[str] = DETAILS
) -> Iterator[tuple[str, object]]:
    """The data of the page about clips: "core" (with what else `core` says), chunks of details, words.

    more: facets beside those of all clips.
    """
    withheld, taxonomy = withheld_clips(dataset), dataset.taxonomy
    captions = ["" if i in withheld else caption for i, caption in enumerate(dataset["caption"])]
    yield (
        "core",
        {
            "count": len(dataset),
            "chunk": CHUNK,
            "keys": " ".join(dataset["key"]),
            "facets": [facet.to_json() for facet in (*facets_of(dataset), *more)],
            "violent": violent_categories(taxonomy),
            "definitions": {category.name: category.definition for category in taxonomy.categories},
            "categories": taxonomy.names,
            "words": [len(caption.split()) for caption in captions],
            "components": neighbours_of(dataset),
            "seconds": [None if value is None else round(value, 3) for value in dataset["duration"]],
            "fingerprint": dataset.fingerprint,
            **core,
        },
    )
    for number, chunk in enumerate(chunks_of(dataset, details)):
        yield f"clips-{number:04d}", chunk
    words, postings = words_of(captions)
    yield (
        "words",
        {
            "words": words,
            "counts": [len(posting) for posting in postings],
            "postings": [" ".join(map(str, posting)) for posting in postings],  # a text is read far faster than numbers
        },
    )


def violent_categories(taxonomy: Taxonomy) -> list[str]:
    """Categories whose videos are blurred until they are asked for: anomalies that may not show a minor."""
    return [c.name for c in taxonomy.categories if c.is_anomaly and c.minor_policy == "text_only"]
