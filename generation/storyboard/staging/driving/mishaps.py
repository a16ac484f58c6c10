"""What goes wrong on the way: a skid that ends at a lamp post, a wheel that comes off, a ferry that bumps into a pier,
a car that drives against the arrows, one that a plough pushes along.

Reads an Event and the SceneDraft; gives Beats, and puts vehicles and things where they have to begin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.drawing.vehicles import RIDDEN, VEHICLES
from svta.generation.storyboard.scene import PEOPLE, Beat, Prop, medium

from ..actions.draft import GROUND, Event, SceneDraft

_SKIDDING: Final = frozenset(("skid", "slide", "slip", "drift", "spin", "swerve", "veer", "careen", "slither"))
_AGAINST: Final = ("crash", "collide", "hit", "skid", "push")
_WHEELS: Final = ("spare wheel", "tyre")
_OFF: Final = frozenset(("off", "loose", "lose", "away", "out", "detach"))
_PIERS: Final = ("landing stage", "pier", "jetty", "dock")
_HARBOURS: Final = ("pier", "stone pier", "quay", "marina", "harbour")
_BUMPS: Final = frozenset(("bump", "nudge", "knock", "scrape", "ram", "crash", "run", "hit", "drive", "slam"))
_GENTLY: Final = frozenset(("bump", "nudge", "knock", "scrape", "run", "drive"))
_BREAKING: Final = frozenset(("break", "smash", "crash", "burst", "plough"))
_WATERS: Final = ("puddle", "water", "flood water", "mud")
_BARRIERS: Final = ("barrier", "fence", "gate", "iron gate", "wooden fence", "hedge", "box hedge", "roadblock", "wall",
                    "garden fence", "picket fence", "crash barrier", "guardrail", "turnstile")  # fmt: skip
_SHARE: Final = 0.6 * PERSON  # of the frame's width, for a unit of a thing's length


def mishap(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """Beats of a vehicle to which it happens; None for all others."""
    if e.who in draft.moved:
        return None
    if medium(kind) == "water" and (bumped := _against_the_pier(draft, e)) is not None:
        return bumped
    if medium(kind) != "road":
        return None
    if e.verb == "roll over" and "lie" in e.words:
        return [Beat("roll over", e.who, None, 0.0, 0.01, draft.x[e.who])]  # on its roof
    if e.verb in _AGAINST and e.words & _SKIDDING and (hit := e.target or e.goal) in draft.x and hit is not None:
        return _skid_into(draft, e, hit)
    way = next((id_ for id_ in (e.passed, e.target, e.goal) if id_ in draft.props), None)
    if way is not None and draft.kind(way) in _WATERS and e.verb in ("drive", "ride", "run", "splash over", "leave"):
        return _through_water(draft, e, way)
    breaks = e.verb in ("break in", "smash", "crash", "drive") and e.words & _BREAKING
    if way is not None and draft.kind(way) in _BARRIERS and breaks and {e.preposition, *e.words} & {"through"}:
        return _through_a_barrier(draft, e, way)
    if way is not None and e.verb == "jump" and {e.preposition, *e.words} & {"over", "across"}:
        return _over_a_thing(draft, e, way)
    pushes = e.verb == "push" and e.target in draft.actors and "down" not in e.words and kind not in RIDDEN
    if pushes and draft.kind(e.target or "") in VEHICLES and not e.words & {"knock", "over"}:
        return _push_along(draft, e)
    return None


def wheel_off(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A wheel comes off a vehicle and rolls or bounces ahead of it; None for all others."""
    if draft.kind(e.who) in _WHEELS and e.who in draft.moved and e.verb in ("roll", "bounce") and e.target is None:
        return [Beat(e.verb, e.who, None, e.start, e.end, draft.move(e.who, 1.06 if draft.x[e.who] > 0.5 else -0.06))]
    named = (e.source, e.target, e.goal, e.passed, e.near)
    vehicle = next((id_ for id_ in named if id_ in draft.actors and draft.kind(id_) in VEHICLES), None)
    if draft.kind(e.who) not in _WHEELS or vehicle is None or not e.words & _OFF or e.who in draft.moved:
        return None
    sign, part = e.direction or 1, e.end - e.start
    off = e.start + 0.35 * part
    draft.place(vehicle, x=0.5 - 0.22 * sign, y=GROUND, facing=sign)
    draft.moved.discard(vehicle)
    there = draft.x[vehicle] + 0.14 * sign
    front = there + 0.36 * VEHICLES[draft.kind(vehicle)].width * _SHARE * draft.actors[vehicle].scale * sign
    draft.start_prop(e.who, x=front, y=GROUND + 0.005)
    draft.props[e.who] = replace(draft.props[e.who], scale=0.62)
    far = 0.16 if e.who in draft.later else 0.34
    rolls = "bounce" if e.verb == "bounce" else "roll"
    return [
        Beat("drive", vehicle, None, e.start, off, there),
        Beat("lose wheel", vehicle, None, off, e.end, draft.move(vehicle, there + 0.1 * sign)),
        Beat("appear", e.who, None, off - 0.001, off),
        Beat(rolls, e.who, None, off, e.end, draft.move(e.who, front + far * sign)),
    ]


