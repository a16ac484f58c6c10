"""Where a caption says that things are to each other: behind the counter, on a table, between two trucks.

Reads a Reading; gives one Relation for each preposition of place whose figure and ground were both understood.
Staging puts the figure where the relation says, fidelity checks that it is there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from .clauses import Reading
from .word_senses import HEADS

PREPOSITIONS: Final = ("behind", "front", "under", "below", "underneath", "above", "over", "on", "onto", "in", "inside",
                       "beside", "near", "next", "by", "between", "around", "of")  # fmt: skip
LADEN: Final = ("trailer", "pallet", "basket", "shopping cart", "tray", "bowl")  # of hay: that lies on it
_CONTAINING: Final = ("on", "onto", "in", "inside", "by", "over")  # of people and vehicles these say something else
_THEM: Final = ("him", "her", "it", "them")
_REACH: Final = 6  # words between a preposition and its noun, at the most


@dataclass(frozen=True)
class Relation:
    """`figure` is `preposition` the `ground`; both are indices of mentions, `at` is the word of the preposition."""

    at: int
    preposition: str
    figure: int
    ground: int


def relations(reading: Reading, among: Collection[str] = PREPOSITIONS) -> Iterator[Relation]:
    """The relations of a caption in its order."""
    for i, word in enumerate(reading.words):
        if word.text == "where" and reading.senses[i] == "preposition":
            beside = reading.mention_at.get(i - 1)
            there = next((k for j, k in sorted(reading.mention_at.items()) if j > i), None)
            if beside is not None and there is not None and reading.mentions[beside].group == "prop":
                yield Relation(i, "near", there, beside)
            continue
        if word.text not in among or reading.senses[i] != "preposition":
            continue
        if word.text == "between" and any(clause.event and 0 < i - clause.at < 4 for clause in reading.clauses):
            continue  # a fight between two women
        ground, figure = _ground(reading, i), _figure(reading, i)
        if ground is None or figure is None or ground == figure:
            continue
        if any(c.verb == "type" and (word.text, ground) in c.obliques for c in reading.clauses):
            continue  # at a desk, types on a laptop
        one, other = reading.mentions[figure], reading.mentions[ground]
        apart = one.absent or other.absent or other.held or "unknown" in (one.group, other.group)
        inside = word.text in _CONTAINING and other.group != "prop"
        inside &= not any(k == ground and reading.words[j].part for j, k in reading.mention_at.items())  # on its roof
        if word.text == "of" and other.group == "prop" and one.kind in LADEN:  # a trailer of hay
            figure, ground = ground, figure
        apart |= among is PREPOSITIONS and "substance" in (one.group, other.group)
        apart |= word.text == "of" and among is PREPOSITIONS and other.kind not in LADEN and one.kind not in LADEN
        if not apart and not inside:
            if word.text == "on" and other.kind == "taut leash":
                continue  # a dog on a leash
            name = "on" if word.text == "of" and among is PREPOSITIONS else word.text
            yield Relation(i, name, figure, ground)
            if name in ("on", "in") and (other_one := _and_another(reading, figure)) not in (None, ground):
                yield Relation(i, name, other_one, ground)


def _and_another(reading: Reading, figure: int) -> int | None:
    """The violin in "a violin and a trumpet lie on a sofa"."""
    clause = next((c for c in reading.clauses if figure in c.subjects and len(c.subjects) == 2), None)
    pair = clause.subjects if clause is not None and clause.verb in ("lie", "stand") else []
    props = all(reading.mentions[k].group == "prop" for k in pair)
    return next((k for k in pair if k != figure), None) if props else None


def _ground(reading: Reading, i: int) -> int | None:
    for j in range(i + 1, min(i + _REACH, len(reading.words))):
        if reading.words[j].text in _THEM and j == i + 1 and (k := reading.mention_at.get(j)) is not None:
            return k  # beside him
        if any(state.at == j for state in reading.states):
            continue  # on a BURNING house
        if reading.words[j].text in ".,;!?" or reading.senses[j] in ("verb", "pronouns", "after", "meanwhile"):
            return None
        if reading.senses[j] == "preposition" and reading.words[j].text not in ("of", "to"):
            return None
        last = j + 1 >= len(reading.words) or reading.senses[j + 1] not in HEADS
        if (k := reading.mention_at.get(j)) is not None and last:
            return k
        named = j + 1 < len(reading.words) and reading.senses[j + 1] in HEADS and not reading.words[j + 1].determiner
        if reading.senses[j] == "place" and not named:  # on the kitchen TABLE
            return None
    return None


def _figure(reading: Reading, i: int) -> int | None:
    """The noun before it; at the beginning of a sentence the first one after the ground."""
    for j in range(i - 1, -1, -1):
        if reading.words[j].text in ".;" or reading.senses[j] in ("after", "meanwhile"):
            break
        if _is_tool(reading, j):
            continue
        if (k := reading.mention_at.get(j)) is not None and not (
            reading.words[i].text in ("onto", "into", "to") and _left_behind(reading, j)
        ):
            return k
    named = sorted(j for j in reading.mention_at if j > i)
    return reading.mention_at[named[1]] if i == 0 and len(named) > 1 else None


def _is_tool(reading: Reading, j: int) -> bool:
    """True for a tool in the hand: cuts an onion with a KNIFE on a board."""
    k = reading.mention_at.get(j)
    tool = k is not None and reading.mentions[k].held and j > 0 and reading.words[j - 1].text == "with"
    return tool and any(at < j for at in reading.mention_at)


def _left_behind(reading: Reading, j: int) -> bool:
    """True for the sofa in "jumps from the sofa onto the table"."""
    for i in range(j - 1, max(-1, j - 4), -1):
        if reading.senses[i] == "preposition":
            return reading.words[i].text in ("from", "off")
        if reading.mention_at.get(i) is not None:
            return False
    return False
