"""Seats that break under those who sit on them.

Reads an Event (who is a seat) and the SceneDraft; gives Beats, or None for all else.
"""

from __future__ import annotations

from typing import Final

from svta.generation.storyboard.scene import PEOPLE, Beat

from ..actions.draft import Event, SceneDraft

_SEATS: Final = ("chair", "stool", "bench", "sofa", "bed", "hammock", "swing", "table", "crate", "box")
_GIVING_WAY: Final = ("smash", "shatter", "split", "collapse", "crack", "topple", "bend", "plunge", "tear")


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
