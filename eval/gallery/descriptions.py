"""Descriptions as a gallery shows them, to be reviewed: no videos, and what was proposed for each category.

`svta review export` writes the page; those that need a person most come first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from svta.builder.record import Clip
from svta.builder.taxonomy import Taxonomy, load_taxonomy

from .entries import DETAILS, NOT_STATED, clip_data, single
from .site_files import one_page

_CONFIDENCE: Final = ((0.25, "under .25"), (0.5, ".25 to .5"), (0.75, ".5 to .75"), (1.0, ".75 to 1"))


@dataclass(frozen=True)
class Proposal:
    """What was said of one description's category: by whom, how surely, and which category is proposed if none is."""

    by: str = "nobody"
    confidence: float = 0.0
    proposal: str | None = None
    group: str | None = None


@dataclass(frozen=True)
class Descriptions:
    """Clips without videos as a table of their fields; proposals in the order of the clips."""

    clips: Sequence[Clip]
    taxonomy: Taxonomy
    proposals: Sequence[Proposal] = ()

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, name: str, /) -> list[Any]:
        if name == "category":
            found = (clip.category and self.taxonomy.find(clip.category) for clip in self.clips)
            return [self.taxonomy.index(one.name) if one else -1 for one in found]
        if name in ("by", "confidence", "proposal"):
            return [vars(one)[name] for one in self.proposals]
        if name == "proposal_group":
            return [one.group for one in self.proposals]
        field = "source_split" if name == "split" else name
        return [getattr(clip, field) for clip in self.clips]

    @property
    def fingerprint(self) -> str:
        """Names the descriptions: decisions of a reviewer are kept under it."""
        names = "\n".join(sorted(f"{clip.key} {clip.category}" for clip in self.clips))
        return hashlib.sha256(names.encode()).hexdigest()[:32]


def no_clips() -> Descriptions:
    """The table of a gallery that shows recordings alone."""
    return Descriptions((), load_taxonomy())


def review_page(clips: Sequence[Clip], taxonomy: Taxonomy, proposals: Mapping[str, Proposal], title: str) -> str:
    """One HTML file to review descriptions in a browser; proposals by key."""
    known, unknown = Proposal("source", 1.0), Proposal()
    pairs = [(clip, proposals.get(clip.key) or (known if clip.category else unknown)) for clip in clips]
    pairs.sort(key=lambda pair: (bool(pair[0].category), pair[1].confidence))
    table = Descriptions([clip for clip, _ in pairs], taxonomy, [proposal for _, proposal in pairs])
    named = [name for _, name in _CONFIDENCE] + ["1"]
    sure = [next((name for limit, name in _CONFIDENCE if one.confidence < limit), "1") for one in table.proposals]
    facets = [
        single("proposal", "Proposed category", [one.proposal or "none" for one in table.proposals]),
        single("by", "Category named by", [one.by for one in table.proposals]),
        single("confidence", "Confidence", sure, named),
        single("group", "Group of captions", [one.group or NOT_STATED for one in table.proposals]),
    ]
    core = {
        "title": title,
        "media": {"posters": False, "videos": False},
        "unreadable": {},
        "runs": [],
        "moments": False,
        "start": "review",
        "aliases": {
            " ".join(word.lower().replace("_", " ").split()): category.name  # as toLowerCase() does: ß is kept
            for category in taxonomy.categories
            for word in (category.name, *category.aliases)
        },
    }
    return one_page(clip_data(table, core, facets, (*DETAILS, "by", "confidence", "proposal")))
