"""Clauses into beats: what a verb of the caption looks like when no choreography says so.

Reads a clause's verb, who and whom (ids) and a slice of the clip; gives Beats. Keeps where everybody stands, so that
the next clause goes on from there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.scene import ANIMALS, PEOPLE, VEHICLES, WHOLE_SCENE, Actor, Beat
from svta.generation.storyboard.shown_verbs import COMPOSED

from .draft import Event, SceneDraft
from .thing_beats import stage_thing, top_of

# How far a verb of motion goes, as a share of the frame.
STRIDE: Final = {"walk": 0.4, "run": 0.6, "sneak": 0.3, "stagger": 0.3, "crawl": 0.25, "swim": 0.3, "ride": 0.9,
                 "drive": 1.0, "reverse": -0.3, "skid": 0.35, "fly": 0.9, "float": 0.3, "jump": 0.15, "climb": 0.05,
                 "slide down": 0.3, "swirl": 0.5, "roll over": 0.2, "queue": 0.08}  # fmt: skip
SOCIAL: Final = {"hug", "talk", "punch", "shake hands", "dance", "kick ball"}  # two do it with each other
_TOUCH: Final = {"hit", "kick", "push", "punch", "strangle", "stab", "handcuff", "hug", "shake hands", "drag", "bite",
                 "leap at", "grab", "pull", "give", "smash", "break in", "open", "repair", "load", "clean", "put",
                 "water", "spray", "pour", "catch", "lift", "surround"}  # fmt: skip
_FELLS: Final = {"shoot", "stab", "leap at", "bite"}
_ALONE: Final = {"flood", "shake", "explode", "smoke", "rain down", "blow", "swirl", "slide down", "collapse", "burn",
                 "leak"}  # fmt: skip
_THINGS_ONLY: Final = {"burn", "explode", "collapse", "leak", "smoke"}
_PUSHED: Final = {"shopping cart", "bicycle", "motorcycle", "wheelchair"}
_NEAR: Final = 0.12


def stage_clause(draft: SceneDraft, e: Event) -> list[Beat]:
    """The beats of one event."""
    if e.verb in COMPOSED:
        return _composed(draft, e)
    if e.who in draft.props:
        return stage_thing(draft, e)
    verb, who, target, start, end, direction = e.verb, e.who, e.target, e.start, e.end, e.direction
    kind = draft.kind(who)
    if verb in _THINGS_ONLY and target and kind in PEOPLE and verb != "smoke":  # sets fire to it
        pour = Beat("pour", who, target, start, (start + end) / 2)
        return [pour, Beat(verb, target, None, (start + end) / 2, 1.0)]
    if verb in _ALONE and who == WHOLE_SCENE:
        return [Beat(verb, WHOLE_SCENE, None, start, 1.0 if verb in ("flood", "smoke") else end)]
    if (special := _special(draft, e, kind)) is not None:
        return special
    if verb in ("enter", "leave"):
        return _door(draft, verb, who, target, start, end, direction)
    if verb in ("crash", "collide"):
        return _collision(draft, verb, who, target, start, end, direction)
    if verb in ("chase",):
        return _chase(draft, who, target, start, end, direction)
    if verb == "flee" and kind in VEHICLES:
        verb = "drive"
    if verb == "flee":
        sign = direction or (1 if draft.x[who] >= 0.5 else -1)
        return [Beat("flee", who, None, start, end, draft.move(who, 0.5 + 0.65 * sign))]
    if verb == "drag" or (verb in ("push", "pull", "carry") and target in draft.props) or (
        verb in ("push", "pull") and target and draft.kind(target) in _PUSHED
    ):  # fmt: skip
        return _take_along(draft, verb, who, target, start, end, direction, e.goal)
    if verb in ("reverse", "skid") and kind in PEOPLE and target and draft.kind(target) in VEHICLES:
        draft.start_at(who, -0.2)
        draft.start_at(target, -0.2)
        return [Beat("drive", who, target, start, end, draft.move(who, draft.move(target, 0.55)))]
    if verb in STRIDE:
        return _stride(draft, verb, who, target, start, end, direction)
    beats: list[Beat] = []
    if target is not None and verb in _TOUCH and abs(draft.x[target] - draft.x[who]) > 2 * _NEAR:
        middle = start + 0.4 * (end - start)
        beats += _approach(draft, who, target, start, middle, verb)
        start = middle
    beats.append(Beat(verb, who, target, start, end))
    if target in draft.actors and (verb in _FELLS or e.down) and draft.kind(target) in PEOPLE + ANIMALS:
        beats.append(Beat("fall", target, None, (start + end) / 2, end))
    return beats


def _composed(draft: SceneDraft, e: Event) -> list[Beat]:
    """The beats of a verb that a user's lexicon is made of."""
    ids = {"agent": e.who, "patient": e.target}
    beats = []
    for step in COMPOSED[e.verb]:
        who, target = ids[step.who], ids[step.target] if step.target else None
        if who is None:
            continue
        to = step.to
        if isinstance(to, str):
            near = ids[to]
            side = -1 if near is not None and draft.x[who] <= draft.x[near] else 1
            to = None if near is None else draft.x[near] + side * _NEAR
        if to is not None:
            to = draft.move(who, float(to))
        start, end = (e.start + at * (e.end - e.start) for at in (step.start, step.end))
        beats.append(Beat(step.verb, who, target, start, end, to))
    return beats


