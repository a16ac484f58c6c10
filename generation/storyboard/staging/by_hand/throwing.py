"""Throwing to somebody or for a dog, catching, and kicking a ball.

Reads an Event and the draft; gives Beats, or None where nothing is thrown.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.scene import ANIMALS, PEOPLE, Beat, Prop

from ..actions.draft import GROUND, Event, SceneDraft
from ..actions.equipment import in_hand, light, walk_to

_THROWN: Final = ("ball", "soccer ball", "basketball", "tennis ball", "stick", "stone", "snowball", "apple", "keys",
                  "bag", "box", "hat", "bottle", "rope", "bowling ball", "parcel", "newspaper", "pillow")  # fmt: skip
FLUNG: Final = (*_THROWN, "frisbee", "baseball", "volleyball", "beach ball", "rugby ball", "bouquet")  # flies past


def throw_to(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """From one to another, who catches it; at another, who is hit, and at whose feet it lies then."""
    thing, whom = e.target, e.goal
    if e.verb != "throw" or whom is None or thing is None or thing not in draft.props or e.way not in ("to", "over"):
        return None
    if {draft.kind(e.who), draft.kind(whom)} - {*PEOPLE} or not light(draft.kind(thing)):
        return None
    if thing not in draft.moved | draft.taken:
        in_hand(draft, e.who, thing)
    sign = 1 if draft.x[e.who] <= draft.x[whom] else -1
    if abs(draft.x[e.who] - draft.x[whom]) < 0.35:
        draft.place(e.who, x=0.5 - 0.24 * sign, facing=sign)
        draft.place(whom, x=0.5 + 0.24 * sign, facing=-sign)
    for n, other in enumerate(draft.beside.get(whom, ()), 1):  # a bride and groom
        draft.place(whom, x=0.5 + 0.2 * sign, facing=-sign)
        draft.place(other, x=draft.x[whom] + 0.15 * n * sign, facing=-sign)
    far = e.end - e.start
    middle = e.start + 0.62 * far
    if e.near == whom:
        to = draft.move(thing, draft.x[whom] - 0.03 * sign)
        return [
            Beat("throw", e.who, thing, e.start, middle, to),
            Beat("startle", whom, None, middle - 0.1 * far, e.end),
        ]
    to = draft.move(thing, draft.x[whom] - 0.08 * sign)
    return [
        Beat("throw", e.who, thing, e.start, middle, to),
        Beat("catch", whom, thing, middle - 0.24 * far, middle + 0.04 * far),
    ]


def throw_for(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Past somebody who stands between and goes after it; to where somebody stands who catches it."""
    thing = e.target
    whom = draft.catchers.get(thing or "")
    if e.verb not in ("throw", "kick ball") or thing not in draft.props or thing is None or e.goal not in (None, thing):
        return None
    if whom in (None, e.who) or whom is None or {e.who, whom} & draft.moved or draft.kind(e.who) not in PEOPLE:
        return None
    if not light(draft.kind(thing)):
        return None
    person = whom in draft.catching
    draft.place(e.who, x=0.2, facing=1)
    draft.place(whom, x=0.74 if person else 0.42, facing=-1 if person else 1)
    if e.verb == "throw":
        in_hand(draft, e.who, thing)
    else:
        draft.start_prop(thing, x=0.27)
    until = min(1.0, e.end + 0.2) if person else e.end  # and is caught as it comes down
    return [Beat(e.verb, e.who, thing, e.start, until, draft.move(thing, 0.68 if person else 0.84))]


