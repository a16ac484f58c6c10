"""What vehicles do in a caption's own words: drive up, stop, slow down, back in, park, lift, carry and lose a load.

Reads an Event and the SceneDraft; gives Beats, and puts vehicles where they have to begin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.drawing.vehicles import VEHICLES as VEHICLE_SHAPES
from svta.generation.storyboard.drawn_tables import objects
from svta.generation.storyboard.scene import PEOPLE, VEHICLES, Beat, medium

from ..actions.cranes import HEAPED, discharged, forks
from ..actions.draft import GROUND, SHORE, Event, SceneDraft
from ..things.thing_beats import stage_thing
from .aircraft import by_aircraft
from .collisions import back_into, collision, knock_over, push_along, run_over
from .gates import at_a_gate, through_the_gate
from .lanes import overtake, splash, through_the_gap
from .manoeuvres import manoeuvre
from .mishaps import mishap
from .towing import empty_bin, half_length, hook_up, lose_load, room_before, tow, tow_on
from .two_wheelers import fall_over, skid

_BUILT: Final = ("house", "shop", "church", "building", "barn")
_EMPTYING: Final = {"unload", "dump", "tip", "empty", "spill", "discharge", "pour", "drop", "shed", "deposit"}
_TOPPLING: Final = ("bicycle", "motorcycle", "scooter", "forklift", "wheelchair", "shopping cart", "excavator")
_ROOMY: Final = ("barn", "shed", "hangar", "warehouse", "hall", "stable")
_HARBOURS: Final = ("quay", "pier", "stone pier", "marina")
_WATERS: Final = ("lake", "river", "sea", "swimming pool")
PUSHED: Final = {"shopping cart", "bicycle", "motorcycle", "wheelchair"}


def by_vehicle(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """Beats of a vehicle's event; None where it is like anybody else's."""
    if (special := _with_equipment(draft, e, kind)) is not None:
        return special
    rammed = kind not in PUSHED or (kind == "motorcycle" and e.verb == "hit")
    if e.verb in ("hit", "push", "kick", "smash", "strike") and e.target is not None and rammed:
        if medium(draft.kind(e.target)) == "road" and draft.later.isdisjoint({e.target}):  # it stands or drives ahead
            draft.place(e.target, facing=e.direction or (1 if draft.x[e.who] <= draft.x[e.target] else -1))
        return collision(draft, "crash", e.who, e.target, e.start, e.end, e.direction)
    if e.target in draft.x and e.target is not None and "over" in e.words and e.words & {"run", "drive", "roll"}:
        return run_over(draft, e)
    if "come" in e.words and e.verb in ("walk", "drive") and e.who not in draft.moved and e.passed is None:
        x, sign = draft.x[e.who], e.direction or draft.actors[e.who].facing
        draft.place(e.who, x=x, facing=sign)
        draft.start_at(e.who, draft.beyond(e.who, -sign))
        return [Beat("drive", e.who, None, e.start, e.end, draft.move(e.who, x))]
    digs = kind in ("excavator", "wheel loader") and e.goal in draft.x and e.verb in ("load", "lift", "put", "grab")
    digs &= draft.kind(e.target or "").startswith("pile of") or draft.kind(e.target or "") in HEAPED
    if (e.words & _EMPTYING or digs) and e.target in draft.props and kind not in PUSHED and medium(kind) == "road":
        return discharged(draft, e, kind)
    if e.verb in ("topple", "fall", "roll over", "trip"):
        if (with_rider := fall_over(draft, e)) is not None:
            return with_rider
        fallen = "topple" if kind in _TOPPLING else "roll over"
        far = 0.0 if medium(kind) == "water" else 0.1  # capsizes where it is
        return [Beat(fallen, e.who, None, e.start, e.end, draft.move(e.who, draft.x[e.who] + far))]
    if e.words & {"slide", "skid"} and kind in ("motorcycle", "scooter", "bicycle") and e.who not in draft.moved:
        return skid(draft, e)
    comes = e.words & {"dock", "return", "arrive", "enter"} and draft.setting in _HARBOURS
    if (comes or "dock" in e.words) and e.verb != "stop" and medium(kind) == "water":
        e = replace(e, verb="stop")
    if (paced := _at_its_pace(draft, e)) is not None:
        return paced
    if e.verb == "drive" and "overtake" in e.words and e.target in draft.actors:
        return overtake(draft, e)
    if e.verb == "reverse" and draft.kind(e.target or "") in _ROOMY and e.preposition == "into" and e.target:
        return _back_inside(draft, e, e.target)
    if e.verb == "reverse" and e.target in draft.x and e.preposition in ("into", "against"):
        return back_into(draft, e)
    if e.verb == "reverse" and e.target is None and e.who not in draft.moved and medium(kind) == "road":
        sign = e.direction or -1
        draft.place(e.who, x=0.5 - 0.3 * sign, facing=-sign)
        return [Beat("reverse", e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.2 * sign))]
    if e.verb == "reverse" and "park" in e.words:
        x = draft.x[e.who]
        draft.start_at(e.who, x - 0.75)
        return [Beat("drive", e.who, None, e.start, e.end, draft.move(e.who, x))]
    if (e.verb == "roll" and kind in PUSHED) or (e.verb == "drive" and kind in ("shopping cart", "wheelchair")):
        if e.target is not None and e.preposition in ("into", "against", None):
            return collision(draft, "crash", e.who, e.target, e.start, e.end, e.direction)
        sign = e.direction or 1
        draft.place(e.who, x=0.5 - 0.4 * sign, facing=sign)
        return [Beat("roll", e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.4 * sign))]
    if e.verb in ("drop", "throw") and e.target is not None and e.target in draft.props and kind == "forklift":
        return _off_the_forks(draft, e, e.target)
    if e.ground is not None and e.ground[0] == "into" and e.ground[1] in _WATERS and medium(kind) == "road":
        draft.place(e.who, x=0.2, y=SHORE, facing=1)
        middle = (e.start + e.end) / 2
        return [Beat("wade in", e.who, None, e.start, middle, draft.move(e.who, 0.5)),
                Beat("sink", e.who, None, middle, e.end)]  # fmt: skip
    if e.verb == "jackknife":
        draft.place(e.who, x=0.3, facing=1)
        return [Beat("jackknife", e.who, None, e.start, e.end, draft.move(e.who, 0.58))]
    if e.verb in ("carry", "lift", "load", "hoist", "grab") and e.target in draft.props:
        sign = e.direction or 1
        draft.place(e.who, x=0.5 - 0.3 * sign, facing=sign)
        draft.start_prop(e.target, x=draft.x[e.who] + 0.2 * sign)
        verb = "lift" if e.verb in ("lift", "hoist", "load") else "carry"
        to = draft.move(e.who, draft.x[e.who] + (0.45 if verb == "carry" else 0.06) * sign)
        draft.move(e.target, to + 0.2 * sign)
        loads = [e.target, *draft.clones.get(e.target, ())][:3]
        for n, load in enumerate(loads[1:], 1):  # one on the other
            draft.start_prop(load, x=draft.x[e.who] + 0.2 * sign, y=GROUND - n * draft.height(e.target))
            draft.move(load, to + 0.2 * sign)
        return [Beat(verb, e.who, load, e.start, e.end, to) for load in loads]
    if e.verb in ("drop", "throw") and e.target in draft.props:
        return stage_thing(draft, replace(e, verb="fall", who=e.target, target=None, source=e.who))
    if e.verb in ("pull", "drag", "tow") and e.target is not None:
        return tow(draft, e)
    return None


def _with_equipment(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """Through gates, with forks, wings, hooks and blades, through water."""
    if (done := tow_on(draft, e) or mishap(draft, e, kind) or manoeuvre(draft, e, kind)) is not None:
        return done
    if (housed := through_the_gate(draft, e)) is not None:
        return housed
    if (staged := forks(draft, e) or at_a_gate(draft, e)) is not None:
        return staged
    if medium(kind) == "air" and (flown := by_aircraft(draft, e, kind)) is not None:
        return flown
    for loaded in (hook_up if e.verb in ("lift", "hoist", "load", "grab", "tow") else lose_load, empty_bin):
        if (handled := loaded(draft, e)) is not None:
            return handled
    if medium(kind) == "road" and (wet := splash(draft, e)) is not None:
        return wet
    if e.words & {"tear", "pull"} and "down" in e.words and e.target in draft.props and e.target is not None:
        draft.place(e.who, x=0.28, facing=1)  # an excavator pulls down a wall
        draft.start_prop(e.target, x=0.62)
        return [Beat("work", e.who, None, e.start, e.end), Beat("collapse", e.target, None, e.start + 0.3, e.end)]
    if e.verb == "push" and e.words & {"knock"} and e.target in draft.props and e.target is not None:
        return knock_over(draft, e, e.target)
    if e.verb == "push" and e.target in draft.props and kind not in PUSHED:
        return push_along(draft, e)
    return None


def _off_the_forks(draft: SceneDraft, e: Event, load: str) -> list[Beat]:
    """What a forklift has up there falls before it."""
    sign = draft.actors[e.who].facing
    draft.place(e.who, x=0.5 - 0.14 * sign)
    draft.start_prop(load, x=draft.x[e.who] + 0.23 * sign, y=0.64)
    draft.moved.add(load)
    return [Beat("plunge", load, None, e.start + 0.35 * (e.end - e.start), e.end, draft.x[load])]


def _at_its_pace(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """It comes and stops, breaks down, slows down, starts; None for all others."""
    if e.verb == "queue" or (e.verb == "stop" and e.words & {"park", "moor", "anchor"}):
        return [Beat("stand", e.who, None, e.start, e.end)] if e.verb == "queue" else []
    if e.verb == "stop" and e.who not in draft.moved:
        sign = e.direction or 1
        x = draft.x[e.who]
        if (other := e.behind or e.near or e.target) in draft.x and other is not None:
            gap = 0.42 if other in draft.actors or other == e.behind else 0.3
            gap = 0.27 if draft.kind(other) in PEOPLE and other != e.behind else gap
            if "short" in e.words or (
                medium(draft.kind(e.who)) == "rail" and other in draft.actors
            ):  # its front before it
                gap = (
                    draft.beyond(e.who, 1)
                    - 1.0
                    + (
                        0.06
                        if draft.kind(other) in PEOPLE and draft.kind(other) != "cyclist"
                        else room_before(draft, other)
                    )
                )
                for id_ in (other, *(a.id for a in draft.actors.values() if a.kind in PUSHED)):
                    draft.place(id_, x=0.5 + 0.36 * sign, facing=sign)
                draft.start_prop(other, x=0.5 + 0.36 * sign)
            far = draft.x[other] - gap * sign
            far = (
                draft.x[other]
                if "outside" in objects().get(draft.kind(other), {}) or draft.kind(other) in _BUILT
                else far
            )
            if (many := draft.actors[e.who]).count > 1:  # the foremost of them
                half = half_length(many.kind) * PERSON * 0.67 * many.scale
                far -= 2 * half * ((many.count - 1) // 2) * sign
            x = (
                x
                if other == e.behind and other in draft.actors
                else min(0.8, max(0.13 if draft.kind(e.who) == "tram" else 0.2, far))
            )
            if draft.width(other) > 0.3 and "at" not in (e.preposition, e.way):
                x = draft.x[other] + 0.02
        draft.start_at(e.who, draft.beyond(e.who, -sign))
        still = e.start + 0.65 * (e.end - e.start)
        arrives = Beat("pull up", e.who, None, e.start, still, draft.move(e.who, x))
        if "break" in e.words and "down" in e.words:
            return [arrives, Beat("smoke", e.who, None, still - 0.1, 1.0)]
        stuck = [Beat("shake", e.who, None, still, e.end)] if "stuck" in e.words else []
        return [arrives, *stuck]
    if e.verb in ("slow down", "speed up"):
        return _at_another_pace(draft, e)
    if e.verb == "drive" and e.preposition == "between" and f"{e.passed}_other" in draft.actors:
        return through_the_gap(draft, e)
    if "taxi" in e.words:
        sign = e.direction or 1
        draft.place(e.who, x=0.5 - 0.2 * sign, facing=sign)
        return [Beat("drive", e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.2 * sign))]
    if e.verb == "spark" and e.words & {"flash", "blink"}:
        return [Beat("blink", e.who, None, e.start, e.end)]
    return None


def _at_another_pace(draft: SceneDraft, e: Event) -> list[Beat]:
    """Quick first and slow then, or from a standstill and ever faster out of the picture."""
    sign = e.direction or draft.actors[e.who].facing
    begins = bool(e.words & {"start", "begin", "set", "away", "off", "get"})
    if e.verb == "slow down":
        if e.who not in draft.moved:
            draft.start_at(e.who, 0.5 - 0.65 * sign)
            return [Beat("slow down", e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.05 * sign))]
        return [Beat("slow down", e.who, None, e.start, e.end, draft.move(e.who, draft.x[e.who] + 0.12 * sign))]
    if e.who not in draft.moved:
        draft.place(e.who, x=0.5 - (0.1 if begins else 0.34) * sign, facing=sign)
    first = e.start + (0.3 if begins and e.start == 0.0 else 0.0) * (e.end - e.start)
    return [Beat("speed up", e.who, None, first, e.end, draft.move(e.who, 0.5 + 0.7 * sign))]


def _back_inside(draft: SceneDraft, e: Event, barn: str) -> list[Beat]:
    """Backwards to the door of a barn, and in."""
    draft.start_prop(barn, x=0.26, y=0.78)
    draft.place(e.who, x=0.82, y=GROUND, facing=1)
    middle = e.start + 0.65 * (e.end - e.start)
    back = Beat("reverse", e.who, None, e.start, middle, draft.move(e.who, draft.x[barn]))
    return [back, Beat("enter", e.who, barn, middle, e.end)]


def wheel_along(draft: SceneDraft, e: Event) -> list[Beat]:
    """Somebody sits in a wheelchair and is pushed in it."""
    assert e.target is not None and e.goal is not None
    sign = e.direction or 1
    for id_, x in ((e.goal, 0.3), (e.target, 0.3), (e.who, 0.19)):
        draft.place(id_, x=x if sign > 0 else 1 - x, facing=sign)
    to = draft.move(e.goal, 0.5 + 0.3 * sign)
    draft.move(e.target, to)
    draft.move(e.who, to - 0.11 * sign)
    return [Beat("ride", e.target, e.goal, e.start, e.end, to), Beat("push", e.who, e.goal, e.start, e.end, to)]


def park(draft: SceneDraft, e: Event) -> list[Beat]:
    """Somebody drives or rides up and stops where the caption says."""
    assert e.target is not None
    sign = e.direction or 1
    other = e.near or e.behind
    x = draft.x[other] - 0.18 * sign if other in draft.x and other != e.target else 0.45
    x = 0.58 if draft.later & draft.props.keys() and draft.kind(e.target) in ("van", "truck") else x  # room behind it
    x = min(0.7, max(0.3, x))
    x = 0.26 if draft.house() is not None and other is None else x  # not before the door
    for id_ in (e.who, e.target):
        draft.place(id_, x=0.5 - 0.7 * sign, y=GROUND, facing=sign)
        draft.move(id_, x)
    if e.who not in draft.later or draft.kind(e.target) in PUSHED:
        return [Beat("drive", e.who, e.target, e.start, e.end, x)]
    still = e.start + 0.6 * (e.end - e.start)  # and gets out
    out = Beat("leave", e.who, e.target, still, e.end, draft.move(e.who, x + (0.2 if x < 0.5 else -0.2)))
    return [Beat("drive", e.who, e.target, e.start, still, x), out]


def wholly_away(draft: SceneDraft, beats: list[Beat]) -> list[Beat]:
    """A train that leaves the picture leaves it with its last carriage."""
    gone = []
    for beat in beats:
        kind = draft.kind(beat.who)
        if beat.to is not None and not 0.05 <= beat.to <= 0.95 and kind in VEHICLES:
            half = 0.15 * VEHICLE_SHAPES[kind].width * draft.actors[beat.who].scale + 0.03
            to = max(beat.to, 1 + half) if beat.to > 0.5 else min(beat.to, -half)
            if beat.to < 0.0 or beat.to > 1.0:
                beat = replace(beat, to=draft.move(beat.who, to))
        gone.append(beat)
    return gone
