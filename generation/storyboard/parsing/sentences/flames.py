"""Where a fire starts: in a bin, under a truck, in a pile of scrap; that burns, and nothing else does.

Reads a Reading whose clauses are complete; a fire that begins in a thing becomes the flames of this thing.
"""

from __future__ import annotations

from typing import Final

from ..clauses import Clause, Reading
from ..verbs import BEGIN

_AT: Final = ("in", "on", "under", "inside", "within", "at", "behind", "beneath", "near")
_BREAKING_OUT: Final = ("break", "start", "begin", "erupt", "ignite", "burn")
_OPENS: Final = ("out",)


def fire_starts(out: Reading) -> None:
    """A fire starts or breaks out in a thing or vehicle: it comes from there."""
    for i, k in list(out.mention_at.items()):
        if out.mentions[k].kind != "fire" or out.mentions[k].absent:
            continue
        at = i + 1
        told = next((c for c in out.clauses if c.at == at), None)
        begun = at < len(out.words) and (
            out.words[at].text in BEGIN or (told is not None and told.lemma in _BREAKING_OUT)
        )
        ground = _ground(out, at + 1) if begun else None
        if ground is None:
            continue
        if told is None:
            told = Clause("burn", out.words[at].lemma, at, 0.0)
            out.clauses.append(told)
            out.senses[at] = "verb"
        told.verb, told.subjects, told.objects, told.obliques = "burn", [ground], [], []
        out.mentions[k].absent = True  # no fire by itself


def _ground(out: Reading, i: int) -> int | None:
    """The thing or vehicle after the preposition that stands at i."""
    if i < len(out.words) and out.words[i].text in _OPENS:
        out.particles.add(i)
        i += 1
    if i >= len(out.words) or out.words[i].text not in _AT:
        return None
    near = [k for j, k in sorted(out.mention_at.items()) if i < j <= i + 5]
    return next((k for k in near if out.mentions[k].group in ("prop", "vehicle")), None)
