"""Stairs, ramps, slides and escalators: who goes up or down them, what rolls there, with a load or without.

Reads an Event and the SceneDraft; gives Beats, or None for all others.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.vehicles import RIDDEN
from svta.generation.storyboard.scene import PEOPLE, Beat, Prop

from ..actions.draft import GROUND, Event, SceneDraft
from ..actions.equipment import light
from ..actions.supports import top_of

_SLOPES: Final = {"slide": 1.3, "ramp": 1.5, "escalator": 1.0, "stairs": 1.0}  # and how large they are drawn
_ON_SLOPES: Final = {"walk", "run", "roll", "drive", "ride", "enter", "stand", "slide down", "push", "leave", "flee",
                     "crawl", "climb", "skate", "skid", "stop", "rise", "land"}  # fmt: skip
_LOADED: Final = ("push", "pull", "drag", "carry", "lift", "roll")


def stairs_of(draft: SceneDraft, e: Event) -> str | None:
    """The stairs that somebody goes up or down."""
    named = next((id_ for id_ in (e.target, e.passed, e.goal) if id_ and draft.kind(id_) == "stairs"), None)
    if named is None and e.target is None and e.words & {"up", "down", "upstairs", "downstairs"}:
        return next((id_ for id_, thing in draft.props.items() if thing.kind == "stairs"), None)
    return named


def on_stairs(draft: SceneDraft, e: Event) -> list[Beat]:
    """Up or down the steps; they rise to the right."""
    stairs = stairs_of(draft, e)
    assert stairs is not None
    if draft.actors[e.who].holds is not None and e.who not in draft.moved:
        draft.start_prop(stairs, x=0.56)
    x, down = draft.x[stairs], e.preposition == "down" or "down" in e.words
    foot, head = x - 0.19, x + 0.14
    if e.who not in draft.moved:
        small = min(0.84, draft.actors[e.who].scale)  # with the head in the picture up there
        draft.actors[e.who] = replace(draft.actors[e.who], scale=small)
        if down:
            draft.place(e.who, x=head, y=top_of("stairs"), facing=-1)
        else:
            draft.place(e.who, x=foot, facing=1)
    verb = "run" if e.verb == "run" else "walk"
    return [Beat(verb, e.who, stairs, e.start, e.end, draft.move(e.who, foot if down else head))]


def on_a_ramp(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Up or down a ramp, an escalator or (things) the stairs, which rise to the right; None for all others."""
    slope = next((id_ for id_ in (e.target, e.passed, e.goal) if id_ and draft.kind(id_) in _SLOPES), None)
    thing = e.who in draft.props
    if slope is None or e.verb not in _ON_SLOPES or e.who in draft.moved:
        return None
    rides = draft.kind(slope) == "escalator" and (
        e.verb in ("ride", "enter", "stand", "drive") and not e.words & {"walk", "run"}
    )
    down = e.preposition == "down" or bool(e.words & {"down", "off"})
    if draft.kind(slope) == "stairs" and not (thing and down):
        return None
    if not rides and not down and "up" not in (*e.words, e.preposition):
        return None
    draft.start_prop(slope, x=0.5, y=GROUND + 0.02)
    draft.props[slope] = replace(draft.props[slope], scale=_SLOPES[draft.kind(slope)])
    mount = next((a.id for a in draft.actors.values() if a.id != e.who and a.kind in RIDDEN and
                  draft.kind(e.who) in PEOPLE), None)  # fmt: skip
    board = next((p.id for p in draft.props.values() if p.kind == "skateboard" and draft.kind(e.who) in PEOPLE), None)
    mount = mount or board
    mover, half = mount or e.who, 0.5 * draft.width(slope)
    for id_ in {mover, e.who} & draft.actors.keys():
        small = 0.6 if draft.kind(slope) == "escalator" else 0.8
        draft.actors[id_] = replace(draft.actors[id_], scale=min(small, draft.actors[id_].scale))
    behind = 0.17 * sum(e.who in clones[:n] for clones in draft.clones.values() for n in range(1, len(clones) + 1))
    foot, head = 0.5 - half - 0.1 + behind, 0.5 + 0.82 * half
    if draft.clones:  # one behind the other
        head -= 0.17 - behind
    if rides and not down and e.verb == "stand":
        foot = 0.5 - 0.4 * half
    for id_ in {mover, e.who}:
        draft.place(id_, x=head if down else foot, facing=-1 if down else 1)
        draft.start_prop(id_, x=head if down else foot)
    verb = ("glide " if rides else "") + ("down" if down else "up") + ("" if rides else "hill")
    if thing and down and draft.kind(e.source or "") == "door" and e.source is not None:
        return _out_of_the_door(draft, e, slope, foot)
    way = Beat(verb, mover, slope, e.start, e.end, draft.move(mover, foot if down else head))
    return [Beat("ride", e.who, mount, e.start, e.end), way] if mount else [way]