def catch(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """What is caught comes flying."""
    thing = e.target
    if e.verb in ("catch", "grab") and thing in draft.moved and draft.catchers.get(thing or "") == e.who and (
        e.who in draft.catching
    ):  # fmt: skip
        return [Beat("catch", e.who, thing, max(0.0, e.start - 0.06), min(e.end, e.start + 0.18))]
    if e.verb != "catch" or thing not in draft.props or thing is None or thing in draft.moved or e.source is not None:
        return None
    if draft.kind(thing) not in _THROWN or draft.kind(e.who) not in (*PEOPLE, *ANIMALS) or not e.words & {"catch"}:
        return None
    sign = draft.actors[e.who].facing
    x = draft.x[e.who]
    if not 0.1 <= x + 0.45 * sign <= 0.9:
        sign = -sign
        draft.place(e.who, facing=sign)
    draft.start_prop(thing, x=min(0.95, max(0.05, x + 0.55 * sign)), y=0.5)
    middle = e.start + 0.5 * (e.end - e.start)
    fly = Beat("fly", thing, None, e.start, middle, draft.move(thing, x + 0.1 * sign))
    return [fly, Beat("catch", e.who, thing, middle - 0.1, e.end)]


def kick(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """The ball lies before the feet, and flies."""
    thing = e.target
    if e.verb == "kick ball" and "score" in e.words and not {"ball", "goal"} & {p.kind for p in draft.props.values()}:
        draft.put(Prop("goal", "goal", None, 0.8, GROUND))
        thing = "goal"
    if e.verb == "kick ball" and draft.kind(thing or "") == "goal" and "ball" not in draft.x:  # shoots at the goal
        draft.put(Prop("ball", "soccer ball", None, draft.x[e.who], GROUND))
        draft.start_prop(thing or "", x=0.8)
        draft.place(e.who, x=0.18, facing=1)
        thing, e = "ball", replace(e, target="ball", goal=thing)
    if e.verb != "kick ball" or thing not in draft.props or thing is None or draft.kind(e.who) not in PEOPLE:
        return None
    if draft.kind(e.passed or "") == "window" and e.passed is not None and not {thing, e.who} & draft.moved:
        draft.broken.add(e.passed)
        into = _through_the_pane(draft, e, thing, e.passed)
        return [*into, Beat("shatter", e.passed, None, into[-2].end - 0.5 * (e.end - e.start), e.end)]
    if thing in draft.aims and thing not in draft.moved and e.who not in draft.moved:
        return _through_the_pane(draft, e, thing, draft.aims[thing])
    goal = e.goal or e.passed
    net = next((id_ for id_, p in draft.props.items() if p.kind == "goal"), None)
    if draft.missed and net is not None and e.who not in draft.moved:  # the ball comes to rest before it
        draft.start_prop(net, x=0.8)
        draft.place(e.who, x=0.18, facing=1)
        draft.start_prop(thing, x=0.25)
        return [Beat("kick ball", e.who, thing, e.start, e.end, draft.move(thing, 0.52))]
    sign = 1 if goal in draft.x and draft.x[goal or ""] > draft.x[e.who] else draft.actors[e.who].facing
    to = draft.x[goal] - 0.07 * sign if goal in draft.x and goal is not None else draft.x[e.who] + 0.45 * sign
    if thing not in draft.moved:
        draft.start_prop(thing, x=draft.x[e.who] + 0.07 * sign)
    near = walk_to(draft, e.who, thing, e.start, e.start + 0.3 * (e.end - e.start)) if thing in draft.moved else []
    begun = near[-1].end if near else e.start
    return [*near, Beat("kick ball", e.who, thing, begun, e.end, draft.move(thing, min(0.94, max(0.06, to))))]


def _through_the_pane(draft: SceneDraft, e: Event, ball: str, pane: str) -> list[Beat]:
    """Up to the window, which breaks at that moment, and in."""
    draft.place(e.who, x=0.22, facing=1)
    draft.start_prop(pane, x=0.7)
    draft.start_prop(ball, x=0.29)
    one, two, three = (e.start + share * (e.end - e.start) for share in (0.15, 0.55, 0.85))
    kicked = Beat("kick ball", e.who, ball, one, three, draft.move(ball, 0.32))
    fly = Beat("fly", ball, None, two, 2 * e.end - two, draft.move(ball, 2 * draft.x[pane] - 0.32))
    return [kicked, fly, Beat("vanish", ball, None, e.end, e.end + 0.02)]
