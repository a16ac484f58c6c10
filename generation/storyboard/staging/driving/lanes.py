"""Vehicles side by side: one overtakes another one, one goes between two or between lanes of cars.

Reads an Event and the SceneDraft; gives Beats, and puts vehicles where they have to begin.
"""

from __future__ import annotations

from dataclasses import replace

from svta.generation.storyboard.drawing.vehicles import RIDDEN
from svta.generation.storyboard.scene import PEOPLE, Beat

from ..actions.draft import Event, SceneDraft


def through_the_gap(draft: SceneDraft, e: Event) -> list[Beat]:
    """Between two that stand side by side: one is further back, the other one nearer to us."""
    assert e.passed is not None
    sign, group = e.direction or 1, draft.actors[e.passed]
    lanes = f"{e.passed}_other" not in draft.actors
    if lanes:  # of cars that stand there
        draft.put(replace(group, id=f"{e.passed}_other", count=group.count // 2))
        draft.actors[e.passed] = replace(group, count=group.count - group.count // 2)
    aside = 0.0 if lanes else 0.1
    for id_, x, y in ((e.passed, 0.5 + aside * sign, 0.72), (f"{e.passed}_other", 0.5 - aside * sign, 0.97)):
        draft.place(id_, x=x, y=y, facing=sign)
        draft.actors[id_] = replace(draft.actors[id_], scale=0.8)
    mount = next((a.id for a in draft.actors.values() if a.kind in RIDDEN and a.id != e.who), None)
    for id_ in {e.who, mount or e.who}:
        draft.place(id_, x=0.5 - 0.65 * sign, y=0.83, facing=sign)
        draft.move(id_, 0.5 + 0.65 * sign)
    return [Beat("ride" if mount else "drive", e.who, mount, e.start, e.end, draft.x[e.who])]


def overtake(draft: SceneDraft, e: Event) -> list[Beat]:
    """The slower one further back, the quicker one nearer to us and at last ahead."""
    assert e.target is not None
    sign = e.direction or 1
    draft.place(e.target, x=0.5 - 0.1 * sign, y=0.74, facing=sign)
    draft.place(e.who, x=0.5 - 0.55 * sign, y=0.86, facing=sign)
    slow = Beat("drive", e.target, None, e.start, e.end, draft.move(e.target, 0.5 + 0.12 * sign))
    return [slow, Beat("drive", e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.65 * sign))]


def swerve(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Round what stands or opens in the way; a cyclist on the bicycle. None where nothing is in the way."""
    obstacle = next((id_ for id_ in (e.passed, e.target, e.goal) if id_ in draft.x and id_ != e.who), None)
    if obstacle is None or e.who in draft.moved:
        return None
    sign = e.direction or 1
    mount = next((a.id for a in draft.actors.values() if a.kind in RIDDEN and a.id != e.who), None)
    mount = mount if draft.kind(e.who) in PEOPLE else None
    draft.place(obstacle, x=0.5 + 0.08 * sign, y=0.76, facing=sign)
    draft.start_prop(obstacle, x=0.5 + 0.08 * sign, y=0.78)
    for id_ in {e.who, mount or e.who}:
        draft.place(id_, x=0.5 - 0.65 * sign, y=0.8, facing=sign)
        draft.move(id_, 0.5 + 0.65 * sign)
    to = draft.x[e.who]
    way = Beat("swerve", mount or e.who, None, e.start, e.end, to)
    return [Beat("ride", e.who, mount, e.start, e.end, to), way] if mount else [way]