def _skid_into(draft: SceneDraft, e: Event, hit: str) -> list[Beat]:
    """Straight on, then sideways with smoking tyres, then against it."""
    sign, part = e.direction or 1, e.end - e.start
    one, two = e.start + 0.25 * part, e.start + 0.6 * part
    draft.start_prop(hit, x=0.5 + 0.2 * sign)
    draft.place(hit, x=0.5 + 0.2 * sign, facing=sign if draft.kind(hit) in VEHICLES else -sign)
    draft.place(e.who, x=0.5, y=GROUND, facing=sign)
    draft.start_at(e.who, draft.beyond(e.who, -sign))
    half = VEHICLES[draft.kind(e.who)].width * _SHARE * draft.actors[e.who].scale / 2
    near = draft.x[hit] - (half + 0.08) * sign
    beats = [
        Beat("drive", e.who, None, e.start, one, near - 0.3 * sign),
        Beat("skid", e.who, None, one, two, draft.move(e.who, near)),
        Beat("collide", e.who, hit, two, e.end),
    ]
    if draft.kind(hit) in PEOPLE:
        beats.append(Beat("plunge", hit, None, two, e.end, draft.move(hit, draft.x[hit] + 0.12 * sign)))
    return beats


def _through_water(draft: SceneDraft, e: Event, puddle: str) -> list[Beat]:
    """The water flies up on both sides."""
    sign = e.direction or 1
    draft.start_prop(puddle, x=0.5, y=GROUND + 0.05)
    draft.props[puddle] = replace(draft.props[puddle], scale=round(1.5 * draft.props[puddle].scale, 3))
    draft.place(e.who, x=0.5, y=GROUND + 0.05, facing=sign)
    draft.start_at(e.who, draft.beyond(e.who, -sign))
    return [Beat("splash over", e.who, None, e.start, e.end, draft.move(e.who, draft.beyond(e.who, sign)))]


def _through_a_barrier(draft: SceneDraft, e: Event, barrier: str) -> list[Beat]:
    """Against it without a stop: it breaks, and is left behind."""
    sign, part = e.direction or 1, e.end - e.start
    draft.start_prop(barrier, x=0.5 + 0.08 * sign, y=GROUND - 0.01)
    draft.place(e.who, x=0.5, y=GROUND, facing=sign)
    draft.start_at(e.who, draft.beyond(e.who, -sign))
    half = VEHICLES[draft.kind(e.who)].width * _SHARE * draft.actors[e.who].scale / 2
    there = draft.x[barrier] - (half + 0.04) * sign
    hit = e.start + 0.4 * part
    return [
        Beat("drive", e.who, None, e.start, hit, there),
        Beat("break through", e.who, barrier, hit, e.end, draft.move(e.who, draft.beyond(e.who, sign))),
        Beat("shatter", barrier, None, hit, e.end),
    ]


