"""What flies in a caption's own words: planes, drones, balloons and birds take off, hover, land, crash.

Reads an Event and the SceneDraft; gives Beats, and puts what flies where it has to begin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.animation.spawn import LARGER, SHOULDER
from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.scene import PEOPLE, VEHICLES, Beat, medium

from ..actions.draft import Event, SceneDraft

_ON_A_SHOULDER: Final = 0.64  # the size of a bird that sits there


def by_aircraft(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """Up, down, along, with a load, and to the ground."""
    if kind == "hot air balloon" and e.verb in ("float", "fly", "rise", "land") and e.who not in draft.moved:
        draft.actors[e.who] = replace(draft.actors[e.who], scale=0.6 * draft.actors[e.who].scale)  # seen as a whole
    if kind == "hot air balloon" and e.verb == "rise" and e.who not in draft.moved and not e.words & {"away", "off"}:
        draft.place(e.who, x=0.34)
        return [Beat("ascend", e.who, None, e.start, e.end, draft.move(e.who, 0.34))]
    if e.verb in ("walk", "run", "drive") and e.words & {"cross", "pass", "glide", "soar", "move", "zoom", "streak"}:
        e = replace(e, verb="fly")
    if e.verb == "flee" and "fly" in e.words and not (e.source or e.target):  # it flies away
        if e.who not in draft.moved:
            sign = e.direction or 1
            draft.place(e.who, x=0.5 - 0.2 * sign, y=_flying_height(draft, e), facing=sign)
        e = replace(e, verb="fly")
    if e.verb == "float" and e.who not in draft.moved and e.target is None:
        draft.place(e.who, x=0.35, y=0.48)
        return [Beat("float", e.who, None, e.start, e.end, draft.move(e.who, 0.62))]
    if e.verb == "stand" and e.words & {"rise", "ascend"}:
        return in_the_air(draft, replace(e, verb="rise"))
    if e.verb in ("land", "rise"):
        if e.verb == "land" and e.behind in draft.props:  # and is gone behind it
            draft.place(e.who, y=0.76)
            e = replace(e, target=None)
        return in_the_air(draft, e)
    if e.who not in draft.moved and (flown := _with_a_load(draft, e)) is not None:
        return flown
    down = e.verb in ("topple", "fall", "roll over", "trip", "plunge", "crash")
    if down and e.words & {"go", "come", "descend"} and "down" in e.words:  # it does not fall
        if e.behind is not None or e.preposition == "behind":
            draft.place(e.who, y=0.74)
        return in_the_air(draft, replace(e, verb="land", target=None))
    down = e.verb in ("topple", "fall", "roll over", "trip")
    alone = (
        e.verb in ("crash", "plunge") and e.target is None and kind not in ("plane", "propeller plane", "fighter jet")
    )
    if down or alone:
        return _down_from_the_air(draft, e)
    if "hover" in e.words:
        draft.place(e.who, x=0.5, y=_flying_height(draft, e) - 0.03)
        if e.passed in draft.props:
            draft.place(e.who, x=draft.x[e.passed])
        return [Beat("float", e.who, None, e.start, e.end)]
    if e.verb == "fly":
        return in_the_air(draft, replace(e, verb="rise") if "up" in e.words else e)
    return None


def _low_roof(draft: SceneDraft, who: str, building: str) -> None:
    """A building so low that what stands on its roof is seen, and an aircraft that has room there."""
    small = round(draft.props[building].scale * 0.34 / draft.height(building), 3)
    draft.props[building] = replace(draft.props[building], scale=small, y=0.78)
    draft.actors[who] = replace(draft.actors[who], scale=0.55)


def in_the_air(draft: SceneDraft, e: Event) -> list[Beat]:
    sign = e.direction or 1
    if e.verb == "fly" and "down" in e.words and e.who not in draft.moved and draft.kind(e.who) not in VEHICLES:
        x = draft.x[e.source] if e.source in draft.props else 0.5 + 0.2 * sign
        draft.place(e.who, x=x)
        return [Beat("land", e.who, None, e.start, e.end, draft.move(e.who, x - 0.3 if x > 0.5 else x + 0.3))]
    if e.verb == "land":
        if draft.kind(e.target or "") in PEOPLE and e.target is not None and e.who not in draft.moved:
            draft.place(e.target, x=0.55)
            on_the_shoulder(draft, e.who, e.target)
            x, sign = draft.x[e.who], draft.actors[e.target].facing
            draft.place(e.who, x=x - 0.35 * sign, y=draft.y(e.target), facing=sign)
            return [Beat("land", e.who, e.target, e.start, e.end, draft.move(e.who, x))]
        x = draft.x[e.target] if e.target is not None else 0.5
        draft.place(e.who, x=x - 0.35 * sign, facing=sign)
        seat = e.target if e.target in draft.props else None
        if seat is not None and draft.kind(e.who) in VEHICLES and draft.height(seat) > 0.3:
            _low_roof(draft, e.who, seat)
        return [Beat("land", e.who, seat, e.start, e.end, draft.move(e.who, x))]
    if e.verb == "rise":
        if e.who not in draft.moved:
            perch = e.source if e.source in draft.props else None
            draft.place(e.who, x=0.5 - 0.1 * sign)
            if perch is not None and draft.kind(e.who) in VEHICLES and draft.height(perch) > 0.3:
                _low_roof(draft, e.who, perch)
                draft.start_prop(perch, x=0.5)
                draft.place(e.who, x=0.5, y=draft.y(perch) - draft.height(perch))
            if perch is not None and draft.kind(e.who) not in VEHICLES:  # out of a tree
                draft.lower(perch)
                flock = draft.actors[e.who]
                if flock.count > 1:  # all of them on it
                    draft.actors[e.who] = replace(flock, scale=min(0.5, flock.scale))
                    draft.start_prop(perch, x=0.5)
                high = draft.y(perch) - 0.98 * draft.height(perch)
                draft.place(e.who, x=draft.x[perch], y=max(0.3, high))
        return [Beat("rise", e.who, None, e.start, e.end, draft.move(e.who, draft.x[e.who] + 0.15 * sign))]
    if e.words & {"away", "off"} or e.who in draft.moved:
        sign = e.direction or draft.actors[e.who].facing
        return [Beat("fly", e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.7 * sign))]
    flock = draft.actors[e.who]
    if flock.count > 4 and flock.kind not in VEHICLES and e.who not in draft.moved:  # all over the sky
        draft.actors[e.who] = replace(flock, scale=0.55 if flock.count <= 12 else 0.4)
        draft.place(e.who, x=0.5 - 0.15 * sign, y=0.6, facing=sign)
        return [Beat("fly", e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.15 * sign))]
    draft.place(e.who, x=0.5 - 0.6 * sign, y=_flying_height(draft, e), facing=sign)
    return [Beat("fly", e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.65 * sign))]


def on_the_shoulder(draft: SceneDraft, who: str, whom: str) -> None:
    """A bird upon somebody's shoulder, small enough for it."""
    person = draft.actors[whom]
    small = min(draft.actors[who].scale, _ON_A_SHOULDER * person.scale)
    draft.actors[who] = replace(draft.actors[who], scale=small)
    up = SHOULDER * LARGER * PERSON * person.scale
    draft.place(who, x=draft.x[whom] - 0.05 * person.facing, y=person.y - up, facing=person.facing)


