"""How somebody gets from one place to another: on foot, up stairs, out of things, over and past things.

Reads an Event and the draft; gives Beats and keeps where everybody stands.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.animals import ANIMALS as BEASTS
from svta.generation.storyboard.drawing.vehicles import VEHICLES as FORMS
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, VEHICLES, Actor, Beat, medium
from svta.generation.storyboard.shown_verbs import NEAR

from .draft import Event, SceneDraft

_ROOFS: Final = ("bus shelter", "tree", "palm tree", "umbrella", "table", "tent", "balcony", "kiosk", "bed", "bench")
_PASSES: Final = {"walk", "limp", "run", "sneak", "stagger", "crawl", "drive", "fly", "swim"}
_LARGE: Final = 0.9  # of a person's height: a sheep, not a cat
_TALL: Final = 0.3  # of the frame: under a fridge or a cupboard
MOUNTS: Final = ("bicycle", "motorcycle", "scooter")
_LEAPT: Final = ("fence", "hurdle", "log", "wall", "hedge", "gate", "barrier", "ditch", "puddle", "stream", "bush")
_BOARDS: Final = ("skateboard", "sled", "snowboard", "surfboard")
STRIDE: Final = {"walk": 0.4, "run": 0.6, "sneak": 0.3, "stagger": 0.3, "crawl": 0.25, "swim": 0.3, "ride": 0.9,
                 "drive": 1.0, "reverse": -0.3, "skid": 0.35, "fly": 0.9, "float": 0.3, "jump": 0.15, "climb": 0.05,
                 "slide down": 0.3, "swirl": 0.5, "roll over": 0.2, "queue": 0.08,
                 "limp": 0.3, "dive": 0.25, "skate": 0.6, "ski": 0.6, "surf": 0.6}  # fmt: skip


def out_of(draft: SceneDraft, e: Event) -> list[Beat]:
    """Out of a building, from its door to the edge of the picture."""
    assert e.source is not None
    sign = e.direction or (1 if draft.x[e.source] < 0.5 else -1)
    draft.place(e.who, x=draft.x[e.source], facing=sign)
    return [Beat(e.verb, e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.7 * sign))]


def in_a_race(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """At its start or its end; None for all others."""
    line = e.target or e.passed or ""
    if draft.kind(line) == "finish line" and e.words & {"cross"}:
        return over_the_line(draft, e, line)
    ready = e.verb in ("run", "walk") and e.words & {"start", "begin", "set"}
    if ready and (e.target not in draft.x or e.preposition in ("from", "at", "on")):
        return off_the_line(draft, e)
    return None


def off_the_line(draft: SceneDraft, e: Event) -> list[Beat]:
    """They stand ready, and then they are off: the start of a race."""
    sign, begun = e.direction or 1, e.start + 0.2 * (e.end - e.start)
    draft.place(e.who, x=0.5 - 0.16 * sign, facing=sign)
    for line in (e.source, e.target):
        if line in draft.props and line is not None:
            draft.start_prop(line, x=0.5 - 0.12 * sign)
    return [Beat(e.verb, e.who, None, begun, e.end, draft.move(e.who, 0.5 + 0.5 * sign))]


def over_the_line(draft: SceneDraft, e: Event, line: str) -> list[Beat]:
    """Under the banner of a finish line and on."""
    draft.start_prop(line, x=0.5)
    draft.place(e.who, x=0.12, facing=1)
    return [Beat("run" if e.verb == "run" else e.verb, e.who, None, e.start, e.end, draft.move(e.who, 0.88))]


def aside(draft: SceneDraft, e: Event) -> list[Beat]:
    """A jump or a step away from what is nearest."""
    x = draft.x[e.who]
    others = [other for id_, other in draft.x.items() if id_ != e.who]
    nearest = min(others, key=lambda other: abs(other - x), default=x - 0.1)
    sign = e.direction or (1 if x >= nearest else -1)
    verb = "walk" if e.verb == "walk" else "jump"
    return [Beat(verb, e.who, None, e.start, e.end, draft.move(e.who, min(0.94, max(0.06, x + 0.2 * sign))))]


def approach(draft: SceneDraft, who: str, target: str, start: float, end: float, verb: str) -> list[Beat]:
    side = -1 if draft.x[who] <= draft.x[target] else 1
    near = max(NEAR if verb != "water" else 1.6 * NEAR, _length_of_both(draft, who, target))
    if near > 0.3 and target not in draft.moved and draft.x[who] <= draft.x[target]:
        draft.place(target, x=max(0.7, draft.x[target]))
    x = draft.move(who, draft.x[target] + side * near)
    gait = "run" if verb in ("hit", "kick", "punch", "stab", "push", "leap at", "bite", "handcuff") else "walk"
    if draft.kind(who) in VEHICLES:
        gait = "drive"
    return [Beat(gait, who, None, start, end, x)] if end > start else []


def _length_of_both(draft: SceneDraft, who: str, target: str) -> float:
    """How far apart two animals are who stand nose to nose, or nose to tail."""
    both = [draft.actors[id_] for id_ in (who, target) if id_ in draft.actors and draft.kind(id_) in ANIMALS]
    if len(both) < 2 or max(BEASTS[actor.kind].width for actor in both) < _LARGE:
        return 0.0
    return sum(0.105 * BEASTS[actor.kind].width * actor.scale for actor in both)


def stride(
    draft: SceneDraft, verb: str, who: str, target: str | None, start: float, end: float, direction: int, e: Event
) -> list[Beat]:
    kind = draft.kind(who)
    if who in draft.wheeled and verb in ("ride", "drive") and draft.kind(draft.wheeled[who]) != "wheelchair":
        verb, target = "ride", draft.wheeled[who]
    if kind in VEHICLES and verb in ("walk", "run", "ride"):
        verb = "fly" if medium(kind) == "air" else "drive"
    board = next((p.id for p in draft.props.values() if p.kind in _BOARDS), "bicycle")
    mount = next((a.id for a in draft.actors.values() if a.kind in ("bicycle", "motorcycle", "scooter")), board)
    if kind == "cyclist" and verb in ("drive", "walk", "run") and not e.words & {"dismount", "step"}:
        verb, target = "ride", mount if mount in draft.actors else None
    if kind in PEOPLE and target is None and verb in ("ride", "drive") and kind != "cyclist":
        wanted = VEHICLES if verb == "drive" else (*MOUNTS, *ANIMALS)
        target = next((a.id for a in draft.actors.values() if a.kind in wanted and a.id != who), None)
    if kind not in VEHICLES and verb == "drive":
        if target and draft.kind(target) in VEHICLES:
            sign = direction or 1
            if target not in draft.moved and who not in draft.moved:
                for id_ in (target, who):
                    draft.place(id_, x=0.5 - 0.6 * sign, facing=sign)
            x = draft.move(target, draft.x[target] + 1.2 * sign)
            draft.move(who, x)
            return [Beat("drive", who, target, start, end, x)]
        verb = "walk"
    if verb == "ride" and kind == "cyclist" and draft.kind(target or "") not in (*MOUNTS, *ANIMALS, *_BOARDS):
        target = mount
        if target not in draft.x:  # a cyclist has one
            draft.put(Actor(target, "bicycle", x=draft.x[who], facing=draft.actors[who].facing))
    if verb == "ride" and target and draft.kind(target) in (*VEHICLES, *ANIMALS, *_BOARDS):
        return _ride(draft, who, target, start, end, direction, e)
    if e.source in draft.x and e.goal in draft.x and e.source != e.goal and verb in _PASSES:
        return from_to(draft, verb, e)
    if (
        e.passed in draft.x
        and verb in _PASSES
        and kind not in ("cyclist",)
        and (draft.kind(e.passed or "") != "conveyor" or "past" in (*e.words, e.preposition) or e.preposition is None)
    ):
        return _past(draft, verb, e)
    far = STRIDE[verb] if not e.words & {"cross", "across"} else 0.75
    if far == 0.75 and who not in draft.moved:
        way = direction or 1
        draft.place(who, x=0.5 - 0.38 * way, facing=way)
    if "from side to side" in e.words and who not in draft.moved and kind not in VEHICLES and direction:
        far = 0.92  # from right to left: from one edge of the picture to the other
        draft.place(who, x=0.5 - 0.46 * direction, facing=direction)
    if kind in VEHICLES and verb == "drive" and target in draft.props and who not in draft.moved:
        return _drive_up_to(draft, e, target or "")
    if target is not None and verb in ("walk", "run", "sneak", "stagger", "crawl", "drive"):
        if e.preposition in ("toward", "towards") and target in draft.props and start == 0.0:  # from further off
            far_side = -1 if draft.x[who] <= draft.x[target] else 1
            draft.start_prop(target, x=0.5 - 0.22 * far_side)
            draft.place(who, x=0.5 + 0.4 * far_side, facing=-far_side)
        side = -1 if draft.x[who] <= draft.x[target] else 1
        near = NEAR
        if kind in ANIMALS and verb == "run" and who not in draft.moved and target in draft.actors:  # a bull charges
            near = max(NEAR, 0.17 * BEASTS[kind].width * draft.actors[who].scale + 0.03)
            draft.place(who, x=max(0.1, draft.x[target] + side * (near + 0.4)))
        return [Beat(verb, who, None, start, end, draft.move(who, draft.x[target] + side * near))]
    sign = direction or (draft.actors[who].facing if who in draft.actors else 1)
    if not direction and not 0.0 <= draft.x[who] + sign * far <= 1.0 and kind not in VEHICLES:
        sign = -1 if draft.x[who] > 0.5 else 1
    if who not in draft.moved and kind in VEHICLES and verb == "drive":
        if not (start > 0 and e.words & {"off", "away"}):  # who drives off later is there before
            draft.start_at(who, 0.5 - 0.65 * sign)
        return [Beat(verb, who, None, start, end, draft.move(who, 0.5 + 0.65 * sign))]
    return [Beat(verb, who, None, start, end, draft.move(who, draft.x[who] + sign * far))]


def _drive_up_to(draft: SceneDraft, e: Event, target: str) -> list[Beat]:
    """From outside the picture to what stands on the other side of it."""
    sign = e.direction or 1
    draft.start_prop(target, x=0.5 + 0.3 * sign)
    draft.start_at(e.who, 0.5 - 0.65 * sign)
    half = FORMS[draft.kind(e.who)].width * 0.15 * draft.actors[e.who].scale
    to = draft.x[target] - sign * (draft.width(target) / 2 + half + 0.02)
    return [Beat("drive", e.who, None, e.start, e.end, draft.move(e.who, to))]


def from_to(draft: SceneDraft, verb: str, e: Event) -> list[Beat]:
    """From beside one thing to beside another, which stand apart."""
    assert e.source is not None and e.goal is not None
    sign = e.direction or (1 if draft.x[e.source] <= draft.x[e.goal] else -1)
    for id_, x in ((e.source, 0.5 - 0.32 * sign), (e.goal, 0.5 + 0.32 * sign)):
        draft.start_prop(id_, x=x)
        draft.place(id_, x=x)
    if e.who not in draft.moved:
        draft.place(e.who, x=draft.x[e.source] + 0.04 * sign, facing=sign)
    to = draft.x[e.goal] - sign * max(NEAR, draft.width(e.goal) / 2 + 0.03)
    return [Beat(verb, e.who, None, e.start, e.end, draft.move(e.who, to))]


def ride_off(draft: SceneDraft, who: str, mount: str, start: float, end: float, direction: int) -> list[Beat]:
    """Up to a bicycle that stands there, onto it, and out of the picture."""
    middle = start + 0.4 * (end - start)
    sign = direction or (1 if draft.x[mount] >= 0.5 else -1)
    walk = Beat("walk", who, None, start, middle, draft.move(who, draft.x[mount]))
    to = draft.move(who, draft.move(mount, 0.5 + 0.7 * sign))
    return [walk, Beat("ride", who, mount, middle, end, to)]


def make_off(draft: SceneDraft, e: Event) -> list[Beat]:
    """Up to what is stolen, takes it and runs, or drives away in it."""
    assert e.target is not None
    one, two = (e.start + share * (e.end - e.start) for share in (0.35, 0.55))
    sign = e.direction or (1 if draft.x[e.target] >= 0.5 else -1)
    if draft.kind(e.target) in VEHICLES:
        near = approach(draft, e.who, e.target, e.start, one, "walk")
        draft.move(e.who, draft.x[e.target])
        away = draft.actors[e.target].facing if not e.direction else sign
        drive = Beat("drive", e.target, None, two, e.end, draft.move(e.target, draft.beyond(e.target, away)))
        return [*near, Beat("enter", e.who, e.target, one, two), drive]
    near = approach(draft, e.who, e.target, e.start, one, "walk")
    grab = Beat("grab", e.who, e.target, one, two)
    return [*near, grab, Beat("flee", e.who, None, two, e.end, draft.move(e.who, 0.5 + 0.7 * sign))]


def _ride(draft: SceneDraft, who: str, target: str, start: float, end: float, direction: int, e: Event) -> list[Beat]:
    """Past us on what is ridden or driven, towards a goal, or over what a horse jumps."""
    draft.start_prop(target, x=0.08 if (direction or 1) > 0 else 0.92)
    if draft.kind(e.passed or "") in ("puddle", "mud"):
        draft.start_prop(e.passed or "", x=0.5, y=draft.y(target) + 0.012)
    if start > 0 and draft.kind(who) != "cyclist" and target not in draft.moved:
        return ride_off(draft, who, target, start, end, direction)
    hurdle = next((id_ for id_ in (e.passed, e.goal) if draft.kind(id_ or "") in _LEAPT), None)
    if hurdle is not None and draft.kind(target) in ANIMALS and "leap" in e.words:
        return _leap(draft, who, target, hurdle, start, end, direction)
    sign = direction or 1
    draft.start_at(who, draft.x[who] if who in draft.moved else 0.5 - 0.6 * sign)
    draft.start_at(target, draft.x[target] if target in draft.moved else 0.5 - 0.6 * sign)
    to = 0.5 + 0.45 * sign
    if e.goal in draft.props and e.goal is not None:  # towards a fountain
        draft.start_prop(e.goal, x=0.5 + 0.34 * sign)
        to = draft.x[e.goal] - (draft.width(e.goal) / 2 + 0.09) * sign
    return [Beat("ride", who, target, start, end, draft.move(who, draft.move(target, to)))]


def _leap(draft: SceneDraft, who: str, mount: str, hurdle: str, start: float, end: float, direction: int) -> list[Beat]:
    """On horseback over a fence, which is low enough to be seen."""
    sign = direction or 1
    draft.start_prop(hurdle, x=0.5)
    draft.props[hurdle] = replace(draft.props[hurdle], scale=0.8 * draft.props[hurdle].scale)
    for id_ in (who, mount):
        draft.actors[id_] = replace(draft.actors[id_], scale=0.8 * draft.actors[id_].scale)
        draft.place(id_, x=0.5 - 0.36 * sign, facing=sign)
    long = end - start
    ride = Beat("ride", who, mount, start, end, draft.move(who, draft.move(mount, 0.5 + 0.36 * sign)))
    return [ride, Beat("jump", mount, None, start + 0.2 * long, start + 0.8 * long)]


def _past(draft: SceneDraft, verb: str, e: Event) -> list[Beat]:
    """From one side of what is passed to the other; under a roof one stays."""
    assert e.passed is not None
    x = draft.x[e.passed]
    if e.preposition in ("under", "below", "underneath") and draft.kind(e.passed) in _ROOFS:
        return [Beat(verb, e.who, None, e.start, e.end, draft.move(e.who, x))]
    sign = e.direction or (1 if draft.x[e.who] <= x else -1)
    wheels = draft.kind(e.who) in VEHICLES
    if e.preposition in ("under", "below", "underneath") and e.passed in draft.actors:
        draft.place(e.who, y=draft.y(e.passed) - 0.012)
    if e.who not in draft.moved:
        before = 0.5 - 0.65 * sign if wheels else min(0.92, max(0.08, x - 0.4 * sign))
        behind = wheels and e.passed in draft.props  # what stands by the road is nearer to us
        under = (
            draft.kind(e.who) in ANIMALS
            and e.preposition in ("under", "below", "underneath")
            and e.passed in draft.props
        )
        if under:  # behind its boards
            small = min(draft.actors[e.who].scale, 0.75 if draft.height(e.passed) > 0.1 else 0.5)
            draft.actors[e.who] = replace(draft.actors[e.who], scale=small)
        y = draft.y(e.passed) - 0.012 if under else 0.76 if behind and draft.y(e.passed) > 0.76 else None
        draft.place(e.who, x=before, y=y, facing=sign)
    to = 0.5 + 0.65 * sign if wheels else x + 0.4 * sign
    if e.preposition in ("under", "below") and draft.kind(e.who) in ANIMALS and draft.height(e.passed) > _TALL:
        to = x  # and is gone
    return [Beat(verb, e.who, None, e.start, e.end, draft.move(e.who, to))]


def door(
    draft: SceneDraft, verb: str, who: str, target: str | None, start: float, end: float, direction: int
) -> list[Beat]:
    if verb == "enter" and target in draft.actors and draft.kind(target or "") in (*MOUNTS, "horse", "donkey", "camel"):
        assert target is not None
        middle = start + 0.4 * (end - start)
        way = [Beat("walk", who, None, start, middle, draft.move(who, draft.x[target]))]
        draft.move(target, draft.x[target])
        return [*way, Beat("ride", who, target, middle, end, draft.x[target])]
    into = target is not None and draft.kind(target) in (*VEHICLES, "door", "window", "elevator")
    if into and target is not None and draft.kind(who) not in VEHICLES:
        if verb == "enter":
            middle = start + 0.5 * (end - start)
            return [*approach(draft, who, target, start, middle, verb), Beat("enter", who, target, middle, end)]
        if draft.kind(target) == "elevator" and who not in draft.moved and start == 0.0:
            return _out_of_the_lift(draft, who, target, end, direction)
        if who in draft.later and target in draft.actors and draft.house() is not None:
            draft.place(target, x=0.26)  # not before the door
        draft.start_at(who, draft.x[target])
        if draft.kind(who) in ANIMALS:
            draft.place(who, facing=direction or 1)
        draft.moved.add(who)
        x = draft.move(who, draft.x[target] + (direction or 1) * 0.2)
        middle, start = (start + end) / 2, max(start, 0.15 * end)  # not seen before
        seated = [Beat("enter", who, target, 0.0, 0.01)] if draft.drivers.get(who) == target else []
        return [*seated, Beat("leave", who, target, start, middle), Beat("walk", who, None, middle, end, x)]
    gait = "drive" if draft.kind(who) in VEHICLES else "walk"
    if verb == "enter" and who not in draft.moved:
        sign = direction or draft.actors[who].facing
        x = draft.x[who]
        draft.start_at(who, draft.beyond(who, -sign) if gait == "drive" else 0.5 - 0.62 * sign)
        return [Beat(gait, who, None, start, end, draft.move(who, x))]
    sign = direction or (1 if draft.x[who] >= 0.5 else -1)
    to = draft.x[who] + 0.25 * sign if verb == "enter" else 0.5 + 0.65 * sign
    return [Beat(gait, who, None, start, end, draft.move(who, to))]


def _out_of_the_lift(draft: SceneDraft, who: str, lift: str, end: float, direction: int) -> list[Beat]:
    """Behind its doors until they open, then out of it and on."""
    sign = direction or 1
    draft.start_prop(lift, x=0.5 - 0.18 * sign)
    x = draft.x[lift]
    draft.place(who, x=x, facing=sign)
    draft.move(who, x)
    one, two = 0.25 * end, 0.6 * end
    return [Beat("enter", who, lift, 0.0, 0.01), Beat("open", lift, None, 0.02, one),
            Beat("leave", who, lift, one, two, x + 0.16 * sign),
            Beat("walk", who, None, two, end, draft.move(who, x + 0.45 * sign))]  # fmt: skip


def passing(draft: SceneDraft, id_: str | None) -> list[Beat]:
    """From one edge of the picture to the other, behind those who stand there."""
    if id_ in draft.moved or id_ not in draft.actors or id_ is None:
        return []
    wheels = draft.kind(id_) in VEHICLES
    draft.place(id_, x=draft.beyond(id_, 1) if wheels else 1.08, y=0.76, facing=-1)
    to = draft.move(id_, draft.beyond(id_, -1) if wheels else -0.08)
    gait = "walk" if not wheels else {"air": "fly", "water": "float"}.get(medium(draft.kind(id_)), "drive")
    return [Beat("drive" if gait == "float" else gait, id_, None, 0.0, 1.0, to)]