def _over_a_thing(draft: SceneDraft, e: Event, thing: str) -> list[Beat]:
    """Up to it, through the air, and on; who rides comes along."""
    sign, part = e.direction or 1, e.end - e.start
    draft.start_prop(thing, x=0.5)
    draft.place(e.who, x=0.5, y=GROUND, facing=sign)
    draft.start_at(e.who, draft.beyond(e.who, -sign))
    half = max(0.12, draft.width(thing) / 2) + 0.1
    one, two = e.start + 0.3 * part, e.start + 0.75 * part
    return [
        Beat("drive", e.who, None, e.start, one, 0.5 - half * sign),
        Beat("leap over", e.who, thing, one, two, 0.5 + half * sign),
        Beat("drive", e.who, None, two, e.end, draft.move(e.who, 0.5 + (half + 0.14) * sign)),
    ]


def _push_along(draft: SceneDraft, e: Event) -> list[Beat]:
    """The other one goes ahead of it, at its pace."""
    assert e.target is not None
    sign, part = e.direction or 1, e.end - e.start
    halves = [VEHICLES[draft.kind(id_)].width * _SHARE / 2 for id_ in (e.who, e.target)]
    small = min(1.0, 0.62 / (2 * sum(halves)))
    for id_ in (e.who, e.target):
        draft.actors[id_] = replace(draft.actors[id_], scale=round(small * draft.actors[id_].scale, 3))
    gap = 0.97 * small * sum(halves)
    draft.place(e.target, x=0.5 + 0.02 * sign, y=GROUND, facing=sign)
    draft.place(e.who, x=0.5 - (gap + 0.12) * sign, y=GROUND, facing=sign)
    touch, way = e.start + 0.25 * part, 0.3 * sign
    up = draft.x[e.target] - gap * sign
    return [
        Beat("drive", e.who, None, e.start, touch, up),
        Beat("drive", e.who, None, touch, e.end, draft.move(e.who, up + way)),
        Beat("roll", e.target, None, touch, e.end, draft.move(e.target, draft.x[e.target] + way)),
    ]


def arrows_against(draft: SceneDraft, id_: str) -> Beat:
    """It drives the wrong way: past a sign that forbids it, over arrows on the road that point the other way."""
    arrow = "road arrow" if draft.actors[id_].facing > 0 else "road arrow right"
    for n, x in enumerate((0.26, 0.72)):
        draft.put(Prop(f"arrow{n}", arrow, None, x, 0.95))
    draft.put(Prop("no_entry", "no entry sign", None, 0.5 - 0.36 * draft.actors[id_].facing, 0.72))
    return Beat("wrong way", id_, None, 0.0, 1.0)


def _against_the_pier(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A boat comes up to a pier that is seen from its side, bumps into it and rocks back."""
    pier = next((id_ for id_ in (e.target, e.goal, e.passed, e.near) if draft.kind(id_ or "") in _PIERS), None)
    by_place = e.ground is not None and e.ground[1] in _HARBOURS
    bumps = e.verb in ("crash", "collide", "hit", "push", "scrape") and bool(e.words & _BUMPS)
    bumps &= not any(actor.kind in PEOPLE for actor in draft.actors.values())
    if not bumps or not (pier or by_place or draft.setting in _HARBOURS) or (e.target in draft.x and pier is None):
        return None
    if pier is None:
        pier = "landing_stage"
        draft.put(Prop(pier, "landing stage", None, 0.86, 0.86))
    draft.start_prop(pier, x=0.86, y=0.86)
    long = VEHICLES[draft.kind(e.who)].width * _SHARE
    size = min(draft.actors[e.who].scale, 0.5 / long)
    draft.actors[e.who] = replace(draft.actors[e.who], scale=round(size, 3))
    near = draft.x[pier] - draft.width(pier) / 2 - 0.5 * size * long + 0.01
    draft.place(e.who, x=-0.1, y=0.8, facing=1)
    middle = e.start + 0.55 * (e.end - e.start)
    rocks = Beat("bump" if e.words & _GENTLY else "collide", e.who, pier, middle, e.end, draft.move(e.who, near))
    return [Beat("drive", e.who, None, e.start, middle, near), rocks]
