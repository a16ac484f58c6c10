"""Clauses into beats: what a verb of the caption looks like when no choreography says so.

Reads a clause's verb, who and whom (ids) and a slice of the clip; gives Beats. Keeps where everybody stands, so that
the next clause goes on from there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.scene import ANIMALS, PEOPLE, VEHICLES, WHOLE_SCENE, Actor, Beat
from svta.generation.storyboard.shown_verbs import COMPOSED

from .draft import NEAR, Event, SceneDraft
from .handling import handle, in_hand, light
from .thing_beats import stage_thing, top_of
from .traffic import PUSHED, by_vehicle, collision, fall_with_mount, in_the_air, park, wheel_along

# How far a verb of motion goes, as a share of the frame.
_LED: Final = {"follow", "herd", "lead", "guide", "accompany"}
_PASSES: Final = {"walk", "run", "sneak", "stagger", "crawl", "drive", "fly", "swim"}
_SLOPES: Final = ("escalator", "stairs")
_SEATS: Final = (
    "chair",
    "armchair",
    "stool",
    "sofa",
    "bed",
    "bench",
    "mattress",
    "hammock",
    "wheelchair",
    "towel",
    "swing",
)
_RIDDEN: Final = ("bicycle", "motorcycle", "scooter")
_BUILT: Final = ("building", "shop", "church", "tent", "door", "gate")
_ASIDE: Final = {"aside", "away", "back", "clear"}
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
        return collision(draft, verb, who, target, start, end, direction)
    if verb in ("chase",):
        return _chase(draft, who, target, start, end, direction)
    if verb == "flee" and kind in VEHICLES:
        verb = "drive"
    if verb == "flee":
        sign = direction or (1 if draft.x[who] >= 0.5 else -1)
        return [Beat("flee", who, None, start, end, draft.move(who, 0.5 + 0.65 * sign))]
    if verb == "drag" or (verb in ("push", "pull", "carry") and target in draft.props) or (
        verb in ("push", "pull") and target and draft.kind(target) in PUSHED
    ):  # fmt: skip
        return _take_along(draft, verb, who, target, start, end, direction, e.goal)
    if verb in ("reverse", "skid") and kind in PEOPLE and target and draft.kind(target) in VEHICLES:
        draft.start_at(who, -0.2)
        draft.start_at(target, -0.2)
        return [Beat("drive", who, target, start, end, draft.move(who, draft.move(target, 0.55)))]
    if verb in STRIDE:
        return _stride(draft, verb, who, target, start, end, direction, e)
    beats: list[Beat] = []
    if target is not None and verb in _TOUCH and abs(draft.x[target] - draft.x[who]) > 2 * NEAR:
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
            to = None if near is None else draft.x[near] + side * NEAR
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
    if e.verb in ("walk", "run", "drive", "ride") and e.behind in draft.actors:
        return _follow(draft, replace(e, target=e.behind))
    if e.verb == "walk" and e.words & _LED and e.target in draft.actors:
        return _follow(draft, e)
    if e.verb == "carry" and "hold" in e.words and e.target in draft.props and not light(draft.kind(e.target)):
        return [*_approach(draft, e.who, e.target, e.start, e.start + 0.15, "walk"),
                Beat("push", e.who, e.target, e.start + 0.15, e.end)]  # fmt: skip
    if e.source in draft.props and e.verb in ("flee", "run", "walk") and draft.kind(e.source) in _BUILT:
        return _out_of(draft, e)
    if e.verb in ("jump", "walk", "startle") and e.words & _ASIDE:
        return _aside(draft, e)
    if e.verb in ("walk", "run", "climb", "crawl") and _stairs(draft, e) is not None:
        return _on_stairs(draft, e)
    if kind in VEHICLES:
        return by_vehicle(draft, e, kind)
    if (handled := handle(draft, e)) is not None:
        return handled
    if e.words & {"turn"} and e.words & {"around", "round", "back"} and e.verb == "walk":
        return [Beat("walk", e.who, None, e.start, e.end, draft.move(e.who, draft.x[e.who] - 0.02 * _facing(draft, e)))]
    if e.verb in ("fall", "slip", "trip", "plunge") and kind == "cyclist" and e.who not in draft.moved:
        return fall_with_mount(draft, e)
    if e.verb == "climb" and e.target in draft.props and "over" in (*e.words, e.preposition):
        return _over(draft, e)
    if kind == "bird" and e.verb == "walk" and e.words & {"circle", "hover"}:
        return in_the_air(draft, replace(e, verb="fly"))
    if kind in PEOPLE and e.verb == "roll" and e.target in draft.props:
        return stage_clause(draft, replace(e, verb="pull"))
    if e.verb in ("land", "rise", "fly") and kind == "bird":
        return in_the_air(draft, e)
    if "park" in e.words and kind in PEOPLE and e.target in draft.actors and e.target not in draft.moved:
        return park(draft, e)
    if e.verb in ("fall", "slip", "trip") and e.preposition == "on" and draft.kind(e.target or "") in _SLOPES:
        draft.place(e.who, x=draft.x[e.target or ""], y=0.66)
        return [Beat(e.verb, e.who, None, e.start, e.end)]
    if e.verb in ("sit", "lie", "sleep", "kneel") and e.target in draft.props and not _seat(draft, e):
        side = 1 if draft.x[e.target or ""] >= 0.5 else -1
        apart = 0.0 if e.preposition in ("under", "below", "behind", "front") else 0.16
        draft.place(e.who, x=draft.x[e.target or ""] - apart * side, facing=side)
        return [Beat(e.verb, e.who, None, e.start, e.end)]
    narrow = draft.kind(e.passed or "") in ("wall", "fence")
    if kind in ANIMALS and e.verb in ("walk", "run") and e.preposition == "along" and narrow:
        return _along_the_top(draft, e)
    if e.verb in ("eat", "drink") and e.target in draft.props:
        return _feed(draft, e)
    if e.words & {"help", "assist"} and e.target in draft.actors:
        near = _approach(draft, e.who, e.target, e.start, (e.start + e.end) / 2, "walk")
        return [*near, Beat("kneel", e.who, None, (e.start + e.end) / 2, e.end)]
    if e.verb == "type" and kind == "worker":
        return stage_clause(draft, replace(e, verb="repair"))
    if e.verb == "rise":
        return [Beat("stand", e.who, None, e.start, e.end)]
    if e.verb == "push" and e.words & {"over", "spill", "upset"} and e.target in draft.props:
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
        in_hand(draft, e.who, e.target)
    if e.verb == "push" and e.target in draft.actors and e.goal and draft.kind(e.goal) in PUSHED:
        return wheel_along(draft, e)
    if e.verb == "grab" and e.target in draft.props and e.source in draft.x:
        draft.start_prop(e.target, x=draft.x[e.source] - 0.06, y=0.6)
    return None


def _facing(draft: SceneDraft, e: Event) -> int:
    return draft.actors[e.who].facing if e.who in draft.actors else 1


def _follow(draft: SceneDraft, e: Event) -> list[Beat]:
    """One behind the other, both at the same pace; who leads goes ahead, who herds or follows comes after."""
    assert e.target is not None
    sign = e.direction or 1
    ahead, behind = (e.who, e.target) if e.words & {"lead", "guide"} else (e.target, e.who)
    wheels = {draft.kind(ahead), draft.kind(behind)} & {*VEHICLES}
    gap, way = (0.42, 0.3) if wheels else (0.26, 0.4)
    if draft.kind(ahead) in VEHICLES and draft.kind(behind) in VEHICLES:
        way = 0.6
    group = draft.actors[ahead].count if ahead in draft.actors else 1
    gap += 0.12 * max(0, group - 1)
    if ahead not in draft.moved:
        draft.place(ahead, x=0.5 + (gap / 2 - way / 2) * sign, facing=sign)
    draft.place(behind, x=draft.x[ahead] - gap * sign, facing=sign)
    to = draft.x[ahead] if ahead in draft.moved else draft.move(ahead, draft.x[ahead] + way * sign)
    beats: list[Beat] = []
    for id_, x in ((ahead, to), (behind, to - gap * sign)):
        gait = "drive" if draft.kind(id_) in VEHICLES else "walk"
        if id_ == behind or ahead not in (b.who for b in beats):
            beats.append(Beat(gait, id_, None, e.start, e.end, draft.move(id_, x)))
    return beats


def _out_of(draft: SceneDraft, e: Event) -> list[Beat]:
    """Out of a building, from its door to the edge of the picture."""
    assert e.source is not None
    sign = e.direction or (1 if draft.x[e.source] < 0.5 else -1)
    draft.place(e.who, x=draft.x[e.source], facing=sign)
    return [Beat(e.verb, e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.7 * sign))]


def _seat(draft: SceneDraft, e: Event) -> bool:
    """True if one sits or lies on the target, and not beside it."""
    beside = e.preposition in ("by", "near", "next", "beside", "at", "front", "behind", "under", "around")
    return (draft.kind(e.target or "") in _SEATS and not (beside and draft.kind(e.target or "") != "table")) or (
        e.preposition in ("on", "in", None) and not beside
    )


def _along_the_top(draft: SceneDraft, e: Event) -> list[Beat]:
    """A cat on a wall."""
    assert e.passed is not None
    sign, x = e.direction or 1, draft.x[e.passed]
    draft.place(e.who, x=x - 0.11 * sign, y=top_of(draft.kind(e.passed)), facing=sign)
    return [Beat("walk", e.who, None, e.start, e.end, draft.move(e.who, x + 0.11 * sign))]


def _feed(draft: SceneDraft, e: Event) -> list[Beat]:
    """An animal goes to what it eats; a person has it in hand, or sits before it."""
    assert e.target is not None
    if draft.kind(e.who) in PEOPLE:
        if light(draft.kind(e.target)) and e.preposition is None and e.target not in draft.moved:
            in_hand(draft, e.who, e.target)
            draft.start_prop(e.target, x=draft.x[e.who])
            draft.actors[e.who] = replace(draft.actors[e.who], holds=draft.kind(e.target))
        return [Beat(e.verb, e.who, None, e.start, e.end)]
    side = 1 if draft.x[e.who] <= draft.x[e.target] else -1
    group = draft.actors[e.who].count
    gap = 0.1 + 0.12 * (group - 1)
    if e.who not in draft.moved:
        draft.place(e.who, x=draft.x[e.target] - (gap + 0.12) * side, facing=side)
    middle = e.start + 0.3 * (e.end - e.start)
    way = Beat("walk", e.who, None, e.start, middle, draft.move(e.who, draft.x[e.target] - gap * side))
    return [way, Beat(e.verb, e.who, e.target, middle, e.end)]


def _aside(draft: SceneDraft, e: Event) -> list[Beat]:
    """A jump or a step away from what is nearest."""
    x = draft.x[e.who]
    others = [other for id_, other in draft.x.items() if id_ != e.who]
    nearest = min(others, key=lambda other: abs(other - x), default=x - 0.1)
    sign = e.direction or (1 if x >= nearest else -1)
    verb = "walk" if e.verb == "walk" else "jump"
    return [Beat(verb, e.who, None, e.start, e.end, draft.move(e.who, min(0.94, max(0.06, x + 0.2 * sign))))]


def _stairs(draft: SceneDraft, e: Event) -> str | None:
    """The stairs that somebody goes up or down."""
    return next((id_ for id_ in (e.target, e.passed, e.goal) if id_ and draft.kind(id_) == "stairs"), None)


def _on_stairs(draft: SceneDraft, e: Event) -> list[Beat]:
    """Up or down the steps; they rise to the right."""
    stairs = _stairs(draft, e)
    assert stairs is not None
    x, down = draft.x[stairs], e.preposition == "down" or "down" in e.words
    foot, head = x - 0.19, x + 0.14
    if e.who not in draft.moved:
        if down:
            draft.place(e.who, x=head, y=top_of("stairs"), facing=-1)
        else:
            draft.place(e.who, x=foot, facing=1)
    verb = "run" if e.verb == "run" else "walk"
    return [Beat(verb, e.who, stairs, e.start, e.end, draft.move(e.who, foot if down else head))]


def _over(draft: SceneDraft, e: Event) -> list[Beat]:
    """Up one side of a fence or wall and down the other."""
    assert e.target is not None
    side = 1 if draft.x[e.who] <= draft.x[e.target] else -1
    one, two, three = (e.start + share * (e.end - e.start) for share in (0.25, 0.6, 1.0))
    near = _approach(draft, e.who, e.target, e.start, one, "climb")
    up = Beat("climb", e.who, e.target, one, two)
    return [*near, up, Beat("jump", e.who, None, two, three, draft.move(e.who, draft.x[e.target] + 0.18 * side))]


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
    spilt = [Beat("leak", e.target, None, late, 1.0)] if "spill" in e.words else []
    return [*near, Beat("push", e.who, e.target, early, late), Beat("topple", e.target, None, late, e.end), *spilt]


def _approach(draft: SceneDraft, who: str, target: str, start: float, end: float, verb: str) -> list[Beat]:
    side = -1 if draft.x[who] <= draft.x[target] else 1
    x = draft.move(who, draft.x[target] + side * NEAR)
    gait = "run" if verb in ("hit", "kick", "punch", "stab", "push", "leap at", "bite", "handcuff") else "walk"
    if draft.kind(who) in VEHICLES:
        gait = "drive"
    return [Beat(gait, who, None, start, end, x)] if end > start else []


def _stride(
    draft: SceneDraft, verb: str, who: str, target: str | None, start: float, end: float, direction: int, e: Event
) -> list[Beat]:
    kind = draft.kind(who)
    if kind in VEHICLES and verb in ("walk", "run", "ride"):
        verb = "fly" if kind == "plane" else "drive"
    mount = next((a.id for a in draft.actors.values() if a.kind in ("bicycle", "motorcycle", "scooter")), "bicycle")
    if kind == "cyclist" and verb in ("drive", "walk", "run") and not e.words & {"dismount", "step"}:
        verb, target = "ride", mount if mount in draft.actors else None
    if kind in PEOPLE and target is None and verb in ("ride", "drive") and kind != "cyclist":
        wanted = VEHICLES if verb == "drive" else (*_RIDDEN, *ANIMALS)
        target = next((a.id for a in draft.actors.values() if a.kind in wanted and a.id != who), None)
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
        if start > 0 and kind != "cyclist" and target not in draft.moved:
            return _ride_off(draft, who, target, start, end, direction)
        sign = direction or 1
        draft.start_at(who, draft.x[who] if who in draft.moved else 0.5 - 0.6 * sign)
        draft.start_at(target, draft.x[target] if target in draft.moved else 0.5 - 0.6 * sign)
        return [Beat("ride", who, target, start, end, draft.move(who, draft.move(target, 0.5 + 0.45 * sign)))]
    if (
        e.passed in draft.x
        and verb in _PASSES
        and kind not in ("cyclist",)
        and draft.kind(e.passed or "") != "conveyor"
    ):
        return _past(draft, verb, e)
    far = STRIDE[verb] if not e.words & {"cross", "across"} else 0.75
    if far == 0.75 and who not in draft.moved:
        way = direction or 1
        draft.place(who, x=0.5 - 0.38 * way, facing=way)
    if target is not None and verb in ("walk", "run", "sneak", "stagger", "crawl", "drive"):
        side = -1 if draft.x[who] <= draft.x[target] else 1
        return [Beat(verb, who, None, start, end, draft.move(who, draft.x[target] + side * NEAR))]
    sign = direction or (draft.actors[who].facing if who in draft.actors else 1)
    if not direction and not 0.0 <= draft.x[who] + sign * far <= 1.0 and kind not in VEHICLES:
        sign = -1 if draft.x[who] > 0.5 else 1
    if who not in draft.moved and kind in VEHICLES and verb == "drive":
        draft.start_at(who, 0.5 - 0.65 * sign)
        return [Beat(verb, who, None, start, end, draft.move(who, 0.5 + 0.65 * sign))]
    return [Beat(verb, who, None, start, end, draft.move(who, draft.x[who] + sign * far))]


def _ride_off(draft: SceneDraft, who: str, mount: str, start: float, end: float, direction: int) -> list[Beat]:
    """Up to a bicycle that stands there, onto it, and out of the picture."""
    middle = start + 0.4 * (end - start)
    sign = direction or (1 if draft.x[mount] >= 0.5 else -1)
    walk = Beat("walk", who, None, start, middle, draft.move(who, draft.x[mount]))
    to = draft.move(who, draft.move(mount, 0.5 + 0.7 * sign))
    return [walk, Beat("ride", who, mount, middle, end, to)]


def _past(draft: SceneDraft, verb: str, e: Event) -> list[Beat]:
    """From one side of what is passed to the other."""
    assert e.passed is not None
    x = draft.x[e.passed]
    sign = e.direction or (1 if draft.x[e.who] <= x else -1)
    wheels = draft.kind(e.who) in VEHICLES
    if e.who not in draft.moved:
        before = 0.5 - 0.65 * sign if wheels else min(0.92, max(0.08, x - 0.4 * sign))
        draft.place(e.who, x=before, facing=sign)
    to = 0.5 + 0.65 * sign if wheels else x + 0.4 * sign
    return [Beat(verb, e.who, None, e.start, e.end, draft.move(e.who, to))]


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


def _chase(draft: SceneDraft, who: str, target: str | None, start: float, end: float, direction: int) -> list[Beat]:
    sign = direction or 1
    if target in draft.moved:  # it is gone already
        sign = direction or (1 if draft.x[target] >= 0.5 else -1)
        draft.start_at(who, 0.5 - 0.6 * sign)
        return [Beat("chase", who, target, start, end, draft.move(who, 0.5 + 0.7 * sign))]
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
    if target is not None and not draft.moved & {who, target} and target in draft.props and verb != "carry":
        way = direction or 1  # together from the start
        draft.start_prop(target, x=0.5 - 0.2 * way)
        draft.place(who, x=draft.x[target] - 1.4 * NEAR * way, facing=way)
    elif target is not None and abs(draft.x[target] - draft.x[who]) > 2 * NEAR:
        beats = _approach(draft, who, target, start, start + 0.3 * (end - start), verb)
        start = start + 0.3 * (end - start)
    sign = direction or (1 if draft.x[who] < 0.6 else -1)
    to = draft.x[who] + 0.35 * sign
    if goal in draft.props and goal != target and verb == "carry":  # to the door
        to = draft.x[goal] - NEAR * (1 if draft.x[who] <= draft.x[goal] else -1)
    x = draft.move(who, to)
    if target is not None:
        draft.move(target, x + NEAR * sign)
    return [*beats, Beat(verb, who, target, start, end, x)]
