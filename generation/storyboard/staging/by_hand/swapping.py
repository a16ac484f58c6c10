"""Two who swap what they have in hand: briefcases, books; each has one of another colour. And all else they do.

Reads a Clause, who does it and with what; gives Beats, or None where nothing is swapped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.parsing.clauses import Clause
from svta.generation.storyboard.scene import PEOPLE, Beat

from ..actions.draft import SceneDraft
from ..actions.equipment import light
from ..actions.mutual import mutual

_SWAPPING: Final = ("swap", "exchange", "trade")
_OTHER_COLOUR: Final = "black"
_APART: Final = 0.1  # of the frame, from the middle to each of the two


def swapped(
    draft: SceneDraft, clause: Clause, who: Sequence[str], things: Sequence[str], start: float, end: float
) -> list[Beat] | None:
    """Both reach out, and each has the other one's thing then."""
    thing = next((id_ for id_ in things if id_ in draft.props and light(draft.kind(id_))), None)
    if clause.lemma not in _SWAPPING or thing is None or thing in draft.moved:
        return None
    alone = who[0] if len(who) == 1 and who[0] in draft.actors else None
    pair = [id_ for id_ in (*who, *things) if draft.kind(id_) in PEOPLE]
    pair = draft.face_each_other(alone) if alone is not None and len(pair) == 1 else pair
    if len(pair) != 2 or any(draft.actors[id_].count > 1 for id_ in pair):
        return None
    one, two = pair
    if not {one, two} & draft.moved:
        middle = min(0.8, max(0.2, (draft.x[one] + draft.x[two]) / 2))
        draft.place(one, x=middle - _APART, facing=1)
        draft.place(two, x=middle + _APART, facing=-1)
    draft.take_up(one, thing)
    kind, colour = draft.actors[one].holds, draft.actors[one].held_colour
    other = _OTHER_COLOUR if colour != _OTHER_COLOUR else "brown"
    draft.actors[two] = replace(draft.actors[two], holds=kind, held_colour=other)
    return [Beat("swap", one, two, start, end)]


def _spray_out_of_trunk(
    draft: SceneDraft, clause: Clause, one: str, things: Sequence[str], start: float, end: float
) -> list[Beat] | None:
    """Over the way to whom it sprays, who stands before it; two that spray each other stand face to face."""
    if clause.verb != "spray" or draft.kind(one) != "elephant" or clause.passive:
        return None
    whom = next((id_ for id_ in things if id_ in draft.actors and id_ != one), f"{one}_other")
    both = "each other" in clause.words and draft.actors[one].count == 2
    if draft.moved & {one, whom} or not (both or whom in draft.actors):
        return None
    if both:
        draft.put(replace(draft.actors[one], id=whom, count=1))
        draft.actors[one] = replace(draft.actors[one], count=1)
    most = 0.36 if both else 0.44  # of the frame's width
    for id_, sign in ((one, 1), (whom, -1)):
        wide = draft.actor_width(id_)
        draft.actors[id_] = replace(draft.actors[id_], scale=round(draft.actors[id_].scale * min(1.0, most / wide), 3))
        draft.place(id_, x=0.5 - 0.26 * sign, facing=sign)
    return [Beat("spray", one, whom, start, end), *([Beat("spray", whom, one, start, end)] if both else [])]


def with_each_other(
    draft: SceneDraft, clause: Clause, who: Sequence[str], targets: Sequence[str], start: float, end: float
) -> list[Beat] | None:
    """What two do with each other and with the things that are named beside them."""
    told = (draft, clause, who, [t for t in targets if t not in who], start, end)
    sprayed = _spray_out_of_trunk(draft, clause, who[0], targets, start, end)
    return sprayed or swapped(*told) or mutual(*told)