def _special(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """Events of vehicles, and of whoever jumps, climbs, sits, falls off, overtakes; None for all others."""
    if e.verb in ("come closer", "go away"):
        draft.place(e.who, x=0.5)
        return [Beat(e.verb, e.who, None, e.start, e.end)]
    if kind in VEHICLES:
        return _by_vehicle(draft, e, kind)
    if kind == "bird" and e.verb == "walk" and e.words & {"circle", "hover"}:
        return _in_the_air(draft, replace(e, verb="fly"))
    if kind in PEOPLE and e.verb == "roll" and e.target in draft.props:
        return stage_clause(draft, replace(e, verb="pull"))
    if e.verb in ("land", "rise", "fly") and kind == "bird":
        return _in_the_air(draft, e)
    if e.verb == "type" and kind == "worker":
        return stage_clause(draft, replace(e, verb="repair"))
    if e.verb == "rise":
        return [Beat("stand", e.who, None, e.start, e.end)]
    if e.verb == "push" and "over" in e.words and e.target in draft.props:
        return _knock_over(draft, e)
    if e.verb == "jump" and e.target in draft.props:
        return _jump(draft, e)
    if e.verb == "climb" and e.target in draft.props and (e.preposition == "down" or "down" in e.words):
        draft.place(e.who, x=draft.x[e.target] - 0.02, y=max(0.45, top_of(draft.kind(e.target))), facing=1)
        return [Beat("climb", e.who, e.target, e.start, e.end)]
    if e.verb == "climb" and e.target is not None:
        near = _approach(draft, e.who, e.target, e.start, e.start + 0.3 * (e.end - e.start), "climb")
        return [*near, Beat("climb", e.who, e.target, near[0].end if near else e.start, e.end)]
    if e.verb in ("sit", "lie", "sleep") and e.target in draft.props and e.start == 0.0:
        draft.place(e.who, x=draft.x[e.target])  # who sits there at the beginning sits there already
    if e.verb in ("fall", "plunge") and e.source in draft.x and e.who not in draft.moved:
        return _fall_off(draft, e)
    if e.verb == "drop" and e.target in draft.props and e.who not in draft.moved:
        held = draft.kind(e.target)
        draft.actors[e.who] = replace(draft.actors[e.who], holds=held)
        draft.start_prop(e.target, x=draft.x[e.who] + 0.08 * draft.actors[e.who].facing)
    if e.verb == "push" and e.target in draft.actors and e.goal and draft.kind(e.goal) in _PUSHED:
        return _wheel_along(draft, e)
    if e.verb == "grab" and e.target in draft.props and e.source in draft.x:
        draft.start_prop(e.target, x=draft.x[e.source] - 0.06, y=0.6)
    return None


def _by_vehicle(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    airborne = kind in ("plane", "helicopter", "drone")
    if airborne and e.verb == "stand" and e.words & {"rise", "ascend"}:
        return _in_the_air(draft, replace(e, verb="rise"))
    if e.verb in ("land", "rise") and airborne:
        return _in_the_air(draft, e)
    if e.verb in ("hit", "push", "kick", "smash", "strike") and e.target is not None and kind not in _PUSHED:
        return _collision(draft, "crash", e.who, e.target, e.start, e.end, e.direction)
    if e.verb in ("topple", "fall", "roll over", "trip"):
        fallen = "topple" if kind in ("bicycle", "motorcycle", "scooter") else "roll over"
        return [Beat(fallen, e.who, None, e.start, e.end, draft.move(e.who, draft.x[e.who] + 0.1))]
    if e.verb == "stop" and "park" in e.words:
        return []
    if e.verb == "stop" and e.who not in draft.moved:
        x = draft.x[e.who]
        draft.start_at(e.who, x - 0.75 * (e.direction or 1))
        return [Beat("stop", e.who, None, e.start, e.end, draft.move(e.who, x))]
    if e.verb == "drive" and "overtake" in e.words and e.target in draft.actors:
        return _overtake(draft, e)
    if e.verb == "reverse" and e.target in draft.x and e.preposition in ("into", "against"):
        return _back_into(draft, e)
    if e.verb == "reverse" and "park" in e.words:
        x = draft.x[e.who]
        draft.start_at(e.who, x - 0.75)
        return [Beat("drive", e.who, None, e.start, e.end, draft.move(e.who, x))]
    if e.verb in ("roll", "drive") and kind in _PUSHED:
        if e.target is not None and e.preposition in ("into", "against", None):
            return _collision(draft, "crash", e.who, e.target, e.start, e.end, e.direction)
        sign = e.direction or 1
        draft.place(e.who, x=0.5 - 0.4 * sign, facing=sign)
        return [Beat("roll", e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.4 * sign))]
    if e.verb in ("carry", "lift", "load", "hoist", "grab") and e.target in draft.props:
        sign = e.direction or 1
        draft.place(e.who, x=0.5 - 0.3 * sign, facing=sign)
        draft.start_prop(e.target, x=draft.x[e.who] + 0.2 * sign)
        verb = "lift" if e.verb in ("lift", "hoist", "load") else "carry"
        to = draft.move(e.who, draft.x[e.who] + (0.45 if verb == "carry" else 0.06) * sign)
        draft.move(e.target, to + 0.2 * sign)
        return [Beat(verb, e.who, e.target, e.start, e.end, to)]
    if e.verb in ("drop", "throw") and e.target in draft.props:
        return stage_thing(draft, replace(e, verb="fall", who=e.target, target=None, source=e.who))
    if e.verb == "fly" and airborne:
        return _in_the_air(draft, replace(e, verb="rise") if "up" in e.words else e)
    return None


def _back_into(draft: SceneDraft, e: Event) -> list[Beat]:
    """Backwards against what stands behind it."""
    assert e.target is not None
    middle, x = (e.start + e.end) / 2, min(0.4, draft.x[e.target])
    if e.target in draft.props:
        draft.start_prop(e.target, x=x)
    draft.place(e.who, x=x + 0.5, facing=1)
    back = Beat("reverse", e.who, None, e.start, middle, draft.move(e.who, x + 0.2))
    return [back, Beat("collide", e.who, e.target, middle, e.end)]


def _in_the_air(draft: SceneDraft, e: Event) -> list[Beat]:
    sign = e.direction or 1
    if e.verb == "land":
        x = draft.x[e.target] if e.target is not None else 0.5
        draft.place(e.who, x=x - 0.35 * sign, facing=sign)
        seat = e.target if e.target in draft.props else None
        return [Beat("land", e.who, seat, e.start, e.end, draft.move(e.who, x))]
    if e.verb == "rise":
        if e.who not in draft.moved:
            draft.place(e.who, x=0.5 - 0.1 * sign)
        return [Beat("rise", e.who, None, e.start, e.end, draft.move(e.who, draft.x[e.who] + 0.15 * sign))]
    if e.words & {"away", "off"} or e.who in draft.moved:
        sign = e.direction or draft.actors[e.who].facing
        return [Beat("fly", e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.7 * sign))]
    draft.place(e.who, x=0.5 - 0.6 * sign, y=0.45 if draft.kind(e.who) in VEHICLES else 0.7, facing=sign)
    return [Beat("fly", e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.65 * sign))]


