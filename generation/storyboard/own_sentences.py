"""Whether a caption is a sentence that a choreography, or a variant of a contrast, has for itself (`say`)."""

from __future__ import annotations

import re
from functools import cache
from itertools import zip_longest
from typing import Final

from .choreography import NUMBERS, Choreography
from .contrasts import load_contrasts
from .parsing.clauses import Reading
from .parsing.sentences.parser import read
from .scene import ANIMALS, PEOPLE, VEHICLES

_FEW: Final = "an?|two|three"
_MORE: Final = "|".join(NUMBERS[1:])
_GROUPS: Final = {"animal": ANIMALS, "vehicle": VEHICLES}


@cache
def _sentences(says: tuple[str, ...], several: frozenset[str]) -> re.Pattern[str]:
    """`several`: the roles that are more than one."""
    texts = []
    for say in says:
        parts = re.split(r"\{(\w+)\}", say)
        slots = (
            r"to the (?:left|right)" if role == "dir" else f"(?:{_MORE if role in several else _FEW}) [a-z ,]+?"
            for role in parts[1::2]
        )
        texts.append("".join(a + b for a, b in zip_longest(map(re.escape, parts[::2]), slots, fillvalue="")))
    around = r"(?:in|on|at|during|under) [a-z ]+"
    return re.compile(rf"(?:{around}, )?(?:{'|'.join(texts)})(?: {around})?\.?", re.IGNORECASE)


def said_as(table: Choreography, caption: str, reading: Reading) -> bool:
    """True if a caption is one of the choreography's own sentences (`say`), with a place and a time at the most."""
    if any(reading.words[state.at].text not in " ".join(table.say) for state in reading.states):
        return False  # a parked car, a burning house
    if not _played_by(table, reading):
        return False  # a dog sits on a bench
    several = frozenset(role.actor.id for role in table.roles if role.actor.count > 1)
    if _sentences(table.say, several).fullmatch(caption.strip()) is None:
        return False
    return len(reading.clauses) in _events(table.say)  # "a man jumps over a box and" is nobody who lands


def _played_by(table: Choreography, reading: Reading) -> bool:
    """False where an animal or a vehicle does what only people do in it."""
    groups = {group for role in table.roles for group, kinds in _GROUPS.items() if set(role.kinds) & set(kinds)}
    doing = {reading.mentions[k].group for clause in reading.clauses for k in clause.subjects}
    return not (doing & _GROUPS.keys()) - groups


@cache
def _events(says: tuple[str, ...]) -> frozenset[int]:
    """How many events each sentence tells of."""
    texts = (re.sub(r"\{(\w+)\}", lambda m: "to the left" if m[1] == "dir" else "a person", say) for say in says)
    return frozenset(len(read(text).clauses) for text in texts)


def variant_said(caption: str, reading: Reading, category: str | None) -> Choreography | None:
    """The variant of a contrast, of this category or of any, whose sentence a caption is."""
    variants = (variant for contrast in load_contrasts() for variant in contrast.variants)
    fitting = (variant for variant in variants if category in (None, variant.name))
    return next((v for v in fitting if said_as(v, caption, reading) and _plays(v, reading)), None)


def _plays(variant: Choreography, reading: Reading) -> bool:
    """False where another one does it than the variant's own: no helicopter or barrier is a drone, and no man."""
    kinds = {kind for role in variant.roles for kind in role.kinds} | {prop.kind for prop in variant.props}
    people = any(role.adult or set(role.kinds) & set(PEOPLE) for role in variant.roles)
    doing = [reading.mentions[k] for clause in reading.clauses for k in clause.subjects]
    if any(m.group == "person" for m in doing) and not people:
        return False
    return all(m.group not in ("animal", "vehicle", "prop") or m.kind in kinds for m in doing)