def _flying_height(draft: SceneDraft, e: Event) -> float:
    """The y of what flies: above what it flies over, which is made smaller where it fills the picture."""
    kind = draft.kind(e.who)
    over = e.preposition in ("over", "above") or bool(e.words & {"over", "above"})
    if over and draft.kind(e.passed or "") in ("cloud", "dark cloud") and e.passed is not None:
        for cloud in (e.passed, *draft.clones.get(e.passed, ())):
            draft.start_prop(cloud, y=0.74)
        return 0.44
    if over and e.passed in draft.props and medium(draft.kind(e.passed)) == "":
        prop = draft.props[e.passed]
        room = prop.y - 0.4
        if draft.height(e.passed) > room > 0:
            draft.props[e.passed] = replace(prop, scale=round(prop.scale * room / draft.height(e.passed), 3))
        top = draft.y(e.passed) - draft.height(e.passed)
        return max(0.2, top - 0.06) if kind in VEHICLES or kind == "bird" else max(0.45, top + 0.1)
    if over and e.passed in draft.actors:
        return 0.26 if kind in VEHICLES or kind == "bird" else 0.44
    if kind == "hot air balloon":
        return 0.54
    return (0.36 if over else 0.45) if kind in VEHICLES or kind == "bird" else 0.7


def _with_a_load(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A drone or helicopter with a thing under it, which it may drop; None for all others."""
    if e.target not in draft.props or e.target is None or e.verb not in ("carry", "lift", "hoist", "drop", "throw"):
        return None
    sign = e.direction or 1
    high = 0.45 - max(0.0, draft.height(e.target) - 0.2)
    draft.place(e.who, x=0.5 - 0.36 * sign, y=high, facing=sign)
    draft.start_prop(e.target, x=0.5 - 0.36 * sign, y=high + draft.height(e.target) + 0.01)
    if e.verb not in ("drop", "throw"):
        to = 0.5 + 0.36 * sign
        return [Beat("fly", e.who, None, e.start, e.end, draft.move(e.who, to)),
                Beat("drive", e.target, None, e.start, e.end, draft.move(e.target, to))]  # fmt: skip
    middle = e.start + 0.4 * (e.end - e.start)
    there = [Beat("fly", e.who, None, e.start, middle, draft.move(e.who, 0.5)),
             Beat("drive", e.target, None, e.start, middle, draft.move(e.target, 0.5))]  # fmt: skip
    on = Beat("fly", e.who, None, middle, e.end, draft.move(e.who, 0.5 + 0.36 * sign))
    return [*there, on, Beat("plunge", e.target, None, middle, e.start + 0.85 * (e.end - e.start))]


def _down_from_the_air(draft: SceneDraft, e: Event) -> list[Beat]:
    """Down to the ground, and broken."""
    sign, middle = e.direction or 1, e.start + 0.6 * (e.end - e.start)
    draft.place(e.who, x=0.5 - 0.25 * sign, y=0.36, facing=sign)
    fall = Beat("plunge", e.who, None, e.start, middle, draft.move(e.who, 0.5 + 0.1 * sign))
    return [fall, Beat("crash", e.who, None, middle, e.end)]