def _overtake(draft: SceneDraft, e: Event) -> list[Beat]:
    assert e.target is not None
    sign = e.direction or 1
    draft.place(e.target, x=0.5 - 0.1 * sign, y=0.74, facing=sign)
    draft.place(e.who, x=0.5 - 0.55 * sign, y=0.86, facing=sign)
    slow = Beat("drive", e.target, None, e.start, e.end, draft.move(e.target, 0.5 + 0.12 * sign))
    return [slow, Beat("drive", e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.65 * sign))]


def _jump(draft: SceneDraft, e: Event) -> list[Beat]:
    """Over a thing to its other side, or from one onto another."""
    assert e.target is not None
    side = 1 if draft.x[e.who] <= draft.x[e.target] else -1
    if e.source in draft.props:
        draft.start_prop(e.source, x=0.3)
        draft.start_prop(e.target, x=0.66)
        draft.place(e.who, x=draft.x[e.source], y=top_of(draft.kind(e.source)), facing=1)
        return [Beat("jump", e.who, e.target, e.start, e.end, draft.move(e.who, draft.x[e.target]))]
    if e.preposition in ("on", "onto", "in", "into"):
        draft.place(e.who, x=draft.x[e.target] - 0.3 * side, facing=side)
        return [Beat("jump", e.who, e.target, e.start, e.end, draft.move(e.who, draft.x[e.target]))]
    draft.place(e.who, x=draft.x[e.target] - 0.22 * side, facing=side)
    return [Beat("jump", e.who, None, e.start, e.end, draft.move(e.who, draft.x[e.target] + 0.22 * side))]


