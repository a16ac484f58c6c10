"""Vehicles side by side: one overtakes another one, one goes between two or between lanes of cars.

Reads an Event and the SceneDraft; gives Beats, and puts vehicles where they have to begin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.vehicles import RIDDEN
from svta.generation.storyboard.scene import PEOPLE, VEHICLES, Beat

from ..actions.draft import Event, SceneDraft
from ..actions.movement import passing

_GOING: Final = ("moving", "rolling", "speeding", "driving")
_GONE: Final = ("departing", "leaving")
_COMING: Final = ("approaching", "oncoming", "arriving")


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


def on_both_sides(draft: SceneDraft, rows: str | None) -> None:
    """Rows of a thing between which a way leads: one of them further back, the other one nearer to us."""
    if rows not in draft.props or rows is None or not draft.kind(rows).startswith(("rows of ", "row of ")):
        return
    draft.start_prop(rows, x=0.5, y=0.74)
    nearer = f"{rows}_other"
    draft.put(replace(draft.props[rows], id=nearer, y=0.98))
    draft.clones.setdefault(rows, []).append(nearer)


def on_its_way(draft: SceneDraft, id_: str | None, word: str) -> list[Beat]:
    """What a passing, moving, departing or oncoming vehicle does, of which nothing else is told."""
    if word == "passing":
        return passing(draft, id_)
    if id_ in draft.moved or id_ not in draft.actors or draft.kind(id_ or "") not in VEHICLES or id_ is None:
        return []
    x = draft.x[id_]
    if word in _GOING:
        draft.place(id_, x=0.34, y=min(draft.y(id_), 0.76), facing=1)
        return [Beat("drive", id_, None, 0.0, 1.0, draft.move(id_, 0.7))]
    if word in _GONE:
        draft.place(id_, x=max(x, 0.5), facing=1)
        return [Beat("speed up", id_, None, 0.2, 1.0, draft.move(id_, draft.beyond(id_, 1)))]
    if word in _COMING:
        side = 1 if x >= 0.5 else -1
        draft.place(id_, x=x, facing=-side)
        draft.start_at(id_, draft.beyond(id_, side))
        return [Beat("drive", id_, None, 0.0, 0.8, draft.move(id_, x))]
    return []


def abreast(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Two side by side, the one further back as quick as the other; None for all others."""
    actor = draft.actors.get(e.who)
    if actor is None or "side by side" not in e.words or actor.count != 2 or e.who in draft.moved:
        return None
    sign, other = e.direction or 1, f"{e.who}_other"
    draft.actors[e.who] = replace(actor, count=1, y=0.74)
    draft.put(replace(actor, id=other, count=1, y=0.92))
    beats = []
    for id_, x in ((e.who, 0.4), (other, 0.3)):
        draft.place(id_, x=0.5 - x * sign, facing=sign)
        beats.append(Beat("drive", id_, None, e.start, e.end, draft.move(id_, 0.5 + (0.7 - x) * sign)))
    return beats


def overtake(draft: SceneDraft, e: Event) -> list[Beat]:
    """The slower one further back, the quicker one nearer to us and at last ahead."""
    assert e.target is not None
    sign = e.direction or 1
    stands = e.target in draft.parked
    ridden = next((a.id for a in draft.actors.values() if a.kind in RIDDEN and a.id not in (e.who, e.target)), None)
    mount = ridden if draft.kind(e.who) in PEOPLE else None
    passed = ridden if mount is None and draft.kind(e.target) in PEOPLE else None
    for id_ in {e.target, passed or e.target}:
        draft.place(id_, x=0.5 - (0.0 if stands else 0.1) * sign, y=0.74, facing=sign)
    for id_ in {e.who, mount or e.who}:
        draft.place(id_, x=0.5 - 0.62 * sign, y=0.88, facing=sign)
        draft.move(id_, 0.5 + (0.78 if stands else 0.65) * sign)
    past = Beat("ride" if mount else "drive", e.who, mount, e.start, e.end, draft.x[e.who])
    if stands:
        return [past]
    to = max(draft.move(id_, 0.5 + 0.12 * sign) for id_ in {e.target, passed or e.target})
    return [Beat("ride" if passed else "drive", e.target, passed, e.start, e.end, to), past]


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
    way = Beat("swerve", mount or e.who, obstacle, e.start, e.end, to)
    return [Beat("ride", e.who, mount, e.start, e.end, to), way] if mount else [way]


def splash(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Through the wet past somebody by the road, who starts; None for all others."""
    named = [id_ for id_ in (e.target, e.goal, e.passed, e.near) if id_ is not None and draft.kind(id_) in PEOPLE]
    others = [*named, *(a.id for a in draft.actors.values() if a.kind in PEOPLE)]
    if e.verb != "splash over" or e.who in draft.moved or not others:
        return None
    sign, who = e.direction or 1, others[0]
    group = draft.actors[who]
    draft.actors[who] = replace(group, scale=min(group.scale, 0.62 if group.count > 3 else 0.85))
    draft.place(who, x=0.5 + 0.14 * sign, y=0.73, facing=-sign)
    for prop in draft.props.values():
        draft.start_prop(prop.id, x=0.5 - 0.24 * sign if draft.width(prop.id) > 0.2 else None, y=min(prop.y, 0.74))
    draft.place(e.who, x=0.5, y=0.92, facing=sign)
    draft.start_at(e.who, draft.beyond(e.who, -sign))
    part = e.end - e.start
    to = draft.move(e.who, draft.beyond(e.who, sign))
    past = Beat("splash over", e.who, None, e.start, e.start + 0.85 * part, to)
    return [past, Beat("startle", who, None, e.start + 0.35 * part, e.end)]
