"""Seats that break under those who sit on them; ropes that snap, and what hangs on them.

Reads an Event (who is a seat) and the SceneDraft; gives Beats, or None for all else.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Final

from svta.generation.storyboard.parsing.clauses import Reading
from svta.generation.storyboard.scene import PEOPLE, Beat

from ..actions.draft import Event, SceneDraft

_SEATS: Final = ("chair", "stool", "bench", "sofa", "bed", "hammock", "swing", "table", "crate", "box")
_GIVING_WAY: Final = ("smash", "shatter", "split", "collapse", "crack", "topple", "bend", "plunge", "tear")
_ROPES: Final = ("rope", "chain", "wire", "cable", "hanging rope", "tow rope")
_DOWN: Final = ("plunge", "fall", "drop", "crash", "land")
_KNOT: Final = 0.27  # the y of the end of a rope on which something hangs


def hang_on_ropes(reading: Reading, draft: SceneDraft, ids: dict[int, str]) -> None:
    """What falls when a rope snaps hangs on it until then."""
    for one, two in pairwise(sorted(reading.clauses, key=lambda clause: clause.at)):
        rope = next((ids[k] for k in one.subjects if draft.kind(ids.get(k, "")) in _ROPES), None)
        load = next((ids[k] for k in two.subjects if ids.get(k) in draft.props), None)
        if rope is None or load is None or one.verb not in _GIVING_WAY or two.verb not in _DOWN:
            continue
        kind = draft.kind(rope) if draft.kind(rope) == "chain" else "hanging rope"
        draft.props[rope] = replace(draft.props[rope], kind=kind, scale=1.0 if kind == "chain" else 0.6)
        draft.start_prop(rope, x=0.5, y=_KNOT)
        draft.start_prop(load, x=0.5, y=_KNOT + draft.height(load))


def breaks_under(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Somebody sits on it, it falls to pieces, and they sit among them on the ground."""
    told = e.preposition == "under" or "under" in (e.way, *e.words)
    sitter = next((id_ for id_ in (e.target, e.passed, e.goal) if draft.kind(id_ or "") in PEOPLE), None)
    if not draft.kind(e.who).endswith(_SEATS) or e.verb not in _GIVING_WAY or sitter is None or not (told or e.passed):
        return None
    if e.start == 0.0 and sitter not in draft.moved:
        draft.start_prop(e.who, x=0.5)
        draft.place(sitter, x=draft.x[e.who], facing=1)
    middle = e.start + (0.45 if e.start == 0.0 else 0.2) * (e.end - e.start)
    draft.moved |= {sitter, e.who}
    return [Beat("sit", sitter, e.who, e.start, middle), Beat("collapse", e.who, None, middle, e.end),
            Beat("sit", sitter, None, middle, e.end)]  # fmt: skip