def _fall_off(draft: SceneDraft, e: Event) -> list[Beat]:
    """Off what it stands, sits or rides on, to the ground."""
    assert e.source is not None
    source, x = draft.kind(e.source), draft.x[e.source]
    end = draft.move(e.who, x + 0.16)
    middle = e.start + 0.4 * (e.end - e.start)
    if source in VEHICLES + ANIMALS:
        draft.actors[e.who] = replace(draft.actors[e.who], x=x)
        draft.place(e.source, x=x)
        ride = Beat("ride", e.who, e.source, e.start, middle, draft.move(e.source, x + 0.12))
        return [ride, Beat("plunge", e.who, None, middle, e.end, x + 0.28)]
    y = max(0.3, top_of(source))
    draft.actors[e.who] = replace(draft.actors[e.who], x=x, y=y)
    return [Beat("plunge", e.who, None, e.start, e.end, end)]


def _knock_over(draft: SceneDraft, e: Event) -> list[Beat]:
    """A push, and the thing tips over where it stands."""
    assert e.target is not None
    early, late = (e.start + share * (e.end - e.start) for share in (0.4, 0.6))
    near = _approach(draft, e.who, e.target, e.start, early, "walk")
    return [*near, Beat("push", e.who, e.target, early, late), Beat("topple", e.target, None, late, e.end)]


