"""Words of captions that the storyboard does not draw: counted before anything is generated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from svta.builder.errors import SvtaError
from svta.builder.record import Clip
from svta.builder.taxonomy import Taxonomy, load_taxonomy

MAX_READ: Final = 20_000  # captions that are read: a few seconds
MAX_NAMED: Final = 20  # words named in plan.json
SHOWN: Final = 6  # words named to a reader


@dataclass(frozen=True)
class UndrawnWords:
    """`captions` of the `read` ones hold such words; `words`: the most frequent and in how many captions they are."""

    captions: int
    read: int
    words: Mapping[str, int]

    def to_dict(self) -> dict[str, int | dict[str, int]]:
        """As plan.json has it."""
        return {"captions": self.captions, "read": self.read, "words": dict(self.words)}

    def note(self) -> str | None:
        """One line for a reader; None where everything is drawn."""
        if not self.captions:
            return None
        commonest = ", ".join(f"{word} ({count:,})" for word, count in list(self.words.items())[:SHOWN])
        return (
            f"{self.captions:,} of {self.read:,} captions hold words the storyboard does not draw; "
            f"the most frequent: {commonest}"
        )


def undrawn_words(
    clips: Sequence[Clip], taxonomy: Taxonomy | None = None, choreography: Path | None = None
) -> UndrawnWords:
    """Read captions as the storyboard does and count what it leaves out; at most MAX_READ of them."""
    from svta.generation.storyboard.choreography import load_choreographies
    from svta.generation.storyboard.staging.read_scene import read_scene

    taxonomy, tables = taxonomy or load_taxonomy(), load_choreographies(choreography)
    words: Counter[str] = Counter()
    captions = 0
    for clip in clips[:MAX_READ]:
        known = taxonomy.find(clip.category) if clip.category else None
        category = known.name if known else None
        try:
            notes = read_scene(clip.caption, 0, category, taxonomy=taxonomy, choreographies=tables).notes
        except SvtaError:  # reported with its reason when it is generated
            continue
        captions += bool(notes)
        words.update(notes)
    most_frequent = sorted(words.items(), key=lambda entry: (-entry[1], entry[0]))[:MAX_NAMED]
    return UndrawnWords(captions, min(len(clips), MAX_READ), dict(most_frequent))
