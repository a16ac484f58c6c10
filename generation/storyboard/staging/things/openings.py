"""In and out by a window, and over a hedge: what flies there by itself, a drone, a bird, a ball that somebody kicked.

Reads an Event and the SceneDraft; gives Beats, or None for all others.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.scene import VEHICLES, Beat, able

from ..actions.draft import GROUND, Event, SceneDraft

_IN: Final = frozenset(("through", "into", "in"))
_THROUGH_GAPS: Final = ("walk", "run", "sneak", "crawl", "fly", "float", "rise", "swim")
_TALL: Final = 0.3  # of the frame: a house, a chimney, a pole
_WIDE: Final = 0.36  # of the frame, each of both
_BACK, _FRONT = 0.8, 0.92  # the ground lines of both, and of who is still before them
_LOW: Final = 0.2  # of the frame: so high is what a ball flies over at the most
_HOUSES: Final = (
    "house",
    "barn",
    "shop",
    "warehouse",
    "garage",
    "factory",
    "hangar",
    "church",
    "hut",
    "cave",
    "tower",
    "garden shed",
)


def flown_through(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """A drone or a bird through a window or a large door, in or out."""
    going = e.verb in ("fly", "enter", "leave") and e.who in draft.actors and e.who not in draft.moved
    if not going or not (able(kind, "fly") or kind == "drone"):
        return None
    openings = ("window", *_HOUSES)
    opening = next((id_ for id_ in (e.source, e.passed, e.target, e.goal) if draft.kind(id_ or "") in openings), None)
    out = opening == e.source or "out" in e.words
    if out and (draft.kind(opening or "") == "house" or "down" in e.words):
        return None  # from its roof
    inward = {e.preposition, e.way, *e.words} & _IN
    if opening is None or not (out or inward) or draft.actors[e.who].count > 2:
        return None
    draft.start_prop(opening, x=0.3 if out else 0.7)
    for wall in (id_ for id_, prop in draft.props.items() if prop.kind == "house wall"):
        draft.start_prop(wall, x=draft.x[opening])
    window = draft.kind(opening) == "window"
    y = draft.y(opening) + (-0.14 if window else 0.006)  # in its lower half, before it
    small = min(draft.actors[e.who].scale, 0.8)
    draft.actors[e.who] = replace(draft.actors[e.who], scale=small)
    middle = e.start + 0.6 * (e.end - e.start)
    if out:
        begun = e.start + 0.15 * (e.end - e.start)
        middle = begun + 0.3 * (e.end - begun)
        draft.place(e.who, x=draft.x[opening], y=y, facing=1)
        seen = Beat("leave", e.who, opening, begun, middle, draft.move(e.who, draft.x[opening] + 0.16))
        hidden = [Beat("enter", e.who, opening, 0.0, 0.01)] if e.start == 0.0 else []
        return [*hidden, seen, Beat("fly", e.who, None, middle, e.end, draft.move(e.who, 1.2))]
    draft.place(e.who, x=-0.1, y=y, facing=1)
    near = Beat("fly", e.who, None, e.start, middle, draft.move(e.who, draft.x[opening] - 0.14))
    return [near, Beat("enter", e.who, opening, middle, e.end, draft.move(e.who, draft.x[opening]))]


def through_a_pipe(draft: SceneDraft, e: Event) -> list[Beat]:
    """In at one end, unseen within, and out at the other end."""
    sign = e.direction or 1
    out = draft.kind(e.source or "") == "concrete pipe" or "out" in e.words
    pipe = e.source if out and e.source else e.passed or e.target or e.goal or ""
    draft.start_prop(pipe, x=0.5, y=GROUND + 0.02)
    inside = {e.preposition, e.way, *e.words} & {"into", "inside", "in"}
    draft.place(e.who, x=0.5 if out else 0.5 - 0.42 * sign, y=GROUND, facing=sign)
    to = draft.move(e.who, 0.5 if inside and not out else 0.5 + 0.42 * sign)
    gait = e.verb if e.verb in ("crawl", "run", "sneak") else "walk"
    return [Beat(gait, e.who, None, e.start, e.end, to)]


def thrown_over(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """A ball, a stone or a shoe in a bow over a hedge, and through a window, which breaks."""
    if e.verb != "fly" or e.who in draft.moved or e.words & {"up", "away", "off"} or e.source is not None:
        return None
    told = [id_ for id_ in (e.passed, e.target, e.goal) if id_ in draft.props]
    pane = next((id_ for id_ in draft.props if draft.kind(id_) == "window" and e.verb == "fly"), None)
    low = next((id_ for id_ in told if id_ != pane and "over" in (e.preposition, *e.words)), None)
    low = low or next((id_ for id_ in told if id_ != pane and draft.kind(id_) != "window"), None)
    if pane is None and low is None:
        return None
    sign = e.direction or 1
    start = 0.5 - 0.4 * sign
    if low is not None:
        draft.lower_to(low, _LOW)
        draft.start_prop(low, x=0.5 - (0.1 * sign if pane is not None else 0.0), y=GROUND)
    draft.start_prop(e.who, x=start, y=GROUND)
    middle = e.start + 0.6 * (e.end - e.start)
    if pane is None:
        return [Beat("fly", e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.38 * sign))]
    for wall in (pane, *(id_ for id_, prop in draft.props.items() if prop.kind == "house wall")):
        draft.start_prop(wall, x=0.5 + 0.3 * sign)
    draft.start_prop(e.who, x=start, y=0.66)
    flown = Beat("fly", e.who, None, e.start, middle, draft.move(e.who, draft.x[pane]))
    return [flown, Beat("shatter", pane, None, middle, e.end), Beat("vanish", e.who, None, middle, middle + 0.01)]


def into_the_gap(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Between two tall things that fill the picture: away from us, or up where it flies up; None for all others."""
    thing = e.passed
    sides = [thing, *draft.clones.get(thing or "", ())][:2]
    kind = draft.kind(e.who)
    afoot = e.who in draft.props or (draft.actors[e.who].count == 1 and kind not in VEHICLES) or kind == "drone"
    flies = e.verb in ("fly", "float", "rise")
    if thing not in draft.props or thing is None or len(sides) < 2 or e.who in draft.moved or e.goal or e.source:
        return None
    if e.verb not in _THROUGH_GAPS or draft.height(thing) < _TALL or not afoot or e.behind:
        return None
    room = 0.07 if e.who in draft.props or not flies else draft.actor_width(e.who) / 2 - 0.02
    for id_, side in zip(sides, (-1, 1)):
        if id_ is not None:
            prop = draft.props[id_]
            prop = replace(prop, scale=round(min(prop.scale, _WIDE / draft.width_of(prop.kind)), 3))
            draft.props[id_] = prop
            x = round(0.5 + side * (max(room, 0.1) + draft.width(id_) / 2), 4)
            draft.props[id_], draft.x[id_] = replace(prop, x=x, y=min(prop.y, _BACK)), x
    if e.who in draft.props:
        draft.start_prop(e.who, x=0.5)
    if flies and e.words & {"up", "upward", "upwards", "rise"}:
        draft.start_prop(e.who, x=0.5, y=GROUND - 0.02)
        draft.place(e.who, x=0.5)
        return [Beat("rise", e.who, None, e.start, e.end, draft.move(e.who, 0.5))]
    if e.who in draft.props:
        return None
    draft.place(e.who, x=0.5, y=0.5 if flies else _FRONT)
    draft.moved.add(e.who)
    aloft = [Beat("fly", e.who, None, e.start, e.end, 0.5)] if flies and kind in VEHICLES else []
    return [*aloft, Beat("go away", e.who, None, e.start, e.end)]