def _wheel_along(draft: SceneDraft, e: Event) -> list[Beat]:
    """Somebody sits in a wheelchair and is pushed in it."""
    assert e.target is not None and e.goal is not None
    sign = e.direction or 1
    for id_, x in ((e.goal, 0.34), (e.target, 0.34), (e.who, 0.18)):
        draft.place(id_, x=x if sign > 0 else 1 - x, facing=sign)
    to = draft.move(e.goal, 0.5 + 0.3 * sign)
    draft.move(e.target, to)
    push = Beat("push", e.who, e.goal, e.start, e.end, draft.move(e.who, to - 0.17 * sign))
    return [push, Beat("ride", e.target, e.goal, e.start, e.end, to)]


def _approach(draft: SceneDraft, who: str, target: str, start: float, end: float, verb: str) -> list[Beat]:
    side = -1 if draft.x[who] <= draft.x[target] else 1
    x = draft.move(who, draft.x[target] + side * _NEAR)
    gait = "run" if verb in ("hit", "kick", "punch", "stab", "push", "leap at", "bite", "handcuff") else "walk"
    if draft.kind(who) in VEHICLES:
        gait = "drive"
    return [Beat(gait, who, None, start, end, x)] if end > start else []


def _stride(
    draft: SceneDraft, verb: str, who: str, target: str | None, start: float, end: float, direction: int
) -> list[Beat]:
    kind = draft.kind(who)
    if kind in VEHICLES and verb in ("walk", "run", "ride"):
        verb = "fly" if kind == "plane" else "drive"
    mount = next((a.id for a in draft.actors.values() if a.kind in ("bicycle", "motorcycle", "scooter")), "bicycle")
    if kind == "cyclist" and verb == "drive":
        verb, target = "ride", mount if mount in draft.actors else None
    if kind not in VEHICLES and verb == "drive":
        if target and draft.kind(target) in VEHICLES:
            sign = direction or 1
            x = draft.move(target, draft.x[target] + sign)
            draft.move(who, x)
            return [Beat("drive", who, target, start, end, x)]
        verb = "walk"
    if verb == "ride" and target is None and kind == "cyclist":
        target = mount
        if target not in draft.x:  # a cyclist has one
            draft.put(Actor(target, "bicycle", x=draft.x[who], facing=draft.actors[who].facing))
    if verb == "ride" and target and draft.kind(target) in VEHICLES:
        sign = direction or 1
        draft.start_at(who, draft.x[who] if who in draft.moved else 0.5 - 0.6 * sign)
        draft.start_at(target, draft.x[target] if target in draft.moved else 0.5 - 0.6 * sign)
        return [Beat("ride", who, target, start, end, draft.move(who, draft.move(target, 0.5 + 0.45 * sign)))]
    far = STRIDE[verb]
    if target is not None and verb in ("walk", "run", "sneak", "stagger", "crawl", "drive"):
        side = -1 if draft.x[who] <= draft.x[target] else 1
        return [Beat(verb, who, None, start, end, draft.move(who, draft.x[target] + side * _NEAR))]
    sign = direction or (draft.actors[who].facing if who in draft.actors else 1)
    if not direction and not 0.0 <= draft.x[who] + sign * far <= 1.0 and kind not in VEHICLES:
        sign = -1 if draft.x[who] > 0.5 else 1
    if who not in draft.moved and kind in VEHICLES and verb == "drive":
        draft.start_at(who, 0.5 - 0.65 * sign)
        return [Beat(verb, who, None, start, end, draft.move(who, 0.5 + 0.65 * sign))]
    return [Beat(verb, who, None, start, end, draft.move(who, draft.x[who] + sign * far))]