def _out_of_the_door(draft: SceneDraft, e: Event, slope: str, foot: float) -> list[Beat]:
    """Down the steps and through the open door beside them, where it is gone."""
    assert e.source is not None
    draft.start_prop(slope, x=0.62)
    draft.start_prop(e.source, x=0.14)
    draft.start_prop(e.who, x=0.62 + 0.4 * draft.width(slope))
    one, two = (e.start + share * (e.end - e.start) for share in (0.6, 0.9))
    down = Beat("downhill", e.who, slope, e.start, one, draft.move(e.who, foot + 0.12))
    out = Beat("roll", e.who, None, one, two, draft.move(e.who, 0.14))
    return [Beat("open", e.source, None, 0.0, 0.01), down, out, Beat("vanish", e.who, None, two, e.end)]


def with_a_load_on_a_slope(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Carries, pushes or pulls something up or down a ramp or stairs; None for all others."""
    slope, load = e.goal, e.target
    if e.way not in ("up", "down") or slope is None or draft.kind(slope) not in _SLOPES or load is None:
        return None
    if e.verb not in _LOADED or draft.kind(e.who) not in PEOPLE or e.who in draft.moved or load in draft.moved:
        return None
    walk = replace(e, verb="walk", target=slope, preposition=e.way, goal=None)
    if e.verb == "carry" and draft.clones.get(load) and draft.kind(slope) == "stairs":
        return None  # one in each hand
    if load in draft.props and (light(draft.kind(load)) or draft.kind(load) == "ladder") and e.verb != "push":
        draft.take_up(e.who, load)
        draft.start_prop(slope, x=0.56)
        draft.actors[e.who] = replace(draft.actors[e.who], scale=min(0.85, draft.actors[e.who].scale))
        return on_a_ramp(draft, walk) or on_stairs(draft, walk)
    if e.verb not in ("push", "pull", "drag") or draft.actors[e.who].count > 1:
        return None
    up = e.way == "up"
    draft.start_prop(slope, x=0.54, y=GROUND + 0.02)
    draft.props[slope] = replace(draft.props[slope], scale=1.5)
    half, sign = 0.5 * draft.width(slope), 1 if up else -1
    first = 0.54 - (half + 0.06) if up else 0.54 + 0.75 * half
    last = 0.54 + 0.62 * half if up else 0.54 - half - 0.12
    gap = (0.07 + draft.width(load) / 2 if load in draft.props else 0.17) * (1 if e.verb == "push" else -1) * sign
    beats = []
    for id_, x, to in ((load, first, last), (e.who, first - gap, last - gap)):
        thing = draft.props.get(id_) or draft.actors[id_]
        small = replace(thing, scale=round(0.75 * thing.scale, 3))
        if isinstance(small, Prop):
            draft.props[id_] = small
        else:
            draft.actors[id_] = small
        draft.place(id_, x=x, facing=sign)
        draft.start_prop(id_, x=x)
        beats.append(Beat("uphill" if up else "downhill", id_, slope, e.start, e.end, draft.move(id_, to)))
    arms = [Beat("press", e.who, load, e.start, e.end)] if e.verb == "push" else []
    return [*beats, *arms]
