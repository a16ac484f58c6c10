"""Who stands under a roof, a tree or an umbrella fits under it: the thing is made as high and wide as they need.

Reads a SceneDraft in which somebody is put under a thing; changes the size of that thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.parsing.clauses import Reading
from svta.generation.storyboard.scene import PEOPLE

from ..actions.draft import SceneDraft

# How high a thing is whose underside is above the head of somebody, in persons.
_HIGH: Final = {
    **dict.fromkeys(("tree", "apple tree", "willow", "bare tree", "birch"), 2.0),
    **dict.fromkeys(("palm tree", "pine tree", "fir tree"), 2.2),
    **dict.fromkeys(("awning", "kiosk", "market stall", "food stall"), 1.45),
    **dict.fromkeys(("bus shelter", "carport"), 1.25),
    "beach umbrella": 1.35,
    "bandstand": 1.7,
    "door": 1.15,
}
_ENTERED: Final = ("bus shelter", "door", "bandstand", "carport")  # one stands in it
_ROOM: Final = 0.085  # of the frame, for each of several who stand close together
_HIGHEST: Final = 0.78  # of the frame, so that the top is seen


def make_room_under(draft: SceneDraft, figure: str, ground: str) -> None:
    """Let the tree, awning or shelter be taller and wider than those who stand under it."""
    if figure not in draft.actors or ground not in draft.props or draft.kind(ground) not in _HIGH:
        return
    actor, prop = draft.actors[figure], draft.props[ground]
    tall = min(_HIGHEST, _HIGH[prop.kind] * PERSON * actor.scale)
    wide = _ROOM * actor.count * actor.scale
    size = max(1.0, tall / draft.height(ground), min(wide / draft.width(ground), _HIGHEST / draft.height(ground)))
    draft.props[ground] = replace(prop, scale=round(prop.scale * size, 3))


def is_covered(draft: SceneDraft, figure: str, ground: str, preposition: str, *, at_rest: bool) -> bool:
    """True for who or what is under a thing, and for people who stand in a bus stop or doorway."""
    if ground not in draft.props:
        return False
    people = figure in draft.actors and draft.kind(figure) in PEOPLE
    inside = people and at_rest and preposition == "in" and draft.kind(ground) in _ENTERED
    return inside or preposition in ("under", "below", "underneath")


def can_share(draft: SceneDraft, figure: str, ground: str) -> bool:
    """True for people and the umbrella they are under."""
    return draft.kind(ground) == "umbrella" and figure in draft.actors and draft.kind(figure) in PEOPLE


def share(draft: SceneDraft, who: str, umbrella: str) -> None:
    """One of two holds the one umbrella over both, who stand close to each other."""
    alone = not draft.clones.get(umbrella)
    draft.take_up(who, umbrella)
    actor = draft.actors[who]
    if actor.count == 2 and alone and who not in draft.moved:
        other = f"{who}_other"
        draft.place(who, facing=1)
        draft.actors[who] = replace(draft.actors[who], count=1)
        draft.put(replace(actor, id=other, count=actor.count - 1, x=actor.x + 0.12, facing=-1, holds=None))


def share_umbrellas(reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> None:
    """Two who share an umbrella."""
    for clause in reading.clauses:
        held = [ids[k] for p, k in clause.obliques if p == "under" and draft.kind(ids.get(k, "")) == "umbrella"]
        who = [ids[k] for k in clause.subjects if ids.get(k) in draft.actors]
        if clause.lemma == "share" and who and held and held[0] in draft.props:
            share(draft, who[0], held[0])