def _door(
    draft: SceneDraft, verb: str, who: str, target: str | None, start: float, end: float, direction: int
) -> list[Beat]:
    into = target is not None and draft.kind(target) in (*VEHICLES, "door", "window", "elevator")
    if into and target is not None and draft.kind(who) not in VEHICLES:
        if verb == "enter":
            middle = start + 0.5 * (end - start)
            return [*_approach(draft, who, target, start, middle, verb), Beat("enter", who, target, middle, end)]
        draft.start_at(who, draft.x[target])
        draft.moved.add(who)
        x = draft.move(who, draft.x[target] + (direction or 1) * 0.2)
        middle = (start + end) / 2
        return [Beat("leave", who, target, start, middle), Beat("walk", who, None, middle, end, x)]
    gait = "drive" if draft.kind(who) in VEHICLES else "walk"
    if verb == "enter" and who not in draft.moved:
        sign = direction or draft.actors[who].facing
        x = draft.x[who]
        draft.start_at(who, 0.5 - 0.62 * sign)
        return [Beat(gait, who, None, start, end, draft.move(who, x))]
    sign = direction or (1 if draft.x[who] >= 0.5 else -1)
    to = draft.x[who] + 0.25 * sign if verb == "enter" else 0.5 + 0.65 * sign
    return [Beat(gait, who, None, start, end, draft.move(who, to))]


def _collision(
    draft: SceneDraft, verb: str, who: str, target: str | None, start: float, end: float, direction: int
) -> list[Beat]:
    middle = start + 0.5 * (end - start)
    gait = "drive" if draft.kind(who) in VEHICLES else "run"
    if target is None:
        x = draft.move(who, draft.x[who] + 0.3 * (direction or 1))
        return [Beat(gait, who, None, start, middle, x), Beat(verb, who, None, middle, end)]
    sign = 1 if draft.x[who] <= draft.x[target] else -1
    if who not in draft.moved and gait == "drive":
        sign = direction or sign
        draft.start_at(who, 0.5 - 0.65 * sign)
    gap = 0.2 if draft.kind(target) in VEHICLES else _NEAR
    beats = [Beat(gait, who, None, start, middle, draft.move(who, draft.x[target] - sign * gap))]
    beats.append(Beat("collide", who, target, middle, end))
    if draft.kind(target) in PEOPLE + ANIMALS:
        beats.append(Beat("plunge", target, None, middle, end, draft.move(target, draft.x[target] + 0.12 * sign)))
    elif target in draft.actors:
        beats.append(Beat("spin", target, None, middle, end, draft.move(target, draft.x[target] + 0.1 * sign)))
    return beats


def _chase(draft: SceneDraft, who: str, target: str | None, start: float, end: float, direction: int) -> list[Beat]:
    sign = direction or 1
    if target is None or target not in draft.actors:
        return [Beat("run", who, None, start, end, draft.move(who, 0.5 + 0.4 * sign))]
    draft.start_at(target, 0.5 - 0.2 * sign)
    draft.start_at(who, 0.5 - 0.6 * sign)
    gait = "drive" if draft.kind(target) in VEHICLES else "flee"
    ahead = Beat(gait, target, None, start, end, draft.move(target, 0.5 + 0.55 * sign))
    return [ahead, Beat("chase", who, target, start, end, draft.move(who, 0.5 + 0.25 * sign))]


def _take_along(
    draft: SceneDraft,
    verb: str,
    who: str,
    target: str | None,
    start: float,
    end: float,
    direction: int,
    goal: str | None = None,
) -> list[Beat]:
    beats: list[Beat] = []
    if target is not None and abs(draft.x[target] - draft.x[who]) > 2 * _NEAR:
        beats = _approach(draft, who, target, start, start + 0.3 * (end - start), verb)
        start = start + 0.3 * (end - start)
    sign = direction or (1 if draft.x[who] < 0.6 else -1)
    to = draft.x[who] + 0.35 * sign
    if goal in draft.props and goal != target and verb == "carry":  # to the door
        to = draft.x[goal] - _NEAR * (1 if draft.x[who] <= draft.x[goal] else -1)
    x = draft.move(who, to)
    if target is not None:
        draft.move(target, x + _NEAR * sign)
    return [*beats, Beat(verb, who, target, start, end, x)]
