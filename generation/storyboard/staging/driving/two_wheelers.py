"""Bicycles, motorcycles and scooters that skid, slide and fall, with those who ride them.

Reads an Event and the SceneDraft; gives Beats, and puts vehicles and riders where they have to begin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.vehicles import RIDDEN
from svta.generation.storyboard.scene import HOLLOW, Actor, Beat

from ..actions.doorways import doorway
from ..actions.draft import Event, SceneDraft
from .sites import along_the_view

_HOUSED: Final = (*HOLLOW, "warehouse", "factory", "hangar", "garden shed", "stable")
_SADDLED: Final = ("horse", "donkey", "camel")
_INTO: Final = frozenset(("through", "into", "in"))


def skid(draft: SceneDraft, e: Event) -> list[Beat]:
    """It slides along with its rider, who falls off where it slides on its side; upright where it only skids."""
    sign = e.direction or 1
    one, two = (e.start + share * (e.end - e.start) for share in (0.3, 0.6))
    draft.place(e.who, x=0.5 - 0.42 * sign, facing=sign)
    rider = _rider(draft, e.who)
    falls = e.who in draft.later  # in a clause to come
    if "slide" not in e.words:
        to = draft.move(rider, draft.move(e.who, 0.5 + (0.0 if falls else 0.25) * sign))
        return [Beat("ride", rider, e.who, e.start, one, 0.5 - 0.2 * sign), Beat("skid", rider, e.who, one, e.end, to)]
    ride = Beat("ride", rider, e.who, e.start, one, 0.5 - 0.15 * sign)
    thrown = Beat("trip", rider, None, one, two, draft.move(rider, 0.5 - 0.12 * sign))
    down = Beat("topple", e.who, None, one, (one + two) / 2, 0.5 - 0.05 * sign)
    return [
        ride,
        thrown,
        down,
        Beat("slide down", e.who, None, (one + two) / 2, e.end, draft.move(e.who, 0.5 + 0.32 * sign)),
    ]


def fall_over(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """What skidded falls over with its rider; None for all others."""
    rider = f"{e.who}_rider"
    if rider not in draft.actors or e.who not in draft.moved:
        return None
    sign = draft.actors[e.who].facing
    thrown = Beat("trip", rider, None, e.start, e.end, draft.move(rider, draft.x[e.who] + 0.16 * sign))
    return [Beat("topple", e.who, None, e.start, e.end, draft.move(e.who, draft.x[e.who] + 0.04 * sign)), thrown]


def _rider(draft: SceneDraft, mount: str) -> str:
    """Who rides it: whom the caption names, else somebody without a name."""
    named = next((a.id for a in draft.actors.values() if a.kind == "cyclist"), None)
    if named is None:
        named, bike = f"{mount}_rider", draft.actors[mount]
        draft.put(Actor(named, "cyclist", x=bike.x, y=bike.y, facing=bike.facing))
    draft.place(named, x=draft.actors[mount].x, facing=draft.actors[mount].facing)
    return named


def fall_with_mount(draft: SceneDraft, e: Event) -> list[Beat]:
    """Somebody on a bicycle or motorcycle falls, and it falls over."""
    ridden = next((a.id for a in draft.actors.values() if a.kind in ("bicycle", "motorcycle", "scooter")), None)
    mount = draft.wheeled.get(e.who) or ridden
    sign = e.direction or 1
    one, two = (e.start + share * (e.end - e.start) for share in (0.45, 0.9))
    if mount is None:
        return [Beat(e.verb, e.who, None, e.start, e.end)]
    x = 0.5 - 0.05 * sign
    hit = e.target if e.target in draft.props and e.target != mount else None
    if hit is not None:  # against it
        draft.start_prop(hit, x=0.5 + 0.24 * sign)
        x = draft.x[hit] - (0.13 + draft.width(hit) / 2) * sign
    for id_ in (e.who, mount):
        draft.place(id_, x=0.5 - 0.45 * sign, facing=sign)
        draft.start_prop(id_, x=0.5 - 0.45 * sign)
        draft.move(id_, x)
    ride = Beat("ride", e.who, mount, e.start, one, x)
    far = 0.2 if hit is None else 0.06
    thrown = Beat("trip", e.who, None, one, two, draft.move(e.who, x + far * sign))
    shaken = [Beat("shake", hit, None, one, two)] if hit is not None else []
    return [ride, thrown, Beat("topple", mount, None, one, two), *shaken]


def ride_up(draft: SceneDraft, e: Event, mount: str) -> list[Beat]:
    """On a bicycle or motorcycle up to where it stops."""
    sign = e.direction or 1
    there = next((id_ for id_ in (e.near, e.target, e.goal) if id_ in draft.props), None)
    x = 0.5 if there is None else draft.x[there] - (0.16 + draft.width(there) / 2) * sign
    for id_ in (e.who, mount):
        draft.place(id_, x=0.5 - 0.65 * sign, facing=sign)
        draft.move(id_, min(0.8, max(0.2, x)))
    still, to = e.start + 0.65 * (e.end - e.start), draft.x[e.who]
    return [Beat("ride", e.who, mount, e.start, still, to), Beat("pull up", mount, None, e.start, still, to)]


def ridden_out(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """On a bicycle or a horse out of a barn towards us, or away from us into it; None for all others."""
    barn = next((id_ for id_ in (e.source, e.passed, e.goal, e.target) if draft.kind(id_ or "") in _HOUSED), None)
    out = barn is not None and (barn == e.source or "out" in e.words)
    if barn is None or e.who in draft.moved or not (out or {e.preposition, e.way, *e.words} & _INTO):
        return None
    mount = next((a.id for a in draft.actors.values() if a.id != e.who and a.kind in (*RIDDEN, *_SADDLED)), None)
    draft.start_prop(barn, x=0.5)
    draft.start_prop(barn, x=0.5 - (doorway(draft, barn) - draft.x[barn]))  # its door in the middle
    for id_ in (e.who, mount):
        if id_ is not None and id_ in draft.actors:
            draft.actors[id_] = replace(draft.actors[id_], scale=0.56 if out else 1.0)
            draft.place(id_, x=0.5, y=draft.y(barn) + 0.02 if out else 0.9)
    return along_the_view(draft, replace(e, verb="come closer" if out else "go away", words=e.words | {"ride"}))
