"""Clauses into beats: what a verb of the caption looks like when no choreography says so.

Reads a clause's verb, who and whom (ids) and a slice of the clip; gives Beats. Keeps where everybody stands, so that
the next clause goes on from there.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from svta.generation.storyboard.scene import ANIMALS, PEOPLE, VEHICLES, WHOLE_SCENE, Actor, Beat, Prop

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
# What a thing can do when it is a caption's subject.
_THING_VERBS: Final = {v: v for v in ("plunge", "topple", "collapse", "burn", "leak", "explode", "spark", "smoke",
                                      "shake", "float", "fly", "blow", "swirl", "pour", "roll over")} | {
    "fall": "plunge", "drop": "plunge", "slip": "plunge", "trip": "topple", "slide down": "topple", "smash": "topple",
    "flood": "leak", "rain down": "plunge"}  # fmt: skip
_NEAR: Final = 0.12


@dataclass
class SceneDraft:
    """Who and what is on stage and where it stands now; ids are keys."""

    actors: dict[str, Actor] = field(default_factory=dict)
    props: dict[str, Prop] = field(default_factory=dict)
    x: dict[str, float] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)

    def put(self, thing: Actor | Prop) -> None:
        """Add an actor or prop at its own x."""
        if isinstance(thing, Actor):
            self.actors[thing.id] = thing
        else:
            self.props[thing.id] = thing
        self.x[thing.id] = thing.x

    def kind(self, id_: str) -> str:
        thing = self.actors.get(id_) or self.props.get(id_)
        return thing.kind if thing else ""

    def start_at(self, id_: str, x: float) -> None:
        """Let an actor who has not moved yet begin elsewhere."""
        if id_ in self.actors and id_ not in self.moved:
            self.actors[id_] = replace(self.actors[id_], x=x, facing=1 if x < self.x[id_] else -1)

    def move(self, id_: str, x: float) -> float:
        self.moved.add(id_)
        self.x[id_] = round(x, 4)
        return self.x[id_]


def stage_clause(
    draft: SceneDraft, verb: str, who: str, target: str | None, start: float, end: float, direction: int, down: bool
) -> list[Beat]:
    """The beats of one verb between `start` and `end`. `target` is an id of the draft or None."""
    kind = draft.kind(who)
    if who in draft.props and verb in ("hit", "crash", "collide") and target is not None:  # a stone hits a window
        middle = (start + end) / 2
        fly = Beat("fly", who, None, start, middle, draft.move(who, draft.x[target]))
        return [fly, Beat("startle" if target in draft.actors else "shake", target, None, middle, end)]
    if who in draft.props:
        return [Beat(_THING_VERBS[verb], who, None, start, end)] if verb in _THING_VERBS else []
    if verb in _THINGS_ONLY and target and kind in PEOPLE and verb != "smoke":  # sets fire to it
        pour = Beat("pour", who, target, start, (start + end) / 2)
        return [pour, Beat(verb, target, None, (start + end) / 2, 1.0)]
    if verb in _ALONE and who == WHOLE_SCENE:
        return [Beat(verb, WHOLE_SCENE, None, start, 1.0 if verb in ("flood", "smoke") else end)]
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
        verb in ("push", "pull") and target and draft.kind(target) in ("shopping cart", "bicycle", "motorcycle")
    ):  # fmt: skip
        return _take_along(draft, verb, who, target, start, end, direction)
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
    if target in draft.actors and (verb in _FELLS or down) and draft.kind(target) in PEOPLE + ANIMALS:
        beats.append(Beat("fall", target, None, (start + end) / 2, end))
    return beats


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
    if kind not in VEHICLES and verb == "drive":
        if target and draft.kind(target) in VEHICLES:
            sign = direction or 1
            x = draft.move(target, draft.x[target] + sign)
            draft.move(who, x)
            return [Beat("drive", who, target, start, end, x)]
        verb = "walk"
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
    draft: SceneDraft, verb: str, who: str, target: str | None, start: float, end: float, direction: int
) -> list[Beat]:
    beats: list[Beat] = []
    if target is not None and abs(draft.x[target] - draft.x[who]) > 2 * _NEAR:
        beats = _approach(draft, who, target, start, start + 0.3 * (end - start), verb)
        start = start + 0.3 * (end - start)
    sign = direction or (1 if draft.x[who] < 0.6 else -1)
    x = draft.move(who, draft.x[who] + 0.35 * sign)
    if target is not None:
        draft.move(target, x + _NEAR * sign)
    return [*beats, Beat(verb, who, target, start, end, x)]
