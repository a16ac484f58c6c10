"""Vehicles that hit something: collide, back into it, knock it over, push it along, run over what lies on the road.

Reads an Event and the SceneDraft; gives Beats, and puts vehicles and things where they have to begin.
"""

from __future__ import annotations

from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.drawing.vehicles import VEHICLES as VEHICLE_SHAPES
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, VEHICLES, Beat
from svta.generation.storyboard.shown_verbs import NEAR

from ..actions.draft import GROUND, Event, SceneDraft
from .towing import half_length


def knock_over(draft: SceneDraft, e: Event, thing: str) -> list[Beat]:
    """Against it, and over it goes; a stack comes down in all its parts."""
    sign = e.direction or 1
    middle = e.start + 0.45 * (e.end - e.start)
    draft.start_prop(thing, x=0.5 + 0.16 * sign)
    draft.place(e.who, x=0.5 - 0.34 * sign, facing=sign)
    gap = (VEHICLE_SHAPES[draft.kind(e.who)].width / 2 * PERSON * 0.6 + draft.width(thing) / 2) * 0.85
    hit = Beat("drive", e.who, None, e.start, middle, draft.move(e.who, draft.x[thing] - gap * sign))
    draft.moved.add(thing)
    piled = draft.kind(thing).startswith(("stack", "pile", "row")) or draft.kind(thing) == "cardboard boxes"
    return [hit, Beat("collapse" if piled else "topple", thing, None, middle - 0.03, e.end)]


def push_along(draft: SceneDraft, e: Event) -> list[Beat]:
    """Before a blade or bumper, at its pace."""
    assert e.target is not None
    sign = e.direction or 1
    gap = (half_length(draft.kind(e.who)) + half_length(draft.kind(e.target)) * 0.8) * PERSON * 0.6
    draft.place(e.who, x=0.5 - 0.3 * sign, facing=sign)
    draft.start_prop(e.target, x=draft.x[e.who] + gap * sign)
    beats = [Beat("drive", e.who, None, e.start, e.end, draft.move(e.who, draft.x[e.who] + 0.35 * sign))]
    return [
        *beats,
        Beat("drive", e.target, None, e.start, e.end, draft.move(e.target, draft.x[e.target] + 0.35 * sign)),
    ]


def back_into(draft: SceneDraft, e: Event) -> list[Beat]:
    """Backwards against what stands behind it."""
    assert e.target is not None
    middle, x = (e.start + e.end) / 2, 0.2
    draft.start_prop(e.target, x=x)
    draft.place(e.target, x=x, y=GROUND)
    draft.place(e.who, x=x + 0.62, facing=1)
    gap = 0.4 if e.target in draft.actors else 0.28
    back = Beat("reverse", e.who, None, e.start, middle, draft.move(e.who, x + gap))
    return [back, Beat("collide", e.who, e.target, middle, e.end)]


def collision(
    draft: SceneDraft, verb: str, who: str, target: str | None, start: float, end: float, direction: int
) -> list[Beat]:
    middle = start + 0.5 * (end - start)
    gait = "drive" if draft.kind(who) in VEHICLES else "run"
    if target is None:
        x = draft.move(who, draft.x[who] + 0.3 * (direction or 1))
        return [Beat(gait, who, None, start, middle, x), Beat(verb, who, None, middle, end)]
    if who in draft.moved and target in draft.props and abs(draft.x[who] - draft.x[target]) < 0.34:
        draft.start_prop(target, x=draft.x[who] + 0.36 * draft.actors[who].facing)  # still ahead of it
    sign = 1 if draft.x[who] <= draft.x[target] else -1
    if who not in draft.moved and gait == "drive":
        sign = direction or sign
        draft.start_at(who, 0.5 - 0.65 * sign)
    gap = 0.2 if draft.kind(target) in VEHICLES else NEAR
    beats = [Beat(gait, who, None, start, middle, draft.move(who, draft.x[target] - sign * gap))]
    beats.append(Beat("collide", who, target, middle, end))
    if draft.kind(target) in PEOPLE + ANIMALS:
        beats.append(Beat("plunge", target, None, middle, end, draft.move(target, draft.x[target] + 0.12 * sign)))
    elif target in draft.actors:
        beats.append(Beat("spin", target, None, middle, end, draft.move(target, draft.x[target] + 0.1 * sign)))
    return beats


def run_over(draft: SceneDraft, e: Event) -> list[Beat]:
    """Across what lies or stands on the road, and on."""
    assert e.target is not None
    sign = e.direction or 1
    middle = (e.start + e.end) / 2
    draft.start_prop(e.target, x=0.5)
    draft.place(e.target, x=0.5)
    draft.place(e.who, x=0.5 - 0.65 * sign, facing=sign)
    over = Beat("drive", e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.65 * sign))
    struck = draft.kind(e.target)
    verb = "fall" if struck in PEOPLE + ANIMALS else "be crushed" if struck in VEHICLES else "topple"
    verb = "topple" if struck in ("bicycle", "motorcycle", "scooter") else verb
    by = e.who if verb == "be crushed" else None
    return [over, Beat(verb, e.target, by, middle - 0.1, middle + 0.1)]
