"""How much of captions the storyboard draws, counted before anything is generated: a mean, and the words left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from svta.builder.errors import SvtaError
from svta.builder.record import Clip
from svta.builder.taxonomy import Taxonomy, load_taxonomy
from svta.generation.backends.spec import JsonObject

MAX_READ: Final = 20_000  # captions that are read: a few seconds
MAX_NAMED: Final = 20  # words named in plan.json
SHOWN: Final = 6  # words named to a reader


@dataclass(frozen=True)
class UndrawnWords:
    """`captions` of the `read` ones say what is not drawn; `words`: the most frequent, with their captions' number.

    `fidelity`: the mean share of a caption that is drawn; `low`: captions below --min-fidelity; `refused`: those
    that the storyboard does not draw at all, as where only its reading shows violence with a minor.
    """

    captions: int
    read: int
    words: Mapping[str, int]
    fidelity: float = 1.0
    low: int = 0
    refused: int = 0

    def to_dict(self) -> JsonObject:
        """As plan.json has it."""
        return asdict(self) | {"words": dict(self.words)}

    def notes(self) -> list[str]:
        """Lines for a reader; none where everything is drawn."""
        lines = []
        if self.captions:
            commonest = ", ".join(f"{word} ({count:,})" for word, count in list(self.words.items())[:SHOWN])
            lines.append(
                f"{self.captions:,} of {self.read:,} captions contain words that the storyboard does not draw "
                f"(mean fidelity {self.fidelity:.2f}); the most frequent: {commonest}"
            )
        if self.low:
            lines.append(f"about {self.low:,} clips will be rejected as low_fidelity")
        if self.refused:
            lines.append(f"{self.refused:,} more will be refused when they are drawn, each with its reason")
        return lines


def undrawn_words(
    clips: Sequence[Clip],
    taxonomy: Taxonomy | None = None,
    choreography: Path | None = None,
    min_fidelity: float | None = None,
    lexicon: Path | None = None,
) -> UndrawnWords:
    """Read captions as the storyboard does and measure their fidelity; at most MAX_READ of them."""
    from svta.generation.storyboard import fidelity
    from svta.generation.storyboard.choreography import load_choreographies
    from svta.generation.storyboard.staging.minors_gate import refuse_minors
    from svta.generation.storyboard.staging.read_scene import read_scene
    from svta.generation.storyboard.user_lexicon import use_lexicon

    use_lexicon(lexicon)
    taxonomy, tables = taxonomy or load_taxonomy(), load_choreographies(choreography)
    words: Counter[str] = Counter()
    scores: list[float] = []
    captions = refused = 0
    for clip in clips[:MAX_READ]:
        known = taxonomy.find(clip.category) if clip.category else None
        category = known.name if known else None
        try:
            scene = read_scene(clip.caption, 0, category, taxonomy=taxonomy, choreographies=tables)
            refuse_minors(scene)
            shown = fidelity(clip.caption, scene, choreographies=tables)
        except SvtaError:  # reported with its reason when it is generated
            refused += 1
            continue
        scores.append(shown.score)
        captions += bool(shown.undrawn)
        words.update(shown.undrawn)
    most_frequent = sorted(words.items(), key=lambda entry: (-entry[1], entry[0]))[:MAX_NAMED]
    mean = sum(scores) / len(scores) if scores else 1.0
    low = sum(score < (min_fidelity or 0.0) for score in scores)
    return UndrawnWords(captions, min(len(clips), MAX_READ), dict(most_frequent), round(mean, 4), low, refused)


def unused_choreographies(path: Path | None, taxonomy: Taxonomy) -> list[str]:
    """A line with the categories of a user's choreographies that the taxonomy does not have: nothing uses them."""
    from svta.generation.storyboard.choreography import load_choreographies

    if path is None:
        return []
    own = [name for name, table in load_choreographies(path).items() if table.own]
    if not (unused := [name for name in own if name not in taxonomy.names]):
        return []
    shown = [_unused(name, taxonomy) for name in unused[:SHOWN]] + ["..."] * (len(unused) > SHOWN)
    return [f"{path}: not used, because the taxonomy {taxonomy.name} has no such category: {', '.join(shown)}"]


def _unused(name: str, taxonomy: Taxonomy) -> str:
    known = taxonomy.find(name)
    near = [known.name] if known is not None else taxonomy.nearest(name)
    return repr(name[:80]) + (f" (nearest: {near[0]})" if near else "")
